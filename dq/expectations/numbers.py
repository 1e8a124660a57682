"""Bounds on one number measured over a column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from dq.expectations.base import NotEvaluable, Scope, register
from dq.expectations.bounds import Bounds, NumberBounds, ValueBounds
from dq.expectations.column import ColumnAggregateExpectation, numeric
from dq.expectations.literals import kind, literal, term
from dq.expectations.traits import Cost, Tool
from dq.metrics import Extreme, Mean, Metric, Moments, QuantileOf, Total
from dq.sql.words import Column, Condition


class _Extreme(ValueBounds, ColumnAggregateExpectation):
    """Smallest or largest value; any type with an order."""

    def fitted(self, scope: Scope) -> Bounds:
        """ISO text bounds as dates or timestamps, where the column holds those."""
        column = scope.column(self.column)
        given = {"min_value": self.min_value, "max_value": self.max_value}
        fitted = {k: literal(column, v, k).value for k, v in given.items() if v is not None}
        return self.model_copy(update=fitted)

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """As for every aggregate; bounds that cannot be compared are refused here."""
        column = scope.column(self.column)
        if kind(column) in ("bool", "other"):
            raise NotEvaluable(f"column '{column.name}' is {column.type}, which has no order")
        self.fitted(scope)
        return super().metrics(scope)


@register
class ExpectColumnMinToBeBetween(_Extreme):
    """The smallest value lies between two bounds."""

    type: ClassVar[str] = "expect_column_min_to_be_between"
    short: ClassVar[str] = "min"
    noun: ClassVar[str] = "minimum"
    cost: ClassVar[Cost] = Cost.METADATA
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "soda": "min(col) >= 1; aggregate: {function: min}",
        "dbt": "dbt_expectations.expect_column_min_to_be_between",
        "deequ": '.hasMin("col", _ >= 1)',
    }

    def measure(self, column: Column, where: Condition | None) -> Metric:
        """The minimum."""
        return Extreme(which="min", of=term(column), where=where)


@register
class ExpectColumnMaxToBeBetween(_Extreme):
    """The largest value lies between two bounds."""

    type: ClassVar[str] = "expect_column_max_to_be_between"
    short: ClassVar[str] = "max"
    noun: ClassVar[str] = "maximum"
    cost: ClassVar[Cost] = Cost.METADATA
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "soda": "max(col) <= 5000; aggregate: {function: max}",
        "dbt": "dbt_expectations.expect_column_max_to_be_between",
        "deequ": '.hasMax("col", _ <= 5000)',
    }

    def measure(self, column: Column, where: Condition | None) -> Metric:
        """The maximum."""
        return Extreme(which="max", of=term(column), where=where)


class _Number(NumberBounds, ColumnAggregateExpectation):
    """A number measured over a column of numbers."""


@register
class ExpectColumnMeanToBeBetween(_Number):
    """The arithmetic mean, as a double, lies between two bounds.

    The mean of true/false values is the share of true.
    """

    type: ClassVar[str] = "expect_column_mean_to_be_between"
    short: ClassVar[str] = "mean"
    noun: ClassVar[str] = "mean"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'Mean "col" between 900 and 1150',
        "soda": "avg(col) between 900 and 1150; aggregate: {function: avg}",
        "dbt": "dbt_expectations.expect_column_mean_to_be_between",
        "deequ": '.hasMean("col", _ >= 900)',
    }

    def measure(self, column: Column, where: Condition | None) -> Metric:
        """The mean."""
        return Mean(of=numeric(column, "mean", "bool"), where=where)

    def observe(self, values: Mapping[str, Any]) -> Any:
        """The mean; None without values."""
        return values["measured"]


@register
class ExpectColumnStdevToBeBetween(_Number):
    """The sample standard deviation (n - 1) lies between two bounds.

    With fewer than two values it is untested.
    """

    type: ClassVar[str] = "expect_column_stdev_to_be_between"
    short: ClassVar[str] = "stdev"
    noun: ClassVar[str] = "standard deviation"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'StandardDeviation "col" between 5 and 120',
        "soda": "stddev_samp(col) between 5 and 120; aggregate: {function: stddev_samp}",
        "dbt": "dbt_expectations.expect_column_stdev_to_be_between",
        "deequ": '.hasStandardDeviation("col", _ >= 5)',
    }

    def measure(self, column: Column, where: Condition | None) -> Metric:
        """Moments, of which the standard deviation is taken."""
        return Moments(of=numeric(column, "standard deviation"), where=where)

    def observe(self, values: Mapping[str, Any]) -> Any:
        """The standard deviation; None below two values."""
        return values["measured"]["stdev"]


@register
class ExpectColumnMedianToBeBetween(_Number):
    """The median, the mean of the two middle values as a double, lies between two bounds."""

    type: ClassVar[str] = "expect_column_median_to_be_between"
    short: ClassVar[str] = "median"
    noun: ClassVar[str] = "median"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "soda": "percentile(col, 0.5) <= 30",
        "dbt": "dbt_expectations.expect_column_median_to_be_between",
        "deequ": '.hasExactQuantile("col", 0.5, _ <= 30); .hasApproxQuantile("col", 0.5, _ <= 30)',
    }

    def measure(self, column: Column, where: Condition | None) -> Metric:
        """The exact median."""
        return QuantileOf(of=numeric(column, "median"), q=0.5, method="cont", where=where)


@register
class ExpectColumnSumToBeBetween(_Number):
    """The sum lies between two bounds.

    A column without values is untested (Great Expectations' engines say 0 or none).
    """

    type: ClassVar[str] = "expect_column_sum_to_be_between"
    short: ClassVar[str] = "sum"
    noun: ClassVar[str] = "sum"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'Sum "col" between 1 and 9',
        "soda": "sum(col) between 1 and 9; aggregate: {function: sum}",
        "dbt": "dbt_expectations.expect_column_sum_to_be_between",
        "deequ": '.hasSum("col", _ >= 1)',
    }

    def measure(self, column: Column, where: Condition | None) -> Metric:
        """The sum."""
        return Total(of=numeric(column, "sum"), where=where)
