"""Bytes on their way into a table on S3: copied below the home, where no reader sees them."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from dq.aws.address import Address, is_remote
from dq.aws.s3 import S3
from dq.aws.threads import each
from dq.errors import DataError
from dq.lake.layout import Load, Steps
from dq.lake.local.files import footer_rows, hash_file, scan
from dq.lake.manifest import FileEntry, Manifest, Partition
from dq.lake.s3.home import Home, pins_from, pins_json
from dq.lake.s3.inventory import CONTENT, Inventory, is_hidden
from dq.lake.s3.pins import Pin

_WHOLE = 8 * 2**20
"""Bytes up to which a file is read once and sent as it was read."""


@dataclass(frozen=True)
class Staging:
    """Loads of one table.

    Attributes:
        s3: who asks.
        home: where loads are made.
        inventory: knows the entries of objects.
        steps: hook around every durable action.
    """

    s3: S3
    home: Home
    inventory: Inventory
    steps: Steps

    def stage(self, partition: Partition, source: str | Path, name: str) -> Load:
        """Copies a folder or a file, local or on S3, into a load; a complete one is returned as it is.

        Raises:
            DataError: the source is missing, holds no data file, or changed while it was copied.
        """
        folder = self.home.load(partition, name)
        known = self.home.read(self._mark(folder))
        if known is None:
            text = os.fspath(source)
            pins = (
                self._from_s3(Address.parse(text), folder)
                if is_remote(text)
                else self._from_disk(text, folder)
            )
            data = tuple(_entry(pin) for pin in pins if not is_hidden(pin.entry.path))
            foreign = [pin for pin in pins if is_hidden(pin.entry.path)]
            load = Load(name, partition, Manifest(partition, str(folder), data))
            self.steps("before:complete")
            document = {"format": 1, "load": load.to_dict(), "foreign": pins_json(foreign)}
            known = self.home.create(self._mark(folder), document)
            self.steps("after:complete")
        return Load.from_dict(known["load"])

    def foreign(self, load: Manifest) -> tuple[Pin, ...] | None:
        """The markers that were staged with a load; None when it is no load of this table."""
        known = self.home.read(self._mark(Address.parse(load.location)))
        return None if known is None else pins_from(known["foreign"])

    def _mark(self, folder: Address) -> Address:
        return Address(folder.bucket, f"{folder.key.rstrip('/')}.json")

    def _from_disk(self, text: str, folder: Address) -> list[Pin]:
        origin = Path(text)
        single = origin.is_file()
        listing = scan(origin) if not single else None
        data = (origin.name,) if listing is None else listing.data
        if not data:
            raise DataError(f"{origin} holds no data file; expected a folder or a file to publish.")
        base = origin.parent if single else origin
        paths = sorted((*data, *(listing.foreign if listing else ())))
        return each(lambda path: self._upload(base / path, path, folder), paths)

    def _upload(self, file: Path, path: str, folder: Address) -> Pin:
        at = folder / path
        self.steps("before:upload")
        if file.stat().st_size <= _WHOLE:
            body = file.read_bytes()
            size, checksum = len(body), f"sha256:{hashlib.sha256(body).hexdigest()}"
            self.s3.put(at, body, metadata={CONTENT: checksum})
        else:
            size, checksum = hash_file(file)
            self.s3.upload(str(file), at, metadata={CONTENT: checksum})
            if hash_file(file) != (size, checksum):
                raise DataError(f"{file} changed while it was copied; expected a writer to be finished.")
        self.steps("after:upload")
        made = self.s3.head(at)
        if made is None or made.size != size:
            raise DataError(f"{at} is not what was just written to it; another process uses this load.")
        entry = FileEntry(path, size, checksum, None if is_hidden(path) else footer_rows(file), made.version)
        return Pin(entry, at, made.version, made.etag)

    def _from_s3(self, origin: Address, folder: Address) -> list[Pin]:
        found = [one for one in self.s3.list(origin.folder) if one.size or not one.key.endswith("/")]
        base = origin.folder
        if not found:  # a single object
            found = [one for one in self.s3.list(origin) if one.key == origin.key]
            base = Address(origin.bucket, origin.key.rpartition("/")[0]).folder
        if not any(not is_hidden(one.key[len(base.key) :]) for one in found):
            raise DataError(f"{origin} holds no data file; expected a prefix or an object to publish.")
        return each(lambda entry: self._copied(entry, base, folder), self.inventory.entries(base, found))

    def _copied(self, entry: FileEntry, base: Address, folder: Address) -> Pin:
        at = folder / entry.path
        source = base / entry.path
        etag = entry.checksum.removeprefix("etag:") if entry.checksum.startswith("etag:") else ""
        self.steps("before:copy")
        made = self.home.copy(Pin(entry, source, entry.version, etag), at)
        self.steps("after:copy")
        return Pin(entry, at, made.version, made.etag)


def _entry(pin: Pin) -> FileEntry:
    entry = pin.entry
    return FileEntry(entry.path, entry.size, entry.checksum, entry.rows, pin.version)
