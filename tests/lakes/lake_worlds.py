"""One small table on every layout, seen from outside: by a job that writes it and a reader that reads it.

A *state* is what a partition holds: file name to rows. Scenarios are written against `World` alone. What they
hold dq to is that no row that was ever written is lost: it is found somewhere, whatever happened.
"""

from __future__ import annotations

import abc
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

from faults import Faults

from dq.lake.layout import Layout, Load
from dq.lake.local.folder import LocalFolder
from dq.lake.local.pointer import LocalPointer
from dq.lake.manifest import Manifest, Partition
from dq.rollback import quarantine
from dq.rollback.documents import Documents, LocalDocuments
from dq.rollback.journal import Journal
from dq.rollback.planning import RollbackPlan, plan_rollback

State = Mapping[str, tuple[str, ...]]

DATASET = "lake/flights"
DAY = Partition.of({"date": "2013-02-08"})
GOOD: State = {"part-0": ("good 0", "good 1"), "part-1": ("good 2",), "part-2": ("good 3",)}
BAD: State = {"part-0": ("bad, overwritten",), "part-2": ("good 3",), "part-9": ("bad, extra",)}
OTHER: State = {"part-0": ("of another writer",), "part-5": ("of another writer too",)}
BETTER: State = {"part-0": ("better 0",), "part-7": ("better 1", "better 2")}
NOTHING: State = {}


def rows(state: State) -> tuple[str, ...]:
    """What a reader of this state reads, sorted; a row that is there twice is told twice."""
    return tuple(sorted(row for file in state.values() for row in file))


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime.now(timezone.utc)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def skip(self, seconds: float) -> None:
        """Later, as after a break; longer than a lease lasts where it is to have ended."""
        self.now += timedelta(seconds=seconds)


class World(abc.ABC):
    """One table, one journal, one clock. Layouts and journals are made anew, as by a new process.

    Attributes:
        folder: of this world alone, for whatever lies on disk.
        clock: the journal's.
        written: every row that any job has written.
    """

    kind: str
    atomic: bool
    """Whether a reader sees one whole state at any moment."""
    lists_truly: bool = True
    """Whether a folder whose last file is hidden is left out of a listing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock()
        self.written: set[str] = set()
        self.faults = Faults()

    # What differs from layout to layout.

    @abc.abstractmethod
    def layout(self) -> Layout:
        """A new one, whose durable actions and requests pass `faults`."""

    @abc.abstractmethod
    def documents(self) -> Documents:
        """Where the journal lies; their writes and requests pass `faults`."""

    @abc.abstractmethod
    def put(self, state: State) -> None:
        """What a job does that knows nothing of dq: afterwards readers see this state. Passes no `faults`."""

    @abc.abstractmethod
    def read(self) -> tuple[str, ...]:
        """Rows that a reader sees now, sorted; none when there is no such partition. Passes no `faults`."""

    @abc.abstractmethod
    def rows_anywhere(self) -> set[str]:
        """Every row that is found anywhere: visible, superseded, kept, in quarantine, in loads."""

    @abc.abstractmethod
    def rows_of(self, manifest: Manifest) -> tuple[str, ...]:
        """Rows of the files that a manifest names, sorted."""

    def is_remote(self) -> bool:
        """Whether requests go over a network, so that they can be lost on it."""
        return False

    # What is the same on all.

    def journal(self) -> Journal:
        """A new one, on this world's clock."""
        return Journal(self.documents(), clock=self.clock)

    def write(self, state: State) -> Manifest:
        """A job writes; answers what readers see."""
        self.written |= set(rows(state))
        self.put(state)
        return self.layout().manifest(DAY)

    def bad_after_good(self) -> Manifest:
        """Good rows, validated and kept, then bad ones. Answers the good manifest."""
        good = self.write(GOOD)
        self.layout().keep(good)
        self.write(BAD)
        return good

    def plan(self, good: Manifest | None) -> RollbackPlan:
        """A rollback to these bytes, or out of sight."""
        return plan_rollback(
            self.layout(), DATASET, DAY, good, reason="amount", failed=("amount",), now=self.clock()
        )

    def staged(self, state: State) -> Path:
        """A local folder with the files of a state, as a job leaves it for publishing."""
        number = sum(1 for _ in self.folder.glob("staged-*"))
        folder = self.folder / f"staged-{number}"
        folder.mkdir()
        for name, data in self.encoded(state).items():
            (folder / name).write_bytes(data)
        return folder

    def stage(self, state: State) -> Load:
        """A load that no reader sees yet."""
        self.written |= set(rows(state))
        return self.layout().stage(DAY, self.staged(state))

    def quarantined(self, name: str) -> tuple[str, ...]:
        """Rows in a quarantine."""
        return self.rows_of(quarantine.read_entry(self.journal().documents, name).bytes.manifest)

    def lost(self) -> set[str]:
        """Rows that were written once and are found nowhere."""
        return self.written - self.rows_anywhere()

    def encoded(self, state: State) -> dict[str, bytes]:
        """File name to bytes; CSV unless the layout knows only another format."""
        return {f"{name}.csv": "".join(f"{row}\n" for row in file).encode() for name, file in state.items()}


def decoded(data: bytes) -> tuple[str, ...]:
    """Rows of a file that some world has written; what is no such file has lines all the same."""
    if data[:4] == b"PAR1":
        import pyarrow.parquet as pq

        return tuple(pq.read_table(io.BytesIO(data), partitioning=None).column("row").to_pylist())
    return tuple(data.decode(errors="replace").splitlines())


def parquet(file: tuple[str, ...]) -> bytes:
    """Rows as a Parquet file with one column."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.table({"row": pa.array(file, pa.string())}), out)
    return out.getvalue()


class LocalWorld(World):
    """A folder on disk, and a journal on disk."""

    @property
    def table(self) -> Path:
        """The table's folder."""
        return self.folder / "lake" / "flights"

    @property
    def root(self) -> Path:
        """The store's folder."""
        return self.folder / ".dq"

    @property
    def place(self) -> Path:
        """Where readers look."""
        return self.table / "date=2013-02-08"

    def documents(self) -> Documents:
        """Files."""
        return LocalDocuments(self.root, steps=lambda step: self.faults(step))

    def read(self) -> tuple[str, ...]:
        """By path, as any engine does."""
        return tuple(sorted(row for data in files_below(self.place) for row in decoded(data)))

    def rows_anywhere(self) -> set[str]:
        """In every file."""
        places = (self.table.parent, self.root)
        return {row for place in places for data in files_below(place) for row in decoded(data)}

    def rows_of(self, manifest: Manifest) -> tuple[str, ...]:
        """By path."""
        return tuple(sorted(row for path in manifest.paths for row in decoded(Path(path).read_bytes())))


class FolderWorld(LocalWorld):
    """Plain folders, overwritten in place."""

    kind = "local-folder"
    atomic = False

    def layout(self) -> Layout:
        """As `dq` finds it for such a table."""
        return LocalFolder(self.table, self.root, steps=lambda step: self.faults(step))

    def put(self, state: State) -> None:
        """Takes the old files away and writes the new ones. What a job destroys itself, dq need not have."""
        self.place.mkdir(parents=True, exist_ok=True)
        gone = set(self.read())
        for old in self.place.iterdir():
            old.unlink()
        for name, data in self.encoded(state).items():
            (self.place / name).write_bytes(data)
        self.written -= gone - self.rows_anywhere()


class PointerWorld(LocalWorld):
    """Links to loads."""

    kind = "local-pointer"
    atomic = True

    def layout(self) -> Layout:
        """As `dq` finds it for such a table."""
        return LocalPointer(self.table, self.root, steps=lambda step: self.faults(step))

    def put(self, state: State) -> None:
        """A load of its own, and the link put to it without asking anybody."""
        load = LocalPointer(self.table, self.root).stage(DAY, self.staged(state))
        self.table.mkdir(parents=True, exist_ok=True)
        new = self.table / f".new-{load.id}"
        new.symlink_to(Path("..") / Path(load.manifest.location).relative_to(self.table.parent))
        new.replace(self.place)


def files_below(folder: Path) -> Iterator[bytes]:
    """Every regular file, links followed."""
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from files_below(entry)
        elif entry.is_file():
            yield entry.read_bytes()


Make = Callable[[Path], World]

LOCAL: dict[str, Make] = {"local-pointer": PointerWorld, "local-folder": FolderWorld}
