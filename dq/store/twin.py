"""The Parquet twin of a run: one row per verdict, for questions over many runs.

The JSON record is the truth; the twin holds what is asked of many runs at once and no value of the data
except numbers that were measured.

| column | type | meaning |
|---|---|---|
| run_id | text | sorts by time |
| suite | text | name |
| suite_hash | text | of the suite's resolved content |
| partition | text | `date=2013-02-08`; empty for a whole dataset |
| started | timestamp, UTC, microseconds | start of the run |
| status | text | of the run |
| visible | bool | whether readers saw the bytes when the run ended; see the events for what came later |
| action | text | `none`, `report`, `quarantine` or `rollback` |
| code_revision | text | of the project's checkout; empty when there is none |
| engine | text | name and version |
| run_rows | int64 | rows of the partition; null when unknown |
| run_seconds | double | wall time of the run |
| expectation_id | text | stable within a suite |
| expectation | text | full name |
| columns | list of text | empty for the table as a whole |
| severity | text | `info`, `warning` or `critical` |
| outcome | text | `pass`, `fail`, `error` or `untested` |
| observed | double | the measured value where it is a finite number, else null |
| expected | text | the demand in words |
| rows, considered, unexpected, missing | int64 | as in `dq.verdict.Verdict`; null when not counted |
| reason | text | why an outcome is `error` or `untested` |

Numbers are in the unit of the data. Rows come in the order of the suite.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from dq.result import RunRecord
    from dq.verdict import Verdict

_TEXT = ("run_id", "suite", "suite_hash", "partition", "status", "action", "code_revision", "engine")
_VERDICT_TEXT = ("expectation_id", "expectation", "severity", "outcome", "expected", "reason")
_COUNTS = ("rows", "considered", "unexpected", "missing")
_ORDER = (
    "run_id", "suite", "suite_hash", "partition", "started", "status", "visible", "action", "code_revision",
    "engine", "run_rows", "run_seconds", "expectation_id", "expectation", "columns", "severity", "outcome",
    "observed", "expected", *_COUNTS, "reason",
)  # fmt: skip


def schema() -> pa.Schema:
    """Names and types of the twin's columns, in order; the same for every run."""
    import pyarrow as pa

    types: dict[str, Any] = dict.fromkeys((*_TEXT, *_VERDICT_TEXT), pa.string())
    types |= dict.fromkeys((*_COUNTS, "run_rows"), pa.int64())
    types |= {
        "started": pa.timestamp("us", tz="UTC"),
        "visible": pa.bool_(),
        "run_seconds": pa.float64(),
        "columns": pa.list_(pa.string()),
        "observed": pa.float64(),
    }
    return pa.schema([(name, types[name]) for name in _ORDER])


def parquet(record: RunRecord) -> bytes:
    """The twin of a record as a Parquet file; a run without verdicts gives a file without rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(_table(rows(record)), sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _table(mappings: list[dict[str, Any]]) -> pa.Table:
    """By way of JSON lines: building Arrow arrays from Python values would import pandas, half a second."""
    import pyarrow.json as pj

    if not mappings:
        return schema().empty_table()
    lines = "\n".join(json.dumps(mapping, allow_nan=False) for mapping in mappings).encode("ascii")
    return pj.read_json(
        io.BytesIO(lines),
        read_options=pj.ReadOptions(use_threads=False, block_size=len(lines) + 1),
        parse_options=pj.ParseOptions(explicit_schema=schema(), unexpected_field_behavior="error"),
    )


def rows(record: RunRecord) -> list[dict[str, Any]]:
    """One JSON-friendly mapping per verdict, with the columns of the twin."""
    result = record.result.masked()
    run = {
        "run_id": record.run_id,
        "suite": _text(result.suite),
        "suite_hash": result.suite_hash,
        "partition": _text(str(result.partition)),
        "started": result.started.astimezone(dt.timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f"),
        "status": result.status.value,
        "visible": record.visible,
        "action": record.action,
        "code_revision": _text(record.code_revision),
        "engine": result.engine,
        "run_rows": result.rows,
        "run_seconds": result.seconds,
    }
    return [run | _row(verdict) for verdict in result.verdicts]


def _row(verdict: Verdict) -> dict[str, Any]:
    return {
        "expectation_id": _text(verdict.id),
        "expectation": verdict.expectation,
        "columns": [_text(column) for column in verdict.columns],
        "severity": verdict.severity.value,
        "outcome": verdict.outcome.value,
        "observed": _number(verdict.observed),
        "expected": _text(verdict.expected),
        "rows": verdict.rows,
        "considered": verdict.considered,
        "unexpected": verdict.unexpected,
        "missing": verdict.missing,
        "reason": _text(verdict.reason),
    }


def _number(value: Any) -> float | None:
    """A number as a finite double; None for everything else: text, NaN, what no double can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        number = float(value)
    except (OverflowError, ValueError):  # a whole number beyond 1e308; a signalling NaN
        return None
    return number if math.isfinite(number) else None


def _text(text: str) -> str:
    """Names of files and columns may hold lone surrogates, which Parquet's text cannot."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
