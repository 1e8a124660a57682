"""Layout `local-pointer`: a partition is a symbolic link to an immutable load.

`flights/date=X` links to `../.flights.loads/date=X/<load-id>`. The real path keeps its `date=X` component, so
engines that read it still find the partition column. Readers that resolve the link once see one whole load,
whatever happens meanwhile. A rollback copies nothing: it points back to a load that is still there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from dq.errors import RollbackConflict, RollbackRefused
from dq.lake.layout import Load, Promise, Quarantined
from dq.lake.local import files
from dq.lake.local.base import LocalLayout, compare, same_sizes
from dq.lake.local.entry import move_new, swap_entry
from dq.lake.manifest import Manifest, Partition

_PLAIN = "folder:"


class LocalPointer(LocalLayout):
    """Immutable load folders behind one link per partition."""

    name = "local-pointer"
    _read_only = True

    @property
    def promise(self) -> Promise:
        """What this layout promises."""
        return Promise(
            atomicity="Atomic per partition: one rename of a symbolic link.",
            visibility=(
                "The partition's link points to another load. A reader that resolves the link once sees one "
                "whole load; a reader that lists by the link and then opens by the link may see two."
            ),
            guards=(
                "The link is exchanged and the displaced link compared with the expected one; "
                "if it differs, it is put back.",
                "The bytes of the target load are hashed before the link moves.",
            ),
            windows=(
                "Where the file system lacks RENAME_EXCHANGE, the name is missing between two renames.",
                "Load files are read-only, but a process that may override that can still write into a load; "
                "the next hash notices it.",
            ),
        )

    def current(self, partition: Partition) -> str | None:
        """Load id and identity of the link; `folder:...` for a plain folder; None when there is nothing."""
        return self._token(self._path(partition))

    def shows(self, partition: Partition, load: Load) -> bool:
        """Whether the partition's link points to this load."""
        path = self._path(partition)
        return path.is_symlink() and self._folder(partition) == Path(os.path.realpath(self._home(load)))

    def swap(self, partition: Partition, expected: str | None, load: Load | None) -> None:
        """Points the partition to a load, or takes the link away.

        Raises:
            RollbackConflict: readers see neither the expected state nor the load.
            RollbackRefused: the load is gone.
        """
        with self._locked(partition):
            path = self._path(partition)
            if self.shows(partition, load) if load else not os.path.lexists(path):
                return
            incoming = None
            files.make_folder(path.parent)
            files.make_folder(self._loads(partition))
            if load:
                incoming = self._link(path, load)
            expects = None if expected is None else lambda entry: self._token(entry) == expected
            swap_entry(path, incoming, self._aside(partition, expected), expects, self.steps)

    def settle(
        self, partition: Partition, expected: str | None, load: Load | None, safe: frozenset[str], name: str
    ) -> str | None:
        """Removes the displaced link. A displaced plain folder stays among the loads, whole.

        Returns:
            Where a displaced plain folder is now, if there was one.
        """
        home = self._loads(partition)
        left = None
        for place in (self._aside(partition, expected), *([self._parked(load)] if load else [])):
            if place.is_symlink():
                self.steps("before:unlink")
                place.unlink()
                files.sync_folder(place.parent)
                self.steps("after:unlink")
            elif place.is_dir():
                left = home / f"plain-{name}"
                move_new(place, left)
        return str(left) if left else None

    def keep(self, manifest: Manifest) -> str:
        """A load is immutable: nothing is copied, its bytes are hashed. A plain folder is copied to a load.

        Raises:
            RollbackConflict: the load no longer holds those bytes.
        """
        folder = self._load_folder(manifest)
        if folder is None:
            load = self.stage(manifest.partition, manifest.location, f"kept-{manifest.digest[7:23]}")
            folder = Path(load.manifest.location)
        found = files.manifest_of(manifest.partition, folder)
        compare(manifest, {entry.path: (entry.size, entry.checksum) for entry in found.files}, folder)
        return str(folder)

    def kept(self, manifest: Manifest) -> str | None:
        """The load's folder, when it still has the same files of the same sizes."""
        folder = self._load_folder(manifest)
        return str(folder) if folder is not None and same_sizes(folder, manifest.files) else None

    def prepare(self, manifest: Manifest, load_id: str) -> Load:
        """The load that holds these bytes, hashed again; copied only from a quarantined plain folder.

        Raises:
            RollbackRefused: no load holds these bytes any more.
        """
        folder = self._load_folder(manifest)
        if folder is None and Path(manifest.location).is_dir() and manifest.files:
            folder = Path(self.stage(manifest.partition, manifest.location, load_id).manifest.location)
        if folder is not None:
            found = files.manifest_of(manifest.partition, folder)
            if found.same_bytes(manifest):
                return Load(folder.name, manifest.partition, found)
        raise RollbackRefused(
            f"The load of the target manifest of partition {manifest.partition} is "
            f"{'missing' if folder is None else 'changed'}: expected {len(manifest.files)} files at "
            f"{manifest.location}. Readers' sight was not changed."
        )

    def quarantine(self, partition: Partition, manifest: Manifest, name: str) -> Quarantined:
        """A load stays where it is and is only named; a plain folder is copied.

        Raises:
            RollbackConflict: readers no longer see those bytes.
        """
        folder = self._folder(partition)
        if not self._is_load(folder, partition):
            return self._copy_out(partition, manifest, name)
        kept = self._in_place(partition, folder, copied=False)
        if not kept.manifest.same_bytes(manifest):
            raise RollbackConflict(
                f"Partition {partition} of {self.table} changed since the plan was made. "
                "Nothing was touched. Make a new plan."
            )
        return kept

    def quarantine_load(self, load: Load, name: str) -> Quarantined:
        """A refused load stays among the loads, where no reader looks; nothing is moved.

        Raises:
            RollbackRefused: the load is gone.
        """
        folder = self._home(load)
        if not folder.is_dir():
            return super().quarantine_load(load, name)
        return self._in_place(load.partition, folder, copied=False)

    def _token(self, entry: Path) -> str | None:
        try:
            stat, target = entry.lstat(), os.readlink(entry)
        except FileNotFoundError:
            return None
        except OSError:  # not a link
            return f"{_PLAIN}{files.fingerprint(entry)}"
        return f"{Path(target).name}@{stat.st_mtime_ns:x}-{stat.st_ino:x}"

    def _home(self, load: Load) -> Path:
        return self._loads(load.partition) / load.id

    def _is_load(self, folder: Path, partition: Partition) -> bool:
        return folder.parent == Path(os.path.realpath(self._loads(partition)))

    def _load_folder(self, manifest: Manifest) -> Path | None:
        """The load that a manifest was taken of, found again even if the whole lake was moved."""
        folder = self._loads(manifest.partition) / Path(manifest.location).name
        kept = self._loads(manifest.partition) / f"kept-{manifest.digest[7:23]}"
        return next((place for place in (folder, kept) if place.is_dir()), None)

    def _parked(self, load: Load) -> Path:
        return self._loads(load.partition) / f".link-{load.id}"

    def _aside(self, partition: Partition, expected: str | None) -> Path:
        return self._loads(partition) / f".was-{hashlib.sha256(str(expected).encode()).hexdigest()[:16]}"

    def _link(self, path: Path, load: Load) -> Path:
        """A new link to the load, ready under a private name; its target is right for its final place."""
        home = self._home(load)
        if not home.is_dir():
            raise RollbackRefused(f"Load {load.id} is not at {home}; readers' sight was not changed.")
        parked = self._parked(load)
        self.steps("before:link")
        if parked.is_symlink():
            parked.unlink()
        elif parked.is_dir():  # a plain folder displaced by an earlier, conflicting swap
            shutil.move(str(parked), str(parked.with_name(f"plain-{os.urandom(4).hex()}")))
        os.symlink(os.path.relpath(home, path.parent), parked)
        files.sync_folder(parked.parent)
        self.steps("after:link")
        return parked
