"""The shape of a distribution: entropy, skewness, kurtosis; how two columns go together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from dq.expectations.base import Judgement, NotEvaluable, Scope, nothing_considered, register
from dq.expectations.bounds import Bounds, NumberBounds
from dq.expectations.column import ColumnAggregateExpectation, ColumnName, numeric, without_nan
from dq.expectations.literals import term
from dq.expectations.traits import Cost, Tool
from dq.metrics import CentralMoments, Comoments, Metric, RowCount, ValueCounts
from dq.sql.words import Column, Condition, both
from dq.verdict import Outcome


@register
class ExpectColumnEntropyToBeBetween(NumberBounds, ColumnAggregateExpectation):
    """Shannon's entropy of the non-null values, in bits, lies between two bounds.

    -sum(p log2 p) over the share p of every different value: 0 when all are equal, log2(n) when n values are
    equally frequent. All NaNs count as one value. Deequ and DQDL count in nats; a nat is 1.4427 bits.
    """

    type: ClassVar[str] = "expect_column_entropy_to_be_between"
    short: ClassVar[str] = "entropy"
    noun: ClassVar[str] = "entropy"
    in_gx: ClassVar[bool] = False
    keeps_nan: ClassVar[bool] = True
    nulls: ClassVar[str] = "Left out. All NaNs count as one value."
    cost: ClassVar[Cost] = Cost.VALUES
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'Entropy "col" between 1 and 3',
        "deequ": '.hasEntropy("col", _ >= 1)',
    }

    def measure(self, column: Column, where: Condition | None) -> Metric:
        """How often each value occurs."""
        return ValueCounts(of=term(column), where=where)

    def observe(self, values: Mapping[str, Any]) -> Any:
        """Bits; None without values. Rounding may not make it negative."""
        found = values["measured"]["entropy"]
        return None if found is None else max(0.0, found)

    def expected(self) -> str:
        """`entropy between 1 and 3 bits`."""
        return f"{super().expected()} bits"


class _Shape(NumberBounds, ColumnAggregateExpectation):
    in_gx: ClassVar[bool] = False
    cost: ClassVar[Cost] = Cost.PASSES
    undefined: ClassVar[str] = "too few values to measure, or all are equal"

    def measure(self, column: Column, where: Condition | None) -> Metric:
        """Central moments."""
        return CentralMoments(of=numeric(column, self.noun), where=where)

    def observe(self, values: Mapping[str, Any]) -> Any:
        """The number; None where it is undefined.

        Raises:
            NotEvaluable: a value is infinite.
        """
        found = values["measured"][self.noun]
        if found is not None and math.isnan(found):
            raise NotEvaluable(f"an infinite value has no {self.noun}")
        return found


@register
class ExpectColumnSkewnessToBeBetween(_Shape):
    """The skewness lies between two bounds.

    0 for a symmetric distribution, positive for a long tail to the right. Corrected for the size of the
    sample, G1 = sqrt(n (n - 1)) / (n - 2) * m3 / m2^1.5 with central moments m2 and m3, as pandas has it
    (`scipy.stats.skew` with `bias=False`). Fewer than three values, or all equal: untested.
    """

    type: ClassVar[str] = "expect_column_skewness_to_be_between"
    short: ClassVar[str] = "skewness"
    noun: ClassVar[str] = "skewness"
    equivalents: ClassVar[Mapping[Tool, str]] = {}


@register
class ExpectColumnKurtosisToBeBetween(_Shape):
    """The excess kurtosis lies between two bounds.

    0 for the normal distribution, positive for heavier tails. Corrected for the size of the sample,
    G2 = (n - 1) / ((n - 2) (n - 3)) * ((n + 1) (m4 / m2^2 - 3) + 6), as pandas has it
    (`scipy.stats.kurtosis` with `bias=False`). Fewer than four values, or all equal: untested.
    """

    type: ClassVar[str] = "expect_column_kurtosis_to_be_between"
    short: ClassVar[str] = "kurtosis"
    noun: ClassVar[str] = "kurtosis"
    equivalents: ClassVar[Mapping[Tool, str]] = {}


@register
class ExpectColumnPairCorrelationToBeBetween(NumberBounds):
    """Pearson's correlation of two numeric columns lies between two bounds.

    Rows with a null or a NaN in either column are left out. Fewer than two rows, or a column whose values
    are all equal: untested. In short: `correlation: [a, b, 0.5, 1]`.
    """

    type: ClassVar[str] = "expect_column_pair_correlation_to_be_between"
    short: ClassVar[str] = "correlation"
    level: ClassVar[Literal["column", "table"]] = "table"
    positional: ClassVar[tuple[str, ...]] = ("column_A", "column_B", "min_value", "max_value")
    aliases: ClassVar[Mapping[str, str]] = {
        "a": "column_A", "b": "column_B", "min": "min_value", "max": "max_value",
    }  # fmt: skip
    in_gx: ClassVar[bool] = False
    nulls: ClassVar[str] = "Rows with a null or a NaN are left out."
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'ColumnCorrelation "a" "b" > 0.5',
        "deequ": '.hasCorrelation("a", "b", _ >= 0.5)',
    }

    column_A: ColumnName  # noqa: N815 - named as in Great Expectations' pairs
    column_B: ColumnName  # noqa: N815 - named as in Great Expectations' pairs

    @classmethod
    def arguments_from(cls, value: Any) -> dict[str, Any]:
        """As everywhere: a list is the two columns, then the bounds."""
        return super(Bounds, cls).arguments_from(value)  # past the rule that a list is bounds

    @property
    def named_columns(self) -> tuple[str, ...]:
        """A, then B."""
        return (self.column_A, self.column_B)

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """Joint moments, and rows."""
        a, b = (numeric(scope.column(name), "correlation") for name in self.named_columns)
        where = both(self.filter, without_nan(a), without_nan(b))
        return {"moments": Comoments(left=a, right=b, where=where), "rows": RowCount(where=self.filter)}

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the correlation, -1 to 1; `details.pairs` counts the rows with both values."""
        rows, pairs, found = values["rows"], values["moments"]["n"], values["moments"]["correlation"]
        details = {"pairs": pairs}
        if found is None:
            reason = nothing_considered(rows, self.where, "a value is null or NaN in every row")
            if pairs:
                reason = "there is only one pair" if pairs == 1 else "all values of a column are equal"
            return Judgement(Outcome.UNTESTED, rows=rows, details=details, reason=reason)
        outcome = Outcome.PASS if self.within(found) else Outcome.FAIL
        return Judgement(outcome, observed=found, rows=rows, details=details)

    def expected(self) -> str:
        """`correlation of a and b at least 0.5`."""
        return f"correlation of {self.column_A} and {self.column_B} {super().expected()}"
