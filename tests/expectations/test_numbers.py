from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, refusal, table_of

NAN = [1.0, math.nan, 3.0, None]
NONE = pa.table({"x": pa.array([None, None], pa.float64())})
EMPTY = pa.table({"x": pa.array([], pa.int64())})
ONLY_NAN = [math.nan, None]
MONEY = pa.table({"x": pa.array([Decimal("0.10"), Decimal("0.20")], pa.decimal128(10, 2))})
DAYS = [dt.date(2024, 1, 1), dt.date(2024, 1, 3)]
TIMES = [dt.datetime(2024, 1, 1, 5), dt.datetime(2024, 1, 2)]
CATEGORY = pa.table({"x": pa.array(["z", "a"]).dictionary_encode()})
BIG = [2**62, 2**62, 2**62]

CASES = [
    Case("min", [3, 1, None], {"min": [1, 2]}, PASS, None, 1, {"rows": 3, "missing": 1}),
    Case("min too low", [3, 1], {"min": {"min": 2}}, FAIL, None, 1, {"expected": "minimum at least 2"}),
    Case("max strict", [3, 1], {"max": {"max": 3, "strict_max": True}}, FAIL, None, 3),
    Case("NaN is left out", NAN, {"max": [3, 3]}, PASS, None, 3.0, {"details": {"nan": 1}, "missing": 1}),
    Case("min of decimals", MONEY, {"min": [0.1, 0.1]}, PASS, None, Decimal("0.10")),
    Case("min of dates", DAYS, {"min": ["2024-01-01", "2024-01-01"]}, PASS, None, DAYS[0]),
    Case("dates beside timestamps", DAYS, {"max": {"max": "2024-01-02T23:00:00"}}, FAIL, None, DAYS[1]),
    Case("timestamps beside dates", TIMES, {"min": {"max": "2024-01-01"}}, FAIL, None, TIMES[0]),
    Case("text", ["b", "a"], {"max": ["a", "z"]}, PASS, None, "b"),
    Case("categories", CATEGORY, {"min": ["a", "a"]}, PASS, None, "a"),
    Case("mean", [1, 2, None, 6], {"mean": [3, 3]}, PASS, None, 3.0, {"missing": 1}),
    Case("mean without NaN", NAN, {"mean": [2, 2]}, PASS, None, 2.0, {"details": {"nan": 1}}),
    Case("mean of true and false", [True, False, False, True], {"mean": [0.5, 1]}, PASS, None, 0.5),
    Case("median of two", [1, 2, 10, None], {"median": [2, 2]}, PASS, None, 2.0),
    Case("median between", [1, 2, 3, 10], {"median": {"max": 2}}, FAIL, None, 2.5),
    Case("median without NaN", NAN, {"median": [2, 2]}, PASS, None, 2.0, {"details": {"nan": 1}}),
    Case("sum", [1, 2, None], {"sum": [3, 3]}, PASS, None, 3),
    Case("sum beyond 64 bits", BIG, {"sum": [3 * 2**62, 3 * 2**62]}, PASS, None, 3 * 2**62),
    Case("sum of decimals", MONEY, {"sum": [0.3, 0.3]}, PASS, None, Decimal("0.30")),
    Case("stdev", [2, 4, 4, 4, 5, 5, 7, 9, None], {"stdev": [2.1, 2.2]}, PASS, None, math.sqrt(32 / 7)),
    Case("no bounds: measured", [1, 3], {"mean": {}}, PASS, None, 2.0, {"expected": "mean of any size"}),
    Case("filtered", {"x": [1, 9], "y": [1, 2]}, {"max": [1, 1], "where": "y = 1"}, PASS, None, 1),
    Case(
        "filtered away",
        [1],
        {"max": [0, 1], "where": "x > 5"},
        UNTESTED,
        None,
        None,
        {"reason": "the filter selects no row", "rows": 0},
    ),
    *(
        Case(f"{name} of nulls", NONE, {name: {"min": 0}}, UNTESTED, more={"reason": "every value is null"})
        for name in ("min", "max", "mean", "median", "sum", "stdev")
    ),
    *(
        Case(f"{name} of nothing", EMPTY, {name: {"min": 0}}, UNTESTED, more={"reason": "there are no rows"})
        for name in ("min", "max", "mean", "median", "sum", "stdev")
    ),
    *(
        Case(
            f"{name} of NaN",
            ONLY_NAN,
            {name: {"min": 0}},
            UNTESTED,
            more={"reason": "every value is null or NaN", "details": {"nan": 1}},
        )
        for name in ("min", "max", "mean", "median", "sum", "stdev")
    ),
    Case("stdev of one", [1], {"stdev": {"min": 0}}, UNTESTED, more={"reason": "too few values to measure"}),
    *(Case(f"{n} of text", ["a"], {n: {"min": 0}}, ERROR) for n in ("mean", "median", "sum", "stdev", "min")),
    Case("max of lists", [[1]], {"max": [0, 1]}, ERROR),
    Case("no type", pa.table({"x": pa.nulls(2)}), {"mean": [0, 1]}, UNTESTED),
]


@table_of(CASES)
def test_measured_numbers(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("name", ["mean", "median", "sum", "stdev"])
def test_bounds_of_numbers_are_numbers(name: str) -> None:
    assert "min_value" in refusal({name: ["a", "b"]})
