from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dq.rootcause import score
from dq.rootcause.refine import round_between

counts = st.integers(0, 400)


def bits(rows: float, failing: float, all_rows: float, all_failing: float) -> float:
    return float(score.bits_saved(np.array([rows]), np.array([failing]), all_rows, all_failing)[0])


@given(counts, counts, counts, counts)
def test_a_split_costs_nothing_to_compute_and_never_more_than_all(a: int, b: int, c: int, d: int) -> None:
    rows, failing, rest, rest_failing = a + b, b, c + d, d
    saved = bits(rows, failing, rows + rest, failing + rest_failing)
    total = (rows + rest) * float(score.entropy(np.array((failing + rest_failing) / max(rows + rest, 1))))
    assert abs(saved) <= total + 1e-6


@given(counts, counts)
def test_everything_and_nothing_save_no_bits(a: int, b: int) -> None:
    assert abs(bits(a + b, b, a + b, b)) < 1e-6
    assert abs(bits(0, 0, a + b, b)) < 1e-6


@given(st.integers(1, 100), st.integers(1, 100))
def test_a_pure_segment_saves_everything(failing: int, passing: int) -> None:
    rows = failing + passing
    total = rows * float(score.entropy(np.array(failing / rows)))
    assert abs(bits(failing, failing, rows, failing) - total) < 1e-6
    assert bits(passing, 0, rows, failing) <= 0


def test_known_value() -> None:
    assert abs(bits(50, 50, 100, 50) - 100) < 1e-6


def test_more_to_say_costs_more() -> None:
    assert score.value_cost(4) < score.set_cost(2, 4)
    assert score.range_cost(24) > score.value_cost(24)
    assert score.dimension_cost(1) == score.dimension_cost(2) == 1


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
def test_round_between_stays_between(floor: float, step: float) -> None:
    ceiling = floor + step
    number = round_between(floor, ceiling)
    assert number == ceiling or floor < number <= ceiling


def test_round_between_prefers_short_numbers() -> None:
    assert round_between(1487.3, 1512.9) == 1500
    assert round_between(0.12, 0.37) == 0.3
    assert round_between(-12.4, -9.8) == -10
