"""Which bytes lie below a prefix, without reading them.

One listing names the objects; one small request for each says what a listing does not: its version id, the
checksum that dq wrote beside it, and, from the end of a Parquet file, its rows. What was once seen of an
object is remembered by its ETag and version, so that looking twice costs one listing.

A multipart ETag is no hash of the content, and changes when the object is copied. Whatever dq writes
therefore carries the checksum of its content as metadata (`CONTENT`), and that one counts.
"""

from __future__ import annotations

import datetime as dt
import functools
import io
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from dq.aws.address import Address
from dq.aws.errors import Missing
from dq.aws.options import AwsOptions
from dq.aws.s3 import S3, Listed, Read
from dq.errors import DataError
from dq.lake.manifest import FileEntry, Manifest, Partition

CONTENT = "dq-content"
"""User metadata of every object that dq writes: the checksum of its bytes, as in a manifest."""
TAIL = 64 * 1024
"""Bytes from the end of a Parquet file that are read for its row count; most footers fit."""
_THREADS = 16
_LOOKS = 3
_MOST_TAILS = 1024
_MOST_KNOWN = 200_000
_UNDATED = dt.datetime.fromtimestamp(0, dt.timezone.utc)
"""Of an object that was not found by a listing."""


@dataclass(frozen=True)
class Tail:
    """The end of an object.

    Attributes:
        start: place of its first byte.
        body: the bytes up to the end.
    """

    start: int
    body: bytes


@dataclass
class Inventory:
    """What is known of objects, kept as long as this lives; the oldest is forgotten first. Safe for threads.

    Attributes:
        s3: who asks.
        tails: ends of Parquet files that were read, by address and ETag, for whoever reads on.
    """

    s3: S3
    tails: dict[tuple[str, str], Tail] = field(default_factory=dict)
    _known: dict[_Stamp, FileEntry] = field(default_factory=dict)
    _seen: dict[tuple[str, str | None], tuple[FileEntry, str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def data(self, at: Address) -> tuple[Listed, ...]:
        """Objects below a prefix that are data, by key; no hidden ones and no folder markers."""
        folder = at.folder
        return tuple(one for one in self.s3.list(folder) if not is_hidden(one.key[len(folder.key) :]))

    def manifest(self, partition: Partition, at: Address) -> Manifest:
        """Exactly which bytes lie below a prefix now; none is a manifest without files.

        Raises:
            DataError: objects kept disappearing while they were looked at.
            Forbidden: `s3:ListBucket` or `s3:GetObject` is missing.
        """
        for _ in range(_LOOKS):
            try:
                return Manifest(partition, str(at.folder), self.entries(at, self.data(at)))
            except Missing:
                continue
        raise DataError(f"{at}: objects kept disappearing while they were looked at; a writer is at work")

    def entries(self, at: Address, objects: Iterable[Listed]) -> tuple[FileEntry, ...]:
        """Entries of listed objects, with paths relative to the prefix `at`, sorted by path.

        Raises:
            Missing: an object is gone, or is another one than was listed.
        """
        folder = at.folder
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="dq-inventory") as pool:
            found = list(pool.map(lambda one: self._entry(folder, one), objects))
        return tuple(sorted(found, key=lambda entry: entry.path))

    def object(self, at: Address, version: str | None = None) -> Listed | None:
        """One object without a listing; None when there is none.

        Args:
            at: the object.
            version: version id; None for what readers see.

        Raises:
            Forbidden: `s3:GetObject` is missing; without `s3:ListBucket` also when the object is.
        """
        seen = self.look(at, version)
        if seen is None:
            return None
        entry, etag = seen
        one = Listed(at.key, entry.size, etag, _UNDATED, entry.version)
        if not _has_footer(one):
            self._remember(_stamp(at, one), entry)
        return one

    def objects(self, addresses: Iterable[Address]) -> tuple[Listed | None, ...]:
        """`object` of each, in order."""
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="dq-inventory") as pool:
            return tuple(pool.map(self.object, addresses))

    def look(self, at: Address, version: str | None = None) -> tuple[FileEntry, str] | None:
        """One object's entry, with no path and no rows, and its ETag; None when there is none.

        Raises:
            Forbidden: as in `object`.
        """
        head = self.s3.head(at, version)
        if head is None:
            return None
        entry = FileEntry("", head.size, checksum_of(head), None, head.version)
        self._note(at, entry, head.etag)
        return entry, head.etag

    def etag(self, at: Address, entry: FileEntry) -> str:
        """The ETag of an object in the state of an entry; empty when that state was not looked at.

        It is not always the entry's checksum: a copy carries that of its original.
        """
        with self._lock:
            seen = self._seen.get((str(at), entry.version))
        same = seen is not None and (seen[0].size, seen[0].checksum) == (entry.size, entry.checksum)
        return seen[1] if seen is not None and same else ""

    def _note(self, at: Address, entry: FileEntry, etag: str) -> None:
        with self._lock:
            self._seen[(str(at), entry.version)] = (entry, etag)
            if len(self._seen) > _MOST_KNOWN:
                del self._seen[next(iter(self._seen))]

    def _entry(self, folder: Address, one: Listed) -> FileEntry:
        at, path = Address(folder.bucket, one.key), one.key[len(folder.key) :]
        stamp = _stamp(at, one)
        with self._lock:
            known = self._known.get(stamp)
        if known is None:
            known = self._looked_at(at, one)
            self._remember(stamp, known)
            self._note(at, known, one.etag)
        return FileEntry(path, known.size, known.checksum, known.rows, known.version)

    def _remember(self, stamp: _Stamp, entry: FileEntry) -> None:
        with self._lock:
            self._known[stamp] = entry
            if len(self._known) > _MOST_KNOWN:
                del self._known[next(iter(self._known))]

    def _looked_at(self, at: Address, one: Listed) -> FileEntry:
        rows = None
        if _has_footer(one):
            found = self.s3.get(at, start=-TAIL)
            tail = Tail(found.size - len(found.body), found.body)
            rows = rows_of(tail, found.size)
            with self._lock:
                self.tails[(str(at), found.etag)] = tail
                if len(self.tails) > _MOST_TAILS:
                    del self.tails[next(iter(self.tails))]
        else:
            head = self.s3.head(at)
            if head is None:
                raise Missing(f"{at}: gone since it was listed")
            found = head
        if found.etag != one.etag:
            raise Missing(f"{at}: replaced since it was listed")
        return FileEntry("", found.size, checksum_of(found), rows, found.version)


@functools.lru_cache(maxsize=8)
def inventory_of(options: AwsOptions) -> Inventory:
    """The inventory for some settings: always the same one in a process.

    What it remembers is told by ETag and version, so it never grows stale.
    """
    return Inventory(S3.of(options))


def checksum_of(about: Read) -> str:
    """What equals only for equal bytes: as dq wrote it beside the object, else the ETag."""
    return about.metadata.get(CONTENT) or f"etag:{about.etag}"


_Stamp = tuple[str, str, int]


def _stamp(at: Address, one: Listed) -> _Stamp:
    return str(at), f"{one.etag}@{one.modified.isoformat()}@{one.version}", one.size


def _has_footer(one: Listed) -> bool:
    return one.key.lower().endswith((".parquet", ".pq")) and one.size > 0


def is_hidden(path: str) -> bool:
    """Whether a path below a table is no data: a name that begins with `_` or `.`, or a folder marker."""
    names = path.split("/")
    return not names[-1] or any(name.startswith(("_", ".")) for name in names)


def rows_of(tail: Tail, size: int) -> int | None:
    """Rows of a Parquet file, from its end alone; None when the footer is longer than the tail or damaged.

    Args:
        tail: the last bytes.
        size: of the whole file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(Sparse(tail, size)).num_rows)
    except (pa.ArrowException, OSError):
        return None


class Sparse(io.RawIOBase):
    """A file of which only the end is there."""

    def __init__(self, tail: Tail, size: int) -> None:
        self._tail, self._size, self._at = tail, size, 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As of any file."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """As of any file."""
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Bytes at the present place.

        Raises:
            OSError: they lie before the tail.
        """
        first = self._at - self._tail.start
        if first < 0:
            raise OSError("the footer is longer than the tail that was read")
        body = self._tail.body[first:] if size < 0 else self._tail.body[first : first + size]
        self._at += len(body)
        return body
