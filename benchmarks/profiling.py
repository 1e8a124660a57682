"""Where dq's time goes: every stage of one validation, and every query beside the raw read of its columns."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import table
from benchmarks.checks import READ
from benchmarks.measure import Run, module, resident, run
from benchmarks.runners.report import Job

Profile = Mapping[str, Mapping[str, Any]]
"""Stages by label, each as `benchmarks.runners.profiled` prints it."""

IMPORT = "import "
SMALL = 0.005
"""Share of the whole below which an import has no line of its own."""
HEADER = ("stage", "reads", "metrics", "wall ms", "CPU ms", "% of CPU", "peak MB", "raw CPU ms", "x raw")


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Attributes:
        label: stage, or what the sum is of.
        wall: seconds.
        cpu: seconds over all threads.
        peak: bytes; 0 where it says nothing.
        columns: what its queries read.
        metrics: how many it answers; 0 for none.
        raw: CPU seconds of reading the same columns; None for a stage that reads none.
    """

    label: str
    wall: float
    cpu: float
    peak: int = 0
    columns: tuple[str, ...] = ()
    metrics: int = 0
    raw: float | None = None


def measure(job: Job, rounds: int) -> tuple[list[str], list[str]]:
    """Profile one table.

    Args:
        job: which table, and how many checks.
        rounds: processes; the table shows medians.

    Returns:
        The lines of a Markdown table, and one sentence per thing that was not right.
    """
    runs = [_run(job) for _ in range(rounds)]
    failed = next((each for each in runs if each.status), None)
    if failed is not None:
        return [], [f"profile: {failed.complaint}"]
    documents = [json.loads(each.output.strip().splitlines()[-1]) for each in runs]
    profiles = [{stage["label"]: stage for stage in document["stages"]} for document in documents]
    problems = [f"profile: dq has no {seam}; its time is in other lines" for seam in documents[0]["missing"]]
    stages = medians(profiles)
    reading = _raw(job.folder, [line.columns for line in stages], rounds)
    lines = [
        Line(s.label, s.wall, s.cpu, s.peak, s.columns, s.metrics, raw if s.columns else None)
        for s, raw in zip(stages, reading.sets, strict=True)
    ]
    return _table(runs, documents, lines, reading.all), problems


def _run(job: Job) -> Run:
    return run(module("benchmarks.runners.profiled", str(time.time()), *job.arguments()))


def medians(profiles: Sequence[Profile]) -> list[Line]:
    """One line per stage in the order of the first profile: medians; a stage absent from a profile took 0."""
    labels = dict.fromkeys(label for profile in profiles for label in profile)
    found = []
    for label in labels:
        stages = [profile[label] for profile in profiles if label in profile]
        absent = [0.0] * (len(profiles) - len(stages))
        found.append(
            Line(
                label,
                statistics.median([*(stage["wall"] for stage in stages), *absent]),
                statistics.median([*(stage["cpu"] for stage in stages), *absent]),
                resident(max(stage["peak"] for stage in stages)),
                tuple(stages[0]["columns"]),
                stages[0]["asked"],
            )
        )
    return found


@dataclass(frozen=True)
class _Reading:
    """CPU seconds of reading columns: each set alone, and all columns of the checks at once."""

    sets: list[float]
    all: Line


def _raw(folder: Path, sets: Sequence[Sequence[str]], rounds: int) -> _Reading:
    asked = json.dumps([READ, *sets])
    rows = []
    for _ in range(rounds):
        done = run(module("benchmarks.runners.columns", str(folder), asked))
        if done.status:
            raise SystemExit(f"The columns could not be read: {done.complaint}")
        rows.append(json.loads(done.output))
    wall, cpu = (
        [
            statistics.median(times)
            for times in zip(*([pair[place] for pair in row] for row in rows), strict=True)
        ]
        for place in (0, 1)
    )
    return _Reading(cpu[1:], Line("", wall[0], cpu[0], columns=READ))


def _table(
    runs: Sequence[Run], documents: Sequence[Mapping[str, Any]], lines: Sequence[Line], everything: Line
) -> list[str]:
    whole = Line(
        "**whole process**",
        statistics.median(each.cost.wall for each in runs),
        statistics.median(each.cost.cpu for each in runs),
        round(statistics.median(each.cost.peak for each in runs)),
    )
    start = Line(
        "interpreter starts",
        statistics.median(document["before"]["wall"] for document in documents),
        statistics.median(document["before"]["cpu"] for document in documents),
    )
    end = Line(
        "interpreter ends",
        statistics.median(
            each.cost.wall - _inside(said, "wall") for each, said in zip(runs, documents, strict=True)
        ),
        statistics.median(
            each.cost.cpu - _inside(said, "cpu") for each, said in zip(runs, documents, strict=True)
        ),
    )
    imports, stages, queries = _sorted(lines, whole.cpu)
    sums = [
        _sum("**imports**", imports),
        _sum("**stages without queries**", stages),
        _sum("**queries**", queries),
        whole,
        Line("reading all columns once", everything.wall, everything.cpu, columns=everything.columns),
    ]
    shown = [start, *imports, *stages, *queries, end, *sums]
    return table.lines(HEADER, [_cells(line, whole.cpu) for line in shown])


def _sorted(lines: Sequence[Line], whole: float) -> tuple[list[Line], list[Line], list[Line]]:
    """Imports, stages and queries; small imports together."""
    imports = [line for line in lines if line.label.startswith(IMPORT)]
    small = [line for line in imports if line.cpu < SMALL * whole]
    large = [line for line in imports if line.cpu >= SMALL * whole]
    if small:
        large.append(_sum("import, other packages", small))
    queries = [line for line in lines if line.columns or line.metrics]
    stages = [line for line in lines if line not in queries and line not in imports]
    return large, stages, queries


def _sum(label: str, lines: Sequence[Line]) -> Line:
    reading = [line.raw for line in lines if line.raw is not None]
    return Line(
        label,
        sum(line.wall for line in lines),
        sum(line.cpu for line in lines),
        columns=tuple(column for line in lines for column in line.columns),
        metrics=sum(line.metrics for line in lines),
        raw=sum(reading) if reading else None,
    )


def _inside(document: Mapping[str, Any], part: str) -> float:
    """Seconds of one run that are charged to something."""
    return float(document["before"][part] + sum(stage[part] for stage in document["stages"]))


def _cells(line: Line, whole: float) -> list[str]:
    named = ", ".join(line.columns) if len(line.columns) <= 8 else f"{len(line.columns)} columns"
    return [
        line.label,
        named or "-",
        str(line.metrics or "-"),
        f"{line.wall * 1000:.0f}",
        f"{line.cpu * 1000:.0f}",
        f"{line.cpu / whole * 100:.0f}",
        f"{line.peak / table.MB:.0f}" if line.peak and not line.label.startswith(IMPORT) else "-",
        "-" if line.raw is None else f"{line.raw * 1000:.0f}",
        f"{line.cpu / line.raw:.1f}" if line.raw else "-",
    ]
