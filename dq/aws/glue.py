"""The requests to the Glue Data Catalog that dq makes, each by one method.

Definitions of tables and partitions are kept as Glue gave them, so that whoever changes one field writes back
all the others. `UpdatePartition` has no condition: callers compare before and read back after
(`dq/lake/glue/pointer.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dq.aws.errors import Missing, asking
from dq.aws.options import AwsOptions
from dq.aws.session import Session, session_of
from dq.errors import UsageError

SCHEME = "glue://"


@dataclass(frozen=True)
class TableAddress:
    """A table of a catalog: `glue://database.table`, or `glue://catalog-id/database.table`.

    Attributes:
        database: its name.
        table: its name.
        catalog: id of the catalog, that is of another account; None for the caller's own.
    """

    database: str
    table: str
    catalog: str | None = None

    @classmethod
    def parse(cls, text: str) -> TableAddress:
        """From text.

        Raises:
            UsageError: no such address.
        """
        catalog, slash, name = text.removeprefix(SCHEME).rpartition("/")
        database, dot, table = name.partition(".")
        if not (text.startswith(SCHEME) and database and dot and table) or bool(slash) != bool(catalog):
            raise UsageError(f"{text}: no table of the Glue catalog; expected glue://database.table")
        return cls(database, table, catalog or None)

    def __str__(self) -> str:
        return f"{SCHEME}{f'{self.catalog}/' if self.catalog else ''}{self.database}.{self.table}"


@dataclass(frozen=True)
class CatalogEntry:
    """What a table and a partition have in common.

    Attributes:
        definition: the fields that Glue takes back (`TableInput`, `PartitionInput`).
    """

    definition: Mapping[str, Any]

    @property
    def storage(self) -> Mapping[str, Any]:
        """`StorageDescriptor`; empty where there is none."""
        return self.definition.get("StorageDescriptor") or {}

    @property
    def location(self) -> str:
        """Where readers look; empty where the catalog says nothing."""
        return str(self.storage.get("Location") or "")

    @property
    def parameters(self) -> Mapping[str, str]:
        """Properties; empty where there are none."""
        return self.definition.get("Parameters") or {}

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Names and Hive types, in order, without partition keys."""
        return _pairs(self.storage.get("Columns"))


@dataclass(frozen=True)
class CatalogTable(CatalogEntry):
    """A table, as `GetTable` shows it.

    Attributes:
        address: its name.
        version: of its definition; Glue checks it when the table is updated. Partitions do not count.
        governed: whether Lake Formation hands out access to its location.
    """

    address: TableAddress
    version: str | None = None
    governed: bool = False

    @cached_property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """Partition keys with their Hive types, in order."""
        return _pairs(self.definition.get("PartitionKeys"))

    @property
    def kind(self) -> str:
        """`TableType`, such as `EXTERNAL_TABLE` or `VIRTUAL_VIEW`."""
        return str(self.definition.get("TableType") or "")


@dataclass(frozen=True)
class CatalogPartition(CatalogEntry):
    """A partition, as `GetPartition` shows it.

    Attributes:
        values: in the order of the table's keys, as text.
    """

    @property
    def values(self) -> tuple[str, ...]:
        """In the order of the table's keys, as text."""
        return tuple(self.definition["Values"])


class Glue:
    """Requests to the catalog under one identity. Safe for threads.

    Args:
        session: whose client is used.
    """

    def __init__(self, session: Session) -> None:
        self.session = session

    @classmethod
    def of(cls, options: AwsOptions) -> Glue:
        """From settings."""
        return cls(session_of(options))

    @property
    def client(self) -> Any:
        """boto3's client."""
        return self.session.client("glue")

    def table(self, at: TableAddress) -> CatalogTable:
        """The definition of a table.

        Raises:
            Missing: there is no such table or database.
            Forbidden: `glue:GetTable` is missing.
        """
        with asking("glue:GetTable", str(at)):
            found = self.client.get_table(**_catalog(at), DatabaseName=at.database, Name=at.table)["Table"]
        governed = found.get("TableType") == "GOVERNED" or bool(found.get("IsRegisteredWithLakeFormation"))
        return CatalogTable(self._taken_back("TableInput", found), at, found.get("VersionId"), governed)

    def partition(self, at: TableAddress, values: tuple[str, ...]) -> CatalogPartition | None:
        """One partition; None when the catalog has none of these values.

        Args:
            at: the table.
            values: of every key, in the order of the keys.

        Raises:
            Forbidden: `glue:GetPartition` is missing.
        """
        try:
            with asking("glue:GetPartition", f"{at} {list(values)}"):
                found = self.client.get_partition(**_named(at), PartitionValues=list(values))["Partition"]
        except Missing:
            return None
        return CatalogPartition(self._taken_back("PartitionInput", found))

    def partitions(self, at: TableAddress, expression: str = "") -> Iterator[CatalogPartition]:
        """Partitions of a table, page by page, without their columns.

        Args:
            at: the table.
            expression: only those it holds for, see `expression_of`; empty for all.

        Raises:
            Missing: there is no such table.
            Forbidden: `glue:GetPartitions` is missing.
        """
        asked = {**_named(at), **({"Expression": expression} if expression else {})}
        with asking("glue:GetPartitions", str(at)):
            pages = self.client.get_paginator("get_partitions").paginate(**asked, ExcludeColumnSchema=True)
            for page in pages:
                for found in page["Partitions"]:
                    yield CatalogPartition(self._taken_back("PartitionInput", found))

    def create_partition(self, at: TableAddress, definition: Mapping[str, Any]) -> None:
        """Adds a partition.

        Raises:
            Changed: it is there already.
            Forbidden: `glue:CreatePartition` is missing.
        """
        with asking("glue:CreatePartition", f"{at} {definition['Values']}"):
            self.client.create_partition(**_named(at), PartitionInput=dict(definition))

    def update_partition(self, at: TableAddress, definition: Mapping[str, Any]) -> None:
        """Replaces the definition of the partition with the same values, whatever it is now.

        Raises:
            Missing: it is not there.
            Forbidden: `glue:UpdatePartition` is missing.
        """
        with asking("glue:UpdatePartition", f"{at} {definition['Values']}"):
            self.client.update_partition(
                **_named(at), PartitionValueList=list(definition["Values"]), PartitionInput=dict(definition)
            )

    def delete_partition(self, at: TableAddress, values: tuple[str, ...]) -> None:
        """Takes a partition out of the catalog; its objects stay.

        Raises:
            Missing: it is not there.
            Forbidden: `glue:DeletePartition` is missing.
        """
        with asking("glue:DeletePartition", f"{at} {list(values)}"):
            self.client.delete_partition(**_named(at), PartitionValues=list(values))

    def update_table(self, at: TableAddress, definition: Mapping[str, Any], version: str | None) -> None:
        """Replaces the definition of a table.

        Args:
            at: the table.
            definition: all of it.
            version: that it must have now; AWS checks it, other servers may not.

        Raises:
            Changed: it has another version.
            Forbidden: `glue:UpdateTable` is missing.
        """
        more = {"VersionId": version} if version else {}
        with asking("glue:UpdateTable", str(at)):
            self.client.update_table(
                **_catalog(at), DatabaseName=at.database, TableInput=dict(definition), **more
            )

    def _taken_back(self, shape: str, found: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a reply that Glue takes in a request."""
        known = self.client.meta.service_model.shape_for(shape).members
        return {name: found[name] for name in known if name in found}


_BARE = ("tinyint", "smallint", "int", "integer", "bigint", "long", "decimal", "float", "double", "boolean")


def expression_of(keys: tuple[tuple[str, str], ...], wanted: Mapping[str, str]) -> str:
    """A filter of `GetPartitions`: every wanted key has its value.

    Text, dates and timestamps are quoted, numbers are not (Glue API reference, GetPartitions).

    Args:
        keys: of the table, with their types.
        wanted: key to value; other names are left out.

    Returns:
        Empty when nothing is wanted.

    Raises:
        UsageError: a key of numbers is asked for what is none.
    """
    found = [_equals(name, kind, wanted[name]) for name, kind in keys if name in wanted]
    return " AND ".join(found)


def _equals(name: str, kind: str, value: str) -> str:
    if kind.partition("(")[0] not in _BARE:
        quoted = value.replace("'", "''")
        return f"{name} = '{quoted}'"
    try:
        float(value)
    except ValueError:
        if value.lower() not in ("true", "false"):
            raise UsageError(f"{name}={value}: the catalog says {kind}; expected a number") from None
    return f"{name} = {value}"


def _catalog(at: TableAddress) -> dict[str, str]:
    return {"CatalogId": at.catalog} if at.catalog else {}


def _named(at: TableAddress) -> dict[str, str]:
    return {**_catalog(at), "DatabaseName": at.database, "TableName": at.table}


def _pairs(columns: Any) -> tuple[tuple[str, str], ...]:
    return tuple((column["Name"], column.get("Type") or "string") for column in columns or ())
