"""Pointblank on a polars frame that is read whole.

By default every step keeps a copy of the frame: `collect_tbl_checked=False` leaves that out.
"""

from __future__ import annotations

import sys

import polars as pl

from benchmarks.runners.pointblank_steps import Library, validation
from benchmarks.runners.report import Finding, Job, emit, job_from

TYPES = {
    "BIGINT": "Int64",
    "INTEGER": "Int32",
    "SMALLINT": "Int16",
    "VARCHAR": "String",
    "TIMESTAMP": "Datetime(time_unit='us', time_zone=None)",
    "DATE": "Date",
    "DECIMAL(10,2)": "Decimal(precision=10, scale=2)",
    "DOUBLE": "Float64",
    "BOOLEAN": "Boolean",
}


def run(job: Job) -> dict[str, Finding]:
    """Interrogate once. Returns the findings by check id."""
    frame = pl.read_parquet(f"{job.folder}/orders/*/*.parquet", hive_partitioning=True)
    library = Library(
        types=TYPES,
        parses=lambda column: pl.col(column).cast(pl.Int32, strict=False).is_not_null(),
        condition=(pl.col("ship_date") > pl.col("order_date"))
        & (pl.col("unit_price") * pl.col("quantity") < 1_000_000),
        numbers={
            "median": lambda table, column: table[column].median(),
            "distinct_count": lambda table, column: table[column].n_unique(),
        },
        vendors=pl.read_parquet(job.folder / "vendors.parquet"),
    )
    return validation(frame, library, job, samples=True)


def main(arguments: list[str]) -> int:
    """Run once and report."""
    notes = "median, distinct as functions; parse and custom condition as polars expressions"
    emit(run(job_from("pointblank", arguments)), notes=notes)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
