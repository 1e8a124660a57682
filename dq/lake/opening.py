"""From what a user hands over to what an engine scans.

A path, a glob, a folder of Hive partitions, the same on S3, a table of a catalog, a frame. Links are resolved
once, here, so that a partition swapped while it is read is seen whole; objects on S3 are pinned to the bytes
that they are now (`dq.lake.s3.opening`).
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dq.aws.address import is_remote
from dq.errors import DataError, UsageError, did_you_mean
from dq.lake.frames import arrow_table
from dq.lake.manifest import Partition
from dq.lake.source import (
    FileSource,
    Source,
    TableSource,
    in_catalog,
    in_iceberg,
    names_objects,
    source_of_files,
)

if TYPE_CHECKING:
    from dq.aws.options import AwsOptions


def open_source(
    data: Any,
    partition: Partition | None = None,
    root: str | os.PathLike[str] = ".",
    aws: AwsOptions | None = None,
) -> Source:
    """What to scan for some data.

    Args:
        data: path, glob, folder, list of paths; the same on S3; `glue://database.table`;
            `iceberg://catalog/database.table`; pandas, polars or Arrow table; DuckDB relation.
        partition: with a folder, only this partition of it.
        root: folder that relative paths start from.
        aws: where S3 is, and as whom; None for what boto3's chain finds.

    Returns:
        A source; with no file when the folder or the partition is empty.

    Raises:
        DataError: nothing is there, or the files are of several formats.
        UsageError: the kind of data is not known.
        Forbidden: a permission on S3 is missing.
    """
    if isinstance(data, FileSource | TableSource):
        return data
    if names_objects(data):
        from dq.lake.s3.opening import open_remote

        return open_remote(data, partition or Partition(), aws)
    if in_catalog(data):
        from dq.lake.glue.opening import open_named

        return open_named(data, partition or Partition(), aws)
    if in_iceberg(data):
        from dq.lake.iceberg.reading import open_iceberg

        return open_iceberg(data, partition or Partition(), aws)
    if isinstance(data, str | os.PathLike):
        return _from_path(os.fspath(data), partition or Partition(), Path(root))
    if isinstance(data, list | tuple) and data and all(isinstance(item, str | os.PathLike) for item in data):
        paths = [_absolute(os.fspath(item), Path(root)) for item in data]
        for path in paths:
            if not os.path.isfile(path):
                raise DataError(f"{path}: no such file")
        return source_of_files(paths, f"{len(paths)} files", hive=_has_hive(paths))
    return TableSource(arrow_table(data), f"<{type(data).__module__.split('.')[0]} {type(data).__name__}>")


def files_of(
    data: Any, partition: Partition, root: str | os.PathLike[str], aws: AwsOptions | None
) -> set[str]:
    """Which files `open_source` would open; objects on S3 are listed and no further looked at.

    Raises:
        DataError: as `open_source`.
    """
    if isinstance(data, str) and is_remote(data):
        from dq.lake.s3.opening import listed_at

        return listed_at(data, partition, aws)
    source = open_source(data, partition, root, aws)
    return set(source.files) if isinstance(source, FileSource) else set()


def _from_path(text: str, partition: Partition, root: Path) -> FileSource:
    scheme = text.split("://", 1)[0] if "://" in text else ""
    if scheme and scheme != "file":
        raise UsageError(
            f"{text}: {scheme}:// is not supported; give a local path, s3://, glue://, iceberg:// or a frame"
        )
    path = _absolute(text.removeprefix("file://"), root)
    if any(mark in text for mark in "*?[") and not os.path.exists(path):
        found = [p for p in glob.glob(path, recursive=True) if os.path.isfile(p)]
        if not found:
            raise DataError(f"{text}: no file matches")
        kept = [p for p in found if _within(p, partition)]
        return source_of_files(kept, text, hive=_has_hive(found))
    if os.path.isfile(path):
        return source_of_files([path], text, hive=False)
    if not os.path.isdir(path):
        raise DataError(f"{text}: no such file or folder{_nearest(path)}")
    if _is_partitioned(path):
        check_partition(path, partition)
        above = _values_in(path)
        if any(above.get(column, value) != value for column, value in partition.values):
            return source_of_files([], text, hive=True)
        return source_of_files(list(_walk(path, partition.as_dict())), text, hive=True)
    if partition.values and not _within(path, partition):
        raise DataError(
            f"{text}: no column=value folders here, so there is no partition {partition}; leave it out"
        )
    return source_of_files(list(_walk(path, {})), text, hive=_has_hive([path]))


def check_partition(
    folder: str | os.PathLike[str], partition: Partition, aws: AwsOptions | None = None
) -> None:
    """Makes sure that a partition's columns are those of a partitioned folder.

    A folder without partitions, or none at all, says nothing: the first partition may be about to come.

    Raises:
        UsageError: a column of the partition is no partition column of the folder.
    """
    if not partition.values:
        return
    columns = partition_columns(os.fspath(folder), aws)
    for column, _ in partition.values:
        if columns and column not in columns:
            raise UsageError(
                f"{folder} is partitioned by {', '.join(columns)}; "
                f"'{column}' is no partition column.{did_you_mean(column, columns)}"
            )


def partition_columns(folder: str, aws: AwsOptions | None = None) -> tuple[str, ...]:
    """Partition columns from the outermost on: those above, then as the first folder below names them.

    Empty when no `column=value` folder lies below.
    """
    if is_remote(folder):
        from dq.lake.s3.opening import columns_at

        return columns_at(folder, aws)
    if in_catalog(folder):
        from dq.lake.glue.opening import key_names

        return key_names(folder, aws)
    if in_iceberg(folder):
        from dq.lake.iceberg.reading import columns_of

        return columns_of(folder, aws)
    columns = [_unescaped(part.partition("=")[0]) for part in folder.split(os.sep) if "=" in part]
    above = len(columns)
    while os.path.isdir(folder):
        names = sorted(name for name in os.listdir(folder) if "=" in name and not _hidden(name))
        if not names:
            break
        columns.append(_unescaped(names[0].partition("=")[0]))
        folder = os.path.join(os.path.realpath(folder), names[0])
    return tuple(columns) if len(columns) > above else ()


def partitions_of(data: Any, aws: AwsOptions | None = None) -> tuple[Partition, ...]:
    """Every partition with data of an Iceberg table or at a prefix or a template on S3, sorted; else none.

    Raises:
        DataError: there is no such bucket.
        Forbidden: `s3:ListBucket` is missing.
    """
    if in_iceberg(data):
        from dq.lake.iceberg.reading import partitions_at as partitions_of_table

        return partitions_of_table(data, aws)
    if not isinstance(data, str) or not is_remote(data):
        return ()
    from dq.lake.s3.opening import partitions_at

    return partitions_at(data, aws)


def _absolute(text: str, root: Path) -> str:
    return os.path.join(root, os.path.expanduser(text))


def _nearest(path: str) -> str:
    parent, name = os.path.split(path.rstrip("/"))
    return did_you_mean(name, os.listdir(parent)) if os.path.isdir(parent) else ""


def _is_partitioned(folder: str) -> bool:
    with os.scandir(folder) as entries:
        return any("=" in entry.name and not _hidden(entry.name) for entry in entries)


def _hidden(name: str) -> bool:
    return name.startswith((".", "_"))


def _walk(folder: str, wanted: Mapping[str, str]) -> Iterable[str]:
    """Files below a folder; each folder is resolved once and listed where the link pointed then."""
    real = os.path.realpath(folder)
    try:
        names = sorted(os.listdir(real))
    except FileNotFoundError:
        return
    for name in names:
        if _hidden(name):
            continue
        path = os.path.join(real, name)
        if os.path.isfile(path):
            yield path
            continue
        column, eq, value = name.partition("=")
        if eq and column in wanted and _unescaped(value) != wanted[column]:
            continue
        yield from _walk(path, wanted)


def _unescaped(value: str) -> str:
    from urllib.parse import unquote

    return unquote(value)


def _within(path: str, partition: Partition) -> bool:
    have = _values_in(path)
    return all(have.get(column) == value for column, value in partition.values)


def _values_in(path: str) -> dict[str, str]:
    parts = (part.partition("=") for part in path.split(os.sep))
    return {_unescaped(column): _unescaped(value) for column, equals, value in parts if equals}


def _has_hive(paths: Iterable[str]) -> bool:
    return any("=" in part for path in paths for part in path.split(os.sep)[:-1])
