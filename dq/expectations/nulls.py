"""Null and not null. Every row is considered; NaN is not null."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from dq.expectations.base import Scope, register
from dq.expectations.bounds import NumberBounds
from dq.expectations.column import ColumnAggregateExpectation, ColumnRowExpectation
from dq.expectations.traits import Cost, Tool
from dq.metrics import Metric, RowCount
from dq.sql.words import Column, Condition, IsNull, Not


@register
class ExpectColumnValuesToNotBeNull(ColumnRowExpectation):
    """Values are not null. Every row is considered."""

    type: ClassVar[str] = "expect_column_values_to_not_be_null"
    short: ClassVar[str] = "not_null"
    nulls: ClassVar[str] = "Null breaks it. NaN is a value."
    cost: ClassVar[Cost] = Cost.METADATA
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'IsComplete "col"; Completeness "col" >= 0.99',
        "soda": "missing_count(col) = 0; missing_percent(col) < 1; missing:",
        "dbt": (
            "not_null; dbt_utils.not_null_proportion; dbt_expectations.expect_column_values_to_not_be_null"
        ),
        "deequ": '.isComplete("col"); .hasCompleteness("col", _ >= 0.99)',
    }

    def bad(self, scope: Scope) -> Condition:
        """Null."""
        return IsNull(scope.column(self.column))

    def ignored(self, scope: Scope) -> Condition | None:
        """Every row is judged."""
        return None

    def expected(self) -> str:
        """`not null for 99 %`."""
        return f"not null{self.share()}"


@register
class ExpectColumnValuesToBeNull(ColumnRowExpectation):
    """Values are null. Every row is considered."""

    type: ClassVar[str] = "expect_column_values_to_be_null"
    short: ClassVar[str] = "is_null"
    nulls: ClassVar[str] = "Only null meets it. NaN is a value and breaks it."
    cost: ClassVar[Cost] = Cost.METADATA
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'ColumnValues "col" = NULL',
        "soda": "missing_percent(col) = 100",
        "dbt": "dbt_expectations.expect_column_values_to_be_null",
        "deequ": '.hasCompleteness("col", _ == 0)',
    }

    def bad(self, scope: Scope) -> Condition:
        """Not null."""
        return Not(IsNull(scope.column(self.column)))

    def ignored(self, scope: Scope) -> Condition | None:
        """Every row is judged."""
        return None

    def expected(self) -> str:
        """`null for 99 %`."""
        return f"null{self.share()}"


@register
class ExpectColumnProportionOfNonNullValuesToBeBetween(NumberBounds, ColumnAggregateExpectation):
    """Non-null values per row, 0 to 1, lie between two bounds.

    No rows: untested (Great Expectations says 0).
    """

    type: ClassVar[str] = "expect_column_proportion_of_non_null_values_to_be_between"
    short: ClassVar[str] = "proportion_not_null"
    noun: ClassVar[str] = "proportion of values that are not null"
    keeps_nan: ClassVar[bool] = True
    nulls: ClassVar[str] = "Counted: they are what is measured. NaN is a value."
    cost: ClassVar[Cost] = Cost.METADATA
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'Completeness "col" between 0.9 and 1.0',
        "soda": "missing_percent(col) between 0 and 10; missing:",
        "dbt": "dbt_utils.not_null_proportion",
        "deequ": '.hasCompleteness("col", _ >= 0.9)',
    }

    def measure(self, column: Column, where: Condition | None) -> Metric:
        """The number of rows."""
        return RowCount(where=where)

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """Rows, and nulls among them; NaN is a value like any other here."""
        return {name: metric for name, metric in super().metrics(scope).items() if name != "nan"}

    def observe(self, values: Mapping[str, Any]) -> Any:
        """The proportion; None without rows."""
        rows = values["rows"]
        return (rows - values["missing"]) / rows if rows else None
