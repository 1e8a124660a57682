"""What the local layouts list, describe, keep and refuse."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dq.errors import DataError, RollbackConflict, RollbackRefused
from dq.lake.layout import Load
from dq.lake.local import entry, files, hive
from dq.lake.local.base import LocalLayout
from dq.lake.local.folder import LocalFolder
from dq.lake.local.pointer import LocalPointer
from dq.lake.manifest import Partition

DAY = Partition.of({"date": "2013-02-08"})
KINDS = (LocalPointer, LocalFolder)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def layout(request: pytest.FixtureRequest, tmp_path: Path) -> LocalPointer | LocalFolder:
    made: LocalPointer | LocalFolder = request.param(tmp_path / "lake" / "flights", tmp_path / ".dq")
    return made


def source(folder: Path, **content: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in content.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def show(layout: LocalPointer | LocalFolder, folder: Path, partition: Partition = DAY) -> Load:
    load = layout.stage(partition, folder)
    layout.swap(partition, layout.current(partition), load)
    return load


def test_a_load_becomes_visible(layout: LocalPointer | LocalFolder, tmp_path: Path) -> None:
    assert layout.partitions() == ()
    assert layout.current(DAY) is None
    assert layout.manifest(DAY).files == ()
    assert layout.manifest(DAY).rows == 0
    assert layout.files(DAY) == ()
    staged = source(tmp_path / "staged", a="1", b="2")
    (staged / "_SUCCESS").touch()
    load = layout.stage(DAY, staged)
    assert layout.partitions() == ()
    layout.swap(DAY, None, load)
    assert layout.shows(DAY, load)
    assert layout.partitions() == (DAY,)
    assert [file.path for file in layout.manifest(DAY).files] == ["a.csv", "b.csv"]
    assert layout.manifest(DAY).rows is None
    assert [Path(path).read_text() for path in layout.files(DAY)] == ["1", "2"]
    assert all("date=2013-02-08" in Path(path).parts for path in layout.files(DAY))
    assert (tmp_path / "lake/flights/date=2013-02-08/_SUCCESS").exists()
    assert sorted(path.name for path in staged.iterdir()) == ["_SUCCESS", "a.csv", "b.csv"]


def test_swap_compares(layout: LocalPointer | LocalFolder, tmp_path: Path) -> None:
    first = layout.stage(DAY, source(tmp_path / "1", a="1"))
    second = layout.stage(DAY, source(tmp_path / "2", a="2"))
    with pytest.raises(RollbackConflict, match="not in the state"):
        layout.swap(DAY, "elsewhere", first)
    layout.swap(DAY, None, first)
    layout.swap(DAY, None, first)
    with pytest.raises(RollbackConflict, match="not in the state"):
        layout.swap(DAY, None, second)
    with pytest.raises(RollbackConflict, match="not in the state"):
        layout.swap(DAY, "elsewhere", second)
    with pytest.raises(RollbackConflict, match="not in the state"):
        layout.swap(DAY, "elsewhere", None)
    assert layout.shows(DAY, first)
    layout.swap(DAY, layout.current(DAY), None)
    layout.swap(DAY, "whatever", None)
    assert layout.current(DAY) is None


def test_a_token_is_never_seen_twice(layout: LocalPointer | LocalFolder, tmp_path: Path) -> None:
    """A, B, A again: a plan made for the first A must not be applied to the second."""
    one, two = source(tmp_path / "1", a="1"), source(tmp_path / "2", a="2")
    first = show(layout, one)
    token = layout.current(DAY)
    second = show(layout, two)
    again = (
        layout.prepare(first.manifest, first.id) if layout.name == "local-pointer" else layout.stage(DAY, one)
    )
    layout.swap(DAY, layout.current(DAY), again)
    assert layout.manifest(DAY).same_bytes(first.manifest)
    assert layout.current(DAY) != token
    with pytest.raises(RollbackConflict):
        layout.swap(DAY, token, second)


def test_keep_and_prepare(layout: LocalPointer | LocalFolder, tmp_path: Path) -> None:
    good = show(layout, source(tmp_path / "1", a="1", b="2")).manifest
    good = layout.manifest(DAY)
    assert layout.kept(good) == (None if layout.name == "local-folder" else good.location)
    assert layout.keep(good) == layout.keep(good) == layout.kept(good)
    show(layout, source(tmp_path / "2", a="9"))
    load = layout.prepare(good, "rb-1")
    assert load.manifest.same_bytes(good)
    assert layout.prepare(good, "rb-1") == load
    layout.swap(DAY, layout.current(DAY), load)
    assert layout.manifest(DAY).same_bytes(good)


def test_bytes_that_changed_since_validation_are_not_kept(tmp_path: Path) -> None:
    layout = LocalFolder(tmp_path / "flights", tmp_path / ".dq")
    folder = source(tmp_path / "flights" / "date=2013-02-08", a="1", b="2")
    manifest = layout.manifest(DAY)
    (folder / "b.csv").write_text("3")
    with pytest.raises(RollbackConflict, match="changed since it was validated"):
        layout.keep(manifest)
    (folder / "b.csv").unlink()
    with pytest.raises(RollbackConflict, match="changed since it was validated"):
        layout.keep(manifest)
    assert layout.kept(manifest) is None


def test_equal_content_is_kept_once(tmp_path: Path) -> None:
    layout = LocalFolder(tmp_path / "flights", tmp_path / ".dq")
    for day in ("2013-02-07", "2013-02-08"):
        source(tmp_path / "flights" / f"date={day}", a="same", b=day)
        layout.keep(layout.manifest(Partition.of({"date": day})))
    assert len(list((tmp_path / ".dq/kept/objects").rglob("*/*"))) == 3


def test_parquet_rows_come_from_the_footer(layout: LocalPointer | LocalFolder, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    staged = tmp_path / "staged"
    staged.mkdir()
    for name, rows in (("a", 3), ("b", 4)):
        pq.write_table(pa.table({"x": list(range(rows))}), staged / f"{name}.parquet")
    manifest = show(layout, staged).manifest
    assert [file.rows for file in manifest.files] == [3, 4]
    assert manifest.rows == 7
    half = (staged / "b.parquet").read_bytes()
    (staged / "b.parquet").write_bytes(half[: len(half) // 2])
    (staged / "c.parquet").touch()
    cut = layout.stage(DAY, staged).manifest
    assert [file.rows for file in cut.files] == [3, None, None]
    assert cut.rows is None


def test_staging_nothing_is_an_error(layout: LocalPointer | LocalFolder, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "_SUCCESS").touch()
    for name in ("empty", "missing"):
        with pytest.raises(DataError, match="no data file"):
            layout.stage(DAY, tmp_path / name)
    assert layout.stage(DAY, source(tmp_path / "s", a="1") / "a.csv").manifest.files[0].path == "a.csv"
    with pytest.raises(RollbackRefused, match="is not at"):
        layout.quarantine_load(Load("gone", DAY, layout.manifest(DAY)), "rf-1")


def test_the_store_must_not_lie_inside_the_table(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="inside the table"):
        LocalFolder(tmp_path / "flights", tmp_path / "flights" / ".dq")


def test_loads_are_read_only_and_a_changed_load_is_not_restored(tmp_path: Path) -> None:
    layout = LocalPointer(tmp_path / "flights", tmp_path / ".dq")
    good = show(layout, source(tmp_path / "1", a="1")).manifest
    file = Path(good.location) / "a.csv"
    assert file.stat().st_mode & 0o222 == 0
    file.chmod(0o644)
    file.write_text("2")
    assert layout.kept(good) is not None
    with pytest.raises(RollbackRefused, match="changed: expected 1 files"):
        layout.prepare(good, "rb-1")
    with pytest.raises(RollbackConflict, match="1 of 1 files changed"):
        layout.keep(good)


def test_a_moved_lake_finds_its_loads_again(tmp_path: Path) -> None:
    layout = LocalPointer(tmp_path / "lake" / "flights", tmp_path / ".dq")
    good = show(layout, source(tmp_path / "1", a="1")).manifest
    (tmp_path / "lake").rename(tmp_path / "moved")
    layout = LocalPointer(tmp_path / "moved" / "flights", tmp_path / ".dq")
    assert layout.manifest(DAY).same_bytes(good)
    assert layout.prepare(good, "rb-1").manifest.location.startswith(str(tmp_path / "moved"))


def test_a_plain_folder_becomes_a_load(tmp_path: Path) -> None:
    """A table of plain folders is taken over partition by partition; nothing of it is lost."""
    layout = LocalPointer(tmp_path / "flights", tmp_path / ".dq")
    source(tmp_path / "flights" / "date=2013-02-08", a="old")
    token, old = layout.current(DAY), layout.manifest(DAY)
    assert layout.partitions() == (DAY,)
    assert str(token).startswith("folder:")
    assert layout.kept(old) is None
    assert layout.keep(old) == layout.kept(old)
    load = layout.stage(DAY, source(tmp_path / "1", a="new"))
    layout.swap(DAY, token, load)
    left = layout.settle(DAY, token, load, frozenset(), "pb-1")
    assert layout.shows(DAY, load)
    assert (Path(str(left)) / "a.csv").read_text() == "old"


def test_a_link_to_nothing_is_described(tmp_path: Path) -> None:
    layout = LocalPointer(tmp_path / "flights", tmp_path / ".dq")
    (tmp_path / "flights").mkdir()
    (tmp_path / "flights" / "date=2013-02-08").symlink_to("../.flights.loads/date=2013-02-08/gone")
    assert layout.partitions() == (DAY,)
    assert str(layout.current(DAY)).startswith("gone@")
    assert layout.manifest(DAY).files == ()


def test_what_others_wrote_is_found_whatever_its_escaping(tmp_path: Path) -> None:
    layout = LocalFolder(tmp_path / "t", tmp_path / ".dq")
    spark, arrow, raw = (Partition.of({"city": name}) for name in ("New York:1", "Åre/2", "A B"))
    for name in ("city=New York%3A1", "city=%C3%85re%2F2", "city=A B"):
        source(tmp_path / "t" / name, a=name)
    assert set(layout.partitions()) == {spark, arrow, raw}
    assert all(len(layout.manifest(partition).files) == 1 for partition in (spark, arrow, raw))


def test_emptied_outer_folders_are_no_partitions(tmp_path: Path) -> None:
    source(tmp_path / "t" / "date=1" / "hour=03", a="1")
    (tmp_path / "t" / "date=2").mkdir()
    (tmp_path / "t" / ".hidden=1").mkdir()
    assert hive.walk(tmp_path / "t") == [Partition.of({"date": "1", "hour": "03"})]
    (tmp_path / "empty").mkdir()
    assert hive.walk(tmp_path / "empty") == []


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    st.text(st.characters(exclude_categories=["Cs"])),
)
def test_no_value_leaves_its_place(column: str, value: str) -> None:
    name = hive.component(column, value)
    assert "/" not in name
    assert name.isascii()
    assert name not in (".", "..")
    if not column.startswith((".", "_")):
        assert hive.pair(name) == (column, value)


def test_listing_tells_data_from_foreign_and_odd(tmp_path: Path) -> None:
    source(tmp_path / "x", a="1")
    source(tmp_path / "x" / "sub", b="2")
    source(tmp_path / "x" / "_delta_log", c="3")
    (tmp_path / "x" / ".a.csv.crc").touch()
    (tmp_path / "x" / "dangling").symlink_to("nowhere")
    (tmp_path / "x" / "loop").symlink_to(".")
    assert files.scan(tmp_path / "x") == files.Listing(
        ("a.csv", "sub/b.csv"), (".a.csv.crc", "_delta_log/c.csv"), ("dangling",)
    )
    with pytest.raises(DataError, match="is a file"):
        files.scan(tmp_path / "x" / "a.csv")


def test_odd_entries_are_never_deleted(tmp_path: Path) -> None:
    layout = LocalFolder(tmp_path / "flights", tmp_path / ".dq")
    folder = source(tmp_path / "flights" / "date=2013-02-08", a="1")
    (folder / "dangling").symlink_to("nowhere")
    token, manifest = layout.current(DAY), layout.manifest(DAY)
    kept = layout.quarantine(DAY, manifest, "rb-1")
    layout.swap(DAY, token, None)
    place = layout.settle(DAY, token, None, kept.checksums, "rb-1")
    assert os.readlink(Path(str(place)) / "late-1" / "dangling") == "nowhere"


def test_exchange_and_move_new(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("1")
    two.mkdir()
    if entry.exchange(one, two):
        assert (two.read_text(), one.is_dir()) == ("1", True)
    with pytest.raises(FileExistsError):
        entry.move_new(one, two)
    entry.move_new(one, tmp_path / "three")
    assert (tmp_path / "three").exists()


def test_every_layout_states_its_promise(layout: LocalPointer | LocalFolder) -> None:
    promise = layout.promise
    assert promise.atomicity.startswith("Not atomic" if layout.name == "local-folder" else "Atomic")
    assert promise.guards
    assert promise.windows
    assert isinstance(layout, LocalLayout)


def test_importing_loads_no_engine() -> None:
    code = (
        "import sys, dq.lake.local.pointer, dq.lake.local.folder, dq.rollback.applying, dq.rollback.decide;"
        "print(sorted({'duckdb', 'pandas', 'pyarrow', 'numpy', 'sqlglot'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
