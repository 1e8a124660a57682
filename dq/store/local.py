"""A store in a folder of the local file system. What its files are is said in `dq.store.files`."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

from dq.errors import StoreError
from dq.store import exclusive
from dq.store.files import FileStore
from dq.store.reading import why


class LocalShelf:
    """Files below a folder; implements `dq.store.shelf.Shelf`. Hidden ones are passed over.

    Args:
        root: the folder, made on the first write.
        steps: called before every durable action; for tests.
    """

    def __init__(self, root: Path, steps: exclusive.Steps = exclusive.no_steps) -> None:
        self.root = root
        self._steps = steps

    @property
    def address(self) -> str:
        """The folder."""
        return str(self.root)

    @property
    def width(self) -> int:
        """One: reading a file costs next to nothing."""
        return 1

    def now(self) -> dt.datetime:
        """This machine's clock; UTC."""
        return dt.datetime.now(dt.timezone.utc)

    def place(self, name: str) -> str:
        """The path of a file."""
        return str(self.root / name)

    def folders(self, folder: str) -> list[str]:
        """Names of the folders in a folder, sorted; empty when it is not there.

        Raises:
            StoreError: it cannot be listed.
        """
        return sorted(entry.name for entry in _entries(self.root / folder) if entry.is_dir())

    def names(self, folder: str, beginning: str = "", after: str = "", until: str = "") -> Iterator[str]:
        """Names of the files in a folder and below it, sorted. See `Shelf.names`."""
        found = _below(self.root / folder, "")
        return iter(
            sorted(n for n in found if n.startswith(beginning) and n > after and (not until or n < until))
        )

    def read(self, name: str) -> bytes:
        """The bytes of a file.

        Raises:
            OSError: it is not there, or cannot be read.
        """
        return (self.root / name).read_bytes()

    def create(self, name: str, content: bytes) -> bool:
        """Creates a file exclusively and whole. See `dq.store.exclusive.create`."""
        return exclusive.create(self.root / name, content, self._steps)

    def sweep(self, folder: str) -> int:
        """Removes old temporary files of a folder; how many."""
        return exclusive.sweep(self.root / folder)


class LocalStore(FileStore):
    """Runs, events and notes in a folder.

    Args:
        root: the store's folder, made on the first write. Reading a store that is not there finds nothing.
        steps: called before every durable action; for tests.

    Raises:
        StoreError: the path is a file.
    """

    def __init__(self, root: str | os.PathLike[str], steps: exclusive.Steps = exclusive.no_steps) -> None:
        self.root = Path(root)
        if self.root.exists() and not self.root.is_dir():
            raise StoreError(f"{self.root} is a file; expected the folder of a store.")
        super().__init__(LocalShelf(self.root, steps))

    @property
    def beside(self) -> Path:
        """The store's own folder: it lies in its project."""
        return self.root

    def folder(self, project: Path) -> Path:
        """The store's own folder."""
        return self.root


def _below(folder: Path, prefix: str) -> Iterator[str]:
    for entry in _entries(folder):
        if entry.is_dir():
            yield from _below(folder / entry.name, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}"


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not entry.name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreError(
            f"{folder}: cannot be listed: {why(error)}. Expected a folder of the store."
        ) from error
