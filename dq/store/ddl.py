"""The table over the verdicts of all runs, for Athena and whatever reads the Glue catalog.

By default it has no partitions: the suite is a column of the files, engines read all folders below the
location, and a suite that is recorded tomorrow is there at once. With `by_suite` a suite's folder is an
*injected* column (partition projection): a query then has to name it, and reads the files of that suite only.
A list of suites (`enum`) was not chosen, since suites that are missing from it would silently be missing from
answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dq.errors import UsageError
from dq.store import twin

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = "suite_folder"
"""The injected column: a suite's name, percent-encoded as in the store."""
_INPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
_OUTPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_SHAPE = """CREATE EXTERNAL TABLE IF NOT EXISTS t (c INT) {by}
STORED AS PARQUET LOCATION 'l' TBLPROPERTIES ('k'='v')"""


@dataclass(frozen=True)
class VerdictTable:
    """The definition of the table, in no dialect.

    Attributes:
        database: where it is made; empty leaves it to the query editor.
        name: of the table.
        location: prefix of the Parquet files, ending in a slash.
        by_suite: whether queries name one suite's folder.
    """

    database: str
    name: str
    location: str
    by_suite: bool = False

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Names and Hive types of the columns in the files, in their order."""
        return tuple((field.name, hive_type(field.type)) for field in twin.schema())

    @property
    def partitions(self) -> tuple[tuple[str, str], ...]:
        """Names and Hive types of the columns that are not in the files."""
        return ((FOLDER, "string"),) if self.by_suite else ()

    @property
    def properties(self) -> dict[str, str]:
        """Parameters of the table."""
        said = {"classification": "parquet"}
        if self.by_suite:
            said |= {
                "projection.enabled": "true",
                f"projection.{FOLDER}.type": "injected",
                "storage.location.template": f"{self.location}suite=${{{FOLDER}}}/",
            }
        return said

    def sql(self) -> str:
        """The statement for Athena, over several lines, without a semicolon."""
        import sqlglot
        from sqlglot import exp

        by = "PARTITIONED BY (p INT)" if self.by_suite else ""
        made = sqlglot.parse_one(_SHAPE.format(by=by), read="athena")
        table = exp.table_(self.name, db=self.database or None, quoted=True)
        made.set("this", exp.Schema(this=table, expressions=_columns(self.columns)))
        shape = made.args["properties"]
        for prop in shape.expressions:
            if isinstance(prop, exp.LocationProperty):
                prop.set("this", exp.Literal.string(self.location))
            elif isinstance(prop, exp.PartitionedByProperty):
                prop.set("this", exp.Schema(expressions=_columns(self.partitions)))
        kept = [prop for prop in shape.expressions if not isinstance(prop.args.get("value"), exp.Literal)]
        said = [
            exp.Property(this=exp.Literal.string(key), value=exp.Literal.string(value))
            for key, value in self.properties.items()
        ]
        shape.set("expressions", [*kept, *said])
        return made.sql(dialect="athena", pretty=True)

    def glue(self) -> dict[str, Any]:
        """The same as `TableInput` of Glue's CreateTable."""
        return {
            "Name": self.name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"EXTERNAL": "TRUE"} | self.properties,
            "PartitionKeys": [{"Name": name, "Type": type_} for name, type_ in self.partitions],
            "StorageDescriptor": {
                "Columns": [{"Name": name, "Type": type_} for name, type_ in self.columns],
                "Location": self.location,
                "InputFormat": _INPUT,
                "OutputFormat": _OUTPUT,
                "SerdeInfo": {"SerializationLibrary": _SERDE},
            },
        }


def verdict_table(
    address: str, location: str | None, database: str, name: str, *, by_suite: bool
) -> VerdictTable:
    """The table over the verdicts of a store.

    Args:
        address: of the store.
        location: prefix on S3 of the verdicts, where it is not the store's own; None for that.
        database: where the table is made; may be empty.
        name: of the table.
        by_suite: see above.

    Raises:
        UsageError: the store is no prefix on S3 and no location is named.
    """
    at = location or f"{address}/verdicts"
    if not at.startswith("s3://"):
        raise UsageError(
            f"{at}: Athena reads from S3 only; expected a store such as s3://bucket/dq. Name with --location "
            "the prefix that the verdicts of this store are copied to."
        )
    return VerdictTable(database, name, f"{at.rstrip('/')}/", by_suite)


def hive_type(arrow: pa.DataType) -> str:
    """The Hive type that reads a Parquet column of this type without loss.

    Raises:
        TypeError: no column of the twin has such a type.
    """
    import pyarrow as pa

    if pa.types.is_list(arrow):
        return f"array<{hive_type(arrow.value_type)}>"
    for is_it, name in (
        (pa.types.is_string, "string"),
        (pa.types.is_timestamp, "timestamp"),
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_int64, "bigint"),
        (pa.types.is_float64, "double"),
    ):
        if is_it(arrow):
            return name
    raise TypeError(f"no Hive type is known for {arrow}")


def _columns(columns: tuple[tuple[str, str], ...]) -> list[Any]:
    from sqlglot import exp

    return [
        exp.ColumnDef(
            this=exp.to_identifier(name, quoted=True), kind=exp.DataType.build(type_, dialect="athena")
        )
        for name, type_ in columns
    ]
