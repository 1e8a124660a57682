from __future__ import annotations

import gzip
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from aws_server import Cloud
from remote_lake import Served, pinned_source, write_parts
from sqlglot import exp

import dq
from dq.aws.address import Address
from dq.engines.duckdb import DuckDBEngine
from dq.errors import DataError
from dq.lake.opening import open_source
from dq.lake.source import FileSource, Format
from dq.sql.render import name

ROWS = 1000


def table(number: int) -> pa.Table:
    ids = list(range(number * ROWS, (number + 1) * ROWS))
    return pa.table({"id": ids, "kind": [f"k{i % 7}" for i in ids], "amount": [i / 4 for i in ids]})


@pytest.fixture
def lake(cloud: Cloud, tmp_path: Path) -> tuple[Cloud, Address, Path]:
    """Three files in two partitions, one of which has a name that looks like a pattern."""
    write_parts(tmp_path / "t" / "day=a%2Fb", table, 2, group=300)
    write_parts(tmp_path / "t" / "day=c", lambda n: table(n + 2), 1, group=300)
    (tmp_path / "t" / "day=c" / "part-0.parquet").rename(tmp_path / "t" / "day=c" / "part [x]*.parquet")
    at = cloud.bucket() / "lake"
    cloud.upload(tmp_path / "t", at)
    return cloud, at, tmp_path / "t"


SUITE = {
    "columns": {
        "id": ["not_null", "unique", {"between": [0, 3000]}],
        "kind": [{"in_set": [f"k{i}" for i in range(6)]}, {"regex": "^k"}],
        "amount": [{"mean": [100, 1000]}],
        "day": [{"in_set": ["a/b", "c"]}],
    },
    "table": [{"row_count": {"min": 3000, "max": 3000}}],
}


def test_the_same_verdicts_as_on_local_files(lake: tuple[Cloud, Address, Path]) -> None:
    cloud, at, folder = lake
    here = dq.validate(open_source(str(folder)), SUITE)
    there = dq.validate(pinned_source(cloud, at, hive=True), SUITE)
    assert [(v.id, v.outcome, v.observed, v.unexpected, v.sample) for v in there.verdicts] == [
        (v.id, v.outcome, v.observed, v.unexpected, v.sample) for v in here.verdicts
    ]
    assert {v.outcome.value for v in there.verdicts} == {"pass", "fail"}


def test_small_objects_are_not_asked_for_again(lake: tuple[Cloud, Address, Path]) -> None:
    cloud, at, _ = lake
    source = pinned_source(cloud, at, hive=True)
    served = Served.by(cloud)
    assert dq.validate(source, SUITE).rows == 3000
    assert served.calls == []


@pytest.mark.parametrize("forget", [False, True])
def test_names_places_and_partitions_are_those_of_the_objects(
    lake: tuple[Cloud, Address, Path], forget: bool
) -> None:
    cloud, at, _ = lake
    source = pinned_source(cloud, at, hive=True, forget=forget)
    with closing(DuckDBEngine({})) as engine:
        engine.add("t", source, file_name="file", row_number="place")
        query = exp.select("file", "day", "count(*)", "max(place)", "min(id)").from_(engine.render.table("t"))
        rows = engine.rows(query.group_by("file", "day").order_by("file"))
    assert rows == [
        (f"{at}/day=a%2Fb/part-0.parquet", "a/b", 1000, 999, 0),
        (f"{at}/day=a%2Fb/part-1.parquet", "a/b", 1000, 999, 1000),
        (f"{at}/day=c/part [x]*.parquet", "c", 1000, 999, 2000),
    ]


def counted(engine: DuckDBEngine, source: str) -> list[tuple[object, ...]]:
    return engine.rows(exp.select("count(*)", "sum(id)").from_(engine.render.table(source)))


def test_a_pinned_version_is_read_although_the_object_was_replaced(
    lake: tuple[Cloud, Address, Path], tmp_path: Path
) -> None:
    cloud, at, _ = lake
    then = pinned_source(cloud, at, hive=True)
    write_parts(tmp_path / "new" / "day=a%2Fb", lambda n: table(n + 10), 2)
    cloud.upload(tmp_path / "new", at)
    now = pinned_source(cloud, at, hive=True)
    with closing(DuckDBEngine({"then": then, "now": now})) as engine:
        assert counted(engine, "then") == [(3000, sum(range(3000)))]
        assert counted(engine, "now") == [(3000, sum(range(2000, 3000)) + sum(range(10_000, 12_000)))]
        engine.add("t", now, file_name="file")
        files = engine.rows(exp.select("file").distinct().from_(engine.render.table("t")).order_by("file"))
    assert now.remote is not None
    assert {file for (file,) in files} == {
        f"{at}/day=c/part [x]*.parquet",
        *(f"s3://{at.bucket}@{e.version}/lake/{e.path}" for e in now.remote.entries[:2]),
    }


@pytest.mark.parametrize("form", ["replaced", "deleted"])
def test_an_object_of_an_unversioned_bucket_that_changed_is_never_read_as_another(
    cloud: Cloud, tmp_path: Path, form: str
) -> None:
    write_parts(tmp_path, table, 1)
    at = cloud.bucket(versioned=False) / "lake"
    cloud.upload(tmp_path, at)
    source = pinned_source(cloud, at, forget=True)
    client = cloud.session.client("s3")
    if form == "replaced":
        write_parts(tmp_path, lambda n: table(n + 1), 1)
        cloud.upload(tmp_path, at)
    else:
        client.delete_object(Bucket=at.bucket, Key="lake/part-0.parquet")
    with pytest.raises(DataError, match=r"part-0\.parquet: changed while it was read \(ETag [0-9a-f]+ was"):
        DuckDBEngine({"": source})


def test_a_server_that_ignores_the_condition_does_not_deceive(cloud: Cloud, tmp_path: Path) -> None:
    write_parts(tmp_path, table, 1)
    at = cloud.bucket(versioned=False) / "lake"
    cloud.upload(tmp_path, at)
    source = pinned_source(cloud, at, forget=True)
    write_parts(tmp_path, lambda n: table(n + 1), 1)
    cloud.upload(tmp_path, at)
    events = cloud.session.client("s3").meta.events
    events.register("before-parameter-build.s3.GetObject", lambda params, **_: params.pop("IfMatch", None))
    with pytest.raises(DataError, match="changed while"):
        DuckDBEngine({"": source})


def test_an_object_that_nothing_pins_is_refused(lake: tuple[Cloud, Address, Path]) -> None:
    cloud, at, _ = lake
    source = pinned_source(cloud, at)
    assert source.remote is not None
    entries = tuple(replace(entry, version=None) for entry in source.remote.entries)
    loose = replace(source, remote=replace(source.remote, entries=entries, etags=("", "", "")))
    with pytest.raises(DataError, match="neither its version nor its ETag is known"):
        DuckDBEngine({"": loose})


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("form", "ending"), [("csv", "csv"), ("json", "jsonl")])
def test_text_is_fetched_once_however_often_it_is_read(
    cloud: Cloud, tmp_path: Path, form: Format, ending: str, packed: bool
) -> None:
    rows = range(20_000)
    text = (
        "i\n" + "".join(f"{i}\n" for i in rows) if form == "csv" else "".join(f'{{"i": {i}}}\n' for i in rows)
    )
    body = gzip.compress(text.encode()) if packed else text.encode()
    for part in range(2):
        (tmp_path / f"{part}.{ending}{'.gz' if packed else ''}").write_bytes(body)
    at = cloud.bucket() / "lake"
    cloud.upload(tmp_path, at)
    source = pinned_source(cloud, at, form)
    served = Served.by(cloud)
    suite = {"columns": {"i": ["not_null", {"between": [0, 19_999]}, {"mean": [9999, 10_000]}]}}
    result = dq.validate(source, suite)
    assert (result.status.value, result.rows) == ("pass", 40_000)
    assert served.size == 2 * len(body)
    assert set(served.calls) == {"GetObject"}


def test_what_was_fetched_goes_with_the_engine(lake: tuple[Cloud, Address, Path], tmp_path: Path) -> None:
    cloud, at, _ = lake
    spill = tmp_path / "spill"
    spill.mkdir()
    with closing(DuckDBEngine({"": pinned_source(cloud, at, forget=True)}, spill=spill)) as engine:
        counted(engine, "")
        assert [p.name.split("-")[0] for p in spill.iterdir()] == ["objects"]
    assert list(spill.iterdir()) == []


def test_the_next_partition_is_read_by_the_same_engine(lake: tuple[Cloud, Address, Path]) -> None:
    cloud, at, _ = lake
    one, other = (pinned_source(cloud, at / day) for day in ("day=a%2Fb", "day=c"))
    with closing(DuckDBEngine({"": one})) as engine:
        assert counted(engine, "") == [(2000, sum(range(2000)))]
        engine.reset({"": other})
        assert counted(engine, "") == [(1000, sum(range(2000, 3000)))]
        engine.reset({"": other})
        assert counted(engine, "") == [(1000, sum(range(2000, 3000)))]


def test_local_and_remote_side_by_side(lake: tuple[Cloud, Address, Path]) -> None:
    cloud, at, folder = lake
    local = open_source(str(folder))
    assert isinstance(local, FileSource)
    with closing(DuckDBEngine({"here": local, "there": pinned_source(cloud, at, hive=True)})) as engine:
        here, there = engine.render.table("here"), engine.render.table("there")
        joined = exp.select("count(*)").from_(here.as_("a") if hasattr(here, "as_") else here)
        joined = joined.join(exp.alias_(there, name("b"), table=True), using=["id"])
        assert engine.rows(joined) == [(3000,)]
