from __future__ import annotations

import datetime as dt
import math

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, refusal, table_of

SIX = [1, 2, 3, 4, 5, 100]
DAYS = [dt.date(2024, 1, day) for day in (1, 2, 3)]


def seen(*pairs: tuple[float, object]) -> dict[str, list[object]]:
    return {"quantiles": [q for q, _ in pairs], "values": [value for _, value in pairs]}


CASES = [
    Case("median that occurs", SIX, {"quantiles": [[0.5, 3, 3]]}, PASS, None, seen((0.5, 3))),
    Case("as SQL has it", SIX, {"quantiles": [[0.9, 100, 100]]}, PASS, None, seen((0.9, 100))),
    Case("ends", [2, None, 1], {"quantiles": [[0, 1, 1], [1, 2, 2]]}, PASS, None, seen((0, 1), (1, 2))),
    Case(
        "one of two outside",
        SIX,
        {"quantiles": [[0.5, None, 3], [0.9, None, 50]]},
        FAIL,
        None,
        seen((0.5, 3), (0.9, 100)),
        {"details": {"within": [True, False]}, "missing": 0, "rows": 6},
    ),
    Case(
        "Great Expectations' form",
        SIX,
        {"quantiles": {"quantile_ranges": {"quantiles": [0.5], "value_ranges": [[0, 5]]}}},
        PASS,
        None,
        seen((0.5, 3)),
        {"expected": "quantile 0.5 between 0 and 5"},
    ),
    Case(
        "interpolated",
        [1, 2],
        {"quantiles": {"quantile_ranges": [[0.5, 1.5, 1.5]], "method": "cont"}},
        PASS,
        None,
        seen((0.5, 1.5)),
    ),
    Case(
        "within a relative 0.0001", [10001], {"quantiles": [[0.5, 0, 10000]]}, PASS, None, seen((0.5, 10001))
    ),
    Case("beyond it", [10003], {"quantiles": [[0.5, 0, 10000]]}, FAIL, None, seen((0.5, 10003))),
    Case("dates", DAYS, {"quantiles": [[0.5, "2024-01-02", "2024-01-02"]]}, PASS, None, seen((0.5, DAYS[1]))),
    Case(
        "NaN is left out",
        [math.nan, 1.0],
        {"quantiles": [[1, 1, 1]]},
        PASS,
        None,
        seen((1, 1.0)),
        {"details": {"within": [True], "nan": 1}},
    ),
    Case("all null", pa.table({"x": pa.array([None], pa.int64())}), {"quantiles": [[0.5, 0, 1]]}, UNTESTED),
    Case("text", ["a"], {"quantiles": [[0.5, 0, 1]]}, ERROR),
    Case(
        "interpolated dates",
        DAYS,
        {"quantiles": {"quantile_ranges": [[0.5, None, None]], "method": "cont"}},
        ERROR,
    ),
]


@table_of(CASES)
def test_quantiles(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "quantile"),
        ([[0.5, 1]], "[quantile, low, high]"),
        ([[1.5, 0, 1]], "quantile"),
        ([[0.5, 2, 1]], "upside down"),
        ([[0.5, 1, "a"]], "cannot be compared"),
        ({"quantile_ranges": {"quantiles": [0.5, 0.6], "value_ranges": [[0, 1]]}}, "give one each"),
    ],
)
def test_impossible_ranges_are_refused(value: object, message: str) -> None:
    assert message in refusal({"quantiles": value})
