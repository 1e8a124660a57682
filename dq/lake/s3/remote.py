"""What a source of objects carries besides their names: exactly which bytes they were."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dq.lake.manifest import FileEntry

if TYPE_CHECKING:
    from dq.lake.s3.inventory import Inventory


@dataclass(frozen=True)
class Remote:
    """The objects of a `FileSource`, pinned: a reader that finds other bytes stops instead of mixing states.

    Attributes:
        entries: one per file of the source, in their order; sizes, checksums, and versions where kept.
        etags: the ETag of each, for buckets that keep no versions.
        inventory: who asks, and what is known of the objects' ends.
    """

    entries: tuple[FileEntry, ...]
    etags: tuple[str, ...]
    inventory: Inventory = field(compare=False, repr=False)

    @property
    def state(self) -> frozenset[tuple[str, int, str, str | None]]:
        """Name, size, checksum and version of every object: equal for the same state of the same objects."""
        return frozenset((one.path, one.size, one.checksum, one.version) for one in self.entries)
