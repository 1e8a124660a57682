"""Data files as entries of a manifest: where they lie, and which bytes they are.

Iceberg says of each file its path, size and rows. That is trusted for rows, and checked for bytes: a local
file is hashed, an object on S3 is named by its checksum and version as everywhere in dq. So a file that
somebody wrote over by hand is noticed, although Iceberg itself would not.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dq.aws.address import Address, is_remote
from dq.aws.errors import Missing
from dq.aws.options import AwsOptions
from dq.aws.s3 import Listed
from dq.errors import DataError
from dq.lake.local import files as local
from dq.lake.manifest import FileEntry, Manifest, Partition
from dq.lake.s3.inventory import Inventory, Tail, inventory_of

COPIES = "data/dq/"
"""Below a table's location: copies of data files, a folder for each load."""
_ARCHIVED = ("GLACIER", "DEEP_ARCHIVE")
"""Classes of objects that nobody can read until they are restored."""


def plain_path(text: str) -> str:
    """A path as dq spells it: absolute, or `s3://bucket/key`.

    Raises:
        DataError: the file lies on storage that dq does not know.
    """
    if is_remote(text):
        return str(Address.parse(text))
    scheme, mark, rest = text.partition(":")
    if text.startswith("/"):
        return text
    if mark and scheme == "file":
        return "/" + rest.lstrip("/")
    raise DataError(
        f"{text}: data files of Iceberg tables are read from S3 and local folders, not from there"
    )


class Contents:
    """Bytes of data files, looked at once. Safe for threads.

    Args:
        aws: where S3 is, and as whom.

    Attributes:
        aws: as given.
    """

    def __init__(self, aws: AwsOptions) -> None:
        self.aws = aws
        self._hashed: dict[tuple[str, int, int, int], str] = {}
        self._etags: dict[str, str] = {}
        self._lock = threading.Lock()

    @property
    def inventory(self) -> Inventory:
        """What is known of objects on S3."""
        return inventory_of(self.aws)

    def manifest(
        self, partition: Partition, files: Sequence[Any], location: str, snapshot: int | None
    ) -> Manifest:
        """Which bytes some data files are.

        Args:
            partition: that they make up.
            files: pyiceberg's data files.
            location: of the table.
            snapshot: that shows them.

        Raises:
            DataError: a file is missing, or has another size than the table says.
        """
        base = self._base(location, files)
        objects = self._objects(self.listed(files))
        entries = local.in_pool(lambda file: self._entry(file, base, objects), list(files))
        ordered = tuple(sorted(entries, key=lambda entry: entry.path))
        return Manifest(partition, base, ordered, None if snapshot is None else str(snapshot))

    def within(self, files: Sequence[Any], location: str) -> dict[str, Any]:
        """Data files by the paths that they have within a manifest; nothing is looked at."""
        base = self._base(location, files)
        return {plain_path(file.file_path)[len(base) :]: file for file in files}

    def tail(self, path: str) -> Tail | None:
        """The end of a Parquet file on S3, where it was read already."""
        return self.inventory.tails.get((path, self._etags.get(path, "")))

    def present(self, files: Sequence[Any]) -> bool:
        """Whether all files are where the table says, with the sizes that it says, and can be read."""
        try:
            listed = self.listed(files)
            for file in files:
                path = plain_path(file.file_path)
                one = listed.get(path)
                size = os.path.getsize(path) if one is None else one.size
                if size != file.file_size_in_bytes or (one and one.storage_class in _ARCHIVED):
                    return False
        except (DataError, Missing, FileNotFoundError):
            return False
        return True

    def listed(self, files: Iterable[Any]) -> dict[str, Listed]:
        """What S3's listings say of those files that lie there, by path; local ones are left out.

        Raises:
            DataError: one of them is not there.
        """
        wanted = {path for file in files if is_remote(path := plain_path(file.file_path))}
        found: dict[str, Listed] = {}
        for folder in sorted({path.rpartition("/")[0] + "/" for path in wanted}):
            at = Address.parse(folder)
            for one in self.inventory.s3.list(at):
                path = str(Address(at.bucket, one.key))
                if path in wanted:
                    found[path] = one
        self._etags.update({path: one.etag for path, one in found.items()})
        for path in sorted(wanted - set(found)):
            raise DataError(f"{path}: the table names this data file, and it is not there")
        return found

    def _objects(self, listed: Mapping[str, Listed]) -> dict[str, FileEntry]:
        """Entries of objects by path, looked at in parallel; each names its key as path."""
        found: dict[str, FileEntry] = {}
        for bucket in sorted({Address.parse(path).bucket for path in listed}):
            mine = [one for path, one in listed.items() if Address.parse(path).bucket == bucket]
            for entry in self.inventory.entries(Address(bucket), mine):
                found[str(Address(bucket, entry.path))] = entry
        return found

    def _entry(self, file: Any, base: str, objects: Mapping[str, FileEntry]) -> FileEntry:
        path = plain_path(file.file_path)
        if path in objects:
            known = objects[path]
        else:
            size, checksum = self._hash(path)
            known = FileEntry(path, size, checksum)
        if known.size != file.file_size_in_bytes:
            raise DataError(
                f"{path}: {known.size} bytes; the table says {file.file_size_in_bytes}. It was written over"
            )
        rows = int(file.record_count) if _is_data(file) else None  # of deletes it counts what is not there
        return replace(known, path=path[len(base) :], rows=rows)

    def _hash(self, path: str) -> tuple[int, str]:
        try:
            about = os.stat(path)
        except FileNotFoundError:
            raise DataError(f"{path}: the table names this data file, and it is not there") from None
        stamp = (path, about.st_size, about.st_mtime_ns, about.st_ino)
        with self._lock:
            known = self._hashed.get(stamp)
        if known is None:
            _, known = local.hash_file(Path(path))
            with self._lock:
                self._hashed[stamp] = known
        return about.st_size, known

    def _base(self, location: str, files: Iterable[Any]) -> str:
        """The folder that a manifest's paths start from.

        The load, where all files are copies of one load: so a copy has the path that its original had. Else
        the table's location; and where a file lies outside of it, the bucket or the root of the disk.
        """
        folder = plain_path(location).rstrip("/") + "/"
        paths = [plain_path(file.file_path) for file in files]
        if not all(path.startswith(folder) for path in paths):
            roots = {str(Address(Address.parse(p).bucket)) if is_remote(p) else "/" for p in paths}
            if len(roots) > 1:
                raise DataError(
                    f"{location}: its data files lie in several places ({', '.join(sorted(roots))})"
                )
            return roots.pop()
        loads = {path[len(folder) :].split("/")[2] for path in paths if path.startswith(folder + COPIES)}
        if len(loads) == 1 and all(path.startswith(folder + COPIES) for path in paths):
            return copies_of(folder, loads.pop())
        return folder


def copies_of(location: str, load_id: str) -> str:
    """The folder of a load's copies, below the table's location."""
    return f"{location.rstrip('/')}/{COPIES}{load_id}/"


def _is_data(file: Any) -> bool:
    return int(getattr(file.content, "value", file.content) or 0) == 0
