from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, refusal, table_of, verdict

UTC = dt.timezone.utc
DAYS = [dt.date(2024, 1, 1), dt.date(2024, 1, 31), None]
TIMES = [dt.datetime(2024, 1, 1, 0, 0), dt.datetime(2024, 1, 1, 12, 0)]
ZONED = pa.table({"x": pa.array(TIMES, pa.timestamp("us", tz="UTC"))})
CLOCK = pa.table({"x": pa.array([dt.time(8), dt.time(23)], pa.time64("us"))})
MONEY = pa.table({"x": pa.array([Decimal("0.10"), Decimal("0.20")], pa.decimal128(10, 2))})
FLOAT32 = pa.table({"x": pa.array([0.1, 0.2], pa.float32())})
CATEGORY = pa.table({"x": pa.array(["z", "a", "m"]).dictionary_encode()})
BIG = 2**53

CASES = [
    Case("inclusive", [1, 5, None], {"between": [1, 5]}, PASS, 0, 1.0, {"considered": 2, "missing": 1}),
    Case("outside on both sides", [0, 1, 5, 6], {"between": [1, 5]}, FAIL, 2, 0.5),
    Case("strict below", [1, 5], {"between": {"min": 1, "max": 5, "strict_min": True}}, FAIL, 1, 0.5),
    Case("strict above", [1, 5], {"between": {"min": 1, "max": 5, "strict_max": True}}, FAIL, 1, 0.5),
    Case("only low", [0, 1], {"between": {"min": 1}}, FAIL, 1, 0.5, {"expected": "at least 1"}),
    Case("only high", [0, 1], {"between": {"max": 0}}, FAIL, 1, 0.5, {"expected": "at most 0"}),
    Case("mostly", [1, 1, 1, 9], {"between": [1, 5], "mostly": 0.75}, PASS, 1, 0.75),
    Case("fraction beside whole numbers", [1, 2], {"between": [0.5, 1.5]}, FAIL, 1, 0.5),
    Case("whole numbers stay exact", [BIG, BIG + 1], {"between": {"max": float(BIG)}}, FAIL, 1, 0.5),
    Case("decimals", MONEY, {"between": [0.1, 0.2]}, PASS, 0, 1.0),
    Case("32-bit floats", FLOAT32, {"between": [0.1, 0.2]}, PASS, 0, 1.0),
    Case("infinite", [math.inf, -math.inf, 0.0], {"between": [-1, 1]}, FAIL, 2, 1 / 3),
    Case(
        "NaN lies within no bounds",
        [math.nan, 0.0, None],
        {"between": {"min": -1}},
        FAIL,
        1,
        0.5,
        {"details": {"nan": 1}, "missing": 1},
    ),
    Case("text by code point", ["a", "B", "é"], {"between": ["A", "z"]}, FAIL, 1, 2 / 3),
    Case("categories by their text", CATEGORY, {"between": ["a", "m"]}, FAIL, 1, 2 / 3),
    Case("dates", DAYS, {"between": ["2024-01-01", "2024-01-30"]}, FAIL, 1, 0.5),
    Case("dates beside a timestamp", DAYS, {"between": {"min": "2024-01-01T00:00:01"}}, FAIL, 1, 0.5),
    Case("timestamps beside dates", TIMES, {"between": ["2024-01-01", "2024-01-01"]}, FAIL, 1, 0.5),
    Case("timestamps beside a zone", TIMES, {"between": {"max": "2024-01-01T01:00:00+01:00"}}, FAIL, 1, 0.5),
    Case("zoned beside none: UTC", ZONED, {"between": {"max": "2024-01-01T00:00:00"}}, FAIL, 1, 0.5),
    Case("zoned beside Z", ZONED, {"between": {"min": "2024-01-01T12:00:00Z"}}, FAIL, 1, 0.5),
    Case("clock", CLOCK, {"between": ["08:00", "20:00:00"]}, FAIL, 1, 0.5),
    Case("no rows", pa.table({"x": pa.array([], pa.int64())}), {"between": [0, 1]}, UNTESTED, 0),
    Case("numbers beside text", [1], {"between": ["a", "b"]}, ERROR),
    Case("text beside numbers", ["a"], {"between": [0, 1]}, ERROR),
    Case("true and false have no order", [True], {"between": [0, 1]}, ERROR),
    Case("no date", DAYS, {"between": ["first", "last"]}, ERROR),
    Case("a date is no clock", CLOCK, {"between": ["2024-01-01", "2024-01-02"]}, ERROR),
    Case("lists have no order", [[1]], {"between": [0, 1]}, ERROR),
]


@table_of(CASES)
def test_between(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"between": {}}, "both missing"),
        ({"between": [5, 1]}, "min_value 5 is greater than max_value 1"),
        ({"between": [1, "a"]}, "cannot be compared"),
        ({"between": {"min": 1, "max": 1, "strict_min": True}}, "no value lies strictly between"),
        ({"between": {"min": math.nan}}, "NaN"),
        ({"between": [True, 5]}, "min_value"),
        ({"between": 5}, "takes [min, max]"),
        ({"between": [1, 2, 3]}, "takes [min, max]"),
        ({"between": [0, 1], "mostly": 1.5}, "mostly"),
        ({"between": [0, 1], "where": "x >"}, "where"),
        ({"between": [0, 1], "where": "drop table dq_batch"}, "where"),
    ],
)
def test_impossible_bounds_are_refused(declared: dict[str, object], message: str) -> None:
    assert message in refusal(declared)


def test_the_reason_names_the_bound_and_the_type() -> None:
    found = verdict([1], {"between": ["a", "b"]})
    assert found.reason == "min_value 'a' is text, but column 'x' is BIGINT"
