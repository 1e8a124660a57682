"""Relative entropy of weights."""

from __future__ import annotations

import math
from collections.abc import Sequence


def divergence(
    observed: Sequence[float],
    expected: Sequence[float],
    rest: tuple[float, float, int, float] = (0.0, 0.0, 0, 0.0),
) -> float:
    """The Kullback-Leibler divergence of observed from expected weights, in nats; both are normalised.

    Kullback and Leibler, "On information and sufficiency" (1951): sum of `p * ln(p / q)`, where `0 * ln 0`
    is 0.

    Args:
        observed: a weight per part.
        expected: as many.
        rest: `(observed weight, expected weight, parts, entropy in nats)` of further parts that are not
            listed, the expected weight shared equally; the entropy is that of the observed weights among
            each other.

    Returns:
        0 or more; infinite where something is observed of which nothing is expected. NaN when nothing is
        expected at all.
    """
    weight, held, parts, entropy = rest
    p_total, q_total = math.fsum((*observed, weight)), math.fsum((*expected, held))
    if not p_total or not q_total:
        return math.nan
    terms = []
    for p, q in zip(observed, expected, strict=True):
        if p and not q:
            return math.inf
        if p:
            terms.append(p / p_total * math.log((p / p_total) / (q / q_total)))
    if weight and not held:
        return math.inf
    if weight:
        share, each = weight / p_total, held / q_total / parts
        terms.append(share * (math.log(share) - entropy - math.log(each)))
    return max(math.fsum(terms), 0.0)
