"""The Parquet twin: what it holds, and what it never holds."""

from __future__ import annotations

import datetime as dt
import io
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_samples import run, verdict

from dq.result import RunRecord, Status
from dq.store import twin
from dq.verdict import Outcome


def read(record: RunRecord) -> list[dict[str, Any]]:
    table = pq.read_table(io.BytesIO(twin.parquet(record)))
    assert table.schema.equals(twin.schema())
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def test_every_column() -> None:
    bad = verdict(Outcome.FAIL, observed=0.97, unexpected=24, details={"nan": 1})
    record = run(
        "r1", status=Status.FAIL, verdicts=(bad,), action="report", code_revision="abc", visible=False
    )
    assert read(record) == [
        {
            "run_id": "r1",
            "suite": "flights",
            "suite_hash": "sha256:ab",
            "partition": "date=2013-02-08",
            "started": dt.datetime(2013, 2, 8, 3, 15, tzinfo=dt.timezone.utc),
            "status": "fail",
            "visible": False,
            "action": "report",
            "code_revision": "abc",
            "engine": "duckdb 2.0.0",
            "run_rows": 883,
            "run_seconds": 0.25,
            "expectation_id": "carrier-in_set",
            "expectation": "expect_column_values_to_be_in_set",
            "columns": ["carrier"],
            "severity": "critical",
            "outcome": "fail",
            "observed": 0.97,
            "expected": "in AA, B6",
            "rows": 883,
            "considered": 880,
            "unexpected": 24,
            "missing": 3,
            "reason": "",
        }
    ]


def test_a_run_without_verdicts_is_a_table_without_rows() -> None:
    assert read(run("r1", verdicts=())) == []


@pytest.mark.parametrize(
    ("observed", "kept"),
    [
        (883, 883.0),
        (0.1, 0.1),
        (Decimal("12.50"), 12.5),
        (None, None),
        (True, None),
        ("Zoe Secret", None),
        (dt.date(2013, 2, 8), None),
        (["a"], None),
        (10**400, None),
        (Decimal("sNaN"), None),
        (float("nan"), None),
        (float("inf"), None),
        (1.7976931348623157e308, 1.7976931348623157e308),
    ],
)
def test_observed_is_a_finite_number_or_nothing(observed: Any, kept: float | None) -> None:
    assert read(run("r1", verdicts=(verdict(observed=observed),)))[0]["observed"] == kept


@given(st.text(st.characters(), max_size=50), st.lists(st.text(max_size=10), max_size=3))
def test_any_text_comes_back(name: str, columns: list[str]) -> None:
    (row,) = read(run("r1", suite=name, verdicts=(verdict(id=name, columns=tuple(columns)),)))
    safe = name.encode("utf-8", "backslashreplace").decode()
    assert (row["suite"], row["expectation_id"], row["columns"]) == (safe, safe, columns)


def test_no_value_of_the_data_is_in_the_twin() -> None:
    bad = verdict(Outcome.FAIL, observed="Zoe Secret", sample=("Zoe Secret",), details={"top": "Zoe Secret"})
    record = run("r1", verdicts=(bad,), show=frozenset({"carrier"}))
    assert b"Secret" not in twin.parquet(record)
    assert "Secret" not in str(read(record))


def test_duckdb_counts_over_many_twins(tmp_path: Path) -> None:
    for number in range(3):
        failed = verdict(Outcome.FAIL, unexpected=number)
        (tmp_path / f"{number}.parquet").write_bytes(twin.parquet(run(f"r{number}", verdicts=(failed,))))
    con = duckdb.connect()
    found = con.execute(
        "SELECT count(*), sum(unexpected)::BIGINT, count_if(isnan(observed)) FROM read_parquet(?)",
        [f"{tmp_path}/*.parquet"],
    ).fetchall()
    assert found == [(3, 3, 0)]


def test_neither_reading_nor_writing_records_loads_what_is_not_needed(tmp_path: Path) -> None:
    code = f"""
import sys
import dq.store, dq.baselines, dq.report.terminal
heavy = {{"pyarrow", "pandas", "duckdb", "sqlglot", "numpy", "rich"}}
print(sorted(heavy & set(sys.modules)))
from store_samples import run
dq.store.LocalStore({str(tmp_path)!r}).put_run(run("r1"))
print(sorted({{"pandas", "duckdb", "sqlglot"}} & set(sys.modules)))
"""
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
    )
    assert out.stdout.split("\n")[:2] == ["[]", "[]"]
