"""Great Expectations suite JSON, in and out.

In: the keys of 1.x and of 0.18. Out: 1.x. A suite that came from there goes back without loss; what only dq
knows is kept in `meta` under the key `dq`, where it is found again when the suite is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dq.markup.document import Document, Mark, Path_
from dq.suites.declared import as_gx, parametrised, written
from dq.suites.params import GX_KEY, NOW, escape, is_name, is_open

if TYPE_CHECKING:
    from dq.suites.model import Item, Suite

MARKER = "dq"
"""Key in `meta` under which dq keeps what Great Expectations has no place for."""
_DQ_KEYS = frozenset({"suite", "columns", "table", "data", "on_failure", "input", "datasets", "params"})
_GX_HEADS = frozenset(
    {"name", "expectation_suite_name", "suite_parameters", "evaluation_parameters", "data_asset_type"}
)
_SUITE_KEYS = frozenset({"name", "id", "expectations", "meta", "notes", "suite_parameters"})
_ITEM_KEYS = frozenset(
    {
        "type", "kwargs", "meta", "notes", "description", "id", "severity",
        "rendered_content", "success_on_last_run", "expectation_context", "windows",
    }
)  # fmt: skip
_RUN_TIME = frozenset(
    {"batch_id", "result_format", "catch_exceptions", "include_config", "condition_parser", "windows"}
)
"""Arguments about how to run, or for Great Expectations' own service: kept, but without meaning here."""
_RENAMED = {"expectation_suite_name": "name", "evaluation_parameters": "suite_parameters"}


def is_gx(value: Any) -> bool:
    """Whether a document is a Great Expectations suite."""
    if not isinstance(value, dict) or _DQ_KEYS & value.keys() or "expectations" not in value:
        return False
    meta = value.get("meta")
    return bool(_GX_HEADS & value.keys()) or (isinstance(meta, dict) and "great_expectations_version" in meta)


def to_flat(document: Document) -> Document:
    """The same suite in dq's flat form; positions stay those of the file.

    Shapes that are wrong are passed on as they are: the reader of the flat form says what is wrong.
    """
    content: dict[str, Any] = document.value
    meta, kept = _split_meta(content.get("meta"))
    items = content["expectations"]
    if not isinstance(items, list):
        return Document({"expectations": items}, document.file, document.values, document.keys)
    ours = [item for item in kept.get("expectations", []) if isinstance(item, dict)]
    order = _order(len(items), [item.get("index") for item in ours])
    flat: list[Any] = [None] * len(order)
    for place, number in enumerate(order):
        ours_or_theirs = ours[number - len(items)].get("item") if number >= len(items) else items[number]
        flat[place] = ours_or_theirs if number >= len(items) else _flat_item(ours_or_theirs)
    head = {
        "suite": escape(content.get("name", content.get("expectation_suite_name"))),
        "params": _params(content.get("suite_parameters") or content.get("evaluation_parameters")),
        "notes": _joined(content.get("notes")),
        "meta": meta,
        "gx": {key: value for key, value in content.items() if key != "expectations"},
        **kept.get("head", {}),
    }
    given = {key: value for key, value in head.items() if value not in (None, {}, "")}
    values, keys = _moved(document.values, order), _moved(document.keys, order)
    return Document(given | {"expectations": flat}, document.file, values, keys)


def to_gx(suite: Suite) -> dict[str, Any]:
    """The suite as Great Expectations 1.x JSON.

    An expectation that came from there, and was not changed since, goes back as it was, parameters
    included; only 0.18 keys get their 1.x names. In other suites a parameter that is a whole argument becomes
    `{"$PARAMETER": ..}`. Expectations that Great Expectations does not know, and
    what it has no place for (policy, datasets, tags, conditions outside its grammar), are kept under
    `meta.dq`.
    """
    theirs: list[dict[str, Any]] = []
    ours: list[dict[str, Any]] = []
    parameters = parametrised(suite)
    for index, item in enumerate(suite.items):
        config = _item_to_gx(item, suite, parameters.get(item.id, {})) if item.expectation.in_gx else None
        if config is None:
            ours.append({"index": index, "item": _plain_item(item, parameters.get(item.id, {}))})
        else:
            theirs.append(config)
    head = _head_to_gx(suite)
    kept = _kept(head)
    earlier = _split_meta(suite.gx.get("meta"))[1].get("kept")
    if earlier:
        kept["kept"] = {**earlier, **kept.get("kept", {})}
    if ours:
        kept["expectations"] = ours
    own_head = _own_head(suite)
    if own_head:
        kept["head"] = own_head
    if kept:
        head["meta"] = {**(head.get("meta") or {}), MARKER: kept}
    return head | {"expectations": theirs}


def _split_meta(meta: Any) -> tuple[Any, dict[str, Any]]:
    """The author's own `meta`, and what dq keeps in it."""
    if not isinstance(meta, dict) or not isinstance(meta.get(MARKER), dict):
        return meta, {}
    return {key: value for key, value in meta.items() if key != MARKER}, meta[MARKER]


def _joined(notes: Any) -> Any:
    """Notes as one text; Great Expectations also has lists of lines."""
    if isinstance(notes, list) and all(isinstance(note, str) for note in notes):
        return "\n".join(notes)
    return notes


def _order(theirs: int, indexes: list[Any]) -> list[int]:
    """For each place in the joint list, the number of its item: first theirs, then ours."""
    order = list(range(theirs))
    for number, index in enumerate(indexes):
        at = index if isinstance(index, int) and 0 <= index <= len(order) else len(order)
        order.insert(at, theirs + number)
    return order


def _moved(marks: Mapping[Path_, Mark], order: list[int]) -> dict[Path_, Mark]:
    """Positions by the places that the expectations have in the joint list."""
    places = {number: place for place, number in enumerate(order)}
    moved = {}
    for path, mark in marks.items():
        if len(path) > 1 and path[0] == "expectations" and isinstance(path[1], int):
            path = ("expectations", places[path[1]], *path[2:])
        moved[path] = mark
    return moved


def _params(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    return {name: value for name, value in given.items() if is_name(name)}


def _flat_item(item: Any) -> Any:
    """One configuration in flat form, itself kept under `gx`."""
    if not isinstance(item, dict):
        return item
    name = "type" if "type" in item else "expectation_type"
    kwargs = item.get("kwargs")
    meta, kept = _split_meta(item.get("meta"))
    if isinstance(kwargs, dict):
        kwargs = _kwargs(kwargs) | kept.get("kwargs", {})
        if "where" in kept.get("kwargs", {}):
            kwargs.pop("row_condition", None)
    options = {key: item[key] for key in ("severity", "notes") if item.get(key) is not None}
    options |= {"tags": kept["tags"]} if kept.get("tags") else {}
    options |= {"meta": meta} if meta else {}
    if isinstance(item.get("id"), str) and item["id"] and "::" not in item["id"]:
        options["id"] = escape(item["id"])
    named = {name: item[name]} if name in item else {}
    return {**named, "kwargs": kwargs, **options, "gx": item}


def _kwargs(kwargs: dict[str, Any]) -> dict[str, Any]:
    taken = {key: _escaped(value) for key, value in kwargs.items() if key not in _RUN_TIME}
    condition = taken.get("row_condition")
    if isinstance(condition, str) and not condition.lstrip().startswith("col("):
        condition = {"type": "pass_through", "pass_through_filter": condition}
    if isinstance(condition, dict) and condition.get("type") == "pass_through":
        parser = kwargs.get("condition_parser")
        taken["row_condition"] = condition | ({"condition_parser": parser} if parser else {})
    return taken


def _escaped(value: Any) -> Any:
    """Text is itself there: only `{"$PARAMETER": ...}` is a parameter."""
    if isinstance(value, dict):
        if GX_KEY in value:
            return value
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return escape(value)


def _with_infinite_edges(config: dict[str, Any]) -> dict[str, Any]:
    """Bins with numbers at their open ends, which a suite of dq writes as text."""
    kwargs = config.get("kwargs") or {}
    partition = kwargs.get("partition_object")
    if not isinstance(partition, dict) or not isinstance(partition.get("bins"), list):
        return config
    edges = [float(edge) if edge in ("inf", "-inf") else edge for edge in partition["bins"]]
    return {**config, "kwargs": {**kwargs, "partition_object": {**partition, "bins": edges}}}


def _item_to_gx(item: Item, suite: Suite, parameters: Mapping[str, Any]) -> dict[str, Any] | None:
    """A configuration; None when Great Expectations has no place for what the item says."""
    from dq.suites.conditions import fits_gx

    condition = (item.gx.get("kwargs") or {}).get("row_condition")
    unchanged = item.gx and fits_gx(condition) and _same(item, suite)
    config = dict(item.gx) if unchanged else _fresh(item, parameters)
    if config is None:
        return None
    if "type" not in config:
        config = {"type": config.pop("expectation_type"), **config}
    config = _with_infinite_edges(config)
    kept = _kept(config, _ITEM_KEYS)
    if kept:
        meta = config.get("meta") or {}
        config["meta"] = {**meta, MARKER: {**meta.get(MARKER, {}), **kept}}
    return config


def _same(item: Item, suite: Suite) -> bool:
    """Whether the configuration that an item came from still says what the item says."""
    from dq.errors import SuiteError
    from dq.suites.load import build_suite

    content = {"expectations": [_flat_item(item.gx)], "params": dict(suite.params)}
    try:
        again = build_suite(Document(content), {}, None, suite.root, fill=False).items[0]
    except SuiteError:
        return False
    if not item.gx.get("id"):
        again = replace(again, id=item.id)
    return again == item


def _fresh(item: Item, parameters: Mapping[str, Any]) -> dict[str, Any] | None:
    """A configuration made from the item alone; None when a parameter stands where theirs cannot.

    What `gx` holds beside a configuration (`description`, `windows`) is laid over it.
    """
    from dq.suites.build import derived_id
    from dq.suites.conditions import to_tree
    from dq.suites.model import arguments

    kwargs = arguments(item.expectation)
    kept: dict[str, Any] = {}
    where = kwargs.pop("where", None)
    if where is not None:
        tree = to_tree(where)
        kwargs["row_condition"] = tree or {"type": "pass_through", "pass_through_filter": where}
        kept["kwargs"] = {"where": escape(where)}
    for name, declared in parameters.items():
        theirs = None if name == "where" else as_gx(declared)
        if theirs is not None:
            kwargs[name] = theirs
        elif is_open(kwargs.get(name)) or is_open(where):
            return None
        else:
            kept.setdefault("kwargs", {})[name] = declared
    if item.tags:
        kept["tags"] = escape(list(item.tags))
    given_id = item.id if item.id.partition("#")[0] != derived_id(item.expectation) else None
    meta = {**item.meta, **({MARKER: kept} if kept else {})}
    optional = {"meta": meta, "notes": item.notes, "id": given_id}
    config = {"type": item.expectation.type, "kwargs": kwargs, "severity": item.severity.value}
    config |= {key: value for key, value in optional.items() if value}
    if item.gx and not {"type", "expectation_type"} & item.gx.keys():
        config["kwargs"] |= item.gx.get("kwargs", {})
        config |= {key: value for key, value in item.gx.items() if key != "kwargs"}
    return config


def _plain_item(item: Item, parameters: Mapping[str, Any]) -> dict[str, Any]:
    flat = {key: value for key, value in item.to_dict().items() if key != "gx"}
    return flat | {"kwargs": written(item, parameters)}


def _head_to_gx(suite: Suite) -> dict[str, Any]:
    """The head that the suite came with, brought up to date; a new one otherwise."""
    head = {_RENAMED.get(key, key): value for key, value in suite.gx.items()}
    head["name"] = suite.name
    if (_joined(head.get("notes")) or "") != suite.notes:
        head["notes"] = suite.notes
    meta, _ = _split_meta(head.get("meta"))
    if (meta or {}) != dict(suite.meta) or meta is not head.get("meta"):
        head["meta"] = dict(suite.meta)
    params = {name: value for name, value in suite.params.items() if name != NOW}
    if params and not suite.gx:
        head["suite_parameters"] = params
    return head


def _kept(config: dict[str, Any], known: frozenset[str] = _SUITE_KEYS) -> dict[str, Any]:
    """Keys that 1.x refuses, taken out of a configuration; under `kept`."""
    odd = {key: config.pop(key) for key in list(config) if key not in known}
    return {"kept": odd} if odd else {}


def _own_head(suite: Suite) -> dict[str, Any]:
    """What the top level of a suite says beyond name, notes and meta."""
    head = suite.to_dict()
    left_out = ("suite", "params", "notes", "meta", "gx", "expectations")
    return {key: value for key, value in head.items() if key not in left_out}
