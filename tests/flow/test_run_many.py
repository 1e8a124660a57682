"""Many partitions in one process: each as if it had been run alone."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from flow_lakes import DAY, NEXT, Lake, bad, good, lake

import dq
from dq.errors import DataError, UsageError
from dq.flow import many, setting
from dq.flow.many import run_many
from dq.flow.run import run
from dq.flow.runs import PartitionRun, Runs
from dq.lake.local import files
from dq.lake.manifest import Manifest, Partition
from dq.result import RunRecord, Status
from dq.store import LocalStore

THIRD = {"date": "2026-03-03"}
DAYS = "date=2026-03-01..2026-03-03"


@pytest.fixture
def here(tmp_path: Path) -> Lake:
    """Three days; the second was rewritten with bad rows after it had passed."""
    made = lake(tmp_path)
    made.write(THIRD, good(80), "raw")
    for day, start in ((DAY, 0), (NEXT, 40), (THIRD, 80)):
        made.write(day, good(start))
    run(made.suite, NEXT)
    made.write(NEXT, bad(40))
    return made


def statuses(runs: Runs) -> list[str]:
    return [one.status.value if one.status else "unreadable" for one in runs.partitions]


def core(record: RunRecord, root: Path) -> dict[str, Any]:
    """What a record says, without ids, times, the machine, and where the project lies."""
    plain = record.to_dict()
    for key in ("run_id", "rollback_id", "note", "peak_memory", "token"):
        plain.pop(key)
    for key in ("started", "seconds"):
        plain["result"].pop(key)
    told: dict[str, Any] = json.loads(json.dumps(plain).replace(str(root), ""))
    return told


def test_each_partition_is_recorded_as_if_it_had_been_run_alone(here: Lake) -> None:
    twin = lake_copy(here)
    runs = run_many(here.suite, DAYS)
    alone = [run(twin.suite, day) for day in (DAY, NEXT, THIRD)]
    assert [str(one.partition) for one in runs.partitions] == [f"date=2026-03-0{n}" for n in (1, 2, 3)]
    assert statuses(runs) == ["pass", "fail", "pass"]
    assert not runs.good
    store = LocalStore(here.store)
    for one, other in zip(runs.partitions, alone, strict=True):
        assert core(store.get_run(one.run_id), here.root) == core(other.record, twin.root)
    middle = runs.partitions[1]
    assert middle.failed == {"amount-between": dq.Severity.CRITICAL}
    assert middle.action == "rollback"
    assert store.get_note(middle.run_id) is not None
    assert [event.name for event in store.events(middle.run_id)] == ["rolled_back"]
    assert here.read(NEXT) == good(40).to_pylist()


def lake_copy(here: Lake) -> Lake:
    other = here.root.parent / f"{here.root.name}-twin"
    shutil.copytree(here.root, other)
    return Lake(other)


def test_the_same_number_of_queries_on_a_used_engine(here: Lake) -> None:
    queries = [run(here.suite, day).result.queries for day in (DAY, THIRD)]
    runs = run_many(here.suite, [DAY, THIRD])
    store = LocalStore(here.store)
    assert [store.get_run(one.run_id).result.queries for one in runs.partitions] == queries


def test_one_that_cannot_be_read_does_not_stop_the_others(here: Lake) -> None:
    (here.folder(DAY) / "part-0.parquet").write_bytes(b"PAR1 nothing")
    runs = run_many(here.suite, DAYS)
    assert statuses(runs) == ["unreadable", "fail", "pass"]
    broken = runs.partitions[0]
    assert (broken.run_id, broken.rows, broken.action) == ("", None, "none")
    assert "cannot be read" in broken.error
    assert runs.counts() == {"unreadable": 1, "fail": 1, "pass": 1}
    assert runs.to_dict()["partitions"][0]["status"] == "unreadable"


def test_the_text_of_a_foreign_error_stays_inside(here: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> Any:
        raise ValueError("secret value")

    monkeypatch.setattr(many, "run_slice", fails)
    runs = run_many(here.suite, DAYS)
    assert statuses(runs) == ["unreadable"] * 3
    assert runs.partitions[0].error == "unexpected ValueError; run this partition alone to see where"


def test_a_day_of_a_range_that_never_came_is_untested(here: Lake) -> None:
    runs = run_many(here.suite, "date=2026-03-03..2026-03-04")
    assert statuses(runs) == ["pass", "untested"]
    assert runs.partitions[1].rows == 0


def test_a_pattern_and_everything_take_what_is_there(here: Lake) -> None:
    assert len(run_many(here.suite, "date=2026-03-*").partitions) == 3
    assert len(run_many(here.suite).partitions) == 3


def test_mappings_are_run_in_their_order_once(here: Lake) -> None:
    runs = run_many(here.suite, [THIRD, DAY, THIRD])
    assert [one.partition for one in runs.partitions] == [Partition.of(THIRD), Partition.of(DAY)]


@pytest.mark.parametrize(
    ("partitions", "error", "why"),
    [
        ({"date": "2026-03-01"}, UsageError, "give a list of mappings, or call dq.run"),
        ([], UsageError, "no partition is named"),
        (["date=2026-03-01", {"date": "2026-03-01"}], UsageError, "not both"),
        ("dat=2026-*", UsageError, "Did you mean 'date'"),
        ("date=2027-*", DataError, "no partition matches"),
    ],
)
def test_what_is_refused_before_anything_runs(
    here: Lake, partitions: Any, error: type[Exception], why: str
) -> None:
    before = LocalStore(here.store).count()
    with pytest.raises(error, match=why):
        run_many(here.suite, partitions)
    assert LocalStore(here.store).count() == before


def test_a_table_without_partitions_is_for_run(tmp_path: Path) -> None:
    pq.write_table(good(), tmp_path / "a.parquet")
    suite = {"suite": "s", "columns": {"id": ["not_null"]}}
    with pytest.raises(UsageError, match="no partitions to run one by one"):
        run_many(suite, None, str(tmp_path), store=tmp_path.parent / f"{tmp_path.name}-store")


# --- going on -----------------------------------------------------------------------------------------


def skipped(runs: Runs) -> list[bool]:
    return [one.skipped for one in runs.partitions]


def test_what_is_done_is_skipped_and_counts(here: Lake) -> None:
    here.write_suite("report")
    first = run_many(here.suite, DAYS)
    again = run_many(here.suite, DAYS, skip_done=True)
    assert skipped(again) == [True, True, True]
    assert statuses(again) == statuses(first) == ["pass", "fail", "pass"]
    assert [one.run_id for one in again.partitions] == [one.run_id for one in first.partitions]
    assert not again.good


def test_changed_bytes_are_run_again_and_equal_bytes_are_not(here: Lake) -> None:
    run_many(here.suite, [DAY, THIRD])
    here.write(DAY, good(0, 30))
    here.write(THIRD, good(80))  # written again, with the same bytes
    assert skipped(run_many(here.suite, [DAY, THIRD], skip_done=True)) == [False, True]


def test_another_suite_is_run(here: Lake) -> None:
    run_many(here.suite, [DAY])
    here.suite.write_text(here.suite.read_text().replace("[0, 100]", "[0, 101]"))
    assert skipped(run_many(here.suite, [DAY], skip_done=True)) == [False]


def test_a_rollback_is_followed_by_a_look_at_what_came_back(here: Lake) -> None:
    run_many(here.suite, [NEXT])
    again = run_many(here.suite, [NEXT], skip_done=True)
    assert (skipped(again), statuses(again)) == ([False], ["pass"])
    assert skipped(run_many(here.suite, [NEXT], skip_done=True)) == [True]


def test_a_note_that_was_cut_off_is_written(here: Lake) -> None:
    here.write_suite("report")
    (one,) = run_many(here.suite, [NEXT]).partitions
    for note in (here.store / "notes").iterdir():
        note.unlink()
    assert skipped(run_many(here.suite, [NEXT], skip_done=True)) == [False]
    assert LocalStore(here.store).get_note(one.run_id) is None


def test_an_error_is_tried_again(here: Lake) -> None:
    here.suite.write_text(here.suite.read_text() + "  - sql: SELECT nothing FROM {batch}\n    id: odd\n")
    assert statuses(run_many(here.suite, [DAY])) == ["error"]
    assert skipped(run_many(here.suite, [DAY], skip_done=True)) == [False]


def test_an_interruption_leaves_what_was_done(here: Lake) -> None:
    told: list[PartitionRun] = []

    def tell(one: PartitionRun, total: int) -> None:
        told.append(one)
        assert total == 3
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_many(here.suite, DAYS, tell=tell)
    again = run_many(here.suite, DAYS, skip_done=True)
    assert skipped(again) == [True, False, False]  # the second was rolled back, so other bytes are there
    assert statuses(again) == ["pass", "pass", "pass"]


# --- what is shared -----------------------------------------------------------------------------------


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    hashed: list[str] = []
    real: Callable[..., Any] = files.describe

    def describe(folder: Path, paths: Any, **more: Any) -> Any:
        listed = list(paths)
        hashed.extend(str(path) for path in listed)
        return real(folder, listed, **more)

    monkeypatch.setattr(setting, "describe", describe)
    return hashed


def test_the_input_is_hashed_once_per_run(here: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    run(here.suite, DAY)  # from now on a run asks whether the input moved
    hashed = counted(monkeypatch)
    run(here.suite, DAY)
    assert [Path(path).parts[-3:] for path in hashed] == [("raw", "date=2026-03-01", "part-0.parquet")]


def test_a_file_that_changes_is_hashed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = counted(monkeypatch)
    hashes = setting.Hashes()

    def manifest() -> Manifest:
        from dq.lake.opening import open_source

        found = hashes.manifest(open_source(str(tmp_path)), Partition())
        assert found is not None
        return found

    pq.write_table(good(), tmp_path / "a.parquet")
    first = manifest()
    assert manifest() == first
    assert (len(hashed), first.rows, first.files[0].path) == (1, 40, "a.parquet")
    pq.write_table(good(5), tmp_path / "a.parquet")
    assert not manifest().same_bytes(first)
    pq.write_table(good(), tmp_path / "b.parquet")
    assert [entry.path for entry in manifest().files] == ["a.parquet", "b.parquet"]
    assert len(hashed) == 3


def test_the_suite_of_the_input_is_read_once(here: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    from dq.suites import load

    (here.root / "raw.yml").write_text("suite: raw\ndata: lake/raw\ncolumns:\n  id: [not_null]\n")
    here.suite.write_text(here.suite.read_text().replace("data: lake/raw", "suite: raw.yml"))
    read: list[str] = []
    real = load._load_file

    def load_file(path: str, params: Any, **more: Any) -> Any:
        read.append(path)
        return real(path, params, **more)

    monkeypatch.setattr(load, "_load_file", load_file)
    assert statuses(run_many(here.suite, [DAY, THIRD])) == ["pass", "pass"]
    assert [os.path.basename(path) for path in read] == ["orders.yml", "raw.yml"]


def test_records_without_a_token_are_still_read(here: Lake) -> None:
    record = run(here.suite, DAY).record
    assert record.token
    plain = record.to_dict()
    del plain["token"]
    assert RunRecord.from_dict(plain).token == ""


def test_runs_tell_themselves(here: Lake) -> None:
    runs = run_many(here.suite, DAYS)
    assert str(runs).splitlines() == [
        "orders: 3 partitions: 2 pass, 1 fail",
        "  date=2026-03-02: fail amount-between",
    ]
    assert Runs("s", ()).good is False
    assert runs.partitions[0].status is Status.PASS
