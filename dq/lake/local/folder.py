"""Layout `local-folder`: a partition is a plain folder that a job overwrites in place.

Its last validated bytes have to be kept before the next write can destroy them: `keep` copies them, by
content, when a validation passed. A rollback copies the bad bytes to the quarantine, builds the good folder
beside the table and lets the two change places.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
from pathlib import Path

from dq.errors import RollbackConflict, RollbackRefused
from dq.lake.layout import Load, Promise, Quarantined, Steps, no_steps
from dq.lake.local import files
from dq.lake.local.base import LocalLayout
from dq.lake.local.entry import swap_entry
from dq.lake.local.kept import KeptPool
from dq.lake.manifest import FileEntry, Manifest, Partition


class LocalFolder(LocalLayout):
    """Plain folders, overwritten in place by whoever writes the table.

    Args:
        table: the table's folder; need not exist yet.
        root: the store's folder.
        steps: hook around every durable action.
        exchange: False takes two renames even where the system can exchange two folders in one step.
    """

    name = "local-folder"

    def __init__(
        self, table: str | Path, root: str | Path, *, steps: Steps = no_steps, exchange: bool = True
    ) -> None:
        super().__init__(table, root, steps=steps)
        self._pool = KeptPool(self.root, steps)
        self._exchange = exchange

    @property
    def promise(self) -> Promise:
        """What this layout promises."""
        return Promise(
            atomicity=(
                "Not atomic for readers: the folder changes in one step (Linux) or two renames, "
                "but a reader that is listing or opening files by path meanwhile may see both states."
            ),
            visibility="The partition's folder is exchanged with a folder that holds the restored bytes.",
            guards=(
                "The displaced folder is compared with the expected state; if it differs, it is put back.",
                "Kept and quarantined bytes are checked by checksum while they are copied.",
            ),
            windows=(
                "Where RENAME_EXCHANGE is missing, the folder does not exist between two renames.",
                "A process that holds a file of the old folder open can go on writing into it; what is found "
                "changed there is moved to the quarantine, not deleted.",
                "Bytes that a job overwrote before a validation passed were never kept and cannot come back.",
            ),
        )

    def current(self, partition: Partition) -> str | None:
        """A token of names, sizes, times and inodes; None when the folder is missing."""
        return files.fingerprint(self._path(partition))

    def shows(self, partition: Partition, load: Load) -> bool:
        """Whether the folder is the load's, and nobody wrote into it since."""
        return bool(load.token) and self.current(partition) == load.token

    def swap(self, partition: Partition, expected: str | None, load: Load | None) -> None:
        """Exchanges the partition's folder with a load, or moves it out of sight.

        Raises:
            RollbackConflict: readers see neither the expected state nor the load.
        """
        with self._locked(partition):
            path, aside = self._path(partition), self._aside(partition, expected)
            if self.shows(partition, load) if load else not os.path.lexists(path):
                return
            files.make_folder(path.parent)
            files.make_folder(aside.parent)
            incoming = self._loads(partition) / load.id if load else None
            expects = None if expected is None else lambda entry: files.fingerprint(entry) == expected
            swap_entry(path, incoming, aside, expects, self.steps, may_exchange=self._exchange)

    def settle(
        self, partition: Partition, expected: str | None, load: Load | None, safe: frozenset[str], name: str
    ) -> str | None:
        """Removes the displaced folder when every byte of it is safe elsewhere, else moves it to quarantine.

        Returns:
            Where the displaced folder is now, when it could not be removed.
        """
        home = self._quarantine(name)
        for place in (
            self._aside(partition, expected),
            *([self._loads(partition) / load.id] if load else []),
        ):
            if not place.is_dir():
                continue
            if self._is_safe(place, safe):
                self.steps("before:remove")
                shutil.rmtree(place)
                files.sync_folder(place.parent)
                self.steps("after:remove")
            else:
                free = (home / f"late-{number}" for number in itertools.count(1))
                self._move_folder(place, next(late for late in free if not late.exists()))
        return str(home) if list(home.glob("late-*")) else None

    def keep(self, manifest: Manifest) -> str:
        """Copies the bytes of a validated manifest to the store, each content once.

        Raises:
            RollbackConflict: the folder changed since it was validated.
        """
        return str(self._pool.keep(manifest, self._path(manifest.partition)))

    def kept(self, manifest: Manifest) -> str | None:
        """The record of the kept bytes, when all of them are there."""
        found = self._pool.find(manifest)
        return str(found) if found else None

    def prepare(self, manifest: Manifest, load_id: str) -> Load:
        """Builds a folder from kept or quarantined bytes, with the foreign files that belonged to them.

        Raises:
            RollbackRefused: some bytes are missing or damaged.
            RollbackConflict: a folder of this name holds other bytes.
        """
        folder = self._loads(manifest.partition) / load_id
        if not folder.is_dir():
            with self._building(folder) as partial:
                for entry in (*manifest.files, *self._foreign(manifest)):
                    self._restore(manifest, entry, partial)
        load = self._load(load_id, manifest.partition, folder)
        if not load.manifest.same_bytes(manifest):
            raise RollbackConflict(
                f"{folder} holds other bytes than the target manifest; they were left as they are. "
                "Look at that folder, then make a new plan."
            )
        return load

    def quarantine(self, partition: Partition, manifest: Manifest, name: str) -> Quarantined:
        """Copies what readers see now, foreign files included.

        Raises:
            RollbackConflict: readers no longer see those bytes.
        """
        return self._copy_out(partition, manifest, name)

    def _load(self, name: str, partition: Partition, folder: Path) -> Load:
        manifest = files.manifest_of(partition, folder)
        return Load(name, partition, manifest, files.fingerprint(folder) or "")

    def _aside(self, partition: Partition, expected: str | None) -> Path:
        return self._loads(partition) / f".was-{hashlib.sha256(str(expected).encode()).hexdigest()[:16]}"

    def _foreign(self, manifest: Manifest) -> tuple[FileEntry, ...]:
        place = Path(manifest.location)
        if self.root / "quarantine" in place.parents:
            return files.describe(place, files.scan(place).foreign, rows=False)
        return self._pool.foreign(manifest) or ()

    def _restore(self, manifest: Manifest, entry: FileEntry, partial: Path) -> None:
        sources = (self._pool.object(entry.checksum), Path(manifest.location) / entry.path)
        target = partial / entry.path
        files.make_folder(target.parent)
        for source in sources:
            if source.is_file() and files.copy_file(source, target, steps=self.steps) == (
                entry.size,
                entry.checksum,
            ):
                return
        raise RollbackRefused(
            f"A file of the target manifest of partition {manifest.partition} is neither kept nor in "
            f"quarantine with its checksum {entry.checksum}. What readers see was not changed."
        )

    def _is_safe(self, folder: Path, safe: frozenset[str]) -> bool:
        listing = files.scan(folder)
        if listing.odd:
            return False
        entries = files.describe(folder, listing.data + listing.foreign, rows=False)
        return all(entry.checksum in safe or self._pool.has(entry) for entry in entries)
