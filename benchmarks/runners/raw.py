"""The floor: read every column that the checks need, and nothing else.

`bit_xor(hash(column))` makes DuckDB decode every value, which `count(column)` need not do. No exact way of
answering the checks from the data, as opposed to from its footers, can be faster than this by much.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import duckdb

from benchmarks.checks import READ
from benchmarks.runners.report import Job, emit, job_from
from benchmarks.sql import literal


def reading(folder: Path, columns: Iterable[str]) -> str:
    """SQL that reads these columns: one checksum per column."""
    table = f"read_parquet({literal(f'{folder}/orders/*/*.parquet')}, hive_partitioning = true)"
    return f"SELECT {', '.join(f'bit_xor(hash({name}))' for name in columns)} FROM {table}"


def run(job: Job) -> tuple[int, ...]:
    """Read the columns. Returns one checksum per column, in the order of the table."""
    with duckdb.connect() as con:
        rows: list[tuple[int, ...]] = con.execute(reading(job.folder, READ)).fetchall()
    return rows[0]


def main(arguments: list[str]) -> int:
    """Run once and report."""
    run(job_from("raw", arguments))
    emit({}, queries=1)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
