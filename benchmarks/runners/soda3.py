"""Soda Core 3 on DuckDB: SodaCL over a view, told by a connection that it is given.

Kinds that SodaCL lacks are metrics with an SQL expression: Soda puts those into its wide queries, while
"failed rows" checks would be a query each.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import duckdb
from soda.scan import Scan

from benchmarks import checks as c
from benchmarks.runners.report import Finding, Job, emit, job_from
from benchmarks.sql import aggregate, bad_rows, bound, literal, view

SAMPLE = 20
NATIVE: dict[c.Function, str] = {"mean": "avg", "stdev": "stddev_samp", "sum": "sum"}


def sodacl(check: c.Check, job: Job) -> dict[str, Any]:
    """One check in SodaCL."""
    said = {"name": check.id}
    limit = {"samples limit": SAMPLE} if job.failing else {}
    match check:
        case c.RowCount(low=low, high=high):
            return {f"row_count between {low} and {high}": said}
        case c.Schema(columns=columns):
            types = {name: kind.lower() for name, kind in columns if not kind.startswith("DECIMAL")}
            places = {name: place for place, (name, _) in enumerate(columns)}
            return {
                "schema": {
                    **said,
                    "fail": {"when wrong column type": types, "when wrong column index": places},
                }
            }
        case c.NotNull(column=column, mostly=1.0):
            return {f"missing_count({column}) = 0": {**said, **limit}}
        case c.NotNull(column=column, mostly=mostly):
            return {f"missing_percent({column}) <= {round(100 * (1 - mostly), 6)}": {**said, **limit}}
        case c.Unique(columns=columns):
            return {f"duplicate_count({', '.join(columns)}) = 0": {**said, **limit}}
        case c.InSet(column=column, values=values):
            return {f"invalid_count({column}) = 0": {**said, **limit, "valid values": list(values)}}
        case c.Between(column=column, low=int(low), high=int(high)):
            return {f"invalid_count({column}) = 0": {**said, **limit, "valid min": low, "valid max": high}}
        case c.Matches(column=column, pattern=pattern):
            return {f"invalid_count({column}) = 0": {**said, **limit, "valid regex": pattern}}
        case c.Length(column=column, length=length):
            return {f"invalid_count({column}) = 0": {**said, **limit, "valid length": length}}
        case c.References(column=column, dataset=dataset, key=key):
            return {f"values in ({column}) must exist in {dataset} ({key})": {**said, **limit}}
        case c.Aggregate(column=column, function=function, low=low, high=high) if function in NATIVE:
            return {f"{NATIVE[function]}({column}) between {low} and {high}": said}
        case c.Aggregate(low=low, high=None):
            return _metric(check.id, f">= {bound(low)}", aggregate(check))
        case c.Aggregate(low=low, high=high):
            return _metric(check.id, f"between {low} and {high}", aggregate(check))
        case _:
            return _metric(check.id, "= 0", f"count_if({bad_rows(check, job.folder)})")


def _metric(id_: str, threshold: str, expression: str) -> dict[str, Any]:
    metric = id_.replace("-", "_")
    return {f"{metric} {threshold}": {"name": id_, f"{metric} expression": expression}}


def run(job: Job) -> tuple[dict[str, Finding], int]:
    """One scan. Returns the findings by check id, an error where Soda has none, and the number of queries."""
    logging.getLogger("soda").setLevel(logging.CRITICAL)
    wanted = c.checks(job.rows, job.checks)
    with duckdb.connect() as con:
        con.execute(view("orders", f"{job.folder}/orders/*/*.parquet"))
        con.execute(f"CREATE VIEW vendors AS SELECT * FROM {literal(f'{job.folder}/vendors.parquet')}")
        scan = Scan()
        scan.disable_telemetry()
        scan.set_data_source_name("duckdb")
        scan.add_duckdb_connection(con)
        scan.add_sodacl_yaml_str(json.dumps({"checks for orders": [sodacl(check, job) for check in wanted]}))
        scan.execute()
        if scan.has_error_logs():
            print(scan.get_error_logs_text(), file=sys.stderr)
        results = scan.get_scan_results()
    answers = {answer["name"]: answer for answer in results["checks"]}
    findings = {check.id: finding(check, answers[check.id]) for check in wanted if check.id in answers}
    return findings, len(results["queries"])


def finding(check: c.Check, answer: dict[str, Any]) -> Finding:
    """What Soda said of one check."""
    if answer["outcome"] not in ("pass", "fail"):
        return Finding("error")
    value = answer["diagnostics"].get("value")
    percent = isinstance(check, c.NotNull) and check.mostly < 1.0
    counted = isinstance(check, c.PER_ROW) and not percent
    return Finding(answer["outcome"], int(value) if counted and value is not None else None)


def main(arguments: list[str]) -> int:
    """Run once and report."""
    notes = "schema without the decimal's type; date range, pair, parse, median, distinct, freshness as SQL"
    findings, queries = run(job_from("soda3", arguments))
    emit(findings, queries, notes)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
