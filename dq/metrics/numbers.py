"""Numbers that sum up a column, or two: extremes, totals, moments, quantiles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any, ClassVar, Literal

from dq.metrics.base import State, TableMetric
from dq.sql.words import (
    Aggregate,
    Count,
    Covariance,
    Double,
    Fold,
    IsNull,
    Not,
    Quantile,
    Term,
    both,
)

_EXACT = Context(prec=200)
"""Digits for sums of decimals: more than any number of rows of 38 digits can need."""
_ROUNDING = 1e-12
"""Relative difference up to which the means of two constant parts are the mean of one constant."""


def _apart(a: float, b: float, constant: bool) -> float:
    """How far two means are apart. Two parts of one constant differ by rounding only, which is no spread."""
    delta = b - a
    return 0.0 if constant and abs(delta) <= _ROUNDING * max(abs(a), abs(b)) else delta


@dataclass(frozen=True, kw_only=True)
class Extreme(TableMetric):
    """Smallest or largest non-null value. Value: of the term's type, None when there is none."""

    mergeable: ClassVar[bool] = True

    which: Literal["min", "max"]
    of: Term

    def aggregates(self) -> tuple[Aggregate, ...]:
        """`min(of)` or `max(of)`."""
        return (Fold(self.which, self.of, self.where),)

    @property
    def empty(self) -> State:
        """No value."""
        return (None,)

    def merge(self, a: State, b: State) -> State:
        """The smaller, or the larger, of those that exist; NaN is larger than everything, as in SQL."""
        if a[0] is None or b[0] is None:
            return a if b[0] is None else b
        if a[0] != a[0] or b[0] != b[0]:
            nan, other = (a, b) if a[0] != a[0] else (b, a)
            return nan if self.which == "max" else other
        return (min(a[0], b[0]) if self.which == "min" else max(a[0], b[0]),)


@dataclass(frozen=True, kw_only=True)
class Total(TableMetric):
    """Sum of the non-null values. Value: number of the column's family, None when there is none."""

    mergeable: ClassVar[bool] = True

    of: Term

    def aggregates(self) -> tuple[Aggregate, ...]:
        """`sum(of)`."""
        return (Fold("sum", self.of, self.where),)

    @property
    def empty(self) -> State:
        """No value."""
        return (None,)

    def merge(self, a: State, b: State) -> State:
        """Sums add, decimals without rounding; no value is the identity."""
        if a[0] is None or b[0] is None:
            return a if b[0] is None else b
        if isinstance(a[0], Decimal) and isinstance(b[0], Decimal):
            return (_EXACT.add(a[0], b[0]),)
        return (a[0] + b[0],)


@dataclass(frozen=True, kw_only=True)
class Mean(TableMetric):
    """Count and mean of a numeric term, as doubles: half the price of `Moments`, whose aggregates it shares.

    State `(n, mean)`. Value: the mean, None when there is no value.
    """

    mergeable: ClassVar[bool] = True

    of: Term

    def aggregates(self) -> tuple[Aggregate, ...]:
        """Count of non-null values, and mean."""
        present = both(self.where, Not(IsNull(self.of)))
        return (Count(present), Fold("avg", Double(self.of), self.where))

    @property
    def empty(self) -> State:
        """No rows."""
        return (0, None)

    def merge(self, a: State, b: State) -> State:
        """The mean weighted by counts; shares are taken first, so that large values do not overflow."""
        if not a[0] or not b[0]:
            return a if not b[0] else b
        n = a[0] + b[0]
        return (n, a[1] if a[1] == b[1] else a[1] * (a[0] / n) + b[1] * (b[0] / n))

    def value(self, state: State) -> Any:
        """The mean."""
        return state[1]


@dataclass(frozen=True, kw_only=True)
class Moments(TableMetric):
    """Count, mean and population variance of a numeric term, as doubles.

    State `(n, mean, variance)`; merged by Chan, Golub and LeVeque (1983), eq. 2.1. Value: the state with
    the *sample* standard deviation: `{"n": int, "mean": float|None, "stdev": float|None}`; stdev is None
    below two values.
    """

    mergeable: ClassVar[bool] = True

    of: Term

    def aggregates(self) -> tuple[Aggregate, ...]:
        """Count of non-null values, mean and population variance."""
        present = both(self.where, Not(IsNull(self.of)))
        term = Double(self.of)
        return (Count(present), Fold("avg", term, self.where), Fold("var_pop", term, self.where))

    @property
    def empty(self) -> State:
        """No rows."""
        return (0, None, None)

    def merge(self, a: State, b: State) -> State:
        """Pairwise update of mean and squared deviations."""
        if not a[0] or not b[0]:
            return a if not b[0] else b
        n = a[0] + b[0]
        delta = _apart(a[1], b[1], constant=not a[2] and not b[2])
        squares = a[2] * a[0] + b[2] * b[0] + delta * delta * a[0] * b[0] / n
        return (n, a[1] + delta * b[0] / n, squares / n)

    def value(self, state: State) -> Any:
        """`{"n", "mean", "stdev"}`."""
        n, mean, variance = state
        stdev = math.sqrt(variance * n / (n - 1)) if n and n > 1 and variance is not None else None
        return {"n": n, "mean": mean, "stdev": stdev}


@dataclass(frozen=True, kw_only=True)
class QuantileOf(TableMetric):
    """Exact quantile of the non-null values. Not mergeable: it needs the rows. None when there is none."""

    of: Term
    q: float
    method: Literal["cont", "disc"] = "cont"

    def aggregates(self) -> tuple[Aggregate, ...]:
        """The quantile aggregate."""
        return (Quantile(self.of, self.q, self.method, self.where),)


@dataclass(frozen=True, kw_only=True)
class Comoments(TableMetric):
    """Counts, means, variances and covariance of two numeric terms, as doubles.

    Only rows where both are present take part. State `(n, mean_x, mean_y, var_x, var_y, covar)`, population
    figures, merged as `Moments` are. Value: `{"n": int, "correlation": float | None}`, Pearson's; None below
    two rows or when a side is constant.
    """

    mergeable: ClassVar[bool] = True

    left: Term
    right: Term

    def aggregates(self) -> tuple[Aggregate, ...]:
        """Count, two means, two population variances, population covariance."""
        where = both(self.where, Not(IsNull(self.left)), Not(IsNull(self.right)))
        x, y = Double(self.left), Double(self.right)
        return (
            Count(where),
            Fold("avg", x, where),
            Fold("avg", y, where),
            Fold("var_pop", x, where),
            Fold("var_pop", y, where),
            Covariance(x, y, where),
        )

    @property
    def empty(self) -> State:
        """No rows."""
        return (0, None, None, None, None, None)

    def merge(self, a: State, b: State) -> State:
        """Pairwise update of means, squared deviations and their product."""
        if not a[0] or not b[0]:
            return a if not b[0] else b
        n = a[0] + b[0]
        weight = a[0] * b[0] / n
        dx = _apart(a[1], b[1], constant=not a[3] and not b[3])
        dy = _apart(a[2], b[2], constant=not a[4] and not b[4])

        def joint(i: int, product: float) -> float:
            return float((a[i] * a[0] + b[i] * b[0] + product * weight) / n)

        means = (a[1] + dx * b[0] / n, a[2] + dy * b[0] / n)
        return (n, *means, joint(3, dx * dx), joint(4, dy * dy), joint(5, dx * dy))

    def value(self, state: State) -> Any:
        """`{"n", "correlation"}`."""
        n, _, _, var_x, var_y, covar = state
        defined = n and n > 1 and var_x and var_y
        found = covar / math.sqrt(var_x * var_y) if defined else None
        return {"n": n, "correlation": None if found is None else max(-1.0, min(1.0, found))}
