from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, refusal, table_of, verdict
from hypothesis import given, settings
from hypothesis import strategies as st

UTC = dt.timezone.utc


def at(*hours: float | None) -> list[dt.datetime | None]:
    return [None if h is None else dt.datetime(2024, 1, 2) + dt.timedelta(hours=h) for h in hours]


ONE = {"details": {"gaps": 1, "largest": 3, "missing": [{"after": "2", "before": "5"}]}}
CASES = [
    Case("sequence numbers", [3, 1, 2, None, 2], {"no_gaps": 1}, PASS, 0, 1.0, {"considered": 4}),
    Case("one missing stretch", [1, 6, 5, 2], {"no_gaps": 1}, FAIL, 1, 0.75, ONE | {"sample": (5,)}),
    Case("a larger step is allowed", [1, 6, 5, 2], {"no_gaps": 3}, PASS, 0, 1.0),
    Case("mostly", [1, 6, 5, 2], {"no_gaps": 1, "mostly": 0.75}, PASS, 1, 0.75),
    Case("decimals", [Decimal("0.5"), Decimal("1.1")], {"no_gaps": 0.5}, FAIL, 1, 0.5),
    Case("unsigned", pa.table({"x": pa.array([0, 5], pa.uint8())}), {"no_gaps": 4}, FAIL, 1, 0.5),
    Case("a filter joins its neighbours", [1, 2, 3], {"no_gaps": 1, "where": "x <> 2"}, FAIL, 1, 0.5),
    Case("start is reached", [3, 4], {"no_gaps": {"max_gap": 1, "start": 2, "end": 5}}, PASS, 0, 1.0),
    Case(
        "it begins late and ends early",
        [3, 4],
        {"no_gaps": {"max_gap": 1, "start": 1, "end": 7}},
        FAIL,
        2,
        0.0,
        {
            "details": {
                "gaps": 2,
                "largest": 3,
                "missing": [{"after": "4", "before": "7"}, {"after": "1", "before": "3"}],
            }
        },
    ),
    Case("a row between two gaps", [5], {"no_gaps": {"max_gap": 1, "start": 1, "end": 9}}, FAIL, 1, 0.0),
    Case(
        "series of their own",
        {"x": [1, 2, 9, 10, 4], "s": ["a", "a", "b", "b", "a"]},
        {"no_gaps": {"max_gap": 1, "by": "s"}},
        FAIL,
        1,
        0.8,
        {"sample": ((4, "a"),), "columns": ("x", "s")},
    ),
    Case(
        "null is a series",
        {"x": [1, 2, 3], "s": ["a", None, None]},
        {"no_gaps": {"max_gap": 1, "by": ["s"]}},
        PASS,
        0,
        1.0,
    ),
    Case(
        "hours",
        at(0, 1, 3.5, None),
        {"no_gaps": "1h"},
        FAIL,
        1,
        2 / 3,
        {
            "details": {
                "gaps": 1,
                "largest": 9000.0,
                "missing": [{"after": "2024-01-02T01:00:00", "before": "2024-01-02T03:30:00"}],
            }
        },
    ),
    Case("days", [dt.date(2024, 1, 1), dt.date(2024, 1, 3)], {"no_gaps": "1 day"}, FAIL, 1, 0.5),
    Case(
        "until a day",
        [dt.date(2024, 1, 1)],
        {"no_gaps": {"max_gap": "1d", "end": "2024-01-03"}},
        FAIL,
        1,
        0.0,
    ),
    Case("a single value", [7], {"no_gaps": 1}, PASS, 0, 1.0),
    Case("all null", pa.table({"x": pa.array([None], pa.int64())}), {"no_gaps": 1}, UNTESTED, 0),
    Case("no rows", pa.table({"x": pa.array([], pa.int64())}), {"no_gaps": 1}, UNTESTED, 0),
    Case("floats", [1.0, 2.0], {"no_gaps": 1}, ERROR),
    Case("text", ["a"], {"no_gaps": 1}, ERROR),
    Case(
        "a duration between numbers",
        [1],
        {"no_gaps": "1h"},
        ERROR,
        more={"reason": "column 'x' is BIGINT, so max_gap must be a number"},
    ),
    Case("a number between moments", at(1), {"no_gaps": 1}, ERROR),
    Case(
        "cover without a partition",
        at(1),
        {"no_gaps": {"max_gap": "1h", "cover": True}},
        ERROR,
        more={"reason": "cover needs a partition that names a day, got ''"},
    ),
]


@table_of(CASES)
def test_gaps(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("hours", "now", "outcome", "gaps"),
    [
        ((0, 6, 12, 18), 99, PASS, 0),
        ((1, 6, 12, 17), 99, FAIL, 1),
        ((7, 12, 18), 99, FAIL, 1),
        ((0, 6, 12), 17, PASS, 0),
        ((0, 6, 12), 19, FAIL, 1),
    ],
)
def test_a_partition_is_covered(hours: tuple[float, ...], now: float, outcome: str, gaps: int) -> None:
    declared = {"no_gaps": {"max_gap": "6h", "cover": True}}
    clock = at(now)[0]
    assert clock is not None
    found = verdict(at(*hours), declared, now=clock.replace(tzinfo=UTC), partition={"d": "2024-01-02"})
    assert (found.outcome.value, found.details.get("gaps", 0)) == (outcome, gaps)
    assert found.expected == "no gap above 6 h, from the partition's start to its end"


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"no_gaps": 0}, "more than nothing"),
        ({"no_gaps": "-1h"}, "no duration"),
        ({"no_gaps": {}}, "needs `max_gap`"),
        ({"no_gaps": {"max_gap": 1, "cover": True, "start": 1}}, "one or the other"),
    ],
)
def test_impossible_arguments_are_refused(declared: dict[str, Any], words: str) -> None:
    assert words in refusal(declared)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.none() | st.integers(-9, 9), st.sampled_from("ab")), min_size=1, max_size=12),
    st.integers(1, 5),
    st.booleans(),
)
def test_gaps_are_those_of_the_sorted_values(
    rows: list[tuple[int | None, str]], most: int, ends: bool
) -> None:
    data = {"x": pa.array([x for x, _ in rows], pa.int64()), "s": [s for _, s in rows]}
    reach = {"start": -9, "end": 9} if ends else {}
    found = verdict(data, {"no_gaps": {"max_gap": most, "by": "s", **reach}})
    gaps, beside = [], 0
    for series in "ab":
        values = sorted({x for x, s in rows if s == series and x is not None})
        if values:
            reached = [-9, *values] if ends else values
            steps = [b - a for a, b in pairwise(reached)]
            rest = [9 - values[-1]] if ends else []
            gaps += [step for step in steps + rest if step > most]
            behind = [step > most for step in steps]
            last = bool(rest and rest[0] > most)
            beside += sum(behind) + (last and not (behind and behind[-1]))
    assert (found.details.get("gaps", 0), found.unexpected or 0) == (len(gaps), beside)
    assert len(found.sample) == min(beside, 20) or found.outcome.value != FAIL
