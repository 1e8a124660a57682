"""Rows of objects: failing ones, splits, schemas and root causes, all by the engine's connection."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from aws_server import Cloud

import dq
from dq.aws.address import Address
from dq.errors import DataError
from dq.result import Result
from dq.validation import EngineOptions

SUITE = {"columns": {"a": ["not_null", {"between": [0, 90]}]}}
ROWS = 100


def table(first: int) -> pa.Table:
    values = [None if i % 50 == 7 else i % ROWS for i in range(first, first + ROWS)]
    return pa.table({"a": values, "t": [f"text {i}" for i in range(first, first + ROWS)]})


@pytest.fixture
def at(cloud: Cloud, tmp_path: Path) -> Address:
    for number, day in enumerate(("day=1", "day=2")):
        folder = tmp_path / "in" / day
        folder.mkdir(parents=True)
        pq.write_table(table(number * ROWS), folder / "part.parquet", row_group_size=30)
    address = cloud.bucket() / "rows"
    cloud.upload(tmp_path / "in", address)
    return address


def judged(cloud: Cloud, at: Address) -> Result:
    return dq.validate(str(at), SUITE, options=EngineOptions(aws=cloud.options))


def test_failing_rows_name_the_objects(cloud: Cloud, at: Address) -> None:
    rows = judged(cloud, at).failing_rows()
    assert rows.num_rows == 2 * (2 + 9)
    assert set(rows["dq_file"].to_pylist()) == {f"{at}/day={n}/part.parquet" for n in (1, 2)}
    assert sorted(set(rows["dq_row"].to_pylist())) == [7, 57, *range(91, 100)]


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_split_of_objects_keeps_every_row_and_the_folders(
    cloud: Cloud, at: Address, tmp_path: Path, form: str
) -> None:
    if form == "csv":
        at = Address(at.bucket, "text")
        for day in (1, 2):
            text = "a,t\n" + "".join(f"{i},x{i}\n" for i in range(80 * day, 80 * day + 20))
            cloud.s3.put(at / f"day={day}/part.csv", text.encode())
    done = dq.split(
        SUITE, tmp_path / "good", tmp_path / "bad", data=str(at), options=EngineOptions(aws=cloud.options)
    )
    assert (done.rows, done.bad_rows) == ((200, 22) if form == "parquet" else (40, 29))
    found = [ds.dataset(tmp_path / side, partitioning="hive").to_table() for side in ("good", "bad")]
    assert [table.num_rows for table in found] == [done.good_rows, done.bad_rows]
    assert set(found[1]["day"].to_pylist()) == {1, 2}


def test_rows_of_an_object_that_was_replaced_are_those_that_were_judged(
    cloud: Cloud, at: Address, tmp_path: Path
) -> None:
    result = judged(cloud, at)
    cloud.s3.put(at / "day=1/part.parquet", (tmp_path / "in" / "day=2" / "part.parquet").read_bytes()[:-1])
    assert result.failing_rows().num_rows == 22


def test_rows_that_no_longer_exist_are_refused(cloud: Cloud, tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": list(range(20_000))}), tmp_path / "p.parquet")
    home = cloud.bucket(versioned=False) / "rows"
    cloud.s3.upload(str(tmp_path / "p.parquet"), home / "p.parquet")
    result = judged(cloud, home)
    cloud.s3.put(home / "p.parquet", b"other")
    with pytest.raises(DataError, match=r"p\.parquet: changed while it was read"):
        result.failing_rows()


def test_the_schema_of_objects(cloud: Cloud, at: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", str(cloud.options.endpoint))
    assert dq.schema_of(f"{at}/") == {"a": "BIGINT", "t": "VARCHAR", "day": "BIGINT"}
    assert dq.schema_of(f"{at}/", partition={"day": "1"}) == {"a": "BIGINT", "t": "VARCHAR", "day": "BIGINT"}
