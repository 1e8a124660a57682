"""The quarantine's manifest: which bad bytes are kept where, and why. One form for all ways into it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dq.errors import StoreError, UsageError
from dq.lake.layout import Quarantined
from dq.lake.manifest import FileEntry, Manifest, Partition
from dq.rollback.documents import Documents, Stale

_FORMAT = 1


@dataclass(frozen=True)
class QuarantineEntry:
    """One entry of the quarantine.

    Attributes:
        id: of the rollback, refusal or publish that put it there.
        kind: of that operation.
        dataset: its name.
        layout: the layout's name.
        bytes: the manifest, foreign files, and whether they were copied or only pointed away from.
        failed: ids of the failed expectations.
        reason: why, in words.
        run_id: the run that found it.
        note: where the root-cause note is.
        at: ISO time.
    """

    id: str
    kind: str
    dataset: str
    layout: str
    bytes: Quarantined
    failed: tuple[str, ...]
    reason: str
    run_id: str
    note: str
    at: str

    @property
    def partition(self) -> Partition:
        """Which slice."""
        return self.bytes.manifest.partition

    @property
    def location(self) -> str:
        """Where the bytes are."""
        return self.bytes.manifest.location

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly; read back by `from_dict` without loss."""
        return {
            "format": _FORMAT,
            "id": self.id,
            "kind": self.kind,
            "dataset": self.dataset,
            "partition": str(self.partition),
            "layout": self.layout,
            "location": self.location,
            "copied": self.bytes.copied,
            "rows": self.bytes.manifest.rows,
            "size": self.bytes.manifest.size,
            "manifest": self.bytes.manifest.to_dict(),
            "foreign": [[entry.path, entry.size, entry.checksum] for entry in self.bytes.foreign],
            "failed": list(self.failed),
            "reason": self.reason,
            "run_id": self.run_id,
            "note": self.note,
            "at": self.at,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> QuarantineEntry:
        """The inverse of `to_dict`.

        Raises:
            KeyError: a field is missing.
        """
        foreign = tuple(FileEntry(path, size, checksum) for path, size, checksum in data["foreign"])
        return cls(
            id=data["id"],
            kind=data["kind"],
            dataset=data["dataset"],
            layout=data["layout"],
            bytes=Quarantined(Manifest.from_dict(data["manifest"]), foreign, data["copied"]),
            failed=tuple(data["failed"]),
            reason=data["reason"],
            run_id=data["run_id"],
            note=data["note"],
            at=data["at"],
        )


def write_entry(documents: Documents, entry: QuarantineEntry) -> None:
    """Writes the manifest of an entry once; an entry that is already there stays as it is.

    Raises:
        StoreError: other bytes are recorded under this id.
    """
    text = json.dumps(entry.to_dict(), indent=1, sort_keys=True)
    try:
        documents.create(_key(entry.id), text)
    except Stale:
        if not read_entry(documents, entry.id).bytes.manifest.same_bytes(entry.bytes.manifest):
            raise StoreError(f"The quarantine already holds other bytes under {entry.id}.") from None


def read_entry(documents: Documents, name: str) -> QuarantineEntry:
    """The entry of an id.

    Raises:
        UsageError: there is none.
    """
    text = documents.read(_key(name))
    if text is None:
        raise UsageError(f"Nothing is quarantined under {name!r}.")
    return QuarantineEntry.from_dict(json.loads(text))


def entries(documents: Documents) -> tuple[QuarantineEntry, ...]:
    """Everything in quarantine, oldest first."""
    listed = documents.list("quarantine/")
    keys = [key for key in listed if key.count("/") == 2 and key.endswith("/manifest.json")]
    found = [QuarantineEntry.from_dict(json.loads(text)) for text in documents.read_all(keys) if text]
    return tuple(sorted(found, key=lambda entry: (entry.at, entry.id)))


def _key(name: str) -> str:
    return f"quarantine/{name}/manifest.json"
