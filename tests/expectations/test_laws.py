from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, arrow, refusal, verdict

BEFORE = {"k": [1, 2, 3, 3, None], "v": [1, 2, 3, 4, 5]}


def law(now: Any, declared: Any, before: Any = BEFORE, **options: Any) -> Any:
    return verdict(now, declared, table=True, input=None if before is None else arrow(before), **options)


@pytest.mark.parametrize(
    ("keys", "outcome", "lost", "gained", "observed"),
    [
        ([1, 2, 3, None], PASS, 0, 0, 1.0),
        ([1, 2, 3, 3, 3, None, 9], PASS, 0, 1, 1.0),
        ([1, 2, 3], FAIL, 1, 0, 0.75),
        ([7], FAIL, 4, 1, 0.0),
    ],
)
def test_keys_preserved(keys: list[int], outcome: str, lost: int, gained: int, observed: float) -> None:
    found = law({"k": keys}, {"keys_preserved": "k"})
    assert (found.outcome.value, found.unexpected, found.observed) == (outcome, lost, observed)
    assert (found.considered, found.details["gained"]) == (4, gained)


def test_keys_preserved_and_no_new_ones() -> None:
    found = law({"k": [1, 2, 3, None, 9]}, {"keys_preserved": {"key": "k", "no_new": True}})
    assert (found.outcome.value, found.unexpected, found.observed) == (FAIL, 1, 0.8)


def test_mostly_preserved() -> None:
    assert law({"k": [1, 2, 3]}, {"keys_preserved": {"key": ["k"], "mostly": 0.75}}).outcome.value == PASS


@pytest.mark.parametrize(
    ("keys", "outcome", "keys_fanned", "surplus"),
    [
        ([1, 2, 3, 3], PASS, 0, 0),
        ([1, 1, 3, 3, 3, 3], FAIL, 2, 3),
        ([9, 9], PASS, 0, 0),
        ([None, None], FAIL, 1, 1),
    ],
)
def test_no_fan_out(keys: list[int | None], outcome: str, keys_fanned: int, surplus: int) -> None:
    data = {"k": pa.array(keys, pa.int64())}
    found = law(data, {"no_fan_out": "k"})
    assert (found.outcome.value, found.unexpected) == (outcome, keys_fanned)
    assert found.details["fanned_out_rows"] == surplus


def test_keys_of_several_columns_and_other_names() -> None:
    before = {"a": [1, 1], "b": ["x", "y"]}
    declared = {"keys_preserved": {"key": ["p", "q"], "input_key": ["a", "b"]}}
    assert law({"p": [1, 1], "q": ["y", "x"]}, declared, before).outcome.value == PASS
    assert law({"p": [1], "q": ["x"]}, declared, before).unexpected == 1


def test_the_suites_key_is_the_default() -> None:
    head = {"input": {"data": "unused", "key": ["k"]}}
    found = law({"k": [1, 2, 3]}, "keys_preserved", head=head)
    assert (found.outcome.value, found.unexpected) == (FAIL, 1)


@pytest.mark.parametrize("name", ["keys_preserved", "no_fan_out"])
def test_a_law_needs_a_key(name: str) -> None:
    found = law({"k": [1]}, name)
    assert (found.outcome.value, found.reason) == (
        ERROR,
        f"{name} needs a key: give key here, or input.key in the suite",
    )


@pytest.mark.parametrize(
    "declared",
    [{"keys_preserved": "k"}, {"no_fan_out": "k"}, "row_count_matches", {"sum_conserved": "v"}],
)
def test_without_an_input_a_law_is_untested(declared: Any) -> None:
    found = law(BEFORE, declared, None)
    assert (found.outcome.value, found.reason) == (
        UNTESTED,
        "nothing to compare with: no input dataset was given",
    )


@pytest.mark.parametrize(
    "declared",
    [{"keys_preserved": "k"}, {"no_fan_out": "k"}, "row_count_matches", {"sum_conserved": "v"}],
)
def test_nothing_on_both_sides_is_untested(declared: Any) -> None:
    nothing = arrow(BEFORE).slice(0, 0)
    assert law(nothing, declared, nothing).outcome.value == UNTESTED


def test_keys_of_another_type_cannot_be_compared() -> None:
    found = law({"k": ["1"]}, {"keys_preserved": "k"})
    assert (found.outcome.value, found.reason) == (ERROR, "'k' is VARCHAR, in the input 'k' is BIGINT")


@pytest.mark.parametrize(
    ("rows", "tolerance", "outcome"),
    [(5, 0, PASS), (4, 0, FAIL), (4, 1, PASS), (3, 1, FAIL), (4, 0.2, PASS), (6, 0.2, PASS), (7, 0.2, FAIL)],
)
def test_row_count_matches(rows: int, tolerance: float, outcome: str) -> None:
    found = law({"k": list(range(rows))}, {"row_count_matches": tolerance})
    assert (found.outcome.value, found.observed) == (outcome, rows)
    assert found.details == {"input_rows": 5, "difference": rows - 5}


def test_row_counts_within_filters() -> None:
    declared = {"row_count_matches": {"where": "k > 1", "input_where": "k = 3"}}
    assert law({"k": [1, 2, 3]}, declared).details == {"input_rows": 2, "difference": 0}


def test_all_rows_lost_is_a_failure() -> None:
    found = law(arrow(BEFORE).slice(0, 0), "row_count_matches")
    assert (found.outcome.value, found.observed) == (FAIL, 0)


@pytest.mark.parametrize(
    ("values", "arguments", "outcome", "observed"),
    [
        ([15], {}, PASS, 15),
        ([14, None], {}, FAIL, 14),
        ([14], {"tolerance": 1}, PASS, 14),
        ([14.9], {"tolerance": 0.01}, PASS, 14.9),
        ([14.8], {"tolerance": 0.01}, FAIL, 14.8),
        ([15.000000001], {}, PASS, 15.000000001),
        ([15.0001], {}, FAIL, 15.0001),
        ([15.0, math.nan], {}, PASS, 15.0),
        ([Decimal("15.00")], {}, PASS, Decimal("15.00")),
        ([Decimal("15.01")], {}, FAIL, Decimal("15.01")),
    ],
)
def test_sum_conserved(values: list[Any], arguments: dict[str, Any], outcome: str, observed: Any) -> None:
    found = law({"w": values}, {"sum_conserved": {"column": "w", "input_column": "v", **arguments}})
    assert (found.outcome.value, found.observed, found.details["input_sum"]) == (outcome, observed, 15)


def test_no_values_sum_to_nothing() -> None:
    found = law({"v": pa.array([None], pa.int64())}, {"sum_conserved": "v"})
    assert (found.outcome.value, found.observed, found.details["difference"]) == (FAIL, 0, -15)


def test_text_has_no_sum() -> None:
    assert law({"v": ["a"]}, {"sum_conserved": "v"}).outcome.value == ERROR


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"keys_preserved": {"key": ["a"], "input_key": ["a", "b"]}}, "input_key"),
        ({"keys_preserved": {"key": "k"}, "where": "k > 1"}, "takes no filter"),
        ({"row_count_matches": -1}, "negative"),
        ({"row_count_matches": 1.5}, "write a fraction below 1"),
        ({"row_count_matches": {"input_where": "a >"}}, "does not parse"),
        ({"sum_conserved": {}}, "column"),
    ],
)
def test_impossible_laws_are_refused(declared: dict[str, object], message: str) -> None:
    assert message in refusal(declared, table=True)
