"""JSON Schema (draft 2020-12) of suites, for editors; made from the expectations themselves.

It covers dq's own form, short and flat. The loader knows more: what a schema cannot say, such as a lower
bound above an upper one, is found when the suite is loaded.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dq.suites.items import NAME_KEYS, OPTIONS
from dq.suites.model import OnFailure, OnUntested
from dq.suites.params import GX_KEY
from dq.verdict import Severity

if TYPE_CHECKING:
    from dq.expectations.base import Expectation

Json = dict[str, Any]

_PARAMETER: Json = {
    "description": "A parameter: $name.",
    "anyOf": [
        {"type": "string", "pattern": r"^\$[A-Za-z_][A-Za-z0-9_]*$"},
        {
            "type": "object",
            "required": [GX_KEY],
            "properties": {GX_KEY: {"type": "string"}},
            "maxProperties": 1,
        },
    ],
}
_TEXT: Json = {"type": "string"}
_NAMES: Json = {"anyOf": [{"type": "string"}, {"type": "array", "items": _TEXT, "uniqueItems": True}]}
_MAPPING: Json = {"type": "object"}


def suite_json_schema(also: Iterable[type[Expectation]] = ()) -> Json:
    """The JSON Schema of a suite file.

    Every expectation that is installed is covered, third-party ones included.

    Args:
        also: expectations beyond those, such as the definitions of a project.
    """
    from dq.expectations import vocabulary

    classes = [*vocabulary().values(), *also]
    definitions: Json = {"parameter": _PARAMETER} | _shared()
    for cls in classes:
        definitions |= _definitions(cls)
    for level in ("column", "table"):
        definitions[f"{level}_item"] = _short_item([c for c in classes if c.level == level])
        definitions[f"{level}_member"] = _member(level)
    definitions["flat_item"] = {"anyOf": [{"$ref": f"#/$defs/flat.{c.type}"} for c in classes]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dq suite",
        "description": "Expectations on one dataset, and what follows when they fail.",
        "type": "object",
        "properties": _head(),
        "additionalProperties": False,
        "anyOf": [{"required": [key]} for key in ("columns", "table", "expectations")],
        "$defs": dict(sorted(definitions.items())),
    }


def _head() -> Json:
    def one_of(values: list[str]) -> Json:
        return _or_parameter({"enum": values})

    def item_or_list(name: str) -> Json:
        ref = {"$ref": f"#/$defs/{name}"}
        return {"anyOf": [{"type": "array", "items": ref}, ref]}

    at_least_0 = _or_parameter({"type": ["number", "null"], "minimum": 0})
    return {
        "suite": _TEXT | {"description": "Name in records and reports; the file's name when left out."},
        "data": _TEXT | {"description": "Path or URI of the data, relative to the project root."},
        "partition_by": _NAMES | {"description": "Partition columns; inferred when left out."},
        "input": {
            "description": "What the data was made from.",
            "anyOf": [_TEXT, _closed({"suite": _TEXT, "key": _NAMES, "data": _TEXT})],
        },
        "on_failure": one_of([v.value for v in OnFailure]),
        "allow_empty": _or_parameter({"type": "boolean"}),
        "incremental": _or_parameter({"type": "boolean"}),
        "on_untested": one_of([v.value for v in OnUntested]),
        "params": _MAPPING | {"description": "Parameters and their defaults."},
        "datasets": {
            "description": "Other datasets by name: path or URI.",
            "type": "object",
            "additionalProperties": _TEXT,
        },
        "rollback": _closed(
            {
                "max_age_days": at_least_0,
                "max_row_change": at_least_0,
                "daily_limit": _or_parameter({"type": ["integer", "null"], "minimum": 0}),
            }
        ),
        "severity": one_of([v.value for v in Severity]),
        "definitions": _definitions_schema(),
        "columns": {"type": "object", "additionalProperties": item_or_list("column_item")},
        "table": item_or_list("table_item"),
        "expectations": {"type": "array", "items": {"$ref": "#/$defs/flat_item"}},
        "show": _NAMES | {"description": "Columns whose values may be shown."},
        "notes": _TEXT,
        "meta": _MAPPING,
        "gx": _MAPPING | {"description": "Kept from a Great Expectations document."},
    }


def _definitions_schema() -> Json:
    """Expectations in SQL, by name. What uses one is checked when the suite is loaded."""
    from dq.expectations.defined import TYPES

    parameter = _closed({"type": {"enum": list(TYPES)}, "default": {}, "description": _TEXT})
    plain: Json = {"type": ["boolean", "number", "string", "array"]}
    one = _closed(
        {
            "sql": _TEXT
            | {"description": "Condition on one row that holds for good rows; $name for parameters."},
            "level": {"enum": ["column", "table"]},
            "params": {"type": "object", "additionalProperties": {"anyOf": [parameter, plain]}},
            "description": _TEXT,
            "severity": {"enum": [v.value for v in Severity]},
        }
    ) | {"required": ["sql"]}
    return {
        "description": "Expectations in SQL, for this suite.",
        "type": "object",
        "additionalProperties": {"anyOf": [_TEXT, one]},
    }


def _shared() -> Json:
    """Options and arguments that every expectation has, by name."""
    return {
        "id": _TEXT | {"description": "Stable name within the suite; derived when left out."},
        "severity": _or_parameter({"enum": [v.value for v in Severity]}),
        "notes": {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]},
        "tags": _NAMES,
        "meta": _MAPPING,
        "gx": _MAPPING,
        "row_condition": {"description": "The same as `where`.", "type": ["string", "object", "null"]},
    }


def _options() -> Json:
    return {name: {"$ref": f"#/$defs/{name}"} for name in OPTIONS}


def _definitions(cls: type[Expectation]) -> Json:
    """Of one expectation: its arguments, the value behind its name, its short and its flat item."""
    model = cls.model_json_schema()
    found: Json = dict(model.pop("$defs", {}))
    if cls.members:
        found.pop("Expectation", None)
        model["properties"][cls.members] = _members(cls)
    about = {"description": (inspect.getdoc(cls) or "").split("\n\n")[0].replace("\n", " ")}
    every = _arguments(cls, model["properties"])
    found[f"args.{cls.type}"] = _closed(every) | {"type": ["object", "null"]}
    every = {name: {"$ref": f"#/$defs/args.{cls.type}/properties/{name}"} for name in every}
    behind = {key: value for key, value in every.items() if not (cls.level == "column" and key == "column")}
    found[f"value.{cls.type}"] = _value(cls, behind, _needed(cls))
    names = {name: {"$ref": f"#/$defs/value.{cls.type}"} | about for name in (cls.short, cls.type)}
    found[f"short.{cls.type}"] = {
        # An argument may share its name with the expectation itself: `min: {min: 1}`.
        **_closed(behind | _options() | names),
        **about,
        "oneOf": [{"required": [name]} for name in names],
    }
    named: Json = {key: {"enum": [cls.type, cls.short]} | about for key in NAME_KEYS}
    if "type" in cls.aliases:
        named["type"] = about  # beside `expectation` it is an argument
    kwargs = {"kwargs": {"$ref": f"#/$defs/args.{cls.type}"}}
    found[f"flat.{cls.type}"] = {
        **_closed(every | _options() | kwargs | named),
        **about,
        "anyOf": [{"required": [key]} for key in NAME_KEYS],
    }
    return found


def _members(cls: type[Expectation]) -> Json:
    """A list of expectations, or a single one."""
    about = cls.model_fields[cls.members].description or ""
    member = {"$ref": f"#/$defs/{cls.level}_member"}
    return {"description": about, "anyOf": [{"type": "array", "items": member, "minItems": 1}, member]}


def _member(level: str) -> Json:
    """What may stand inside another expectation; in a table's, one on a column names its column."""
    forms: list[Json] = [{"$ref": f"#/$defs/{level}_item"}, {"$ref": "#/$defs/flat_item"}]
    if level == "table":
        forms.append({"type": "object", "required": ["column"], "properties": {"column": _TEXT}})
    return {"anyOf": forms}


def _arguments(cls: type[Expectation], properties: Json) -> Json:
    """The arguments under every name they may be given."""
    named = {key: _or_parameter(_untitled(value)) for key, value in properties.items()}
    named |= {
        alias: {"$ref": f"#/$defs/args.{cls.type}/properties/{of}"} for alias, of in cls.aliases.items()
    }
    return named | {"row_condition": {"$ref": "#/$defs/row_condition"}}


def _value(cls: type[Expectation], arguments: Json, needed: list[str]) -> Json:
    """What may stand behind the short name: arguments by name, a list, a bare value."""
    by_field: dict[str, set[str]] = {}
    for field in needed:
        by_field[field] = {field} | {alias for alias, of in cls.aliases.items() if of == field}
    required = [{"anyOf": [{"required": [name]} for name in sorted(names)]} for names in by_field.values()]
    forms: list[Json] = [_closed(arguments) | ({"allOf": required} if required else {})]
    if not needed:
        forms.append({"type": "null"})
    if cls.positional:
        first = arguments[cls.positional[0]]
        takes_list = len(cls.positional) > 1
        if takes_list:
            items = [arguments[name] for name in cls.positional]
            forms.append({"type": "array", "prefixItems": items, "items": False, "minItems": 1})
        if not takes_list or "min_value" not in cls.positional:
            forms.append(first)
    return {"anyOf": forms}


def _short_item(classes: list[type[Expectation]]) -> Json:
    bare = [c for c in classes if not _needed(c)]
    names = [name for c in bare for name in (c.short, c.type)]
    return {"anyOf": [{"enum": names}, *({"$ref": f"#/$defs/short.{c.type}"} for c in classes)]}


def _needed(cls: type[Expectation]) -> list[str]:
    own = {"column"} if cls.level == "column" else set()
    return [name for name, info in cls.model_fields.items() if info.is_required() and name not in own]


def _closed(properties: Json) -> Json:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def _or_parameter(schema: Json) -> Json:
    if schema.get("type") == "string" and "enum" not in schema:
        return schema
    about: Json = {key: schema[key] for key in ("description", "default") if key in schema}
    inner = {key: value for key, value in schema.items() if key not in about}
    return {**about, "anyOf": [inner, {"$ref": "#/$defs/parameter"}]}


def _untitled(schema: Any) -> Any:
    """Without the titles that repeat the names of fields."""
    if isinstance(schema, list):
        return [_untitled(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _untitled(value) for key, value in schema.items() if key != "title" or not isinstance(value, str)
    }
