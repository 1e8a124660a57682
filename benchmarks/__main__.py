"""`python -m benchmarks`: dq beside SQL written by hand and beside only reading the data."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks import profiling, startup, table
from benchmarks.agree import disagreements
from benchmarks.checks import FAILING, checks
from benchmarks.measure import Run, interleaved, module, run
from benchmarks.runners.report import Answer, Job, read

HOME = Path(__file__).with_name("data")
RUNNERS = ("hand", "dq", "raw")
KINDS = ("passing", "shuffled", "failing")
SHOWS_EVERY_FAULT = 1_000_000
"""Rows from which on every planted fault occurs, so that `FAILING` is exactly what fails."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns 0 if every run worked and all verdicts agree, else 1."""
    options = _parser().parse_args(arguments)
    rows = round(options.rows * 1_000_000)
    problems: list[str] = []
    print(_machine(), end="\n\n")
    for kind in options.data:
        folder = _table(rows, kind, options.home.absolute())
        if options.profile:
            job = Job(folder, rows, failing=kind == "failing", checks=options.checks)
            lines, failed = profiling.measure(job, options.runs)
            _show(f"Profile of dq: {rows:,} rows, {kind} data, {options.checks} checks", lines)
            problems += failed
        else:
            problems += _compare(rows, kind, folder, options.only, options.runs)
    if not options.no_startup and not options.profile:
        lines, failed = startup.measure(rounds=max(options.runs, 5))
        _show("Start", lines)
        problems += failed
    for problem in problems:
        print(f"NOT RIGHT: {problem}", file=sys.stderr)
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=float, default=10.0, help="rows of the table, in millions (10)")
    parser.add_argument("--runs", type=int, default=3, help="rounds; every runner runs once in each (3)")
    parser.add_argument("--only", nargs="+", choices=RUNNERS, default=list(RUNNERS), help="runners")
    parser.add_argument("--data", nargs="+", choices=KINDS, default=list(KINDS), help="kinds of table")
    parser.add_argument("--profile", action="store_true", help="only where dq's time goes, stage by stage")
    parser.add_argument(
        "--checks", type=int, choices=(31, 100), default=31, help="checks of the profile (31)"
    )
    parser.add_argument("--home", type=Path, default=HOME, help="where tables are kept (benchmarks/data)")
    parser.add_argument("--no-startup", action="store_true", help="leave out `import dq` and `dq --help`")
    return parser


def _compare(rows: int, kind: str, folder: Path, runners: Sequence[str], rounds: int) -> list[str]:
    """Measure the runners on one table and print it. Returns what was not right."""
    job = Job(folder, rows, failing=kind == "failing")
    commands = {name: module(f"benchmarks.runners.{name}", *job.arguments()) for name in runners}
    runs = interleaved(commands, rounds)
    problems = [
        f"{name} on {kind}: {each.complaint}" for name, done in runs.items() for each in done if each.status
    ]
    good = {name: [each for each in done if each.status == 0] for name, done in runs.items()}
    answers = {name: read(done[-1].output) for name, done in good.items() if done}
    _show(
        f"{rows:,} rows, {kind} data",
        table.costs(
            {name: [each.cost for each in done] for name, done in good.items()},
            {name: answer.queries for name, answer in answers.items()},
        ),
    )
    return problems + [f"{kind}: {problem}" for problem in _verdicts(answers, rows, kind)]


def _verdicts(answers: Mapping[str, Answer], rows: int, kind: str) -> list[str]:
    """Differences between the runners, and between them and what was planted."""
    found = {name: answer.findings for name, answer in answers.items()}
    problems = disagreements(found, {check.id for check in checks(rows)} if any(found.values()) else set())
    if kind == "failing" and rows < SHOWS_EVERY_FAULT:
        return problems
    planted = FAILING if kind == "failing" else frozenset()
    for name, findings in found.items():
        not_passed = {id_ for id_, finding in findings.items() if finding.outcome != "pass"}
        if findings and not_passed != planted:
            problems.append(f"{name} does not pass {sorted(not_passed)}, planted were {sorted(planted)}")
    return problems


def _table(rows: int, kind: str, home: Path) -> Path:
    """Folder of the table, made by a process of its own: this one must stay small (`benchmarks.measure`)."""
    print(f"Making sure of {rows:,} rows, {kind} ...", file=sys.stderr)
    made: Run = run(module("benchmarks.orders", str(rows), kind, str(home)))
    if made.status:
        raise SystemExit(f"The orders table could not be made: {made.complaint}")
    return Path(made.output.strip())


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}, Python {platform.python_version()}, "
        f"DuckDB {version('duckdb')}. Load before the first run: {load:.1f}."
    )


def _show(title: str, lines: Sequence[str]) -> None:
    print(f"### {title}\n", *lines, "", sep="\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
