"""How good a segment is: the bits its split saves, minus the bits it takes to say it (ADR 0005)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def entropy(rate: Floats) -> Floats:
    """Binary entropy in bits of failure rates, element by element; 0 at 0 and at 1."""
    inside = np.clip(rate, 1e-12, 1 - 1e-12)
    bits: Floats = -(inside * np.log2(inside) + (1 - inside) * np.log2(1 - inside))
    return bits


def bits_saved(rows: Floats, failing: Floats, all_rows: float, all_failing: float) -> Floats:
    """Bits saved by telling a segment's failure rate apart from the rest's.

    `N H(P) - n H(p) - (N - n) H(q)`, negative where the segment fails less than the rest. Source: minimum
    description length in the form of Data X-Ray's cost model (Wang, Dong, Meliou, SIGMOD 2015).

    Args:
        rows: rows in each segment, weighted.
        failing: failing rows in each segment, weighted; at most `rows`.
        all_rows: rows altogether.
        all_failing: failing rows altogether.

    Returns:
        One number per segment, in bits. Zero for empty segments.
    """
    if all_rows <= 0:
        return np.zeros(np.shape(rows))
    rest = np.maximum(all_rows - rows, 0.0)
    rate = failing / np.maximum(rows, 1e-9)
    rest_rate = np.clip((all_failing - failing) / np.maximum(rest, 1e-9), 0.0, 1.0)
    total = all_rows * float(entropy(np.asarray(all_failing / all_rows)))
    saved = total - rows * entropy(rate) - rest * entropy(rest_rate)
    return np.where(rate > rest_rate, saved, -np.abs(saved))


def value_cost(values: int) -> float:
    """Bits that name one of so many values."""
    return math.log2(max(values, 1) + 1)


def set_cost(size: int, values: int) -> float:
    """Bits that name a set of `size` among `values`: its size, then which."""
    return math.log2(max(values, 2)) + math.log2(max(math.comb(max(values, size), size), 2))


def range_cost(bins: int) -> float:
    """Bits that name one contiguous range of bins."""
    return math.log2(max(bins * (bins + 1) / 2, 2))


def dimension_cost(dimensions: int) -> float:
    """Bits that name one dimension."""
    return math.log2(max(dimensions, 2))
