from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, refusal, verdict

DATA = {"k": [1, 2, 2, None], "s": ["a", "b", "b", None]}


@pytest.fixture
def others(tmp_path: Path) -> dict[str, Any]:
    tables = {
        "same": pa.table(DATA),
        "reals": pa.table({"k": [2.0, 1.0, None, 3.0]}),
        "empty": pa.table({"k": pa.array([], pa.int64())}),
    }
    for name, table in tables.items():
        pq.write_table(table, tmp_path / f"{name}.parquet")
    found = {name: str(tmp_path / f"{name}.parquet") for name in tables}
    return {"datasets": {**found, "gone": str(tmp_path / "gone.parquet")}}


@pytest.mark.parametrize(
    ("other", "where", "outcome", "observed"),
    [
        ("same", None, PASS, {"self": 4, "other": 4}),
        ("reals", "k > 1", FAIL, {"self": 2, "other": 4}),
        ("empty", None, FAIL, {"self": 4, "other": 0}),
        ("empty", "k > 9", UNTESTED, {"self": 0, "other": 0}),
        ("gone", None, UNTESTED, None),
    ],
)
def test_as_many_rows(
    others: dict[str, Any], other: str, where: str | None, outcome: str, observed: Any
) -> None:
    declared = {"row_count_as": other, **({"where": where} if where else {})}
    found = verdict(DATA, declared, table=True, head=others)
    assert (found.outcome.value, found.observed) == (outcome, observed), found.reason


@pytest.mark.parametrize(
    ("query", "dataset", "comparison", "outcome", "unexpected", "considered"),
    [
        ("SELECT k, s FROM {batch}", "same", "SELECT * FROM {source_table}", PASS, 0, 4),
        ("SELECT k FROM {batch}", "batch", "SELECT k FROM {source_table} ORDER BY k DESC", PASS, 0, 4),
        ("SELECT k FROM {batch}", "reals", "SELECT k FROM reals", FAIL, 1, 4),
        ("SELECT s FROM {batch}", "reals", "SELECT k FROM {source_table}", FAIL, 3, 4),
        ("SELECT k FROM {batch}", "same", "SELECT * FROM {source_table}", FAIL, 4, 4),
        ("SELECT k FROM {batch}", "empty", "SELECT * FROM {source_table}", FAIL, 4, 4),
        ("SELECT k FROM {batch} LIMIT 0", "empty", "SELECT k FROM {source_table}", UNTESTED, 0, 0),
        ("SELECT k FROM {batch}", "gone", "SELECT k FROM {source_table}", UNTESTED, None, None),
        ("SELECT q FROM {batch}", "same", "SELECT k FROM {source_table}", ERROR, None, None),
    ],
)
def test_rows_of_queries(
    others: dict[str, Any],
    query: str,
    dataset: str,
    comparison: str,
    outcome: str,
    unexpected: int | None,
    considered: int | None,
) -> None:
    declared = {"query_matches": {"query": query, "dataset": dataset, "comparison": comparison}}
    found = verdict(DATA, declared, table=True, head=others)
    assert (found.outcome.value, found.unexpected, found.considered) == (
        outcome,
        unexpected,
        considered,
    ), found.reason


def test_most_rows_may_be_enough(others: dict[str, Any]) -> None:
    named = {"query": "SELECT k FROM {batch}", "dataset": "reals", "comparison": "SELECT k FROM reals"}
    found = verdict(DATA, {"query_matches": {**named, "mostly": 0.75}}, table=True, head=others)
    assert (found.outcome.value, found.observed) == (PASS, 0.75)
    assert found.details == {"comparison_rows": 4, "matching_rows": 3}


def test_only_queries_are_taken() -> None:
    named = {"query": "DROP TABLE {batch}", "dataset": "batch", "comparison": "SELECT 1"}
    assert "expected one SELECT" in refusal({"query_matches": named}, table=True)
    named = {"query": "SELECT 1", "dataset": "batch", "comparison": "SELECT 1"}
    assert "into the queries" in refusal({"query_matches": named, "where": "k > 1"}, table=True)
