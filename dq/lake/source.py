"""What an engine scans: files of one format, or a table in memory; and what an address says by its form."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from dq.aws.address import is_remote
from dq.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

    from dq.lake.described import Described
    from dq.lake.s3.remote import Remote

Format: TypeAlias = Literal["parquet", "csv", "json"]

_SUFFIXES: dict[str, Format] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
}
_PACKED = (".gz", ".zst")


@dataclass(frozen=True)
class FileSource:
    """Files that are read as one relation.

    Attributes:
        format: of every file.
        files: absolute paths with links resolved, or `s3://bucket/key`; sorted; empty when the partition
            holds no file.
        location: what the user named, for messages.
        hive: whether `column=value` folders above the files are columns.
        remote: for objects on S3, exactly which bytes they are; None for local files.
        described: what a catalog says about the files; None where there is no catalog.
    """

    format: Format
    files: tuple[str, ...]
    location: str
    hive: bool = False
    remote: Remote | None = None
    described: Described | None = None


@dataclass(frozen=True)
class TableSource:
    """A table in memory.

    Attributes:
        table: Arrow table; NaN in a pandas float column has become null, which is what pandas means by it.
        location: what to call it in messages.
    """

    table: pa.Table
    location: str


Source: TypeAlias = FileSource | TableSource


def names_objects(data: Any) -> bool:
    """Whether data is named by an address on S3, or by a list with one."""
    if isinstance(data, list | tuple):
        return any(isinstance(item, str) and is_remote(item) for item in data)
    return isinstance(data, str) and is_remote(data)


def in_catalog(data: Any) -> bool:
    """Whether data is named as a table of the Glue catalog."""
    return isinstance(data, str) and data.startswith("glue://")


def in_iceberg(data: Any) -> bool:
    """Whether data is named as an Iceberg table of a catalog."""
    return isinstance(data, str) and data.startswith("iceberg://")


def is_elsewhere(data: Any) -> bool:
    """Whether data, or one of a list, is named by an address such as `s3://...` rather than a local path."""
    if isinstance(data, list | tuple):
        return any(is_elsewhere(item) for item in data)
    return isinstance(data, str) and "://" in data and not data.startswith("file://")


def source_of_files(paths: Sequence[str], location: str, hive: bool) -> FileSource:
    """Files that are read as one relation; others than Parquet, CSV and JSON lines among them are left out.

    Args:
        paths: absolute paths.
        location: what to call them in messages.
        hive: whether `column=value` folders above them are columns.

    Raises:
        DataError: several formats, or none that is known.
    """
    form, files = of_one_format(paths, location)
    real = {os.path.realpath(path) for path in files}
    return FileSource(form, tuple(sorted(real)), location, hive)


def of_one_format(paths: Sequence[str], location: str) -> tuple[Format, list[str]]:
    """The data among some files, and their format; Parquet when there are no files at all.

    Raises:
        DataError: several formats, or none that is known.
    """
    known: dict[Format, list[str]] = {}
    for path in paths:
        form = format_of(path)
        if form is not None:
            known.setdefault(form, []).append(path)
    if len(known) > 1:
        raise DataError(
            f"{location}: files of several formats ({', '.join(sorted(known))}); name one by a glob"
        )
    if not known:
        if paths:
            endings = ", ".join(sorted({os.path.splitext(path)[1] or "no ending" for path in paths}))
            raise DataError(f"{location}: no Parquet, CSV or JSON lines among the files ({endings})")
        return "parquet", []
    ((form, files),) = known.items()
    return form, files


def format_of(path: str) -> Format | None:
    """The format of a file, by its ending; None when it is not known."""
    stem, ending = os.path.splitext(path.lower())
    if ending in _PACKED:
        ending = os.path.splitext(stem)[1]
    return _SUFFIXES.get(ending)
