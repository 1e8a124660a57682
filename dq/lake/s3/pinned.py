"""Objects whose bytes are known: read from S3 as exactly these bytes, or not at all.

A read names the version of the object. Where the bucket keeps none it says which ETag the object must have
(`If-Match`), and the ETag of every reply is compared, because not every server honours the condition. So two
states of one object are never mixed.
"""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, field
from typing import Any

from dq.aws.address import Address
from dq.aws.errors import AwsError, Changed, Missing
from dq.aws.s3 import S3
from dq.errors import DataError
from dq.lake.s3.inventory import Inventory, Tail
from dq.lake.source import FileSource

_ATTEMPTS = 5
"""Of a read whose reply broke off half way; replies that say no are repeated by the client itself."""
_PAUSE = 0.2
_STEP = 4 << 20
"""Bytes that are read at once from an object that is read as a file."""


@dataclass(frozen=True)
class Pinned:
    """One object in one state.

    Attributes:
        at: where it lies.
        size: bytes.
        etag: without quotes; empty when only the version is known.
        version: version id; None where the bucket keeps none.
        inventory: who asks, and what it has seen of the object's end.
    """

    at: Address
    size: int
    etag: str
    version: str | None
    inventory: Inventory = field(compare=False, repr=False)

    @property
    def s3(self) -> S3:
        """Who asks."""
        return self.inventory.s3

    @property
    def tail(self) -> Tail | None:
        """Its end, where it was read before in this very state."""
        tail = self.inventory.tails.get((str(self.at), self.etag))
        return tail if tail is not None and tail.start + len(tail.body) == self.size else None

    def read(self, start: int, length: int) -> bytes:
        """Exactly these bytes, by one request.

        Args:
            start: place of the first byte.
            length: how many; the stretch lies within the object.

        Raises:
            DataError: the object is another one by now, or gone.
            Forbidden: `s3:GetObject`, or `s3:GetObjectVersion` where there are versions, is missing.
            AwsError: the reply kept breaking off, or AWS said no for another reason.
        """
        if length <= 0:
            return b""
        for attempt in range(_ATTEMPTS):
            try:
                return self._read(start, length)
            except AwsError as error:
                if attempt + 1 == _ATTEMPTS or not _broke_off(error):
                    raise
                time.sleep(_PAUSE * 2**attempt)
        raise AssertionError("unreachable")

    def _read(self, start: int, length: int) -> bytes:
        condition = None if self.version else self.etag
        try:
            found = self.s3.get(self.at, self.version, start=start, length=length, if_match=condition)
        except (Missing, Changed) as error:
            raise self._changed() from error
        if (self.etag and found.etag != self.etag) or found.size != self.size or len(found.body) != length:
            raise self._changed()
        return found.body

    def _changed(self) -> DataError:
        was = f"version {self.version}" if self.version else f"ETag {self.etag}"
        return DataError(f"{self.at}: changed while it was read ({was} was looked at first); look again")


def _broke_off(error: AwsError) -> bool:
    """Whether a connection broke while a reply was read, which clients do not repeat."""
    from botocore.exceptions import HTTPClientError, IncompleteReadError

    return isinstance(error.__cause__, HTTPClientError | IncompleteReadError)


def pinned(source: FileSource) -> dict[str, Pinned]:
    """The objects of a source by name; empty for local files.

    Raises:
        DataError: of some object neither a version nor an ETag is known.
    """
    remote = source.remote
    if remote is None:
        return {}
    found = {}
    for file, entry, etag in zip(source.files, remote.entries, remote.etags, strict=True):
        if not (etag or entry.version):
            raise DataError(f"{file}: neither its version nor its ETag is known, so it may be any bytes")
        found[file] = Pinned(Address.parse(file), entry.size, etag, entry.version, remote.inventory)
    return found


def opened(one: Pinned) -> io.BufferedReader:
    """A pinned object as a file for libraries that read it from the first byte to the last, in large steps.

    Reading it raises what `Pinned.read` does.
    """
    return io.BufferedReader(_Raw(one), _STEP)


class _Raw(io.RawIOBase):
    """A pinned object as a file without a buffer."""

    def __init__(self, one: Pinned) -> None:
        self._one, self._at = one, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._one.size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        length = min(len(buffer), max(self._one.size - self._at, 0))
        tail = self._one.tail
        if tail is not None and self._at >= tail.start:
            first = self._at - tail.start
            buffer[:length] = tail.body[first : first + length]
        else:
            buffer[:length] = self._one.read(self._at, length)
        self._at += length
        return length
