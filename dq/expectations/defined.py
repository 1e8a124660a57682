"""Expectations that a project defines in SQL: a name, a condition on one row, parameters.

A definition becomes a class like any other. Its parameters reach the query as literals and its column as an
identifier, both as nodes of the parsed condition, never as text.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import (
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    TypeAdapter,
    ValidationError,
    create_model,
)

from dq.expectations.authored import check_condition, columns_in, names_in
from dq.expectations.base import RowExpectation, Scope
from dq.expectations.column import ColumnName
from dq.expectations.traits import Tool
from dq.metrics import CountWhere, Metric
from dq.sql.words import Column, Condition, Given, IsNull, Lit, Not, SqlCondition, SqlTerm
from dq.verdict import Severity

COLUMN = "column"
"""`$column` stands for the column that the expectation is declared under."""
_TAKEN = {
    "where",
    "mostly",
    "row_condition",
    "column",
    "id",
    "severity",
    "notes",
    "tags",
    "meta",
    "gx",
    "kwargs",
}
TYPES: Mapping[str, Any] = {
    "number": StrictInt | StrictFloat,
    "integer": StrictInt,
    "text": StrictStr,
    "boolean": StrictBool,
    "date": dt.date,
    "timestamp": dt.datetime,
    "list": tuple[StrictBool | StrictInt | StrictFloat | StrictStr, ...],
}
"""What a parameter may be, by the word in a definition."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a definition.

    Attributes:
        name: as `$name` in the condition.
        type: a key of `TYPES`.
        default: plain value; taken only when `required` is false.
        required: whether a suite must give it.
        description: one sentence; may be empty.
    """

    name: str
    type: str
    default: Any = None
    required: bool = True
    description: str = ""


@dataclass(frozen=True)
class Definition:
    """An expectation in SQL.

    Attributes:
        name: in suites, and in records as its type.
        sql: condition that is TRUE on good rows and FALSE on bad ones; NULL leaves a row out.
        level: `column` when it speaks of `$column`, else `table`.
        parameters: in the order of a suite's list of values.
        description: for `dq list` and editors; may be empty.
        severity: of items that do not say; None for that of their suite.
    """

    name: str
    sql: str
    level: Literal["column", "table"]
    parameters: tuple[Parameter, ...] = ()
    description: str = ""
    severity: Severity | None = None

    def check(self) -> None:
        """Make sure that it means something.

        Raises:
            ValueError: the name cannot be one, the SQL is no condition on one row, or its names and the
                parameters do not fit.
        """
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise ValueError("a name is made of small letters, digits and _, and begins with a letter")
        check_condition(self.sql)
        used, known = set(names_in(self.sql)), {parameter.name for parameter in self.parameters}
        for parameter in self.parameters:
            if parameter.name in _TAKEN or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", parameter.name):
                raise ValueError(f"a parameter cannot be called '{parameter.name}'")
        if self.level == "column" and COLUMN not in used:
            raise ValueError("it speaks of a column, so `sql` must hold $column")
        if self.level == "table" and COLUMN in used:
            raise ValueError("$column has a meaning only with `level: column`")
        unknown, idle = sorted(used - known - {COLUMN}), sorted(known - used)
        if unknown:
            raise ValueError(f"${unknown[0]} is no parameter; declare it under `params:`")
        if idle:
            raise ValueError(f"the parameter '{idle[0]}' does not stand in `sql`, as ${idle[0]}")

    def to_dict(self) -> dict[str, Any]:
        """The plain form, as a suite's `definitions:` and a project's configuration take it."""
        parameters = {
            one.name: {
                "type": one.type,
                **({} if one.required else {"default": one.default}),
                **({"description": one.description} if one.description else {}),
            }
            for one in self.parameters
        }
        return {
            "sql": self.sql,
            "level": self.level,
            **({"params": parameters} if parameters else {}),
            **({"description": self.description} if self.description else {}),
            **({"severity": self.severity.value} if self.severity else {}),
        }


class DefinedExpectation(RowExpectation):
    """A condition on one row, defined by a project. A row on which it is NULL is left out."""

    definition: ClassVar[Definition]
    in_gx: ClassVar[bool] = False
    left_out: ClassVar[str] = "the condition is NULL on every row"
    nulls: ClassVar[str] = "A row on which the condition is NULL is left out."
    equivalents: ClassVar[Mapping[Tool, str]] = {}

    def given(self, scope: Scope) -> Given:
        """What the names in the condition stand for.

        Raises:
            NotEvaluable: the column does not exist.
        """
        named: list[tuple[str, Column | Lit | tuple[Lit, ...]]] = []
        for parameter in self.definition.parameters:
            value = getattr(self, parameter.name)
            lit = tuple(map(Lit, value)) if isinstance(value, tuple) else Lit(value)
            named.append((parameter.name, lit))
        if self.definition.level == "column":
            named.append((COLUMN, scope.column(self.named_columns[0])))
        return tuple(named)

    def bad(self, scope: Scope) -> Condition:
        """The condition is FALSE."""
        return Not(SqlCondition(self.definition.sql, self.given(scope)))

    def ignored(self, scope: Scope) -> Condition | None:
        """The condition is NULL."""
        return IsNull(SqlTerm(self.definition.sql, self.given(scope)))

    def extra_metrics(self, scope: Scope) -> dict[str, Metric]:
        """Rows on which it is NULL."""
        return {
            "null": CountWhere(
                condition=IsNull(SqlTerm(self.definition.sql, self.given(scope))), where=self.filter
            )
        }

    def sampled(self, scope: Scope) -> tuple[str, ...]:
        """Its column, and those that the condition names."""
        return tuple(dict.fromkeys([*self.named_columns, *columns_in(self.definition.sql, scope.schema)]))

    def expected(self) -> str:
        """The condition with the parameters' values in it, for people."""
        values = {one.name: getattr(self, one.name) for one in self.definition.parameters}
        if self.named_columns:
            values[COLUMN] = self.named_columns[0]

        def value(match: re.Match[str]) -> str:
            found = values.get(match.group(1), match.group(0))
            return str(list(found)) if isinstance(found, tuple) else str(found)

        return re.sub(r"\$([A-Za-z]\w*)", value, " ".join(self.definition.sql.split())) + self.share()


class _OnColumn(DefinedExpectation):
    column: ColumnName

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)


def class_of(definition: Definition) -> type[DefinedExpectation]:
    """The class of a definition; equal definitions have one class.

    Raises:
        ValueError: the definition means nothing, or a default is not of its type.
    """
    key = json.dumps([definition.name, definition.to_dict()], sort_keys=True, default=str)
    if key not in _classes:
        definition.check()
        _classes[key] = _make(definition)
    return _classes[key]


_classes: dict[str, type[DefinedExpectation]] = {}


def _make(definition: Definition) -> type[DefinedExpectation]:
    fields: dict[str, Any] = {}
    for one in definition.parameters:
        about = one.description or f"${one.name} in the condition."
        default = ... if one.required else _default(one)
        fields[one.name] = (TYPES[one.type], Field(default=default, description=about))
    base: type[DefinedExpectation] = _OnColumn if definition.level == "column" else DefinedExpectation
    made: type[DefinedExpectation] = create_model(definition.name, __base__=base, **fields)
    made.__doc__ = definition.description or f"Every row satisfies: {' '.join(definition.sql.split())}."
    made.definition = definition
    made.type = made.short = definition.name
    made.level = definition.level
    made.positional = tuple(one.name for one in definition.parameters)
    made.usual_severity = definition.severity
    return made


def _default(parameter: Parameter) -> Any:
    """The default as a value of its type.

    Raises:
        ValueError: it is none.
    """
    try:
        return TypeAdapter(TYPES[parameter.type]).validate_python(parameter.default)
    except ValidationError:
        raise ValueError(
            f"the default of '{parameter.name}' is no {parameter.type}: {parameter.default!r}"
        ) from None
