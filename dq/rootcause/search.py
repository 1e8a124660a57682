"""Greedy cover: the best segment, then the best of what is left, until little is left."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dq.rootcause import candidates, refine
from dq.rootcause.candidates import Candidate, Search
from dq.rootcause.scanner import SearchOptions
from dq.rootcause.view import Item, View

_SIMPLER_SHARE = 0.03
_SIMPLER_BITS = 4.0
_SAME_ROWS = 0.98
_MAX_SAME = 4


@dataclass(frozen=True)
class Line:
    """One segment of the answer, with other wordings for the same rows.

    Attributes:
        best: the segment in its preferred wording.
        same: other wordings that hold the same rows.
    """

    best: Candidate
    same: tuple[Candidate, ...] = ()


def cover(view: View, options: SearchOptions) -> list[Line]:
    """Segments that together hold the failing rows, the most telling first.

    Args:
        view: the coded sample.
        options: bounds; `min_bits`, `min_ratio` and `stop_share` say when to stop.

    Returns:
        Lines; empty when no segment stands out.
    """
    rows, failing = view.totals()
    least = max(options.min_support * failing, float(options.min_rows))
    lines: list[Line] = []
    start = failing
    while len(lines) < options.max_segments and failing >= max(options.stop_share * start, least):
        search = Search(view, rows, failing, least)
        line = _round(search, options)
        if line is None:
            break
        lines.append(line)
        view = view.without(line.best.items)
        rows, failing = view.totals()
    return lines


def _round(search: Search, options: SearchOptions) -> Line | None:
    found = candidates.first_order(search, search.view)
    if options.max_order >= 2:
        found += candidates.second_order(search)
    for order in range(2, options.max_order + 1):
        found += candidates.extend(search, found, order)
    found = sorted(_unique(found), key=lambda c: c.rank)
    if not found:
        return None
    best = _polish(search, _simplest(found))
    if best.score <= options.min_bits or not _stands_out(search, best, options):
        return None
    best, same = _wordings(search, best, found)
    return Line(refine.tighten(search, best), same)


def _unique(found: list[Candidate]) -> list[Candidate]:
    return list({candidate.items: candidate for candidate in found}.values())


def _simplest(ranked: list[Candidate]) -> Candidate:
    """The best, or a simpler one that says nearly as much."""
    best = ranked[0]
    floor = best.score - max(_SIMPLER_SHARE * best.score, _SIMPLER_BITS)
    near = [c for c in ranked if c.score >= floor]
    return min(near, key=lambda c: (c.order, c.rank))


def _polish(search: Search, best: Candidate) -> Candidate:
    """Choose each predicate again while the others stand, until nothing improves."""
    for _ in range(3):
        improved = best
        for item in best.items:
            others = tuple(other for other in best.items if other.dim != item.dim)
            given = candidates.rescore(search, others) if others else None
            view = search.view.keep(search.view.masks(others)) if others else search.view
            options = candidates.one_dimension(search, view, item.dim, given)
            improved = min([improved, *options], key=lambda c: c.rank)
        if improved.items == best.items:
            break
        best = improved
    return best


def _stands_out(search: Search, best: Candidate, options: SearchOptions) -> bool:
    inside = best.failing / max(best.rows, 1e-9)
    outside = max(search.failing - best.failing, 0.0) / max(search.rows - best.rows, 1e-9)
    return inside >= options.min_ratio * max(outside, 1e-12)


def _wordings(
    search: Search, best: Candidate, ranked: list[Candidate]
) -> tuple[Candidate, tuple[Candidate, ...]]:
    """Other wordings of the same rows; the preferred one of all comes first."""
    masks = search.view.masks(best.items)
    same = [best]
    for other in _interchangeable(search, best, ranked):
        if other.items != best.items and _overlap(search, masks, other) >= _SAME_ROWS:
            same.append(other)
    same.sort(key=lambda c: (_preference(search, c), c.rank))
    per_dimensions = {tuple(item.dim for item in c.items): c for c in reversed(same)}
    others = [c for c in same[1:] if c in per_dimensions.values()]
    others = [c for c in others if {i.dim for i in c.items} != {i.dim for i in same[0].items}]
    others = [c for c in others if all(i.is_range or len(i.codes) <= _MAX_SAME for i in c.items)]
    return same[0], tuple(others[:_MAX_SAME])


def _interchangeable(search: Search, best: Candidate, ranked: list[Candidate]) -> list[Candidate]:
    """Candidates of about the same size, and the best with one predicate said by another dimension."""
    near = [
        c for c in ranked[:400] if c.order <= best.order and abs(c.rows - best.rows) <= 0.03 * best.rows + 1
    ]
    swapped = [_opened(search, best)] if any(_closed(search, item) for item in best.items) else []
    for item in best.items if best.order > 1 else ():
        alone = [other for other in ranked if other.order == 1 and other.items[0].dim != item.dim]
        mine = search.view.masks((item,))
        for other in alone[:200]:
            if any(other.items[0].dim == used.dim for used in best.items):
                continue
            if _overlap(search, mine, other) >= _SAME_ROWS:
                items = [other.items[0] if used is item else used for used in best.items]
                swapped.append(candidates.rescore(search, tuple(sorted(items, key=lambda i: i.dim))))
    return _unique(near + swapped)


def _opened(search: Search, best: Candidate) -> Candidate:
    """The same with the upper end of closed ranges left open: "since 14:00" rather than "14:00 to 20:00"."""
    items = tuple(
        replace(item, codes=(item.codes[0], search.view.coded[item.dim].bins))
        if _closed(search, item)
        else item
        for item in best.items
    )
    return candidates.rescore(search, items)


def _overlap(search: Search, masks: tuple[NDArray[np.bool_], ...], other: Candidate) -> float:
    """Jaccard overlap of today's rows, weighted."""
    shared = either = 0.0
    theirs = search.view.masks(other.items)
    for mine, yours, weight in list(zip(masks, theirs, search.view.weights, strict=True))[:2]:
        shared += float((mine & yours).sum()) * weight
        either += float((mine | yours).sum()) * weight
    return shared / either if either else 0.0


def _preference(
    search: Search, candidate: Candidate
) -> tuple[int, int, list[tuple[int, bool]], int, tuple[int, ...]]:
    """Fewer predicates, fewer values; file, time, source, others; open ends; column order."""
    kinds = sorted(_kind(search, item) for item in candidate.items)
    values = sum(1 if item.is_range else len(item.codes) for item in candidate.items)
    closed = sum(_closed(search, item) for item in candidate.items)
    return (candidate.order, values, kinds, closed, tuple(item.dim for item in candidate.items))


def _closed(search: Search, item: Item) -> bool:
    return item.is_range and item.codes[0] > 1 and item.codes[1] < search.view.coded[item.dim].bins


def _kind(search: Search, item: Item) -> tuple[int, bool]:
    coded = search.view.coded[item.dim]
    return (int(coded.dimension.kind), coded.continuous)
