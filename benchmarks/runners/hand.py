"""The rival: what a sensible person writes by hand in DuckDB SQL, in few queries and without tricks.

One wide SELECT answers all row and aggregate checks, DESCRIBE answers the schema, and each uniqueness is one
GROUP BY. Told that the data fails (`--failing`), it counts the bad rows of every range as well and fetches at
most 20 bad values per failing check. It needs no general query builder, so it pays for none: its SQL is
text, made from the fixed list in `benchmarks.checks`.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import checks as c
from benchmarks.runners.report import Finding, Job, emit, job_from
from benchmarks.sql import FUNCTIONS, bad_rows, literal

SAMPLE = 20


@dataclass
class Script:
    """An open connection, the table's SQL, and how many queries were sent."""

    con: duckdb.DuckDBPyConnection
    folder: Path
    failing: bool
    queries: int = 0
    wanted: dict[str, int] = field(default_factory=dict)

    @property
    def table(self) -> str:
        """The orders as a table function over all partitions."""
        return f"read_parquet({literal(f'{self.folder}/orders/*/*.parquet')}, hive_partitioning = true)"

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Send one query and fetch its whole answer."""
        self.queries += 1
        return self.con.execute(sql).fetchall()

    def want(self, aggregate: str) -> int:
        """Place of this aggregate in the wide SELECT; the same text is asked for once."""
        return self.wanted.setdefault(aggregate, len(self.wanted))


def plan(check: c.Check, script: Script) -> tuple[int, ...]:
    """Places in the wide SELECT that answer this check; empty if it has a query of its own."""
    match check:
        case c.RowCount():
            return (script.want("count(*)"),)
        case c.NotNull(column=column):
            return (script.want("count(*)"), script.want(f"count({column})"))
        case c.Between(column=column) if not script.failing:
            return (script.want(f"min({column})"), script.want(f"max({column})"))
        case c.Aggregate(column=column, function=function):
            return (script.want(FUNCTIONS[function].format(column)),)
        case _:
            bad = bad_rows(check, script.folder)
            return () if bad is None else (script.want(f"count_if({bad})"),)


def judge(check: c.Check, seen: tuple[Any, ...], script: Script) -> Finding:
    """Compare what the wide SELECT saw with the check; the two kinds outside of it are asked for here."""
    match check:
        case c.Schema(columns=columns):
            described = script.ask(f"DESCRIBE SELECT * FROM {script.table}")
            return Finding.of(tuple((row[0], row[1]) for row in described) == columns)
        case c.Unique(columns=columns):
            return unique(columns, script)
        case c.RowCount(low=low, high=high):
            return Finding.of(low <= seen[0] <= high)
        case c.Aggregate(low=low, high=None):
            return Finding.of(low <= seen[0])
        case c.Aggregate(low=low, high=high):
            return Finding.of(low <= seen[0] <= high)
        case c.NotNull(mostly=mostly):
            rows, present = seen
            return Finding.of(present >= mostly * rows, rows - present)
        case c.Between(low=low, high=high) if not script.failing:
            inside = low <= seen[0] and seen[1] <= high
            return Finding.of(inside, 0 if inside else None)
        case _:
            return Finding.of(seen[0] == 0, seen[0])


def unique(columns: tuple[str, ...], script: Script) -> Finding:
    """Count the rows that share their key with another row; fetch some of the keys if asked to."""
    key = ", ".join(columns)
    shared = f"SELECT {key}, count(*) AS n FROM {script.table} GROUP BY {key} HAVING count(*) > 1"
    rows = script.ask(f"SELECT coalesce(sum(n), 0)::BIGINT FROM ({shared})")[0][0]
    if rows and script.failing:
        script.ask(f"{shared} LIMIT {SAMPLE}")
    return Finding.of(rows == 0, rows)


def fetch_samples(failed: list[c.Check], script: Script) -> None:
    """At most 20 bad values per failing check; each small query stops as soon as it has them."""
    for check in failed:
        bad = bad_rows(check, script.folder)
        if bad is not None:
            column = getattr(check, "column", "*")
            script.ask(f"SELECT {column} FROM {script.table} WHERE {bad} LIMIT {SAMPLE}")


def run(job: Job) -> tuple[dict[str, Finding], int]:
    """Answer all checks. Returns the findings by check id and the number of queries."""
    with tempfile.TemporaryDirectory() as spill, duckdb.connect(config={"temp_directory": spill}) as con:
        if job.memory_limit:
            con.execute(f"SET memory_limit = {literal(job.memory_limit)}")
        script = Script(con, job.folder, job.failing)
        todo = [(check, plan(check, script)) for check in c.checks(job.rows, job.checks)]
        row = script.ask(f"SELECT {', '.join(script.wanted)} FROM {script.table}")[0]
        findings = {
            check.id: judge(check, tuple(row[place] for place in places), script) for check, places in todo
        }
        if job.failing:
            fetch_samples([check for check, _ in todo if findings[check.id].outcome == "fail"], script)
        return findings, script.queries


def main(arguments: list[str]) -> int:
    """Run once and report."""
    findings, queries = run(job_from("hand", arguments))
    emit(findings, queries=queries)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
