"""A small table on disk with a good and a bad state, and ways to stop the world in the middle of a change."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

from dq.lake.layout import Layout, Load, Steps, no_steps
from dq.lake.local.folder import LocalFolder
from dq.lake.local.pointer import LocalPointer
from dq.lake.manifest import Manifest, Partition
from dq.rollback.documents import LocalDocuments
from dq.rollback.journal import Journal
from dq.rollback.planning import RollbackPlan, plan_rollback

DATASET = "lake/flights"
DAY = Partition.of({"date": "2013-02-08"})
GOOD = {"part-0.csv": b"good 0", "part-1.csv": b"good 1", "_SUCCESS": b""}
BAD = {"part-0.csv": b"bad, overwritten", "part-9.csv": b"bad, extra", ".part-9.csv.crc": b"crc"}
OTHER = {"part-0.csv": b"another writer", "part-5.csv": b"another file"}
LAYOUTS = ("local-pointer", "local-folder", "local-folder-two-renames")


class Crash(BaseException):
    """The process ends here. Not an `Exception`, so that no handler tidies up after it."""


class CrashAt:
    """Stops the world at the n-th durable action and lets nothing more happen."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.seen = 0
        self.name = ""
        self._lock = threading.Lock()

    def __call__(self, name: str) -> None:
        with self._lock:
            self.seen += 1
            if self.seen == self.at:
                self.name = name
            if self.seen >= self.at:
                raise Crash(f"{self.seen}:{name}")


class At:
    """Does something just once, when a named step is reached."""

    def __init__(self, name: str, action: object) -> None:
        self.name = name
        self.action = action
        self.done = False

    def __call__(self, name: str) -> None:
        if name == self.name and not self.done:
            self.done = True
            assert callable(self.action)
            self.action()


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2013, 2, 9, 6, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def skip(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class AnyWorld(ABC):
    """What worlds on every storage do in the same way."""

    folder: Path
    partition: Partition
    clock: Clock

    @abstractmethod
    def layout(self, steps: Steps = no_steps) -> Layout:
        """Of the table, as a new process would find it."""

    @abstractmethod
    def write(self, content: dict[str, bytes]) -> Manifest:
        """What a job does in place."""

    def staged(self, content: dict[str, bytes], name: str = "staged") -> Path:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for path, data in content.items():
            (folder / path).write_bytes(data)
        return folder

    def bad_after_good(self) -> Manifest:
        """Good bytes, validated and kept, then bad ones. Answers the good manifest."""
        good = self.write(GOOD)
        self.layout().keep(good)
        self.write(BAD)
        return good

    def plan(self, good: Manifest | None) -> RollbackPlan:
        return plan_rollback(
            self.layout(),
            DATASET,
            self.partition,
            good,
            reason="amount",
            failed=("amount-between",),
            now=self.clock(),
        )

    def stage(self, content: dict[str, bytes]) -> Load:
        return self.layout().stage(self.partition, self.staged(content))


class World(AnyWorld):
    """One table, one store, one clock; layouts and journals are made anew as a new process would."""

    def __init__(self, folder: Path, kind: str, partition: Partition = DAY) -> None:
        self.folder = folder
        self.kind = kind
        self.partition = partition
        self.table = folder / "lake" / "flights"
        self.root = folder / ".dq"
        self.clock = Clock()

    def layout(self, steps: Steps = no_steps) -> Layout:
        if self.kind == "local-pointer":
            return LocalPointer(self.table, self.root, steps=steps)
        exchange = self.kind == "local-folder"
        return LocalFolder(self.table, self.root, steps=steps, exchange=exchange)

    def journal(self, steps: Steps = no_steps) -> Journal:
        return Journal(LocalDocuments(self.root, steps=steps), clock=self.clock)

    @property
    def path(self) -> Path:
        return self.table.joinpath(*(f"{column}={value}" for column, value in self.partition.values))

    def loads(self) -> Path:
        return self.table.parent / f".{self.table.name}.loads"

    def write(self, content: dict[str, bytes]) -> Manifest:
        """What a user's job does: a new load behind the pointer, or files overwritten in place."""
        layout = self.layout()
        if self.kind == "local-pointer":
            load = layout.stage(self.partition, self.staged(content))
            layout.swap(self.partition, layout.current(self.partition), load)
        else:
            self.path.mkdir(parents=True, exist_ok=True)
            for old in self.path.iterdir():
                old.unlink()
            for path, data in content.items():
                (self.path / path).write_bytes(data)
        return layout.manifest(self.partition)

    def visible(self) -> dict[str, bytes]:
        """All files that are there for readers, foreign ones too."""
        return read_tree(self.path)

    def kept_bytes(self) -> set[bytes]:
        """Every content that exists anywhere: visible, in loads, kept or in quarantine."""
        return {data for folder in (self.table.parent, self.root) for data in read_tree(folder).values()}


def data_of(content: dict[str, bytes]) -> dict[str, bytes]:
    """Without foreign files."""
    return {path: data for path, data in content.items() if not path.startswith((".", "_"))}


def read_tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in _files(folder)}


def _files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            yield from _files(entry)
        elif entry.is_file():
            yield entry
