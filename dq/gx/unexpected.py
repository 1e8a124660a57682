"""The values and rows that break an expectation, for results in Great Expectations' shape."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dq.gx.formats import ResultFormat
from dq.gx.json_values import json_value
from dq.verdict import Verdict

MOST = 100_000
"""Rows that are looked at again for one expectation; beyond it, lists are partial and say so."""


@dataclass(frozen=True)
class Unexpected:
    """What is known of the unexpected rows of one expectation.

    Attributes:
        values: one per row: a value, a list for a pair, a mapping for several columns.
        complete: whether these are all of them, in the order of the data.
        places: one per row: its number from 0, or its naming columns; None when the rows were not looked at.
        rows: the rows themselves, as mappings; None likewise.
        query: SQL that finds the rows; empty when there is none.
    """

    values: Sequence[Any]
    complete: bool
    places: Sequence[Any] | None = None
    rows: Sequence[Mapping[str, Any]] | None = None
    query: str = ""


def of_sample(verdict: Verdict) -> Unexpected:
    """What a verdict keeps by itself: a sample, in no order."""
    values = [shaped(verdict, item if isinstance(item, tuple) else (item,)) for item in verdict.sample]
    return Unexpected(values, complete=not verdict.unexpected)


def shaped(verdict: Verdict, row: Sequence[Any]) -> Any:
    """The values of one row in Great Expectations' form."""
    if "column_list" in verdict.kwargs:
        return dict(zip(verdict.columns, row, strict=False))
    return row[0] if len(verdict.columns) == 1 else list(row)


def counted(values: Sequence[Any], most: int) -> list[dict[str, Any]] | None:
    """Values with how often they occur: the most frequent, then in their own order.

    None when the values cannot be counted or have no order, as then Great Expectations says nothing either.
    """
    try:
        found = Counter(_hashable(value) for value in values).most_common(most)
        found.sort(key=lambda pair: (-pair[1], _ordered(pair[0])))
    except TypeError:
        return None
    return [{"value": json_value(value), "count": count} for value, count in found]


def _hashable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(value.values())
    return tuple(value) if isinstance(value, list) else value


def _ordered(value: Any) -> Any:
    """Null as the NaN that it is in a frame: in no order with numbers, and an obstacle among text."""
    if isinstance(value, tuple):
        return tuple(_ordered(item) for item in value)
    return math.nan if value is None else value


def map_result(verdict: Verdict, found: Unexpected | None, wanted: ResultFormat) -> dict[str, Any]:
    """The `result` of an expectation that judges row by row.

    Args:
        verdict: with counts; counts that are not there are those of no rows.
        found: the unexpected rows; None when their values are private.
        wanted: how much to say.
    """
    if wanted.rank == 0:
        return {}
    rows, unexpected = verdict.rows or 0, verdict.unexpected or 0
    nulls_judged = verdict.expectation in NULLS_JUDGED
    considered = rows if nulls_judged else rows - (verdict.missing or 0)
    share = unexpected / considered * 100 if considered else None
    result: dict[str, Any] = {
        "element_count": rows,
        "unexpected_count": unexpected,
        "unexpected_percent": share,
    }
    shown = found if not wanted.exclude_unexpected_values else None
    partial = wanted.partial_unexpected_count
    if shown is not None:
        result["partial_unexpected_list"] = json_value(list(shown.values[:partial]))
    if wanted.unexpected_index_column_names and verdict.expectation != NULLS_JUDGED[0]:
        result["unexpected_index_column_names"] = list(wanted.unexpected_index_column_names)
    if not nulls_judged:
        missing = verdict.missing or 0
        result["missing_count"] = missing
        result["missing_percent"] = missing / rows * 100 if rows else None
        result["unexpected_percent_total"] = unexpected / rows * 100 if rows else None
        result["unexpected_percent_nonmissing"] = share
    if wanted.include_unexpected_rows and found is not None and found.rows is not None:
        result["unexpected_rows"] = json_value(list(found.rows[:partial]))
    if found is not None:
        result |= _lists(found, shown, wanted)
    return result


def _lists(found: Unexpected, shown: Unexpected | None, wanted: ResultFormat) -> dict[str, Any]:
    """What `SUMMARY` and `COMPLETE` add; only what is known in full."""
    partial = wanted.partial_unexpected_count
    lists: dict[str, Any] = {}
    if wanted.rank >= 2 and partial:
        if shown is not None and (shown.complete or wanted.rank == 2):
            among = shown.values if wanted.rank == 3 else shown.values[:partial]
            counts = counted(among, partial)
            if counts is not None:
                lists["partial_unexpected_counts"] = counts
        if found.places is not None:
            lists["partial_unexpected_index_list"] = json_value(list(found.places[:partial]))
    if wanted.rank == 3 and found.complete:
        if shown is not None:
            lists["unexpected_list"] = json_value(list(shown.values))
        if found.places is not None:
            lists["unexpected_index_list"] = json_value(list(found.places))
    if wanted.wants_query and found.query:
        lists["unexpected_index_query"] = found.query
    return lists


NULLS_JUDGED = ("expect_column_values_to_be_null", "expect_column_values_to_not_be_null")
"""Types for which no row is missing: whether a value is there is what they judge."""
