"""The store and its journal on any S3 server: what holds there, and that what does not is refused."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from remote_worlds import Server

from dq.aws.conditions import try_conditions
from dq.errors import RollbackRefused, StoreError
from dq.lake.manifest import Partition
from dq.result import Result, RunRecord, Status
from dq.rollback.journal import Journal
from dq.rollback.log import Entry
from dq.rollback.opening import journal_of
from dq.store.remote import S3Store

pytestmark = pytest.mark.s3_server

DAY = Partition.of({"date": "2013-02-08"})
START = dt.datetime(2013, 2, 8, 3, 15, tzinfo=dt.timezone.utc)


def run(run_id: str, status: Status = Status.PASS, user: str = "") -> RunRecord:
    result = Result(
        suite="flights",
        suite_hash="",
        partition=DAY,
        location="s3://lake/flights",
        status=status,
        verdicts=(),
        rows=1,
        started=START,
        seconds=0.1,
        engine="duckdb",
        queries=1,
    )
    return RunRecord(run_id, result, user=user)


@pytest.fixture
def store(server: Server) -> S3Store:
    return S3Store(server.s3, server.plain / f"store-{uuid.uuid4().hex[:8]}")


def test_what_is_recorded_is_found(store: S3Store) -> None:
    store.put_run(run("r1"))
    store.put_run(run("r1"))
    store.put_run(run("r2", Status.FAIL))
    store.mark("r1", "superseded")
    store.mark("r1", "restored")
    fresh = S3Store(store.s3, store.home)
    assert fresh.runs("flights", DAY) == [run("r2", Status.FAIL), run("r1")]
    assert [head.events for head in fresh.heads("flights")] == [(), ("superseded", "restored")]
    assert fresh.latest("flights", DAY) == run("r1")
    assert (fresh.suites(), fresh.partitions("flights"), fresh.count()) == (["flights"], {DAY}, 2)


def test_of_many_writers_of_one_name_the_first_wins(store: S3Store) -> None:
    for turn in range(5):
        ready = threading.Barrier(8)

        def attempt(number: int, ready: threading.Barrier = ready, turn: int = turn) -> int:
            ready.wait()
            try:
                store.shelf.create(f"notes/{turn}.md", b"%d" % number)
            except FileExistsError:
                return -1
            return number

        with ThreadPoolExecutor(8) as pool:
            won = [number for number in pool.map(attempt, range(8)) if number >= 0]
        assert [store.shelf.read(f"notes/{turn}.md")] == [b"%d" % number for number in won]


def test_writers_of_one_journal_lose_no_entry(store: S3Store) -> None:
    def work(number: int) -> None:
        book = journal_of(S3Store(store.s3, store.home))
        for turn in range(3):
            while True:
                try:
                    book.begin("flights", DAY, Entry(f"rb-{number}-{turn}", "rollback")).advance("done")
                    break
                except RollbackRefused:
                    continue

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    log = journal_of(store).read("flights", DAY)
    assert {entry.id for entry in log.entries} == {f"rb-{n}-{turn}" for n in range(4) for turn in range(3)}
    assert log.token == 12


def test_where_conditions_do_not_hold_no_journal_is_begun(server: Server) -> None:
    at = server.data / f"store-{uuid.uuid4().hex[:8]}"
    assert server.s3.versioning(at.bucket) == "Enabled"
    book: Journal = journal_of(S3Store(server.s3, at))
    if try_conditions(server.s3, at).hold:
        book.begin("flights", DAY, Entry("rb-1", "rollback")).advance("done")
        assert book.read("flights", DAY).generation == 2
        return
    with pytest.raises(StoreError, match="put the store into a bucket that never kept versions"):
        book.begin("flights", DAY, Entry("rb-1", "rollback"))
    assert book.read("flights", DAY).generation == 0
