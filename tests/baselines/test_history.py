"""Which runs are the baseline, and which bytes may come back."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dq.baselines import History, history, last_good_other, last_validated
from dq.baselines.rows import history_rows
from dq.baselines.validated import nearest_earlier
from dq.lake.manifest import FileEntry, Manifest, Partition
from dq.result import Result, RunRecord, Status
from dq.store import LocalStore, StoreWarning

FEB_8 = Partition.parse("date=2013-02-08")


def record(
    run_id: str, partition: str = "date=2013-02-08", status: Status = Status.PASS, content: str = "a"
) -> RunRecord:
    slice_ = Partition.parse(partition)
    result = Result(
        suite="flights",
        suite_hash="",
        partition=slice_,
        location="/lake/flights",
        status=status,
        verdicts=(),
        rows=883,
        started=dt.datetime(2013, 2, 9, tzinfo=dt.timezone.utc),
        seconds=0.25,
        engine="duckdb 2.0.0",
        queries=2,
    )
    files = (FileEntry("part.parquet", 10, f"sha256:{content}", 883),) if content else ()
    return RunRecord(run_id, result, manifests={"": Manifest(slice_, "/lake", files)})


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path)


def baseline(store: LocalStore) -> list[str]:
    return [row.run_id for row in history(store, "flights").baseline]


def found(one: RunRecord | None) -> str | None:
    return one.run_id if one else None


def test_nothing_recorded(store: LocalStore) -> None:
    assert history(store, "flights") == History("flights", (), 0)
    assert last_validated(store, "flights", FEB_8) is None
    assert last_good_other(store, "flights", FEB_8) is None


@pytest.mark.parametrize(
    ("status", "counted"),
    [
        (Status.PASS, True),
        (Status.WARN, True),
        (Status.FAIL, False),
        (Status.UNTESTED, False),
        (Status.ERROR, False),
    ],
)
def test_only_passing_runs_are_the_baseline(store: LocalStore, status: Status, counted: bool) -> None:
    store.put_run(record("r1", status=status))
    assert baseline(store) == (["r1"] if counted else [])
    assert found(last_validated(store, "flights", FEB_8)) == ("r1" if counted else None)


def test_rolled_back_and_superseded_runs_leave_the_baseline(store: LocalStore) -> None:
    for day in (5, 6, 7, 8):
        store.put_run(record(f"r{day}", f"date=2013-02-0{day}"))
    store.mark("r5", "rolled_back")
    store.mark("r6", "superseded")
    store.mark("r7", "looked_at")
    assert baseline(store) == ["r8", "r7"]
    rows = {row.run_id: row for row in history(store).rows}
    assert rows["r5"].events == ("rolled_back",)
    assert rows["r8"].events == ()


def test_bytes_that_readers_never_saw_are_no_baseline(store: LocalStore) -> None:
    store.put_run(replace(record("r1"), visible=False))
    assert baseline(store) == []
    assert last_validated(store, "flights", FEB_8) is None
    store.mark("r1", "published")
    assert baseline(store) == ["r1"]


def test_of_several_good_loads_of_a_partition_the_newest_counts(store: LocalStore) -> None:
    store.put_run(record("r1", content="a"))
    store.put_run(record("r2", content="b"))
    store.put_run(record("r3", content="b"))
    assert baseline(store) == ["r3", "r2"], "the same bytes looked at twice"
    store.mark("r3", "rolled_back")
    store.mark("r2", "rolled_back")
    assert baseline(store) == ["r1"]


def test_every_good_run_of_a_whole_dataset_counts(store: LocalStore) -> None:
    store.put_run(record("r1", "", content="a"))
    store.put_run(record("r2", "", content="b"))
    assert baseline(store) == ["r2", "r1"]


def test_the_newest_good_bytes_may_come_back(store: LocalStore) -> None:
    store.put_run(record("r1", content="a"))
    store.put_run(record("r2", content="b"))
    store.put_run(record("r3", status=Status.FAIL, content="c"))
    store.put_run(record("r4", "date=2013-02-09", content="d"))
    store.put_run(record("r5", content=""))  # allowed to be empty: nothing there that could come back
    assert found(last_validated(store, "flights", FEB_8)) == "r2"
    assert found(last_validated(store, "flights", FEB_8, before="r2")) == "r1"
    store.mark("r2", "superseded")
    assert found(last_validated(store, "flights", FEB_8)) == "r2", "right until newer bytes came"
    store.mark("r2", "rolled_back")
    assert found(last_validated(store, "flights", FEB_8)) == "r1"
    store.mark("r2", "restored")
    assert found(last_validated(store, "flights", FEB_8)) == "r2"


def test_a_frame_has_no_bytes_to_put_back(store: LocalStore) -> None:
    store.put_run(replace(record("r1"), manifests={}))
    assert baseline(store) == ["r1"]
    assert last_validated(store, "flights", FEB_8) is None


def test_the_other_partition_is_the_nearest_earlier_good_one(store: LocalStore) -> None:
    store.put_run(record("r1", "date=2013-02-05"))
    store.put_run(record("r2", "date=2013-02-06"))
    store.put_run(record("r3", "date=2013-02-07", Status.FAIL))
    store.put_run(record("r4", "date=2013-02-09"))
    store.put_run(record("r5", "date=2013-02-05"))  # looked at again, later
    assert found(last_good_other(store, "flights", FEB_8)) == "r2"
    store.mark("r2", "rolled_back")
    assert found(last_good_other(store, "flights", FEB_8)) == "r5"
    assert found(last_good_other(store, "flights", FEB_8, before="r5")) == "r1"
    assert last_good_other(store, "flights", Partition.parse("date=2013-02-05")) is None
    assert last_good_other(store, "flights", Partition()) is None
    assert last_good_other(store, "other", FEB_8) is None


@pytest.mark.parametrize(
    ("partition", "others", "nearest"),
    [
        ("hour=10", ["hour=9", "hour=8", "hour=11"], "hour=9"),
        ("date=2013-03-01", ["date=2013-02-28", "date=2012-03-01"], "date=2013-02-28"),
        ("region=eu/date=08", ["region=eu/date=06", "region=us/date=07"], "region=eu/date=06"),
        ("date=08/region=eu", ["date=08/region=de", "date=07/region=eu"], "date=07/region=eu"),
        ("region=eu/date=08", ["region=us/date=07"], "region=us/date=07"),
        ("region=eu", ["region=de", "region=us", "region=at"], "region=de"),
        ("date=08/hour=00", ["date=08/hour=01", "date=07/hour=23", "date=07/hour=22"], "date=07/hour=23"),
        ("date=08", ["day=07", "date=07/hour=1", "", "date=08", "date=current"], None),
        ("", ["date=07", ""], None),
    ],
)
def test_nearest_earlier(partition: str, others: list[str], nearest: str | None) -> None:
    got = nearest_earlier(Partition.parse(partition), [Partition.parse(other) for other in others])
    assert (str(got) if got else None) == nearest


@given(
    st.lists(st.dates(dt.date(2000, 1, 1), dt.date(2030, 1, 1)), min_size=1, max_size=20, unique=True),
    st.data(),
)
def test_nearest_earlier_of_days_is_the_day_before(days: list[dt.date], data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(days))
    got = nearest_earlier(Partition.of({"date": one}), [Partition.of({"date": day}) for day in days])
    earlier = [day for day in days if day < one]
    assert got == (Partition.of({"date": max(earlier)}) if earlier else None)


def test_a_damaged_record_is_named_and_the_one_before_it_is_taken(store: LocalStore) -> None:
    for run_id in ("r1", "r2"):
        store.put_run(record(run_id))
    path = store.root / "runs/flights/r2.json"
    path.write_text(path.read_text().replace('"manifests"', '"lost"'))
    with pytest.warns(StoreWarning, match=r"Run r2 was left out: .*'manifests' is missing"):
        assert found(last_validated(store, "flights", FEB_8)) == "r1"
    with pytest.warns(StoreWarning, match="Run r2 was left out"):
        assert found(last_good_other(store, "flights", Partition.parse("date=2013-02-09"))) == "r1"


def test_rows_carry_what_the_record_says_and_become_json(store: LocalStore) -> None:
    one = replace(record("r1"), action="rollback", reason="failed", note="notes/r1.md", rollback_id="b1")
    store.put_run(one)
    (row,) = history(store, "flights", 5).rows
    assert row.to_dict() == {
        "run_id": "r1",
        "suite": "flights",
        "kind": "run",
        "partition": {"date": "2013-02-08"},
        "started": "2013-02-09T00:00:00+00:00",
        "seconds": 0.25,
        "status": "pass",
        "rows": 883,
        "counts": {"pass": 0, "fail": 0, "error": 0, "untested": 0},
        "action": "rollback",
        "reason": "failed",
        "rollback_id": "b1",
        "note": "notes/r1.md",
        "visible": True,
        "events": [],
        "baseline": True,
    }


def test_history_is_limited_and_counts_all(store: LocalStore) -> None:
    for number in range(5):
        store.put_run(record(f"r{number}", f"date=2013-02-0{number + 1}"))
    shown = history(store, "flights", 2)
    assert [row.run_id for row in shown.rows] == ["r4", "r3"]
    assert shown.total == 5
    assert [row.run_id for row in history(store, partition=Partition.parse("date=2013-02-02")).rows] == ["r1"]
    assert history_rows([], {}) == ()
