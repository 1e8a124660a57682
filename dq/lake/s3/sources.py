"""Which objects hold the bytes of a manifest: versions in place, kept copies, a load, a quarantine."""

from __future__ import annotations

from dataclasses import dataclass

from dq.aws.address import Address
from dq.lake.manifest import Manifest
from dq.lake.s3 import prefixes
from dq.lake.s3.home import Home
from dq.lake.s3.inventory import Inventory, is_hidden
from dq.lake.s3.kept import Kept
from dq.lake.s3.pins import Pin
from dq.lake.s3.staging import Staging

Found = tuple[tuple[Pin, ...], tuple[Pin, ...] | None]
"""The data of a manifest, and its markers; None for markers that are not known."""


@dataclass(frozen=True)
class Sources:
    """Where the bytes of manifests of one table are.

    Attributes:
        inventory: who asks, and what is known of objects.
        home: where dq keeps bytes of the table.
        kept: bytes of validated manifests.
        staging: loads.
    """

    inventory: Inventory
    home: Home
    kept: Kept
    staging: Staging

    def of(self, manifest: Manifest) -> Found | None:
        """The objects, without looking whether they are still there; None where none is known."""
        at = Address.parse(manifest.location).folder
        pins = tuple(Pin(entry, at / entry.path, entry.version, "") for entry in manifest.files)
        if self.home.holds(manifest.location):
            staged = self.staging.foreign(manifest)
            return pins, self._beside(at) if staged is None else staged
        recorded = self.kept.recorded(manifest)
        if recorded is not None:
            return recorded
        folder = prefixes.address(self.inventory.s3, self.home.table, manifest.partition)
        return (pins, None) if at == folder and all(pin.version for pin in pins) else None

    def _beside(self, at: Address) -> tuple[Pin, ...]:
        """The markers in a quarantine."""
        found = [
            one
            for one in self.inventory.s3.list(at)
            if is_hidden(one.key[len(at.key) :]) and not one.key.endswith("/")
        ]
        etags = {one.key: one.etag for one in found}
        entries = self.inventory.entries(at, found)
        return tuple(
            Pin(entry, at / entry.path, entry.version, etags[at.key + entry.path]) for entry in entries
        )
