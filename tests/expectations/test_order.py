from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, refusal, table_of, verdict
from hypothesis import given, settings
from hypothesis import strategies as st

UP, DOWN = "increasing", "decreasing"
STRICT = {"strictly": True}
NULLS = [1, None, 3, None, 2]
CASES = [
    Case("rising", [1, 2, 2, 5], UP, PASS, 0, 1.0, {"considered": 4}),
    Case("a step down", [1, 3, 2, 2], UP, FAIL, 1, 0.75, {"sample": (2,)}),
    Case("strictly", [1, 2, 2, 5], {UP: STRICT}, FAIL, 1, 0.75, {"expected": "strictly increasing"}),
    Case("not strictly, as null", [1, 1], {UP: {"strictly": None}}, PASS, 0, 1.0),
    Case("past nulls", NULLS, UP, FAIL, 1, 2 / 3, {"missing": 2, "sample": (2,)}),
    Case("nulls first", [None, 5, 6], UP, PASS, 0, 1.0),
    Case("one value", [None, 5], {UP: STRICT}, PASS, 0, 1.0),
    Case(
        "mostly", [1, 3, 2, 2], {UP: {}, "mostly": 0.75}, PASS, 1, 0.75, {"expected": "increasing for 75 %"}
    ),
    Case("falling", [5, 5, 2], DOWN, PASS, 0, 1.0),
    Case("a step up", [5, 2, 3, 1], DOWN, FAIL, 1, 0.75, {"sample": (3,)}),
    Case("strictly falling", [5, 5, 2], {DOWN: STRICT}, FAIL, 1, 2 / 3),
    Case("NaN", [1.0, math.nan, 0.5, 2.0], UP, FAIL, 2, 0.5, {"details": {"nan": 1}}),
    Case("infinity", [-math.inf, 0.0, math.inf], {UP: STRICT}, PASS, 0, 1.0),
    Case("text", ["2024-01", "2024-02", "2023-12"], UP, FAIL, 1, 2 / 3),
    Case("dates", [dt.date(2024, 1, 2), dt.date(2024, 1, 1)], DOWN, PASS, 0, 1.0),
    Case(
        "within the filter",
        {"x": [1, 9, 2, 8], "y": [0, 1, 0, 1]},
        {UP: {}, "where": "y = 0"},
        PASS,
        0,
        1.0,
        {"rows": 2},
    ),
    Case("in another order", {"x": [3, 1, 2], "t": [3, 1, 2]}, {UP: "t"}, PASS, 0, 1.0),
    Case(
        "per group",
        {"x": [1, 5, 2, 4, 7, 6], "g": ["a", "b", "a", "b", None, None], "t": [1, 2, 3, 4, 5, 6]},
        {UP: {"by": "g", "order_by": "t"}},
        FAIL,
        2,
        4 / 6,
        {"expected": "increasing by g, in the order of t"},
    ),
    Case(
        "rows that the order does not tell apart",
        {"x": [2, 1, 3], "t": [1, 1, 2]},
        {UP: {"order_by": ["t"], **STRICT}},
        PASS,
        0,
        1.0,
    ),
    Case("the same, falling", {"x": [1, 2, 0], "t": [1, 1, 2]}, {DOWN: {"order_by": "t"}}, PASS, 0, 1.0),
    Case("all null", pa.table({"x": pa.array([None], pa.int64())}), UP, UNTESTED, 0),
    Case("no rows", pa.table({"x": pa.array([], pa.int64())}), UP, UNTESTED, 0),
    Case("filtered away", {"x": [2, 1]}, {UP: {}, "where": "x > 5"}, UNTESTED, 0),
]


@table_of(CASES)
def test_order(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("values", [[True], [[1]], [{"a": 1}]])
def test_values_without_an_order_are_refused(values: list[object]) -> None:
    found = verdict(values, UP)
    assert (found.outcome.value, "which has no order" in found.reason) == (ERROR, True)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({UP: {"by": "g"}}, "`by` needs `order_by`"),
        ({UP: {"order_by": "x"}}, "column 'x' cannot stand in its own `order_by`"),
        ({UP: {"order_by": "t", "by": ["x"]}}, "column 'x' cannot stand in its own `by`"),
        ({UP: {"order_by": 5}}, "order_by"),
        ({DOWN: {"strictly": "yes please"}}, "strictly"),
    ],
)
def test_impossible_arguments_are_refused(declared: dict[str, object], message: str) -> None:
    assert message in refusal(declared)


def test_a_missing_order_column_is_named() -> None:
    found = verdict({"x": [1], "time": [1]}, {UP: "tmie"})
    assert found.outcome.value == ERROR
    assert "column 'tmie' does not exist" in found.reason


def test_a_sample_shows_what_the_order_came_from() -> None:
    data = {"x": [3, 1], "t": [1, 2], "g": ["a", "a"]}
    found = verdict(data, {UP: {"by": "g", "order_by": "t"}})
    assert found.columns == ("x", "g", "t")
    assert found.sample == ((1, "a", 2),)


VALUES = st.lists(
    st.tuples(st.none() | st.sampled_from([math.nan, -1.0, 0.0, 0.5, 2.0]), st.integers(0, 4), st.booleans()),
    min_size=1,
    max_size=12,
)


def broken(rows: list[tuple[Any, int, bool]], falling: bool, strictly: bool) -> int:
    """How many values stand on the wrong side of the last number before."""
    last, bad = None, 0
    for value, _, _ in rows:
        if value is None:
            continue
        if math.isnan(value):
            bad += 1
            continue
        if last is not None:
            wrong = value > last if falling else value < last
            bad += wrong or (strictly and value == last)
        last = value
    return bad


@settings(max_examples=40, deadline=None)
@given(VALUES, st.booleans(), st.booleans())
def test_order_as_counted_row_by_row(
    rows: list[tuple[Any, int, bool]], falling: bool, strictly: bool
) -> None:
    name = DOWN if falling else UP
    x, t, g = ([row[i] for row in rows] for i in range(3))
    data = pa.table({"x": pa.array(x, pa.float64()), "t": t, "g": g})
    stored = verdict(data, {name: {"strictly": strictly}})
    assert (stored.unexpected or 0) == broken(rows, falling, strictly)
    number = math.inf if falling else -math.inf
    sign = -1 if falling else 1
    ordered = sorted(rows, key=lambda row: (row[1], sign * (number if row[0] is None else row[0])))
    if any(row[0] is not None and math.isnan(row[0]) for row in rows):
        return  # where a NaN stands among equals makes no difference, but Python cannot sort it
    groups = [[row for row in ordered if row[2] is group] for group in (True, False)]
    found = verdict(data, {name: {"order_by": "t", "by": "g", "strictly": strictly}})
    assert (found.unexpected or 0) == sum(broken(group, falling, strictly) for group in groups)
