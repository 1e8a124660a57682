"""Layout `iceberg`: staging, publishing, rolling back one partition, and everybody else at work meanwhile."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("pyiceberg", reason="Iceberg tables need pyiceberg")
pytest.importorskip("pyarrow", minversion="17", reason="pyiceberg needs pyarrow 17")

from aws_server import Cloud
from iceberg_worlds import BAD, BY_DAY, DAY, GOOD, NEXT, OTHER, SCHEMA, Lake, rows_of
from pyiceberg.partitioning import PartitionSpec

from dq.aws.options import IcebergOptions
from dq.errors import DataError, RollbackConflict, RollbackRefused, UsageError
from dq.lake.iceberg.address import TableAddress
from dq.lake.iceberg.layout import IcebergLayout
from dq.lake.layout import Load
from dq.lake.manifest import Manifest, Partition

WHOLE = Partition()


def swapped(lake: Lake, load: Load, **more: Any) -> None:
    layout = lake.layout(**more)
    layout.swap(load.partition, layout.current(load.partition), load)


def rolled_back(lake: Lake, good: Manifest, name: str = "rb-1") -> Load:
    layout = lake.layout()
    token = layout.current(good.partition)
    layout.quarantine(good.partition, layout.manifest(good.partition), name)
    load = layout.prepare(good, name)
    layout.swap(good.partition, token, load)
    return load


def test_a_load_is_on_a_branch_until_it_is_published(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    lake.append(NEXT, OTHER)
    lake.append(DAY, BAD)
    load = lake.layout().stage(DAY, lake.staged(DAY, GOOD), "l1")
    assert lake.seen() == (-2.0, -1.0)
    assert lake.rows("dq-load-l1") == {"2024-01-01": GOOD, "2024-01-02": OTHER}
    assert load.manifest.rows == 3
    assert load.token
    again = lake.layout().stage(DAY, lake.staged(DAY, OTHER), "l1")
    assert again == load  # it was complete: nothing is staged twice
    swapped(lake, load)
    assert lake.rows() == {"2024-01-01": GOOD, "2024-01-02": OTHER}
    layout = lake.layout()
    assert layout.current(DAY) == load.token
    assert layout.shows(DAY, load)
    layout.settle(DAY, None, load, frozenset(), "pb-1")
    assert set(lake.table().refs()) == {"main"}
    assert lake.seen() == GOOD


def test_a_published_load_is_spared_by_the_expiry_of_snapshots(tmp_path: Path) -> None:
    """Its files are named by a snapshot that is no ancestor of main: Iceberg must be told where they went."""
    lake = Lake.local(tmp_path)
    load = lake.layout().stage(DAY, lake.staged(DAY, GOOD), "l1")
    swapped(lake, load)
    summary = lake.table().current_snapshot().summary.additional_properties
    assert summary["source-snapshot-id"] == load.manifest.snapshot
    assert summary["dq.load"] == "l1"


def test_what_was_taken_out_comes_back_under_another_name(tmp_path: Path) -> None:
    """A file that a snapshot took out may be deleted when that snapshot expires, even if it was put back."""
    lake = Lake.local(tmp_path)
    good = lake.write(DAY, GOOD)
    lake.layout().keep(good)
    lake.write(DAY, BAD)
    load = rolled_back(lake, good)
    now = lake.layout().manifest(DAY)
    assert lake.seen() == GOOD
    assert set(now.paths).isdisjoint(good.paths)
    assert now.same_bytes(good)
    assert now.location == f"{tmp_path}/warehouse/db/orders/data/dq/rb-1/"
    assert "source-snapshot-id" not in lake.table().current_snapshot().summary.additional_properties
    for path in good.paths:  # as an expiry would do
        Path(path).unlink()
    assert lake.seen() == GOOD
    assert lake.layout().shows(DAY, load)


def test_files_that_are_still_there_are_not_copied(tmp_path: Path) -> None:
    """What a bad append added is taken out; the good files were never out."""
    lake = Lake.local(tmp_path)
    good = lake.write(DAY, GOOD)
    lake.layout().keep(good)
    lake.append(DAY, BAD)
    load = rolled_back(lake, good)
    assert lake.seen() == GOOD
    assert load.manifest.paths == good.paths
    assert lake.layout().files(DAY) == good.paths


def test_later_commits_to_other_partitions_stay(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    good = lake.write(DAY, GOOD)
    lake.layout().keep(good)
    bad = lake.write(DAY, BAD)
    lake.append(NEXT, OTHER)
    rolled_back(lake, good)
    assert lake.rows() == {"2024-01-01": GOOD, "2024-01-02": OTHER}
    assert lake.rows("dq-quarantine-rb-1")["2024-01-01"] == (-2.0, -1.0)
    rolled_back(lake, bad, "un-1")
    assert lake.rows() == {"2024-01-01": (-2.0, -1.0), "2024-01-02": OTHER}


def test_another_partition_is_no_change_of_this_one(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    lake.write(DAY, GOOD)
    token = lake.layout().current(DAY)
    lake.append(NEXT, OTHER)
    assert lake.layout().current(DAY) == token
    lake.append(DAY, OTHER)
    assert lake.layout().current(DAY) != token


class Then:
    """Does something just before one step, as often as is said."""

    def __init__(self, step: str, action: Any, times: int = 1) -> None:
        self.step, self.action, self.left = step, action, times

    def __call__(self, step: str) -> None:
        if step == self.step and self.left:
            self.left -= 1
            self.action()


@pytest.mark.parametrize("isolation", ["serializable", "snapshot"])
def test_a_race_with_another_partition_keeps_both(tmp_path: Path, isolation: str) -> None:
    lake = Lake.local(tmp_path, properties={"write.delete.isolation-level": isolation})
    lake.write(DAY, BAD)
    load = lake.layout().stage(DAY, lake.staged(DAY, GOOD), "l1")
    swapped(lake, load, steps=Then("before:commit", lambda: lake.append(NEXT, OTHER), times=3))
    assert lake.rows() == {"2024-01-01": GOOD, "2024-01-02": OTHER * 3}


@pytest.mark.parametrize("isolation", ["serializable", "snapshot"])
@pytest.mark.parametrize("writes", ["append", "write"])
def test_a_race_with_the_same_partition_keeps_theirs(tmp_path: Path, isolation: str, writes: str) -> None:
    """Also where the table asks for snapshot isolation, under which pyiceberg itself lets both through."""
    lake = Lake.local(tmp_path, properties={"write.delete.isolation-level": isolation})
    lake.write(DAY, BAD)
    load = lake.layout().stage(DAY, lake.staged(DAY, GOOD), "l1")
    with pytest.raises(RollbackConflict, match="another writer committed"):
        swapped(lake, load, steps=Then("before:commit", lambda: getattr(lake, writes)(DAY, OTHER)))
    assert lake.seen() == ((-2.0, -1.0, 7.0) if writes == "append" else OTHER)


def test_writers_who_never_rest_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dq.lake.iceberg.commits._TRIES", 2)
    lake = Lake.local(tmp_path)
    lake.write(DAY, BAD)
    load = lake.layout().stage(DAY, lake.staged(DAY, GOOD), "l1")
    with pytest.raises(DataError, match=r"2 commits were refused.*Nothing of theirs was touched"):
        swapped(lake, load, steps=Then("before:commit", lambda: lake.append(NEXT, OTHER), times=99))
    assert lake.seen() == (-2.0, -1.0)
    swapped(lake, load)
    assert lake.seen() == GOOD


def test_a_publish_never_loses_commits_to_main(tmp_path: Path) -> None:
    """A branch that is older than main is not put in main's place."""
    lake = Lake.local(tmp_path)
    lake.write(DAY, BAD)
    load = lake.layout().stage(DAY, lake.staged(DAY, GOOD), "l1")
    lake.append(NEXT, OTHER)
    swapped(lake, load)
    assert lake.rows() == {"2024-01-01": GOOD, "2024-01-02": OTHER}


def test_out_of_sight_and_back(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    lake.append(NEXT, OTHER)
    bad = lake.write(DAY, BAD)
    layout = lake.layout()
    layout.quarantine(DAY, bad, "qt-1")
    layout.swap(DAY, layout.current(DAY), None)
    assert lake.rows() == {"2024-01-02": OTHER}
    assert (layout.current(DAY), layout.partitions()) == (None, (NEXT,))
    layout.swap(DAY, "whatever", None)  # done already
    load = layout.prepare(bad, "un-1")
    layout.swap(DAY, None, load)
    assert lake.seen() == (-2.0, -1.0)


def test_a_table_without_partitions_as_a_whole(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path, spec=PartitionSpec())
    assert lake.layout().partitions() == (WHOLE,)
    assert lake.layout().current(WHOLE) is None
    load = lake.layout().stage(WHOLE, lake.staged(DAY, GOOD), "l1")
    swapped(lake, load)
    good = lake.layout().manifest(WHOLE)
    lake.layout().keep(good)
    lake.append(DAY, BAD)
    rolled_back(lake, good)
    assert lake.rows() == {"2024-01-01": GOOD}
    with pytest.raises(UsageError, match="no partitions that can be named; leave 'day' out"):
        lake.layout().current(DAY)


def test_a_refused_load_is_kept_by_a_tag(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    lake.write(DAY, GOOD)
    layout = lake.layout()
    load = layout.stage(DAY, lake.staged(DAY, BAD), "l1")
    kept = layout.quarantine_load(load, "rf-1")
    assert kept == layout.quarantine_load(load, "rf-1")
    assert (kept.copied, kept.manifest) == (False, load.manifest)
    assert set(lake.table().refs()) == {"main", "dq-quarantine-rf-1"}
    assert lake.rows("dq-quarantine-rf-1")["2024-01-01"] == (-2.0, -1.0)
    assert lake.seen() == GOOD
    with pytest.raises(RollbackRefused, match="has no branch dq-load-l1 any more"):
        layout.quarantine_load(load, "rf-2")


def test_one_tag_for_all_that_was_validated_in_one_snapshot(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    lake.write(NEXT, OTHER)
    lake.write(DAY, GOOD)
    layout = lake.layout()
    places = {layout.keep(layout.manifest(one)) for one in layout.partitions()}
    head = lake.table().current_snapshot().snapshot_id
    assert places == {f"iceberg://lake/db.orders@dq-kept-{head}"}
    assert set(lake.table().refs()) == {"main", f"dq-kept-{head}"}


def test_a_tag_lasts_from_now_on_not_from_the_birth_of_its_snapshot(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    good = lake.write(DAY, GOOD)
    time.sleep(0.05)
    layout = IcebergLayout(
        lake.address, IcebergOptions(lake.options.catalogs, tmp_path, keep_days=2), lake.aws
    )
    layout.keep(good)
    table = lake.table()
    (ref,) = (ref for name, ref in table.refs().items() if name.startswith("dq-kept-"))
    born = table.snapshot_by_id(ref.snapshot_id).timestamp_ms
    left = born + ref.max_ref_age_ms - time.time() * 1000
    assert 2 * 86_400_000 - 60_000 < left <= 2 * 86_400_000
    assert ref.max_ref_age_ms > 2 * 86_400_000
    before = lake.table().metadata_location
    layout.keep(good)
    assert lake.table().metadata_location == before  # it lasts long enough: no commit


def test_tags_outlive_the_expiry_of_snapshots(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    good = lake.write(DAY, GOOD)
    lake.layout().keep(good)
    lost = lake.write(NEXT, OTHER)
    lake.write(NEXT, BAD)
    lake.write(DAY, BAD)
    expire(lake)
    assert lake.layout().kept(good)
    assert lake.layout().kept(lost) is None
    with pytest.raises(RollbackRefused, match=r"No snapshot of .* shows the files of the target manifest"):
        lake.layout().prepare(lost, "rb-0")
    with pytest.raises(RollbackConflict, match=r"No snapshot of .* shows the validated files"):
        lake.layout().keep(lost)
    rolled_back(lake, good)
    assert lake.rows() == {"2024-01-01": GOOD, "2024-01-02": (-2.0, -1.0)}


def expire(lake: Lake) -> None:
    import datetime as dt

    maintenance = getattr(lake.table(), "maintenance", None)
    if maintenance is None:
        pytest.skip("this pyiceberg cannot expire snapshots")
    maintenance.expire_snapshots().older_than(dt.datetime.now() + dt.timedelta(days=1)).commit()


def test_a_file_that_was_written_over_by_hand_is_not_restored(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    good = lake.write(DAY, GOOD)
    lake.layout().keep(good)
    lake.write(DAY, BAD)
    path = Path(good.paths[0])
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(RollbackRefused, match="their checksums differ"):
        lake.layout().prepare(good, "rb-1")
    path.unlink()
    assert lake.layout().kept(good) is None
    assert lake.seen() == (-2.0, -1.0)


def test_files_of_a_former_partitioning_are_not_put_into_the_new_one(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    good = lake.write(DAY, GOOD)
    lake.layout().keep(good)
    with lake.table().update_spec() as update:
        update.add_identity("id")
    lake.write(DAY, BAD)
    with pytest.raises(RollbackRefused, match="was partitioned in another way when those files were written"):
        lake.layout().prepare(good, "rb-1")
    assert lake.seen() == (-2.0, -1.0)


def test_row_level_deletes_are_seen_and_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pyiceberg writes none, so the plan of the files is told that one lies there."""
    from pyiceberg.table import DataScan

    lake = Lake.local(tmp_path)
    good = lake.write(DAY, GOOD)
    lake.layout().keep(good)
    bad = lake.write(DAY, BAD)
    plan = DataScan.plan_files

    def with_deletes(self: Any) -> list[Any]:
        tasks = list(plan(self))
        for task in tasks:
            if self.snapshot_id is None:
                task.delete_files = {task.file}
        return tasks

    monkeypatch.setattr(DataScan, "plan_files", with_deletes)
    layout = lake.layout()
    with pytest.raises(RollbackRefused, match="row-level deletes lie over 1 of its 1 data files"):
        layout.quarantine(DAY, bad, "rb-1")
    with pytest.raises(RollbackRefused, match="row-level deletes"):
        layout.swap(DAY, layout.current(DAY), layout.prepare(good, "rb-1"))
    with pytest.raises(RollbackRefused, match="row-level deletes"):
        layout.keep(bad)


def test_a_state_of_the_past_cannot_be_changed(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    with pytest.raises(UsageError, match="only the main branch can be published to or rolled back"):
        IcebergLayout(TableAddress.parse(f"{lake.uri}@audit"), lake.options, lake.aws)


def test_format_version_1_works_too(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path, properties={"format-version": "1"})
    assert lake.table().metadata.format_version == 1
    good = lake.write(DAY, GOOD)
    lake.layout().keep(good)
    lake.write(DAY, BAD)
    rolled_back(lake, good)
    assert lake.seen() == GOOD


# --- staged files -------------------------------------------------------------------------------------


def staged(lake: Lake, table: pa.Table) -> Path:
    folder = lake.folder / "staged"
    folder.mkdir()
    pq.write_table(table, folder / "part.parquet")
    return folder


def test_the_partition_may_be_left_out_of_the_files(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    folder = staged(lake, rows_of("x", GOOD).drop_columns(["day"]))
    swapped(lake, lake.layout().stage(DAY, folder))
    assert lake.rows() == {"2024-01-01": GOOD}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            rows_of("2024-01-02", GOOD),
            "rows of 1 other partitions .* for day=2024-01-01, e.g. day=2024-01-02",
        ),
        (rows_of("2024-01-01", ()), "holds no row; expected rows of partition day=2024-01-01"),
        (pa.table({"day": ["2024-01-01"], "no": [1]}), r"has no column 'no'; it has day, id, amount"),
        (pa.table({"day": ["2024-01-01"], "id": ["secret"]}), "column 'id' is string and does not fit int64"),
    ],
)
def test_staged_rows_that_do_not_fit(tmp_path: Path, rows: pa.Table, said: str) -> None:
    lake = Lake.local(tmp_path)
    lake.append(DAY, BAD)
    with pytest.raises(DataError, match=said) as raised:
        lake.layout().stage(DAY, staged(lake, rows), "l1")
    assert "secret" not in str(raised.value)
    assert lake.seen() == (-2.0, -1.0)


def test_staged_files_of_another_format(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    (tmp_path / "part.csv").write_text("day,id,amount\n2024-01-01,1,1.0\n")
    with pytest.raises(DataError, match="csv files; an Iceberg load is made of Parquet files"):
        lake.layout().stage(DAY, tmp_path / "part.csv")


def test_a_large_load_becomes_one_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dq.lake.iceberg.loads._BATCH", 1)
    lake = Lake.local(tmp_path)
    folder = tmp_path / "staged"
    folder.mkdir()
    for number in range(3):
        pq.write_table(rows_of("2024-01-01", (float(number),)), folder / f"{number}.parquet")
    load = lake.layout().stage(DAY, folder, "l1")
    assert len(load.manifest.files) == 3
    table = lake.table()
    branch = table.snapshot_by_id(table.refs()["dq-load-l1"].snapshot_id)
    assert branch.parent_snapshot_id == table.current_snapshot().snapshot_id


# --- on S3, in the Glue catalog -----------------------------------------------------------------------


def test_on_s3_with_the_glue_catalog(tmp_path: Path, cloud: Cloud) -> None:
    lake = Lake.on_s3(tmp_path, cloud.options, cloud.bucket().bucket)
    load = lake.layout().stage(DAY, lake.staged(DAY, GOOD), "l1")
    swapped(lake, load)
    lake.layout().settle(DAY, None, load, frozenset(), "pb-1")
    good = lake.layout().manifest(DAY)
    assert all(entry.version for entry in good.files)
    lake.layout().keep(good)
    lake.write(DAY, BAD)
    lake.append(NEXT, OTHER)
    rolled_back(lake, good)
    assert lake.rows() == {"2024-01-01": GOOD, "2024-01-02": OTHER}
    now = lake.layout().manifest(DAY)
    assert now.same_bytes(good)
    assert set(now.paths).isdisjoint(good.paths)
    source = lake.layout().source(now, "orders")
    from dq.lake.source import FileSource

    assert isinstance(source, FileSource)
    assert source.remote is not None
    assert [entry.version for entry in source.remote.entries] == [entry.version for entry in now.files]
    assert BY_DAY.fields
    assert SCHEMA.fields
