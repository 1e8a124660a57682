from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from benchmarks import remote
from benchmarks.bench import Bench
from benchmarks.runners.remote import TWO
from benchmarks.runners.report import Job
from dq.lake.s3.inventory import TAIL


def outside(path: Path) -> int:
    """Column chunks of the suite that begin before the end of a file, which is read with its footer."""
    group = pq.read_metadata(path).row_group(0)
    chunks = [group.column(number) for number in range(group.num_columns)]
    wanted = [chunk for chunk in chunks if chunk.path_in_schema in TWO]
    assert len(wanted) == len(TWO)
    begins = path.stat().st_size - TAIL
    return sum(
        min(c.data_page_offset, c.dictionary_page_offset or c.data_page_offset) < begins for c in wanted
    )


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
    requests = sum(1 + outside(path) for path in (passing / "orders").rglob("*.parquet"))
    assert (here.requests, near.requests, far.requests) == (0, requests, requests)
    assert near.size == far.size > 0
