from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, refusal, table_of

ROWS = {"a": [3, 2, 1, None, 1, None], "b": [1, 2, 3, None, None, 1]}
EITHER = "either_value_is_missing"


def pair(data: dict[str, Any], name: str, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return data, {name: {"a": "a", "b": "b", **more}}


def case(
    name: str, given: tuple[Any, Any], outcome: str, unexpected: Any, observed: Any, **more: Any
) -> Case:
    return Case(name, *given, outcome, unexpected, observed, more, table=True)


CASES = [
    case("greater", pair(ROWS, "pair_greater"), FAIL, 2, 0.6, considered=5, missing=1, rows=6),
    case("or equal", pair(ROWS, "pair_greater", or_equal=True), FAIL, 1, 0.8),
    case("either left out", pair(ROWS, "pair_greater", ignore_row_if=EITHER), FAIL, 2, 1 / 3, missing=3),
    case("none left out", pair(ROWS, "pair_greater", ignore_row_if="neither"), FAIL, 2, 4 / 6, missing=None),
    case("mostly", pair(ROWS, "pair_greater", mostly=0.6), PASS, 2, 0.6),
    case("whole and real", pair({"a": [2], "b": [1.5]}, "pair_greater"), PASS, 0, 1.0),
    case(
        "NaN is in no order",
        pair({"a": [math.nan, 1.0, math.nan], "b": [0.0, math.nan, None]}, "pair_greater"),
        FAIL,
        2,
        1 / 3,
    ),
    case(
        "dates and timestamps",
        pair({"a": [dt.datetime(2024, 1, 1, 1)], "b": [dt.date(2024, 1, 1)]}, "pair_greater"),
        PASS,
        0,
        1.0,
    ),
    case("a null on one side is unequal", pair(ROWS, "pair_equal"), FAIL, 4, 0.2, missing=1),
    case("unless left out", pair(ROWS, "pair_equal", ignore_row_if=EITHER), FAIL, 2, 1 / 3),
    case("two nulls, not left out", pair(ROWS, "pair_equal", ignore_row_if="neither"), FAIL, 5, 1 / 6),
    case("NaN equals NaN", pair({"a": [math.nan], "b": [math.nan]}, "pair_equal"), PASS, 0, 1.0),
    case("text", pair({"a": ["x", "y"], "b": ["x", "Y"]}, "pair_equal"), FAIL, 1, 0.5),
    case("filtered", pair(ROWS, "pair_greater", where="a = 3"), PASS, 0, 1.0, rows=1),
    case("text beside numbers", pair({"a": ["1"], "b": [1]}, "pair_equal"), ERROR, None, None),
    case(
        "only nulls",
        pair({"a": pa.nulls(2, pa.int64()), "b": pa.nulls(2, pa.int64())}, "pair_equal"),
        UNTESTED,
        0,
        None,
        reason="a value is null in every row",
    ),
]


@table_of(CASES)
def test_pairs(case: Case) -> None:
    check(case)


def test_a_list_names_a_then_b() -> None:
    check(
        case("list", ({"a": [2], "b": [1]}, {"pair_greater": ["a", "b"]}), PASS, 0, 1.0, columns=("a", "b"))
    )


@pytest.mark.parametrize("value", [["a"], ["a", "b", "c"], {"a": "a", "b": "b", "ignore_row_if": "x"}])
def test_impossible_arguments_are_refused(value: object) -> None:
    assert "pair_greater" in refusal({"pair_greater": value}, table=True)
