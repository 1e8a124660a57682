"""DuckGuard: its own methods on a dataset that stands for a view in its own engine.

`connect` takes one file. A `Dataset` with an engine that already knows a view reads all partitions as well.
Kinds without a method of their own are queries that return a number.
"""

from __future__ import annotations

import datetime as dt
import sys
from typing import Any

from duckguard.core.dataset import Dataset
from duckguard.core.engine import DuckGuardEngine

from benchmarks import checks as c
from benchmarks.runners.report import Finding, Job, emit, job_from
from benchmarks.sql import aggregate, bad_rows, bound, literal, view


def asked(check: c.Check, job: Job, orders: Dataset, vendors: Dataset) -> Any:
    """DuckGuard's result of one check, or whether a number that it offers fits; None for an unknown kind."""
    match check:
        case c.RowCount(low=low, high=high):
            return low <= orders.row_count <= high
        case c.NotNull(column=column, mostly=mostly):
            return orders[column].is_not_null(threshold=round(100 * (1 - mostly), 6))
        case c.Unique(columns=(column,)):
            return orders[column].has_no_duplicates()
        case c.Unique(columns=columns):
            return orders.expect_columns_unique(list(columns))
        case c.InSet(column=column, values=values):
            return orders[column].isin(list(values))
        case c.Between(column=column, low=low, high=high):
            # Times are pasted into its SQL as they are, so they come as literals.
            quoted = isinstance(low, dt.datetime)
            return orders[column].between(*((literal(low), literal(high)) if quoted else (low, high)))
        case c.Matches(column=column, pattern=pattern):
            return orders[column].matches(pattern)
        case c.Length(column=column, length=length):
            return orders[column].value_lengths_between(length, length)
        case c.PairGreater(column=column, other=other):
            return orders.expect_column_pair_satisfy(column, other, f"{column} >= {other}")
        case c.References(column=column, key=key):
            return orders[column].exists_in(vendors[key])
        case c.Aggregate(column=column, function=function, low=low, high=high):
            own = {
                "mean": "mean",
                "median": "median",
                "stdev": "stddev",
                "distinct_count": "unique_count",
                "max": "max",
            }
            if function in own and high is not None:
                return low <= getattr(orders[column], own[function]) <= high
            if function in own:
                return low <= getattr(orders[column], own[function])
            query = f"SELECT {aggregate(check)}::DOUBLE FROM table"
            return orders.expect_query_result_to_be_between(query, bound(low), bound(high or low))
        case c.Parses() | c.Satisfies():
            query = f"SELECT count(*) FROM table WHERE {bad_rows(check, job.folder)}"
            return orders.expect_query_result_to_be_between(query, 0, 0)
        case _:
            return None


def run(job: Job) -> tuple[dict[str, Finding], int]:
    """Ask every check. Returns the findings by check id and the number of queries."""
    engine = DuckGuardEngine()
    engine.conn.execute(view("orders", f"{job.folder}/orders/*/*.parquet"))
    engine.conn.execute(f"CREATE VIEW vendors AS SELECT * FROM {literal(f'{job.folder}/vendors.parquet')}")
    sent = _counted(engine)
    orders, vendors = Dataset("orders", engine=engine), Dataset("vendors", engine=engine)
    findings = {}
    for check in c.checks(job.rows, job.checks):
        answer = asked(check, job, orders, vendors)
        if answer is not None:
            findings[check.id] = finding(check, answer)
    engine.close()
    return findings, len(sent)


def _counted(engine: DuckGuardEngine) -> list[str]:
    """The queries that the engine sends from now on."""
    sent: list[str] = []
    plain = engine.execute

    def execute(sql: str, params: list[Any] | None = None) -> Any:
        sent.append(sql)
        return plain(sql, params)

    engine.execute = execute
    return sent


def finding(check: c.Check, answer: Any) -> Finding:
    """What DuckGuard said of one check."""
    if isinstance(answer, bool):
        return Finding.of(answer)
    counted = isinstance(check, c.PER_ROW) and not isinstance(check, c.NotNull)
    return Finding.of(answer.passed, int(answer.actual_value) if counted else None)


def main(arguments: list[str]) -> int:
    """Run once and report."""
    notes = "no schema check; sum, parse and custom condition as SQL"
    findings, queries = run(job_from("duckguard", arguments))
    emit(findings, queries, notes)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
