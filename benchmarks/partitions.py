"""Thirty daily partitions: one call in one process against a process for each, on the same data."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks import table
from benchmarks.bench import Bench
from benchmarks.measure import Cost, module, run
from benchmarks.orders import DAYS, FIRST_DATE
from benchmarks.runners.report import Job

HEADER = ("way", "wall s [min-max]", "CPU s [min-max]", "peak MB", "x wall", "x CPU", "a partition, ms")
ONE = "one call, one process"
MANY = f"{DAYS} processes, one after the other"


@dataclass
class _Way:
    """What one way of judging all partitions cost in each round, and what it said last."""

    costs: list[Cost] = field(default_factory=list)
    statuses: dict[str, str] = field(default_factory=dict)


def compare(bench: Bench, kind: str) -> list[str]:
    """Run both ways in turns; both record every partition in a store of their own.

    Returns:
        The lines of a Markdown table. A partition that does not pass, or a run that fails, is a problem.
    """
    job = bench.job(kind)
    days = [(FIRST_DATE + dt.timedelta(days=number)).isoformat() for number in range(DAYS)]
    ways = {ONE: _Way(), MANY: _Way()}
    for _ in range(bench.rounds):
        _once(ways[ONE], job, [[]], bench)
        _once(ways[MANY], job, [[day] for day in days], bench)
    for name, way in ways.items():
        bad = [day for day in days if way.statuses.get(day) != "pass"]
        if bad:
            bench.problems.append(f"partitions, {name}: not passed: {', '.join(bad)}")
    return table.lines(HEADER, [_row(name, way.costs, ways[MANY].costs) for name, way in ways.items()])


def _once(way: _Way, job: Job, calls: Sequence[Sequence[str]], bench: Bench) -> None:
    """One round: the costs of its processes add up, the largest peak counts."""
    costs = []
    way.statuses = {}
    with tempfile.TemporaryDirectory() as store:
        for day in calls:
            command = module("benchmarks.runners.partitions", str(job.folder), str(job.rows), store, *day)
            done = run(command, bench.limits)
            costs.append(done.cost)
            if done.status:
                bench.problems.append(f"partitions: {done.complaint}")
                break
            way.statuses |= json.loads(done.output.strip().splitlines()[-1])
    way.costs.append(Cost(sum(c.wall for c in costs), sum(c.cpu for c in costs), max(c.peak for c in costs)))


def _row(name: str, costs: Sequence[Cost], base: Sequence[Cost]) -> list[str]:
    wall, cpu, peak = table.medians(costs)
    of_base = table.medians(base)
    return [
        name,
        table.spread(wall),
        table.spread(cpu),
        f"{peak.median / table.MB:.0f}",
        table.ratio(wall, of_base, 0),
        table.ratio(cpu, of_base, 1),
        f"{wall.median / DAYS * 1000:.0f}",
    ]
