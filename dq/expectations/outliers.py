"""Values far from the others of their column."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal

from pydantic import Field

from dq.expectations.base import Judgement, Scope, register
from dq.expectations.column import ColumnRowExpectation, nan_metric, numeric
from dq.expectations.literals import Number, show
from dq.expectations.traits import Cost, Tool
from dq.metrics import Metric, Moments, QuantileOf
from dq.sql.words import (
    Absolute,
    Aggregate,
    And,
    Arithmetic,
    Column,
    Compare,
    Condition,
    Double,
    Fold,
    IsNan,
    Lit,
    Not,
    Or,
    Overall,
    Quantile,
    Term,
    both,
)


class _FarOut(ColumnRowExpectation):
    """Statistics are those of the finite values within the filter, as doubles."""

    nulls: ClassVar[str] = "Left out. NaN breaks it; statistics leave NaN and infinity out."
    cost: ClassVar[Cost] = Cost.SCAN

    def finite(self, scope: Scope) -> Condition | None:
        """The rows that the statistics are about; None for all."""
        column = self.numbers(scope)
        bounded = Compare("<", Absolute(column), Lit(math.inf)) if column.floats else None
        return both(self.filter, bounded)

    def numbers(self, scope: Scope) -> Column:
        """The column.

        Raises:
            NotEvaluable: it does not hold numbers.
        """
        return numeric(scope.column(self.column), "distance from the mean")

    def fold(self, scope: Scope, function: Literal["avg", "stddev_samp"]) -> Term:
        """A statistic of the whole column."""
        return Overall(Fold(function, Double(self.numbers(scope)), self.finite(scope)))

    def spread_out(self, scope: Scope, far: Condition) -> Condition:
        """What lies far out, where values differ at all; and NaN."""
        column = self.numbers(scope)
        differ = Compare(">", self.fold(scope, "stddev_samp"), Lit(0.0))
        return with_nan(column, And((differ, far)))

    def distance(self, scope: Scope) -> Term:
        """A value minus the mean."""
        return Arithmetic("-", Double(self.numbers(scope)), self.fold(scope, "avg"))

    def extra_metrics(self, scope: Scope) -> dict[str, Metric]:
        """NaN is counted by itself; mean and standard deviation are told."""
        moments: Metric = Moments(of=self.numbers(scope), where=self.finite(scope))
        return {"moments": moments, **nan_metric(self.numbers(scope), self.filter)}

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """As every row rule; `details` hold the mean and the standard deviation, or the bounds."""
        plain = {name: value for name, value in values.items() if name not in _STATISTICS}
        judgement = super().judge(plain, scope)
        if not judgement.considered:
            return judgement
        return replace(judgement, details={**judgement.details, **self.told(values)})

    def told(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Details from the statistics."""
        moments = values["detail_moments"]
        return {"mean": moments["mean"], "stdev": moments["stdev"]}


_STATISTICS = ("detail_moments", "detail_q1", "detail_q3")


def with_nan(column: Column, bad: Condition) -> Condition:
    """The condition, or NaN."""
    return Or((IsNan(column), bad)) if column.floats else bad


@register
class ExpectColumnValueZScoresToBeLessThan(_FarOut):
    """Values lie less than `threshold` standard deviations from the mean.

    The z-score of a value is its distance from the mean, divided by the sample standard deviation. With
    `double_sided` its sign does not count; without, only values above the mean can break it. Where all
    values are equal, or there is only one, no value breaks it. A NaN always breaks it, and an infinite value
    breaks it whenever the others differ; neither takes part in mean and standard deviation (Great
    Expectations takes NaN for null, and accepts every value where one is infinite).
    """

    type: ClassVar[str] = "expect_column_value_z_scores_to_be_less_than"
    short: ClassVar[str] = "z_score"
    positional: ClassVar[tuple[str, ...]] = ("threshold", "double_sided")
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": "dbt_expectations.expect_column_values_to_be_within_n_stdevs",
    }

    threshold: Number = Field(description="What z-scores must stay below, e.g. 3.")
    double_sided: bool = Field(default=True, description="Whether values below the mean count as well.")

    def bad(self, scope: Scope) -> Condition:
        """A score of the threshold or more."""
        score: Term = Arithmetic("/", self.distance(scope), self.fold(scope, "stddev_samp"))
        limit = float(self.threshold)
        if self.double_sided:
            score, limit = Absolute(score), abs(limit)
        return self.spread_out(scope, Compare(">=", score, Lit(limit)))

    def expected(self) -> str:
        """`z-score below 3 on both sides`."""
        sides = " on both sides" if self.double_sided else ""
        limit = abs(self.threshold) if self.double_sided else self.threshold
        return f"z-score below {show(limit)}{sides}{self.share()}"


@register
class ExpectColumnValuesToNotBeOutliers(_FarOut):
    """No value lies far out, by quartiles or by the standard deviation.

    `method: iqr` (Tukey): values lie within `multiplier` interquartile ranges of the first and the third
    quartile; these are interpolated, and the bounds belong to it. `method: std`: values lie less than
    `multiplier` sample standard deviations from the mean; where all are equal, or there is only one, none
    breaks it. A NaN always breaks it, and statistics leave NaN and infinity out (Great Expectations takes
    NaN for null, and accepts every value where a statistic is infinite).
    """

    type: ClassVar[str] = "expect_column_values_to_not_be_outliers"
    short: ClassVar[str] = "no_outliers"
    positional: ClassVar[tuple[str, ...]] = ("method", "multiplier")
    cost: ClassVar[Cost] = Cost.VALUES
    equivalents: ClassVar[Mapping[Tool, str]] = {}

    method: Literal["iqr", "std"] = Field(default="iqr", description="What distance is measured in.")
    multiplier: Number = Field(default=1.5, ge=0, description="How many of these are allowed.")

    def bad(self, scope: Scope) -> Condition:
        """Outside the bounds."""
        return self._by_quartiles(scope) if self.method == "iqr" else self._by_deviation(scope)

    def _by_quartiles(self, scope: Scope) -> Condition:
        value = Double(self.numbers(scope))
        low, high = (Overall(self._quartile(scope, q)) for q in (0.25, 0.75))
        reach = Arithmetic("*", Lit(float(self.multiplier)), Arithmetic("-", high, low))
        inside = And(
            (
                Compare(">=", value, Arithmetic("-", low, reach)),
                Compare("<=", value, Arithmetic("+", high, reach)),
            )
        )
        return with_nan(self.numbers(scope), Not(inside))

    def _by_deviation(self, scope: Scope) -> Condition:
        if self.multiplier == 0:
            return self.spread_out(scope, Compare("<>", self.distance(scope), Lit(0.0)))
        reach = Arithmetic("*", Lit(float(self.multiplier)), self.fold(scope, "stddev_samp"))
        return self.spread_out(scope, Compare(">=", Absolute(self.distance(scope)), reach))

    def _quartile(self, scope: Scope, q: float) -> Aggregate:
        return Quantile(Double(self.numbers(scope)), q, "cont", self.finite(scope))

    def extra_metrics(self, scope: Scope) -> dict[str, Metric]:
        """NaN is counted by itself; the statistics are told."""
        if self.method == "std":
            return super().extra_metrics(scope)
        column, where = self.numbers(scope), self.finite(scope)
        quartiles: dict[str, Metric] = {
            name: QuantileOf(of=column, q=q, method="cont", where=where)
            for name, q in (("q1", 0.25), ("q3", 0.75))
        }
        return {**quartiles, **nan_metric(column, self.filter)}

    def told(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The bounds that `iqr` gives, or mean and standard deviation."""
        if self.method == "std":
            return super().told(values)
        low, high = values["detail_q1"], values["detail_q3"]
        if low is None or high is None:
            return {}
        reach = float(self.multiplier) * (high - low)
        return {"lower": low - reach, "upper": high + reach}

    def expected(self) -> str:
        """`within 1.5 interquartile ranges of the quartiles`."""
        unit = "interquartile ranges of the quartiles" if self.method == "iqr" else _DEVIATIONS
        verb = "within" if self.method == "iqr" else "less than"
        return f"{verb} {show(self.multiplier)} {unit}{self.share()}"


_DEVIATIONS = "standard deviations from the mean"
