"""Objects on S3 as DuckDB's own readers see them: a file system that knows pinned objects and nothing else.

DuckDB names a file and asks for stretches of it; a stretch is read from the object in the state in which it
was pinned (`dq.lake.s3.pinned`), by way of the spool. Nothing is listed, and no other object can be read.
Within one engine a name always means the same bytes: where two states of one object are read side by side,
the later one is called `s3://bucket@version/key`.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from fsspec import AbstractFileSystem

from dq.aws.address import Address
from dq.engines.spool import Spool
from dq.lake.s3.pinned import Pinned, pinned
from dq.lake.source import FileSource

_LONG_AGO = dt.datetime(2000, 1, 1)
"""When every object was written, as DuckDB is told: pinned bytes never change, so footers stay valid."""


class Objects(AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """The file system of one engine.

    Args:
        spool: through which everything is read.
    """

    protocol = "s3"
    cachable = False

    def __init__(self, spool: Spool) -> None:
        super().__init__()
        self.spool = spool
        self._known: dict[str, Pinned] = {}
        self._trouble: BaseException | None = None

    def offer(self, source: FileSource) -> FileSource:
        """Make the objects of a source readable.

        Returns:
            The source, with names under which DuckDB finds exactly these objects.

        Raises:
            DataError: an object is not pinned.
        """
        found = {self._name(file, one): one for file, one in pinned(source).items()}
        self._known.update(found)
        return replace(source, files=tuple(found))

    def _name(self, file: str, one: Pinned) -> str:
        if self._known.get(file, one) == one:
            return file
        # In front of the key, whose ending and folders mean something to DuckDB.
        return str(Address(f"{one.at.bucket}@{one.version or one.etag}", one.at.key))

    def forget(self, source: FileSource) -> None:
        """Drop what was fetched of a source that is read no more. Its names keep their meaning."""
        for file in source.files:
            if file in self._known:
                self.spool.drop(self._known[file])

    def named(self, file: str) -> Pinned:
        """The object that DuckDB knows by a name."""
        return self._known[file]

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Around a query: what went wrong below DuckDB is raised as it was, not as DuckDB retells it."""
        self._trouble = None
        try:
            yield
        finally:
            trouble, self._trouble = self._trouble, None
            if trouble is not None:
                raise trouble

    def failed(self, error: BaseException) -> None:
        """Remember what went wrong first."""
        if self._trouble is None:
            self._trouble = error

    # --- what DuckDB asks of a file system ---

    def open(self, path: str, mode: str = "rb", **options: Any) -> Handle:
        """An object, for reading."""
        if mode != "rb" or path not in self._known:
            raise FileNotFoundError(f"{path}: no object of this run")
        return Handle(self, self._known[path])

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        """Size and kind."""
        if path not in self._known:
            raise FileNotFoundError(f"{path}: no object of this run")
        return {"name": path, "size": self._known[path].size, "type": "file"}

    def exists(self, path: str, **options: Any) -> bool:
        """Whether an object of that name is known."""
        return path in self._known

    def isfile(self, path: str) -> bool:
        """As `exists`."""
        return path in self._known

    def isdir(self, path: str) -> bool:
        """Never."""
        return False

    def glob(self, path: str, **options: Any) -> list[str]:
        """The object of exactly that name; a name may hold what elsewhere would be a pattern."""
        return [path] if path in self._known else []

    def modified(self, path: str) -> dt.datetime:
        """Always the same."""
        return _LONG_AGO


class Handle:
    """An open object.

    DuckDB moves and reads by two calls, and from 2.0 on it shares a handle among threads. A thread therefore
    reads where it has moved itself, whatever others do. One that did not move, as in a stream that is handed
    from thread to thread, reads on where the last read ended; moves before that are over then.

    Args:
        objects: the file system.
        one: the object.
    """

    def __init__(self, objects: Objects, one: Pinned) -> None:
        self._objects, self._one = objects, one
        self._at = 0
        self._moved: dict[int, int] = {}

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to a place."""
        base = {0: 0, 1: self.tell(), 2: self._one.size}[whence]
        self._moved[threading.get_ident()] = self._at = base + offset
        return base + offset

    def tell(self) -> int:
        """The present place."""
        return self._moved.get(threading.get_ident(), self._at)

    def seekable(self) -> bool:
        """Always."""
        return True

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes; fewer only at the end of the object."""
        start = self._moved.pop(threading.get_ident(), -1)
        if start < 0:
            start = self._at
            self._moved.clear()
        end = self._one.size if size < 0 else min(start + size, self._one.size)
        try:
            body = self._read(start, end)
        except BaseException as error:
            self._objects.failed(error)
            raise
        self._at = max(start, end)
        return body

    def _read(self, start: int, end: int) -> bytes:
        one, tail = self._one, self._one.tail
        if start >= end:
            return b""
        if tail is None or end <= tail.start:
            return self._objects.spool.of(one).read(start, end)
        known = tail.body[max(start - tail.start, 0) : end - tail.start]
        if start >= tail.start:
            return known
        return self._objects.spool.of(one).read(start, tail.start) + known

    def close(self) -> None:
        """Nothing to give back."""
