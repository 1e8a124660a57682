"""Layout `glue-location`: the location of a partition in the catalog points to an immutable load.

`s3://lake/orders/` is the table; its loads lie in `s3://lake/orders.loads/dt=2026-01-01/<load-id>/`. Readers
that plan their query after the change see one whole load, those that planned before it see the other one
until they end: no object of either is touched. A partition that another program wrote below the table's own
prefix is the first state; its bytes may be overwritten there, so they are copied where they have to stay. So
are those that another program wrote over a load; the load's own come back from the versions beneath them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from dq.aws.address import Address
from dq.aws.glue import CatalogEntry, CatalogTable, Glue
from dq.aws.threads import each
from dq.errors import DataError, RollbackConflict, RollbackRefused
from dq.lake.glue.loads import Loads, compare, copier, foreign_of, objects_of
from dq.lake.glue.opening import described_source
from dq.lake.glue.overwritten import beyond_recovery
from dq.lake.glue.pointer import LOAD, Pointer, conflict, state_of
from dq.lake.glue.table import projected, unreadable
from dq.lake.layout import Load, Promise, Quarantined, Steps, no_steps
from dq.lake.local.base import new_load_id
from dq.lake.manifest import Manifest, Partition
from dq.lake.s3.home import QUARANTINED
from dq.lake.s3.inventory import Inventory
from dq.lake.source import FileSource


class GlueLocation:
    """A location per load behind one entry of the catalog per partition.

    Args:
        table: from the catalog.
        glue: requests to the catalog.
        inventory: requests to S3.
        home: prefix on S3, outside every table's, for quarantined copies and definitions.
        steps: hook around every durable action, for fault injection.

    Attributes:
        address: of the table.
        described: the table's definition, as it was when this was made.
        refusal: why dq changes nothing here; empty where it may.
    """

    name = "glue-location"

    def __init__(
        self,
        table: CatalogTable,
        glue: Glue,
        inventory: Inventory,
        home: Address,
        *,
        steps: Steps = no_steps,
    ) -> None:
        if unreadable(table):
            raise DataError(f"{table.address}: {unreadable(table)}")
        self.described, self.inventory, self.home, self.steps = table, inventory, home, steps
        self.address = table.address
        root = root_of(table)
        self.refusal = refusal_of(table, root, home)
        self.loads = Loads(inventory, Address(root.bucket, f"{root.key.rstrip('/')}.loads/"), steps)
        self.pointer = Pointer(glue, table, home, inventory.s3, steps)

    @property
    def promise(self) -> Promise:
        """What this layout promises."""
        if self.refusal:
            return Promise("Nothing is changed.", "Readers see what they saw.", (), (self.refusal,))
        whole = not self.described.keys
        change = "UpdateTable, with the version of the table's definition" if whole else "UpdatePartition"
        return Promise(
            atomicity=f"Atomic per {'table' if whole else 'partition'}: one {change}, in the Glue catalog.",
            visibility=(
                "Queries that are planned after the change read another load, whole. Queries that were "
                "planned before go on reading the former one, whose objects stay where they are."
            ),
            guards=(
                "Location, storage and dq's own parameters are compared in the moment before, and read back.",
                "A first publish, and the undo of a quarantine, create the partition only if there is none.",
                "The checksums of the target load are compared before the location changes.",
            ),
            windows=(
                "UpdatePartition has no condition: a writer that changes the same partition of the catalog "
                "within the same moment is replaced there; its objects stay.",
                "Programs that read the table's prefix instead of asking the catalog do not see the change.",
                "A crawler or MSCK REPAIR TABLE may add a partition again that was taken out of sight, when "
                "objects lie below the table's own prefix.",
            ),
        )

    def partitions(self) -> tuple[Partition, ...]:
        """Every partition in the catalog, sorted.

        Raises:
            DataError: partitions are computed by readers (partition projection), so there is no list.
        """
        if projected(self.described):
            raise DataError(
                f"{self.described.address} uses partition projection, so the catalog lists no partitions; "
                "name one"
            )
        return self.pointer.partitions()

    def current(self, partition: Partition) -> str | None:
        """Load id or location, with a digest of the definition and of the listing; None when not there."""
        entry = self.pointer.find(partition)
        return None if entry is None else self._token(partition, entry)

    def manifest(self, partition: Partition) -> Manifest:
        """Which bytes readers see now; none where the catalog has no such partition."""
        entry = self.pointer.find(partition)
        if entry is None:
            return Manifest(partition, self.described.location, ())
        return self.inventory.manifest(partition, Address.parse(entry.location))

    def files(self, partition: Partition) -> tuple[str, ...]:
        """`s3://` addresses of the data objects, by one look at the catalog."""
        entry = self.pointer.find(partition)
        if entry is None:
            return ()
        at = Address.parse(entry.location)
        return tuple(str(Address(at.bucket, one.key)) for one in self.inventory.data(at))

    def is_one(self, partition: Partition) -> bool:
        """Whether values name one partition, or the whole of a table that has none."""
        return set(partition.as_dict()) == {name for name, _ in self.described.keys}

    def source(self, manifest: Manifest, name: str) -> FileSource:
        """The bytes of a manifest as readers by the catalog read them: its keys, its format.

        Args:
            manifest: of one partition; of a load that no reader sees yet as well.
            name: what to call them in messages.
        """
        entry = self.pointer.find(manifest.partition) or self.described
        return described_source(self.described, entry, manifest, name, self.inventory)

    def stage(self, partition: Partition, source: str | Path, load_id: str | None = None) -> Load:
        """Copies a local folder or file, or a prefix on S3, into a new load that no reader sees yet.

        Raises:
            DataError: the source holds no data.
            RollbackRefused: dq changes nothing in this table.
        """
        self._may_change()
        name = load_id or new_load_id()
        remote = objects_of(source, self.inventory, partition)
        if remote is not None:
            return Load(name, partition, self.loads.from_objects(partition, name, remote))
        return Load(name, partition, self.loads.from_local(partition, name, Path(source)))

    def prepare(self, manifest: Manifest, load_id: str) -> Load:
        """The load that holds these bytes, looked at again, else a new one, copied from where they still are.

        That is a quarantine, or the very versions that a load was sealed with before it was overwritten.

        Raises:
            RollbackRefused: the bytes are no longer to be had.
        """
        self._may_change()
        partition = manifest.partition
        changed = []
        for name, sealed in self._loads_of(manifest):
            found = self.inventory.manifest(partition, self.loads.place(partition, name))
            if found.same_bytes(manifest):
                self.loads.mark(found, quarantined=False)
                return Load(name, partition, found)
            changed.append(sealed)
        source, why = self._recoverable(changed) if changed else (manifest, "")
        if source is None or not manifest.files:
            raise RollbackRefused(
                f"The load of the target manifest of partition {partition} is "
                f"{'changed' if changed else 'missing'}: expected {len(manifest.files)} objects of "
                f"{manifest.location}. {f'{why}. ' if why else ''}Readers' sight was not changed."
            )
        try:
            self.loads.from_objects(partition, load_id, source)
            found = self.inventory.manifest(partition, self.loads.place(partition, load_id))
            compare(manifest.files, found, found.location)
        except RollbackConflict as error:
            raise RollbackRefused(f"{error} Readers' sight was not changed.") from error
        self.loads.mark(found, quarantined=False)
        return Load(load_id, partition, found)

    def shows(self, partition: Partition, load: Load) -> bool:
        """Whether the catalog sends readers of the partition to this load."""
        entry = self.pointer.find(partition)
        return entry is not None and entry.location == load.manifest.location

    def swap(self, partition: Partition, expected: str | None, load: Load | None) -> None:
        """Sends readers to a load, or takes the partition out of the catalog.

        Raises:
            RollbackConflict: readers see neither the expected state nor the load.
            RollbackRefused: dq changes nothing in this table.
        """
        self._may_change()
        entry = self.pointer.find(partition)
        if entry is None if load is None else entry is not None and entry.location == load.manifest.location:
            return
        if (None if entry is None else self._token(partition, entry)) != expected:
            raise conflict(self.described, partition, "its state is not the expected one")
        if load is not None:
            self.pointer.send(partition, entry, load.manifest.location, load.id)
        elif entry is not None:
            self.pointer.remove(partition, entry)

    def settle(
        self, partition: Partition, expected: str | None, load: Load | None, safe: frozenset[str], name: str
    ) -> str | None:
        """Moves nothing: what readers were sent to before stays where it is. A quarantined load is tagged.

        Returns:
            The former location, when it is no load, or an overwritten one, and holds objects that are kept
            nowhere else.
        """
        was = (expected or "").rpartition("@")[0]  # a token names the load, or the location that is none
        if not was or ("/" not in was and not safe):
            return None
        place = Address.parse(was) if "/" in was else self.loads.place(partition, was)
        found = self.inventory.manifest(partition, place)
        sealed = self.loads.sealed(partition, was) if "/" not in was else None
        late = [one for one in found.files if one.checksum not in safe]
        if sealed is not None and sealed.same_bytes(found):
            if not late:
                self.loads.mark(found, quarantined=True)
            return None
        return found.location if late and self.kept(found) is None else None

    def keep(self, manifest: Manifest) -> str:
        """A load stays where it is; objects below the table's own prefix are copied to a load.

        Raises:
            RollbackConflict: those bytes are no longer there.
            RollbackRefused: dq changes nothing in this table.
        """
        self._may_change()
        partition = manifest.partition
        for name, _ in self._loads_of(manifest):
            found = self.inventory.manifest(partition, self.loads.place(partition, name))
            if found.same_bytes(manifest):
                return found.location
        name = _kept_id(manifest)
        self.loads.from_objects(partition, name, manifest)
        found = self.inventory.manifest(partition, self.loads.place(partition, name))
        compare(manifest.files, found, found.location)
        return found.location

    def kept(self, manifest: Manifest) -> str | None:
        """A load's prefix: its objects are those of the manifest, or the versions of its seal still are.

        Objects that are older than the seal are compared by size alone.
        """
        changed = []
        for name, sealed in self._loads_of(manifest):
            if self.loads.is_intact(name, sealed):
                return str(self.loads.place(manifest.partition, name))
            changed.append(sealed)
        source, _ = self._recoverable(changed)
        return None if source is None else source.location

    def quarantine(self, partition: Partition, manifest: Manifest, name: str) -> Quarantined:
        """A load stays where it is, tagged once out of sight; what is none, or was overwritten, is copied.

        Raises:
            RollbackConflict: readers no longer see those bytes.
            RollbackRefused: dq changes nothing in this table.
        """
        self._may_change()
        entry = self.pointer.find(partition)
        place = manifest.location if entry is None else str(Address.parse(entry.location).folder)
        if entry is not None and place != manifest.location:
            raise conflict(self.described, partition, "its location is another one than when it was planned")
        name_of_load = self.loads.id_of(place, partition)
        sealed = self.loads.sealed(partition, name_of_load) if name_of_load else None
        if sealed is not None and sealed.same_bytes(manifest):
            found = self.inventory.manifest(partition, Address.parse(place))
            compare(manifest.files, found, place)
            return Quarantined(found, (), copied=False)
        return self._copied(partition, manifest, name)

    def quarantine_load(self, load: Load, name: str) -> Quarantined:
        """A refused load stays among the loads, where no reader looks, and is tagged.

        Raises:
            RollbackRefused: the load is gone.
        """
        found = self.inventory.manifest(load.partition, Address.parse(load.manifest.location))
        if not found.same_bytes(load.manifest):
            raise RollbackRefused(
                f"Load {load.id} of partition {load.partition} is not at {load.manifest.location} any more. "
                "Nothing was changed."
            )
        self.loads.mark(found, quarantined=True)
        return Quarantined(found, (), copied=False)

    def _copied(self, partition: Partition, manifest: Manifest, name: str) -> Quarantined:
        source = Address.parse(manifest.location)
        place = (self.home / f"quarantine/{name}/files").folder
        foreign = foreign_of(self.inventory, source) if manifest.files else ()
        self.steps("before:quarantine")
        each(copier(self.inventory, source, place, QUARANTINED), (*manifest.files, *foreign))
        self.steps("after:quarantine")
        found = self.inventory.manifest(partition, place)
        compare(manifest.files, found, str(place))
        return Quarantined(found, foreign, copied=True)

    def _token(self, partition: Partition, entry: CatalogEntry) -> str:
        at = Address.parse(entry.location)
        lines = [state_of(entry)]
        lines += [f"{o.key}\t{o.size}\t{o.etag}\t{o.modified}" for o in self.inventory.data(at)]
        digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
        return f"{self.loads.id_of(entry.location, partition) or entry.location}@{digest}"

    def _loads_of(self, manifest: Manifest) -> Iterator[tuple[str, Manifest]]:
        """Loads that were sealed with the bytes of a manifest, by id; they may have been changed since."""
        partition = manifest.partition
        for name in (self.loads.id_of(manifest.location, partition), _kept_id(manifest)):
            sealed = self.loads.sealed(partition, name) if name else None
            if name and sealed is not None and sealed.same_bytes(manifest):
                yield name, sealed

    def _recoverable(self, changed: Iterable[Manifest]) -> tuple[Manifest | None, str]:
        """The seal of a load whose versions can all be had, else why those of the first cannot."""
        reasons = []
        for sealed in changed:
            reasons.append(beyond_recovery(self.inventory, sealed))
            if not reasons[-1]:
                return sealed, ""
        return None, next(iter(reasons), "")

    def _may_change(self) -> None:
        if self.refusal:
            raise RollbackRefused(f"{self.described.address}: {self.refusal} Nothing was changed.")


def root_of(table: CatalogTable) -> Address:
    """The prefix that a table was created with, also when its own location points to a load by now."""
    at = Address.parse(table.location).folder
    load = "" if table.keys else table.parameters.get(LOAD, "")
    suffix = f".loads/{load}/"
    return Address(at.bucket, at.key.removesuffix(suffix) + "/") if load and at.key.endswith(suffix) else at


def refusal_of(table: CatalogTable, root: Address, home: Address) -> str:
    """Why a table's locations must not be changed; empty where they may."""
    if projected(table):
        return (
            "Its readers compute partition locations by rules (projection.enabled) and never ask the "
            "catalog, so a changed location would have no effect. Switch projection off, or roll back in "
            "place: name the data s3://."
        )
    if table.governed:
        return (
            "Lake Formation hands out access to its registered location only; readers could not read a load "
            "beside it."
        )
    if not root.folder.key:
        return "It takes up a whole bucket, so loads cannot lie beside it; move the table below a prefix."
    if str(home.folder).startswith(str(root.folder)):
        return f"Bytes would be kept at {home}, within the table itself; configure a store outside it."
    return ""


def _kept_id(manifest: Manifest) -> str:
    return f"kept-{manifest.digest[7:23]}"
