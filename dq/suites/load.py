"""Make a `Suite` from whatever an author has: a file, a dict, a Great Expectations suite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dq.config import find_root
from dq.errors import Position, SuiteError, did_you_mean
from dq.markup.document import Document, from_objects, read_document
from dq.markup.plain import Unplain, kind, plain
from dq.suites import gx
from dq.suites.head import Head
from dq.suites.model import Suite
from dq.suites.params import NOW, Filler, is_name
from dq.suites.problems import Problems
from dq.verdict import Severity

if TYPE_CHECKING:
    from dq.expectations.base import Expectation


def load_suite(source: Any, params: Mapping[str, Any] | None = None, *, fill: bool = True) -> Suite:
    """The suite that a source describes.

    Args:
        source: path of a YAML or JSON file; a dict in the same form; Great Expectations suite JSON, 1.x or
            0.18, as path or dict; an object with `to_json_dict`, such as an `ExpectationSuite`; a `Suite`.
        params: values for parameters; they win over the defaults under `params:`, or those that a Great
            Expectations suite holds as `suite_parameters`.
        fill: refuse parameters without a value. Otherwise they are left open, for a suite that is to be
            listed, exported or filled in later.

    Returns:
        The suite with its parameters filled in. `root` is the nearest folder with a `dq.yml` or a
        `pyproject.toml` with `[tool.dq]`, upward from the file, or from the current folder for a dict;
        failing that, the current folder.

    Raises:
        SuiteError: the source cannot be read or means nothing; carries `file:line:column` of the first
            problem and lists up to ten.
    """
    if isinstance(source, Suite):
        return source.with_params(params) if params else source
    if isinstance(source, Mapping):
        return _load(from_objects(source), params or {}, None, fill=fill)
    if hasattr(source, "to_json_dict"):
        return _load(from_objects(source.to_json_dict()), params or {}, None, fill=fill)
    if isinstance(source, str | PathLike):
        return _load_file(str(fspath(source)), params or {}, fill=fill)
    raise SuiteError(
        f"a suite comes from a path, a dict or an expectation suite, got a {type(source).__name__}."
    )


def input_location(suite: Suite) -> str | None:
    """Where what a dataset was made from lies: as the suite says, else as the input's suite says.

    None when the suite names no input, or an input whose suite names no data.

    Raises:
        SuiteError: the input's suite cannot be read.
    """
    return suite.input_data


def rebind(suite: Suite, params: Mapping[str, Any]) -> Suite:
    """The same suite with other values for some parameters.

    Raises:
        SuiteError: the suite has no such parameter, or a value does not fit.
    """
    if not params:
        return suite
    if suite.document is None:
        raise SuiteError(
            f"suite '{suite.name}' keeps no declaration to fill in again: its parameters are final. "
            "Load it from its file to give others."
        )
    fill = not suite.missing
    return build_suite(suite.document, {**suite.params, **params}, suite.source, suite.root, fill=fill)


def suite_from_dict(content: Mapping[str, Any], root: Path | None) -> Suite:
    """The suite that `Suite.to_dict` wrote; see there."""
    kept = dict(content)
    params = kept.pop("params", {})
    built = build_suite(from_objects(kept), {}, None, root or find_root(Path()), fill=False)
    return replace(built, params=plain(params), document=None)


def build_suite(
    document: Document, params: Mapping[str, Any], source: Path | None, root: Path, *, fill: bool = True
) -> Suite:
    """The suite of a document in dq's own form.

    Args:
        document: the declaration.
        params: values for parameters.
        source: the file it came from; None otherwise.
        root: the project root.
        fill: refuse parameters without a value; otherwise they are left open.

    Raises:
        SuiteError: it means nothing; lists up to ten problems.
    """
    problems = Problems(document, root)
    content = document.value
    if content is None:
        raise SuiteError("the suite is empty.", document.position(()))
    if not isinstance(content, dict):
        raise SuiteError(f"a suite must be a mapping, got {kind(content)}.", document.position(()))
    Head(content, problems).known_keys()
    values = _values(content, params, problems)
    filler = Filler(values, problems.add, keep_open=not fill)
    filled = _fill(content, filler, params, problems)
    if filler.moment is not None:
        values[NOW] = filler.moment.isoformat()
    head = Head(filled, problems)
    suite = Suite(
        name=head.name(source.name.split(".")[0] if source else "suite"),
        items=_items(filled, _definitions(content, root, problems), problems),
        data=head.text("data"),
        partition_by=head.names("partition_by"),
        input=head.input(),
        datasets=head.datasets(),
        params=values,
        show=frozenset(head.names("show")),
        policy=head.policy(),
        notes=head.text("notes") or "",
        meta=head.mapping("meta"),
        gx=head.mapping("gx"),
        source=source,
        root=root,
        missing=tuple(sorted(filler.missing)),
        document=document,
    )
    problems.stop()
    return suite


def _load_file(given: str, params: Mapping[str, Any], *, fill: bool) -> Suite:
    if "\n" in given:
        raise SuiteError("this is suite text, not a path; write it to a file or pass a dict.")
    if "://" in given:
        raise SuiteError("suites are read from local files only; copy this one first.", Position(given))
    path = Path(given)
    return _load(read_document(path, given), params, path, fill=fill)


def _load(document: Document, params: Mapping[str, Any], source: Path | None, *, fill: bool) -> Suite:
    root = find_root(source.absolute().parent if source else Path().absolute())
    if gx.is_gx(document.value):
        document = gx.to_flat(document)
    return build_suite(document, params, source, root, fill=fill)


def _values(content: dict[str, Any], params: Mapping[str, Any], problems: Problems) -> dict[str, Any]:
    """Defaults, and over them the values given."""
    defaults = Head(content, problems).mapping("params")
    for name in defaults:
        if not is_name(name) and name != NOW:
            problems.add(
                ("params", name), f"the parameter name {name!r} must be letters, digits and _.", key=True
            )
    try:
        return {**defaults, **{str(name): plain(value) for name, value in params.items()}}
    except Unplain as error:
        raise SuiteError(f"a parameter cannot be used: {error}.") from None


def _fill(
    content: dict[str, Any], filler: Filler, given: Mapping[str, Any], problems: Problems
) -> dict[str, Any]:
    before = len(problems.found)
    # In definitions `$name` stands for a parameter of the expectation, not of the suite.
    filled: dict[str, Any] = filler.fill(
        {k: v for k, v in content.items() if k not in ("params", "definitions")}, ()
    )
    known = {*filler.used, *(content.get("params") or {})}
    for name in given:
        if name not in known:
            listed, hint = ", ".join(sorted(known)) or "none", did_you_mean(name, known)
            problems.add((), f"the suite has no parameter '{name}'.{hint} It has: {listed}.")
    if len(problems.found) > before:
        problems.stop()  # a value that is not there would be reported again by whatever needs it
    return filled


def _definitions(content: dict[str, Any], root: Path, problems: Problems) -> Mapping[str, type[Expectation]]:
    """Expectations in SQL: those of the suite, and where it has none of that name, those of its project.

    Raises:
        ConfigError: the project's are wrong.
    """
    from dq.suites.definitions import read_definitions
    from dq.suites.project import project_definitions

    own = read_definitions(content.get("definitions"), ("definitions",), problems.add)
    return {**project_definitions(root), **own}


def _items(
    content: dict[str, Any], definitions: Mapping[str, type[Expectation]], problems: Problems
) -> tuple[Any, ...]:
    from dq.suites.build import build_items, severity
    from dq.suites.items import Reader

    default = Severity.CRITICAL
    if content.get("severity") is not None:
        default = severity(content["severity"], ("severity",), problems) or default
    reader = Reader(problems, definitions)
    declared = []
    if content.get("columns") is not None:
        declared += reader.columns(content["columns"], ("columns",))
    if content.get("table") is not None:
        declared += reader.sequence(content["table"], ("table",), "`table`", None)
    if content.get("expectations") is not None:
        declared += reader.flat(content["expectations"], ("expectations",))
    items = build_items(declared, default, problems)
    if not items and not problems.found:
        problems.add((), "the suite has no expectations, so it would test nothing. Add some under `columns:` "
                         "or `table:`.")  # fmt: skip
    return items
