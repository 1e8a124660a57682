"""Iceberg tables as data: addresses, catalogs, partitions, files or rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("pyiceberg", reason="Iceberg tables need pyiceberg")
pytest.importorskip("pyarrow", minversion="17", reason="pyiceberg needs pyarrow 17")

from iceberg_worlds import BAD, BY_DAY, DAY, GOOD, NEXT, OTHER, SCHEMA, Lake
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import (
    BucketTransform,
    DayTransform,
    HourTransform,
    IdentityTransform,
    MonthTransform,
    TruncateTransform,
    YearTransform,
)
from pyiceberg.types import DateType, IntegerType, LongType, NestedField, StringType, TimestampType

import dq
from dq.aws.options import AwsOptions, IcebergOptions
from dq.config import load_config
from dq.errors import ConfigError, DataError, UsageError
from dq.lake.iceberg.address import TableAddress
from dq.lake.iceberg.catalogs import open_catalog
from dq.lake.iceberg.reading import open_iceberg
from dq.lake.iceberg.slices import Slicing
from dq.lake.manifest import Partition
from dq.lake.opening import open_source, partition_columns, partitions_of
from dq.lake.source import FileSource, TableSource
from dq.validation import EngineOptions

IDS = {"columns": {"id": ["not_null"], "amount": [{"between": [0, 10]}]}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("iceberg://lake/db.t", TableAddress("lake", "db.t")),
        ("iceberg://lake/a.b.t@audit", TableAddress("lake", "a.b.t", ref="audit")),
        ("iceberg://lake/db.t#snapshot=12", TableAddress("lake", "db.t", snapshot=12)),
    ],
)
def test_addresses(text: str, expected: TableAddress) -> None:
    assert TableAddress.parse(text) == expected
    assert str(expected) == text


@pytest.mark.parametrize(
    "text", ["iceberg://lake", "iceberg://lake/t", "iceberg://lake/db.t#snapshot=x", "x"]
)
def test_no_addresses(text: str) -> None:
    with pytest.raises(UsageError, match=r"expected iceberg://catalog/db\.table"):
        TableAddress.parse(text)


def test_only_main_has_readers() -> None:
    assert not TableAddress.parse("iceberg://lake/db.t@main").pinned
    assert TableAddress.parse("iceberg://lake/db.t@audit").pinned


def test_files_are_scanned_as_files(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    lake.append(DAY, GOOD)
    lake.append(NEXT, OTHER)
    whole = open_source(lake.uri, aws=lake.aws)
    part = open_source(lake.uri, DAY, aws=lake.aws)
    assert isinstance(whole, FileSource)
    assert isinstance(part, FileSource)
    assert (len(whole.files), len(part.files), part.hive) == (2, 1, False)
    assert set(part.files) < set(whole.files)
    assert pq.ParquetFile(part.files[0]).read().column("amount").to_pylist() == list(GOOD)
    assert partition_columns(lake.uri, lake.aws) == ("day",)
    assert partitions_of(lake.uri, lake.aws) == (DAY, NEXT)


def test_a_state_of_the_past_and_a_branch(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    lake.append(DAY, GOOD)
    table = lake.table()
    first = table.current_snapshot().snapshot_id
    table.manage_snapshots().create_branch(first, "audit").commit()
    lake.write(DAY, BAD)
    lake.table().append(pa.table({"day": ["2024-01-02"], "id": [1], "amount": [7.0]}), branch="audit")

    def rows(state: str) -> int:
        return sum(pq.read_metadata(file).num_rows for file in _files(f"{lake.uri}{state}", lake))

    assert [rows(state) for state in ("", f"#snapshot={first}", "@audit", "@main")] == [2, 3, 4, 2]
    with pytest.raises(DataError, match="no branch or tag 'audti'; there is: audit, main"):
        open_source(f"{lake.uri}@audti", aws=lake.aws)
    with pytest.raises(DataError, match="no such snapshot; it may have expired"):
        open_source(f"{lake.uri}#snapshot=7", aws=lake.aws)


def _files(text: str, lake: Lake) -> tuple[str, ...]:
    source = open_source(text, aws=lake.aws)
    assert isinstance(source, FileSource)
    return source.files


def test_no_snapshot_is_no_data(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    assert open_source(lake.uri, aws=lake.aws) == FileSource("parquet", (), lake.uri)
    assert partitions_of(lake.uri, lake.aws) == ()


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    with pytest.raises(DataError, match=r"no such table\. Did you mean 'db\.orders'\?"):
        open_source("iceberg://lake/db.order", aws=lake.aws)
    with pytest.raises(ConfigError, match=r"no catalog of this name is configured.*Did you mean 'lake'\?"):
        open_source("iceberg://laek/db.orders", aws=lake.aws)
    with pytest.raises(UsageError, match=r"'dya' is no partition field\. Did you mean 'day'"):
        open_source(lake.uri, Partition.of({"dya": "x"}), aws=lake.aws)


def test_a_widened_column_is_read_by_rows(tmp_path: Path) -> None:
    """Old files have no such column, or a smaller one; their footers would not say what the table says."""
    schema = Schema(NestedField(1, "day", StringType()), NestedField(2, "id", IntegerType()))
    lake = Lake.local(tmp_path, schema=schema)
    lake.table().append(pa.table({"day": ["2024-01-01"], "id": pa.array([1], pa.int32())}))
    assert isinstance(open_source(lake.uri, aws=lake.aws), FileSource)
    with lake.table().update_schema() as update:
        update.update_column("id", LongType())
        update.add_column("more", StringType())
    lake.table().append(pa.table({"day": ["2024-01-02"], "id": [2], "more": ["x"]}))
    source = open_source(lake.uri, aws=lake.aws)
    assert isinstance(source, TableSource)
    assert source.table.sort_by("id").to_pylist() == [
        {"day": "2024-01-01", "id": 1, "more": None},
        {"day": "2024-01-02", "id": 2, "more": "x"},
    ]
    assert isinstance(open_source(lake.uri, NEXT, aws=lake.aws), FileSource)
    with pytest.raises(
        DataError, match=r"columns of 1 of its 2 data files.*more than the 10 that this is done"
    ):
        open_iceberg(lake.uri, Partition(), lake.aws, limit=10)


def test_a_column_of_the_same_name_is_another_one(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    lake.append(DAY, GOOD)
    with lake.table().update_schema(allow_incompatible_changes=True) as update:
        update.delete_column("amount")
    with lake.table().update_schema() as update:
        update.add_column("amount", SCHEMA.find_type("amount"))
    source = open_source(lake.uri, aws=lake.aws)
    assert isinstance(source, TableSource)
    assert source.table.column("amount").null_count == 3


def test_files_without_ids_are_read_by_the_mapping_of_names(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    path = tmp_path / "added.parquet"
    kinds = pa.schema([("day", pa.string()), ("id", pa.int64()), ("amount", pa.float64())])
    pq.write_table(pa.table({"day": ["2024-01-01"], "id": [1], "amount": [5.0]}, schema=kinds), path)
    lake.table().add_files([path.as_uri()])
    assert _files(lake.uri, lake) == (str(path),)


def test_validation_of_a_table(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    lake.append(DAY, GOOD)
    lake.append(NEXT, BAD)
    options = EngineOptions(aws=lake.aws)
    assert dq.validate(lake.uri, IDS, {"day": "2024-01-01"}, options=options).status.value == "pass"
    result = dq.validate(lake.uri, IDS, {"day": "2024-01-02"}, options=options)
    assert [(verdict.id, verdict.unexpected) for verdict in result.failed] == [("amount-between", 2)]


# --- names of partitions ------------------------------------------------------------------------------

TIMES = Schema(
    NestedField(1, "at", TimestampType()),
    NestedField(2, "born", DateType()),
    NestedField(3, "id", IntegerType()),
    NestedField(4, "name", StringType()),
)
SPEC = PartitionSpec(
    PartitionField(1, 1000, DayTransform(), "at_day"),
    PartitionField(1, 1001, HourTransform(), "at_hour"),
    PartitionField(2, 1002, MonthTransform(), "born_month"),
    PartitionField(2, 1003, YearTransform(), "born_year"),
    PartitionField(3, 1004, IdentityTransform(), "id"),
    PartitionField(3, 1005, BucketTransform(4), "id_bucket"),
    PartitionField(4, 1006, TruncateTransform(2), "name_trunc"),
)


def timed(tmp_path: Path) -> Lake:
    """Two rows of one table, an hour, a month and a year apart; the second before 1970."""
    plain = PartitionSpec(*SPEC.fields[:5])
    lake = Lake.local(tmp_path, spec=plain, schema=TIMES)
    for number, (at, born) in enumerate(
        [
            (dt.datetime(2013, 2, 8, 23, 59), dt.date(2000, 12, 31)),
            (dt.datetime(1969, 12, 31, 23), dt.date(1969, 1, 1)),
        ]
    ):
        frame = pa.table(
            {
                "at": pa.array([at], pa.timestamp("us")),
                "born": [born],
                "id": pa.array([number], pa.int32()),
                "name": ["x"],
            }
        )
        pq.write_table(frame, tmp_path / f"{number}.parquet")
        lake.table().add_files([(tmp_path / f"{number}.parquet").as_uri()])
    return lake


def test_times_are_named_as_iceberg_shows_them(tmp_path: Path) -> None:
    lake = timed(tmp_path)
    first, second = partitions_of(lake.uri, lake.aws)
    assert str(first) == "at_day=1969-12-31/at_hour=1969-12-31-23/born_month=1969-01/born_year=1969/id=1"
    assert str(second) == "at_day=2013-02-08/at_hour=2013-02-08-23/born_month=2000-12/born_year=2000/id=0"
    for name, value in second.values:
        assert _files_of(lake, {name: value}) == [str(tmp_path / "0.parquet")]
    for name, value in first.values:
        assert _files_of(lake, {name: value}) == [str(tmp_path / "1.parquet")]
    assert _files_of(lake, {"at_day": "2013-02-09"}) == []


def _files_of(lake: Lake, partition: dict[str, str]) -> list[str]:
    source = open_source(lake.uri, Partition.of(partition), aws=lake.aws)
    assert isinstance(source, FileSource)
    return list(source.files)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("at", "2013-02-08", "partitioned by hour of 'at'; name it at_hour=2013-02-08-03"),
        ("at_day", "2013-2-8", "the day of 'at'; expected a value such as 2013-02-08, got '2013-2-8'"),
        ("at_day", "yesterday", "expected a value such as 2013-02-08"),
        ("born_year", "13", "expected a value such as 2013"),
        ("id", "01", "partition id=01 is named id=1 in Iceberg"),
        ("id", "one", "it has no value 'one'"),
        ("id_bucket", "3", r"bucket\[4\] of a column, which splits a load by hash or by letters"),
        ("name_trunc", "ab", r"truncate\[2\] of a column"),
        ("nmae", "ab", "'nmae' is no partition field"),
    ],
)
def test_names_that_mean_nothing(name: str, value: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Slicing(TIMES, SPEC, "db.t").filter(Partition.of({name: value}))


def test_a_null_is_named_as_by_hive(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path)
    lake.append(DAY, GOOD)
    lake.table().append(pa.table({"day": pa.array([None], pa.string()), "id": [9], "amount": [1.0]}))
    nothing = Partition.of({"day": "__HIVE_DEFAULT_PARTITION__"})
    assert partitions_of(lake.uri, lake.aws) == (DAY, nothing)
    source = open_source(lake.uri, nothing, aws=lake.aws)
    assert isinstance(source, FileSource)
    assert [pq.read_metadata(file).num_rows for file in source.files] == [1]


def test_files_of_a_former_partitioning(tmp_path: Path) -> None:
    lake = Lake.local(tmp_path, spec=PartitionSpec())
    lake.append(DAY, GOOD)
    with lake.table().update_spec() as update:
        update.add_identity("day")
    lake.append(NEXT, OTHER)
    source = open_source(lake.uri, DAY, aws=lake.aws)
    assert isinstance(source, TableSource)
    assert source.table.num_rows == 3
    with pytest.raises(DataError, match="written before the table was partitioned by day"):
        partitions_of(lake.uri, lake.aws)


# --- catalogs and secrets -----------------------------------------------------------------------------


def test_variables_are_expanded_at_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake.local(tmp_path)
    monkeypatch.setenv("LAKE_FILE", "catalog.db")
    stated = {"type": "sql", "uri": "sqlite:///${LAKE_FILE}", "warehouse": "warehouse"}
    there = replace(lake.aws, iceberg=IcebergOptions({"lake": stated}, tmp_path))
    assert open_source(lake.uri, aws=there) == open_source(lake.uri, aws=lake.aws)
    monkeypatch.delenv("LAKE_FILE")
    with pytest.raises(ConfigError, match="'uri' needs the variable LAKE_FILE; set it"):
        open_source(lake.uri, aws=there)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("s3.secret-access-key", "hunter2"),
        ("token", "hunter2"),
        ("credential", "me:hunter2"),
        ("uri", "postgresql://me:hunter2@host/db"),
    ],
)
def test_secrets_are_not_written_out(key: str, value: str) -> None:
    options = IcebergOptions({"lake": {"type": "sql", key: value}})
    with pytest.raises(ConfigError, match=f"'{key}' is a secret and is written out") as raised:
        open_catalog("lake", options, AwsOptions())
    assert "hunter2" not in str(raised.value)
    assert "hunter2" not in repr(options)


def test_errors_of_a_catalog_quote_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKE_PASSWORD", "hunter2")
    options = IcebergOptions(
        {"lake": {"type": "sql", "uri": "nonsense-hunter2://me:${LAKE_PASSWORD}@host/db"}}
    )
    with pytest.raises(DataError, match="the catalog or its storage failed") as raised:
        open_catalog("lake", options, AwsOptions())
    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_catalog_that_pyiceberg_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake.local(tmp_path)
    monkeypatch.setenv("PYICEBERG_CATALOG__OWN__TYPE", "sql")
    monkeypatch.setenv("PYICEBERG_CATALOG__OWN__URI", f"sqlite:///{tmp_path}/catalog.db")
    monkeypatch.setenv("PYICEBERG_CATALOG__OWN__WAREHOUSE", str(tmp_path))
    with pytest.raises(DataError, match="no such table"):
        open_source(lake.uri.replace("lake", "own"))  # SQL catalogs keep their own name beside each table
    assert BY_DAY.fields[0].name == "day"


# --- in dq.yml ----------------------------------------------------------------------------------------


def config(folder: Path, text: str) -> IcebergOptions:
    (folder / "dq.yml").write_text(text)
    return load_config(folder, {}).aws.iceberg


def test_catalogs_in_the_configuration(tmp_path: Path) -> None:
    text = """
iceberg:
  keep_days: 7
  catalogs:
    lake: {type: rest, uri: https://host, token: "${TOKEN}", s3.anonymous: true, ssl: null}
"""
    found = config(tmp_path, text)
    assert found.catalogs == {
        "lake": {"type": "rest", "uri": "https://host", "token": "${TOKEN}", "s3.anonymous": "true"}
    }
    assert (found.root, found.keep_days, found.quarantine_days) == (tmp_path, 7.0, None)
    assert config(tmp_path, "threads: 2") == IcebergOptions()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "iceberg: lake",
            r"dq.yml:1:1: `iceberg` must be a mapping with catalogs, keep_days, quarantine_days",
        ),
        ("iceberg: {catalog: {}}", r"'catalog' is no setting of `iceberg`\. Did you mean 'catalogs'\?"),
        ("iceberg: {catalogs: {lake: x}}", "catalog 'lake' must map properties to texts"),
        (
            "iceberg: {catalogs: {lake: {type: glu}}}",
            r"type must be one of glue, rest, sql\. Did you mean 'glue'",
        ),
        ("iceberg: {keep_days: 0}", "`iceberg.keep_days` must be a number of days above 0, got 0"),
    ],
)
def test_a_wrong_configuration(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        config(tmp_path, text)
