"""Pointblank on a DuckDB table, through ibis: little memory, about two queries per step.

Samples are left out: for them every step would sort the whole table by all columns, which takes ten times as
long.
"""

from __future__ import annotations

import sys
from typing import Any

import ibis

from benchmarks.runners.pointblank_steps import Library, validation
from benchmarks.runners.report import Finding, Job, emit, job_from

TYPES = {
    "BIGINT": "int64",
    "INTEGER": "int32",
    "SMALLINT": "int16",
    "VARCHAR": "string",
    "TIMESTAMP": "timestamp(6)",
    "DATE": "date",
    "DECIMAL(10,2)": "decimal(10, 2)",
    "DOUBLE": "float64",
    "BOOLEAN": "boolean",
}


def run(job: Job) -> dict[str, Finding]:
    """Interrogate once. Returns the findings by check id."""
    con = ibis.duckdb.connect()
    orders = con.read_parquet(f"{job.folder}/orders/*/*.parquet", table_name="orders", hive_partitioning=True)
    library = Library(
        types=TYPES,
        parses=lambda column: lambda table: table[column].try_cast("int32").notnull(),
        condition=_condition,
        numbers={
            # The mean as well: `col_avg` refuses the decimal that DuckDB returns for a decimal column.
            "mean": lambda table, column: float(table[column].mean().execute()),
            "median": lambda table, column: float(table[column].median().execute()),
            "distinct_count": lambda table, column: table[column].nunique().execute(),
        },
        vendors=con.read_parquet(str(job.folder / "vendors.parquet"), table_name="vendors"),
    )
    return validation(orders, library, job, samples=False)


def _condition(table: Any) -> Any:
    return (table.ship_date > table.order_date) & (table.unit_price * table.quantity < 1_000_000)


def main(arguments: list[str]) -> int:
    """Run once and report."""
    notes = "mean, median, distinct as functions; parse and custom condition as ibis expressions; no samples"
    emit(run(job_from("pointblank_duckdb", arguments)), notes=notes)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
