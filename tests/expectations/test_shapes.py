from __future__ import annotations

import math
import statistics
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, refusal, table_of, verdict
from hypothesis import given, settings
from hypothesis import strategies as st

from dq.metrics import CentralMoments
from dq.sql.words import Column

VALUES = [1, 2, 2, 3, 9, None]
SKEW, KURT = 1.9693601762387913, 4.069186539730419
NOTHING = pa.table({"x": pa.array([None], pa.float64())})

CASES = [
    Case("entropy of two", ["a", "b", "a", "b", None], {"entropy": [1, 1]}, PASS, None, 1.0),
    Case("entropy of one", ["a", "a"], {"entropy": {"min": 0.5}}, FAIL, None, 0.0),
    Case("entropy counts NaN", [math.nan, 1.0], {"entropy": {}}, PASS, None, 1.0, {"details": {"nan": 1}}),
    Case("entropy within a filter", [1, 2, 3, 4], {"entropy": [1, 1], "where": "x > 2"}, PASS, None, 1.0),
    Case("entropy of nothing", NOTHING, {"entropy": {}}, UNTESTED),
    Case("skewness", VALUES, {"skewness": [1.9, 2]}, PASS, None, pytest.approx(SKEW, rel=1e-12)),
    Case("skewness fails", VALUES, {"skewness": {"max": 1}}, FAIL, None, pytest.approx(SKEW, rel=1e-12)),
    Case(
        "skewness without NaN",
        [1.0, 2.0, 3.0, math.nan],
        {"skewness": [-1, 1]},
        PASS,
        None,
        pytest.approx(0.0),
        {"details": {"nan": 1}},
    ),
    Case(
        "skewness of two",
        [1, 2],
        {"skewness": {}},
        UNTESTED,
        more={"reason": "too few values to measure, or all are equal"},
    ),
    Case("skewness of equal values", [0.1] * 10_000, {"skewness": {}}, UNTESTED),
    Case("skewness of nothing", NOTHING, {"skewness": {}}, UNTESTED, more={"reason": "every value is null"}),
    Case("skewness of infinity", [1.0, 2.0, math.inf], {"skewness": {}}, ERROR),
    Case("skewness of text", ["a"], {"skewness": {}}, ERROR),
    Case("kurtosis", VALUES, {"kurtosis": [4, 5]}, PASS, None, pytest.approx(KURT, rel=1e-12)),
    Case("kurtosis of three", [1, 2, 4], {"kurtosis": {}}, UNTESTED),
    Case("kurtosis of equal values", [7, 7, 7, 7], {"kurtosis": {}}, UNTESTED),
]


@table_of(CASES)
def test_shapes(case: Case) -> None:
    check(case)


def test_pandas_agrees() -> None:
    series = pd.Series([1, 2, 2, 3, 9])
    assert (series.skew(), series.kurt()) == (pytest.approx(SKEW), pytest.approx(KURT))


@pytest.mark.parametrize("offset", [0.0, 1e9, -1e12])
def test_a_large_mean_costs_no_digits(offset: float) -> None:
    values = [offset + v for v in (1.0, 2.0, 2.0, 3.0, 9.0)]
    assert verdict(values, {"skewness": {}}).observed == pytest.approx(SKEW, rel=1e-9)
    assert verdict(values, {"kurtosis": {}}).observed == pytest.approx(KURT, rel=1e-9)


PAIRS = {"a": [1, 2, 3, None, 5], "b": [2.0, 4.0, 6.5, 1.0, math.nan]}


@pytest.mark.parametrize(
    ("data", "declared", "outcome", "pairs"),
    [
        (PAIRS, ["a", "b", 0.9, 1], PASS, 3),
        (PAIRS, {"a": "a", "b": "b", "max": 0.5}, FAIL, 3),
        (PAIRS, {"a": "a", "b": "b", "where": "a > 2"}, UNTESTED, 1),
        ({"a": [1, 1], "b": [1, 2]}, ["a", "b"], UNTESTED, 2),
        ({"a": ["x"], "b": [1]}, ["a", "b"], ERROR, None),
    ],
)
def test_correlation(data: Any, declared: Any, outcome: str, pairs: int | None) -> None:
    found = verdict(data, {"correlation": declared}, table=True)
    assert (found.outcome.value, found.details.get("pairs")) == (outcome, pairs)
    if outcome in (PASS, FAIL):
        assert found.observed == pytest.approx(statistics.correlation([1, 2, 3], [2.0, 4.0, 6.5]))


def test_bounds_the_wrong_way_round_are_refused() -> None:
    assert "greater than max_value" in refusal({"correlation": ["a", "b", 1, 0]}, table=True)
    assert "takes at most 4 values" in refusal({"correlation": ["a", "b", 0, 1, 2]}, table=True)


values = st.lists(st.floats(-1e3, 1e3), max_size=12)
METRIC = CentralMoments(of=Column("x", "DOUBLE"))


def state(numbers: list[float]) -> tuple[Any, ...]:
    if not numbers:
        return METRIC.empty
    near = round(statistics.fmean(numbers), 6)
    away = [x - near for x in numbers]
    return (len(numbers), near, *(statistics.fmean([d**p for d in away]) for p in (1, 2, 3, 4)))


@settings(max_examples=100)
@given(values, values, values)
def test_states_merge_to_those_of_the_whole(a: list[float], b: list[float], c: list[float]) -> None:
    left = METRIC.merge(METRIC.merge(state(a), state(b)), state(c))
    right = METRIC.merge(state(a), METRIC.merge(state(b), state(c)))
    for merged in (left, right):
        found, wanted = METRIC.value(merged), METRIC.value(state(a + b + c))
        assert found["n"] == wanted["n"]
        if statistics.pstdev(a + b + c or [0]) > 1e-3:  # nearly equal values have no digits to compare
            for name in ("skewness", "kurtosis"):
                if wanted[name] is None:
                    assert found[name] is None
                    continue
                assert found[name] == pytest.approx(wanted[name], rel=1e-6, abs=1e-6)
