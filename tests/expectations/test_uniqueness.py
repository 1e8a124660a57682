from __future__ import annotations

import math

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, refusal, table_of, verdict

PAIRS = {"a": [1, 1, 1, None, None, None], "b": ["x", "x", "y", "x", "x", None]}
NO_TEXT = pa.table({"x": pa.array([None, None], pa.string())})

CASES = [
    Case("unique", [1, 2, 3, None, None], "unique", PASS, 0, 1.0, {"considered": 3, "missing": 2}),
    Case(
        "every copy counts",
        [1, 1, 1, 2],
        "unique",
        FAIL,
        3,
        0.25,
        {"details": {"duplicated_keys": 1}, "sample": (1,)},
    ),
    Case(
        "two groups", ["a", "a", "b", "b", "c"], "unique", FAIL, 4, 0.2, {"details": {"duplicated_keys": 2}}
    ),
    Case("mostly", [1, 1, 2, 3], {"unique": {}, "mostly": 0.5}, PASS, 2, 0.5),
    Case(
        "NaN equals NaN",
        [math.nan, math.nan, 1.0],
        "unique",
        FAIL,
        2,
        1 / 3,
        {"details": {"duplicated_keys": 1, "nan": 2}},
    ),
    Case("zero equals minus zero", [0.0, -0.0], "unique", FAIL, 2, 0.0),
    Case("case matters", ["a", "A"], "unique", PASS, 0, 1.0),
    Case(
        "copies outside the filter do not count",
        {"x": [1, 1, 2], "y": ["in", "out", "in"]},
        {"unique": {}, "where": "y = 'in'"},
        PASS,
        0,
        1.0,
        {"rows": 2},
    ),
    Case("all null", NO_TEXT, "unique", UNTESTED, 0, None, {"reason": "every value is null"}),
    Case(
        "together",
        PAIRS,
        {"unique": ["a", "b"]},
        FAIL,
        2,
        0.6,
        {"rows": 6, "considered": 5, "missing": 1, "details": {"duplicated_keys": 1}},
        table=True,
    ),
    Case(
        "any null left out",
        PAIRS,
        {"unique": {"columns": ["a", "b"], "ignore_row_if": "any_value_is_missing"}},
        FAIL,
        2,
        1 / 3,
        {"considered": 3, "missing": 3},
        table=True,
    ),
    Case(
        "never left out",
        PAIRS,
        {"unique": {"columns": ["a", "b"], "ignore_row_if": "never"}},
        FAIL,
        2,
        2 / 3,
        {"considered": 6, "missing": None},
        table=True,
    ),
    Case(
        "rows with a null are never duplicates",
        {"a": [None, None], "b": [1, 1]},
        {"unique": ["a", "b"]},
        PASS,
        0,
        1.0,
        table=True,
    ),
    Case(
        "nothing but nulls",
        {"a": pa.array([None], pa.int64()), "b": pa.array([None], pa.int64())},
        {"unique": ["a", "b"]},
        UNTESTED,
        0,
        None,
        {"reason": "the columns are null in every row"},
        table=True,
    ),
    Case("distinct count", [1, 1, 2, None], {"distinct_count": [2, 2]}, PASS, None, 2, {"missing": 1}),
    Case("too few", [1, 1, 1], {"distinct_count": {"min": 2}}, FAIL, None, 1),
    Case("strictly fewer", [1, 2], {"distinct_count": {"max": 2, "strict_max": True}}, FAIL, None, 2),
    Case("NaNs are one value", [math.nan, math.nan, 1.0], {"distinct_count": [2, 2]}, PASS, None, 2),
    Case("no values, no count", NO_TEXT, {"distinct_count": [0, 0]}, UNTESTED, None, None),
    Case("proportion", [1, 1, 2, None], {"proportion_unique": [0.6, 0.7]}, PASS, None, 2 / 3),
    Case("proportion too low", ["a", "a"], {"proportion_unique": {"min": 0.9}}, FAIL, None, 0.5),
    Case("no values, no proportion", NO_TEXT, {"proportion_unique": [0, 1]}, UNTESTED, None, None),
    Case(
        "filtered count",
        {"x": [1, 2, 3], "y": [1, 1, 2]},
        {"distinct_count": [2, 2], "where": "y = 1"},
        PASS,
        None,
        2,
    ),
]


@table_of(CASES)
def test_uniqueness(case: Case) -> None:
    check(case)


def test_hostile_column_names() -> None:
    name = 'a"; drop table dq_batch; --'
    found = verdict({name: [1, 1], "select": [2, 2]}, {"unique": [name, "select"]}, table=True)
    assert (found.outcome.value, found.unexpected) == (FAIL, 2)
    assert found.sample == ((1, 2),)


def test_a_missing_column_is_an_error() -> None:
    assert verdict({"a": [1]}, {"unique": ["a", "b"]}, table=True).outcome.value == ERROR


@pytest.mark.parametrize(
    "declared",
    [{"unique": []}, {"unique": {"columns": ["a"], "ignore_row_if": "sometimes"}}, {"unique": [""]}],
)
def test_impossible_arguments_are_refused(declared: dict[str, object]) -> None:
    assert "unique" in refusal(declared, table=True)
