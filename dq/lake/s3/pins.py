"""Where the bytes of a manifest lie, object by object, and whether they can still be had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dq.aws.address import Address
from dq.aws.copies import AT_ONCE
from dq.aws.s3 import S3
from dq.aws.threads import each
from dq.lake.manifest import FileEntry
from dq.lake.s3.history import History


@dataclass(frozen=True)
class Pin:
    """One file of a manifest and the exact version that holds its bytes.

    Attributes:
        entry: path, size, checksum and rows of the file.
        at: the object that holds its bytes now.
        version: of that object; None in a bucket that keeps none.
        etag: of that object; empty when it is not known.
    """

    entry: FileEntry
    at: Address
    version: str | None
    etag: str

    def to_json(self) -> list[Any]:
        """A short list; read back by `from_json`."""
        entry = self.entry
        about = [entry.path, entry.size, entry.checksum, entry.rows]
        return [*about, self.at.bucket, self.at.key, self.version, self.etag]

    @classmethod
    def from_json(cls, data: Iterable[Any]) -> Pin:
        """The inverse of `to_json`."""
        path, size, checksum, rows, bucket, key, version, etag = data
        return cls(FileEntry(path, size, checksum, rows), Address(bucket, key), version, etag)


def unavailable(s3: S3, pins: Iterable[Pin], history: History | None = None) -> str:
    """Why the bytes of some pins cannot be had; empty when all of them can.

    Args:
        s3: who asks.
        pins: what is needed.
        history: of a prefix that many of them lie below, which saves one request for each.
    """
    return next((why for why in each(lambda pin: _why(s3, pin, history), pins) if why), "")


def _why(s3: S3, pin: Pin, history: History | None) -> str:
    if history is not None and _is_below(pin.at, history.folder):
        found = history.find(pin.at.key[len(history.folder.key) :], pin.version)
        if found is None:
            return f"{_named(pin)} is gone; a lifecycle rule may have expired it"
        if found.storage_class in AT_ONCE:
            return "" if found.size == pin.entry.size else f"{_named(pin)} has another size"
    about = s3.head(pin.at, pin.version)
    if about is None:
        return f"{_named(pin)} is gone; a lifecycle rule may have expired it"
    if about.archived:
        return (
            f"{_named(pin)} is in the archive ({about.storage_class}); restore it with s3:RestoreObject and "
            "try again when that is done"
        )
    same = about.size == pin.entry.size and (not pin.etag or about.etag == pin.etag)
    return "" if same else f"{_named(pin)} is not the object that was validated"


def _is_below(at: Address, folder: Address) -> bool:
    return at.bucket == folder.bucket and at.key.startswith(folder.key)


def _named(pin: Pin) -> str:
    return f"{pin.at}{f' in version {pin.version}' if pin.version else ''}"


def by_path(pins: Iterable[Pin]) -> Mapping[str, Pin]:
    """Pins by the path of their file."""
    return {pin.entry.path: pin for pin in pins}
