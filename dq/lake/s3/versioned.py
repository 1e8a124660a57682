"""Layout `s3-versioned`: partitions are prefixes, overwritten in place in a bucket that keeps versions.

It is what awswrangler's `overwrite_partitions` and most Spark jobs leave behind: new keys, old keys hidden by
delete markers. The versions themselves are the kept bytes. A rollback writes the validated versions on top
and hides what only the bad load has; the exchange is in `dq/lake/s3/exchange.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from dq.aws.address import Address
from dq.aws.errors import Archived, AwsError, Changed, Missing
from dq.aws.lifecycle import RETENTION_DAYS
from dq.aws.s3 import Listed
from dq.aws.threads import each
from dq.errors import DataError, RollbackConflict, RollbackRefused
from dq.lake.layout import Load, Promise, Quarantined, Steps, no_steps
from dq.lake.local.base import new_load_id
from dq.lake.manifest import FileEntry, Manifest, Partition
from dq.lake.s3 import prefixes
from dq.lake.s3.exchange import Exchange, Sheet
from dq.lake.s3.history import History
from dq.lake.s3.home import QUARANTINED, Home
from dq.lake.s3.inventory import Inventory, is_hidden
from dq.lake.s3.kept import Kept
from dq.lake.s3.pins import Pin, unavailable
from dq.lake.s3.sources import Sources
from dq.lake.s3.staging import Staging

_LOOKS = 3


class S3Versioned:
    """Hive partitions overwritten in place in a bucket whose versioning is on.

    Args:
        table: the table's prefix; nothing need be there yet.
        home: where dq keeps bytes; it must not lie below the table.
        inventory: who asks, and what is known of objects.
        steps: hook around every durable action.
        retention_days: how long validated bytes must stay available. Where lifecycle rules take replaced
            versions sooner, `keep` copies them.

    Attributes:
        address: the table's prefix.

    Raises:
        DataError: the home lies below the table, or the table below the home.
    """

    name = "s3-versioned"

    def __init__(
        self,
        table: Address,
        home: Address,
        inventory: Inventory,
        *,
        steps: Steps = no_steps,
        retention_days: int = RETENTION_DAYS,
    ) -> None:
        self.address = table.folder
        if str(home.folder).startswith(str(table.folder)) or str(table.folder).startswith(str(home.folder)):
            raise DataError(
                f"{home.folder}, where dq keeps bytes, and the table {table.folder} lie within one another; "
                "readers would find quarantined bytes. Name a store beside the table."
            )
        s3 = inventory.s3
        self._s3, self._inventory, self._steps = s3, inventory, steps
        self._home = Home(s3, home, table)
        self._kept = Kept(s3, self._home, retention_days, steps)
        self._staging = Staging(s3, self._home, inventory, steps)
        self._sources = Sources(inventory, self._home, self._kept, self._staging)

    @property
    def promise(self) -> Promise:
        """What this layout promises."""
        return Promise(
            atomicity=(
                "Not atomic over several objects: each object changes at one moment, the partition does not."
            ),
            visibility=(
                "First the new bytes are written, then what has no place among them is hidden by delete "
                "markers, then markers such as _SUCCESS follow. No reader finds the partition empty; until "
                "the end a reader may see rows of both states, some of them twice."
            ),
            guards=(
                "Every write names the ETag that it expects; a writer in between makes it fail.",
                "All versions are compared before and after, for servers that do not check conditions; what "
                "somebody else wrote meanwhile is shown again and our changes are taken back.",
                "Bytes are copied inside S3 by exact version and ETag; no version is ever deleted.",
            ),
            windows=(
                "While it runs, and after a crash until `dq rollback resume`, readers may see a mixture.",
                "A query that listed the partition before and opens an object afterwards finds it replaced, "
                "or hidden and therefore missing.",
                "A job that overwrites the partition at the same time may not know of objects that were just "
                "restored; the rollback then ends as a conflict, and what readers see has to be checked.",
                "Where a server checks no conditions on copies, somebody else's object is out of sight until "
                "the final comparison finds it.",
            ),
        )

    def partitions(self) -> tuple[Partition, ...]:
        """Every partition that readers can see, sorted; a table without objects has none."""
        return prefixes.partitions(self._s3, self.address)

    def current(self, partition: Partition) -> str | None:
        """A token of names, ETags and versions, by one listing; None when there is nothing to see.

        Raises:
            Forbidden: `s3:ListBucketVersions` is missing.
        """
        return self._history(partition).token

    def manifest(self, partition: Partition) -> Manifest:
        """Which bytes readers see now; what was looked at before is not asked for again.

        Raises:
            DataError: objects kept disappearing while they were looked at.
        """
        for _ in range(_LOOKS):
            history = self._history(partition)
            try:
                entries = self._inventory.entries(history.folder, history.data.values())
            except Missing:
                continue
            return Manifest(partition, str(history.folder), entries)
        raise DataError(
            f"{self._folder(partition)}: objects kept disappearing while they were looked at; expected a "
            "writer to be finished. Run again when it is."
        )

    def files(self, partition: Partition) -> tuple[str, ...]:
        """Addresses of the data objects; empty when there is nothing to see."""
        folder = self._folder(partition)
        return tuple(str(Address(folder.bucket, one.key)) for one in self._inventory.data(folder))

    def stage(self, partition: Partition, source: str | Path, load_id: str | None = None) -> Load:
        """Copies a folder or a file, local or on S3, into a load below the home.

        Raises:
            DataError: the source is missing or holds no data file.
        """
        return self._staging.stage(partition, source, load_id or new_load_id())

    def prepare(self, manifest: Manifest, load_id: str) -> Load:
        """A load that names where the bytes are; nothing is copied before the swap.

        Raises:
            RollbackRefused: some of the bytes are gone, in an archive, or other ones.
        """
        found = self._sources.of(manifest)
        why = "its versions were never pinned" if found is None else ""
        if found is not None:
            why = unavailable(self._s3, (*found[0], *(found[1] or ())), self._history(manifest.partition))
        if why:
            raise RollbackRefused(
                f"The bytes of the target manifest of partition {manifest.partition} cannot be had: {why}. "
                "What readers see was not changed."
            )
        return Load(load_id, manifest.partition, manifest)

    def shows(self, partition: Partition, load: Load) -> bool:
        """Whether readers see exactly the load's bytes, markers included."""
        seen = self.manifest(partition)
        if not load.manifest.files or not seen.same_bytes(load.manifest):
            return False
        found = self._sources.of(load.manifest)
        foreign = found[1] if found else None
        if foreign is None:
            return True
        return {(pin.entry.path, pin.entry.checksum) for pin in foreign} == {
            (entry.path, entry.checksum) for entry in self._foreign(self._history(partition))
        }

    def swap(self, partition: Partition, expected: str | None, load: Load | None) -> None:
        """Writes the load's bytes into the partition, or hides all of it; resumes what was begun.

        Raises:
            RollbackConflict: readers see neither the expected state nor the load.
            RollbackRefused: the bucket keeps no versions any more, or the load's bytes are gone.
            AwsError: a change was begun and cannot go on now; it stays open.
        """
        folder = self._folder(partition)
        place = self._home.swap(partition, expected, load.id if load else None)
        document = self._home.read(place)
        self._check_versioning(begun=document is not None)
        if document is None:
            history = self._history(partition)
            if self.shows(partition, load) if load else not history.seen:
                return
            if history.token != expected:
                raise RollbackConflict(
                    f"Partition {partition} of {self.address} is not in the expected state: another writer "
                    "was there. Nothing was touched. Validate it again and make a new plan."
                )
            self._steps("before:sheet")
            name = place.key.rpartition("/")[2].removesuffix(".json")
            document = self._home.create(place, self._sheet(name, history, partition, load).to_dict())
            self._steps("after:sheet")
        Exchange(self._s3, folder, Sheet.from_dict(document), self._home.at / "quarantine", self._steps).run()

    def settle(
        self, partition: Partition, expected: str | None, load: Load | None, safe: frozenset[str], name: str
    ) -> str | None:
        """Nothing to do: what was displaced stays where it was, as a version that readers do not see."""
        return None

    def keep(self, manifest: Manifest) -> str:
        """Pins the versions of a validated manifest; copies them where lifecycle rules would take them.

        Returns:
            The document that says where the bytes are.

        Raises:
            RollbackConflict: readers no longer see those bytes.
            RollbackRefused: a lifecycle rule would take the copies as well.
        """
        history = self._history(manifest.partition)
        data = self._matching(history, manifest, "be kept")
        foreign = [self._pin(history, entry) for entry in self._foreign(history)]
        return str(self._kept.keep(manifest, data, foreign, history))

    def kept(self, manifest: Manifest) -> str | None:
        """Where the bytes are, when all of them are there and can be read: versions in place, or copies.

        A manifest that was never kept is answered by its own versions, as long as lifecycle rules leave them.
        """
        history = self._history(manifest.partition)
        pinned = self._kept.find(manifest, history)
        if pinned is not None:
            copied = any(self._home.holds(str(pin.at)) for pin in pinned[0])
            return str((self._home.kept(manifest) / "files").folder) if copied else manifest.location
        found = self._sources.of(manifest)
        if found is None or not manifest.files or not self._kept.versions_stay(history.folder):
            return None
        return None if unavailable(self._s3, found[0], history) else manifest.location

    def quarantine(self, partition: Partition, manifest: Manifest, name: str) -> Quarantined:
        """Copies exactly the versions that readers see now below the home, markers included.

        Raises:
            RollbackConflict: readers no longer see those bytes.
            RollbackRefused: they are in an archive and cannot be copied, or the bucket keeps no versions.
        """
        self._check_versioning()
        history, place = self._history(partition), self._home.quarantine(name)
        data = self._matching(history, manifest, "be quarantined")
        foreign = [self._pin(history, entry) for entry in self._foreign(history)]
        begun = {one.key for one in self._s3.list(place)}
        copies = each(lambda pin: self._copied(pin, place / pin.entry.path, begun), [*data, *foreign])
        files = tuple(entry for entry in copies if not is_hidden(entry.path))
        hidden = tuple(entry for entry in copies if is_hidden(entry.path))
        return Quarantined(Manifest(partition, str(place), files), hidden)

    def quarantine_load(self, load: Load, name: str) -> Quarantined:
        """A refused load stays where it is, tagged; no reader looks there.

        Raises:
            RollbackRefused: the load is gone.
        """
        found = self._sources.of(load.manifest)
        why = "nothing was staged" if found is None else unavailable(self._s3, found[0])
        if found is None or why:
            raise RollbackRefused(
                f"Load {load.id} of partition {load.partition} is not at {load.manifest.location}: {why}. "
                "Nothing was changed."
            )
        foreign = found[1] or ()
        each(lambda pin: self._s3.tag(pin.at, QUARANTINED), [*found[0], *foreign])
        return Quarantined(load.manifest, tuple(pin.entry for pin in foreign), copied=False)

    def _folder(self, partition: Partition) -> Address:
        return prefixes.address(self._s3, self.address, partition)

    def _history(self, partition: Partition) -> History:
        return History.of(self._s3, self._folder(partition))

    def _check_versioning(self, *, begun: bool = False) -> None:
        status = self._s3.versioning(self.address.bucket)
        if status == "Enabled":
            return
        said = (
            f"Versioning of s3://{self.address.bucket} is {status.lower() or 'off'}, so a change in place "
            "would lose bytes."
        )
        if begun:  # what was begun is no refusal: it has to be resumed
            raise AwsError(f"{said} Readers may see a mixture until it is switched on and this is resumed.")
        raise RollbackRefused(f"{said} Nothing was changed.")

    def _sheet(self, name: str, history: History, partition: Partition, load: Load | None) -> Sheet:
        """What has to change, object by object; what has the right bytes already is left as it is."""
        if load is None:
            return Sheet.of(name, history, (), (), ())
        found = self._sources.of(load.manifest)
        if found is None:
            raise RollbackRefused(f"Load {load.id} is gone; what readers see was not changed.")
        data, foreign = found
        wanted = (*data, *(foreign or ()))
        there = [history.seen[pin.entry.path] for pin in wanted if pin.entry.path in history.seen]
        try:
            entries = self._inventory.entries(history.folder, there)
        except Missing:
            entries = ()  # a writer is at work; the exchange finds it
        have = {entry.path: (entry.size, entry.checksum) for entry in entries}
        same = [
            pin.entry.path
            for pin in wanted
            if have.get(pin.entry.path) == (pin.entry.size, pin.entry.checksum)
        ]
        return Sheet.of(name, history, data, foreign, same)

    def _matching(self, history: History, manifest: Manifest, purpose: str) -> list[Pin]:
        """The versions that readers see of a manifest's files.

        Raises:
            RollbackConflict: they are others.
        """
        seen = history.data
        same = seen.keys() == {entry.path for entry in manifest.files}
        if same and any(seen[entry.path].version != entry.version for entry in manifest.files):
            same = self.manifest(manifest.partition).same_bytes(manifest)
            same = same and self._history(manifest.partition).token == history.token
        if not same:
            raise RollbackConflict(
                f"{history.folder} no longer holds the bytes that were to {purpose}: another writer was "
                "there; nothing of theirs was touched. Validate it again and make a new plan."
            )
        return [self._pin(history, entry) for entry in manifest.files]

    def _foreign(self, history: History) -> tuple[FileEntry, ...]:
        """Entries of the markers that readers see.

        Raises:
            RollbackConflict: they kept changing.
        """
        found: Mapping[str, Listed] = history.foreign
        try:
            return self._inventory.entries(history.folder, found.values())
        except Missing as error:
            raise RollbackConflict(f"{history.folder} changes while it is looked at: {error}") from error

    def _pin(self, history: History, entry: FileEntry) -> Pin:
        seen = history.seen[entry.path]
        return Pin(entry, history.folder / entry.path, seen.version, seen.etag)

    def _copied(self, pin: Pin, target: Address, begun: Collection[str]) -> FileEntry:
        self._steps("before:copy")
        try:
            made = self._home.copy(pin, target, QUARANTINED, fresh=target.key not in begun)
        except Archived as error:
            raise RollbackRefused(f"{error} Nothing was changed.") from error
        except (Missing, Changed) as error:
            raise RollbackConflict(f"{error} What readers see was not changed.") from error
        self._steps("after:copy")
        entry = pin.entry
        return FileEntry(entry.path, entry.size, entry.checksum, entry.rows, made.version)
