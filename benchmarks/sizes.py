"""What more checks cost: 31 and 100 on the same table, by dq and by hand, in the same rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks import table
from benchmarks.bench import Bench, Outcome, outcomes, own, wrong
from benchmarks.hundred import SIZE as MANY
from benchmarks.measure import Cost

FEW = 31
RUNNERS = ("hand", "dq")
HEADER = ("runner", "checks", "wall s [min-max]", "CPU s [min-max]", "peak MB", "x wall of 31", "x CPU of 31")


def compare(bench: Bench, kind: str) -> list[str]:
    """Measure both lists of checks. Returns the lines of a Markdown table."""
    jobs = {size: bench.job(kind, checks=size) for size in (FEW, MANY)}
    commands = {
        f"{name} {size}": command for size, job in jobs.items() for name, command in own(job, RUNNERS).items()
    }
    found = outcomes(commands, bench)
    for size, job in jobs.items():
        of_size = {name: found[f"{name} {size}"] for name in RUNNERS}
        bench.problems += [f"{size} checks: {problem}" for problem in wrong(of_size, job)]
    rows = []
    for name in RUNNERS:
        base = _costs(found, name, FEW)
        for size in (FEW, MANY):
            costs = _costs(found, name, size)
            if costs and base:
                rows.append(_row(name, size, costs, base))
    return table.lines(HEADER, rows)


def _costs(found: Mapping[str, Outcome], name: str, size: int) -> list[Cost]:
    return [each.cost for each in found[f"{name} {size}"].runs]


def _row(name: str, size: int, costs: Sequence[Cost], base: Sequence[Cost]) -> list[str]:
    wall, cpu, peak = table.medians(costs)
    of_base = table.medians(base)
    return [
        name,
        str(size),
        table.spread(wall),
        table.spread(cpu),
        f"{peak.median / table.MB:.0f}",
        table.ratio(wall, of_base, 0),
        table.ratio(cpu, of_base, 1),
    ]
