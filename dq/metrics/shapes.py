"""The shape of a column's distribution: third and fourth moments."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from dq.metrics.base import QueryMetric, State
from dq.sql.words import Column

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node

    from dq.sql.render import Renderer

_EQUAL = 1e-15
"""Standard deviation, as a share of the mean, below which the values are held to be equal."""


@dataclass(frozen=True, kw_only=True)
class CentralMoments(QueryMetric):
    """Count, mean and the second to fourth central moments of a numeric column, as doubles.

    Two passes: the mean first, then powers of what each value is away from it, corrected for the mean's own
    rounding. One pass over powers of the values themselves loses every digit where the mean is large beside
    the deviation (Chan, Golub and LeVeque 1983).

    State `(n, near, d1, d2, d3, d4)`: the mean as far as it could be summed, and the mean powers of the
    deviations from it, where d1 tells what rounding took. Merged by Pébay (2008), "Formulas for robust,
    one-pass parallel computation of covariances and arbitrary-order statistical moments", eq. 2.1.
    Value: `{"n": int, "skewness": float | None, "kurtosis": float | None}`, both corrected for the size of
    the sample as G1 and G2 in Joanes and Gill (1998); kurtosis is in excess of the normal distribution's.
    None where undefined: below 3 (4) values, or when all are equal.
    """

    mergeable: ClassVar[bool] = True

    of: Column

    def query(self, render: Renderer) -> Node:
        """The mean, then powers of the deviations from it."""
        from dq.sql import moments

        return moments.central(render, self.source, self.of, self.where)

    @property
    def empty(self) -> State:
        """No rows."""
        return (0, None, None, None, None, None)

    def merge(self, a: State, b: State) -> State:
        """Pairwise update of sums of powers."""
        if not a[0] or not b[0]:
            return a if not b[0] else b
        na, mean_a, a2, a3, a4 = _centred(a)
        nb, mean_b, b2, b3, b4 = _centred(b)
        n, d = na + nb, mean_b - mean_a
        m2 = a2 + b2 + d**2 * na * nb / n
        m3 = a3 + b3 + d**3 * na * nb * (na - nb) / n**2 + 3 * d * (na * b2 - nb * a2) / n
        m4 = (
            a4
            + b4
            + d**4 * na * nb * (na * na - na * nb + nb * nb) / n**3
            + 6 * d**2 * (na * na * b2 + nb * nb * a2) / n**2
            + 4 * d * (na * b3 - nb * a3) / n
        )
        return (n, mean_a + d * nb / n, 0.0, m2 / n, m3 / n, m4 / n)

    def value(self, state: State) -> Any:
        """`{"n", "skewness", "kurtosis"}`."""
        if not state[0]:
            return {"n": 0, "skewness": None, "kurtosis": None}
        n, mean, *sums = _centred(state)
        m2, m3, m4 = (total / n for total in sums)
        skewness = kurtosis = None
        if m2 > (_EQUAL * mean) ** 2 or math.isnan(m2):
            if n > 2:
                skewness = math.sqrt(n * (n - 1)) / (n - 2) * m3 / m2**1.5
            if n > 3:
                excess = m4 / m2**2 - 3
                kurtosis = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * excess + 6)
        return {"n": n, "skewness": skewness, "kurtosis": kurtosis}


def _centred(state: State) -> tuple[int, float, float, float, float]:
    """Count, mean and sums of powers of the deviations from it, out of a state."""
    n, near, d1, d2, d3, d4 = state
    m2 = d2 - d1 * d1
    m3 = d3 - 3 * d1 * d2 + 2 * d1**3
    m4 = d4 - 4 * d1 * d3 + 6 * d1 * d1 * d2 - 3 * d1**4
    return n, near + d1, m2 * n, m3 * n, m4 * n
