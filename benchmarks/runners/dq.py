"""dq through its public door: the same checks as a suite, one call of `dq.validate`.

It is never told whether the data fails: counts and samples of failures are part of its result.
"""

from __future__ import annotations

import sys

import dq
from benchmarks.checks import checks
from benchmarks.runners.report import Finding, Job, emit, job_from
from benchmarks.suite import SCHEMA, suite_of


def run(job: Job) -> tuple[dict[str, Finding], int]:
    """Validate once. Returns the findings by check id and the number of queries.

    The parts of the schema are folded into one finding.
    """
    suite = suite_of(checks(job.rows, job.checks), job.folder)
    options = dq.EngineOptions(memory_limit=job.memory_limit or None)
    result = dq.validate(str(job.folder / "orders"), suite, options=options)
    findings: dict[str, Finding] = {}
    schema: list[str] = []
    for verdict in result.verdicts:
        if verdict.id.startswith(SCHEMA):
            schema.append(verdict.outcome.value)
        else:
            findings[verdict.id] = Finding(verdict.outcome.value, verdict.unexpected)
    worst = next((outcome for outcome in schema if outcome != "pass"), "pass")
    findings[SCHEMA] = Finding(worst if schema else "untested")
    return findings, result.queries


def main(arguments: list[str]) -> int:
    """Run once and report."""
    findings, queries = run(job_from("dq", arguments))
    emit(findings, queries=queries)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
