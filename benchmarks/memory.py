"""Many rows in little memory: does it finish, is it exact, and what does it take."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from benchmarks import table
from benchmarks.bench import Bench, Outcome, outcomes, own
from benchmarks.checks import FAILING, checks
from benchmarks.measure import module, run
from benchmarks.runners.report import Finding, Job

RUNNERS = ("dq", "hand")
HEADER = ("data", "runner", "wall s", "CPU s", "peak MB", "finishes", "exact")


def compare(bench: Bench, rows: int, limit: str, kinds: Sequence[str]) -> list[str]:
    """Run dq and `hand` with a memory limit. Returns the lines of a Markdown table.

    Only dq has to finish and to be exact. `hand` shows what the limit means for plain SQL.
    """
    lines = []
    once = Bench(bench.rows, 1, bench.home, bench.limits)
    for kind in kinds:
        job = bench.job(kind, rows, memory_limit=limit)
        truth = _truth(job, kind)
        for name, outcome in outcomes(own(job, RUNNERS), once).items():
            wrong = [outcome.complaint] if outcome.complaint else _wrong(outcome, truth, job)
            if name == "dq":
                bench.problems += [f"{rows:,} rows in {limit}, {kind}: {problem}" for problem in wrong]
            lines.append(_row(kind, name, outcome, wrong))
    return table.lines(HEADER, lines)


def _truth(job: Job, kind: str) -> dict[str, int]:
    done = run(module("benchmarks.truth", str(job.rows), kind))
    if done.status:
        raise SystemExit(f"The true counts could not be found: {done.complaint}")
    counts: dict[str, int] = json.loads(done.output)
    return counts


def _wrong(outcome: Outcome, truth: Mapping[str, int], job: Job) -> list[str]:
    """Verdicts and counts that are not those of the recipe."""
    findings = outcome.answer.findings if outcome.answer else {}
    return [
        f"{check.id} is {findings.get(check.id)}"
        for check in checks(job.rows, job.checks)
        if not agrees(findings.get(check.id), truth.get(check.id, 0), check.id in FAILING and job.failing)
    ]


def agrees(finding: Finding | None, count: int, fails: bool) -> bool:
    """Whether a finding has the true outcome, and the true count if it has one."""
    if finding is None or finding.outcome != ("fail" if fails else "pass"):
        return False
    return finding.unexpected in (None, count)


def _row(kind: str, name: str, outcome: Outcome, wrong: Sequence[str]) -> list[str]:
    if not outcome.runs:
        return [kind, name, "-", "-", "-", f"no: {outcome.complaint}", "-"]
    cost = outcome.runs[-1].cost
    exact = "no: " + "; ".join(wrong[:3]) if wrong else "yes"
    numbers = [f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{cost.peak / table.MB:.0f}"]
    return [kind, name, *numbers, "yes", exact]
