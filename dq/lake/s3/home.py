"""Where dq keeps bytes and bookkeeping of tables on S3: below one address, outside every table's prefix.

    <home>/quarantine/<id>/files/...           bad bytes, copied
    <home>/kept/<digest>/manifest.json         which objects hold the bytes of a validated manifest
    <home>/kept/<digest>/files/...             copies of them, where versions would not stay long enough
    <home>/loads/<table>/<partition>/<id>/...  staged bytes that no reader sees yet
    <home>/loads/<table>/<partition>/<id>.json says that they are complete
    <home>/swaps/<id>.json                     a change of readers' sight, written down before it begins

Nothing below a home is ever deleted by dq.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from dq.aws.address import Address
from dq.aws.errors import Changed, Missing
from dq.aws.s3 import S3, Read
from dq.lake.local.hive import relative
from dq.lake.manifest import Manifest, Partition
from dq.lake.s3.inventory import CONTENT
from dq.lake.s3.pins import Pin

QUARANTINED: Mapping[str, str] = {"dq": "quarantined"}
"""Tags of bad bytes, for a lifecycle rule of the bucket's owner."""


@dataclass(frozen=True)
class Home:
    """Addresses below a home, and the small documents in it.

    Attributes:
        s3: who asks.
        at: the home.
        table: the table whose bytes are meant.
    """

    s3: S3
    at: Address
    table: Address

    def quarantine(self, name: str) -> Address:
        """The prefix that holds the bytes of a quarantine."""
        return (self.at / f"quarantine/{name}/files").folder

    def load(self, partition: Partition, name: str) -> Address:
        """The prefix of a staged load; the partition's columns are part of it, as engines expect."""
        short = self.table.key.rstrip("/").rpartition("/")[2] or "table"
        inside = PurePosixPath(relative(partition), name).as_posix()
        return (self.at / f"loads/{short}-{_digest(self.table.folder)[:8]}/{inside}").folder

    def holds(self, location: str) -> bool:
        """Whether bytes lie below this home."""
        return location.startswith(str(self.at.folder))

    def kept(self, manifest: Manifest) -> Address:
        """The prefix of what is known and kept of a validated manifest."""
        return (self.at / f"kept/{_digest(self.table.folder, manifest.partition, manifest.digest)}").folder

    def record(self, manifest: Manifest) -> Address:
        """The document that says which objects hold the bytes of a validated manifest."""
        return self.kept(manifest) / "manifest.json"

    def swap(self, partition: Partition, expected: str | None, load: str | None) -> Address:
        """The document that a change of readers' sight is written down in."""
        return self.at / f"swaps/{_digest(self.table.folder, partition, expected, load)}.json"

    def read(self, at: Address) -> Any:
        """A document; None when there is none."""
        try:
            return json.loads(self.s3.get(at).body)
        except Missing:
            return None

    def create(self, at: Address, document: Any) -> Any:
        """Writes a document unless there is one already.

        Returns:
            The document that is there now.
        """
        body = json.dumps(document, sort_keys=True).encode()
        try:
            self.s3.put(at, body, if_none_match=True)
        except Changed:
            return self.read(at)
        return document

    def write(self, at: Address, document: Any) -> None:
        """Writes a document, whatever was there; only for what can be made again from the data."""
        self.s3.put(at, json.dumps(document, sort_keys=True).encode())

    def copy(
        self, pin: Pin, target: Address, tags: Mapping[str, str] | None = None, *, fresh: bool = False
    ) -> Read:
        """Copies exact bytes to a place below this home, with their checksum, and looks at the copy.

        Args:
            pin: the bytes.
            target: the place; what is there already is left alone, and is right or an error.
            tags: of the copy; None for those of the source.
            fresh: nothing was there a moment ago, which saves a request.

        Raises:
            Missing: the bytes are gone.
            Archived: they are in an archive.
            Changed: the object is another one than was pinned, or the place holds other bytes.
        """
        there = None if fresh else self.s3.head(target)
        if there is None:
            there = self._copied(pin, target, tags)
        if there is None or there.metadata.get(CONTENT) != pin.entry.checksum or there.size != pin.entry.size:
            raise Changed(f"{target}: holds other bytes than were to be kept there; they were left alone.")
        return there

    def _copied(self, pin: Pin, target: Address, tags: Mapping[str, str] | None) -> Read | None:
        try:
            return self.s3.copy(
                pin.at,
                target,
                version=pin.version,
                source_etag=pin.etag or None,
                if_none_match=True,
                added={CONTENT: pin.entry.checksum},
                tags=tags,
            )
        except Changed:  # also when the reply to our own copy was lost and the request was sent again
            return self.s3.head(target)


def pins_json(pins: Iterable[Pin] | None) -> list[list[Any]] | None:
    """Pins as they stand in documents; None for an unknown set."""
    return None if pins is None else [pin.to_json() for pin in pins]


def pins_from(data: Iterable[Iterable[Any]] | None) -> tuple[Pin, ...] | None:
    """The inverse of `pins_json`."""
    return None if data is None else tuple(Pin.from_json(one) for one in data)


def _digest(*parts: object) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:32]
