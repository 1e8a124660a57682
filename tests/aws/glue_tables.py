"""Tables of a Glue catalog for tests, in a database and a bucket of their own."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from aws_server import Cloud

from dq.aws.address import Address
from dq.aws.glue import Glue, TableAddress
from dq.lake.glue.location import GlueLocation
from dq.lake.layout import Steps, no_steps
from dq.lake.manifest import Partition
from dq.lake.s3.inventory import Inventory

PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
DAY = Partition.of({"dt": "2026-01-01"})
NEXT = Partition.of({"dt": "2026-01-02"})


@dataclass
class Catalog:
    """A database, a bucket, and what other programs do there.

    Attributes:
        cloud: the server.
        bucket: with versions.
        database: its name.
    """

    cloud: Cloud
    bucket: Address = field(init=False)
    database: str = field(init=False)

    def __post_init__(self) -> None:
        self.bucket, self.database = self.cloud.bucket(), f"d{uuid.uuid4().hex[:12]}"
        self.client.create_database(DatabaseInput={"Name": self.database})

    @classmethod
    def of(cls, other: Catalog) -> Catalog:
        """The same catalog, seen by somebody with clients of their own."""
        made = cls.__new__(cls)
        made.cloud, made.bucket, made.database = Cloud(other.cloud.options), other.bucket, other.database
        return made

    @property
    def client(self) -> Any:
        """boto3's client of Glue."""
        return self.cloud.session.client("glue")

    @property
    def glue(self) -> Glue:
        """dq's requests."""
        return Glue(self.cloud.session)

    def table(
        self,
        name: str = "orders",
        columns: Mapping[str, str] | None = None,
        keys: Mapping[str, str] | None = None,
        serde: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> TableAddress:
        """A table as another program would define it."""
        wanted = {"id": "bigint", "amount": "double"} if columns is None else columns
        by = {"dt": "string"} if keys is None else keys
        self.client.create_table(
            DatabaseName=self.database,
            TableInput={
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "StorageDescriptor": {
                    "Columns": [{"Name": n, "Type": t} for n, t in wanted.items()],
                    "Location": f"{self.bucket}{name}/",
                    "SerdeInfo": dict(serde or {"SerializationLibrary": PARQUET}),
                },
                "PartitionKeys": [{"Name": n, "Type": t} for n, t in by.items()],
                **more,
            },
        )
        return TableAddress(self.database, name)

    def layout(self, table: TableAddress, steps: Steps = no_steps) -> GlueLocation:
        """The layout of a table, freshly opened."""
        home = self.bucket / "_dq"
        return GlueLocation(self.glue.table(table), self.glue, Inventory(self.cloud.s3), home, steps=steps)

    def write(self, table: TableAddress, partition: Partition, ids: list[int], *, at: str = "") -> str:
        """A plain Hive partition, overwritten in place and registered, as other programs do it."""
        place = at or f"{self.bucket}{table.table}/{partition}/"
        folder = Address.parse(place)
        for one in list(self.cloud.s3.list(folder)):
            self.cloud.session.client("s3").delete_object(Bucket=folder.bucket, Key=one.key)
        self.cloud.s3.put(folder / f"{uuid.uuid4().hex[:8]}.parquet", parquet(ids))
        self.register(table, partition, place)
        return place

    def register(self, table: TableAddress, partition: Partition, location: str, **parameters: str) -> None:
        """Creates or updates a partition of the catalog, with its columns as the table has them."""
        storage = {**self.glue.table(table).storage, "Location": location}
        values = list(partition.as_dict().values())
        named = {"DatabaseName": self.database, "TableName": table.table}
        given = {"Values": values, "StorageDescriptor": storage, "Parameters": parameters}
        if self.glue.partition(table, tuple(values)) is None:
            self.client.create_partition(**named, PartitionInput=given)
        else:
            self.client.update_partition(**named, PartitionValueList=values, PartitionInput=given)

    def ids(self, table: TableAddress, partition: Partition) -> list[int] | None:
        """What a reader that asks the catalog sees; None when there is no such partition."""
        entry = self.glue.partition(table, tuple(partition.as_dict().values()))
        return None if entry is None else self.read(entry.location)

    def read(self, location: str) -> list[int]:
        """The ids in the visible objects of a prefix, sorted."""
        at, found = Address.parse(location).folder, []
        for one in self.cloud.s3.list(at):
            if one.key.endswith(".parquet"):
                body = self.cloud.s3.get(Address(at.bucket, one.key)).body
                found += pq.read_table(io.BytesIO(body)).column("id").to_pylist()
        return sorted(found)


def parquet(ids: list[int]) -> bytes:
    """A Parquet file with these ids and amounts."""
    out = io.BytesIO()
    pq.write_table(pa.table({"id": pa.array(ids, pa.int64()), "amount": [float(i) for i in ids]}), out)
    return out.getvalue()
