"""Dictionary coding: every dimension becomes one small integer per sampled row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dq.rootcause import filenames
from dq.rootcause.dimensions import LONG_TEXT, Dimension, Kind
from dq.rootcause.sample import Sample
from dq.rootcause.scanner import SearchOptions

Codes = NDArray[np.uint8]
MAX_DISCRETE = 64
"""Distinct numbers up to which each is a bin of its own."""
_QUANTILES = 12


@dataclass(frozen=True)
class Coded:
    """One dimension of the sample, coded.

    Code 0 is "anything else" and never a candidate. Codes 1..bins are ordered bins; further codes are single
    values without an order; `null_code` is NULL where it occurs.

    Attributes:
        dimension: what was coded.
        codes: one array per stratum.
        size: number of codes, 0 included.
        bins: ordered bins; 0 for a categorical dimension.
        values: the value of each code from 1 on, for categorical and discrete dimensions; None is NULL.
        cuts: for a continuous dimension, the inner bin edges: bin k holds `cuts[k-2] <= x < cuts[k-1]`.
        numbers: for a continuous dimension, the values themselves per stratum (NaN for NULL).
        null_code: code of NULL; 0 when there is none.
        file_style: how file names are matched in SQL; None for other dimensions.
    """

    dimension: Dimension
    codes: tuple[Codes, ...]
    size: int
    bins: int = 0
    values: tuple[Any, ...] = ()
    cuts: tuple[float, ...] = ()
    numbers: tuple[NDArray[np.float64], ...] = ()
    null_code: int = 0
    file_style: filenames.Style | None = None

    @property
    def continuous(self) -> bool:
        """Whether bins are ranges of numbers rather than single values."""
        return bool(self.cuts)

    @property
    def singles(self) -> range:
        """Codes that stand for one value each, NULL included."""
        return range(1, self.size) if not self.continuous else range(self.bins + 1, self.size)


def code_all(sample: Sample, dimensions: Sequence[Dimension], options: SearchOptions) -> tuple[Coded, ...]:
    """Code every dimension that has something to say; constants and identifiers drop out.

    Args:
        sample: the strata.
        dimensions: one per column of the strata, in order.
        options: support and number of values kept.

    Returns:
        Coded dimensions, in order.
    """
    coded = []
    for index, dimension in enumerate(dimensions):
        columns = [stratum.table.column(index) for stratum in sample.strata]
        if dimension.kind.ordinal:
            one = _code_numbers(dimension, columns)
        else:
            one = _code_values(dimension, columns, options)
        if one is not None and _varies(one):
            coded.append(one)
    return tuple(coded)


def _varies(coded: Coded) -> bool:
    """Whether today's rows differ in this dimension at all, and a failing row can be named by it."""
    today = [codes for codes in coded.codes[:2] if len(codes)]
    seen = {int(codes.min()) for codes in today} | {int(codes.max()) for codes in today}
    return coded.size > 1 and len(seen) > 1


def _code_values(dimension: Dimension, columns: list[Any], options: SearchOptions) -> Coded | None:
    style = None
    if dimension.kind is Kind.FILE:
        style = filenames.style(columns[0].unique().to_pylist() + columns[1].unique().to_pylist())
        columns = [filenames.shorten(column, style) for column in columns]
    boolean = pa.types.is_boolean(columns[0].type)
    texts = [pc.cast(column, pa.string()) for column in columns]
    values = _frequent(texts[0], options)
    if not values:
        return None
    lookup = pa.array(values, pa.string())
    codes = tuple(
        pc.add(pc.fill_null(pc.index_in(text, value_set=lookup), -1), 1).to_numpy().astype(np.uint8)
        for text in texts
    )
    null_code = values.index(None) + 1 if None in values else 0
    shown: list[Any] = [v if v is None or not boolean else v == "true" for v in values]
    return Coded(
        dimension, codes, len(values) + 1, values=tuple(shown), null_code=null_code, file_style=style
    )


def _frequent(failing: Any, options: SearchOptions) -> list[str | None]:
    """Values with enough failing rows, the commonest first; ties in the order of their text."""
    least = max(options.min_support * len(failing) * 0.5, 2)
    counts = ((entry["values"], entry["counts"]) for entry in pc.value_counts(failing).to_pylist())
    kept = [(value, n) for value, n in counts if n >= least and value != LONG_TEXT]
    kept.sort(key=lambda pair: (-pair[1], pair[0] is None, pair[0] or ""))
    return [value for value, _ in kept[: options.max_values]]


def _code_numbers(dimension: Dimension, columns: list[Any]) -> Coded | None:
    numbers = tuple(_floats(column) for column in columns)
    nulls = tuple(np.asarray(pc.is_null(column).to_numpy(), dtype=bool) for column in columns)
    distinct = np.unique(np.concatenate(numbers))
    distinct = distinct[np.isfinite(distinct)]
    if not len(distinct):
        return None
    if len(distinct) <= MAX_DISCRETE:
        return _discrete(dimension, numbers, nulls, distinct)
    cuts = _clock_cuts(dimension, distinct) or _quantile_cuts(numbers, distinct)
    bins = len(cuts) + 1
    null_code = bins + 1 if any(mask.any() for mask in nulls) else 0
    codes = tuple(
        _fill(np.searchsorted(cuts, values, side="right") + 1, values, mask, null_code)
        for values, mask in zip(numbers, nulls, strict=True)
    )
    return Coded(
        dimension,
        codes,
        bins + 1 + (null_code > 0),
        bins=bins,
        values=(),
        cuts=tuple(float(cut) for cut in cuts),
        numbers=numbers,
        null_code=null_code,
    )


def _discrete(
    dimension: Dimension,
    numbers: tuple[NDArray[np.float64], ...],
    nulls: tuple[NDArray[np.bool_], ...],
    distinct: NDArray[np.float64],
) -> Coded:
    bins = len(distinct)
    null_code = bins + 1 if any(mask.any() for mask in nulls) else 0
    codes = tuple(
        _fill(np.searchsorted(distinct, values) + 1, values, mask, null_code)
        for values, mask in zip(numbers, nulls, strict=True)
    )
    values: list[Any] = [tidy(float(value)) for value in distinct]
    if null_code:
        values.append(None)
    return Coded(
        dimension, codes, bins + 1 + (null_code > 0), bins=bins, values=tuple(values), null_code=null_code
    )


def _fill(codes: Any, values: NDArray[np.float64], nulls: NDArray[np.bool_], null_code: int) -> Codes:
    """NaN and infinities become "anything else", NULL gets its own code."""
    filled = np.where(np.isfinite(values), codes, 0)
    return np.where(nulls, null_code, filled).astype(np.uint8)


def _floats(column: Any) -> NDArray[np.float64]:
    """The column as doubles; NULL becomes NaN."""
    if pa.types.is_decimal(column.type):
        column = pc.cast(column, pa.float64())
    values = column.to_numpy()
    return np.asarray(values, dtype=np.float64)


def tidy(number: float) -> int | float:
    """A whole number without its fraction, so that it reads and compares as people write it."""
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _clock_cuts(dimension: Dimension, distinct: NDArray[np.float64]) -> list[float]:
    """Hours of a clock written as hhmm (517 is 05:17); empty when the values are no such clock."""
    if (
        dimension.kind is not Kind.TIME
        or distinct.min() < 0
        or distinct.max() > 2400
        or distinct.max() <= 100
    ):
        return []
    if (distinct % 100 >= 60).any() or (distinct % 1 != 0).any():
        return []
    return [float(hour * 100) for hour in range(1, 24)]


def _quantile_cuts(numbers: tuple[NDArray[np.float64], ...], distinct: NDArray[np.float64]) -> list[float]:
    """Cuts at quantiles of failing and of passing rows, so that both a dense and a rare range have an edge.

    The cut above the largest failing value stands on the next value of the data.
    """
    steps = np.linspace(0, 1, _QUANTILES + 1)
    cuts: set[float] = set()
    normal = np.concatenate(numbers[1:2] + numbers[3:])
    for values in (numbers[0], normal):
        finite = values[np.isfinite(values)]
        if len(finite):
            edges = np.quantile(finite, steps, method="lower")
            cuts.update(float(edge) for edge in edges)
            after = int(np.searchsorted(distinct, edges[-1], side="right"))
            cuts.update(float(value) for value in distinct[after : after + 1])
    return sorted(cuts - {float(distinct[0])})
