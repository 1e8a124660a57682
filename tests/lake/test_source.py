"""What is scanned for what a user hands over."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from dq.errors import DataError, UsageError
from dq.lake.manifest import Partition
from dq.lake.opening import open_source
from dq.lake.source import FileSource, TableSource

FEB_8 = Partition.parse("date=2013-02-08")


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")


def opened(data: Any, partition: Partition | None = None, root: Path | str = ".") -> FileSource:
    source = open_source(data, partition, root)
    assert isinstance(source, FileSource)
    return source


def names(source: FileSource, root: Path) -> list[str]:
    real = os.path.realpath(root)
    return [os.path.relpath(file, real) for file in source.files]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.parquet", "parquet"),
        ("a.PQ", "parquet"),
        ("a.csv", "csv"),
        ("a.tsv", "csv"),
        ("a.csv.gz", "csv"),
        ("a.json", "json"),
        ("a.jsonl.zst", "json"),
        ("a.ndjson", "json"),
        ("with ' quote;--.csv", "csv"),
    ],
)
def test_a_file_by_its_ending(tmp_path: Path, name: str, form: str) -> None:
    touch(tmp_path, name)
    source = opened(name, root=tmp_path)
    assert (source.format, names(source, tmp_path), source.location, source.hive) == (
        form,
        [name],
        name,
        False,
    )
    assert opened(tmp_path / name).files == source.files
    assert opened(f"file://{tmp_path}/{name}").files == source.files


def test_a_glob(tmp_path: Path) -> None:
    touch(tmp_path, "a.csv", "b.csv", "c.json", "deep/d.csv")
    assert names(opened("*.csv", root=tmp_path), tmp_path) == ["a.csv", "b.csv"]
    assert names(opened("**/*.csv", root=tmp_path), tmp_path) == ["a.csv", "b.csv", "deep/d.csv"]
    with pytest.raises(DataError, match=r"\*\.parquet: no file matches"):
        open_source("*.parquet", root=tmp_path)


def test_a_name_that_looks_like_a_glob_and_is_a_file(tmp_path: Path) -> None:
    touch(tmp_path, "a[1].csv", "a1.csv")
    assert names(opened("a[1].csv", root=tmp_path), tmp_path) == ["a[1].csv"]


def test_a_folder_without_hidden_files(tmp_path: Path) -> None:
    touch(tmp_path, "b.parquet", "a.parquet", "deep/c.parquet")
    touch(tmp_path, "_SUCCESS", ".a.parquet.crc", "_delta_log/x.parquet", ".tmp/y.parquet", "deep/_z.parquet")
    source = opened(tmp_path)
    assert names(source, tmp_path) == ["a.parquet", "b.parquet", "deep/c.parquet"]
    assert source.hive is False


def test_files_that_are_no_data_are_left_out_beside_data(tmp_path: Path) -> None:
    touch(tmp_path, "a.parquet", "README.md")
    assert names(opened(tmp_path), tmp_path) == ["a.parquet"]
    with pytest.raises(DataError, match=r"no Parquet, CSV or JSON lines among the files \(\.md\)"):
        open_source(tmp_path / "README.md")


def test_an_empty_folder_is_a_source_without_files(tmp_path: Path) -> None:
    assert opened(tmp_path).files == ()


def test_several_formats_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "a.parquet", "b.csv")
    with pytest.raises(DataError, match=r"files of several formats \(csv, parquet\); name one by a glob"):
        open_source(tmp_path)


def test_what_is_missing_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    touch(tmp_path, "orders.csv")
    with pytest.raises(DataError, match=r"order\.csv: no such file or folder.* Did you mean 'orders\.csv'\?"):
        open_source("order.csv", root=tmp_path)
    with pytest.raises(DataError, match="no such file or folder"):
        open_source("nowhere/at/all.csv", root=tmp_path)


def lake(root: Path) -> None:
    for day in ("07", "08"):
        touch(root, f"date=2013-02-{day}/hour=1/a.parquet", f"date=2013-02-{day}/hour=2/b.parquet")


def test_partitions(tmp_path: Path) -> None:
    lake(tmp_path)
    assert len(opened(tmp_path).files) == 4
    source = opened(tmp_path, FEB_8)
    assert names(source, tmp_path) == ["date=2013-02-08/hour=1/a.parquet", "date=2013-02-08/hour=2/b.parquet"]
    assert source.hive is True
    inner = Partition.parse("date=2013-02-08/hour=2")
    assert names(opened(tmp_path, inner), tmp_path) == ["date=2013-02-08/hour=2/b.parquet"]
    assert opened(tmp_path, Partition.parse("date=2013-02-09")).files == ()


def test_a_partition_by_glob_and_by_its_own_folder(tmp_path: Path) -> None:
    lake(tmp_path)
    assert len(opened("*/*/*.parquet", FEB_8, tmp_path).files) == 2
    assert len(opened(tmp_path / "date=2013-02-08", FEB_8).files) == 2
    touch(tmp_path / "flat", "a.csv")
    with pytest.raises(DataError, match="so there is no partition date=2013-02-08; leave it out"):
        open_source(tmp_path / "flat", FEB_8)


def test_a_partition_above_is_itself_and_no_other(tmp_path: Path) -> None:
    lake(tmp_path)
    day = tmp_path / "date=2013-02-08"
    assert len(opened(day, Partition.parse("date=2013-02-08/hour=1")).files) == 1
    assert opened(day, Partition.parse("date=2013-02-07/hour=1")).files == ()


def test_escaped_partition_values(tmp_path: Path) -> None:
    touch(tmp_path, "city=New%20York%2FNY/a.parquet", "city=Boston/a.parquet")
    wanted = Partition((("city", "New York/NY"),))
    assert names(opened(tmp_path, wanted), tmp_path) == ["city=New%20York%2FNY/a.parquet"]


def test_a_linked_partition_is_resolved_once(tmp_path: Path) -> None:
    touch(tmp_path, "loads/one/a.parquet", "loads/two/a.parquet")
    link = tmp_path / "table" / "date=2013-02-08"
    link.parent.mkdir()
    link.symlink_to("../loads/one")
    source = opened(tmp_path / "table", FEB_8)
    assert names(source, tmp_path) == ["loads/one/a.parquet"]
    fresh = tmp_path / "fresh"
    fresh.symlink_to("../loads/two")
    fresh.replace(link)
    assert names(source, tmp_path) == ["loads/one/a.parquet"], "what was opened stays what it was"
    assert names(opened(tmp_path / "table", FEB_8), tmp_path) == ["loads/two/a.parquet"]


def test_a_file_reached_twice_is_read_once(tmp_path: Path) -> None:
    touch(tmp_path, "a.csv")
    (tmp_path / "b.csv").symlink_to("a.csv")
    assert names(opened(tmp_path), tmp_path) == ["a.csv"]


def test_a_list_of_paths(tmp_path: Path) -> None:
    touch(tmp_path, "a.csv", "b.csv", "c.csv")
    source = opened(["b.csv", tmp_path / "a.csv"], root=tmp_path)
    assert names(source, tmp_path) == ["a.csv", "b.csv"]
    assert source.location == "2 files"
    with pytest.raises(DataError, match=r"d\.csv: no such file"):
        open_source(["a.csv", "d.csv"], root=tmp_path)


ROWS = {"a": [1, 2, None], "b": ["x", None, "z"]}


@pytest.mark.parametrize("kind", ["arrow", "batch", "reader", "pandas", "polars", "lazy", "duckdb"])
def test_tables_in_memory(kind: str) -> None:
    arrow = pa.table({"a": pa.array(ROWS["a"], pa.int64()), "b": ROWS["b"]})
    con = duckdb.connect()
    if kind == "arrow":
        data: Any = arrow
    elif kind == "batch":
        data = arrow.to_batches()[0]
    elif kind == "reader":
        data = arrow.to_reader()
    elif kind == "pandas":
        data = pd.DataFrame({"a": pd.array(ROWS["a"], "Int64"), "b": ROWS["b"]}, index=[7, 8, 9])
    elif kind == "polars":
        data = pl.DataFrame(ROWS)
    elif kind == "lazy":
        data = pl.DataFrame(ROWS).lazy()
    else:
        data = con.sql("SELECT * FROM (VALUES (1, 'x'), (2, NULL), (NULL, 'z')) AS rows (a, b)")
    source = open_source(data)
    assert isinstance(source, TableSource)
    assert source.table.to_pydict() == ROWS


def test_nan_is_null_from_pandas_and_stays_nan_elsewhere() -> None:
    nan = float("nan")
    from_pandas = open_source(pd.DataFrame({"x": [1.0, nan]}))
    from_arrow = open_source(pa.table({"x": [1.0, nan]}))
    from_polars = open_source(pl.DataFrame({"x": [1.0, nan]}))
    assert isinstance(from_pandas, TableSource)
    assert isinstance(from_arrow, TableSource)
    assert isinstance(from_polars, TableSource)
    assert from_pandas.table["x"].null_count == 1
    assert from_arrow.table["x"].null_count == 0
    assert from_polars.table["x"].null_count == 0


def test_a_source_is_a_source(tmp_path: Path) -> None:
    source = FileSource("csv", ("/a.csv",), "a.csv")
    assert open_source(source) is source


@pytest.mark.parametrize("data", [3, None, [], {}, object()])
def test_other_things_are_refused(data: Any) -> None:
    with pytest.raises(UsageError, match="expected a path, a pandas, polars or Arrow table, or a DuckDB"):
        open_source(data)


@pytest.mark.parametrize("location", ["ftp://host/a.csv", "https://example.org/a.csv"])
def test_a_scheme_that_is_not_built_is_refused(location: str) -> None:
    with pytest.raises(UsageError, match="is not supported; give a local path, s3://, glue://"):
        open_source(location)
