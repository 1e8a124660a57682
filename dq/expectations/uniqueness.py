"""Uniqueness of a column and of several together; how many different values there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from dq.expectations.base import Judgement, RowExpectation, Scope, register
from dq.expectations.bounds import CountBounds, NumberBounds
from dq.expectations.column import ColumnAggregateExpectation, ColumnName, ColumnRowExpectation, nan_metric
from dq.expectations.traits import Cost, Tool
from dq.metrics import DistinctCount, Duplicates, Metric
from dq.sql.words import And, Column, Condition, IsNull, Or, Repeated

Ignore = Literal["all_values_are_missing", "any_value_is_missing", "never"]


class _Unique(RowExpectation):
    cost: ClassVar[Cost] = Cost.GROUPING

    def key(self, scope: Scope) -> tuple[Column, ...]:
        """The columns that must not repeat together."""
        return tuple(scope.column(name) for name in self.named_columns)

    def bad(self, scope: Scope) -> Condition:
        """In more than one row; every copy."""
        return Repeated(self.key(scope), self.filter)

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """As for every row rule, with the duplicates counted by key."""
        return {
            **super().metrics(scope),
            "unexpected": Duplicates(of=self.key(scope), where=self.filter),
        }

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Every copy is unexpected; `details.duplicated_keys` counts the values behind them."""
        duplicates = values["unexpected"]
        flat = {"unexpected": duplicates["rows"], "detail_duplicated_keys": duplicates["keys"]}
        return super().judge({**values, **flat}, scope)


@register
class ExpectColumnValuesToBeUnique(_Unique, ColumnRowExpectation):
    """No value occurs twice. Every copy counts, so 1, 1, 1, 2 has 3 unexpected rows.

    NaN equals NaN here, as it does in SQL's GROUP BY: two NaNs are duplicates, counted in `details.nan` too.
    """

    type: ClassVar[str] = "expect_column_values_to_be_unique"
    short: ClassVar[str] = "unique"
    nulls: ClassVar[str] = "Left out. NaN equals NaN."
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'IsUnique "col"; Uniqueness "col" >= 0.99',
        "soda": "duplicate_count(col) = 0; duplicate_percent(col) < 1; duplicate:",
        "dbt": "unique; dbt_expectations.expect_column_values_to_be_unique",
        "deequ": '.isUnique("col"); .hasUniqueness("col", _ >= 0.99)',
    }

    def extra_metrics(self, scope: Scope) -> dict[str, Metric]:
        """NaN is counted by itself."""
        return nan_metric(scope.column(self.column), self.filter)

    def expected(self) -> str:
        """`unique`."""
        return f"unique{self.share()}"


@register
class ExpectCompoundColumnsToBeUnique(_Unique):
    """No combination of values occurs twice. Every copy counts.

    A row with a null in any of the columns is never a duplicate, as SQL's `=` has it (Great Expectations'
    pandas engine holds that null equals null). `ignore_row_if` only says which rows are considered.
    """

    type: ClassVar[str] = "expect_compound_columns_to_be_unique"
    short: ClassVar[str] = "unique"
    level: ClassVar[Literal["column", "table"]] = "table"
    positional: ClassVar[tuple[str, ...]] = ("column_list",)
    aliases: ClassVar[Mapping[str, str]] = {"columns": "column_list"}
    left_out: ClassVar[str] = "the columns are null in every row"
    nulls: ClassVar[str] = "As `ignore_row_if` says; a row with a null is no duplicate. NaN equals NaN."
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'IsPrimaryKey "a" "b"',
        "soda": "duplicate_count(a, b) = 0; duplicate: {columns: [a, b]}",
        "dbt": (
            "dbt_utils.unique_combination_of_columns; dbt_expectations.expect_compound_columns_to_be_unique"
        ),
        "deequ": '.isPrimaryKey("a", "b"); .hasUniqueness(Seq("a", "b"), _ >= 0.99)',
    }

    column_list: tuple[ColumnName, ...] = Field(min_length=1, description="The columns, taken together.")
    ignore_row_if: Ignore = Field(
        default="all_values_are_missing", description="Which rows with nulls are not considered."
    )

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The columns, in the order given."""
        return self.column_list

    def ignored(self, scope: Scope) -> Condition | None:
        """Rows with nulls, as `ignore_row_if` says."""
        nulls = tuple(IsNull(column) for column in self.key(scope))
        if self.ignore_row_if == "never":
            return None
        return And(nulls) if self.ignore_row_if == "all_values_are_missing" else Or(nulls)

    def expected(self) -> str:
        """`unique together`."""
        return f"unique together{self.share()}"


@register
class ExpectColumnUniqueValueCountToBeBetween(CountBounds, ColumnAggregateExpectation):
    """The number of distinct values lies between two bounds.

    A column without values is untested (Great Expectations counts 0).
    """

    type: ClassVar[str] = "expect_column_unique_value_count_to_be_between"
    short: ClassVar[str] = "distinct_count"
    noun: ClassVar[str] = "number of distinct values"
    keeps_nan: ClassVar[bool] = True
    nulls: ClassVar[str] = "Left out. All NaNs count as one value."
    cost: ClassVar[Cost] = Cost.VALUES
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'DistinctValuesCount "col" between 10 and 20',
        "dbt": (
            "dbt_expectations.expect_column_unique_value_count_to_be_between; "
            "dbt_expectations.expect_column_distinct_count_to_equal"
        ),
        "deequ": '.hasNumberOfDistinctValues("col", _ >= 10); .hasApproxCountDistinct("col", _ >= 10)',
    }

    def measure(self, column: Column, where: Condition | None) -> Metric:
        """The distinct count."""
        return DistinctCount(of=(column,), where=where)

    def observe(self, values: Mapping[str, Any]) -> Any:
        """The count; None without values."""
        return values["measured"] if values["rows"] > values["missing"] else None


@register
class ExpectColumnProportionOfUniqueValuesToBeBetween(NumberBounds, ColumnAggregateExpectation):
    """The share of distinct values, 0 to 1, lies between two bounds.

    It is distinct values per value: 1, 1, 2, null has 2 / 3. A column without values is untested (Great
    Expectations says 0).
    """

    type: ClassVar[str] = "expect_column_proportion_of_unique_values_to_be_between"
    short: ClassVar[str] = "proportion_unique"
    noun: ClassVar[str] = "proportion of distinct values"
    keeps_nan: ClassVar[bool] = True
    nulls: ClassVar[str] = "Left out. All NaNs count as one value."
    cost: ClassVar[Cost] = Cost.VALUES
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": "dbt_expectations.expect_column_proportion_of_unique_values_to_be_between",
        "deequ": '.hasDistinctness(Seq("col"), _ >= 0.3)',
    }

    def measure(self, column: Column, where: Condition | None) -> Metric:
        """The distinct count."""
        return DistinctCount(of=(column,), where=where)

    def observe(self, values: Mapping[str, Any]) -> Any:
        """The proportion; None without values."""
        present = values["rows"] - values["missing"]
        return values["measured"] / present if present else None
