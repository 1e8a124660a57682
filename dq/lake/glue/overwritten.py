"""Loads whose objects somebody replaced or deleted in place: what can still be had of them.

`INSERT OVERWRITE` of Spark and Athena writes to the location that the catalog names, and that is a load's
once dq has published. In a bucket that keeps versions the validated bytes then lie beneath what readers see.
"""

from __future__ import annotations

from dq.aws.address import Address
from dq.aws.errors import Forbidden
from dq.aws.threads import each
from dq.lake.manifest import FileEntry, Manifest
from dq.lake.s3.inventory import Inventory
from dq.lake.s3.pins import Pin, unavailable


def beyond_recovery(inventory: Inventory, sealed: Manifest) -> str:
    """Why the versions that a load was sealed with cannot be had; empty when all of them can.

    Their ETags are known to the inventory afterwards, so that a copy can depend on them.

    Args:
        inventory: who asks.
        sealed: of the load, with the versions of its objects.
    """
    at = Address.parse(sealed.location).folder
    if any(entry.version is None for entry in sealed.files):
        return f"{at} was overwritten, and its bucket kept no versions when the load was written"
    pins = [Pin(entry, at / entry.path, entry.version, "") for entry in sealed.files]
    try:
        why = unavailable(inventory.s3, pins)
        return why or next(filter(None, each(lambda pin: _other(inventory, pin.at, pin.entry), pins)), "")
    except Forbidden as error:  # not knowing is no reason to trust
        return str(error)


def _other(inventory: Inventory, at: Address, entry: FileEntry) -> str:
    seen = inventory.look(at, entry.version)
    if seen is not None and (seen[0].size, seen[0].checksum) == (entry.size, entry.checksum):
        return ""
    return f"{at} in version {entry.version} is not the object that was validated"
