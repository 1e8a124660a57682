"""The type of a column. Answered from the schema; no row is read."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, StrictStr, field_validator

from dq.expectations.base import Judgement, Scope, register
from dq.expectations.column import ColumnName
from dq.expectations.schema import NOTHING_GIVEN, FromSchema, verdict_on
from dq.expectations.traits import Tool
from dq.expectations.type_names import accepts, exactly, is_one_of


class _OfType(FromSchema):
    level: ClassVar[Literal["column", "table"]] = "column"

    column: ColumnName

    @field_validator("where")
    @classmethod
    def _no_filter(cls, where: str | None) -> str | None:
        return where  # a column has its type on any rows; Great Expectations takes a condition here

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    @abstractmethod
    def spellings(self) -> tuple[str, ...]:
        """The accepted type names, as written."""

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the column's type, in capitals."""
        found = scope.column(self.column).type
        return verdict_on(any(is_one_of(found, accepts(name)) for name in self.spellings()), found)

    def expected(self) -> str:
        """`of type BIGINT or VARCHAR`."""
        return f"of type {' or '.join(self.spellings())}"


@register
class ExpectColumnValuesToBeOfType(_OfType):
    """The column is of a type, by any of its common names; the reference ends with their list.

    Judged by the column's declared type (Great Expectations' pandas engine looks at every value of an
    untyped column).
    """

    type: ClassVar[str] = "expect_column_values_to_be_of_type"
    short: ClassVar[str] = "of_type"
    positional: ClassVar[tuple[str, ...]] = ("type_",)
    aliases: ClassVar[Mapping[str, str]] = {"type": "type_"}
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'ColumnDataType "col" = "Integer"',
        "soda": "schema: {fail: {when wrong column type: {col: bigint}}}; schema:",
        "dbt": "dbt_expectations.expect_column_values_to_be_of_type; data_type",
        "deequ": '.hasDataType("col", ConstrainableDataTypes.Integral)',
    }

    type_: StrictStr = Field(description="Type name, e.g. BIGINT, int64, string.")

    @field_validator("type_")
    @classmethod
    def _type_is_known(cls, name: str) -> str:
        accepts(name)
        return name

    def spellings(self) -> tuple[str, ...]:
        """The one name."""
        return (self.type_,)


@register
class ExpectColumnValuesToBeInTypeList(_OfType):
    """The column is of one of several types; names as for `of_type`. Null for the list leaves it untested."""

    type: ClassVar[str] = "expect_column_values_to_be_in_type_list"
    short: ClassVar[str] = "in_types"
    positional: ClassVar[tuple[str, ...]] = ("type_list",)
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": "dbt_expectations.expect_column_values_to_be_in_type_list",
    }

    type_list: tuple[StrictStr, ...] | None = Field(min_length=1, description="Type names.")

    @field_validator("type_list")
    @classmethod
    def _types_are_known(cls, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for name in names or ():
            accepts(name)
        return names

    def spellings(self) -> tuple[str, ...]:
        """The names, in the order given."""
        return self.type_list or ()

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the canonical type."""
        return NOTHING_GIVEN if self.type_list is None else super().judge(values, scope)


@register
class ExpectColumnTypeToBe(_OfType):
    """The column is of exactly one type.

    Unlike `of_type`, a name stands for one type only: `int` is the 64-bit integer and `float` the 64-bit
    float, as NumPy has them; `datetime64` without a unit is a timestamp of any resolution. Types are those
    of the data as stored; pandas' own distinctions (`Int64` beside `int64`, `object`) do not exist there.
    """

    type: ClassVar[str] = "expect_column_type_to_be"
    short: ClassVar[str] = "exact_type"
    positional: ClassVar[tuple[str, ...]] = ("type_",)
    aliases: ClassVar[Mapping[str, str]] = {"type": "type_"}
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'ColumnDataType "col" = "Integer"',
        "soda": "schema: {fail: {when wrong column type: {col: bigint}}}; schema:",
        "dbt": "dbt_expectations.expect_column_values_to_be_of_type; data_type",
    }

    type_: StrictStr = Field(description="Type name, e.g. BIGINT, int64, string.")

    @field_validator("where")
    @classmethod
    def _no_filter(cls, where: str | None) -> str | None:
        if where is not None:
            raise ValueError(f"{cls.short} looks at the schema; a filter on rows has no meaning")
        return where

    @field_validator("type_")
    @classmethod
    def _type_is_known(cls, name: str) -> str:
        exactly(name)
        return name

    def spellings(self) -> tuple[str, ...]:
        """The one name."""
        return (self.type_,)

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the canonical type."""
        found = scope.column(self.column).type
        return verdict_on(is_one_of(found, exactly(self.type_)), found)

    def expected(self) -> str:
        """`exactly of type BIGINT`."""
        return f"exactly {super().expected()}"
