"""Small documents with compare-and-swap: what the journal stands on.

The journal needs four calls and nothing else, so that another storage (an object store with conditional
writes) is one more class with these four methods.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from dq.errors import StoreError
from dq.lake.layout import Steps, no_steps
from dq.lake.local import files


class Stale(Exception):  # noqa: N818 - it says what the document is
    """The document is not the one that the caller has read; read it again."""


class Documents(Protocol):
    """Named text documents, each replaced only by a writer who has seen its present text."""

    def read(self, key: str) -> str | None:
        """The document's text; None when there is none."""

    def create(self, key: str, text: str) -> None:
        """Writes a new document.

        Raises:
            Stale: there is one already.
        """

    def replace(self, key: str, old: str, new: str) -> None:
        """Writes `new` where `old` is.

        Raises:
            Stale: the present text is not `old`.
        """

    def list(self, prefix: str) -> tuple[str, ...]:
        """Keys that begin with a prefix ending in `/`, sorted."""

    def read_all(self, keys: Sequence[str]) -> Sequence[str | None]:
        """The texts of many documents, in the order of the keys."""


class LocalDocuments:
    """Documents as files below a folder, under a file lock per document.

    Args:
        root: the store's folder.
        steps: hook around every durable write.
    """

    def __init__(self, root: str | Path, *, steps: Steps = no_steps) -> None:
        self.root = Path(os.path.abspath(root))
        self._steps = steps

    def read(self, key: str) -> str | None:
        """The document's text; None when there is none. A reader never sees half a document."""
        try:
            return self._path(key).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def create(self, key: str, text: str) -> None:
        """Writes a new document durably.

        Raises:
            Stale: there is one already.
        """
        self._write(key, None, text)

    def replace(self, key: str, old: str, new: str) -> None:
        """Writes `new` durably where `old` is.

        Raises:
            Stale: the present text is not `old`.
        """
        self._write(key, old, new)

    def list(self, prefix: str) -> tuple[str, ...]:
        """Keys of all `.json` documents that begin with a prefix ending in `/`, sorted."""
        base = self.root / prefix
        return tuple(sorted(path.relative_to(self.root).as_posix() for path in base.rglob("[!.]*.json")))

    def read_all(self, keys: Sequence[str]) -> Sequence[str | None]:
        """The texts of many documents, in the order of the keys."""
        return tuple(self.read(key) for key in keys)

    def _write(self, key: str, old: str | None, new: str) -> None:
        with self._locked(key):
            if self.read(key) != old:
                raise Stale(key)
            files.write_text(self._path(key), new, self._steps)

    def _path(self, key: str) -> Path:
        path = self.root / key
        if ".." in path.parts:
            raise StoreError(f"Document name {key!r} leaves the store; expected a name below {self.root}.")
        return path

    @contextmanager
    def _locked(self, key: str) -> Iterator[None]:
        import filelock

        folder = self.root / "locks"
        files.make_folder(folder)
        with filelock.FileLock(str(folder / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.lock")):
            yield
