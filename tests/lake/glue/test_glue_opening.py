"""Tables of a Glue catalog as sources: what is listed, and what the catalog says of it."""

from __future__ import annotations

from typing import Any

import pytest
from aws_server import Cloud
from glue_tables import DAY, NEXT, Catalog, parquet

from dq.aws.address import Address
from dq.aws.glue import TableAddress, expression_of
from dq.errors import DataError, UsageError
from dq.lake.described import TextForm, differences
from dq.lake.glue.opening import open_table
from dq.lake.manifest import Partition
from dq.lake.opening import open_source, partition_columns
from dq.lake.s3.inventory import Inventory
from dq.lake.schema import Schema
from dq.lake.source import FileSource
from dq.sql.words import Column


@pytest.fixture
def catalog(cloud: Cloud) -> Catalog:
    return Catalog(cloud)


def opened(catalog: Catalog, table: TableAddress, partition: Partition | None = None) -> FileSource:
    inventory = Inventory(catalog.cloud.s3)
    return open_table(str(table), partition or Partition(), catalog.glue, inventory)


def test_partitions_lie_where_the_catalog_says(catalog: Catalog) -> None:
    table = catalog.table(keys={"dt": "date"})
    catalog.write(table, DAY, [1])
    catalog.write(table, NEXT, [2, 3], at=f"{catalog.bucket}elsewhere/dt=1999-01-01/")
    catalog.cloud.s3.put(catalog.bucket / "orders/dt=2026-01-03/unregistered.parquet", parquet([9]))
    source = opened(catalog, table)
    described = source.described
    assert described is not None
    assert (source.format, source.hive, source.location) == ("parquet", False, str(table))
    assert [path.rpartition("/")[0].removeprefix(str(catalog.bucket)) for path in source.files] == [
        "orders/dt=2026-01-01",
        "elsewhere/dt=1999-01-01",
    ]
    assert described.keys == (Column("dt", "DATE"),)
    assert described.values == (("2026-01-01",), ("2026-01-02",))
    assert source.remote is not None
    assert [entry.rows for entry in source.remote.entries] == [1, 2]
    assert all(entry.version for entry in source.remote.entries)
    (one,) = opened(catalog, table, NEXT).files
    assert one == source.files[1]
    assert opened(catalog, table, Partition.of({"dt": "2030-01-01"})).files == ()
    assert isinstance(open_source(str(table), NEXT, aws=catalog.cloud.options), FileSource)
    assert partition_columns(str(table), catalog.cloud.options) == ("dt",)


def test_some_keys_select_by_the_catalogs_own_filter(catalog: Catalog) -> None:
    table = catalog.table(keys={"dt": "string", "hour": "int"})
    for day in ("2026-01-01", "2026-01-02"):
        for hour in ("03", "4"):
            catalog.write(table, Partition.of({"dt": day, "hour": hour}), [1])
    found = opened(catalog, table, Partition.of({"hour": "3"})).described
    assert found is not None
    assert found.values == (("2026-01-01", "03"), ("2026-01-02", "03"))
    both = opened(catalog, table, Partition.of({"dt": "2026-01-01", "hour": "3"})).described
    assert both is not None
    assert both.values == (("2026-01-01", "03"),)
    keys = (("dt", "string"), ("hour", "int"), ("day", "date"))
    wanted = {"dt": "it's", "hour": "3", "day": "2026-01-01"}
    assert expression_of(keys, wanted) == "dt = 'it''s' AND hour = 3 AND day = '2026-01-01'"
    with pytest.raises(UsageError, match="hour=x: the catalog says int; expected a number"):
        expression_of(keys, {"hour": "x"})


def test_a_wrong_key_or_table_is_said_so(catalog: Catalog) -> None:
    table = catalog.table()
    with pytest.raises(UsageError, match=r"is partitioned by dt; 'td' is no partition column\."):
        opened(catalog, table, Partition.of({"td": "x"}))
    with pytest.raises(DataError, match="the Glue catalog has no such table"):
        opened(catalog, TableAddress(catalog.database, "nothing"))
    for text in ("glue://orders", "glue://db.", "glue:///db.t", "s3://db.t"):
        with pytest.raises(UsageError, match=r"expected glue://database\.table"):
            TableAddress.parse(text)
    other = TableAddress.parse("glue://123456789012/db.orders")
    assert (other.catalog, other.database, other.table) == ("123456789012", "db", "orders")
    assert str(other) == "glue://123456789012/db.orders"


def test_a_value_that_is_none_of_its_type_is_named_without_being_shown(catalog: Catalog) -> None:
    table = catalog.table(keys={"dt": "date"})
    catalog.write(table, Partition.of({"dt": "secret"}), [1])
    with pytest.raises(DataError, match="'dt' is DATE, and the catalog has a value that is none") as told:
        opened(catalog, table)
    assert "secret" not in str(told.value)
    nothing = catalog.table("others", keys={"dt": "date"})
    catalog.write(nothing, Partition.of({"dt": "__HIVE_DEFAULT_PARTITION__"}), [1])
    described = opened(catalog, nothing).described
    assert described is not None
    assert described.values == ((None,),)


CSV = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
OPEN = "org.apache.hadoop.hive.serde2.OpenCSVSerde"


@pytest.mark.parametrize(
    ("serde", "asked", "expected"),
    [
        (CSV, {}, ("\x01", "", "", 0)),
        (CSV, {"field.delim": "\\t", "skip.header.line.count": "1"}, ("\t", "", "", 1)),
        (OPEN, {}, (",", '"', "\\", 0)),
        (OPEN, {"separatorChar": ";", "quoteChar": "'", "escapeChar": "^"}, (";", "'", "^", 0)),
    ],
)
def test_the_form_of_text_comes_from_the_serde(
    catalog: Catalog, serde: str, asked: dict[str, str], expected: tuple[Any, ...]
) -> None:
    table = catalog.table(
        columns={"id": "int", "code": "varchar(9)"},
        keys={},
        serde={"SerializationLibrary": serde, "Parameters": asked},
    )
    catalog.cloud.s3.put(catalog.bucket / "orders/part-0", b"1,2\n")
    source = opened(catalog, table)
    assert source.format == "csv"
    assert source.described is not None
    assert source.described.text == TextForm(("id", "code"), frozenset({"code"}), *expected)


def test_formats_that_dq_does_not_read_are_named(catalog: Catalog) -> None:
    orc = {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.orc.OrcSerde"}
    table = catalog.table(serde=orc, keys={})
    catalog.cloud.s3.put(catalog.bucket / "orders/part-0", b"x")
    with pytest.raises(DataError, match="format OrcSerde is not one that dq reads"):
        opened(catalog, table)


def test_projected_partitions_are_found_by_the_rule_and_must_be_named(catalog: Catalog) -> None:
    table = catalog.table(
        keys={"dt": "string", "hour": "int"},
        Parameters={
            "projection.enabled": "true",
            "projection.hour.digits": "2",
            "storage.location.template": f"{catalog.bucket}events/${{dt}}/h${{hour}}/",
        },
    )
    at = Address.parse(f"{catalog.bucket}events/2026/01/01/h03/a.parquet")
    catalog.cloud.s3.put(at, parquet([1]))
    wanted = Partition.of({"dt": "2026/01/01", "hour": "3"})
    source = opened(catalog, table, wanted)
    assert source.files == (str(at),)
    assert source.described is not None
    assert source.described.values == (("2026/01/01", "3"),)
    layout = catalog.layout(table)
    assert [entry.path for entry in layout.manifest(wanted).files] == ["a.parquet"]
    for one in (Partition(), Partition.of({"dt": "2026/01/01"})):
        with pytest.raises(DataError, match="uses partition projection, so the catalog lists no partitions"):
            opened(catalog, table, one)
    with pytest.raises(DataError, match="uses partition projection"):
        layout.partitions()


def test_differences_to_the_catalog_are_said(catalog: Catalog) -> None:
    columns = {
        "id": "bigint",
        "n": "int",
        "gone": "string",
        "price": "decimal(10,2)",
        "tags": "array<string>",
    }
    table = catalog.table(columns=columns)
    catalog.write(table, DAY, [1])
    source = opened(catalog, table)
    found = Schema(
        tuple(
            Column(name, kind)
            for name, kind in (
                ("id", "INTEGER"),
                ("n", "BIGINT"),
                ("price", "DECIMAL(12,2)"),
                ("tags", "VARCHAR[]"),
                ("extra", "DATE"),
                ("dt", "VARCHAR"),
            )
        )
    )
    assert source.described is not None
    assert differences(source.described, found, exact=True) == (
        "column 'n' is INTEGER in the catalog and BIGINT in the files; its readers may fail or see "
        "other values",
        "column 'gone' is in the catalog and in none of the files; its readers see null",
        "column 'price' is DECIMAL(10,2) in the catalog and DECIMAL(12,2) in the files; its readers may fail "
        "or see other values",
        "column 'extra' (DATE) is in the files and not in the catalog; its readers do not see it",
    )
    assert len(differences(source.described, found, exact=False)) == 2
