"""What only a store on S3 has: requests that are counted, replies that are lost, many processes."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from store_places import Requests, S3Place, Stop
from store_samples import run

from dq.aws.address import Address
from dq.aws.errors import AwsError, Forbidden
from dq.aws.s3 import S3, Read
from dq.aws.session import Session
from dq.baselines import history, last_good_other, last_validated
from dq.errors import ConfigError
from dq.lake.manifest import Manifest, Partition
from dq.states.kept import Kept, StateFiles
from dq.store import FileStore, LocalStore
from dq.store.opening import store_in
from dq.store.remote import S3Store

if TYPE_CHECKING:
    from aws_server import Cloud

WRITER = Path(__file__).with_name("recording.py")
RUNS = 2
DAYS, SLICES = 3, 12


@pytest.fixture
def place(cloud: Cloud) -> S3Place:
    return S3Place(cloud.session, cloud.bucket(versioned=False) / "dq")


def slice_of(number: int) -> Partition:
    return Partition.of({"date": f"2013-02-{1 + number // 10:02}", "hour": str(number % 10)})


@pytest.fixture(scope="module")
def many(aws_server: str) -> Iterator[S3Place]:
    """One suite, many partitions, a run of each every day; every run is superseded by the next."""
    from aws_server import Cloud

    with pytest.MonkeyPatch.context() as patch:
        cloud = Cloud.of(aws_server, patch.setenv)
        made = S3Place(cloud.session, cloud.bucket(versioned=False) / "dq")
        store = made.open()
        now = dt.datetime.now(dt.timezone.utc)
        for day in range(DAYS):
            for number in range(SLICES):
                moment = now - dt.timedelta(days=20 * (DAYS - day - 1) + 1, seconds=-number)
                run_id = f"{moment:%Y%m%dT%H%M%S%f}-{number:08x}"
                store.put_run(run(run_id, partition=str(slice_of(number))))
                for head in store.heads("flights", slice_of(number)):
                    if head.run_id != run_id and not head.events:
                        store.mark(head.run_id, "superseded")
        yield made


Ask = Callable[[FileStore], Any]


@pytest.mark.parametrize(
    ("ask", "lists", "gets"),
    [
        (lambda store: list(store.heads("flights", slice_of(7))), 1, 0),
        (lambda store: store.latest("flights", slice_of(7)), 1, 1),
        (lambda store: last_validated(store, "flights", slice_of(7)), 1, 1),
        (lambda store: last_validated(store, "flights", Partition.of({"date": "none"})), 1, 0),
        (lambda store: list(store.heads("flights")), 1, 0),
        (lambda store: last_good_other(store, "flights", slice_of(7)), 2, 1),
        (lambda store: store.runs("flights", limit=1), 1, 1),
        (lambda store: store.runs("flights", slice_of(7), limit=2), 1, 2),
        (lambda store: next(store.newest("flights")), 1, 1),
        (lambda store: next(store.newest()), 2, 1),
        (lambda store: history(store, "flights", 5), 1 + 5 + 1, 5),
        (lambda store: store.suites(), 1, 0),
        (lambda store: store.count(), 2, 0),
        (lambda store: store.get_run(next(store.heads("flights")).run_id), 1, 1),
        (lambda store: store.events(next(store.heads("flights")).run_id), 2, 0),
    ],
    ids=lambda value: "" if callable(value) else None,
)
def test_questions_cost_few_requests(many: S3Place, ask: Ask, lists: int, gets: int) -> None:
    requests = Requests(many.session)
    assert ask(many.open()) != []
    assert requests.counts.get("ListObjectsV2", 0) <= lists
    assert requests.counts.get("GetObject", 0) <= gets
    assert set(requests.counts) <= {"ListObjectsV2", "GetObject"}


def test_recording_costs_three_writes(place: S3Place) -> None:
    from dq.store import new_run_id

    requests, store, own = Requests(place.session), place.open(), new_run_id()
    store.put_run(run(own))
    assert requests.counts == {"PutObject": 3}
    requests.reset()
    store.mark(own, "superseded")
    assert requests.counts == {"ListObjectsV2": 1, "PutObject": 1}


def test_run_ids_are_made_of_the_clock_that_all_share(cloud: Cloud, place: S3Place) -> None:
    late = Session(cloud.options)
    late.clock.local = lambda: dt.datetime.now(dt.timezone.utc) - dt.timedelta(hours=3)
    requests, store = Requests(late), S3Store(S3(late), place.at)
    for _ in range(2):
        assert abs(store.now() - dt.datetime.now(dt.timezone.utc)) < dt.timedelta(minutes=1)
    assert requests.counts == {"HeadObject": 1}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Denied, "head", Denied.get, raising=False)
        denied = S3Store(Denied(Session(cloud.options)), place.at)
        assert abs(denied.now() - dt.datetime.now(dt.timezone.utc)) < dt.timedelta(minutes=1)


def test_recent_runs_are_listed_first_and_older_ones_are_not_forgotten(many: S3Place) -> None:
    ids = [record.run_id for record in many.open().runs("flights")]
    assert len(ids) == DAYS * SLICES == many.open().count()
    assert ids == sorted(ids, reverse=True)
    assert [record.run_id for record in many.open().runs(limit=SLICES + 2)] == ids[: SLICES + 2]


def test_the_baseline_is_the_newest_run_of_each(many: S3Place) -> None:
    store = many.open()
    good = [head for head in store.heads("flights") if not head.events]
    assert [head.partition for head in good] == [slice_of(number) for number in reversed(range(SLICES))]
    found = last_good_other(store, "flights", slice_of(7))
    assert found is not None
    assert found.result.partition == slice_of(6)


@pytest.mark.parametrize("when", ["stop_before", "stop_after"])
@pytest.mark.parametrize("stop_at", [1, 2, 3])
def test_a_crash_at_any_request_is_completed_by_recording_again(
    cloud: Cloud, place: S3Place, when: str, stop_at: int
) -> None:
    dying = S3Place(Session(cloud.options), place.at)
    requests = Requests(dying.session)
    setattr(requests, when, stop_at)
    with pytest.raises(Stop):
        dying.open().put_run(run("r1"))
    recorded = (when, stop_at) in {("stop_after", 2), ("stop_before", 3), ("stop_after", 3)}
    store = place.open()
    assert store.count() == recorded
    assert [record.run_id for record in store.runs("flights", slice_of(0))] == []
    found = store.latest("flights", Partition.parse("date=2013-02-08"))
    assert (found is not None) == recorded, "a record that is there is found by its partition"
    store.put_run(run("r1"))
    assert store.get_run("r1") == run("r1")
    assert len(place.files()) == 3


@pytest.mark.parametrize("when", ["stop_before", "stop_after"])
def test_a_crash_while_marking_adds_the_event_once_or_not(cloud: Cloud, place: S3Place, when: str) -> None:
    place.open().put_run(run("r1"))
    dying = S3Place(Session(cloud.options), place.at)
    requests = Requests(dying.session)
    setattr(requests, when, 1)
    with pytest.raises(Stop):
        dying.open().mark("r1", "rolled_back")
    assert len(place.open().events("r1")) == (when == "stop_after")


class LostReply(S3):
    """Writes, and then says that it could not."""

    def put(self, at: Address, body: bytes, **asked: Any) -> Read:
        super().put(at, body, **asked)
        raise AwsError(f"{at}: timeout")


class LostRequest(S3):
    """Does not write, and says so."""

    def put(self, at: Address, body: bytes, **asked: Any) -> Read:
        raise AwsError(f"{at}: timeout")


class Denied(S3):
    """May not."""

    def put(self, at: Address, body: bytes, **asked: Any) -> Read:
        raise Forbidden(f"{at}: s3:PutObject is not allowed")

    def get(self, at: Address, version: str | None = None, **asked: Any) -> Read:
        raise Forbidden(f"{at}: s3:GetObject is not allowed")


def test_a_lost_reply_is_recognised_by_the_content(cloud: Cloud, place: S3Place) -> None:
    S3Store(LostReply(cloud.session), place.at).put_run(run("r1"))
    assert place.open().get_run("r1") == run("r1")
    assert S3Store(LostReply(cloud.session), place.at).mark("r1", "looked_at").number == 1
    assert len(place.open().events("r1")) == 1
    with pytest.raises(AwsError, match="timeout"):
        S3Store(LostRequest(cloud.session), place.at).put_run(run("r2"))
    assert place.open().count() == 1


def test_what_may_not_be_read_is_no_damaged_file(cloud: Cloud, place: S3Place) -> None:
    place.open().put_run(run("r1"))
    denied = S3Store(Denied(cloud.session), place.at)
    with pytest.raises(Forbidden, match="PutObject"):
        denied.put_run(run("20130208T031500123456-3f9a1c2b"))
    for ask in (denied.runs, lambda: denied.get_run("r1"), lambda: denied.latest("flights", slice_of(0))):
        try:
            assert ask() is None, "nothing is known of this partition, by listing"
        except Forbidden:
            continue


def test_stores_are_opened_by_their_address(cloud: Cloud, tmp_path: Path) -> None:
    at = cloud.bucket(versioned=False)
    opened = store_in(f"s3://{at.bucket}/a/dq/", aws=cloud.options)
    assert isinstance(opened, S3Store)
    assert (opened.address, str(opened.home)) == (f"s3://{at.bucket}/a/dq", f"s3://{at.bucket}/a/dq/")
    assert opened.folder(tmp_path) == tmp_path / ".dq"
    assert store_in(opened) is opened
    opened.put_run(run("r1"))
    assert opened.shelf.place("runs/flights/r1.json") == f"s3://{at.bucket}/a/dq/runs/flights/r1.json"
    assert store_in(f"s3a://{at.bucket}/a/dq", aws=cloud.options).count() == 1
    assert store_in(f"s3://{at.bucket}", aws=cloud.options).suites() == []
    local = store_in("kept", tmp_path)
    assert isinstance(local, LocalStore)
    assert local.root == tmp_path / "kept"
    with pytest.raises(ConfigError, match=r"expected a folder or s3://"):
        store_in("gs://bucket/dq")


def test_states_are_fetched_together(place: S3Place) -> None:
    slices = [slice_of(number) for number in range(20)]
    files = StateFiles(place.open().shelf, "flights", "duckdb")
    for slice_ in slices:
        files.put(Kept(slice_, "t", Manifest(slice_, "s3://lake", ()), None, "duckdb", {"rows": (7,)}))
    requests = Requests(place.session)
    again = StateFiles(place.open().shelf, "flights", "duckdb")
    again.fetch((slice_, "t") for slice_ in slices)
    assert requests.counts == {"ListObjectsV2": 1, "GetObject": 20}
    found = [again.find(slice_, "t") for slice_ in slices]
    assert [one.states for one in found if one] == [{"rows": (7,)}] * 20
    assert again.find(slices[0], "u") is None
    assert requests.counts == {"ListObjectsV2": 1, "GetObject": 20}


@pytest.mark.parametrize("processes", [6, pytest.param(50, marks=pytest.mark.soak)])
def test_many_processes_record_at_once_and_lose_nothing(cloud: Cloud, place: S3Place, processes: int) -> None:
    place.open().put_run(run("shared", suite="shared"))
    address = f"{cloud.options.endpoint} {place.at}"
    done = subprocess.run(
        [sys.executable, str(WRITER), address, "w", str(RUNS), str(processes)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        writer, run_id = line.split()
        printed.setdefault(writer, []).append(run_id)
    assert len(printed) == processes
    store = place.open()
    kept: dict[str, list[str]] = {}
    for record in reversed(store.runs("flights")):
        assert len(record.result.verdicts) == 20
        assert store.get_note(record.run_id) is not None
        kept.setdefault(record.user, []).append(record.run_id)
    assert kept == printed
    names = place.files()
    counts = {
        kind: sum(name.startswith(f"{kind}/") for name in names) for kind in ("verdicts", "events", "notes")
    }
    every = processes * RUNS
    assert counts == {"verdicts": every + 1, "events": 3 * every + 1, "notes": 2 * every}
    shared = [json.loads(content) for name, content in names.items() if ".shared." in name]
    assert sorted(event["number"] for event in shared) == list(range(1, every + 1))
