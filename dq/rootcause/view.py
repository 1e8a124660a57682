"""Counting on the coded sample: rows and new failures per combination of codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dq.rootcause.coding import Coded, Codes
from dq.rootcause.score import Floats

_PRIOR_ROWS = 20.0
"""Rows of the baseline's overall rate mixed into each segment's own: small segments are not believed."""
FAILING, PASSING, OLD_FAILING, OLD_PASSING = range(4)


@dataclass(frozen=True)
class Item:
    """One predicate of a segment.

    Attributes:
        dim: index of the dimension.
        codes: the codes it holds; for a range its first and last.
        is_range: whether `codes` is a range.
        bounds: exact bounds `low <= x < high` of a continuous range, None for an open end; None before
            refining.
    """

    dim: int
    codes: tuple[int, ...]
    is_range: bool = False
    bounds: tuple[float | None, float | None] | None = None

    def mask(self, coded: Coded, stratum: int, codes: Codes) -> NDArray[np.bool_]:
        """Which rows of a stratum it holds."""
        if self.bounds is not None and coded.numbers:
            return within(coded.numbers[stratum], self.bounds)
        table = np.zeros(256, dtype=bool)
        if self.is_range:
            table[self.codes[0] : self.codes[1] + 1] = True
        else:
            table[list(self.codes)] = True
        return np.asarray(table[codes])


def within(numbers: Floats, bounds: tuple[float | None, float | None]) -> NDArray[np.bool_]:
    """`low <= x < high`; NaN is never within."""
    low, high = bounds
    inside = np.isfinite(numbers)
    if low is not None:
        inside &= numbers >= low
    if high is not None:
        inside &= numbers < high
    return inside


@dataclass(frozen=True)
class View:
    """Some rows of the coded sample.

    Attributes:
        coded: the dimensions.
        rows: per stratum, the indexes of the rows looked at.
        codes: per dimension and stratum, the codes of those rows.
        weights: per stratum, how many real rows a sampled one stands for.
        chronic: the baseline's overall failure rate; None when failures are not compared with a baseline.
    """

    coded: tuple[Coded, ...]
    rows: tuple[NDArray[np.intp], ...]
    codes: tuple[tuple[Codes, ...], ...]
    weights: tuple[float, ...]
    chronic: float | None

    @classmethod
    def of(cls, coded: tuple[Coded, ...], weights: tuple[float, ...], chronic: float | None) -> View:
        """Every row of the sample; `coded` must not be empty."""
        rows = tuple(np.arange(len(codes)) for codes in coded[0].codes)
        return cls(coded, rows, tuple(dim.codes for dim in coded), weights, chronic)

    def masks(self, items: Sequence[Item]) -> tuple[NDArray[np.bool_], ...]:
        """Per stratum, which of this view's rows meet every item."""
        result = []
        for stratum, rows in enumerate(self.rows):
            mask = np.ones(len(rows), dtype=bool)
            for item in items:
                full = item.mask(self.coded[item.dim], stratum, self.coded[item.dim].codes[stratum])
                mask &= full[rows]
            result.append(mask)
        return tuple(result)

    def keep(self, masks: tuple[NDArray[np.bool_], ...]) -> View:
        """The rows for which the masks are true."""
        return replace(
            self,
            rows=tuple(rows[mask] for rows, mask in zip(self.rows, masks, strict=True)),
            codes=tuple(
                tuple(codes[mask] for codes, mask in zip(strata, masks, strict=True)) for strata in self.codes
            ),
        )

    def without(self, items: Sequence[Item]) -> View:
        """The rows that do not meet all the items."""
        inverse: list[NDArray[np.bool_]] = [~mask for mask in self.masks(items)]
        return self.keep(tuple(inverse))

    def count(self, first: int, second: int | None = None) -> tuple[Floats, Floats]:
        """Weighted rows and new failures per code, or per pair of codes.

        Args:
            first: index of a dimension.
            second: index of another; None for one dimension alone.

        Returns:
            Two arrays shaped `(size,)` or `(size of first, size of second)`.
        """
        size = self.coded[first].size
        other = 1 if second is None else self.coded[second].size
        counts: list[Floats] = []
        for stratum, weight in enumerate(self.weights):
            index = self.codes[first][stratum].astype(np.intp)
            if second is not None:
                index = index * other + self.codes[second][stratum]
            counts.append(np.bincount(index, minlength=size * other).astype(np.float64) * weight)
        rows = counts[FAILING] + counts[PASSING]
        failing = self.new_failures(rows, counts[FAILING], counts[OLD_FAILING], counts[OLD_PASSING])
        shape = (size,) if second is None else (size, other)
        return rows.reshape(shape), failing.reshape(shape)

    def new_failures(self, rows: Floats, failing: Floats, old_failing: Floats, old_passing: Floats) -> Floats:
        """Failing rows beyond what the baseline's rate in the same segment would give, 0..rows."""
        if self.chronic is None:
            return failing
        rate = (old_failing + _PRIOR_ROWS * self.chronic) / (old_failing + old_passing + _PRIOR_ROWS)
        return np.clip(failing - rows * rate, 0.0, rows)

    def totals(self) -> tuple[float, float]:
        """Rows and new failures altogether, weighted."""
        sums: list[Floats] = [
            np.asarray([len(rows) * weight], dtype=np.float64)
            for rows, weight in zip(self.rows, self.weights, strict=True)
        ]
        rows = sums[FAILING] + sums[PASSING]
        return float(rows[0]), float(
            self.new_failures(rows, sums[FAILING], sums[OLD_FAILING], sums[OLD_PASSING])[0]
        )
