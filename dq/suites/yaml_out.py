"""Suites as YAML that a person would have written: short names under their columns, one item a line."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dq.suites.declared import parametrised, written
from dq.suites.params import GX_KEY, NOW, is_name
from dq.verdict import Severity

if TYPE_CHECKING:
    from dq.suites.model import Item, Suite

_WIDTH = 110
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_OVERLAID = ("description", "windows")
"""What Great Expectations says about an item, has no meaning here, and is worth keeping under `gx`."""
_RESERVED = re.compile(
    r"analyse|asymmetric|authorization|both|by|cast|check|coalesce|collation|columns|concurrently"
    r"|deferrable|do|extract|foreign|freeze|generated|group|grouping|initially|inout|lambda|leading"
    r"|national|none|nullif|order|overlay|placing|position|precision|primary|setof|similar|substring"
    r"|symmetric|to|trailing|treat|trim|tuple|unpack|variadic|verbose"
)
"""Words that DuckDB keeps for itself and sqlglot takes for names."""
_HEADING = """\
# yaml-language-server: $schema=dq.schema.json
# `dq schema --out dq.schema.json` writes the schema that editors complete and check this file with.
"""


def to_yaml(suite: Suite, *, keep_ids: bool = False) -> str:
    """The suite as a YAML file; `load_suite` reads it back to the same expectations.

    Parameters stay parameters. What belongs to a run or to Great Expectations' own service is left out:
    `batch_id`, `result_format`, rendered content, and ids that are UUIDs.

    Args:
        suite: as loaded.
        keep_ids: keep UUIDs as the ids of items; they stand in every report.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    content = CommentedMap(_head(suite))
    columns, table = _items(suite, keep_ids)
    if columns:
        content["columns"] = CommentedMap({name: _sequence(items) for name, items in columns.items()})
    if table:
        content["table"] = _sequence(table)
    writer = YAML()
    writer.width = _WIDTH
    writer.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    writer.dump(content, out)
    return _HEADING + out.getvalue()


def _head(suite: Suite) -> dict[str, Any]:
    """Everything but the expectations; what is empty or at its default is left out."""
    head = {key: value for key, value in suite.to_dict().items() if key not in ("gx", "expectations")}
    params = {name: value for name, value in suite.params.items() if is_name(name) and name != NOW}
    meta = {key: value for key, value in suite.meta.items() if key != "great_expectations_version"}
    for key, value in (("params", params), ("meta", meta)):
        head.pop(key, None)
        if value:
            head[key] = value
    return head


def _items(suite: Suite, keep_ids: bool) -> tuple[dict[str, list[Any]], list[Any]]:
    """Short-form items by column, and those of the table, in the order of the suite."""
    parameters = parametrised(suite)
    columns: dict[str, list[Any]] = {}
    table: list[Any] = []
    for item in suite.items:
        arguments = written(item, parameters.get(item.id, {}))
        arguments = {name: _short_parameter(value) for name, value in arguments.items()}
        options = _options(item, keep_ids)
        if item.expectation.level == "column" and isinstance(arguments.get("column"), str):
            columns.setdefault(arguments.pop("column"), []).append(_item(item, arguments, options))
        else:
            table.append(_item(item, arguments, options))
    return columns, table


def _short_parameter(value: Any) -> Any:
    """`$name` for `{"$PARAMETER": "name"}`; arithmetic stays in the long form."""
    if isinstance(value, Mapping) and list(value) == [GX_KEY] and is_name(str(value[GX_KEY])):
        return f"${value[GX_KEY]}"
    return value


def _options(item: Item, keep_ids: bool) -> dict[str, Any]:
    from dq.suites.build import derived_id
    from dq.suites.params import escape

    options: dict[str, Any] = {}
    derived = item.id.partition("#")[0] == derived_id(item.expectation)
    if not derived and (keep_ids or not _UUID.fullmatch(item.id)):
        options["id"] = escape(item.id)
    if item.severity is not Severity.CRITICAL:
        options["severity"] = item.severity.value
    if item.notes:
        options["notes"] = item.notes
    if item.tags:
        options["tags"] = escape(list(item.tags))
    if item.meta:
        options["meta"] = dict(item.meta)
    overlaid = {**item.gx.get("kwargs", {}), **item.gx}
    kept = {key: overlaid[key] for key in _OVERLAID if overlaid.get(key)}
    if "windows" in kept:
        kept["kwargs"] = {"windows": kept.pop("windows")}
    if kept:
        options["gx"] = kept
    return options


def _item(item: Item, arguments: dict[str, Any], options: dict[str, Any]) -> Any:
    """`not_null`, `between: [0, 5]` or `row_count: {min: 1}`, with what stands beside it."""
    cls = type(item.expectation)
    beside: dict[str, Any] = {name: arguments.pop(name) for name in ("mostly", "where") if name in arguments}
    if isinstance(beside.get("where"), str):
        beside["where"] = _unquoted(beside["where"])
    beside |= options
    given = set(arguments)
    value: Any
    if not arguments:
        value = None
    elif len(cls.positional) == 1 and given == set(cls.positional):
        value = arguments[cls.positional[0]]
        if isinstance(value, dict):  # a mapping behind the name would be read as named arguments
            value = arguments
    elif cls.positional == ("min_value", "max_value") and given == set(cls.positional):
        value = [arguments["min_value"], arguments["max_value"]]
    else:
        short = {name: alias for alias, name in cls.aliases.items() if alias not in cls.model_fields}
        value = {short.get(name, name): argument for name, argument in arguments.items()}
    if value is None and not beside:
        return cls.short
    return {cls.short: value, **beside}


def _unquoted(condition: str) -> str:
    """A condition without quotes around names that need none; DuckDB does not tell capitals in names."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    if '"' not in condition:
        return condition
    try:
        parsed = sqlglot.parse_one(condition, read="duckdb")
    except SqlglotError:
        return condition
    for identifier in parsed.find_all(exp.Identifier):
        identifier.set("quoted", not _plain_name(identifier.name))
    text: str = parsed.sql(dialect="duckdb")
    return text


def _plain_name(name: str) -> bool:
    import sqlglot

    if not re.fullmatch(r"[a-z_][a-z0-9_]*", name) or _RESERVED.fullmatch(name):
        return False
    return bool(sqlglot.tokenize(name, read="duckdb")[0].token_type.name == "VAR")


def _sequence(items: list[Any]) -> Any:
    from ruamel.yaml.comments import CommentedSeq

    return CommentedSeq([_styled(item) for item in items])


def _styled(item: Any) -> Any:
    """An item on one line where it fits; else its parts, each on one line where that fits."""
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.scalarstring import LiteralScalarString

    if not isinstance(item, dict) or (_fits(item) and len(item) > 1):
        return _on_one_line(item)
    parts = {key: _on_one_line(value) if _fits(value) else value for key, value in item.items()}
    if "\n" in parts.get("notes", ""):
        parts["notes"] = LiteralScalarString(parts["notes"])
    return CommentedMap(parts)


def _fits(value: Any) -> bool:
    text = str(value)
    return len(text) < _WIDTH - 30 and "\\n" not in text


def _on_one_line(value: Any) -> Any:
    """The same in flow style: `{between: [0, 5]}`."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    styled: Any
    if isinstance(value, dict):
        styled = CommentedMap({key: _on_one_line(item) for key, item in value.items()})
    elif isinstance(value, list):
        styled = CommentedSeq([_on_one_line(item) for item in value])
    else:
        return value
    styled.fa.set_flow_style()
    return styled
