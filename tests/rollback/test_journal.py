"""Compare-and-swap, leases, fencing, lost replies."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rollback_worlds import DATASET, DAY, Clock

from dq.aws.errors import AwsError
from dq.errors import RollbackConflict, RollbackRefused, StoreError
from dq.lake.manifest import Partition
from dq.rollback.documents import Documents, LocalDocuments, Stale
from dq.rollback.hold import guarded
from dq.rollback.journal import Journal, is_dead, journal_key, this_process
from dq.rollback.log import Entry, Event, Lease, Log
from dq.rollback.remote import S3Documents
from dq.rollback.statuses import RollbackStatus, status_of

Desk = Callable[[], Documents]
"""Gives the documents of one store, as a new process sees them."""


@pytest.fixture(params=["local", "s3"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    if request.param == "local":
        return lambda: LocalDocuments(tmp_path)
    cloud: Cloud = request.getfixturevalue("cloud")
    at = cloud.bucket(versioned=False) / "team/dq"
    return lambda: S3Documents(cloud.s3, at)


def journal(desk: Desk, clock: Clock | None = None) -> Journal:
    return Journal(desk(), clock=clock or Clock())


if TYPE_CHECKING:
    from aws_server import Cloud

ENTRY = Entry("rb-1", "rollback")


def test_history_is_written_state_by_state(desk: Desk) -> None:
    book = journal(desk)
    hold = book.begin(DATASET, DAY, ENTRY, "amount")
    hold.advance("quarantined", quarantine="somewhere")
    hold.note(load={"id": "x"})
    assert book.read(DATASET, DAY).lease is not None
    hold.advance("done")
    log = book.read(DATASET, DAY)
    entry = log.entry("rb-1")
    assert entry is not None
    assert [event.state for event in entry.history] == ["planned", "quarantined", "done"]
    assert entry.facts == {"quarantine": "somewhere", "load": {"id": "x"}}
    assert (log.generation, log.token, log.lease) == (4, 1, None)


def test_an_expired_lease_is_taken_over_and_the_former_holder_is_fenced(desk: Desk) -> None:
    clock = Clock()
    book = journal(desk, clock)
    first = book.begin(DATASET, DAY, ENTRY)
    with pytest.raises(RollbackRefused, match="Another process is at work"):
        book.begin(DATASET, DAY, ENTRY)
    clock.skip(301)
    second = book.begin(DATASET, DAY, ENTRY)
    assert second.lease.token == first.lease.token + 1
    with pytest.raises(RollbackConflict, match="taken over"):
        first.advance("quarantined")
    with pytest.raises(RollbackConflict, match="taken over"):
        first.release()
    second.advance("quarantined")
    entry = book.read(DATASET, DAY).entry("rb-1")
    assert entry is not None
    assert [(event.state, event.token) for event in entry.history] == [("planned", 1), ("quarantined", 2)]


def test_every_write_renews_the_lease(desk: Desk) -> None:
    clock = Clock()
    book = journal(desk, clock)
    hold = book.begin(DATASET, DAY, ENTRY)
    clock.skip(200)
    hold.note(step=1)
    clock.skip(200)
    with pytest.raises(RollbackRefused, match="Another process is at work"):
        book.begin(DATASET, DAY, ENTRY)


def test_the_lease_of_a_dead_process_is_taken_over_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from dq.lake.manifest import Partition;"
        "from dq.rollback.documents import LocalDocuments;"
        "from dq.rollback.journal import Journal; from dq.rollback.log import Entry;"
        "Journal(LocalDocuments(sys.argv[1])).begin('lake/flights', Partition.of({'date': '2013-02-08'}),"
        "Entry('rb-1', 'rollback'))"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    book = Journal(LocalDocuments(tmp_path))
    lease = book.read(DATASET, DAY).lease
    assert lease is not None
    if not lease.process:
        pytest.skip("this system does not say which processes run")
    assert is_dead(lease.process)
    assert book.begin(DATASET, DAY, ENTRY).lease.token == 2
    assert not is_dead(this_process())
    assert not is_dead("")
    assert not is_dead(f"another machine/{os.getpid()}")
    assert not is_dead(this_process().rpartition("/")[0] + "/1")


class Faulty:
    """Documents that go wrong."""

    def __init__(self, inner: Documents) -> None:
        self.inner = inner
        self.read, self.list, self.create, self.replace = inner.read, inner.list, inner.create, inner.replace
        self.read_all = inner.read_all


class LostReply(Faulty):
    """Writes, and then says that it could not."""

    def __init__(self, inner: Documents) -> None:
        super().__init__(inner)
        self.create, self.replace = self._create, self._replace

    def _create(self, key: str, text: str) -> None:
        self.inner.create(key, text)
        raise AwsError("timeout")

    def _replace(self, key: str, old: str, new: str) -> None:
        self.inner.replace(key, old, new)
        raise Stale(key)


class LostRequest(Faulty):
    """Does not write, and says so."""

    def __init__(self, inner: Documents) -> None:
        super().__init__(inner)
        self.replace = self._replace

    def _replace(self, key: str, old: str, new: str) -> None:
        raise StoreError("timeout")


def test_a_lost_reply_is_recognised_by_the_own_id(desk: Desk) -> None:
    book = Journal(LostReply(desk()), clock=Clock())
    hold = book.begin(DATASET, DAY, ENTRY)
    hold.advance("done")
    assert book.read(DATASET, DAY).generation == 2


def test_a_lost_request_is_an_error_and_leaves_the_entry_open(desk: Desk) -> None:
    journal(desk).begin(DATASET, DAY, ENTRY).release()
    book = Journal(LostRequest(desk()), clock=Clock())
    with pytest.raises(StoreError, match="timeout"):
        book.begin(DATASET, DAY, ENTRY)
    assert book.read(DATASET, DAY).generation == 2


def test_a_failure_gives_the_lease_back_and_keeps_the_state(desk: Desk) -> None:
    book = journal(desk)
    hold = book.begin(DATASET, DAY, ENTRY)

    def fail() -> RollbackStatus:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        guarded(hold, fail)
    log = book.read(DATASET, DAY)
    assert log.lease is None
    assert log.open_entry is not None
    assert status_of(DATASET, DAY, log.open_entry).next.endswith("dq rollback resume rb-1")


def test_many_writers_lose_no_entry(desk: Desk) -> None:
    """Each opens and closes entries of its own on the same partition, and tries again when refused."""

    def work(number: int) -> None:
        book = Journal(desk())
        for turn in range(5):
            while True:
                try:
                    book.begin(DATASET, DAY, Entry(f"rb-{number}-{turn}", "rollback")).advance("done")
                    break
                except RollbackRefused:
                    continue

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log = journal(desk).read(DATASET, DAY)
    assert {entry.id for entry in log.entries} == {f"rb-{n}-{turn}" for n in range(4) for turn in range(5)}
    assert all([event.state for event in entry.history] == ["planned", "done"] for entry in log.entries)
    assert log.token == 20


def test_documents(desk: Desk) -> None:
    documents = desk()
    assert documents.read("journal/a.json") is None
    assert documents.list("journal/") == ()
    documents.create("journal/a.json", "1")
    with pytest.raises(Stale):
        documents.create("journal/a.json", "2")
    with pytest.raises(Stale):
        documents.replace("journal/a.json", "0", "2")
    documents.replace("journal/a.json", "1", "2")
    assert documents.read("journal/a.json") == "2"
    documents.create("journal/b/c.json", "3")
    assert documents.list("journal/") == ("journal/a.json", "journal/b/c.json")
    assert documents.read_all(("journal/b/c.json", "journal/none.json", "journal/a.json")) == ("3", None, "2")
    with pytest.raises(StoreError, match="leaves the store"):
        documents.read("../a.json")


def test_a_plan_is_saved_once(desk: Desk) -> None:
    book = journal(desk)
    book.save_plan("rb-1", {"reason": "a"})
    book.save_plan("rb-1", {"reason": "a"})
    with pytest.raises(StoreError, match="Another plan"):
        book.save_plan("rb-1", {"reason": "b"})
    assert book.load_plan("rb-1") == {"reason": "a"}
    with pytest.raises(StoreError, match="not in the store"):
        book.load_plan("rb-2")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": 2}'])
def test_a_journal_that_cannot_be_read_says_so(text: str) -> None:
    with pytest.raises(StoreError, match="journal"):
        Log.from_text(text)


names = st.text(max_size=12)
events = st.builds(Event, names, names, st.integers(0, 9), names)
entries = st.builds(Entry, names, names, st.lists(events).map(tuple), st.dictionaries(names, names), names)
leases = st.none() | st.builds(Lease, names, st.integers(0, 9), st.floats(0, 1e10), names)
partitions = st.builds(Partition, st.lists(st.tuples(names, names), max_size=2).map(tuple))
logs = st.builds(
    Log, names, partitions, st.integers(0, 9), names, st.integers(0, 9), leases, st.lists(entries).map(tuple)
)


@given(logs)
def test_the_text_of_a_log_is_read_back_without_loss(log: Log) -> None:
    text = log.to_text()
    assert Log.from_text(text) == log
    assert Log.from_text(text).to_text() == text


@given(names, names)
def test_journal_keys_stay_in_their_folder(dataset: str, value: str) -> None:
    key = journal_key(dataset, Partition((("date", value),)))
    assert key.startswith("journal/")
    assert key.count("/") == 2
    assert ".." not in key
    assert key.isascii()
