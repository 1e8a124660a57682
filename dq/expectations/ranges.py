"""Values within bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from dq.expectations.base import NotEvaluable, Scope, register
from dq.expectations.bounds import ValueBounds
from dq.expectations.column import ColumnRowExpectation, nan_metric
from dq.expectations.literals import kind, literal, term
from dq.expectations.traits import Cost, Tool
from dq.metrics import Metric
from dq.sql.words import Compare, Condition, IsNan, Or


@register
class ExpectColumnValuesToBeBetween(ValueBounds, ColumnRowExpectation):
    """Values lie between two bounds.

    Numbers compare as numbers, text by code point, dates and timestamps in time; ISO text is read as a date
    or a timestamp on columns of those types.
    """

    type: ClassVar[str] = "expect_column_values_to_be_between"
    short: ClassVar[str] = "between"
    needs_bound: ClassVar[bool] = True
    nulls: ClassVar[str] = "Left out. NaN lies within no bounds and breaks it."
    cost: ClassVar[Cost] = Cost.METADATA
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'ColumnValues "col" between 1 and 20; ColumnValues "col" >= 1',
        "soda": (
            "invalid_count(col) = 0: {valid min: 1, valid max: 20}; invalid: {valid_min: 1, valid_max: 20}"
        ),
        "dbt": "dbt_utils.accepted_range; dbt_expectations.expect_column_values_to_be_between",
        "deequ": '.isContainedIn("col", 1, 20); .isNonNegative("col"); .isPositive("col")',
    }

    def bad(self, scope: Scope) -> Condition:
        """Outside the bounds."""
        column = scope.column(self.column)
        if kind(column) in ("bool", "other"):
            raise NotEvaluable(f"column '{column.name}' is {column.type}, which has no order to be between")
        outside: list[Condition] = [IsNan(column)] if column.floats else []
        if self.min_value is not None:
            low = literal(column, self.min_value, "min_value")
            outside.append(Compare("<=" if self.strict_min else "<", term(column), low))
        if self.max_value is not None:
            high = literal(column, self.max_value, "max_value")
            outside.append(Compare(">=" if self.strict_max else ">", term(column), high))
        return outside[0] if len(outside) == 1 else Or(tuple(outside))

    def extra_metrics(self, scope: Scope) -> dict[str, Metric]:
        """NaN is counted by itself."""
        return nan_metric(scope.column(self.column), self.filter)

    def expected(self) -> str:
        """`between 1 and 20 for 99 %`."""
        return super().expected() + self.share()
