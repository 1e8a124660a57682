"""Several columns of the same row together: their sum, all equal, all different."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from functools import reduce
from itertools import combinations
from typing import ClassVar, Literal

from pydantic import Field

from dq.expectations.base import NotEvaluable, RowExpectation, Scope, register
from dq.expectations.column import ColumnName, numeric
from dq.expectations.literals import Number, comparable, kind, literal, show, term
from dq.expectations.traits import Tool
from dq.sql.words import And, Arithmetic, Column, Compare, Condition, IsNull, Lit, Not, Or, Term, Wide

Ignore = Literal["all_values_are_missing", "any_value_is_missing", "never"]


class _Several(RowExpectation):
    level: ClassVar[Literal["column", "table"]] = "table"
    positional: ClassVar[tuple[str, ...]] = ("column_list",)
    aliases: ClassVar[Mapping[str, str]] = {"columns": "column_list"}
    left_out: ClassVar[str] = "the columns are null in every row"

    column_list: tuple[ColumnName, ...] = Field(min_length=2, description="The columns, taken together.")
    ignore_row_if: Ignore = Field(
        default="all_values_are_missing", description="Which rows with nulls are not considered."
    )

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The columns, in the order given."""
        return self.column_list

    def together(self, scope: Scope) -> tuple[Column, ...]:
        """The columns themselves."""
        return tuple(scope.column(name) for name in self.column_list)

    def ignored(self, scope: Scope) -> Condition | None:
        """Rows with nulls, as `ignore_row_if` says."""
        nulls = tuple(IsNull(column) for column in self.together(scope))
        if self.ignore_row_if == "never":
            return None
        return And(nulls) if self.ignore_row_if == "all_values_are_missing" else Or(nulls)

    @abstractmethod
    def broken(self, scope: Scope) -> Condition:
        """TRUE on rows that break it, ignored ones included."""

    def bad(self, scope: Scope) -> Condition:
        """Broken, and not ignored."""
        ignored = self.ignored(scope)
        broken = self.broken(scope)
        return broken if ignored is None else And((broken, Not(ignored)))


@register
class ExpectMulticolumnSumToEqual(_Several):
    """The columns of a row sum to a number.

    A sum with a null in it is null and breaks nothing, as in SQL (Great Expectations' pandas engine counts
    it as broken, its Spark engine takes null for 0). Sums of whole numbers and decimals are exact; floats
    are added from left to right and compared exactly. NaN breaks it.
    """

    type: ClassVar[str] = "expect_multicolumn_sum_to_equal"
    short: ClassVar[str] = "row_sum"
    positional: ClassVar[tuple[str, ...]] = ("column_list", "sum_total")
    aliases: ClassVar[Mapping[str, str]] = {"columns": "column_list", "total": "sum_total"}
    nulls: ClassVar[str] = "As `ignore_row_if` says; a sum with a null is no break. NaN breaks it."
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": "dbt_expectations.expect_multicolumn_sum_to_equal",
    }

    column_list: tuple[ColumnName, ...] = Field(min_length=1, description="The columns to add.")
    sum_total: Number = Field(description="What each row sums to.")

    def broken(self, scope: Scope) -> Condition:
        """Another sum."""
        columns = [numeric(column, "sum") for column in self.together(scope)]
        terms: list[Term] = [Wide(column) if kind(column) == "whole" else column for column in columns]
        total = reduce(lambda left, right: Arithmetic("+", left, right), terms)
        return Compare("<>", total, self._total(columns))

    def _total(self, columns: list[Column]) -> Lit:
        kinds = {kind(column): column for column in columns}
        for dominant in ("real", "decimal", "whole"):
            if dominant in kinds:
                break
        if dominant == "real":
            return Lit(float(self.sum_total))
        if dominant == "decimal" and isinstance(self.sum_total, float):
            return Lit(Decimal(repr(self.sum_total)))
        return literal(kinds[dominant], self.sum_total, "sum_total")

    def expected(self) -> str:
        """`a + b equal to 100`."""
        return f"{' + '.join(self.column_list)} equal to {show(self.sum_total)}{self.share()}"


@register
class ExpectMulticolumnValuesToBeEqual(_Several):
    """The columns of a row hold the same value. Null equals null; null beside a value breaks it.

    NaN equals NaN.
    """

    type: ClassVar[str] = "expect_multicolumn_values_to_be_equal"
    short: ClassVar[str] = "equal_within_row"
    nulls: ClassVar[str] = "As `ignore_row_if` says; null equals null. NaN equals NaN."
    equivalents: ClassVar[Mapping[Tool, str]] = {}

    def broken(self, scope: Scope) -> Condition:
        """One that differs from the first."""
        first, *others = self.together(scope)
        parts: list[Condition] = []
        for other in others:
            if not comparable(first, other):
                raise NotEvaluable(
                    f"columns '{first.name}' ({first.type}) and '{other.name}' ({other.type}) "
                    "cannot be compared"
                )
            parts.append(Compare("<>", term(first), term(other)))
            parts.append(And((IsNull(first), Not(IsNull(other)))))
            parts.append(And((Not(IsNull(first)), IsNull(other))))
        return Or(tuple(parts))

    def expected(self) -> str:
        """`a = b = c`."""
        return f"{' = '.join(self.column_list)}{self.share()}"


@register
class ExpectSelectColumnValuesToBeUniqueWithinRecord(_Several):
    """No two of the columns of a row hold the same value. Null equals null, NaN equals NaN.

    Values of different kinds, text beside a number, are never the same.
    """

    type: ClassVar[str] = "expect_select_column_values_to_be_unique_within_record"
    short: ClassVar[str] = "unique_within_row"
    nulls: ClassVar[str] = "As `ignore_row_if` says; null equals null. NaN equals NaN."
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": "dbt_expectations.expect_select_column_values_to_be_unique_within_record",
    }

    def broken(self, scope: Scope) -> Condition:
        """Two that are equal, or both null."""
        parts: list[Condition] = []
        for one, other in combinations(self.together(scope), 2):
            if comparable(one, other):
                parts.append(Compare("=", term(one), term(other)))
            parts.append(And((IsNull(one), IsNull(other))))
        return Or(tuple(parts))

    def expected(self) -> str:
        """`a, b, c all different`."""
        return f"{', '.join(self.column_list)} all different{self.share()}"
