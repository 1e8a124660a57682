"""The store: files by name on a shelf, local or remote.

```
runs/<suite>/<run_id>.json                              the record
verdicts/suite=<suite>/<run_id>.parquet                 its twin for queries, see `dq.store.twin`
events/<suite>/<partition>/<run_id>.<status>.0.json     its head, so that listings need no reading
events/<suite>/<partition>/<run_id>.<event>.<n>.json    what became known later, see `dq.store.standing`
notes/<run_id>.md, notes/<run_id>.json                  the root-cause note
```

Every file is created once, exclusively and whole, and never changed. Suite names are percent-encoded
(`dq.store.names.folder_name`). A run's head is written before its record: whoever finds the record finds the
head, and a head without a record is a run that never came to be.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dq.codec import decode, encode
from dq.errors import StoreError, did_you_mean
from dq.lake.manifest import Partition
from dq.result import RunRecord
from dq.store import reading, standing, twin
from dq.store.base import Event, Head, Note, is_baseline
from dq.store.heads import Heads
from dq.store.names import checked_event, checked_run_id, folder_name, is_own_id
from dq.store.shelf import Shelf

if TYPE_CHECKING:
    from dq.aws.address import Address

_SHOWN = 5
_TRIES = 1000


class FileStore:
    """Runs, events and notes as files on a shelf; implements `dq.store.base.Store`.

    Args:
        shelf: where the files are.
    """

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self._heads = Heads(shelf)

    @property
    def address(self) -> str:
        """Where the store is, for people."""
        return self.shelf.address

    @property
    def home(self) -> Address | None:
        """The prefix on S3 where the store is; None for one in a folder."""
        return None

    def folder(self, project: Path) -> Path:
        """The folder where bytes of local tables are kept: bytes on a disk do not wander into a bucket.

        Args:
            project: root of the project.
        """
        return project / ".dq"

    @property
    def beside(self) -> Path:
        """Where the search for the project begins that the store belongs to."""
        return Path()

    def now(self) -> dt.datetime:
        """The present by the clock that all users of the store share; UTC. Run ids are made of it."""
        return self.shelf.now()

    def put_run(self, record: RunRecord) -> None:
        """Record a run: whole, or not at all. The same record again is no error.

        The twin follows the record; when it could not be written, recording again completes it.

        Raises:
            StoreError: another record has this run id, or the storage refuses.
        """
        run_id, name = checked_run_id(record.run_id), _name_of(record.result.suite, record.run_id)
        content = reading.to_json(record.to_dict())
        taken = (
            f"{self.shelf.place(name)}: a different run is recorded under this id. "
            "Take a fresh id from new_run_id()."
        )
        if not is_own_id(run_id) and not self._is_free(run_id, name, content):
            raise StoreError(taken)
        self._heads.put(Head.of(record))
        try:
            self.shelf.create(name, content)
        except FileExistsError as error:
            raise StoreError(taken) from error
        self._put_twin(record)

    def get_run(self, run_id: str) -> RunRecord:
        """The record of a run id, or of a prefix that only one run id has.

        Raises:
            StoreError: no run or several runs; unreadable; written by a newer dq.
        """
        return self._read_run(self._find(run_id))

    def record_of(self, head: Head) -> RunRecord | None:
        """The record of a head; None when there is none, or it is of another run with this id.

        Raises:
            StoreError: unreadable; written by a newer dq.
        """
        try:
            record = self._read_run(_name_of(head.suite, head.run_id))
        except StoreError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return None
            raise
        return record if _is_of(record, head) else None

    def partitions(self, suite: str) -> set[Partition]:
        """Partitions of a suite of which there are runs."""
        return self._heads.partitions(suite)

    def suites(self) -> list[str]:
        """Names of the suites with runs, sorted."""
        return self._heads.suites()

    def heads(self, suite: str | None = None, partition: Partition | None = None) -> Iterator[Head]:
        """Heads of all runs, newest first; None stands for every suite or partition. See `Store.heads`."""
        return iter(self._heads.find(suite, partition))

    def runs(
        self, suite: str | None = None, partition: Partition | None = None, limit: int | None = None
    ) -> list[RunRecord]:
        """Whole records, newest first, at most `limit`; records that cannot be read warn and are left out."""
        return list(islice(self._runs(suite, partition, limit), limit))

    def newest(self, suite: str | None = None, partition: Partition | None = None) -> Iterator[RunRecord]:
        """As `runs`, one by one: no more is read than is asked for, and a little ahead."""
        return self._runs(suite, partition, None)

    def latest(
        self, suite: str, partition: Partition, good: bool = True, before: str | None = None
    ) -> RunRecord | None:
        """The newest run of a partition; None when there is none. See `Store.latest`."""
        wanted = [
            head
            for head in self.heads(suite, partition)
            if (before is None or head.run_id < before) and (not good or is_baseline(head, head.events))
        ]
        return next((record for _, record in self._records(wanted)), None)

    def count(self, suite: str | None = None) -> int:
        """Number of recorded runs."""
        folders = self.shelf.folders("runs") if suite is None else [folder_name(suite)]
        return sum(1 for folder in folders for _ in self.shelf.names(f"runs/{folder}"))

    def mark(self, run_id: str, event: str, detail: Mapping[str, Any] | None = None) -> Event:
        """Add an event to a run.

        Raises:
            StoreError: no such run, or the event's name is not in lower case words.
        """
        checked_event(event)
        if (slice_ := self._heads.slice_of(run_id)) is None:
            record = self.get_run(run_id)
            run_id, slice_ = record.run_id, (record.result.suite, record.result.partition)
        folder = standing.folder_of(*slice_)
        known = standing.known_by(self.shelf.names(folder, f"{run_id}."))
        events = known[""][run_id].events if known else []
        number = 1 + max((number for number, _ in events), default=0)
        for attempt in range(number, number + _TRIES):
            made = Event(run_id, event, self.shelf.now(), attempt, dict(detail or {}))
            try:
                self.shelf.create(
                    f"{folder}/{run_id}.{event}.{attempt}.json", reading.to_json(made.to_dict())
                )
            except FileExistsError:  # another process took this number
                continue
            return made
        raise StoreError(f"{folder}: no free number for '{event}' of run {run_id} in {_TRIES} attempts.")

    def events(self, run_id: str) -> tuple[Event, ...]:
        """Events of a run in the order of their numbers; empty when there are none."""
        slice_ = self._heads.slice_of(run_id)
        if slice_ is not None:
            names = _within(standing.folder_of(*slice_), self.shelf, f"{run_id}.")
        else:
            folders = [f"{standing.EVENTS}/{one}" for one in self.shelf.folders(standing.EVENTS)]
            every = chain.from_iterable(_within(folder, self.shelf) for folder in folders)
            names = [name for name in every if name.rpartition("/")[2].startswith(f"{run_id}.")]
        later = [name for name in names if not name.endswith(".0.json")]
        found = [event for _, event in reading.tolerant(self.shelf, later, Event.from_dict)]
        return tuple(sorted(found, key=lambda event: standing.order(event.number, event.name)))

    def event_names(self, records: Sequence[RunRecord]) -> dict[str, tuple[str, ...]]:
        """Names of the events of several runs, in order, by run id; runs without any are left out."""

        def names(record: RunRecord) -> tuple[str, ...]:
            folder = standing.folder_of(record.result.suite, record.result.partition)
            known = standing.known_by(self.shelf.names(folder, f"{record.run_id}."))
            return known[""][record.run_id].names if known else ()

        if self.shelf.width == 1 or len(records) < 2:
            found = [names(record) for record in records]
        else:
            with ThreadPoolExecutor(self.shelf.width) as pool:
                found = list(pool.map(names, records))
        return {record.run_id: events for record, events in zip(records, found, strict=True) if events}

    def put_note(self, run_id: str, markdown: str, data: Mapping[str, Any]) -> str:
        """Keep the note of a run, before or after the run itself is recorded.

        Returns:
            Its path relative to the store, for `RunRecord.note`.

        Raises:
            StoreError: another note is kept under this run id.
        """
        name = f"notes/{checked_run_id(run_id)}"
        try:
            self.shelf.create(f"{name}.json", reading.to_json(encode(data)))
            self.shelf.create(f"{name}.md", markdown.encode("utf-8", "backslashreplace"))
        except FileExistsError as error:
            raise StoreError(
                f"{self.shelf.place(name)}.md: a different note is kept for this run; notes do not change."
            ) from error
        return f"{name}.md"

    def get_note(self, run_id: str) -> Note | None:
        """The note of a run, by its id or a unique prefix of it; None when there is none.

        Raises:
            StoreError: the note is there and cannot be read.
        """
        name = f"notes/{checked_run_id(run_id)}"
        note = self._note(name)
        if note is None and not is_own_id(run_id):
            found = self._named(run_id)
            note = self._note(f"notes/{_id(found[0])}") if len(found) == 1 else None
        return note

    def repair(self) -> int:
        """Complete what a crash cut off: missing twins and heads, temporary files of dead writers.

        Returns:
            How many twins were written.
        """
        written = 0
        for folder in self.shelf.folders("runs"):
            names = [f"runs/{folder}/{name}" for name in self.shelf.names(f"runs/{folder}")]
            twins = {name.rpartition(".")[0] for name in self.shelf.names(f"verdicts/suite={folder}")}
            known = standing.known_by(self.shelf.names(f"{standing.EVENTS}/{folder}"))
            headed = {run_id for runs in known.values() for run_id, one in runs.items() if one.heads}
            lacking = [name for name in names if _id(name) not in twins & headed]
            for name, record in reading.tolerant(self.shelf, lacking, RunRecord.from_dict):
                if _id(name) not in headed:
                    self._heads.take_over(Head.of(record))
                if _id(name) not in twins:
                    self._put_twin(record)
                    written += 1
        self._sweep()
        return written

    def _sweep(self) -> None:
        for kind in ("runs", "verdicts", standing.EVENTS, "states"):
            for folder in self.shelf.folders(kind):
                self.shelf.sweep(f"{kind}/{folder}")
                for inner in self.shelf.folders(f"{kind}/{folder}") if kind == standing.EVENTS else ():
                    self.shelf.sweep(f"{kind}/{folder}/{inner}")
        self.shelf.sweep("notes")

    def _put_twin(self, record: RunRecord) -> None:
        name = f"verdicts/suite={folder_name(record.result.suite)}/{record.run_id}.parquet"
        try:
            self.shelf.create(name, twin.parquet(record))
        except FileExistsError:
            return  # of the same record, written by another version of the Parquet library

    def _runs(self, suite: str | None, partition: Partition | None, limit: int | None) -> Iterator[RunRecord]:
        if partition is not None:
            return (record for _, record in self._records(self._heads.find(suite, partition), limit))
        names = self._heads.newest_names(suite)
        found = reading.tolerant(self.shelf, names, RunRecord.from_dict, limit)
        # Names that differ only in case share a folder on some file systems, hence the look inside.
        return (record for _, record in found if suite in (None, record.result.suite))

    def _records(self, heads: Sequence[Head], limit: int | None = None) -> Iterator[tuple[Head, RunRecord]]:
        by_name = {_name_of(head.suite, head.run_id): head for head in reversed(heads)}
        names = dict.fromkeys(_name_of(head.suite, head.run_id) for head in heads)
        for name, record in reading.tolerant(self.shelf, names, RunRecord.from_dict, limit):
            if _is_of(record, by_name[name]):
                yield by_name[name], record

    def _read_run(self, name: str) -> RunRecord:
        try:
            return RunRecord.from_dict(reading.read_json(self.shelf, name))
        except reading.UNREADABLE as error:
            why = reading.why(error)
            raise StoreError(f"{self.shelf.place(name)}: cannot be read as a run: {why}") from error

    def _note(self, name: str) -> Note | None:
        try:
            markdown = self.shelf.read(f"{name}.md").decode("utf-8")
            return Note(markdown, decode(reading.read_json(self.shelf, f"{name}.json")))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            why = reading.why(error)
            raise StoreError(f"{self.shelf.place(name)}.md: cannot be read: {why}") from error

    def _is_free(self, run_id: str, name: str, content: bytes) -> bool:
        """Whether no other record has an id that a caller made up."""
        if any(other != name for other in self._named(f"{run_id}.json")):
            return False
        try:
            return self.shelf.read(name) == content
        except FileNotFoundError:
            return True

    def _named(self, beginning: str) -> list[str]:
        """Records whose file names begin so, newest first."""
        folders = self.shelf.folders("runs")
        names = [
            f"runs/{one}/{name}" for one in folders for name in self.shelf.names(f"runs/{one}", beginning)
        ]
        return sorted(names, key=_id, reverse=True)

    def _find(self, run_id: str) -> str:
        slice_ = self._heads.slice_of(run_id)
        if slice_ is not None:
            return _name_of(slice_[0], run_id)
        begun = self._named(run_id) if run_id else []
        found = [name for name in begun if _id(name) == run_id] or begun
        if len(found) == 1:
            return found[0]
        if found:
            some = ", ".join(_id(name) for name in found[:_SHOWN])
            more = ", ..." if len(found) > _SHOWN else ""
            raise StoreError(f"{len(found)} runs begin with '{run_id}': {some}{more}. Give more of the id.")
        ids = [_id(name) for name in self._named("")]
        there = f"{len(ids):,} run{'' if len(ids) == 1 else 's'} in {self.address}"
        hint = did_you_mean(run_id, ids)
        raise StoreError(f"No run '{run_id}' among the {there}.{hint} `dq history` lists them.")


def _name_of(suite: str, run_id: str) -> str:
    return f"runs/{folder_name(suite)}/{run_id}.json"


def _id(name: str) -> str:
    return name.rpartition("/")[2].removesuffix(".json")


def _is_of(record: RunRecord, head: Head) -> bool:
    """Whether a head speaks of this record: an id that was used twice has two heads and one record."""
    own = Head.of(record)
    return (own.suite, own.partition, own.status, own.visible) == (
        head.suite,
        head.partition,
        head.status,
        head.visible,
    )


def _within(folder: str, shelf: Shelf, beginning: str = "") -> list[str]:
    return [f"{folder}/{name}" for name in shelf.names(folder, beginning)]
