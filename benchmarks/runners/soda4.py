"""Soda Core 4 on DuckDB: a data contract over a view, by the cursor that it is given.

Kinds that contracts lack are `metric` checks with an SQL expression, which Soda puts into its one wide query.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ["SODA_CORE_TELEMETRY_ENABLED"] = "false"  # read when Soda is imported

import duckdb
from soda_core.contracts import verify_contract_locally
from soda_duckdb import DuckDBDataSource

from benchmarks import checks as c
from benchmarks.runners.report import Finding, Job, emit, job_from
from benchmarks.sql import aggregate, bad_rows, bound, literal, view

NATIVE: dict[c.Function, str] = {"mean": "avg", "sum": "sum"}
OUTCOMES = {"PASSED": "pass", "FAILED": "fail", "WARN": "fail"}
Place = str | None
"""The column that a check stands under; None for the whole dataset."""


def checked(check: c.Check, job: Job) -> tuple[Place, dict[str, Any]]:
    """One check, and where it stands in the contract."""
    # Several checks of one kind on one column need a qualifier to be told apart.
    said = {"name": check.id, "qualifier": check.id}
    match check:
        case c.RowCount(low=low, high=high):
            return None, {"row_count": {**said, "threshold": _between(low, high)}}
        case c.Schema():
            return None, {"schema": {"name": check.id}}
        case c.NotNull(column=column, mostly=mostly):
            share = {
                "threshold": {"metric": "percent", "must_be_less_than_or_equal": round(100 * (1 - mostly), 6)}
            }
            return column, {"missing": {**said, **({} if mostly == 1.0 else share)}}
        case c.Unique(columns=(column,)):
            return column, {"duplicate": said}
        case c.Unique(columns=columns):
            return None, {"duplicate": {**said, "columns": list(columns)}}
        case c.InSet(column=column, values=values):
            return column, {"invalid": {**said, "valid_values": list(values)}}
        case c.Between(column=column, low=int(low), high=int(high)):
            return column, {"invalid": {**said, "valid_min": low, "valid_max": high}}
        case c.Matches(column=column, pattern=pattern):
            return column, {"invalid": {**said, "valid_format": {"regex": pattern, "name": check.id}}}
        case c.Length(column=column, length=length):
            return column, {"invalid": {**said, "valid_length": length}}
        case c.References(column=column, dataset=dataset, key=key):
            other = {"dataset": f"duck/main/{dataset}", "column": key}
            return column, {"invalid": {**said, "valid_reference_data": other}}
        case c.Aggregate(column=column, function=function, low=low, high=high) if function in NATIVE:
            number = {"function": NATIVE[function], "threshold": _between(low, high)}
            return column, {"aggregate": {**said, **number}}
        case c.Aggregate(low=low, high=high):
            return None, {
                "metric": {**said, "expression": aggregate(check), "threshold": _between(low, high)}
            }
        case _:
            expression = f"count_if({bad_rows(check, job.folder)})"
            return None, {"metric": {**said, "expression": expression, "threshold": {"must_be": 0}}}


def _between(low: c.Number, high: c.Number | None) -> dict[str, Any]:
    if high is None:
        return {"must_be_greater_than_or_equal": bound(low)}
    return {"must_be_between": {"greater_than_or_equal": low, "less_than_or_equal": high}}


def contract(wanted: tuple[c.Check, ...], job: Job) -> dict[str, Any]:
    """The contract: every column with its type, and the checks under their columns."""
    columns: dict[str, dict[str, Any]] = {
        name: {"name": name, "data_type": kind.partition("(")[0]} for name, kind in c.COLUMNS
    }
    table: list[dict[str, Any]] = []
    for check in wanted:
        place, declared = checked(check, job)
        (table if place is None else columns[place].setdefault("checks", [])).append(declared)
    return {"dataset": "duck/main/orders", "columns": list(columns.values()), "checks": table}


def run(job: Job) -> dict[str, Finding]:
    """Verify the contract once. Returns the findings by check id, an error where Soda has no answer."""
    wanted = c.checks(job.rows, job.checks)
    with duckdb.connect() as con, tempfile.TemporaryDirectory() as folder:
        con.execute(view("orders", f"{job.folder}/orders/*/*.parquet"))
        con.execute(f"CREATE VIEW vendors AS SELECT * FROM {literal(f'{job.folder}/vendors.parquet')}")
        path = Path(folder) / "orders.yml"
        path.write_text(json.dumps(contract(wanted, job)))
        source = DuckDBDataSource.from_existing_cursor(con.cursor(), name="duck")
        session = verify_contract_locally(data_sources=[source], contract_file_path=str(path))
        (result,) = session.contract_verification_results
        answers = {answer.check.name: answer for answer in result.check_results}
        if not answers:
            print(session.get_errors_str(), file=sys.stderr)
    return {check.id: finding(check, answers[check.id]) for check in wanted if check.id in answers}


def finding(check: c.Check, answer: Any) -> Finding:
    """What Soda said of one check."""
    outcome = OUTCOMES.get(answer.outcome.name, "error")
    percent = isinstance(check, c.NotNull) and check.mostly < 1.0
    counted = isinstance(check, c.PER_ROW) and not percent
    value = answer.threshold_value
    return Finding(outcome, int(value) if counted and value is not None and outcome != "error" else None)


def main(arguments: list[str]) -> int:
    """Run once and report."""
    notes = "date range, pair, parse, median, deviation, distinct, freshness as SQL; no samples"
    emit(run(job_from("soda4", arguments)), notes=notes)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
