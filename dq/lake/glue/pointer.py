"""Where the catalog sends the readers of a partition, and how that is changed.

`UpdatePartition` takes no condition and partitions have no version. So the definition is compared in the
moment before, and read back after; each change carries a token of its own (`dq.swap`). Between the last
comparison and the request lies one round trip in which another writer's update of the same partition would
be replaced. `CreatePartition` and, on AWS, `UpdateTable` do have a condition.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from dq.aws.address import Address
from dq.aws.errors import Changed, Missing
from dq.aws.glue import CatalogEntry, CatalogPartition, CatalogTable, Glue, expression_of
from dq.aws.s3 import S3
from dq.errors import RollbackConflict, RollbackRefused
from dq.lake.glue.table import engine_type, projected, projected_location
from dq.lake.layout import Steps
from dq.lake.manifest import Partition
from dq.lake.schema import kind_of

LOAD = "dq.load"
"""Parameter: the id of the load that readers are sent to."""
SWAP = "dq.swap"
"""Parameter: unique to each change that dq makes."""
WAS = "dq.was"
"""Parameter: where readers were sent before."""


class Pointer:
    """The locations of one table's partitions, or of the table itself where it has none.

    Args:
        glue: who asks.
        table: as it was when the work began.
        memory: prefix on S3 where definitions of partitions that were taken out of sight are kept.
        s3: who writes there.
        steps: hook around every change.
    """

    def __init__(self, glue: Glue, table: CatalogTable, memory: Address, s3: S3, steps: Steps) -> None:
        self.glue, self.table, self.s3, self.steps = glue, table, s3, steps
        self._memory = memory

    def partitions(self) -> tuple[Partition, ...]:
        """Every partition in the catalog, sorted; `(Partition(),)` for a table without keys."""
        if not self.table.keys:
            return (Partition(),)
        found = (self.named(entry.values) for entry in self.glue.partitions(self.table.address))
        return tuple(sorted(found, key=lambda partition: partition.values))

    def named(self, values: tuple[str, ...]) -> Partition:
        """The partition of these values, in the order of the keys."""
        return Partition(tuple(zip((name for name, _ in self.table.keys), values, strict=True)))

    def find(self, partition: Partition) -> CatalogEntry | None:
        """What the catalog says now; None when it has no such partition, or not all keys are named.

        A table without keys is found by the partition without values.
        """
        wanted = partition.as_dict()
        if set(wanted) != {name for name, _ in self.table.keys}:
            return None
        if not wanted:
            return self.glue.table(self.table.address)
        values = tuple(wanted[name] for name, _ in self.table.keys)
        if projected(self.table):
            return self._projected(values, wanted)
        return self.glue.partition(self.table.address, values) or self._respelt(wanted)

    def send(
        self, partition: Partition, expected: CatalogEntry | None, location: str, load: str
    ) -> CatalogEntry:
        """Sends readers to another location.

        Args:
            partition: which slice.
            expected: what `find` said when the caller compared; None when there was nothing.
            location: where readers go.
            load: id of the load that lies there.

        Returns:
            What the catalog says afterwards.

        Raises:
            RollbackConflict: another writer was there.
        """
        token = uuid.uuid4().hex
        facts = {LOAD: load, SWAP: token}
        if expected is None:
            self._create(partition, location, facts)
        else:
            self._update(partition, expected, location, {**facts, WAS: expected.location})
        seen = self.find(partition)
        if seen is None or seen.location != location:
            raise conflict(
                self.table, partition, "after it had been changed, the catalog says something else"
            )
        return seen

    def remove(self, partition: Partition, expected: CatalogEntry) -> None:
        """Takes a partition out of the catalog; its whole definition is kept first.

        Raises:
            RollbackConflict: another writer was there.
            RollbackRefused: the table has no partitions.
        """
        if not isinstance(expected, CatalogPartition):
            raise RollbackRefused(
                f"{self.table.address} has no partitions, and a table cannot be taken out of sight without "
                "breaking its readers' queries. Publish good data to it instead."
            )
        self._remember(partition, expected)
        self._unmoved(partition, expected)
        self.steps("before:delete")
        with contextlib.suppress(Missing):  # a repeated request whose first reply was lost, or another's
            self.glue.delete_partition(self.table.address, expected.values)
        self.steps("after:delete")
        if self.find(partition) is not None:
            raise conflict(self.table, partition, "after it had been removed, it is there again")

    def _create(self, partition: Partition, location: str, facts: Mapping[str, str]) -> None:
        definition = self._remembered(partition) or {
            "Values": [value for _, value in partition.values],
            "StorageDescriptor": dict(self.table.storage),
        }
        self.steps("before:create")
        with contextlib.suppress(Changed):  # another's, or our own whose reply was lost: reading back tells
            self.glue.create_partition(self.table.address, changed(definition, location, facts))
        self.steps("after:create")

    def _update(
        self, partition: Partition, expected: CatalogEntry, location: str, facts: Mapping[str, str]
    ) -> None:
        self.steps("before:update")
        now = self._unmoved(partition, expected)
        definition = changed(now.definition, location, facts)
        try:
            if isinstance(now, CatalogTable):
                self.glue.update_table(self.table.address, definition, now.version)
            else:
                self.glue.update_partition(self.table.address, definition)
        except (Missing, Changed):
            raise conflict(self.table, partition, "it was changed in the moment before") from None
        self.steps("after:update")

    def _unmoved(self, partition: Partition, expected: CatalogEntry) -> CatalogEntry:
        now = self.find(partition)
        if now is None or state_of(now) != state_of(expected):
            raise conflict(self.table, partition, "it was changed in the moment before")
        return now

    def _respelt(self, wanted: Mapping[str, str]) -> CatalogPartition | None:
        """The partition whose values are equal as numbers: `3` is also found where the catalog says `03`."""
        numbers = [n for n, kind in self.table.keys if kind_of(engine_type(kind)) == "whole"]
        if not numbers or not all(wanted[name].isdigit() for name in numbers):
            return None
        asked = expression_of(self.table.keys, wanted)
        found = list(self.glue.partitions(self.table.address, asked))
        return self.glue.partition(self.table.address, found[0].values) if len(found) == 1 else None

    def _projected(self, values: tuple[str, ...], wanted: Mapping[str, str]) -> CatalogPartition | None:
        location = projected_location(self.table, wanted)
        if not any(True for _ in self.s3.list(Address.parse(location).folder)):
            return None
        storage = {**self.table.storage, "Location": location}
        return CatalogPartition({"Values": list(values), "StorageDescriptor": storage})

    def _remember(self, partition: Partition, entry: CatalogEntry) -> None:
        text = json.dumps(entry.definition, sort_keys=True, default=str)
        name = hashlib.sha256(text.encode()).hexdigest()[:16]
        self.steps("before:remember")
        self.s3.put(self._place(partition) / f"{name}.json", text.encode())
        self.steps("after:remember")

    def _remembered(self, partition: Partition) -> Mapping[str, Any] | None:
        """The definition that was taken out of sight last; None when none ever was."""
        found = sorted(self.s3.list(self._place(partition).folder), key=lambda one: one.modified)
        if not found:
            return None
        definition: Mapping[str, Any] = json.loads(
            self.s3.get(Address(self._memory.bucket, found[-1].key)).body
        )
        return definition

    def _place(self, partition: Partition) -> Address:
        at = self.table.address
        digest = hashlib.sha256(f"{at}\n{partition}".encode()).hexdigest()[:16]
        return self._memory / f"definitions/{at.database}.{at.table}/{digest}/"


def state_of(entry: CatalogEntry) -> str:
    """A digest of what decides which bytes readers see: statistics that crawlers write do not count."""
    ours = {name: value for name, value in entry.parameters.items() if name.startswith("dq.")}
    text = json.dumps([entry.storage, ours], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def changed(definition: Mapping[str, Any], location: str, facts: Mapping[str, str]) -> dict[str, Any]:
    """A definition with another location and dq's own parameters; everything else stays."""
    kept = {n: v for n, v in (definition.get("Parameters") or {}).items() if n not in (LOAD, SWAP, WAS)}
    return {
        **definition,
        "StorageDescriptor": {**definition["StorageDescriptor"], "Location": location},
        "Parameters": {**kept, **facts},
    }


def conflict(table: CatalogTable, partition: Partition, how: str) -> RollbackConflict:
    """The error that names another writer."""
    return RollbackConflict(
        f"Partition {str(partition) or '(whole table)'} of {table.address}: another writer was there; {how}. "
        "What they wrote was left alone. Look at it and make a new plan."
    )
