"""An Iceberg table as something that an engine scans.

Where the rows of a snapshot are exactly the rows of its data files, with exactly the table's columns, the
files are scanned as any others, with all that their footers can answer. Where they are not (row-level
deletes, columns that were renamed, added or widened since, other formats than Parquet), pyiceberg reads the
rows into memory; that is bounded, and refused beyond the bound.
"""

from __future__ import annotations

from typing import Any

from dq.aws.address import is_remote
from dq.aws.options import AwsOptions, IcebergOptions
from dq.errors import DataError
from dq.lake.iceberg.address import TableAddress
from dq.lake.iceberg.catalogs import open_table, telling
from dq.lake.iceberg.contents import Contents, plain_path
from dq.lake.iceberg.physical import differs
from dq.lake.iceberg.sight import Sight, every_partition, scan_of, sight_of, slicing_of
from dq.lake.manifest import Manifest, Partition
from dq.lake.s3.pinning import pinned
from dq.lake.source import FileSource, Source, TableSource

SCAN_LIMIT = 512 * 1024 * 1024
"""Bytes of data files, as stored, that are read into memory at most; they take several times that there."""


def open_iceberg(
    text: str, partition: Partition, aws: AwsOptions | None = None, limit: int = SCAN_LIMIT
) -> Source:
    """What to scan for an Iceberg table, or a partition of it.

    Args:
        text: `iceberg://catalog/db.table`, with a branch, tag or snapshot behind it where one is meant.
        partition: named by partition fields; empty for the whole table.
        aws: where S3 is and as whom, and the catalogs.
        limit: bytes of data files that may be read into memory where files alone do not say the rows.

    Raises:
        ConfigError: the catalog is not configured.
        DataError: the table or the snapshot is not there, or too large to be read by rows.
        UsageError: no such address, or no such partition field.
    """
    address, settings = TableAddress.parse(text), aws or AwsOptions()
    table = open_table(address, settings.iceberg, settings)
    sight = sight_of(table, partition, settings.iceberg, snapshot_of(table, address))
    return opened(table, partition, sight, Contents(settings), settings.iceberg, str(address), limit)


def opened(
    table: Any,
    partition: Partition,
    sight: Sight,
    contents: Contents,
    options: IcebergOptions,
    location: str,
    limit: int = SCAN_LIMIT,
) -> Source:
    """What to scan for the files that a snapshot shows, as in `open_iceberg`."""
    why = sight.odd or ("" if _known(sight) else "its data files are not all Parquet files on S3 or on disk")
    if why:
        return _by_rows(table, partition, sight, options, location, limit, why)
    manifest = contents.manifest(partition, sight.files, table.location(), sight.snapshot)
    why = differs(table, manifest, contents)
    if why:
        return _by_rows(table, partition, sight, options, location, limit, why)
    return files_of(manifest, contents, location)


def columns_of(text: str, aws: AwsOptions | None = None) -> tuple[str, ...]:
    """Names of the partition fields of a table that name a partition."""
    address, settings = TableAddress.parse(text), aws or AwsOptions()
    return slicing_of(open_table(address, settings.iceberg, settings)).columns


def partitions_at(text: str, aws: AwsOptions | None = None) -> tuple[Partition, ...]:
    """Every partition with data in a table's main branch, sorted; none where no field names one."""
    address, settings = TableAddress.parse(text), aws or AwsOptions()
    found = every_partition(open_table(address, settings.iceberg, settings), settings.iceberg)
    return tuple(partition for partition in found if partition.values)


def files_of(manifest: Manifest, contents: Contents, location: str) -> FileSource:
    """The files of a manifest as a source, pinned to their bytes where they lie on S3.

    Partition values are columns of the files themselves, so nothing is read out of their paths.

    Raises:
        DataError: an object is another one by now.
    """
    if is_remote(manifest.location):
        return pinned(manifest, location, False, contents.aws)
    return FileSource("parquet", tuple(sorted(manifest.paths)), location, hive=False)


def snapshot_of(table: Any, address: TableAddress) -> int | None:
    """The snapshot that an address means; None for the head of the main branch.

    Raises:
        DataError: there is no such branch, tag or snapshot.
    """
    if address.snapshot is not None:
        if table.snapshot_by_id(address.snapshot) is None:
            raise DataError(f"{address}: there is no such snapshot; it may have expired")
        return address.snapshot
    if not address.pinned:
        return None
    refs = table.refs()
    if address.ref not in refs:
        known = ", ".join(sorted(refs)) or "none"
        raise DataError(f"{address}: there is no branch or tag '{address.ref}'; there is: {known}")
    return int(refs[address.ref].snapshot_id)


def _known(sight: Sight) -> bool:
    try:
        for path in sight.paths:
            plain_path(path)
    except DataError:
        return False
    return all(str(getattr(file.file_format, "value", file.file_format)) == "PARQUET" for file in sight.files)


def _by_rows(
    table: Any,
    partition: Partition,
    sight: Sight,
    options: IcebergOptions,
    location: str,
    limit: int,
    why: str,
) -> TableSource:
    size = sum(int(file.file_size_in_bytes) for file in sight.files)
    if size > limit:
        raise DataError(
            f"{location}: {why}, so its rows are read into memory instead of its files, and {size:,} bytes "
            f"of data files are more than the {limit:,} that this is done for. Name a smaller partition, or "
            "rewrite the data files (Spark: CALL system.rewrite_data_files)."
        )
    rows = slicing_of(table).filter(partition)
    with telling(location, options):
        found = scan_of(table, rows, sight.snapshot).to_arrow()
    return TableSource(found, location)
