"""Exact bounds for numeric ranges: the search works on bins, the answer should not."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from dq.rootcause import candidates
from dq.rootcause.candidates import Candidate, Search
from dq.rootcause.coding import Coded
from dq.rootcause.score import Floats
from dq.rootcause.view import FAILING, PASSING, Item

_MAX_CUTS = 200


def tighten(search: Search, best: Candidate) -> Candidate:
    """The same segment with each continuous range moved to the bounds that score best on the sample."""
    items = list(best.items)
    for index, item in enumerate(items):
        coded = search.view.coded[item.dim]
        if item.is_range and coded.continuous:
            others = tuple(other for other in items if other is not item)
            items[index] = _bounded(search, item, coded, others)
    if not any(item.bounds for item in items):
        return best
    exact = candidates.rescore(search, tuple(items))
    return replace(exact, score=max(exact.score, best.score))


def _bounded(search: Search, item: Item, coded: Coded, others: tuple[Item, ...]) -> Item:
    masks = search.view.masks(others)
    strata = [coded.numbers[s][search.view.rows[s][masks[s]]] for s in (FAILING, PASSING)]
    cuts = (-math.inf, *coded.cuts, math.inf)
    low, high = cuts[item.codes[0] - 1], cuts[item.codes[1]]
    if math.isfinite(low):
        low = _move(search, strata, coded, low, high, lower=True)
    if math.isfinite(high):
        high = _move(search, strata, coded, low, high, lower=False)
    bounds = (low if math.isfinite(low) else None, high if math.isfinite(high) else None)
    return replace(item, bounds=bounds)


def _move(search: Search, strata: list[Floats], coded: Coded, low: float, high: float, lower: bool) -> float:
    """The best position of one bound between its neighbours, as a round number."""
    cuts = (-math.inf, *coded.cuts, math.inf)
    bound, fixed = (low, high) if lower else (high, low)
    at = cuts.index(bound)
    near = np.unique(np.concatenate(strata))
    near = near[(near >= cuts[at - 1]) & (near <= cuts[at + 1])]
    if len(near) > _MAX_CUTS:
        near = near[np.linspace(0, len(near) - 1, _MAX_CUTS).astype(int)]
    places = np.unique(np.append(near, bound))
    if lower:
        counts = [_between(values, places, np.full_like(places, fixed)) for values in strata]
    else:
        places = np.unique(np.append(places, np.nextafter(places, np.inf)))
        counts = [_between(values, np.full_like(places, fixed), places) for values in strata]
    failing = counts[0] * search.view.weights[FAILING]
    rows = failing + counts[1] * search.view.weights[PASSING]
    best = int(np.argmax(search.bits(rows, failing)))
    place = float(places[best])
    below = np.concatenate([values[values < place] for values in strata])
    floor = float(below.max()) if len(below) else -math.inf
    above = np.concatenate([values[values >= place] for values in strata])
    ceiling = float(above.min()) if len(above) else place + max(1.0, 0.1 * abs(place))
    return round_between(floor, ceiling)


def _between(values: Floats, low: Floats, high: Floats) -> Floats:
    """How many values lie in each `low <= x < high`."""
    ordered = np.sort(values[np.isfinite(values)])
    counted: Floats = (np.searchsorted(ordered, high) - np.searchsorted(ordered, low)).astype(np.float64)
    return counted


def round_between(floor: float, ceiling: float) -> float:
    """The shortest decimal number x with `floor < x <= ceiling`; `ceiling` when the two are not apart."""
    if not math.isfinite(floor) or not floor < ceiling:
        return ceiling
    size = max(abs(floor), abs(ceiling), ceiling - floor)
    for digits in range(-math.ceil(math.log10(size)), 16):
        number = math.floor(ceiling * 10.0**digits) / 10.0**digits
        if floor < number <= ceiling:
            return float(number)
    return ceiling
