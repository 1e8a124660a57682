"""Columns that only repeat the checked column: explaining a value by itself explains nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dq.rootcause.coding import Coded
from dq.rootcause.sample import Sample

_FOLLOWS = 0.8
"""Share of the variance of the checked column's ranks that a proxy explains among passing rows."""
_SAME_NULLS = 0.9
_LEAST_ROWS = 30
_GROUPS = 32


def proxies(
    sample: Sample, coded: Sequence[Coded], columns: Sequence[int], checked: Sequence[int]
) -> list[int]:
    """Dimensions that follow a checked column and are left out of the search.

    A dimension follows a number when it predicts that number's rank among rows that pass (distance and air
    time; a destination, which fixes the distance), and a category when that category fixes it. When the check
    fails on NULL, only a dimension that is NULL on the same rows follows it.

    Args:
        sample: the strata; the checked columns are among its columns.
        coded: the dimensions.
        columns: per dimension, the index of its column in the strata.
        checked: indexes of the checked columns in the strata.

    Returns:
        Positions in `coded`.
    """
    checked = _nulls(sample, checked) or checked
    found = []
    for position, (dim, column) in enumerate(zip(coded, columns, strict=True)):
        if column in checked or dim.file_style is not None:
            continue
        if any(_follows(sample, dim, column, target) for target in checked):
            found.append(position)
    return found


def _nulls(sample: Sample, checked: Sequence[int]) -> list[int]:
    """The checked columns that are NULL on most failing rows: then NULL is what the check is about."""
    failing = sample.strata[0].table
    return [c for c in checked if failing.column(c).null_count >= 0.5 * max(failing.num_rows, 1)]


def _follows(sample: Sample, dim: Coded, column: int, target: int) -> bool:
    if _nulls(sample, [target]):
        return _same_nulls(sample, column, target)
    parts = [s.table.slice(0, 50_000) for s in (sample.strata[1], sample.strata[3])]
    values = _joined([part.column(target) for part in parts])
    others = _joined([part.column(column) for part in parts])
    known = pc.and_(pc.is_valid(values), pc.is_valid(others))
    values, others = values.filter(known), others.filter(known)
    if len(values) < _LEAST_ROWS:
        return False
    if _numeric(values.type):
        return _explained(_ranks(values), _groups(others)) >= _FOLLOWS
    return _fixed(_groups(values), _groups(others))


def _joined(columns: Sequence[Any]) -> Any:
    """One column out of several, numbers as doubles and everything else as text."""
    kind = pa.float64() if all(_numeric(column.type) for column in columns) else pa.string()
    return pa.chunked_array([chunk for column in columns for chunk in pc.cast(column, kind).chunks], kind)


def _same_nulls(sample: Sample, column: int, target: int) -> bool:
    both = either = 0.0
    for stratum in sample.strata[:2]:
        one = np.asarray(pc.is_null(stratum.table.column(target)).to_numpy(), dtype=bool)
        two = np.asarray(pc.is_null(stratum.table.column(column)).to_numpy(), dtype=bool)
        both += float((one & two).sum()) * stratum.weight
        either += float((one | two).sum()) * stratum.weight
    return either > 0 and both >= _SAME_NULLS * either


def _numeric(kind: Any) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _ranks(column: Any) -> NDArray[np.float64]:
    values = np.asarray(pc.cast(column, pa.float64()).to_numpy())
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2
    return np.asarray(middle[inverse], dtype=np.float64)


def _groups(column: Any) -> NDArray[np.intp]:
    """A small integer per row: the value itself, or for many-valued numbers a bin of equal count."""
    coded = column.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    codes = np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.intp)
    if _numeric(column.type) and len(coded.dictionary) > _GROUPS:
        ranks = _ranks(column)
        return np.asarray((ranks - 1) * _GROUPS // max(len(ranks), 1), dtype=np.intp)
    return codes


def _explained(ranks: NDArray[np.float64], groups: NDArray[np.intp]) -> float:
    """The correlation ratio of ranks over groups, corrected for the number of groups; 0..1."""
    total = float(((ranks - ranks.mean()) ** 2).sum())
    counts = np.bincount(groups)
    used = int((counts > 0).sum())
    if total <= 0 or used < 2 or used >= len(ranks) / 3:
        return 0.0
    means = np.bincount(groups, weights=ranks) / np.maximum(counts, 1)
    within = float(((ranks - means[groups]) ** 2).sum())
    return 1 - (within / (len(ranks) - used)) / (total / (len(ranks) - 1))


def _fixed(values: NDArray[np.intp], others: NDArray[np.intp]) -> bool:
    """Whether each checked value goes with one value of the other column, among values seen often enough."""
    counts = np.bincount(values)
    if (counts > 0).sum() < 2 or (counts > 0).sum() > len(values) / 3:
        return False
    pairs = np.unique(values * (int(others.max()) + 1) + others)
    return len(pairs) == int((counts > 0).sum()) and len(np.unique(others)) > 1
