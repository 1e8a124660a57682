"""Enumerating segments: single values, ranges, value sets, pairs, and a beam beyond pairs."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dq.rootcause import score
from dq.rootcause.score import Floats
from dq.rootcause.view import Item, View

Indexes = NDArray[np.intp]
Flags = NDArray[np.bool_]
_BEST_PER_SET = 3
_BEAM = 6
_MAX_SET = 8
_SHAPE_BITS = 1.6
"""log2(3): whether a predicate is a value, a range or a set."""


@dataclass(frozen=True)
class Candidate:
    """A scored segment.

    Attributes:
        items: its predicates, by dimension.
        rows: weighted rows inside.
        failing: weighted new failures inside.
        score: bits saved minus bits of its description.
    """

    items: tuple[Item, ...]
    rows: float
    failing: float
    score: float

    @property
    def order(self) -> int:
        """Number of predicates."""
        return len(self.items)

    @property
    def rank(self) -> tuple[float, int, tuple[tuple[int, tuple[int, ...]], ...]]:
        """Sort key: best score first, then the fewest predicates, then the order of the dimensions."""
        return (-round(self.score, 6), self.order, tuple((item.dim, item.codes) for item in self.items))


@dataclass(frozen=True)
class Search:
    """What one round of the search is measured against.

    Attributes:
        view: the rows still unexplained.
        rows: weighted rows altogether.
        failing: weighted new failures altogether.
        least: new failures that a segment must hold.
    """

    view: View
    rows: float
    failing: float
    least: float

    @property
    def dim_cost(self) -> float:
        """Bits that name a dimension."""
        return score.dimension_cost(len(self.view.coded))

    def bits(self, rows: Floats, failing: Floats) -> Floats:
        """Bits saved, against this round's totals."""
        return score.bits_saved(rows, np.minimum(failing, self.failing), self.rows, self.failing)


def first_order(search: Search, view: View, given: Candidate | None = None) -> list[Candidate]:
    """The best values, ranges and sets of every dimension, alone or added to a given segment.

    Args:
        search: what scores are measured against.
        view: the rows to count; those of `given` when there is one.
        given: a segment to extend; dimensions it already uses are skipped.
    """
    used = {item.dim for item in given.items} if given else set()
    found: list[Candidate] = []
    for dim in range(len(view.coded)):
        if dim not in used:
            found += one_dimension(search, view, dim, given)
    return found


def one_dimension(search: Search, view: View, dim: int, given: Candidate | None = None) -> list[Candidate]:
    """The best predicates on one dimension, alone or added to a given segment."""
    rows, failing = view.count(dim)
    head = given.items if given else ()
    price = _price(search, head)
    grid = rows[None, :], failing[None, :]
    found = _values(search, dim, *grid, [head], price) + _ranges(search, dim, *grid, [head], price)
    return found + _sets(search, dim, rows, failing, head, price)


def second_order(search: Search) -> list[Candidate]:
    """The best pairs: value and value, value and range. Pairs of ranges are left to the beam."""
    view, found = search.view, []
    ordinal = [dim.bins > 0 for dim in view.coded]
    for a, b in itertools.combinations(range(len(view.coded)), 2):
        if ordinal[a] and ordinal[b]:
            continue
        first, second = (b, a) if ordinal[a] else (a, b)
        rows, failing = view.count(first, second)
        singles = [code for code in view.coded[first].singles if failing[code].sum() >= search.least]
        if not singles:
            continue
        heads: list[tuple[Item, ...]] = [(Item(first, (code,)),) for code in singles]
        price = _price(search, heads[0])
        grid = rows[singles], failing[singles]
        found += _values(search, second, *grid, heads, price) + _ranges(search, second, *grid, heads, price)
    return found


def extend(search: Search, known: list[Candidate], order: int) -> list[Candidate]:
    """Segments of this order: the best of one order less, each with one more predicate."""
    parents = sorted((c for c in known if c.order == order - 1), key=lambda c: c.rank)
    found: list[Candidate] = []
    for parent in _spread(parents):
        found += first_order(search, search.view.keep(search.view.masks(parent.items)), parent)
    return found


def _spread(parents: list[Candidate]) -> list[Candidate]:
    """The best few, at most two over the same dimensions, so that the beam does not hold one idea only."""
    chosen: list[Candidate] = []
    seen: dict[tuple[int, ...], int] = {}
    for parent in parents:
        key = tuple(item.dim for item in parent.items)
        if seen.get(key, 0) < 2:
            chosen.append(parent)
            seen[key] = seen.get(key, 0) + 1
        if len(chosen) == _BEAM:
            break
    return chosen


def rescore(search: Search, items: tuple[Item, ...]) -> Candidate:
    """Score a segment made by hand, with the price of its shape."""
    masks = search.view.masks(items)
    sums = [
        np.asarray([mask.sum() * weight], np.float64)
        for mask, weight in zip(masks, search.view.weights, strict=True)
    ]
    rows = sums[0] + sums[1]
    failing = search.view.new_failures(rows, sums[0], sums[2], sums[3])
    bits = float(search.bits(rows, failing)[0])
    return Candidate(items, float(rows[0]), float(failing[0]), bits - _price(search, items, complete=True))


def item_cost(search: Search, item: Item) -> float:
    """Bits that name one predicate: its dimension, its shape, its content."""
    coded = search.view.coded[item.dim]
    if item.is_range:
        low, high = (np.asarray([code], dtype=np.intp) for code in item.codes)
        content = float(_range_price(coded.bins, low, high)[0])
    elif len(item.codes) > 1:
        content = score.set_cost(len(item.codes), len(coded.singles))
    else:
        content = score.value_cost(len(coded.singles))
    return search.dim_cost + _SHAPE_BITS + float(content)


def _price(search: Search, items: tuple[Item, ...], complete: bool = False) -> float:
    """Bits of these predicates, and of one more dimension and shape unless the segment is complete."""
    more = 0.0 if complete else search.dim_cost + _SHAPE_BITS
    return sum(item_cost(search, item) for item in items) + more


def _collect(
    items: list[tuple[Item, ...]], rows: Floats, failing: Floats, scores: Floats, keep: Flags
) -> list[Candidate]:
    """The best few of one group as candidates."""
    chosen = np.flatnonzero(keep)
    chosen = chosen[np.argsort(-scores[chosen], kind="stable")][:_BEST_PER_SET]
    return [
        Candidate(
            tuple(sorted(items[k], key=lambda item: item.dim)),
            float(rows[k]),
            float(failing[k]),
            float(scores[k]),
        )
        for k in chosen
    ]


def _values(
    search: Search, dim: int, rows: Floats, failing: Floats, heads: list[tuple[Item, ...]], price: float
) -> list[Candidate]:
    coded = search.view.coded[dim]
    singles = [c for c in coded.singles if c > coded.bins]
    if not singles:
        return []
    n, e = rows[:, singles].ravel(), failing[:, singles].ravel()
    scores = search.bits(n, e) - price - score.value_cost(len(coded.singles))
    items = [(*head, Item(dim, (code,))) for head in heads for code in singles]
    return _collect(items, n, e, scores, e >= search.least)


def _ranges(
    search: Search, dim: int, rows: Floats, failing: Floats, heads: list[tuple[Item, ...]], price: float
) -> list[Candidate]:
    bins = search.view.coded[dim].bins
    if not bins:
        return []
    low, high = (np.asarray(side, dtype=np.intp) for side in np.triu_indices(bins))
    proper = (low > 0) | (high < bins - 1)
    low, high = low[proper], high[proper]
    n, e = _spans(rows[:, 1 : bins + 1], low, high), _spans(failing[:, 1 : bins + 1], low, high)
    scores = search.bits(n, e) - price - _range_price(bins, low + 1, high + 1)[None, :]
    keep = np.flatnonzero((e >= search.least).ravel())
    keep = keep[np.argsort(-scores.ravel()[keep], kind="stable")][:_BEST_PER_SET]
    found = []
    for k in keep:
        row, span = divmod(int(k), len(low))
        item = Item(dim, (int(low[span]) + 1, int(high[span]) + 1), is_range=True)
        items = tuple(sorted((*heads[row], item), key=lambda one: one.dim))
        found.append(Candidate(items, float(n[row, span]), float(e[row, span]), float(scores[row, span])))
    return found


def _spans(cells: Floats, low: Indexes, high: Indexes) -> Floats:
    """Sums of all ranges of bins, per row of the grid."""
    sums = np.concatenate([np.zeros((len(cells), 1)), np.cumsum(cells, axis=1)], axis=1)
    spans: Floats = sums[:, high + 1] - sums[:, low]
    return spans


def _range_price(bins: int, low: Indexes, high: Indexes) -> Floats:
    """Bits of ranges: one bin or one open end is cheaper to say than two bounds."""
    two = score.range_cost(bins)
    cheap = score.value_cost(2 * bins)
    easy = (low == high) | (low == 1) | (high == bins)
    return np.where(easy, min(cheap, two), two)


def _sets(
    search: Search, dim: int, rows: Floats, failing: Floats, head: tuple[Item, ...], price: float
) -> list[Candidate]:
    """Value sets: prefixes of the values sorted by failure rate hold the best set (Breiman et al. 1984)."""
    coded = search.view.coded[dim]
    singles = np.asarray(
        [c for c in coded.singles if failing[c] >= max(search.least * 0.3, 1.0)], dtype=np.intp
    )
    if len(singles) < 2:
        return []
    rates = failing[singles] / np.maximum(rows[singles], 1e-9)
    ordered = singles[np.lexsort((singles, -failing[singles], -rates))][:_MAX_SET]
    sizes = np.arange(2, len(ordered) + 1)
    n, e = np.cumsum(rows[ordered])[1:], np.cumsum(failing[ordered])[1:]
    costs = np.asarray([score.set_cost(int(size), len(coded.singles)) for size in sizes])
    items = [(*head, Item(dim, tuple(sorted(int(c) for c in ordered[:size])))) for size in sizes]
    return _collect(items, n, e, search.bits(n, e) - price - costs, e >= search.least)
