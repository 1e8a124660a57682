"""An Iceberg table, written and read by pyiceberg as by a job and a reader that know nothing of dq."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from lake_worlds import DAY, LocalWorld, State, decoded, files_below, parquet, rows

from dq.aws.options import AwsOptions, IcebergOptions
from dq.aws.s3 import S3
from dq.lake.iceberg.address import TableAddress
from dq.lake.iceberg.catalogs import open_catalog
from dq.lake.iceberg.contents import plain_path
from dq.lake.iceberg.layout import IcebergLayout
from dq.lake.layout import Layout
from dq.lake.manifest import Manifest

SQL = {"type": "sql", "uri": "sqlite:///catalog.db", "warehouse": "warehouse"}
((COLUMN, VALUE),) = DAY.values


class IcebergWorld(LocalWorld):
    """A table in a folder, with an SQLite catalog beside it."""

    kind = "iceberg"
    atomic = True
    catalog = SQL
    aws = AwsOptions()

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        from pyiceberg.partitioning import PartitionField, PartitionSpec
        from pyiceberg.schema import Schema
        from pyiceberg.transforms import IdentityTransform
        from pyiceberg.types import NestedField, StringType

        self.options = IcebergOptions({"lake": self.catalog}, folder)
        self.address = TableAddress("lake", f"db{abs(hash(str(folder)))}.flights")
        self.opened = open_catalog("lake", self.options, self.aws)
        self.opened.create_namespace(self.address.table.partition(".")[0])
        self.opened.create_table(
            self.address.table,
            Schema(NestedField(1, COLUMN, StringType()), NestedField(2, "row", StringType())),
            partition_spec=PartitionSpec(PartitionField(1, 1000, IdentityTransform(), COLUMN)),
            properties={"commit.retry.min-wait-ms": "1"},
        )

    def table_now(self) -> Any:
        """As a reader finds it."""
        return self.opened.load_table(self.address.table)

    def layout(self) -> Layout:
        """As `dq` finds it for such a table."""
        return IcebergLayout(self.address, self.options, self.aws, steps=lambda step: self.faults(step))

    def put(self, state: State) -> None:
        """Overwrites the partition, as a job does: begun anew when another commit was first."""
        import pyarrow as pa
        from pyiceberg.exceptions import CommitFailedException, ValidationException

        new = rows(state)
        frame = pa.table({COLUMN: pa.array([VALUE] * len(new)), "row": pa.array(new)})
        for last in (False, False, False, True):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # that there was nothing to take out
                try:
                    self.table_now().overwrite(frame, overwrite_filter=f"{COLUMN} == '{VALUE}'")
                except (CommitFailedException, ValidationException):
                    if last:
                        raise
                else:
                    return

    def read(self) -> tuple[str, ...]:
        """The main branch."""
        return self._rows_in(None)

    def rows_anywhere(self) -> set[str]:
        """In every snapshot that the table still has, and in what was staged and not taken in yet."""
        snapshots = [int(one.snapshot_id) for one in self.table_now().snapshots()]
        staged = (
            row
            for folder in self.folder.glob("staged-*")
            for data in files_below(folder)
            for row in decoded(data)
        )
        return {row for one in snapshots for row in self._rows_in(one)} | set(staged)

    def rows_of(self, manifest: Manifest) -> tuple[str, ...]:
        """By path."""
        return tuple(sorted(row for path in manifest.paths for row in decoded(self.bytes_at(path))))

    def bytes_at(self, path: str) -> bytes:
        """Of a data file."""
        return Path(plain_path(path)).read_bytes()

    def encoded(self, state: State) -> dict[str, bytes]:
        """Parquet, which Iceberg's own files are as well."""
        return {f"{name}.parquet": parquet(file) for name, file in state.items()}

    def _rows_in(self, snapshot: int | None) -> tuple[str, ...]:
        table = self.table_now()
        if not table.snapshots():
            return ()
        found = table.scan(snapshot_id=snapshot, selected_fields=("row",)).to_arrow()
        return tuple(sorted(found.column("row").to_pylist()))


class IcebergS3World(IcebergWorld):
    """A table on S3, with the Glue catalog."""

    kind = "iceberg-s3"

    def __init__(self, folder: Path, aws: AwsOptions, bucket: str) -> None:
        self.aws = aws
        self.catalog = {"type": "glue", "warehouse": f"s3://{bucket}/warehouse"}
        super().__init__(folder)

    def bytes_at(self, path: str) -> bytes:
        """Of a data file."""
        from dq.aws.address import Address

        return S3.of(self.aws).get(Address.parse(path)).body
