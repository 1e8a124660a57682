"""The table for Athena: what is printed, made in a catalog and read through it."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot
from sqlglot import exp
from store_places import S3Place
from store_samples import run, verdict

from dq.aws.address import Address
from dq.cli.app import cli
from dq.errors import UsageError
from dq.result import Status
from dq.store import twin
from dq.store.ddl import FOLDER, VerdictTable, hive_type, verdict_table
from dq.verdict import Outcome

if TYPE_CHECKING:
    from aws_server import Cloud

PRINTED = """\
CREATE EXTERNAL TABLE IF NOT EXISTS `quality`.`dq_verdicts` (
  `run_id` STRING,
  `suite` STRING,
  `suite_hash` STRING,
  `partition` STRING,
  `started` TIMESTAMP,
  `status` STRING,
  `visible` BOOLEAN,
  `action` STRING,
  `code_revision` STRING,
  `engine` STRING,
  `run_rows` BIGINT,
  `run_seconds` DOUBLE,
  `expectation_id` STRING,
  `expectation` STRING,
  `columns` ARRAY<STRING>,
  `severity` STRING,
  `outcome` STRING,
  `observed` DOUBLE,
  `expected` STRING,
  `rows` BIGINT,
  `considered` BIGINT,
  `unexpected` BIGINT,
  `missing` BIGINT,
  `reason` STRING
)
STORED AS PARQUET
LOCATION 's3://lake/team/dq/verdicts/'
TBLPROPERTIES (
  'classification'='parquet'
)"""

ARROW = {
    "string": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "boolean": pa.bool_(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "array<string>": pa.list_(pa.string()),
}
"""What engines make of Hive's types when they read Parquet."""


def test_what_is_printed() -> None:
    made = verdict_table("s3://lake/team/dq", None, "quality", "dq_verdicts", by_suite=False)
    assert made.sql() == PRINTED
    short = verdict_table("/home/x/.dq", "s3://lake/copy", "", "it's", by_suite=True).sql()
    assert short.startswith("CREATE EXTERNAL TABLE IF NOT EXISTS `it's` (\n")
    assert short.endswith(
        "PARTITIONED BY (\n  `suite_folder` STRING\n)\nSTORED AS PARQUET\nLOCATION 's3://lake/copy/'\n"
        "TBLPROPERTIES (\n  'classification'='parquet',\n  'projection.enabled'='true',\n"
        "  'projection.suite_folder.type'='injected',\n"
        "  'storage.location.template'='s3://lake/copy/suite=${suite_folder}/'\n)"
    )


def test_a_store_in_a_folder_needs_a_location() -> None:
    with pytest.raises(UsageError, match=r"Athena reads from S3 only.*--location"):
        verdict_table("/home/x/.dq", None, "", "dq_verdicts", by_suite=False)


def test_only_known_types_have_a_name() -> None:
    with pytest.raises(TypeError, match="decimal128"):
        hive_type(pa.decimal128(10, 2))


def definition(printed: str) -> tuple[dict[str, str], str]:
    """Columns and location as a catalog takes them from the statement."""
    statement = sqlglot.parse_one(printed, read="athena")
    location = statement.find(exp.LocationProperty)
    assert location is not None
    types = {c.name: c.kind.sql("hive").lower() for c in statement.this.expressions}
    return types, location.this.this


@pytest.mark.parametrize("by_suite", [False, True])
def test_the_catalog_takes_it_and_columns_and_types_are_those_of_the_files(
    cloud: Cloud, by_suite: bool
) -> None:
    place = S3Place(cloud.session, cloud.bucket(versioned=False) / "team/dq")
    store = place.open()
    bad = verdict(Outcome.FAIL, id="bad", observed=0.97, unexpected=24)
    store.put_run(run("r1", verdicts=(bad, verdict()), status=Status.FAIL))
    store.put_run(run("r2", suite="a/b c", verdicts=(verdict(rows=None),)))
    store.put_run(run("r3", verdicts=()))
    made = verdict_table(store.address, None, "quality", "dq_verdicts", by_suite=by_suite)
    glue = cloud.session.client("glue")
    database = f"quality_{place.at.bucket.replace('-', '_')}"
    glue.create_database(DatabaseInput={"Name": database})
    glue.create_table(DatabaseName=database, TableInput=made.glue())
    table = glue.get_table(DatabaseName=database, Name="dq_verdicts")["Table"]
    told = {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}
    assert (told, table["StorageDescriptor"]["Location"]) == definition(made.sql())
    assert [key["Name"] for key in table["PartitionKeys"]] == ([FOLDER] if by_suite else [])
    found = read_through(place, table, "a%2Fb%20c" if by_suite else None)
    assert found.schema.equals(twin.schema())
    assert ask(
        found, "SELECT suite, outcome, count(*), sum(unexpected) FROM v GROUP BY 1, 2 ORDER BY 1, 2"
    ) == (
        [("a/b c", "pass", 1, 0)]
        if by_suite
        else [("a/b c", "pass", 1, 0), ("flights", "fail", 1, 24), ("flights", "pass", 1, 0)]
    )
    assert ask(found, "SELECT DISTINCT columns[1] FROM v WHERE date_trunc('day', started) < now()") == [
        ("carrier",)
    ]


def read_through(place: S3Place, table: dict[str, Any], folder: str | None) -> pa.Table:
    """The files as an engine reads them that knows the catalog only: types of the catalog, strictly."""
    types = pa.schema([(c["Name"], ARROW[c["Type"]]) for c in table["StorageDescriptor"]["Columns"]])
    where = table["StorageDescriptor"]["Location"]
    if folder is not None:
        where = table["Parameters"]["storage.location.template"].replace(f"${{{FOLDER}}}", folder)
    listed = list(place.s3.list(Address.parse(where)))
    assert listed
    parts = [
        pq.read_table(io.BytesIO(place.s3.get(Address(place.at.bucket, one.key)).body)) for one in listed
    ]
    assert all(part.schema.equals(types) for part in parts)
    return pa.concat_tables(parts)


def ask(v: pa.Table, athena: str) -> list[tuple[Any, ...]]:
    con = duckdb.connect()
    con.register("v", v)
    return con.execute(sqlglot.transpile(athena, read="athena", write="duckdb")[0]).fetchall()


def test_the_catalog_of_awswrangler_reads_the_same_types() -> None:
    types = pytest.importorskip("awswrangler._data_types")
    made = VerdictTable("", "dq_verdicts", "s3://lake/dq/verdicts/")
    for (name, type_), field in zip(made.columns, twin.schema(), strict=True):
        read = types.athena2pyarrow(type_)
        assert name == field.name
        assert read == (pa.timestamp("ns") if pa.types.is_timestamp(field.type) else field.type)


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    at = ["--store", "s3://lake/team/dq", "--database", "quality"]
    assert cli.main(["store", "ddl", *at], standalone_mode=False) == 0
    assert capsys.readouterr().out == f"{PRINTED};\n"
    assert cli.main(["store", "ddl", *at, "--json"], standalone_mode=False) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["sql"] == PRINTED
    assert document["table"]["Name"] == "dq_verdicts"
    assert cli.main(["store", "ddl", "--store", "/nowhere"], standalone_mode=False) == 2


def test_repair_on_the_command_line(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    place = S3Place(cloud.session, cloud.bucket(versioned=False) / "dq")
    place.open().put_run(run("r1"))
    before = place.files()
    place.remove("verdicts/suite=flights/r1.parquet")
    monkeypatch.setenv("DQ_STORE", str(place.at))
    monkeypatch.setenv("DQ_AWS_ENDPOINT", str(cloud.options.endpoint))
    assert cli.main(["store", "repair"], standalone_mode=False) == 0
    assert capsys.readouterr().out == f"{place.at}: 1 verdict table written\n"
    assert place.files() == before
    assert cli.main(["history", "--json"], standalone_mode=False) == 0
    assert [one["run_id"] for one in json.loads(capsys.readouterr().out)["runs"]] == ["r1"]
