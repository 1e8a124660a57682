"""Stretches of pinned objects in a temporary folder: each byte is asked of S3 once, however often it is read.

Readers ask for what they need and wait for it. What a plan will need is fetched ahead by several requests at
a time, in the order in which it will be read; a reader that gets there first fetches it itself, so that
nobody ever waits behind work that has not begun. Once the room on the disk is used up, reads go through
and nothing more is kept.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import threading
from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from dq.lake.s3.pinned import Pinned

PART = 4 << 20
"""Bytes that one request asks for at most: two requests of this size cost about as much as one of twice."""
_REQUESTS = 8
"""Requests at a time, besides those of readers. The parts under way are all that is held in memory."""
_SHARE_OF_DISK = 0.5
"""Of the free room of the folder's disk when the first byte is kept."""


@dataclass(eq=False)
class Stretch:
    """Bytes that are on disk, or will be once whoever has taken them is done.

    Attributes:
        start: place of the first byte in the object.
        end: place after the last.
        taken: whether somebody fetches it, or has.
        done: set once it is on disk, or could not be had.
        error: why it could not be had.
    """

    start: int
    end: int
    taken: bool = False
    done: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None

    def __lt__(self, other: Stretch) -> bool:
        return self.start < other.start


class Spool:
    """The stretches of all objects of one engine.

    Args:
        folder: where they are kept; made when it is needed.
        room: bytes that may be kept; None for half of what is free on the folder's disk.

    Attributes:
        kept: bytes on disk, or on their way there.
    """

    def __init__(self, folder: str, room: int | None = None) -> None:
        self.kept = 0
        self._folder, self._room = folder, room
        self._lock = threading.Lock()
        self._objects: dict[Pinned, Spooled] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._closed = False
        self._names = itertools.count()

    def of(self, one: Pinned) -> Spooled:
        """The stretches of one object."""
        with self._lock:
            if one not in self._objects:
                self._objects[one] = Spooled(self, one, os.path.join(self._folder, f"{next(self._names)}"))
            return self._objects[one]

    def ahead(self, wanted: Iterable[tuple[Pinned, int, int]]) -> None:
        """Begin to fetch `(object, start, end)` in the background, in order, as far as room goes."""
        for one, start, end in wanted:
            spooled = self.of(one)
            for stretch in spooled.claim(start, end):
                self.submit(spooled, stretch)

    def drop(self, one: Pinned) -> None:
        """Forget an object and give back its room."""
        with self._lock:
            spooled = self._objects.pop(one, None)
        if spooled is not None:
            self.release(spooled.drop())

    @property
    def room(self) -> int:
        """Bytes that may still be kept."""
        if self._room is None:
            os.makedirs(self._folder, exist_ok=True)
            self._room = int(shutil.disk_usage(self._folder).free * _SHARE_OF_DISK)
        return self._room - self.kept

    def reserve(self, size: int) -> bool:
        """Take room for some bytes; False when there is not enough."""
        with self._lock:
            if self._closed or size > self.room:
                return False
            self.kept += size
            return True

    def release(self, size: int) -> None:
        """Give back room that was taken."""
        with self._lock:
            self.kept -= size

    def submit(self, spooled: Spooled, stretch: Stretch) -> None:
        """Have a stretch fetched in the background, unless somebody has begun to."""
        if stretch.taken:
            return
        with self._lock:
            if self._closed:
                return
            if self._pool is None:
                self._pool = ThreadPoolExecutor(_REQUESTS, thread_name_prefix="dq-objects")
            self._pool.submit(spooled.fetch, stretch)

    def close(self) -> None:
        """Stop fetching and remove what was kept. A second call does nothing."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
        self._objects.clear()
        shutil.rmtree(self._folder, ignore_errors=True)


class Spooled:
    """The stretches of one object; none overlaps another. Safe for threads.

    Args:
        spool: where it belongs.
        one: the object.
        path: of the file that holds them, each at its own place; the rest of it is a hole.
    """

    def __init__(self, spool: Spool, one: Pinned, path: str) -> None:
        self._spool, self._one, self._path = spool, one, path
        self._lock = threading.Lock()
        self._stretches: list[Stretch] = []
        self._made = False

    def read(self, start: int, end: int) -> bytes:
        """Bytes of the object, from disk where they are there.

        Raises:
            DQError: as `Pinned.read`.
        """
        claimed = self.claim(start, end)
        for stretch in claimed[1:]:
            self._spool.submit(self, stretch)
        for stretch in claimed:
            self.fetch(stretch)
        pieces, at = [], start
        for stretch in claimed:
            pieces.append(self._one.read(at, stretch.start - at))
            at, last = max(at, stretch.start), min(end, stretch.end)
            pieces.append(self._kept(stretch, at, last))
            at = last
        pieces.append(self._one.read(at, end - at))
        return b"".join(pieces)

    def _kept(self, stretch: Stretch, start: int, end: int) -> bytes:
        stretch.done.wait()
        if stretch.error is not None and not isinstance(stretch.error, OSError):
            raise stretch.error
        with contextlib.suppress(OSError), self._opened() as file:
            body = os.pread(file, end - start, start)
            if stretch.error is None and len(body) == end - start:
                return body
        return self._one.read(start, end - start)  # the disk is full, or somebody has cleaned up

    def claim(self, start: int, end: int) -> list[Stretch]:
        """The stretches that hold `[start, end)`, in order. Gaps become new ones while there is room."""
        with self._lock:
            found = self._within(start, end)
            for first, last in _gaps(start, end, found):
                for at in range(first, last, PART):
                    stretch = Stretch(at, min(at + PART, last))
                    if self._spool.reserve(stretch.end - stretch.start):
                        insort(self._stretches, stretch)
            return self._within(start, end)

    def fetch(self, stretch: Stretch) -> None:
        """Bring a stretch to disk, unless somebody has begun to. What goes wrong is kept for its readers."""
        with self._lock:
            if stretch.taken:
                return
            stretch.taken = True
        try:
            body = self._one.read(stretch.start, stretch.end - stretch.start)
            with self._opened() as file:
                _write(file, body, stretch.start)
        except BaseException as error:  # noqa: BLE001 - it is raised where the bytes are needed
            stretch.error = error
            with self._lock:
                known = stretch in self._stretches
                if known:
                    self._stretches.remove(stretch)  # whoever asks later may have more luck
            if known:
                self._spool.release(stretch.end - stretch.start)
        finally:
            stretch.done.set()

    def _within(self, start: int, end: int) -> list[Stretch]:
        first = max(bisect_right(self._stretches, start, key=lambda one: one.start) - 1, 0)
        found = []
        for stretch in self._stretches[first:]:
            if stretch.start >= end:
                break
            if stretch.end > start:
                found.append(stretch)
        return found

    @contextlib.contextmanager
    def _opened(self) -> Iterator[int]:
        """The file; it is not kept open, for there may be more objects than a process may have files."""
        with self._lock:
            if not self._made:
                os.makedirs(os.path.dirname(self._path), exist_ok=True)
                os.close(os.open(self._path, os.O_CREAT | os.O_EXCL, 0o600))
                self._made = True
        file = os.open(self._path, os.O_RDWR)  # never made anew: what was in it would read as zeros
        try:
            yield file
        finally:
            os.close(file)

    def drop(self) -> int:
        """Remove what is on disk and begin no more. Returns the room that this gives back, in bytes."""
        with self._lock:
            gone, self._stretches = self._stretches, []
            for stretch in gone:
                if not stretch.taken:
                    stretch.taken = True
                    stretch.error = OSError("no longer wanted")
                    stretch.done.set()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)
        return sum(stretch.end - stretch.start for stretch in gone)


def _write(file: int, body: bytes, at: int) -> None:
    """All of it: a full disk may take a part, and only the next call says so."""
    rest = memoryview(body)
    while rest:
        written = os.pwrite(file, rest, at)
        rest, at = rest[written:], at + written


def _gaps(start: int, end: int, found: Iterable[Stretch]) -> Iterator[tuple[int, int]]:
    """What of `[start, end)` no stretch holds."""
    at = start
    for stretch in found:
        if stretch.start > at:
            yield at, stretch.start
        at = max(at, stretch.end)
    if at < end:
        yield at, end
