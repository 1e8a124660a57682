from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, refusal, verdict


@pytest.fixture
def head(tmp_path: Path) -> dict[str, Any]:
    planes = pa.table({"tailnum": ["N1", "N2", None], "x": ["N1", "N9", None], "n": [1, 2, 3]})
    routes = pa.table({"from": ["JFK", "LGA", None], "to": ["LAX", "SFO", "LAX"]})
    empty = planes.slice(0, 0)
    for name, data in {"planes": planes, "routes": routes, "none": empty}.items():
        pq.write_table(data, tmp_path / f"{name}.parquet")
    names = {"planes": "planes", "routes": "routes", "none": "none", "raw.planes": "planes", "gone": "gone"}
    return {"datasets": {name: str(tmp_path / f"{file}.parquet") for name, file in names.items()}}


@pytest.mark.parametrize(
    ("values", "value", "outcome", "unexpected", "observed"),
    [
        (["N1", "N2", None], "planes.tailnum", PASS, 0, 1.0),
        (["N1", "N9", "N9", None], "planes.tailnum", FAIL, 2, 1 / 3),
        (["N1", "N9"], "planes", PASS, 0, 1.0),
        (["N1"], "raw.planes.tailnum", PASS, 0, 1.0),
        (["N1", "N2"], {"to": "planes", "key": "tailnum"}, PASS, 0, 1.0),
        (["N1", "N9"], ["planes", "tailnum"], FAIL, 1, 0.5),
        (["N1"], "planes.n", ERROR, None, None),
        (["N1"], "planes.nothing", ERROR, None, None),
        (["N1"], "gone.tailnum", UNTESTED, None, None),
        (["N1"], "none.tailnum", UNTESTED, None, None),
    ],
)
def test_values_in_another_dataset(
    head: dict[str, Any], values: list[object], value: object, outcome: str, unexpected: int, observed: float
) -> None:
    found = verdict(values, {"references": value}, head=head)
    assert (found.outcome.value, found.unexpected, found.observed) == (outcome, unexpected, observed)


def test_counts_sample_and_mostly(head: dict[str, Any]) -> None:
    declared = {"references": "planes.tailnum", "mostly": 0.8}
    found = verdict(["N1", "N1", "N9", None], declared, head=head)
    assert (found.rows, found.considered, found.missing, found.sample) == (4, 3, 1, ("N9",))
    assert found.expected == "in planes.tailnum for 80 %"


def test_filter(head: dict[str, Any]) -> None:
    data = {"x": ["N1", "N9"], "y": [1, 2]}
    found = verdict(data, {"references": "planes.tailnum", "where": "y = 1"}, head=head)
    assert (found.outcome.value, found.rows) == (PASS, 1)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none.tailnum", "nothing to compare with: dataset 'none' is empty"),
        ("gone.tailnum", "nothing to compare with: dataset 'gone' is not there"),
        ("unheard.of", "nothing to compare with: dataset 'unheard' is not there"),
    ],
)
def test_nothing_to_compare_with(head: dict[str, Any], name: str, reason: str) -> None:
    found = verdict(["N1", None], {"references": name}, head=head)
    assert (found.outcome.value, found.reason) == (UNTESTED, reason)


def test_tuples(head: dict[str, Any]) -> None:
    data = {"o": ["JFK", "JFK", None, "LGA", None], "d": ["LAX", "SFO", "LAX", None, None]}
    declared = {"references": {"columns": ["o", "d"], "to": "routes", "keys": ["from", "to"]}}
    found = verdict(data, declared, head=head, table=True)
    assert (found.outcome.value, found.unexpected, found.observed) == (FAIL, 1, 0.5)
    assert (found.rows, found.considered, found.missing) == (5, 2, 3)
    assert found.sample == (("JFK", "SFO"),)


def test_tuples_by_the_same_names(head: dict[str, Any]) -> None:
    data = {"from": ["LGA"], "to": ["SFO"]}
    found = verdict(data, {"references": {"columns": ["from", "to"], "to": "routes"}}, head=head, table=True)
    assert (found.outcome.value, found.expected) == (PASS, "in routes (from, to)")


def test_as_many_keys_as_columns() -> None:
    declared = {"references": {"columns": ["a", "b"], "to": "routes", "keys": ["from"]}}
    assert "give one each" in refusal(declared, table=True)
