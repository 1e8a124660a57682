from __future__ import annotations

import math
import statistics
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, refusal, table_of, verdict
from hypothesis import given, settings
from hypothesis import strategies as st

Z, OUT = "z_score", "no_outliers"
ONE_TO_20 = list(range(1, 21))
ONE_SIDED = {"threshold": 1, "double_sided": False}
STD = {"method": "std", "multiplier": 2}
DEVIATIONS, RANGES = "standard deviations from the mean", "interquartile ranges of the quartiles"
CASES = [
    Case("near", [1, 1, 1, 3, 3], {Z: 1.96}, PASS, 0, 1.0, {"expected": "z-score below 1.96 on both sides"}),
    Case("far", [0, 0, 0, 0, 10, None], {Z: 1.5}, FAIL, 1, 0.8, {"sample": (10,), "missing": 1}),
    Case(
        "the threshold itself",
        [-1.0, 0.0, 1.0],
        {Z: 1},
        FAIL,
        2,
        1 / 3,
        {"details": {"mean": 0.0, "stdev": 1.0}},
    ),
    Case("one side", [-1.0, 0.0, 1.0], {Z: ONE_SIDED}, FAIL, 1, 2 / 3, {"expected": "z-score below 1"}),
    Case("below on one side", [-9, 0, 0, 0, 0], {Z: ONE_SIDED}, PASS, 0, 1.0),
    Case("a negative threshold", [-1.0, 0.0, 1.0], {Z: -1}, FAIL, 2, 1 / 3),
    Case("equal values", [0.5] * 3, {Z: 0.1}, PASS, 0, 1.0, {"details": {"mean": 0.5, "stdev": 0.0}}),
    Case("one value", [5, None], {Z: 1}, PASS, 0, 1.0),
    Case(
        "NaN",
        [0.0, 0.0, math.nan],
        {Z: 3},
        FAIL,
        1,
        2 / 3,
        {"details": {"nan": 1, "mean": 0.0, "stdev": 0.0}},
    ),
    Case("infinity", [0.0, 1.0, -math.inf], {Z: 3}, FAIL, 1, 2 / 3, {"sample": (-math.inf,)}),
    Case("decimals", [Decimal("0.00")] * 9 + [Decimal("1.50")], {Z: 2}, FAIL, 1, 0.9),
    Case(
        "within the filter",
        {"x": [0, 0, 0, 9, 99], "y": [1, 1, 1, 1, 2]},
        {Z: 1, "where": "y = 1"},
        FAIL,
        1,
        0.75,
        {"sample": (9,), "rows": 4},
    ),
    Case("quartiles", [*ONE_TO_20, 100], OUT, FAIL, 1, 20 / 21, {"details": {"lower": -9.0, "upper": 31.0}}),
    Case("a bound belongs to it", [0, 1, 2, 3, 4], {OUT: ["iqr", 0.5]}, PASS, 0, 1.0),
    Case("no reach", [0, 1, 2, 3, 4], {OUT: {"multiplier": 0}}, FAIL, 2, 0.6),
    Case("skewed", [1, 7, 7, 7, 7, 7, 100, None], OUT, FAIL, 2, 5 / 7),
    Case(
        "quartiles past NaN",
        [0.0, 1.0, 2.0, math.nan, math.inf],
        OUT,
        FAIL,
        2,
        0.6,
        {"details": {"nan": 1, "lower": -1.0, "upper": 3.0}},
    ),
    Case(
        "deviations",
        [*ONE_TO_20, 100],
        {OUT: ["std", 3]},
        FAIL,
        1,
        20 / 21,
        {"expected": f"less than 3 {DEVIATIONS}"},
    ),
    Case("deviations, near", [0, 0, 0, 0, 10], {OUT: ["std", 1.9]}, PASS, 0, 1.0),
    Case(
        "no deviation allowed",
        [1, 2, 3],
        {OUT: ["std", 0]},
        FAIL,
        2,
        1 / 3,
        {"details": {"mean": 2.0, "stdev": 1.0}},
    ),
    Case("no deviation there", [0.1] * 10, {OUT: ["std", 0]}, PASS, 0, 1.0),
    Case("one value, deviations", [5], {OUT: STD}, PASS, 0, 1.0),
    Case(
        "mostly",
        [*ONE_TO_20, 100],
        {OUT: {}, "mostly": 0.9},
        PASS,
        1,
        20 / 21,
        {"expected": f"within 1.5 {RANGES} for 90 %"},
    ),
    Case("all null", pa.table({"x": pa.array([None], pa.int64())}), OUT, UNTESTED, 0),
    Case("no rows", pa.table({"x": pa.array([], pa.float64())}), {Z: 3}, UNTESTED, 0),
    Case("filtered away", [1, 2], {OUT: STD, "where": "x > 5"}, UNTESTED, 0),
]


@table_of(CASES)
def test_outliers(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("values", [["a"], [True], [[1]]])
@pytest.mark.parametrize("declared", [{Z: 3}, OUT, {OUT: STD}])
def test_what_is_no_number_is_refused(values: list[object], declared: dict[str, object]) -> None:
    found = verdict(values, declared)
    assert (found.outcome.value, "has no distance from the mean" in found.reason) == (ERROR, True)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (Z, "threshold"),
        ({Z: math.inf}, "infinity are not accepted"),
        ({Z: "3"}, "threshold"),
        ({OUT: "mad"}, "method"),
        ({OUT: ["iqr", -1]}, "multiplier"),
    ],
)
def test_impossible_arguments_are_refused(declared: dict[str, object], message: str) -> None:
    assert message in refusal(declared)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-20, 20), min_size=3, max_size=30), st.sampled_from([0.37, 1.13, 2.71]))
def test_outliers_as_worked_out_in_python(values: list[int], reach: float) -> None:
    mean, stdev = statistics.fmean(values), statistics.stdev(values)
    low, high = np.quantile(values, [0.25, 0.75])
    by_deviation = sum(abs(value - mean) >= reach * stdev > 0 for value in values)
    by_quartile = sum(
        not low - reach * (high - low) <= value <= high + reach * (high - low) for value in values
    )
    assert verdict(values, {Z: reach}).unexpected == by_deviation
    assert verdict(values, {OUT: ["std", reach]}).unexpected == by_deviation
    assert verdict(values, {OUT: ["iqr", reach]}).unexpected == by_quartile
