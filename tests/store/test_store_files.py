"""The store, in a folder and on S3: what goes in comes out, whole and once."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import duckdb
import pytest
from store_places import LocalPlace, StorePlace
from store_samples import START, run, verdict

from dq.baselines import history, last_validated
from dq.errors import StoreError
from dq.lake.manifest import Partition
from dq.result import Status
from dq.store import Event, FileStore, Head, LocalStore, Store, StoreWarning, may_be_restored, new_run_id
from dq.verdict import Outcome

FEB_7, FEB_8 = Partition.parse("date=2013-02-07"), Partition.parse("date=2013-02-08")


HEAD_R1 = "events/flights/date=2013-02-08~4866a5fd/r1.pass.0.json"


@pytest.fixture
def store(place: StorePlace) -> FileStore:
    return place.open()


def test_it_is_a_store(store: FileStore) -> None:
    as_protocol: Store = store
    assert as_protocol.count() == 0


def test_a_store_that_is_not_there_is_empty_and_reading_makes_nothing(
    store: FileStore, place: StorePlace
) -> None:
    assert store.runs() == []
    assert store.events("r1") == ()
    assert store.get_note("r1") is None
    assert store.latest("flights", FEB_8) is None
    assert store.suites() == []
    assert place.files() == {}


def test_a_run_comes_back_as_it_was(store: FileStore, place: StorePlace) -> None:
    record = run("r1", params={"day": "2013-02-08"}, versions={"dq": "0.1.0"}, user="ann", peak_memory=7)
    store.put_run(record)
    for one in (store, place.open()):
        assert one.get_run("r1") == record
    assert sorted(place.files()) == [HEAD_R1, "runs/flights/r1.json", "verdicts/suite=flights/r1.parquet"]


def test_runs_come_newest_first_filtered_and_limited(store: FileStore) -> None:
    for number, (suite, day) in enumerate(
        [("flights", "07"), ("flights", "08"), ("raw", "08"), ("flights", "08")]
    ):
        store.put_run(run(f"r{number}", suite=suite, partition=f"date=2013-02-{day}"))
    assert [r.run_id for r in store.runs()] == ["r3", "r2", "r1", "r0"]
    assert [r.run_id for r in store.runs("flights")] == ["r3", "r1", "r0"]
    assert [r.run_id for r in store.runs("flights", FEB_8)] == ["r3", "r1"]
    assert [r.run_id for r in store.runs("flights", limit=1)] == ["r3"]
    assert store.runs("flights", limit=0) == []
    assert store.runs("flight") == []
    assert (store.count(), store.count("flights"), store.count("other")) == (4, 3, 0)
    assert store.suites() == ["flights", "raw"]


def test_heads_say_what_records_say(store: FileStore) -> None:
    records = [run("r0", status=Status.WARN), run("r1", visible=False, partition="")]
    for record in records:
        store.put_run(record)
    assert list(store.heads()) == [Head.of(records[1]), Head.of(records[0])]
    assert [head.run_id for head in store.heads(partition=Partition())] == ["r1"]
    assert [store.record_of(head) for head in store.heads()] == [records[1], records[0]]


def test_the_same_record_again_is_no_error_and_completes_the_twin(
    store: FileStore, place: StorePlace
) -> None:
    store.put_run(run("r1"))
    before = place.files()
    place.remove("verdicts/suite=flights/r1.parquet")
    store.put_run(run("r1"))
    assert place.files() == before
    assert store.count() == 1


@pytest.mark.parametrize("changes", [{"user": "bob"}, {"suite": "raw"}, {"status": Status.FAIL}])
def test_another_record_under_the_same_id_is_refused(
    store: FileStore, place: StorePlace, changes: dict[str, Any]
) -> None:
    store.put_run(run("r1"))
    before = place.files()
    with pytest.raises(StoreError, match="a different run is recorded under this id"):
        store.put_run(run("r1", **changes))
    assert place.files() == before


def test_an_id_that_was_used_twice_after_all_stands_for_its_record_only(
    store: FileStore, place: StorePlace
) -> None:
    own = new_run_id()
    store.put_run(run(own, status=Status.FAIL))
    with pytest.raises(StoreError, match="a different run is recorded under this id"):
        store.put_run(run(own))
    for one in (store, place.open()):
        assert one.latest("flights", FEB_8) is None
        assert [record.result.status for record in one.runs("flights", FEB_8)] == [Status.FAIL]
        assert last_validated(one, "flights", FEB_8) is None


def test_a_head_without_a_record_is_a_run_that_never_came_to_be(store: FileStore, place: StorePlace) -> None:
    store.put_run(run("r1"))
    store.put_run(run("r2"))
    place.remove("runs/flights/r2.json")
    fresh = place.open()
    found = fresh.latest("flights", FEB_8)
    assert found is not None
    assert found.run_id == "r1"
    assert last_validated(fresh, "flights", FEB_8) == found
    assert [one.run_id for one in fresh.runs("flights", FEB_8)] == ["r1"]
    assert [one.run_id for one in fresh.runs()] == ["r1"]
    assert [one.run_id for one in history(fresh).rows] == ["r1"]
    with pytest.raises(StoreError, match=r"r2.*No such file or directory|No run 'r2'"):
        fresh.get_run("r2")


@pytest.mark.parametrize("run_id", ["", "../r1", "a/b", ".hidden", "r1.json", "r\n1", "-r", "x" * 121])
def test_a_run_id_that_cannot_be_a_file_name_is_refused(
    store: FileStore, place: StorePlace, run_id: str
) -> None:
    with pytest.raises(StoreError, match="cannot be a run id"):
        store.put_run(run(run_id))
    assert place.files() == {}


def test_a_run_is_found_by_a_unique_prefix(place: StorePlace) -> None:
    store = place.open()
    for run_id in ("20130208T0315-aa", "20130208T0316-bb", "20130209T0315-cc", "2013"):
        store.put_run(run(run_id))
    store = place.open()
    assert store.get_run("20130209").run_id == "20130209T0315-cc"
    assert store.get_run("2013").run_id == "2013", "an exact id wins over a prefix"
    with pytest.raises(
        StoreError, match=r"2 runs begin with '20130208': 20130208T0316-bb, 20130208T0315-aa\."
    ):
        store.get_run("20130208")


def test_an_unknown_run_is_told_with_the_nearest(store: FileStore) -> None:
    with pytest.raises(StoreError, match=r"No run 'r1' among the 0 runs in .*`dq history` lists them"):
        store.get_run("r1")
    store.put_run(run("20130208T031500123456-3f9a1c2b"))
    with pytest.raises(
        StoreError, match=r"among the 1 run in .*Did you mean '20130208T031500123456-3f9a1c2b'"
    ):
        store.get_run("20130208T031500123456-3f9a1c2c")
    with pytest.raises(StoreError, match="No run ''"):
        store.get_run("")


def test_latest_is_the_newest_good_run_that_was_not_rolled_back(store: FileStore) -> None:
    store.put_run(run("r1"))
    store.put_run(run("r2", status=Status.WARN))
    store.put_run(run("r3", status=Status.FAIL))
    store.put_run(run("r4", visible=False))
    store.put_run(run("r5", partition="date=2013-02-09"))

    def latest(good: bool = True, before: str | None = None) -> str | None:
        found = store.latest("flights", FEB_8, good, before)
        return found.run_id if found else None

    assert latest() == "r2"
    assert latest(good=False) == "r4"
    assert latest(before="r2") == "r1"
    assert latest(before="r1") is None
    store.mark("r2", "rolled_back")
    assert latest() == "r1"
    store.mark("r1", "superseded")
    assert latest() is None
    store.mark("r2", "restored")
    assert latest() == "r2"
    store.mark("r4", "published")
    assert latest() == "r4"
    assert store.latest("flights", FEB_7) is None


def test_events_are_kept_in_order_beside_the_record(store: FileStore, place: StorePlace) -> None:
    store.put_run(run("r1"))
    store.put_run(run("r10"))
    before = place.files()
    made = [
        store.mark("r1", name, {"n": i}) for i, name in enumerate(["superseded", "restored", "superseded"])
    ]
    store.mark("r10", "superseded")
    assert [event.number for event in made] == [1, 2, 3]
    after = place.files()
    assert after.keys() - before.keys() == {
        *(HEAD_R1.replace("pass.0", f"{event.name}.{event.number}") for event in made),
        HEAD_R1.replace("r1.pass.0", "r10.superseded.1"),
    }
    assert after.items() >= before.items()
    for one in (store, place.open()):
        assert one.events("r1") == tuple(made)
        assert [head.events for head in one.heads("flights", FEB_8)] == [
            ("superseded",),
            ("superseded", "restored", "superseded"),
        ]
        names = one.event_names(one.runs("flights"))
        assert names == {"r10": ("superseded",), "r1": ("superseded", "restored", "superseded")}


def test_of_events_at_the_same_moment_the_one_that_takes_most_away_counts(
    store: FileStore, place: StorePlace
) -> None:
    store.put_run(run("r1"))
    for name in ("rolled_back", "superseded", "restored"):
        event = Event("r1", name, START, 1)
        place.write(HEAD_R1.replace("pass.0", f"{name}.1"), json.dumps(event.to_dict()).encode())
    (head,) = place.open().heads("flights", FEB_8)
    assert head.events == ("restored", "superseded", "rolled_back")
    assert [event.name for event in place.open().events("r1")] == ["restored", "superseded", "rolled_back"]
    assert not may_be_restored(head, head.events)


@pytest.mark.parametrize("name", ["", "Rolled", "a.b", "../x", "a b", "x" * 61])
def test_an_event_that_cannot_be_a_file_name_is_refused(store: FileStore, name: str) -> None:
    store.put_run(run("r1"))
    with pytest.raises(StoreError, match="cannot name an event"):
        store.mark("r1", name)
    with pytest.raises(StoreError, match="No run 'r2'"):
        store.mark("r2", "rolled_back")


def test_a_note_is_kept_once(store: FileStore) -> None:
    path = store.put_note("r1", "# Why\n\udcff ü", {"causes": [1.5, float("inf")], "none": None})
    assert path == "notes/r1.md"
    note = store.get_note("r1")
    assert note is not None
    assert note.markdown == "# Why\n\\udcff ü"
    assert note.data == {"causes": [1.5, float("inf")], "none": None}
    assert store.put_note("r1", note.markdown, note.data) == path
    with pytest.raises(StoreError, match="notes do not change"):
        store.put_note("r1", "# Another", note.data)
    store.put_run(run("r1", note=path))
    assert store.get_note("r") == note, "by a unique prefix of a recorded run"


@pytest.mark.parametrize(
    "content",
    [b"", b'{"schema_version": 1', b"\xff\xfe", b"[]", b"null", b'{"schema_version": 1}', b"[" * 100_000],
    ids=["empty", "cut", "binary", "list", "null", "poor", "deep"],
)
def test_an_unreadable_record_is_named_and_left_out(
    store: FileStore, place: StorePlace, content: bytes
) -> None:
    store.put_run(run("r1"))
    place.write("runs/flights/r2.json", content)
    with pytest.warns(StoreWarning, match=r"r2\.json was left out; it cannot be read") as seen:
        assert [record.run_id for record in store.runs("flights")] == ["r1"]
    assert len(seen) == 1
    assert place.files()["runs/flights/r2.json"] == content
    with pytest.raises(StoreError, match=r"r2\.json: cannot be read as a run"):
        store.get_run("r2")


def test_a_record_of_a_newer_version_is_named_and_left_out(store: FileStore, place: StorePlace) -> None:
    store.put_run(run("r1"))
    data = run("r2").to_dict() | {"schema_version": 99}
    place.write("runs/flights/r2.json", json.dumps(data).encode())
    with pytest.warns(StoreWarning, match=r"r2\.json .* schema version 99; this dq reads up to 1"):
        assert [record.run_id for record in store.runs()] == ["r1"]
    with pytest.raises(StoreError, match="schema version 99"):
        store.get_run("r2")


def test_a_broken_body_under_a_sound_head_warns_and_falls_back(store: FileStore, place: StorePlace) -> None:
    store.put_run(run("r1"))
    store.put_run(run("r2"))
    data = run("r2").to_dict()
    del data["result"]["verdicts"]
    place.write("runs/flights/r2.json", json.dumps(data).encode())
    with pytest.warns(StoreWarning, match="'verdicts' is missing"):
        found = store.latest("flights", FEB_8)
    assert found is not None
    assert found.run_id == "r1"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_record_without_permission_is_named(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put_run(run("r1"))
    (store.root / "runs/flights/r1.json").chmod(0)
    with pytest.warns(StoreWarning, match="Permission denied"):
        assert store.runs() == []


def test_a_root_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="is a file; expected the folder of a store"):
        LocalStore(tmp_path / "file")


def test_repair_writes_missing_twins_and_heads(store: FileStore, place: StorePlace) -> None:
    store.put_run(run("r1"))
    store.put_run(run("r2", partition="date=2013-02-09", visible=False))
    before = place.files()
    for name in before:
        if not name.startswith("runs/"):
            place.remove(name)
    assert place.open().repair() == 2
    assert place.files() == before
    assert place.open().repair() == 0


def test_runs_of_a_store_that_knew_no_heads_are_found_and_taken_over(tmp_path: Path) -> None:
    place = LocalPlace(tmp_path)
    for run_id in ("r1", "r2"):
        place.write(f"runs/flights/{run_id}.json", json.dumps(run(run_id).to_dict()).encode())
    event = json.dumps(Event("r2", "rolled_back", START, 1).to_dict()).encode()
    place.write("events/flights/r2.rolled_back.1.json", event)
    for _ in range(2):
        store = place.open()
        events = {head.run_id: head.events for head in store.heads()}
        assert events == {"r1": (), "r2": ("rolled_back",)}
        found = store.latest("flights", FEB_8)
        assert found is not None
        assert found.run_id == "r1"
        store.repair()
    assert place.files()[HEAD_R1.replace("r1.pass.0", "r2.rolled_back.1")] == event


def test_long_names_and_names_alike_are_told_apart(store: FileStore, place: StorePlace) -> None:
    suites = ["x" * 500, "flights", "Flights", ""]
    slices = [Partition.of({"key": "v" * 300}), Partition()]
    made = [
        run(f"r{number:02}", suite=suite, partition=str(slice_))
        for number, (suite, slice_) in enumerate((a, b) for a in suites for b in slices)
    ]
    for record in made:
        store.put_run(record)
    for one in (store, place.open()):
        assert sorted(one.heads(), key=lambda head: head.run_id) == [Head.of(record) for record in made]
        assert one.suites() == sorted(suites)
        for record in made:
            result = record.result
            assert list(one.heads(result.suite, result.partition)) == [Head.of(record)]
            assert one.latest(result.suite, result.partition) == record


def test_twins_read_as_one_table(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    bad = verdict(Outcome.FAIL, observed=0.97, unexpected=24, reason="")
    rows = verdict(
        id="row_count", columns=(), observed=883, rows=None, considered=None, unexpected=None, missing=None
    )
    store.put_run(run("r1", verdicts=(bad, rows), status=Status.FAIL))
    store.put_run(run("r2", suite="raw", verdicts=(verdict(),)))
    store.put_run(run("r3", verdicts=()))
    con = duckdb.connect()
    found = con.execute(
        "SELECT run_id, suite, partition, epoch_us(started), status, expectation_id, columns, outcome, "
        "observed, unexpected FROM read_parquet(? || '/verdicts/*/*.parquet') ORDER BY ALL",
        [str(store.root)],
    ).fetchall()
    start = 1360293300000000
    day = "date=2013-02-08"
    assert found == [
        ("r1", "flights", day, start, "fail", "carrier-in_set", ["carrier"], "fail", 0.97, 24),
        ("r1", "flights", day, start, "fail", "row_count", [], "pass", 883.0, None),
        ("r2", "raw", day, start, "pass", "carrier-in_set", ["carrier"], "pass", 1.0, 0),
    ]
