"""What the local layouts share: where things lie, listing, staging and the lock around a swap.

Beside a table `lake/flights` lies `lake/.flights.loads/`, with one folder per partition and in it one folder
per load. It is on the table's own file system, so that a load can be renamed into place, and outside the
table's prefix, so that no reader comes upon it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

from dq.errors import DataError, RollbackConflict, RollbackRefused
from dq.lake.layout import Load, Quarantined, Steps, no_steps
from dq.lake.local import files, hive
from dq.lake.manifest import FileEntry, Manifest, Partition


class LocalLayout:
    """Base of the layouts on a file system.

    Args:
        table: the table's folder, or for an unpartitioned pointer table the link; need not exist yet.
        root: the store's folder; `kept/`, `quarantine/` and `locks/` are made in it. It must not lie below
            the table.
        steps: hook around every durable action, for fault injection.

    Raises:
        DataError: the store's folder lies below the table.
    """

    _read_only = False

    def __init__(self, table: str | Path, root: str | Path, *, steps: Steps = no_steps) -> None:
        self.table = Path(os.path.abspath(table))
        self.root = Path(os.path.abspath(root))
        self.steps = steps
        if self.root == self.table or self.table in self.root.parents:
            raise DataError(
                f"The store {self.root} lies inside the table {self.table}; readers would find quarantined "
                "bytes there. Put the store beside the table."
            )
        self.loads = self.table.parent / f".{self.table.name}.loads"

    def partitions(self) -> tuple[Partition, ...]:
        """Every partition that readers can see, sorted; a missing table has none."""
        return tuple(hive.walk(self.table))

    def manifest(self, partition: Partition) -> Manifest:
        """Which bytes readers see now. Files are hashed in a bounded thread pool.

        Raises:
            DataError: files kept disappearing while they were read.
        """
        return files.manifest_of(partition, self._folder(partition))

    def files(self, partition: Partition) -> tuple[str, ...]:
        """Absolute paths of the data files, resolved once; empty when there is nothing to see."""
        folder = self._folder(partition)
        return tuple(str(folder / path) for path in files.scan(folder).data)

    def stage(self, partition: Partition, source: str | Path, load_id: str | None = None) -> Load:
        """Copies a folder or a single file into a new load that no reader sees yet.

        Args:
            partition: the slice that the bytes are for.
            source: a folder (copied with its foreign files) or one file.
            load_id: a load of this id that is already complete is returned as it is.

        Raises:
            DataError: the source is missing or holds no data file.
        """
        origin = Path(source)
        single = origin.is_file()
        listing = files.Listing(data=(origin.name,)) if single else files.scan(origin)
        if not listing.data:
            raise DataError(f"{origin} holds no data file; expected a folder or a file to publish.")
        name = load_id or new_load_id()
        folder = self._loads(partition) / name
        if not folder.is_dir():
            base = origin.parent if single else origin
            with self._building(folder) as partial:
                files.copy_tree(
                    base,
                    partial,
                    listing.data + listing.foreign,
                    read_only=self._read_only,
                    steps=self.steps,
                )
        return self._load(name, partition, folder)

    def quarantine_load(self, load: Load, name: str) -> Quarantined:
        """Keeps a staged load that was refused: its folder moves to the quarantine.

        Raises:
            RollbackRefused: the load is gone.
        """
        place = self._quarantine(name) / "files"
        folder = self._loads(load.partition) / load.id
        if not place.is_dir():
            if not folder.is_dir():
                raise RollbackRefused(
                    f"Load {load.id} of partition {load.partition} is not at {folder}; expected the staged "
                    "bytes there. Nothing was changed."
                )
            self._move_folder(folder, place)
        return self._in_place(load.partition, place, copied=True)

    def _folder(self, partition: Partition) -> Path:
        """The real folder that readers of this partition read, resolved once."""
        return Path(os.path.realpath(self._path(partition)))

    def _path(self, partition: Partition) -> Path:
        return hive.find(self.table, partition)

    def _loads(self, partition: Partition) -> Path:
        return self.loads / hive.relative(partition)

    def _quarantine(self, name: str) -> Path:
        return self.root / "quarantine" / name

    def _load(self, name: str, partition: Partition, folder: Path) -> Load:
        return Load(name, partition, files.manifest_of(partition, folder))

    def _in_place(self, partition: Partition, folder: Path, *, copied: bool) -> Quarantined:
        foreign = files.describe(folder, files.scan(folder).foreign, rows=False)
        return Quarantined(files.manifest_of(partition, folder), foreign, copied)

    def _copy_out(self, partition: Partition, manifest: Manifest, name: str) -> Quarantined:
        """Copies what readers see now to the quarantine, and checks that it is what the manifest says."""
        place, source = self._quarantine(name) / "files", self._folder(partition)
        if not place.is_dir():
            listing = files.scan(source)
            with self._building(place) as partial:
                try:
                    copies = files.copy_tree(
                        source, partial, listing.data + listing.foreign, steps=self.steps
                    )
                except FileNotFoundError:  # taken away by another writer since it was listed
                    copies = {}
                compare(manifest, {path: copies[path] for path in listing.data if path in copies}, source)
        return self._in_place(partition, place, copied=True)

    @contextlib.contextmanager
    def _building(self, folder: Path) -> Iterator[Path]:
        """A folder under a temporary name that takes its real name when the block ends well."""
        partial = folder.with_name(f".{folder.name}.partial")
        if partial.is_dir():  # copies that a crash left unfinished
            shutil.rmtree(partial)
        files.make_folder(partial)
        yield partial
        self.steps("before:complete")
        os.rename(partial, folder)
        files.sync_folder(folder.parent)
        self.steps("after:complete")

    def _move_folder(self, source: Path, target: Path) -> None:
        """Moves a folder, across file systems as well; the target is complete before the source goes."""
        files.make_folder(target.parent)
        self.steps("before:move")
        try:
            os.rename(source, target)
            files.sync_folder(source.parent)
        except OSError as error:
            if target.is_dir() or not source.is_dir():
                raise
            listing = files.scan(source)
            if listing.odd:
                raise RollbackRefused(
                    f"{source} holds {len(listing.odd)} entries that are no regular files and cannot be "
                    f"copied to {target}. Move that folder by hand; nothing was deleted."
                ) from error
            with self._building(target) as partial:
                files.copy_tree(source, partial, listing.data + listing.foreign, steps=self.steps)
            shutil.rmtree(source)
        files.sync_folder(target.parent)
        self.steps("after:move")

    @contextlib.contextmanager
    def _locked(self, partition: Partition) -> Iterator[None]:
        """Keeps other dq processes from swapping the same partition; other writers do not know this lock."""
        import filelock

        name = hashlib.sha256(f"{self.table}\n{partition}".encode()).hexdigest()[:24]
        folder = self.root / "locks"
        files.make_folder(folder)
        with filelock.FileLock(str(folder / f"swap-{name}.lock")):
            yield


def new_load_id() -> str:
    """Sortable by time, unique by chance: `20130208T101112-1f3a5c7e`."""
    return f"{datetime.now(timezone.utc):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"


def compare(wanted: Manifest, found: dict[str, tuple[int, str]], place: Path) -> None:
    """Checks sizes and checksums of files against a manifest.

    Raises:
        RollbackConflict: they differ; says how many files, never their content.
    """
    expected = {entry.path: (entry.size, entry.checksum) for entry in wanted.files}
    if expected != found:
        changed = sum(1 for path in expected.keys() & found.keys() if expected[path] != found[path])
        raise RollbackConflict(
            f"{place} no longer holds the bytes of the manifest: {changed} of {len(expected)} files changed, "
            f"{len(expected.keys() - found.keys())} missing, {len(found.keys() - expected.keys())} new. "
            "Another writer was there; nothing of theirs was touched. Make a new plan."
        )


def same_sizes(folder: Path, entries: tuple[FileEntry, ...]) -> bool:
    """Whether a folder holds exactly these data files with these sizes; the content is not read."""
    if list(files.scan(folder).data) != sorted(entry.path for entry in entries):
        return False
    try:
        return all(os.path.getsize(folder / entry.path) == entry.size for entry in entries)
    except FileNotFoundError:
        return False
