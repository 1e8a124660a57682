"""What every table of the benchmark needs: the tables of orders, the runs, and their verdicts."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.agree import disagreements
from benchmarks.checks import checks, failing
from benchmarks.measure import Limits, Run, interleaved, module, run
from benchmarks.runners.report import Answer, Job, read

SHOWS_EVERY_FAULT = 1_000_000
"""Rows from which on every planted fault occurs, so that exactly the planted checks fail."""


@dataclass
class Bench:
    """One call of the benchmark.

    Attributes:
        rows: of the tables.
        rounds: how often everything runs.
        home: where tables are kept.
        limits: of every process.
        problems: what was not right so far; a benchmark without any ends with status 0.
    """

    rows: int
    rounds: int
    home: Path
    limits: Limits = field(default_factory=Limits)
    problems: list[str] = field(default_factory=list)

    def job(self, kind: str, rows: int | None = None, checks: int = 31, memory_limit: str = "") -> Job:
        """The task on a table, which is made first if it is not there."""
        rows = rows or self.rows
        return Job(table(rows, kind, self.home), rows, kind == "failing", checks, memory_limit)

    def show(self, title: str, lines: Sequence[str]) -> None:
        """Print a table, and what follows it."""
        print(f"### {title}\n", *lines, "", sep="\n", flush=True)


@dataclass(frozen=True)
class Outcome:
    """What several runs of one runner gave.

    Attributes:
        runs: those that worked.
        answer: of the last of them; None if there is none.
        complaint: why a run did not work; empty if all did.
    """

    runs: tuple[Run, ...]
    answer: Answer | None
    complaint: str = ""


def outcomes(commands: Mapping[str, Sequence[str]], bench: Bench) -> dict[str, Outcome]:
    """Run all commands in turns."""
    return {name: _outcome(runs) for name, runs in interleaved(commands, bench.rounds, bench.limits).items()}


def _outcome(runs: Sequence[Run]) -> Outcome:
    good = tuple(each for each in runs if each.status == 0)
    complaint = next((each.complaint for each in runs if each.status), "")
    if not good:
        return Outcome(good, None, complaint)
    try:
        return Outcome(good, read(good[-1].output), complaint)
    except ValueError as error:
        return Outcome((), None, str(error))


def own(job: Job, names: Sequence[str]) -> dict[str, list[str]]:
    """Commands of the runners that need no environment but this one."""
    return {name: module(f"benchmarks.runners.{name}", *job.arguments()) for name in names}


def wrong(found: Mapping[str, Outcome], job: Job) -> list[str]:
    """Runs that did not work, and differences between the runners and from what was planted."""
    problems = [f"{name}: {outcome.complaint}" for name, outcome in found.items() if outcome.complaint]
    findings = {name: outcome.answer.findings for name, outcome in found.items() if outcome.answer}
    wanted = {check.id for check in checks(job.rows, job.checks)} if any(findings.values()) else set()
    problems += disagreements(findings, wanted)
    if job.failing and job.rows < SHOWS_EVERY_FAULT:
        return problems
    planted = failing(job.checks) if job.failing else frozenset[str]()
    for name, of_runner in findings.items():
        not_passed = {id_ for id_, finding in of_runner.items() if finding.outcome != "pass"}
        if of_runner and not_passed != planted:
            problems.append(f"{name} does not pass {sorted(not_passed)}, planted were {sorted(planted)}")
    return problems


def table(rows: int, kind: str, home: Path) -> Path:
    """Folder of a table, made by a process of its own: this one must stay small (`benchmarks.measure`)."""
    print(f"Making sure of {rows:,} rows, {kind} ...", file=sys.stderr)
    made: Run = run(module("benchmarks.orders", str(rows), kind, str(home)))
    if made.status:
        raise SystemExit(f"The orders table could not be made: {made.complaint}")
    return Path(made.output.strip())
