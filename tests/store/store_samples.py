"""Runs to put into a store."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dq.lake.manifest import FileEntry, Manifest, Partition
from dq.result import Result, RunRecord, Status
from dq.verdict import Outcome, Severity, Verdict

START = dt.datetime(2013, 2, 8, 3, 15, tzinfo=dt.timezone.utc)


def verdict(outcome: Outcome = Outcome.PASS, **changes: Any) -> Verdict:
    plain: dict[str, Any] = {
        "id": "carrier-in_set",
        "expectation": "expect_column_values_to_be_in_set",
        "columns": ("carrier",),
        "severity": Severity.CRITICAL,
        "observed": 1.0,
        "expected": "in AA, B6",
        "rows": 883,
        "considered": 880,
        "unexpected": 0,
        "missing": 3,
    }
    return Verdict(outcome=outcome, **(plain | changes))


def run(
    run_id: str,
    *,
    suite: str = "flights",
    partition: str = "date=2013-02-08",
    status: Status = Status.PASS,
    verdicts: tuple[Verdict, ...] = (verdict(),),
    show: frozenset[str] = frozenset(),
    location: str = "/lake/flights",
    **changes: Any,
) -> RunRecord:
    slice_ = Partition.parse(partition)
    result = Result(
        suite=suite,
        suite_hash="sha256:ab",
        partition=slice_,
        location=location,
        status=status,
        verdicts=verdicts,
        rows=883,
        started=START,
        seconds=0.25,
        engine="duckdb 2.0.0",
        queries=2,
        show=show,
    )
    file = FileEntry("part-0.parquet", 12_345, "sha256:cd", 883)
    manifest = Manifest(slice_, f"/lake/flights/{partition}", (file,))
    return RunRecord(run_id=run_id, result=result.masked(), **({"manifests": {"": manifest}} | changes))
