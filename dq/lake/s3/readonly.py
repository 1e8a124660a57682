"""Layout `s3-unversioned`: what lies on S3 can be read and judged, but not changed without risk of loss.

In a bucket that keeps no versions, what a job overwrites is gone, and what a rollback hides would be deleted.
So every method that would change something refuses, and says what to do instead.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NoReturn

from dq.aws.address import Address
from dq.errors import RollbackRefused
from dq.lake.layout import Load, Promise, Quarantined
from dq.lake.manifest import Manifest, Partition
from dq.lake.s3 import prefixes
from dq.lake.s3.inventory import Inventory

INSTEAD = (
    "Switch versioning on and wait 15 minutes before the next write, as AWS advises; or register the table "
    "in Glue and let each load have a location of its own (glue://database.table)."
)


class S3Unversioned:
    """A table on S3 whose partitions cannot be rolled back.

    Args:
        table: the table's prefix.
        inventory: who asks, and what is known of objects.
        reason: why not, as a sentence.

    Attributes:
        address: the table's prefix.
    """

    name = "s3-unversioned"

    def __init__(self, table: Address, inventory: Inventory, reason: str) -> None:
        self.address = table.folder
        self.reason = reason
        self._s3, self._inventory = inventory.s3, inventory

    @property
    def promise(self) -> Promise:
        """What this layout promises: nothing is changed."""
        return Promise(
            atomicity=f"Nothing is ever changed. {self.reason}",
            visibility="Readers see what jobs write, while they write it.",
            guards=("Publishing, quarantine and rollback are refused.",),
        )

    def partitions(self) -> tuple[Partition, ...]:
        """Every partition that readers can see, sorted; a table without objects has none."""
        return prefixes.partitions(self._s3, self.address)

    def current(self, partition: Partition) -> str | None:
        """A token of names, sizes, ETags and times, by one listing; None when there is nothing to see."""
        lines = [
            f"{one.key}\t{one.size}\t{one.etag}\t{one.modified.isoformat()}"
            for one in self._s3.list(self._folder(partition))
            if one.size or not one.key.endswith("/")
        ]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32] if lines else None

    def manifest(self, partition: Partition) -> Manifest:
        """Which bytes readers see now.

        Raises:
            DataError: objects kept disappearing while they were looked at.
        """
        return self._inventory.manifest(partition, self._folder(partition))

    def files(self, partition: Partition) -> tuple[str, ...]:
        """Addresses of the data objects; empty when there is nothing to see."""
        folder = self._folder(partition)
        return tuple(str(Address(folder.bucket, one.key)) for one in self._inventory.data(folder))

    def stage(self, partition: Partition, source: str | Path, load_id: str | None = None) -> Load:
        """Refuses."""
        self._refuse()

    def prepare(self, manifest: Manifest, load_id: str) -> Load:
        """Refuses."""
        self._refuse()

    def shows(self, partition: Partition, load: Load) -> bool:
        """Whether readers see these bytes now."""
        return self.manifest(partition).same_bytes(load.manifest)

    def swap(self, partition: Partition, expected: str | None, load: Load | None) -> None:
        """Refuses."""
        self._refuse()

    def settle(
        self, partition: Partition, expected: str | None, load: Load | None, safe: frozenset[str], name: str
    ) -> str | None:
        """Refuses."""
        self._refuse()

    def keep(self, manifest: Manifest) -> str:
        """Refuses."""
        self._refuse()

    def kept(self, manifest: Manifest) -> str | None:
        """Never: None."""
        return None

    def quarantine(self, partition: Partition, manifest: Manifest, name: str) -> Quarantined:
        """Refuses."""
        self._refuse()

    def quarantine_load(self, load: Load, name: str) -> Quarantined:
        """Refuses."""
        self._refuse()

    def _folder(self, partition: Partition) -> Address:
        return prefixes.address(self._s3, self.address, partition)

    def _refuse(self) -> NoReturn:
        raise RollbackRefused(f"{self.address}: {self.reason} Nothing was changed.")
