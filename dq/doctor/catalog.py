"""What a table of the Glue catalog promises.

Whether partitions may be changed is tried on a partition that does not exist: AWS answers that it is not
there to those who may, and refuses the others first. Creating has no such form, so it is tried with the
definition of a partition that is there already, which changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dq.aws.errors import AwsError, Changed, asking
from dq.aws.session import Session
from dq.doctor.access import tried
from dq.doctor.findings import Finding, Level

_NOWHERE = "dq-doctor-no-such-value"


def described(session: Session, database: str, table: str) -> Mapping[str, Any]:
    """The catalog's definition of a table.

    Raises:
        Missing: there is no such table.
        Forbidden: `glue:GetTable` is missing.
    """
    with asking("glue:GetTable", f"glue://{database}.{table}"):
        found: Mapping[str, Any] = session.client("glue").get_table(DatabaseName=database, Name=table)[
            "Table"
        ]
    return found


def table_findings(definition: Mapping[str, Any]) -> Iterator[Finding]:
    """What the definition alone says: kind of table, partition keys, projection."""
    parameters = {key.lower(): str(value).lower() for key, value in definition.get("Parameters", {}).items()}
    keys = [key["Name"] for key in definition.get("PartitionKeys", ())]
    if parameters.get("table_type") == "iceberg":
        yield Finding(
            "table",
            Level.BLOCKER,
            "The table is an Iceberg table; its partitions are not the catalog's.",
            "Name it iceberg://catalog/database.table.",
        )
        return
    if definition.get("TableType") == "VIRTUAL_VIEW":
        yield Finding(
            "table", Level.BLOCKER, "This is a view; it holds no bytes.", "Name the tables below it."
        )
        return
    if not keys:
        yield Finding(
            "partitions",
            Level.NOTE,
            "The table has no partitions: its own location is changed, which needs glue:UpdateTable, and it "
            "is never taken out of sight.",
        )
    else:
        yield Finding("partitions", Level.OK, f"The table is partitioned by {', '.join(keys)}.")
    if parameters.get("projection.enabled") == "true":
        yield Finding(
            "projection",
            Level.BLOCKER,
            "Partition projection is on: Athena computes locations from a template and ignores those of the "
            "catalog, so a swap would change nothing.",
            "Switch it off and register partitions, or name the folder s3://... to roll back in place.",
        )
    else:
        yield Finding("projection", Level.OK, "Partition projection is off; readers follow each location.")


def catalog_access(session: Session, database: str, table: str, keys: int) -> Iterator[Finding]:
    """Which actions on the table's partitions are allowed; for a table without any, only a note.

    Args:
        session: who asks.
        database: its name.
        table: its name.
        keys: number of partition keys.
    """
    glue, where = session.client("glue"), f"glue://{database}.{table}"
    if not keys:
        yield Finding(
            "glue:UpdateTable",
            Level.NOTE,
            f"Not tried on {where}: there is no harmless way. Publishing and rolling back need it.",
        )
        return
    named = {"DatabaseName": database, "TableName": table}
    nowhere = [_NOWHERE] * keys
    first: list[Mapping[str, Any]] = []

    def look() -> None:
        with asking("glue:GetPartitions", where):
            first.extend(glue.get_partitions(**named, MaxResults=1)["Partitions"])

    def update() -> None:
        with asking("glue:UpdatePartition", where):
            glue.update_partition(**named, PartitionValueList=nowhere, PartitionInput={"Values": nowhere})

    def create() -> None:
        with asking("glue:CreatePartition", where):
            glue.create_partition(**named, PartitionInput=definition_of(first[0]))

    def delete() -> None:
        with asking("glue:DeletePartition", where):
            glue.delete_partition(**named, PartitionValues=nowhere)

    yield tried("glue:GetPartitions", where, look)
    yield tried("glue:UpdatePartition", where, update)
    yield tried("glue:DeletePartition", where, delete)
    if first:
        yield tried("glue:CreatePartition", where, lambda: _already(create))


def definition_of(partition: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a partition that a request to create or change it takes."""
    return {key: partition[key] for key in ("Values", "StorageDescriptor", "Parameters") if key in partition}


def _already(create: Any) -> None:
    """Creates what is there already.

    Raises:
        Forbidden: the action is not allowed.
    """
    try:
        create()
    except Changed:
        return
    except AwsError:
        raise
