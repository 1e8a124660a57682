"""The same table on this machine's disk and on S3, validated in turns: the price of the way, as a ratio."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks import table
from benchmarks.bench import Bench
from benchmarks.measure import ROOT, Cost, module, run
from benchmarks.object_store import CREDENTIALS, DELAY
from benchmarks.runners.report import Finding, Job, read

LOCAL, NEAR, FAR = "local", "S3", f"S3, {DELAY * 1000:.0f} ms a request"
HEADER = ("suite", "data", "wall s [min-max]", "CPU s", "peak MB", "x wall", "x CPU", "requests", "MB read")
SUITES = {"all": "31 checks", "two": "2 columns"}


@dataclass
class _Way:
    """What one way of reading cost in each round, and what it said and asked for last."""

    costs: list[Cost] = field(default_factory=list)
    findings: dict[str, Finding] = field(default_factory=dict)
    requests: int = 0
    size: int = 0


def compare(bench: Bench, kind: str) -> list[str]:
    """Run all ways in turns. Returns the lines of a Markdown table; a difference in verdicts is a problem."""
    job = bench.job(kind)
    ways = {(suite, place): _Way() for suite in SUITES for place in (LOCAL, NEAR, FAR)}
    with _serving(job) as urls:
        addresses = {LOCAL: [], NEAR: [urls[0]], FAR: [urls[1]]}
        for _ in range(bench.rounds):
            for (suite, place), way in ways.items():
                _once(way, job, [suite, *addresses[place]], urls[0], bench)
    for (suite, place), way in ways.items():
        if way.findings != ways[suite, LOCAL].findings:
            bench.problems.append(f"{place}, {SUITES[suite]}: other verdicts than on local files")
    return table.lines(HEADER, [_row(key, way, ways[key[0], LOCAL]) for key, way in ways.items()])


def _once(way: _Way, job: Job, words: Sequence[str], url: str, bench: Bench) -> None:
    _served(url)
    done = run(module("benchmarks.runners.remote", str(job.folder), str(job.rows), *words), bench.limits)
    way.requests, way.size = _served(url)
    way.costs.append(done.cost)
    if done.status:
        bench.problems.append(f"remote: {done.complaint}")
    else:
        way.findings = dict(read(done.output).findings)


def _served(url: str) -> tuple[int, int]:
    with urllib.request.urlopen(f"{url}/served") as reply:  # noqa: S310 - the server started here
        requests, size = json.load(reply)
    return requests, size


@contextmanager
def _serving(job: Job) -> Iterator[list[str]]:
    os.environ.update(CREDENTIALS)
    command = [sys.executable, "-m", "benchmarks.object_store", str(job.folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as server:
        try:
            assert server.stdout is not None  # noqa: S101 - it is a pipe
            yield server.stdout.readline().split()
        finally:
            server.terminate()


def _row(key: tuple[str, str], way: _Way, base: _Way) -> list[str]:
    wall, cpu, peak = table.medians(way.costs)
    of_base = table.medians(base.costs)
    far = key[1] != LOCAL
    return [
        SUITES[key[0]],
        key[1],
        table.spread(wall),
        f"{cpu.median:.2f}",
        f"{peak.median / table.MB:.0f}",
        table.ratio(wall, of_base, 0),
        table.ratio(cpu, of_base, 1),
        table.or_dash(way.requests if far else None),
        f"{way.size / table.MB:.1f}" if far else "-",
    ]
