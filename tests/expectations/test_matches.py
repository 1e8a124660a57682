from __future__ import annotations

import math
from collections import Counter
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, arrow, refusal, verdict
from hypothesis import given, settings
from hypothesis import strategies as st

THERE = {
    "k": [1, 2, 3, None],
    "v": [1.0, 2.0, math.nan, None],
    "s": ["a", "b", "c", "d"],
    "extra": [0, 0, 0, 0],
}


def against(here: Any, there: Any, declared: Any, **options: Any) -> Any:
    return verdict(here, declared, table=True, input=None if there is None else arrow(there), **options)


def here(**changed: Any) -> dict[str, Any]:
    return {
        "k": [None, 3, 2, 1],
        "v": [None, math.nan, 2.0, 1.0],
        "s": ["d", "c", "b", "a"],
        "mine": [1] * 4,
    } | changed


ROWS = [
    ("equal in any order", here(), {}, PASS, 0, 4, {"differing_v": None}),
    (
        "a value differs",
        here(v=[None, math.nan, 2.5, 1.0]),
        {},
        FAIL,
        1,
        4,
        {"keys_differing": 1, "differing_v": 1, "examples": "2 (differs)"},
    ),
    ("a null is not a value", here(s=["d", "c", None, "a"]), {}, FAIL, 1, 4, {"differing_s": 1}),
    ("columns that are not compared", here(v=[9.0] * 4), {"columns": "s"}, PASS, 0, 4, {}),
    (
        "only here",
        here(k=[None, 3, 2, 9]),
        {},
        FAIL,
        2,
        5,
        {"only_here": 1, "only_there": 1, "examples": "1 (only there); 9 (only here)"},
    ),
    (
        "only here is fine",
        here(k=[None, 3, 2, 9]),
        {"allow_only_here": True, "allow_only_there": True},
        PASS,
        0,
        3,
        {"only_here": 1},
    ),
    ("repeated", here(k=[3, 3, 2, 1]), {}, FAIL, 3, 5, {"repeated": 2, "only_there": 1}),
    ("mostly", here(v=[None, math.nan, 2.5, 1.0]), {"mostly": 0.75}, PASS, 1, 4, {}),
    ("within an amount", here(v=[None, math.nan, 2.5, 1.0]), {"absolute": 0.5}, PASS, 0, 4, {}),
    ("within a share", here(v=[None, math.nan, 2.2, 1.0]), {"relative": {"v": 0.11}}, PASS, 0, 4, {}),
    ("beyond a share", here(v=[None, math.nan, 2.2, 1.0]), {"relative": 0.09}, FAIL, 1, 4, {}),
    ("null is near nothing", here(v=[0.0, math.nan, 2.0, 1.0]), {"absolute": 99}, FAIL, 1, 4, {}),
    ("filters", here(s=["d", "c", "b", "x"]), {"where": "k > 1", "other_where": "k > 1"}, PASS, 0, 2, {}),
]


@pytest.mark.parametrize(
    ("data", "more", "outcome", "unexpected", "considered", "details"),
    [pytest.param(*rest, id=name) for name, *rest in ROWS],
)
def test_rows(
    data: Any, more: dict[str, Any], outcome: str, unexpected: int, considered: int, details: dict[str, Any]
) -> None:
    found = against(data, THERE, {"rows_match": {"to": "input", "key": "k", **more}})
    assert (found.outcome.value, found.unexpected, found.considered) == (outcome, unexpected, considered), (
        found.reason
    )
    assert {name: found.details.get(name) for name in details} == details
    if outcome == FAIL:
        assert len(found.sample) == unexpected - found.details["only_there"]


def test_exact_tolerances_of_exact_numbers() -> None:
    there = {"k": [1, 2], "d": [Decimal("1.00"), Decimal("5.00")], "n": pa.array([-128, 127], pa.int8())}
    now = {"k": [1, 2], "d": [Decimal("1.01"), Decimal("5.02")], "n": pa.array([127, 127], pa.int8())}
    found = against(
        now, there, {"rows_match": {"to": "input", "key": "k", "absolute": {"d": 0.01, "n": 255}}}
    )
    assert (found.unexpected, found.details["differing_d"], found.details.get("differing_n")) == (1, 1, None)


def test_other_names_and_widths() -> None:
    there = {"id": pa.array([1, 2], pa.int32()), "amount": [1, 2]}
    declared = {"rows_match": {"to": "input", "key": ["k"], "renamed": {"k": "id", "v": "amount"}}}
    found = against({"k": [1, 2], "v": [1, 3]}, there, declared)
    assert (found.unexpected, found.details["differing_v"], found.sample) == (1, 1, (2,))
    assert found.expected == "rows as in input by k"


def test_the_suites_key_and_several_columns() -> None:
    head = {"input": {"data": "unused", "key": ["a", "b"]}}
    data = {"a": [1, 1, None], "b": ["x", "y", None], "v": [1, 2, 3]}
    same = against(data, data, {"rows_match": "input"}, head=head)
    assert (same.outcome.value, same.considered) == (PASS, 3)
    other = against(data | {"v": [1, 2, 4]}, data, {"rows_match": "input"}, head=head)
    assert other.details["examples"] == "null, null (differs)"


@pytest.mark.parametrize(
    ("data", "there", "declared", "outcome", "reason"),
    [
        (THERE, None, {"key": "k"}, UNTESTED, "no input dataset was given"),
        (THERE, THERE, {}, ERROR, "needs a key"),
        (THERE, {"k": ["1"]}, {"key": "k"}, ERROR, "cannot be compared"),
        (THERE, {"k": [1]}, {"key": "k", "columns": ["v"]}, ERROR, "column 'v' does not exist"),
        (THERE, THERE, {"key": "k", "absolute": {"s": 1}}, ERROR, "a tolerance needs numbers"),
        (arrow(THERE).slice(0, 0), arrow(THERE).slice(0, 0), {"key": "k"}, UNTESTED, "there are no rows"),
    ],
)
def test_rows_that_cannot_be_compared(
    data: Any, there: Any, declared: Any, outcome: str, reason: str
) -> None:
    found = against(data, there, {"rows_match": {"to": "input", **declared}})
    assert (found.outcome.value, reason in found.reason) == (outcome, True), found.reason


def test_all_rows_lost_is_a_failure() -> None:
    found = against(arrow(THERE).slice(0, 0), THERE, {"rows_match": ["input", "k"]})
    assert (found.outcome.value, found.unexpected, found.considered) == (FAIL, 4, 4)


cells = st.tuples(st.none() | st.integers(0, 3), st.none() | st.integers(0, 2))


@settings(max_examples=40, deadline=None)
@given(st.lists(cells, min_size=1, max_size=8), st.lists(cells, max_size=8))
def test_rows_match_as_a_dictionary_would(left: list[Any], right: list[Any]) -> None:
    def table(rows: list[Any]) -> pa.Table:
        return pa.table({name: pa.array([row[i] for row in rows], pa.int64()) for i, name in enumerate("kv")})

    found = against(table(left), table(right), {"rows_match": ["input", "k"]})
    here_, there = Counter(k for k, _ in left), Counter(k for k, _ in right)
    once = {k: v for k, v in right if there[k] == 1}
    bad = [(k, v) for k, v in left if here_[k] > 1 or k not in once or once[k] != v]
    missing = sum(k not in here_ for k, _ in right)
    assert (found.unexpected, found.considered) == (len(bad) + missing, len(left) + missing)
    if found.outcome.value == FAIL:
        assert sorted(map(str, found.sample)) == sorted(str(k) for k, _ in bad)[:20]


ORDERS = {"day": ["mon", "mon", "tue", None], "amount": [1.5, 2.5, 4.0, 1.0], "n": [1, 2, 3, 4]}


@pytest.mark.parametrize(
    ("data", "more", "outcome", "observed", "difference"),
    [
        (ORDERS, {"aggregate": "row_count"}, PASS, 4, 0),
        ({"n": [1]}, {"aggregate": "row_count"}, FAIL, 1, -3),
        ({"n": [1, 2, 3]}, {"aggregate": "row_count", "absolute": 1}, PASS, 3, -1),
        ({"n": [1, 2, 3]}, {"aggregate": "row_count", "relative": 0.2}, FAIL, 3, -1),
        ({"n": [1, 2, 3]}, {"aggregate": "row_count", "other_where": "n < 4"}, PASS, 3, 0),
        ({"n": [9, 1]}, {"aggregate": "sum", "column": "n"}, PASS, 10, 0),
        (
            {"amount": [9.000000001]},
            {"aggregate": "sum", "column": "amount"},
            PASS,
            9.000000001,
            pytest.approx(1e-9),
        ),
        (
            {"amount": [9.1, math.nan]},
            {"aggregate": "sum", "column": "amount"},
            FAIL,
            9.1,
            pytest.approx(0.1),
        ),
        ({"n": [4, 1]}, {"aggregate": "max", "column": "n"}, PASS, 4, 0),
        ({"n": [2, 3]}, {"aggregate": "mean", "column": "n"}, PASS, 2.5, 0.0),
        ({"day": ["tue", None]}, {"aggregate": "min", "column": "day"}, FAIL, "tue", None),
        ({"n": [5, 6, 7, 7, 8, None]}, {"aggregate": "distinct_count", "column": "n"}, PASS, 4, 0),
        ({"n": [5, None, 6]}, {"aggregate": "count", "column": "n"}, FAIL, 2, -2),
        ({"n": [5, 5]}, {"sql": "sum(n) / count(*)", "absolute": 3}, PASS, 5.0, 2.5),
        ({"k": [4]}, {"aggregate": "max", "column": "k", "renamed": {"k": "n"}}, PASS, 4, 0),
        ({"n": pa.array([], pa.int64())}, {"aggregate": "sum", "column": "n"}, FAIL, None, None),
    ],
)
def test_aggregates(data: Any, more: Any, outcome: str, observed: Any, difference: Any) -> None:
    found = against(data, ORDERS, {"aggregate_matches": {"to": "input", **more}})
    assert (found.outcome.value, found.observed) == (outcome, observed), found.reason
    assert found.details.get("difference") == difference


def test_groups() -> None:
    now = {"day": ["mon", "wed", None], "amount": [4.0, 1.0, 2.0]}
    declared = {"aggregate_matches": ["input", "sum", "amount"], "by": "day"}
    found = against(now, ORDERS, declared)
    assert (found.outcome.value, found.unexpected, found.considered, found.observed) == (FAIL, 3, 4, 0.25)
    assert (found.details["only_here"], found.details["only_there"]) == (1, 1)
    assert {"group": ["tue"], "here": None, "there": "4.0"} in found.details["examples"]
    assert against(now, ORDERS, declared | {"mostly": 0.25}).outcome.value == PASS
    assert against(now, ORDERS, declared | {"absolute": 1, "mostly": 0.5}).unexpected == 2
    assert found.expected == "sum of amount as in input by day"


@pytest.mark.parametrize(
    ("data", "there", "declared", "outcome"),
    [
        (ORDERS, None, ["input", "row_count"], UNTESTED),
        (arrow(ORDERS).slice(0, 0), arrow(ORDERS).slice(0, 0), ["input", "row_count"], UNTESTED),
        (arrow(ORDERS).slice(0, 0), arrow(ORDERS).slice(0, 0), ["input", "sum", "n"], UNTESTED),
        (
            arrow(ORDERS).slice(0, 0),
            arrow(ORDERS).slice(0, 0),
            {"to": "input", "aggregate": "row_count", "by": "day"},
            UNTESTED,
        ),
        (ORDERS, ORDERS, ["input", "sum", "day"], ERROR),
        (ORDERS, ORDERS, {"to": "input", "aggregate": "min", "column": "day", "absolute": 1}, ERROR),
        (ORDERS, ORDERS, ["nowhere", "row_count"], UNTESTED),
    ],
)
def test_aggregates_that_cannot_be_compared(data: Any, there: Any, declared: Any, outcome: str) -> None:
    assert against(data, there, {"aggregate_matches": declared}).outcome.value == outcome


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"aggregate_matches": ["input"]}, "give either aggregate or sql"),
        ({"aggregate_matches": ["input", "sum"]}, "sum needs a column"),
        ({"aggregate_matches": ["input", "row_count", "x"]}, "row_count takes no column"),
        ({"aggregate_matches": {"to": "input", "sql": "a + b"}}, "this one does not"),
        ({"aggregate_matches": {"to": "input", "sql": "sum(("}}, "does not parse"),
        ({"aggregate_matches": ["input", "row_count"], "mostly": 0.5}, "it needs by"),
        ({"aggregate_matches": ["input", "row_count"], "absolute": -1}, "makes no sense"),
        ({"rows_match": {"to": "input", "columns": ["a"], "absolute": {"b": 1}}}, "not among columns"),
        ({"rows_match": {"to": "input", "key": []}}, "key"),
    ],
)
def test_impossible_arguments_are_refused(declared: Any, words: str) -> None:
    assert words in refusal(declared, table=True)
