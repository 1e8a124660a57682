"""datacontract-cli: a contract in the Open Data Contract Standard, tested on a DuckDB database with views.

Against Parquet files directly it does not check types, and casts every column to the contract's type. Counts
of bad rows go into one query; every rule in SQL is a query of its own.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
from datacontract.data_contract import DataContract

from benchmarks import checks as c
from benchmarks.runners.report import Finding, Job, emit, job_from
from benchmarks.sql import aggregate, bad_rows, bound, literal, view

LOGICAL = {
    "BIGINT": "integer",
    "INTEGER": "integer",
    "SMALLINT": "integer",
    "VARCHAR": "string",
    "TIMESTAMP": "timestamp",
    "DATE": "date",
    "DECIMAL(10,2)": "number",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
}
OUTCOMES = {"passed": "pass", "failed": "fail"}


def contract(wanted: Sequence[c.Check], job: Job, database: Path) -> dict[str, Any]:
    """All checks as one contract."""
    properties: dict[str, dict[str, Any]] = {
        name: {"name": name, "logicalType": LOGICAL[kind]} for name, kind in c.COLUMNS
    }
    table: list[dict[str, Any]] = []
    for check in wanted:
        declare(check, job, properties, table)
    orders = {"name": "orders", "properties": list(properties.values()), "quality": table}
    vendors = {"name": "vendors", "properties": [{"name": "vendor_id", "logicalType": "integer"}]}
    server = {"server": "here", "type": "duckdb", "database": str(database), "schema": "main"}
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "orders",
        "version": "1.0.0",
        "status": "active",
        "servers": [server],
        "schema": [orders, vendors],
    }


def declare(
    check: c.Check, job: Job, properties: dict[str, dict[str, Any]], table: list[dict[str, Any]]
) -> None:
    """Write one check to where it stands in a contract."""
    library = {"type": "library", "id": check.id}
    match check:
        case c.RowCount(low=low, high=high):
            table.append({**library, "metric": "rowCount", "mustBeBetween": [low, high]})
        case c.Schema():
            pass  # the properties themselves
        case c.NotNull(column=column, mostly=1.0):
            _add(properties[column], {**library, "metric": "nullValues", "mustBe": 0})
        case c.NotNull(column=column, mostly=mostly):
            percent = {"unit": "percent", "mustBeLessOrEqualTo": round(100 * (1 - mostly), 6)}
            _add(properties[column], {**library, "metric": "nullValues", **percent})
        case c.Unique(columns=(column,)):
            _add(properties[column], {**library, "metric": "duplicateValues", "mustBe": 0})
        case c.Unique(columns=columns):
            arguments = {"properties": list(columns)}
            table.append({**library, "metric": "duplicateValues", "arguments": arguments, "mustBe": 0})
        case c.InSet(column=column, values=values):
            arguments = {"validValues": list(values)}
            _add(
                properties[column],
                {**library, "metric": "invalidValues", "arguments": arguments, "mustBe": 0},
            )
        case c.Matches(column=column, pattern=pattern):
            of_pattern = {"pattern": pattern}
            _add(
                properties[column],
                {**library, "metric": "invalidValues", "arguments": of_pattern, "mustBe": 0},
            )
        case c.Between(column=column, low=int(low), high=int(high)):
            properties[column]["logicalTypeOptions"] = {"minimum": low, "maximum": high}
        case c.Length(column=column, length=length):
            properties[column]["logicalTypeOptions"] = {"minLength": length, "maxLength": length}
        case c.References(column=column, dataset=dataset, key=key):
            properties[column]["relationships"] = [{"type": "foreignKey", "to": f"{dataset}.{key}"}]
        case c.Aggregate(low=low, high=None):
            table.append(
                _sql(check.id, f"SELECT {aggregate(check)} FROM orders", mustBeGreaterOrEqualTo=bound(low))
            )
        case c.Aggregate(low=low, high=high):
            table.append(_sql(check.id, f"SELECT {aggregate(check)} FROM orders", mustBeBetween=[low, high]))
        case _:
            condition = bad_rows(check, job.folder)
            table.append(_sql(check.id, f"SELECT count(*) FROM orders WHERE {condition}", mustBe=0))


def _add(declared: dict[str, Any], rule: dict[str, Any]) -> None:
    declared.setdefault("quality", []).append(rule)


def _sql(id_: str, query: str, **threshold: Any) -> dict[str, Any]:
    return {"type": "sql", "id": id_, "query": query, **threshold}


BUILT_IN = {
    c.Between: ("field_minimum", "field_maximum"),
    c.Length: ("field_min_length", "field_max_length"),
    c.References: ("field_relationships",),
    c.Schema: ("field_is_present", "field_type"),
}
"""Kinds of check that are no rule with an id, and what the tool calls their parts."""


def run(job: Job) -> dict[str, Finding]:
    """Test the contract once. Returns the findings by check id."""
    logging.disable(logging.CRITICAL)
    wanted = c.checks(job.rows, job.checks)
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "orders.duckdb"
        with duckdb.connect(str(database)) as con:
            con.execute(view("orders", f"{job.folder}/orders/*/*.parquet"))
            con.execute(f"CREATE VIEW vendors AS SELECT * FROM {literal(f'{job.folder}/vendors.parquet')}")
        answers = DataContract(data_contract_str=json.dumps(contract(wanted, job, database))).test().checks
    return {check.id: finding(check, found) for check in wanted if (found := _parts(check, answers))}


def _parts(check: c.Check, answers: Sequence[Any]) -> list[Any]:
    by_id = [answer for answer in answers if answer.qualityId == check.id]
    if by_id:
        return by_id
    column = getattr(check, "column", None)
    kinds = BUILT_IN.get(type(check), ())
    return [
        answer
        for answer in answers
        if answer.model == "orders" and answer.type in kinds and column in (None, answer.field)
    ]


def finding(check: c.Check, parts: Sequence[Any]) -> Finding:
    """What the tool said of one check, which may be several of its own."""
    said = {OUTCOMES.get(part.result.value, "error") for part in parts}
    outcome = next((each for each in ("error", "fail") if each in said), "pass")
    if not isinstance(check, (*c.PER_ROW, c.Unique)) or outcome == "error":
        return Finding(outcome)
    counts = [count(part) for part in parts]
    return Finding(outcome, None if None in counts else sum(each for each in counts if each is not None))


def count(part: Any) -> int | None:
    """Number of bad rows that one of the tool's checks tells."""
    told = part.diagnostics or {}
    for name in ("failed_rows", "value"):
        if isinstance(told.get(name), int):
            return int(told[name])
    return None


def main(arguments: list[str]) -> int:
    """Run once and report."""
    notes = "schema without order, types by kind; date range, pair, parse, aggregates as SQL; no samples"
    emit(run(job_from("datacontract", arguments)), notes=notes)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
