"""Iceberg tables for tests: in a folder with an SQLite catalog, and on S3 with a Glue catalog."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog import Catalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import DoubleType, LongType, NestedField, StringType

from dq.aws.options import AwsOptions, IcebergOptions
from dq.lake.iceberg.address import TableAddress
from dq.lake.iceberg.catalogs import open_catalog, open_table
from dq.lake.iceberg.layout import IcebergLayout
from dq.lake.layout import Steps, no_steps
from dq.lake.manifest import Manifest, Partition

SCHEMA = Schema(
    NestedField(1, "day", StringType(), required=False),
    NestedField(2, "id", LongType(), required=False),
    NestedField(3, "amount", DoubleType(), required=False),
)
BY_DAY = PartitionSpec(PartitionField(1, 1000, IdentityTransform(), "day"))
DAY = Partition.of({"day": "2024-01-01"})
NEXT = Partition.of({"day": "2024-01-02"})
GOOD, BAD, OTHER = (1.0, 2.0, 3.0), (-1.0, -2.0), (7.0,)

Rows = tuple[float, ...]


def rows_of(day: str, amounts: Rows) -> pa.Table:
    ids = pa.array(range(len(amounts)), pa.int64())
    return pa.table({"day": [day] * len(amounts), "id": ids, "amount": pa.array(amounts, pa.float64())})


@dataclass
class Lake:
    """One table, and readers and writers that know nothing of dq."""

    folder: Path
    aws: AwsOptions
    address: TableAddress = field(default_factory=lambda: TableAddress("lake", "db.orders"))

    @classmethod
    def local(cls, folder: Path, spec: PartitionSpec = BY_DAY, schema: Schema = SCHEMA, **more: Any) -> Lake:
        folder.mkdir(parents=True, exist_ok=True)
        catalog = {"type": "sql", "uri": "sqlite:///catalog.db", "warehouse": "warehouse"}
        lake = cls(folder, AwsOptions(iceberg=IcebergOptions({"lake": catalog}, folder)))
        lake.create(spec, schema, **more)
        return lake

    @classmethod
    def on_s3(cls, folder: Path, aws: AwsOptions, bucket: str) -> Lake:
        folder.mkdir(parents=True, exist_ok=True)
        catalog = {"type": "glue", "warehouse": f"s3://{bucket}/warehouse"}
        address = TableAddress("lake", f"{bucket.replace('-', '_')}.orders")
        lake = cls(folder, replace(aws, iceberg=IcebergOptions({"lake": catalog}, folder)), address)
        lake.create(BY_DAY, SCHEMA)
        return lake

    @property
    def options(self) -> IcebergOptions:
        return self.aws.iceberg

    @property
    def uri(self) -> str:
        return str(self.address)

    def create(self, spec: PartitionSpec, schema: Schema, **more: Any) -> None:
        catalog: Catalog = open_catalog("lake", self.options, self.aws)
        catalog.create_namespace(self.address.table.partition(".")[0])
        catalog.create_table(self.address.table, schema=schema, partition_spec=spec, **more)

    def table(self) -> Any:
        return open_table(self.address, self.options, self.aws)

    def layout(self, steps: Steps = no_steps) -> IcebergLayout:
        return IcebergLayout(self.address, self.options, self.aws, steps=steps)

    def append(self, partition: Partition, amounts: Rows) -> None:
        self.table().append(rows_of(partition.values[0][1], amounts))

    def write(self, partition: Partition, amounts: Rows) -> Manifest:
        """What a job does that overwrites a partition."""
        day = partition.values[0][1]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that there was nothing to delete
            self.table().overwrite(rows_of(day, amounts), overwrite_filter=f"day == '{day}'")
        return self.layout().manifest(partition)

    def staged(self, partition: Partition, amounts: Rows, name: str = "staged") -> Path:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        pq.write_table(rows_of(partition.values[0][1], amounts), folder / "part-0.parquet")
        return folder

    def rows(self, state: str | int | None = None) -> Mapping[str, Rows]:
        """What a reader sees: amounts by day, in order."""
        table = self.table()
        snapshot = table.refs()[state].snapshot_id if isinstance(state, str) else state
        found: dict[str, list[float]] = {}
        for row in table.scan(snapshot_id=snapshot).to_arrow().to_pylist():
            found.setdefault(row["day"], []).append(row["amount"])
        return {day: tuple(sorted(amounts)) for day, amounts in sorted(found.items())}

    def seen(self, partition: Partition = DAY) -> Rows:
        return self.rows().get(partition.values[0][1], ())
