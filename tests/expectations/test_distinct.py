from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from expectation_cases import FAIL, PASS, UNTESTED, Case, check, refusal, suite, table_of, verdict

import dq

DAYS = [dt.date(2024, 1, 1), dt.date(2024, 1, 2), None]
MONEY = pa.table({"x": pa.array([Decimal("0.10"), Decimal("1.25")], pa.decimal128(10, 2))})
MOMENTS = pa.table({"x": pa.array([dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 2)], pa.timestamp("us"))})
NULLS = pa.table({"x": pa.array([None, None], pa.string())})
MODES = [1, 1, 2, 2, 3, None, None, None]


def missing(*values: Any) -> dict[str, Any]:
    return {"details": {"missing_count": len(values), "missing_values": list(values)}}


CASES = [
    Case("all in", ["a", "b", "a"], {"distinct_in_set": ["a", "b", "c"]}, PASS, 0),
    Case("values are counted, not rows", [1, 2, 2, 9, 9], {"distinct_in_set": [1]}, FAIL, 2),
    Case(
        "the sample lists them",
        ["b", "z", "z", "a", None],
        {"distinct_in_set": ["b", None]},
        FAIL,
        2,
        None,
        {"sample": ("a", "z"), "rows": 5, "considered": 4, "missing": 1},
    ),
    Case("text beside numbers", [1, 2], {"distinct_in_set": ["1", "2"]}, FAIL, 2),
    Case("NaN is in no set", [1.0, math.nan, math.nan], {"distinct_in_set": [1]}, FAIL, 1),
    Case("ISO text on dates", DAYS, {"distinct_in_set": ["2024-01-01", "2024-01-02"]}, PASS, 0),
    Case(
        "filtered",
        {"x": ["a", "z"], "y": [1, 2]},
        {"distinct_in_set": ["a"], "where": "y < 2"},
        PASS,
        0,
        None,
        {"rows": 1},
    ),
    Case("all null", NULLS, {"distinct_in_set": ["a"]}, UNTESTED, None, None, {"missing": 2}),
    Case("contains", [1, 2, 3], {"distinct_contains": [3, 1]}, PASS, None, None, missing()),
    Case("lacks", [1, 2, 3], {"distinct_contains": [3, 9, 9, "x"]}, FAIL, None, None, missing(9, "x")),
    Case("null is never found", [1, None], {"distinct_contains": [1, None]}, FAIL, None, None, missing(None)),
    Case("decimals", MONEY, {"distinct_contains": [0.1, 1.25]}, PASS, None, None, missing()),
    Case("floats and decimals", [0.5, 1.5], {"distinct_contains": [0.5]}, PASS, None, None, missing()),
    Case(
        "a day is a midnight",
        MOMENTS,
        {"distinct_contains": ["2024-01-01", "2024-02-01"]},
        FAIL,
        None,
        None,
        missing("2024-02-01"),
    ),
    Case(
        "nothing to contain it",
        NULLS,
        {"distinct_contains": ["a"]},
        UNTESTED,
        None,
        None,
        {"reason": "every value is null"},
    ),
    Case("equals", ["a", "b", None], {"distinct_equals": ["b", "a"]}, PASS, 0, None, missing()),
    Case(
        "one more, one less",
        ["a", "b"],
        {"distinct_equals": ["b", "c"]},
        FAIL,
        1,
        None,
        {"sample": ("a",), **missing("c")},
    ),
    Case("equals no values", ["a"], {"distinct_equals": []}, FAIL, 1, None, missing()),
    Case("most common", [4, 4, 1, None, None, None], {"most_common": [4, 5]}, PASS, None, [4]),
    Case("another is most common", [4, 4, 1], {"most_common": [1]}, FAIL, None, [4]),
    Case("a tie", MODES, {"most_common": [1, 2]}, FAIL, None, [1, 2], {"details": {"count": 2, "modes": 2}}),
    Case("a tie is okay", MODES, {"most_common": {"value_set": [1], "ties_okay": True}}, PASS, None, [1, 2]),
    Case(
        "none of the tie", MODES, {"most_common": {"value_set": [3], "ties_okay": True}}, FAIL, None, [1, 2]
    ),
    Case("most common text", ["é", "é", "a"], {"most_common": ["é"]}, PASS, None, ["é"]),
    Case("most common within", MODES, {"most_common": [3], "where": "x > 2"}, PASS, None, [3]),
    Case(
        "most common of nothing",
        [1],
        {"most_common": [1], "where": "x > 2"},
        UNTESTED,
        None,
        None,
        {"reason": "the filter selects no row"},
    ),
    Case("proportion", [1, None, 3, None], {"proportion_not_null": [0.5, 0.5]}, PASS, None, 0.5),
    Case("NaN is not null", [math.nan, 1.0], {"proportion_not_null": [1, 1]}, PASS, None, 1.0),
    Case("strictly", [1, None], {"proportion_not_null": {"min": 0.5, "strict_min": True}}, FAIL, None, 0.5),
    Case("no values at all", NULLS, {"proportion_not_null": {"min": 0.1}}, FAIL, None, 0.0),
    Case("no rows", NULLS.slice(0, 0), {"proportion_not_null": [0, 1]}, UNTESTED, None, None),
]


@table_of(CASES)
def test_distinct_values(case: Case) -> None:
    check(case)


def test_values_are_masked_and_counts_are_not() -> None:
    declared = {"distinct_equals": ["secret", "other"]}
    data = pa.table({"x": ["a", "b"]})
    masked = dq.validate(data, suite(declared)).masked().verdicts[0]
    assert (masked.sample, masked.unexpected, masked.details) == ((), 2, {"missing_count": 2})


def test_ties_are_listed_in_part() -> None:
    found = verdict(list(range(30)), {"most_common": {"value_set": [29], "ties_okay": True}})
    assert (found.outcome.value, found.observed, found.details["modes"]) == (PASS, list(range(20)), 30)


@pytest.mark.parametrize(
    "declared", [{"distinct_in_set": []}, {"distinct_contains": []}, {"most_common": {}}]
)
def test_sets_that_say_nothing_are_refused(declared: dict[str, object]) -> None:
    assert "value_set" in refusal(declared)
