"""The kept bytes of validated partitions: `kept/objects/<sha256>` and one record per manifest.

Content-addressed, so that a file that stays the same from day to day is kept once.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path

from dq.errors import RollbackConflict
from dq.lake.layout import Steps, no_steps
from dq.lake.local import files
from dq.lake.manifest import FileEntry, Manifest


class KeptPool:
    """Kept bytes below a store's folder.

    Args:
        root: the store's folder.
        steps: hook around every durable action.
    """

    def __init__(self, root: Path, steps: Steps = no_steps) -> None:
        self._folder = root / "kept"
        self._steps = steps

    def keep(self, manifest: Manifest, folder: Path) -> Path:
        """Copies the files of a manifest, and the foreign files beside them, from a folder.

        Returns:
            The record that names them.

        Raises:
            RollbackConflict: the folder no longer holds the manifest's bytes.
        """
        listing = files.scan(folder)
        if list(listing.data) != [entry.path for entry in manifest.files]:
            raise _moved(folder)
        foreign = files.describe(folder, listing.foreign, rows=False)
        files.in_pool(lambda entry: self._keep_file(folder, entry), [*manifest.files, *foreign])
        record = {
            "format": 1,
            "manifest": manifest.to_dict(),
            "foreign": [[entry.path, entry.size, entry.checksum] for entry in foreign],
        }
        path = self._record(manifest)
        files.write_text(path, json.dumps(record, indent=1, sort_keys=True), self._steps)
        return path

    def find(self, manifest: Manifest) -> Path | None:
        """The record of a manifest whose files are all here with the right size; else None."""
        if self.foreign(manifest) is None or not all(self.has(entry) for entry in manifest.files):
            return None
        return self._record(manifest)

    def foreign(self, manifest: Manifest) -> tuple[FileEntry, ...] | None:
        """The foreign files that were kept with a manifest; None when it was never kept."""
        try:
            record = json.loads(self._record(manifest).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return tuple(FileEntry(path, size, checksum) for path, size, checksum in record["foreign"])

    def has(self, entry: FileEntry) -> bool:
        """Whether a file's content is here, by name and size."""
        try:
            return self.object(entry.checksum).stat().st_size == entry.size
        except FileNotFoundError:
            return False

    def object(self, checksum: str) -> Path:
        """Where content of this checksum is kept, if it is."""
        digest = checksum.partition(":")[2]
        return self._folder / "objects" / digest[:2] / digest

    def _keep_file(self, folder: Path, entry: FileEntry) -> None:
        if self.has(entry):
            return
        target = self.object(entry.checksum)
        files.make_folder(target.parent)
        try:
            found = files.copy_file(folder / entry.path, target, read_only=True, steps=self._steps)
        except FileNotFoundError:
            raise _moved(folder) from None
        if found != (entry.size, entry.checksum):
            with contextlib.suppress(FileNotFoundError):  # the name would claim what the bytes are not
                target.unlink()
            raise _moved(folder)

    def _record(self, manifest: Manifest) -> Path:
        key = hashlib.sha256(f"{manifest.partition}\n{manifest.digest}".encode()).hexdigest()[:32]
        return self._folder / "manifests" / f"{key}.json"


def _moved(folder: Path) -> RollbackConflict:
    return RollbackConflict(
        f"{folder} changed since it was validated, so those bytes cannot be kept any more. "
        "Validate it again; only what was validated can be a rollback's target."
    )
