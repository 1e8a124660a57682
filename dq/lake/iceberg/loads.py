"""Data files of a load: written from staged files, or copied from files that a snapshot still names.

A data file that a snapshot took out of the table is never put back into it under its own name. The expiry of
snapshots may delete the files that an expired snapshot took out, without asking whether a later one put them
back (ADR 21). What comes back is therefore a copy, byte for byte, under a name of its own.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dq.aws.address import Address, is_remote
from dq.errors import DataError, RollbackRefused, UsageError
from dq.lake.iceberg.contents import Contents, copies_of, plain_path
from dq.lake.iceberg.sight import named
from dq.lake.iceberg.slices import NULL
from dq.lake.layout import Steps
from dq.lake.local import files as local
from dq.lake.manifest import FileEntry, Manifest
from dq.lake.s3.inventory import CONTENT, checksum_of
from dq.lake.source import FileSource

_BATCH = 256 * 1024 * 1024
"""Bytes of rows in memory that are written at a time."""
_SAME = (
    "content", "file_format", "partition", "record_count", "file_size_in_bytes", "column_sizes",
    "value_counts", "null_value_counts", "nan_value_counts", "lower_bounds", "upper_bounds",
    "key_metadata", "split_offsets", "equality_ids", "sort_order_id", "spec_id",
)  # fmt: skip


def written(table: Any, source: FileSource, constants: Mapping[str, str]) -> list[Any]:
    """Writes staged rows as data files of a table. No snapshot names them yet.

    Args:
        table: pyiceberg's table.
        source: Parquet files, local or on S3.
        constants: values, as text, of columns that the staged files may leave out: the partition says them.

    Raises:
        DataError: the files have columns that the table does not, lack required ones, or are not Parquet.
        UsageError: a transform of the partitioning needs a package that is not installed.
    """
    if source.format != "parquet":
        raise DataError(
            f"{source.location}: {source.format} files; an Iceberg load is made of Parquet files, which say "
            "the types of their columns"
        )
    # Private, and what `Table.append` itself calls since 0.9: the only way to let several batches of rows
    # become one snapshot together with the files that they replace.
    from pyiceberg.exceptions import NotInstalledError
    from pyiceberg.io.pyarrow import _dataframe_to_data_files

    run, count = uuid.uuid4(), itertools.count(0)
    found: list[Any] = []
    try:
        for rows in _fitted(table, source, constants):
            found += _dataframe_to_data_files(table.metadata, rows, table.io, run, count)
    except NotInstalledError as error:
        raise UsageError(f"{named(table)}: writing into this partitioning needs a package: {error}") from None
    return found


def copied(
    table: Any, manifest: Manifest, files: Mapping[str, Any], load_id: str, contents: Contents, steps: Steps
) -> list[Any]:
    """Copies data files to names of a load, byte for byte. What is there already is not copied again.

    Args:
        table: pyiceberg's table.
        manifest: of the files.
        files: pyiceberg's data files, by their paths within the manifest.
        load_id: of the load.
        contents: where they lie.
        steps: hook around every copy.

    Returns:
        Data files of the table for the copies; no snapshot names them yet.

    Raises:
        RollbackRefused: a file is encrypted by itself, or changed while it was copied.
    """
    if any(file.key_metadata is not None for file in files.values()):
        raise RollbackRefused(
            f"{named(table)}: data files are encrypted with keys of their own; a copy under another name "
            "could not be read. What readers see was not changed."
        )
    place = copies_of(plain_path(table.location()), load_id)
    pairs = list(zip(manifest.paths, manifest.files, strict=True))
    local.in_pool(lambda pair: _copy(pair[0], pair[1], place + pair[1].path, contents, steps), pairs)
    return renamed(table, files, load_id)


def renamed(table: Any, files: Mapping[str, Any], load_id: str) -> list[Any]:
    """Data files as their copies in a load are: another name, and everything else equal.

    Args:
        table: pyiceberg's table.
        files: the originals, by their paths within a manifest.
        load_id: of the load.
    """
    from pyiceberg.manifest import DataFile

    place = copies_of(plain_path(table.location()), load_id)
    return [
        DataFile.from_args(
            file_path=_spelled(table, place + path), **{name: getattr(files[path], name) for name in _SAME}
        )
        for path in sorted(files)
    ]


def _spelled(table: Any, path: str) -> str:
    """A path as the table spells its own: `file://` stays before local ones, `s3a://` before those."""
    location = str(table.location())
    plain = plain_path(location)
    return location.removesuffix(plain.removeprefix("s3://")) + path.removeprefix("s3://")


def _copy(source: str, entry: FileEntry, target: str, contents: Contents, steps: Steps) -> None:
    if is_remote(source):
        _copy_object(source, entry, target, contents, steps)
        return
    at = Path(target)
    if at.is_file() and local.hash_file(at) == (entry.size, entry.checksum):
        return
    local.make_folder(at.parent)
    found = local.copy_file(Path(source), at, steps=steps)
    if found != (entry.size, entry.checksum):
        raise RollbackRefused(f"{source} changed while it was copied; what readers see was not changed.")


def _copy_object(source: str, entry: FileEntry, target: str, contents: Contents, steps: Steps) -> None:
    s3, at, origin = contents.inventory.s3, Address.parse(target), Address.parse(source)
    made = s3.head(at)
    if made is not None and made.size == entry.size and made.metadata.get(CONTENT) == entry.checksum:
        return
    about = s3.head(origin, entry.version)
    if about is None or checksum_of(about) != entry.checksum:
        raise RollbackRefused(f"{source} is gone or changed since; what readers see was not changed.")
    steps("before:copy")
    s3.copy(origin, at, version=entry.version, source_etag=about.etag, metadata={CONTENT: entry.checksum})
    steps("after:copy")


def _fitted(table: Any, source: FileSource, constants: Mapping[str, str]) -> Iterator[Any]:
    """Staged rows in pieces, with the table's columns and types.

    Raises:
        DataError: columns that the table does not have, or values that do not fit its types.
    """
    import pyarrow as pa
    from pyiceberg.io.pyarrow import schema_to_pyarrow

    wanted = schema_to_pyarrow(table.schema(), include_field_ids=False)
    for batch in _batches(table, source):
        unknown = [name for name in batch.schema.names if name not in wanted.names]
        if unknown:
            raise DataError(
                f"{source.location}: the table {named(table)} has no column {', '.join(map(repr, unknown))}; "
                f"it has {', '.join(wanted.names)}"
            )
        columns = []
        for field in wanted:
            if field.name in batch.schema.names:
                column = batch.column(field.name)
            elif field.name in constants:
                column = _repeated(constants[field.name], field.type, len(batch))
            elif field.nullable:
                column = pa.nulls(len(batch), field.type)
            else:
                raise DataError(f"{source.location}: the required column '{field.name}' is missing")
            columns.append(_cast(column, field, source))
        yield pa.table(columns, schema=wanted)


def _repeated(text: str, kind: Any, rows: int) -> Any:
    """A partition value in every row."""
    import pyarrow as pa

    return pa.nulls(rows, kind) if text == NULL else pa.repeat(pa.array([text]).cast(kind)[0], rows)


def _cast(column: Any, field: Any, source: FileSource) -> Any:
    import pyarrow as pa

    try:
        return column.cast(field.type)
    except pa.ArrowException:  # its text may quote a value
        raise DataError(
            f"{source.location}: column '{field.name}' is {column.type} and does not fit {field.type}"
        ) from None


def _batches(table: Any, source: FileSource) -> Iterator[Any]:
    """Rows of Parquet files in pieces of bounded size; an empty source has one empty piece."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for path in source.files:
        with pq.ParquetFile(table.io.new_input(path).open() if is_remote(path) else path) as file:
            held: list[Any] = []
            for batch in file.iter_batches():
                held.append(batch)
                if sum(one.nbytes for one in held) >= _BATCH:
                    yield pa.Table.from_batches(held)
                    held = []
            if held:
                yield pa.Table.from_batches(held)
