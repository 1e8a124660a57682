"""Which bytes a partition was at one moment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

Values = tuple[tuple[str, str], ...]
"""Partition values in the order of the partition columns, e.g. `(("date", "2013-02-08"),)`."""


@dataclass(frozen=True)
class Partition:
    """One slice of a dataset, named by partition values.

    Attributes:
        values: `(column, value)` pairs in the order of the partition columns; empty for a whole dataset.
    """

    values: Values = ()

    @classmethod
    def of(cls, values: Mapping[str, Any] | None) -> Partition:
        """From a mapping such as `{"date": "2013-02-08"}`; values become text, dates in ISO form."""
        return cls(tuple((str(k), str(v)) for k, v in (values or {}).items()))

    @classmethod
    def parse(cls, text: str) -> Partition:
        """The inverse of `str()`: `"date=2013-02-08/hour=03"`; an empty text is the whole dataset."""
        pairs = [part.partition("=") for part in text.split("/") if part]
        return cls(tuple((unquote(column), unquote(value)) for column, _, value in pairs))

    def as_dict(self) -> dict[str, str]:
        """Column to value, in order."""
        return dict(self.values)

    def __str__(self) -> str:
        return "/".join(f"{_escaped(column)}={_escaped(value)}" for column, value in self.values)


def _escaped(text: str) -> str:
    """Percent-encoded only where the text would be read as something else."""
    return text.replace("%", "%25").replace("/", "%2F").replace("=", "%3D")


@dataclass(frozen=True)
class FileEntry:
    """One file of a manifest.

    Attributes:
        path: relative to the folder or prefix the manifest was taken of, `/`-separated.
        size: bytes.
        checksum: `sha256:<hex>` of the content; on S3 where nobody hashed it, `etag:<etag>`. Equal checksums
            mean equal bytes; unequal ones of different kinds mean nothing.
        rows: row count where the format tells it without a scan (Parquet), else None.
        version: storage's own version id (S3), else None.
    """

    path: str
    size: int
    checksum: str
    rows: int | None = None
    version: str | None = None


@dataclass(frozen=True)
class Manifest:
    """Exactly which bytes a partition was at one moment.

    Attributes:
        partition: which slice.
        location: where those bytes were read from (a folder or prefix), as text.
        files: sorted by path.
        snapshot: snapshot id of a table format, else None.
    """

    partition: Partition
    location: str
    files: tuple[FileEntry, ...]
    snapshot: str | None = None

    @property
    def rows(self) -> int | None:
        """Total rows; None when any file's count is unknown."""
        total = 0
        for entry in self.files:
            if entry.rows is None:
                return None
            total += entry.rows
        return total

    @property
    def size(self) -> int:
        """Total bytes."""
        return sum(entry.size for entry in self.files)

    @property
    def paths(self) -> tuple[str, ...]:
        """Where each file lies: local paths, or `s3://bucket/key`."""
        folder = self.location.rstrip("/")
        return tuple(f"{folder}/{entry.path}" for entry in self.files)

    @property
    def digest(self) -> str:
        """`sha256:<hex>` over paths and checksums: equal digests mean equal bytes under equal names."""
        text = "\n".join(f"{entry.path}\t{entry.checksum}" for entry in self.files)
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    def same_bytes(self, other: Manifest) -> bool:
        """Whether both name the same files with the same content, wherever they lie."""
        return self.digest == other.digest

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly; read back by `from_dict` without loss."""
        return {
            "partition": [list(pair) for pair in self.partition.values],
            "location": self.location,
            "snapshot": self.snapshot,
            "files": [
                {"path": f.path, "size": f.size, "checksum": f.checksum, "rows": f.rows, "version": f.version}
                for f in self.files
            ],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Manifest:
        """The inverse of `to_dict`.

        Raises:
            KeyError: a field is missing.
        """
        values: Sequence[Sequence[str]] = data["partition"]
        return cls(
            partition=Partition(tuple((pair[0], pair[1]) for pair in values)),
            location=data["location"],
            files=tuple(FileEntry(**entry) for entry in data["files"]),
            snapshot=data.get("snapshot"),
        )

    def to_json(self) -> str:
        """One line of JSON, keys sorted."""
        return json.dumps(self.to_dict(), sort_keys=True)


def joined(manifests: Sequence[Manifest], partition: Partition) -> Manifest:
    """Several manifests as one, with paths from the innermost folder or prefix that holds all their files.

    Args:
        manifests: of one file system or of one bucket.
        partition: what they make up together.
    """
    found = [pair for one in manifests for pair in zip(one.paths, one.files, strict=True)]
    folder = common_folder([path for path, _ in found])
    entries = [replace(entry, path=path[len(folder) :].lstrip("/")) for path, entry in found]
    return Manifest(partition, folder, tuple(sorted(entries, key=lambda entry: entry.path)))


def common_folder(paths: Sequence[str]) -> str:
    """The innermost folder that holds all files; a prefix ends with a slash. Empty without files.

    Args:
        paths: absolute, of files; or addresses of one bucket.
    """
    folders = [path.split("/")[:-1] for path in paths]
    if not folders:
        return ""
    low, high = min(folders), max(folders)
    apart = (number for number, (a, b) in enumerate(zip(low, high, strict=False)) if a != b)
    shared = "/".join(low[: next(apart, min(len(low), len(high)))])
    if "://" in shared:
        return f"{shared}/"
    return shared or ("/" if paths[0].startswith("/") else "")
