from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import pyarrow as pa
import pytest
from expectation_cases import FAIL, PASS, UNTESTED, Case, check, refusal, table_of, verdict

DAYS = [dt.date(2024, 1, 1), dt.date(2024, 1, 2), None]
TIMES = [dt.datetime(2024, 1, 1, 5), dt.datetime(2024, 1, 1, 6)]
FLOAT32 = pa.table({"x": pa.array([0.1, 0.2], pa.float32())})
MONEY = pa.table({"x": pa.array([Decimal("0.10"), Decimal("1.25")], pa.decimal128(10, 2))})
CATEGORY = pa.table({"x": pa.array(["b", "a", None, "c"]).dictionary_encode()})
BIG = 2**53

CASES = [
    Case("all in", ["a", "b", "a"], {"in_set": ["a", "b"]}, PASS, 0, 1.0),
    Case("one out", ["a", "b", "c", "a"], {"in_set": ["a", "b"]}, FAIL, 1, 0.75, {"sample": ("c",)}),
    Case(
        "nulls are left out",
        ["a", None, "z", None],
        {"in_set": ["a"]},
        FAIL,
        1,
        0.5,
        {"rows": 4, "considered": 2, "missing": 2},
    ),
    Case("null in the set has no effect", ["a", None], {"in_set": ["a", None]}, PASS, 0, 1.0, {"missing": 1}),
    Case("null in the set excuses nothing", ["a", "z"], {"in_set": [None, "a"]}, FAIL, 1, 0.5),
    Case("empty set", ["a", None], {"in_set": []}, FAIL, 1, 0.0, {"expected": "in the empty set"}),
    Case("mostly reached", [1, 1, 1, 9], {"in_set": [1], "mostly": 0.75}, PASS, 1, 0.75),
    Case("mostly missed", [1, 1, 9, 9], {"in_set": [1], "mostly": 0.75}, FAIL, 2, 0.5),
    Case("text beside numbers never matches", [1, 2], {"in_set": ["1", "2"]}, FAIL, 2, 0.0),
    Case("numbers beside text never match", ["1", "2"], {"in_set": [1, 2]}, FAIL, 2, 0.0),
    Case("true is not 1", [0, 1], {"in_set": [True, False]}, FAIL, 2, 0.0),
    Case("1 is not true", [True, False], {"in_set": [1, 0]}, FAIL, 2, 0.0),
    Case("booleans", [True, False, None], {"in_set": [True]}, FAIL, 1, 0.5),
    Case("2.0 is 2", [2, 3], {"in_set": [2.0, 3.0]}, PASS, 0, 1.0),
    Case("a fraction matches no whole number", [2, 3], {"in_set": [2.5, 3]}, FAIL, 1, 0.5),
    Case("whole numbers stay exact", [BIG, BIG + 1], {"in_set": [BIG, 0.5]}, FAIL, 1, 0.5),
    Case("floats", [0.5, 1.5], {"in_set": [0.5, 1.5]}, PASS, 0, 1.0),
    Case("32-bit floats", FLOAT32, {"in_set": [0.1, 0.2]}, PASS, 0, 1.0),
    Case("decimals", MONEY, {"in_set": [0.1, 1.25]}, PASS, 0, 1.0),
    Case("categories", CATEGORY, {"in_set": ["a", "b", "not there"]}, FAIL, 1, 2 / 3),
    Case("ISO text on dates", DAYS, {"in_set": ["2024-01-01"]}, FAIL, 1, 0.5),
    Case("ISO text on timestamps", TIMES, {"in_set": ["2024-01-01T05:00:00"]}, FAIL, 1, 0.5),
    Case("a date on timestamps is midnight", TIMES, {"in_set": ["2024-01-01"]}, FAIL, 2, 0.0),
    Case("other text on dates never matches", DAYS, {"in_set": ["yesterday"]}, FAIL, 2, 0.0),
    Case("hostile values", ["'; drop table t; --", 'a"b'], {"in_set": ["'; drop table t; --"]}, FAIL, 1, 0.5),
    Case("NaN is no member", [1.0, math.nan], {"in_set": [1.0]}, FAIL, 1, 0.5),
    Case(
        "filtered",
        {"x": ["a", "z", "z"], "y": [1, 2, None]},
        {"in_set": ["a"], "where": "y > 1"},
        FAIL,
        1,
        0.0,
        {"rows": 1, "considered": 1},
    ),
    Case(
        "filtered away",
        ["a"],
        {"in_set": ["a"], "where": "x = 'q'"},
        UNTESTED,
        0,
        None,
        {"reason": "the filter selects no row", "rows": 0},
    ),
    Case(
        "all null",
        pa.table({"x": pa.array([None, None], pa.string())}),
        {"in_set": ["a"]},
        UNTESTED,
        0,
        None,
        {"reason": "every value is null", "missing": 2},
    ),
    Case(
        "no rows",
        pa.table({"x": pa.array([], pa.int64())}),
        {"in_set": [1]},
        UNTESTED,
        0,
        None,
        {"reason": "there are no rows"},
    ),
    Case("no type", pa.table({"x": pa.nulls(2)}), {"in_set": ["a"]}, UNTESTED, 0, None, {"missing": 2}),
    Case("not in set", ["a", "b", None], {"not_in_set": ["z"]}, PASS, 0, 1.0, {"considered": 2}),
    Case("not in set, broken", ["a", "b", None], {"not_in_set": ["a", None]}, FAIL, 1, 0.5),
    Case("not in the empty set", ["a"], {"not_in_set": []}, PASS, 0, 1.0),
    Case("not in set beside numbers", [1, 2], {"not_in_set": ["1"]}, PASS, 0, 1.0),
    Case("not in set of dates", DAYS, {"not_in_set": ["2024-01-01"]}, FAIL, 1, 0.5),
]


@table_of(CASES)
def test_values_and_sets(case: Case) -> None:
    check(case)


def test_a_missing_column_is_an_error_with_the_nearest_name() -> None:
    found = verdict({"xx": [1]}, {"in_set": [1]})
    assert found.outcome.value == "error"
    assert found.reason == "column 'x' does not exist. Did you mean 'xx'? Columns: xx"


def test_long_sets_are_shown_in_part() -> None:
    found = verdict([1], {"in_set": list(range(20))})
    assert found.expected == "in 0, 1, 2, 3, 4, 5, 6, 7, ... (20 values)"


@pytest.mark.parametrize("declared", [{"in_set": {}}, {"in_set": "a"}, {"in_set": {"value_set": [["a"]]}}])
def test_sets_that_are_none_are_refused(declared: dict[str, object]) -> None:
    assert "value_set" in refusal(declared)
