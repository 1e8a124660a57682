from __future__ import annotations

from pathlib import Path

from benchmarks import remote
from benchmarks.bench import Bench
from benchmarks.runners.report import Job


def test_local_and_s3_agree_and_what_is_read_is_counted(passing: Path) -> None:
    bench = Bench(30_007, 1, passing.parent)
    job = Job(passing, 30_007)
    with remote._serving(job) as urls:
        assert len(urls) == 2
        ways = {where: remote._Way() for where in ("", *urls)}
        for where, way in ways.items():
            remote._once(way, job, ["two", *([where] if where else [])], urls[0], bench)
    here, near, far = ways.values()
    assert bench.problems == []
    assert here.findings == near.findings == far.findings
    assert {finding.outcome for finding in here.findings.values()} == {"pass"}
    assert (here.requests, near.requests, far.requests) == (0, 30, 30)  # small files are read with their ends
    assert near.size == far.size > 0
