from __future__ import annotations

import math
from typing import Any

import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, refusal, verdict
from hypothesis import given
from hypothesis import strategies as st

from dq.expectations.entropy import divergence

AB = {"values": ["a", "b"], "weights": [0.6, 0.4]}
QUARTERS = {"bins": [0, 1, 2, 3], "weights": [0.25, 0.25, 0.25], "tail_weights": [0.25, 0]}
FOUR = [-0.5, 0.5, 1.5, 2.5, None]


def kl(values: list[Any], partition: Any, threshold: float | None = 0.1, **more: Any) -> Any:
    return verdict(values, {"kl_divergence": {"partition": partition, "below": threshold, **more}})


@pytest.mark.parametrize(
    ("values", "partition", "more", "outcome", "observed"),
    [
        (["a"] * 3 + ["b"] * 2 + [None], AB, {}, PASS, 0.0),
        (["a", "b"], AB, {}, PASS, 0.5 * math.log(0.5 / 0.6) + 0.5 * math.log(0.5 / 0.4)),
        (["a", "a", "b", "c"], AB, {}, FAIL, None),
        (
            ["a", "a", "b", "c"],
            AB,
            {"tail_weight_holdout": 0.1},
            PASS,
            0.5 * math.log(0.5 / 0.54) + 0.25 * math.log(0.25 / 0.36) + 0.25 * math.log(0.25 / 0.1),
        ),
        (
            ["a", "b", "c", "d"],
            AB,
            {"tail_weight_holdout": 0.5},
            PASS,
            0.25 * (math.log(0.25 / 0.3) + math.log(0.25 / 0.2)),
        ),
        (FOUR, QUARTERS, {"threshold": 0}, PASS, 0.0),
        ([*FOUR, math.nan], QUARTERS, {"threshold": 0}, PASS, 0.0),
        ([0, 1, 2, 3], {"bins": [0, 1, 2, 3], "weights": [0.25, 0.25, 0.5]}, {}, PASS, 0.0),
        ([-1, 0.5, 1], {"bins": ["-inf", 0, 1, math.inf], "weights": [0.3, 0.3, 0.4]}, {}, PASS, 0.009466),
        ([1, 4], {"bins": [0, 2, 3], "weights": [1, 0]}, {}, FAIL, None),
        (
            [1, 1, 1, 4],
            {"bins": [0, 2, 3], "weights": [1, 0]},
            {"tail_weight_holdout": 0.4, "internal_weight_holdout": 0.1},
            FAIL,
            0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.2),
        ),
        ([1, 4], {"bins": [0, 2, 3], "weights": [1, 0]}, {"threshold": None}, PASS, None),
        ([1, 2], AB, {}, FAIL, None),
        ([None, None], AB, {}, UNTESTED, None),
        ([1, 2], None, {}, UNTESTED, None),
        (["a"], QUARTERS, {}, ERROR, None),
    ],
)
def test_divergence(values: list[Any], partition: Any, more: Any, outcome: str, observed: Any) -> None:
    found = kl(values, partition, **{"threshold": 0.1, **more})
    assert found.outcome.value == outcome, found.reason
    assert found.observed == (None if observed is None else pytest.approx(observed, abs=1e-5))


def test_details_name_both_partitions() -> None:
    found = kl(["a", "a", "b", "c"], AB, tail_weight_holdout=0.1)
    assert found.details == {
        "observed_partition": {"values": ["a", "b"], "weights": [0.5, 0.25]},
        "expected_partition": {"values": ["a", "b"], "weights": pytest.approx([0.54, 0.36])},
        "other_values": {"distinct": 1, "weight": 0.25},
    }
    found = kl(FOUR, QUARTERS)
    weights = {"bins": [0, 1, 2, 3], "weights": [0.25] * 3, "tail_weights": [0.25, 0]}
    assert found.details == {"observed_partition": weights, "expected_partition": weights}


@pytest.mark.parametrize(
    ("declared", "why"),
    [
        ({"partition": {"weights": [1]}}, "values or bins"),
        ({"partition": {**AB, "weights": [0.5, 0.4]}}, "sum to 0.9"),
        ({"partition": {"values": ["a", "a"], "weights": [0.5, 0.5]}}, "twice"),
        ({"partition": {"values": ["a"], "weights": [0.5, 0.5]}}, "as many weights"),
        ({"partition": {"bins": [0, 1], "weights": [0.5, 0.5]}}, "need 3 edges"),
        ({"partition": {"bins": [0, 2, 1], "weights": [0.5, 0.5]}}, "do not go up"),
        ({"partition": {"bins": ["-inf", 0], "weights": [0.5], "tail_weights": [0.5, 0]}}, "tail itself"),
        ({"partition": AB, "internal_weight_holdout": 0.1}, "categories have no empty bins"),
        ({"partition": QUARTERS, "tail_weight_holdout": 0.1}, "say the same"),
        ({"partition": QUARTERS, "bucketize_data": False}, "bins need bucketize_data"),
        (
            {"partition": {"bins": ["-inf", 0, "inf"], "weights": [0.5, 0.5]}, "tail_weight_holdout": 0.1},
            "no meaning",
        ),
        ({"partition": AB, "below": -1}, "must be at least 0"),
        ({"partition": AB, "tail_weight_holdout": 2}, "must be at most 1"),
    ],
)
def test_impossible_partitions_are_refused(declared: Any, why: str) -> None:
    assert why in refusal({"kl_divergence": declared})


WEIGHTS = st.lists(st.integers(1, 9), min_size=2, max_size=5)


@given(st.data(), WEIGHTS)
def test_divergence_is_at_least_zero_and_zero_only_between_equals(data: st.DataObject, p: list[int]) -> None:
    q = data.draw(st.lists(st.integers(1, 9), min_size=len(p), max_size=len(p)))
    found = divergence(p, q)
    assert found >= 0
    assert divergence(p, p) == pytest.approx(0, abs=1e-12)
    if any(a * sum(q) != b * sum(p) for a, b in zip(p, q, strict=True)):
        assert found > 0


@given(WEIGHTS, WEIGHTS, st.integers(1, 9))
def test_parts_that_are_not_listed_count_as_if_they_were(p: list[int], rest: list[int], held: int) -> None:
    total = sum(rest)
    entropy = -sum(n / total * math.log(n / total) for n in rest)
    listed = divergence([*p, *rest], [*p, *[held / len(rest)] * len(rest)])
    assert divergence(p, p, (total, held, len(rest), entropy)) == pytest.approx(listed, abs=1e-9)
