"""Splitting: every row in exactly one of two datasets, as it was; seen whole or not at all."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dq
from dq.errors import DataError, EngineError, StoreError, UsageError
from dq.rows.marks import Marks

SUITE: dict[str, Any] = {
    "columns": {"a": ["not_null", {"between": [-1, 1], "mostly": 0.1}], "b": ["unique"]},
    "table": [{"row_count": {"min": 0}}],
}
TABLE = pa.table({"a": [0, None, 5, 1], "b": [1, 2, 3, 3]})


def everything(folder: Path, added: bool = False) -> list[tuple[Any, ...]]:
    """All rows of a dataset, in the order of its files, without what a split adds to bad ones."""
    table = ds.dataset(folder, partitioning="hive").to_table()
    kept = [name for name in table.column_names if added or not name.startswith("dq_")]
    return [tuple(row.values()) for row in table.select(kept).to_pylist()]


def write(folder: Path, *parts: pa.Table, **options: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, part in enumerate(parts):
        pq.write_table(part, folder / f"part-{number}.parquet", **options)
    return folder


def test_good_rows_bad_rows_and_why(tmp_path: Path) -> None:
    done = dq.split(SUITE, tmp_path / "good", tmp_path / "bad", data=write(tmp_path / "in", TABLE))
    assert everything(tmp_path / "good") == [(0, 1)]
    assert pq.read_table(tmp_path / "bad" / "part-0.parquet").to_pylist() == [
        {"a": None, "b": 2, "dq_row": 1, "dq_reasons": ["a-not_null"], "dq_reason_count": 1},
        {"a": 5, "b": 3, "dq_row": 2, "dq_reasons": ["a-between", "b-unique"], "dq_reason_count": 2},
        {"a": 1, "b": 3, "dq_row": 3, "dq_reasons": ["b-unique"], "dq_reason_count": 1},
    ]
    assert (done.rows, done.good_rows, done.bad_rows) == (4, 1, 3)
    assert done.reasons == {"a-not_null": 1, "a-between": 1, "b-unique": 2}
    assert list(done.left_out) == ["table-row_count"]
    about = json.loads((tmp_path / "good" / "_dq_split.json").read_text())
    assert (about["holds"], about["other"], about["rows"]) == ("good rows", str(tmp_path / "bad"), 4)


def test_only_some_expectations_make_a_row_bad(tmp_path: Path) -> None:
    done = dq.split(SUITE, tmp_path / "good", tmp_path / "bad", data=TABLE, only="a-not_null")
    assert (done.good_rows, done.bad_rows, done.reasons) == (3, 1, {"a-not_null": 1})
    with pytest.raises(UsageError, match="judges the data as a whole"):
        dq.split(SUITE, tmp_path / "g", tmp_path / "b", data=TABLE, only=["table-row_count"])


def test_types_columns_and_folders_stay_as_they_are(tmp_path: Path) -> None:
    moment = dt.datetime(2024, 1, 1, 12, 30, tzinfo=dt.timezone.utc)
    schema = pa.schema(
        [
            pa.field("a", pa.int16(), nullable=False),
            pa.field("t", pa.timestamp("ns", "Europe/Paris")),
            pa.field("d", pa.dictionary(pa.int32(), pa.string())),
            pa.field("m", pa.decimal128(30, 5)),
            pa.field("l", pa.list_(pa.struct([("x", pa.uint32())]))),
            pa.field("f", pa.binary(3)),
        ],
        metadata={b"made by": b"a test"},
    )
    row = {"t": moment, "d": "one", "m": Decimal("1.5"), "l": [{"x": 4}], "f": b"abc"}
    table = pa.Table.from_pylist([{"a": a, **row} for a in (0, 9, 1)], schema)
    write(tmp_path / "in" / "day=1", table, compression="gzip")
    write(tmp_path / "in" / "day=2", table.select(["a", "d"]))
    dq.split(
        {"columns": {"a": [{"between": {"max": 5}}]}},
        tmp_path / "good",
        tmp_path / "bad",
        data=tmp_path / "in",
    )
    file = pq.ParquetFile(tmp_path / "good" / "day=1" / "part-0.parquet")
    stored = pq.read_schema(tmp_path / "in" / "day=1" / "part-0.parquet")
    assert file.schema_arrow.equals(stored, check_metadata=True)
    assert file.metadata.row_group(0).column(0).compression == "GZIP"
    assert file.read().to_pylist() == [table.to_pylist()[number] for number in (0, 2)]
    bad = pq.read_table(tmp_path / "bad" / "day=2" / "part-0.parquet", partitioning=None)
    assert bad.column_names == ["a", "d", "dq_row", "dq_reasons", "dq_reason_count"]
    assert bad.select(["a", "d", "dq_row"]).to_pylist() == [{"a": 9, "d": "one", "dq_row": 1}]


def test_csv_and_packed_files_become_parquet(tmp_path: Path) -> None:
    import gzip

    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("a,b\n1,x\n,y\n")
    (tmp_path / "in" / "b.csv").write_text("a,b\n")
    with gzip.open(tmp_path / "in" / "c.csv.gz", "wt") as file:
        file.write("a,b\n,z\n2,w\n3,v\n")
    suite = {"columns": {"a": ["not_null"]}}
    dq.split(suite, tmp_path / "good", tmp_path / "bad", data=tmp_path / "in")
    assert sorted(os.listdir(tmp_path / "good")) == ["_dq_split.json", "a.parquet", "c.parquet"]
    assert everything(tmp_path / "good") == [(1, "x"), (2, "w"), (3, "v")]
    assert [row[2] for row in everything(tmp_path / "bad", added=True)] == [1, 0]


def test_json_lines_below_partition_folders(tmp_path: Path) -> None:
    for day in (1, 2):
        (tmp_path / "in" / f"day={day}").mkdir(parents=True)
        (tmp_path / "in" / f"day={day}" / "x.jsonl").write_text(f'{{"a": {day}}}\n{{"a": 7}}\n')
    suite = {"columns": {"a": [{"between": {"max": 5}}]}}
    dq.split(suite, tmp_path / "good", tmp_path / "bad", data=tmp_path / "in")
    assert pq.read_table(tmp_path / "good" / "day=2" / "x.parquet", partitioning=None).to_pylist() == [
        {"a": 2}
    ]
    assert everything(tmp_path / "bad") == [(7, 1), (7, 2)]


def test_one_partition_behind_a_link(tmp_path: Path) -> None:
    write(tmp_path / "loads" / "day=1" / "load-7", TABLE)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "day=1").symlink_to(tmp_path / "loads" / "day=1" / "load-7")
    dq.split(SUITE, tmp_path / "good", tmp_path / "bad", data=tmp_path / "in", partition={"day": "1"})
    assert (tmp_path / "good" / "day=1" / "part-0.parquet").is_file()
    assert (tmp_path / "bad" / "day=1" / "part-0.parquet").is_file()


def test_a_side_without_rows_keeps_its_columns(tmp_path: Path) -> None:
    data = write(tmp_path / "in", TABLE.slice(0, 1), TABLE.slice(0, 0))
    done = dq.split(SUITE, tmp_path / "good", tmp_path / "bad", data=data)
    assert (done.good_rows, done.bad_rows) == (1, 0)
    assert everything(tmp_path / "bad") == []
    assert ds.dataset(tmp_path / "bad").schema.names == ["a", "b", "dq_row", "dq_reasons", "dq_reason_count"]


def test_an_earlier_bad_dataset_can_be_split_again(tmp_path: Path) -> None:
    dq.split(SUITE, tmp_path / "good", tmp_path / "bad", data=TABLE)
    suite = {"columns": {"a": ["not_null"]}}
    dq.split(suite, tmp_path / "good2", tmp_path / "bad2", data=tmp_path / "bad")
    (row,) = ds.dataset(tmp_path / "bad2").to_table().to_pylist()
    assert (row["dq_row"], row["dq_reasons"]) == (1, ["a-not_null"])
    assert (row["dq_row_2"], row["dq_reasons_2"]) == (0, ["a-not_null"])


# --- refusals: nothing is written, nothing is touched ---


def test_a_folder_that_exists_is_refused(tmp_path: Path) -> None:
    for taken in ("good", "bad"):
        (tmp_path / taken).mkdir()
        with pytest.raises(UsageError, match=f"{taken} is there already; a split writes to new folders only"):
            dq.split(SUITE, tmp_path / "good", tmp_path / "bad", data=TABLE)
        (tmp_path / taken).rmdir()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("good", "bad"), [("out", "out"), ("out", "out/bad"), ("in/good", "bad"), ("good", "in/day=1/x")]
)
def test_folders_that_would_be_read_as_data_are_refused(tmp_path: Path, good: str, bad: str) -> None:
    write(tmp_path / "in" / "day=1", TABLE)
    with pytest.raises(UsageError, match=r"need folders apart|lies within the data"):
        dq.split(SUITE, tmp_path / good, tmp_path / bad, data=tmp_path / "in")
    assert os.listdir(tmp_path) == ["in"]


def test_rows_that_cannot_be_told_apart_are_refused(tmp_path: Path) -> None:
    suite = {"columns": {"a": ["not_null"], "gone": ["not_null"]}}
    with pytest.raises(DataError, match="cannot be told apart: 'gone-not_null' could not be evaluated"):
        dq.split(suite, tmp_path / "good", tmp_path / "bad", data=TABLE)
    assert dq.split(suite, tmp_path / "g", tmp_path / "b", data=TABLE, only="a-not_null").bad_rows == 1
    write(tmp_path / "in" / "day=1", TABLE)
    with pytest.raises(DataError, match="there is no file to split"):
        dq.split(SUITE, tmp_path / "good", tmp_path / "bad", data=tmp_path / "in", partition={"day": "2"})


def test_data_that_changes_meanwhile_is_refused(tmp_path: Path) -> None:
    data = write(tmp_path / "in", TABLE)

    def meddle(step: str) -> None:
        if step == "write":
            write(data, TABLE.slice(0, 2))

    with pytest.raises((DataError, EngineError, StoreError)):
        dq.split(SUITE, tmp_path / "good", tmp_path / "bad", data=data, steps=meddle)
    assert os.listdir(tmp_path) == ["in"]


@pytest.mark.parametrize("lost", [0, 2])
def test_a_row_too_few_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: int) -> None:
    take = Marks.take

    def forgetful(self: Marks, file: str | None, start: int, stop: int) -> Any:
        places, why = take(self, file, start, stop)
        return (places[lost:], why.slice(lost)) if lost else (places[:-1], why.slice(0, len(places) - 1))

    monkeypatch.setattr(Marks, "take", forgetful)
    with pytest.raises(StoreError, match="the parts do not make the whole"):
        dq.split(SUITE, tmp_path / "good", tmp_path / "bad", data=TABLE)
    assert os.listdir(tmp_path) == []


def test_a_name_that_is_taken_at_the_last_moment(tmp_path: Path) -> None:
    def meddle(step: str) -> None:
        if step == "show good":
            (tmp_path / "good").mkdir()
            (tmp_path / "good" / "mine").touch()

    with pytest.raises(StoreError, match="good: cannot be put there"):
        dq.split(SUITE, tmp_path / "good", tmp_path / "bad", data=TABLE, steps=meddle)
    assert [(name, os.listdir(tmp_path / name)) for name in os.listdir(tmp_path)] == [("good", ["mine"])]


# --- the process dies ---

DIES = """
import os, sys
import dq
def steps(step):
    if step == sys.argv[2]:
        os._exit(9)
root = sys.argv[1]
dq.split({"columns": {"a": ["not_null"]}}, f"{root}/good", f"{root}/bad", data=f"{root}/in", steps=steps)
"""


@pytest.mark.parametrize(
    ("step", "seen"),
    [("check", []), ("show bad", []), ("show good", ["bad"]), ("done", ["bad", "good"])],
)
def test_whoever_sees_good_rows_sees_the_bad_ones_too(tmp_path: Path, step: str, seen: list[str]) -> None:
    write(tmp_path / "in", TABLE)
    died = subprocess.run([sys.executable, "-c", DIES, str(tmp_path), step], check=False)
    assert died.returncode == 9
    assert sorted(name for name in os.listdir(tmp_path) if not name.startswith(".")) == sorted([*seen, "in"])
    assert everything(tmp_path / "in") == [(0, 1), (None, 2), (5, 3), (1, 3)]
    if "good" in seen:
        assert sorted(map(str, everything(tmp_path / "good") + everything(tmp_path / "bad"))) == sorted(
            map(str, everything(tmp_path / "in"))
        )
    elif seen:
        with pytest.raises(
            UsageError, match=r"left by a split that was cut off before .*good appeared; remove it"
        ):
            dq.split(SUITE, tmp_path / "good", tmp_path / "bad", data=TABLE)
    else:
        assert dq.split(SUITE, tmp_path / "good", tmp_path / "bad", data=tmp_path / "in").rows == 4


# --- any data ---

NUMBER = st.one_of(st.none(), st.integers(-2, 2))
FILES = st.lists(st.lists(st.tuples(NUMBER, NUMBER), max_size=12), min_size=1, max_size=4)


@settings(max_examples=15, deadline=None)
@given(files=FILES, group=st.integers(1, 5))
def test_both_together_are_the_input(
    files: list[list[tuple[Any, Any]]], group: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("split")
    for number, rows in enumerate(files):
        columns = {name: pa.array([row[i] for row in rows], pa.int64()) for i, name in enumerate(("a", "b"))}
        write(root / "in" / f"day={number}", pa.table(columns), row_group_size=group)
    done = dq.split(SUITE, root / "good", root / "bad", data=root / "in")
    good, bad, whole = (everything(root / name) for name in ("good", "bad", "in"))
    assert Counter(good) + Counter(bad) == Counter(whole)
    seen = Counter(b for _, b, _ in whole if b is not None)
    breaks = [a is None or not -1 <= a <= 1 or seen[b] > 1 for a, b, _ in whole]
    assert good == [row for row, broken in zip(whole, breaks, strict=True) if not broken]
    assert bad == [row for row, broken in zip(whole, breaks, strict=True) if broken]
    assert (done.good_rows, done.bad_rows, done.rows) == (len(good), len(bad), len(whole))
