"""dq on daily partitions: all of them by one call, or one of them, each judged and recorded by itself.

`python -m benchmarks.runners.partitions DATADIR ROWS STORE [DAY]` prints each status as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import dq
from benchmarks.checks import checks
from benchmarks.orders import DAYS
from benchmarks.suite import suite_of

LATEST = "created_at-max"
"""The check that only the last day can pass."""


def suite_of_a_day(folder: Path, rows: int) -> dict[str, Any]:
    """The 30 checks that every day passes, with bounds for one day's rows."""
    daily = [check for check in checks(rows // DAYS) if check.id != LATEST]
    suite = suite_of(daily, folder)
    return {**suite, "data": str(folder / "orders"), "partition_by": ["order_date"]}


def statuses(folder: Path, rows: int, store: str, day: str | None) -> dict[str, str]:
    """Run and record. Returns the status by day."""
    suite = suite_of_a_day(folder, rows)
    if day is not None:
        outcome = dq.run(suite, {"order_date": day}, store=store)
        return {day: outcome.result.status.value}
    runs = dq.run_many(suite, store=store)
    return {
        str(run.partition.values[0][1]): run.status.value if run.status else "error"
        for run in runs.partitions
    }


def main(arguments: list[str]) -> int:
    """Run once and report."""
    folder, rows, store, *day = arguments
    print(json.dumps(statuses(Path(folder), int(rows), store, day[0] if day else None)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
