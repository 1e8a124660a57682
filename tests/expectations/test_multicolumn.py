from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, refusal, table_of

ABC = ["a", "b", "c"]
ROWS = {"a": [1, 2, None, None], "b": [2, 2, 1, None], "c": [3, 2, None, None]}
SMALL = pa.table({"a": pa.array([100, 100], pa.int8()), "b": pa.array([100, 1], pa.int8())})
BIG = pa.table({"a": pa.array([2**62, 1], pa.int64()), "b": pa.array([2**62, 1], pa.int64())})
TENTHS = {"a": [0.1, 0.2], "b": [0.2, 0.1]}
MONEY = pa.table({n: pa.array([Decimal("0.10")], pa.decimal128(9, 2)) for n in "ab"})
UNLIKE = {"a": [1, None], "b": ["1", None]}
ANY, NEVER = "any_value_is_missing", "never"


def case(
    name: str,
    data: Any,
    declared: dict[str, Any],
    outcome: str,
    unexpected: Any,
    observed: Any = None,
    **more: Any,
) -> Case:
    return Case(name, data, declared, outcome, unexpected, observed, more, table=True)


CASES = [
    case("sum", {"a": [1, 2], "b": [3, 3]}, {"row_sum": [["a", "b"], 4]}, FAIL, 1, 0.5, sample=((2, 3),)),
    case("a null makes no sum", ROWS, {"row_sum": [ABC, 6]}, PASS, 0, 1.0, considered=3, missing=1),
    case("any left out", ROWS, {"row_sum": {"columns": ABC, "total": 0, "ignore_row_if": ANY}}, FAIL, 2, 0.0),
    case(
        "none left out", ROWS, {"row_sum": {"columns": ABC, "total": 6, "ignore_row_if": NEVER}}, PASS, 0, 1.0
    ),
    case("small integers", SMALL, {"row_sum": [["a", "b"], 200]}, FAIL, 1, 0.5),
    case("big integers", BIG, {"row_sum": [["a", "b"], 2**63]}, FAIL, 1, 0.5),
    case("floats are floats", TENTHS, {"row_sum": [["a", "b"], 0.3]}, FAIL, 2, 0.0),
    case("decimals are exact", MONEY, {"row_sum": [["a", "b"], 0.2]}, PASS, 0, 1.0),
    case("NaN", {"a": [math.nan], "b": [1.0]}, {"row_sum": [["a", "b"], 1]}, FAIL, 1, 0.0),
    case("a fraction of whole numbers", {"a": [1], "b": [2]}, {"row_sum": [["a", "b"], 2.5]}, FAIL, 1, 0.0),
    case("one column", {"a": [1, 2]}, {"row_sum": [["a"], 1]}, FAIL, 1, 0.5),
    case("text has no sum", {"a": ["1"], "b": [1]}, {"row_sum": [["a", "b"], 2]}, ERROR, None),
    case(
        "mostly", {"a": [1, 2, 3], "b": [0] * 3}, {"row_sum": [["a", "b"], 1], "mostly": 0.3}, PASS, 2, 1 / 3
    ),
    case("equal", ROWS, {"equal_within_row": ABC}, FAIL, 2, 1 / 3, considered=3, missing=1),
    case("two nulls are equal", ROWS, {"equal_within_row": ["a", "c"]}, FAIL, 1, 0.5, missing=2),
    case(
        "all null, considered",
        ROWS,
        {"equal_within_row": {"columns": ABC, "ignore_row_if": NEVER}},
        FAIL,
        2,
        0.5,
        considered=4,
    ),
    case("no nulls", ROWS, {"equal_within_row": {"columns": ABC, "ignore_row_if": ANY}}, FAIL, 1, 0.5),
    case(
        "NaNs", {"a": [math.nan, 1.0], "b": [math.nan, 1.0]}, {"equal_within_row": ["a", "b"]}, PASS, 0, 1.0
    ),
    case("text and numbers", UNLIKE, {"equal_within_row": ["a", "b"]}, ERROR, None),
    case("different", ROWS, {"unique_within_row": ABC}, FAIL, 2, 1 / 3, sample=((2, 2, 2), (None, 1, None))),
    case(
        "all null, never left out",
        ROWS,
        {"unique_within_row": {"columns": ABC, "ignore_row_if": NEVER}},
        FAIL,
        3,
        0.25,
    ),
    case("without nulls", ROWS, {"unique_within_row": {"columns": ABC, "ignore_row_if": ANY}}, FAIL, 1, 0.5),
    case("text is no number", UNLIKE, {"unique_within_row": ["a", "b"]}, PASS, 0, 1.0, missing=1),
    case("filtered", ROWS, {"unique_within_row": ABC, "where": "a = 1"}, PASS, 0, 1.0, rows=1),
    case(
        "nothing there",
        {"a": pa.nulls(1, pa.int64()), "b": pa.nulls(1, pa.int64())},
        {"unique_within_row": ["a", "b"]},
        UNTESTED,
        0,
        reason="the columns are null in every row",
    ),
]


@table_of(CASES)
def test_several_columns(case: Case) -> None:
    check(case)


PAIRS = {"a": [1, 2, 6, 1, None, None], "b": ["x", "y", None, None, "x", None]}
SET = [[1, "x"], [2, "x"]]
PAIR_CASES = [
    # 6 stands in no pair; (1, null) and (null, x) might fit, and break nothing
    case(
        "pairs",
        PAIRS,
        {"pair_in_set": ["a", "b", SET]},
        FAIL,
        2,
        0.6,
        missing=1,
        sample=((2, "y"), (6, None)),
    ),
    case("null in a pair", PAIRS, {"pair_in_set": ["a", "b", [*SET, [2, "y"], [6, None]]]}, PASS, 0, 1.0),
    case(
        "without nulls",
        PAIRS,
        {"pair_in_set": {"a": "a", "b": "b", "pairs": SET, "ignore_row_if": "either_value_is_missing"}},
        FAIL,
        1,
        0.5,
    ),
    case("no pairs", {"a": [1], "b": [2]}, {"pair_in_set": ["a", "b", []]}, FAIL, 1, 0.0),
    case("text beside numbers", {"a": [1], "b": [2]}, {"pair_in_set": ["a", "b", [["1", 2]]]}, FAIL, 1, 0.0),
    case(
        "many pairs",
        {"a": [1, 200, 300], "b": [2, 201, 1]},
        {"pair_in_set": ["a", "b", [[i, i + 1] for i in range(250)]]},
        FAIL,
        1,
        2 / 3,
    ),
]


@table_of(PAIR_CASES)
def test_pairs_in_a_set(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("declared", "why"),
    [
        ({"row_sum": [["a"], "4"]}, "sum_total"),
        ({"equal_within_row": ["a"]}, "column_list"),
        ({"unique_within_row": {"columns": ["a", "b"], "ignore_row_if": "neither"}}, "ignore_row_if"),
        ({"pair_in_set": ["a", "b", [[1, 2, 3]]]}, "value_pairs_set"),
    ],
)
def test_impossible_arguments_are_refused(declared: dict[str, Any], why: str) -> None:
    assert why in refusal(declared, table=True)
