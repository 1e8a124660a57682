"""Text that is JSON, and JSON that has a shape."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from dq.expectations.base import NotEvaluable, Scope, register
from dq.expectations.column import ColumnRowExpectation
from dq.expectations.literals import kind
from dq.expectations.traits import Cost, Tool
from dq.sql.words import Accepted, Column, Condition, IsNull, Json, Not, Term, Text

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_NESTED = ("STRUCT(", "MAP(", "UNION(")


@dataclass(frozen=True)
class ParsesAsJson:
    """Texts that Python's `json` reads."""

    def accepts(self, values: Sequence[str]) -> list[bool]:
        """Whether `json.loads` takes them."""
        return [_parsed(value) is not _BROKEN for value in values]


@dataclass(frozen=True)
class FitsSchema:
    """Texts that are JSON and valid under a JSON Schema; `schema` is its JSON, keys sorted."""

    schema: str

    def accepts(self, values: Sequence[str]) -> list[bool]:
        """Read, then validated."""
        validator = _validator(self.schema)
        return [_fits(validator, _parsed(value)) for value in values]


_BROKEN = object()


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return _BROKEN


def _fits(validator: Validator, value: Any) -> bool:
    try:
        return value is not _BROKEN and bool(validator.is_valid(value))
    except RecursionError:  # nested too deeply to be looked at
        return False


@lru_cache(maxsize=64)
def _validator(schema: str) -> Validator:
    """The validator of a schema's own draft; without `$schema`, of the latest one. It fetches nothing."""
    from jsonschema.validators import validator_for

    loaded = json.loads(schema)
    cls = validator_for(loaded)
    cls.check_schema(loaded, format_checker=cls.FORMAT_CHECKER)
    return cls(loaded, registry=_registry())


def _registry() -> Any:
    """The schemas of the drafts themselves, and no way to fetch others."""
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]  # it has no types

    return REGISTRY


def _canonical(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, sort_keys=True, allow_nan=False)


def _checked(schema: dict[str, Any]) -> dict[str, Any]:
    from jsonschema import SchemaError

    try:
        text = _canonical(schema)
    except (TypeError, ValueError) as error:
        raise ValueError(f"the schema cannot be written as JSON: {error}") from None
    try:
        _resolve(schema)
        _validator(text).is_valid(None)
    except SchemaError as error:
        at = "/".join(str(step) for step in error.absolute_path)
        raise ValueError(f"no JSON Schema: {error.message}{f' (at {at})' if at else ''}") from None
    except RecursionError:
        raise ValueError("the schema refers to itself without end") from None
    plain: dict[str, Any] = json.loads(json.dumps(schema))
    return plain


def _resolve(schema: Mapping[str, Any]) -> None:
    """Follow every reference once, so that none fails in the middle of the data."""
    from referencing import Resource
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    root = Resource.from_contents(schema, default_specification=DRAFT202012)
    resolver = _registry().with_resource("", root).resolver_with_root(root)
    waiting = [(root, resolver)]
    while waiting:
        resource, resolver = waiting.pop()
        ref = resource.contents.get("$ref") if isinstance(resource.contents, Mapping) else None
        try:
            if isinstance(ref, str):
                resolver.lookup(ref)
        except Unresolvable:
            raise ValueError(
                f"$ref {ref!r} points at nothing within the schema; other documents are not fetched"
            ) from None
        waiting += [(sub, resolver.in_subresource(sub)) for sub in resource.subresources()]


def _nested(column: Column) -> bool:
    return column.type.endswith("]") or column.type.startswith(_NESTED)


@register
class ExpectColumnValuesToBeJsonParseable(ColumnRowExpectation):
    """Values are text that is JSON. The JSON text `null` is a value.

    JSON is what Python's `json` reads, as in Great Expectations: any value, not just objects; NaN and
    Infinity too; of a repeated key the last. Columns of numbers, dates or truth values hold no text, so that
    every value breaks it. Nested columns are refused, since they were read from JSON already: see
    `json_schema`.
    """

    type: ClassVar[str] = "expect_column_values_to_be_json_parseable"
    short: ClassVar[str] = "json"
    cost: ClassVar[Cost] = Cost.OUTSIDE
    equivalents: ClassVar[Mapping[Tool, str]] = {}

    def bad(self, scope: Scope) -> Condition:
        """No JSON."""
        column = scope.column(self.column)
        if column.type == "JSON" or kind(column) == "text":
            return Not(Accepted(Text(column), ParsesAsJson()))
        if kind(column) == "other":
            raise NotEvaluable(f"column '{column.name}' is {column.type}, which is no text")
        return Not(IsNull(column))

    def expected(self) -> str:
        """`JSON`."""
        return f"JSON{self.share()}"


@register
class ExpectColumnValuesToMatchJsonSchema(ColumnRowExpectation):
    """Values are JSON that is valid under a JSON Schema.

    The draft is that of `$schema`, else the latest that the package `jsonschema` knows. `format` is not
    asserted, and references to other documents are refused, as nothing is fetched. Text that is no JSON
    breaks it (Great Expectations raises an error). Nested columns (structs, lists, maps) are judged as the
    JSON that they amount to, with dates as text.
    """

    type: ClassVar[str] = "expect_column_values_to_match_json_schema"
    short: ClassVar[str] = "json_schema"
    aliases: ClassVar[Mapping[str, str]] = {"schema": "json_schema"}
    cost: ClassVar[Cost] = Cost.OUTSIDE
    equivalents: ClassVar[Mapping[Tool, str]] = {}

    json_schema: Annotated[dict[str, Any], AfterValidator(_checked)] = Field(description="The JSON Schema.")

    def bad(self, scope: Scope) -> Condition:
        """No JSON, or not of that shape."""
        column = scope.column(self.column)
        return Not(Accepted(self._text(column), FitsSchema(_canonical(self.json_schema))))

    def _text(self, column: Column) -> Term:
        if _nested(column):
            return Json(column)
        if column.type != "JSON" and kind(column) != "text":
            raise NotEvaluable(f"column '{column.name}' is {column.type}, which is neither text nor nested")
        return Text(column)

    def expected(self) -> str:
        """`valid under the JSON Schema 'order'`."""
        title = self.json_schema.get("title")
        named = f" {title!r}" if isinstance(title, str) else ""
        return f"valid under the JSON Schema{named}{self.share()}"
