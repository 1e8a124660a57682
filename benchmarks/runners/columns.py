"""The floor of single queries: read given sets of columns, each alone, and time each inside the process."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb

from benchmarks.runners.raw import reading
from benchmarks.sql import literal


def times(folder: Path, sets: list[list[str]]) -> list[tuple[float, float]]:
    """Wall and CPU seconds of decoding every value of the columns, per set; an empty set costs nothing."""
    found = []
    with duckdb.connect() as con:
        con.execute(f"SELECT count(*) FROM {literal(f'{folder}/orders/*/*.parquet')}").fetchall()
        for columns in sets:
            wall, cpu = time.perf_counter(), time.process_time()
            if columns:
                con.execute(reading(folder, columns)).fetchall()
            found.append((time.perf_counter() - wall, time.process_time() - cpu))
    return found


def main(arguments: list[str]) -> int:
    """`DATADIR SETS`, the latter as JSON: prints the times as JSON."""
    folder, sets = arguments
    print(json.dumps(times(Path(folder), json.loads(sets))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
