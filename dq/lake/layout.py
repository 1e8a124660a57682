"""What every layout of a lake can do: the one interface that publishing and rollback are written to.

A layout knows how a partition's bytes become visible to readers: a symbolic link to an immutable load, a
plain folder, later a catalog location, S3 object versions or a table snapshot. Everything above this module
(plans, journal, undo) is the same for all of them; a new layout is a new file that implements `Layout`.

Two things are compared and never confused. A *token* says which state of the partition readers see: it
changes with every change and is compared by equality only. A *manifest* says which bytes those are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from dq.lake.manifest import FileEntry, Manifest, Partition

if TYPE_CHECKING:
    from dq.lake.source import Source

Steps = Callable[[str], None]
"""Called as `steps("before:<action>")` and `steps("after:<action>")` around every durable action.

It lets a test stop the world at any of them; production passes `no_steps`.
"""


def no_steps(_name: str) -> None:
    """The hook that does nothing."""


@dataclass(frozen=True)
class Promise:
    """What a layout promises, in words that a plan can print.

    Attributes:
        atomicity: what happens at one moment and what does not.
        visibility: how readers come to see the change.
        guards: the conditions that the storage checks for us.
        windows: what can still be seen or go wrong for a moment; empty when nothing can.
    """

    atomicity: str
    visibility: str
    guards: tuple[str, ...]
    windows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Load:
    """Bytes that lie ready beside the table and can be made visible as one partition.

    Attributes:
        id: unique within the partition; a rollback uses its own id, so that resuming finds the same load.
        partition: which slice.
        manifest: the bytes, with `location` where they lie now.
        token: what `current` will say once readers see it, where that is known beforehand, else empty.
    """

    id: str
    partition: Partition
    manifest: Manifest
    token: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly; read back by `from_dict` without loss."""
        return {"id": self.id, "token": self.token, "manifest": self.manifest.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Load:
        """The inverse of `to_dict`.

        Raises:
            KeyError: a field is missing.
        """
        manifest = Manifest.from_dict(data["manifest"])
        return cls(data["id"], manifest.partition, manifest, data["token"])


@dataclass(frozen=True)
class Quarantined:
    """Where bad bytes are kept.

    Attributes:
        manifest: the bytes, with `location` where they are kept now.
        foreign: files beside the data (hidden, `_SUCCESS`) that are kept with it.
        copied: False when the bytes stayed where they were and only readers' sight moved away from them.
    """

    manifest: Manifest
    foreign: tuple[FileEntry, ...] = ()
    copied: bool = True

    @property
    def checksums(self) -> frozenset[str]:
        """Checksums of everything that is safe here."""
        return frozenset(entry.checksum for entry in (*self.manifest.files, *self.foreign))


class Layout(Protocol):
    """How one table's partitions are stored, and how readers' sight of them is changed.

    Every method that changes something is idempotent: called again after a crash with the same arguments it
    completes what was begun. No method takes away bytes that are not safe somewhere else.
    """

    @property
    def name(self) -> str:
        """Stable name, e.g. `local-pointer`; written into plans and quarantine manifests."""

    @property
    def promise(self) -> Promise:
        """What this layout promises."""

    def partitions(self) -> tuple[Partition, ...]:
        """Every partition that readers can see, sorted; `(Partition(),)` for an unpartitioned table."""

    def current(self, partition: Partition) -> str | None:
        """The token of what readers see now; None when there is nothing at all to see."""

    def manifest(self, partition: Partition) -> Manifest:
        """Which bytes readers see now; a missing or emptied partition has no files."""

    def files(self, partition: Partition) -> tuple[str, ...]:
        """Absolute paths of the data files, resolved once, so that a reader never mixes two states."""

    def stage(self, partition: Partition, source: str | Path, load_id: str | None = None) -> Load:
        """Copies a folder or a file into a new load that no reader sees yet.

        Raises:
            DataError: the source is missing or holds no data file.
        """

    def prepare(self, manifest: Manifest, load_id: str) -> Load:
        """A load with exactly the bytes of a kept or quarantined manifest.

        Raises:
            RollbackRefused: those bytes are no longer available, or differ.
        """

    def shows(self, partition: Partition, load: Load) -> bool:
        """Whether readers see this load now, unchanged."""

    def swap(self, partition: Partition, expected: str | None, load: Load | None) -> None:
        """Compare-and-swap of what readers see; None takes the partition out of sight.

        Raises:
            RollbackConflict: readers see neither the expected state nor the load.
        """

    def settle(
        self, partition: Partition, expected: str | None, load: Load | None, safe: frozenset[str], name: str
    ) -> str | None:
        """Tidies up after a swap.

        What was displaced and is neither in `safe` nor among the kept bytes moves to the quarantine `name`.

        Returns:
            Where such extra bytes are now; None when there were none.
        """

    def keep(self, manifest: Manifest) -> str:
        """Makes sure that the bytes of a validated manifest stay available.

        Returns:
            Where they are kept.

        Raises:
            RollbackConflict: readers no longer see those bytes, so there is nothing left to keep.
        """

    def kept(self, manifest: Manifest) -> str | None:
        """Where the bytes of a manifest are kept; None when they are not (sizes compared, not hashed)."""

    def quarantine(self, partition: Partition, manifest: Manifest, name: str) -> Quarantined:
        """Keeps the bytes that readers see now, outside the table's prefix.

        Raises:
            RollbackConflict: readers no longer see those bytes.
        """

    def quarantine_load(self, load: Load, name: str) -> Quarantined:
        """Keeps a staged load that was refused.

        Raises:
            RollbackRefused: the load is gone.
        """


@runtime_checkable
class Describing(Protocol):
    """A layout whose files are read as a catalog describes them, not as their paths do."""

    def is_one(self, partition: Partition) -> bool:
        """Whether values name one partition, or the whole of a table that has none; else they name many."""

    def source(self, manifest: Manifest, name: str) -> Source:
        """The bytes of one partition's manifest, as readers by the catalog read them."""


def names_many(layout: object, partition: Partition) -> bool:
    """Whether values name several partitions of a table that a catalog describes; False for other layouts."""
    return isinstance(layout, Describing) and not layout.is_one(partition)
