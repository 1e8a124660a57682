"""What a store of runs can do, and what its records mean together.

A store only ever gains files. What becomes known about a run later (its data was rolled back, a newer load
took its place) is an event beside the record; the record itself is never edited. The interface is small so
that another storage is one new file that implements `Store`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from dq.codec import decode, encode
from dq.errors import StoreError
from dq.lake.manifest import Partition
from dq.result import RunRecord, Status

SCHEMA_VERSION = 1
"""Of the JSON of an event."""

ROLLED_BACK = "rolled_back"
"""The bytes of this run were taken away from readers."""
SUPERSEDED = "superseded"
"""A newer load of the same partition took the place of the bytes of this run."""
PUBLISHED = "published"
"""The bytes of this run became visible after it had ended."""
RESTORED = "restored"
"""The bytes of this run are before readers again: a rollback put them back, or was undone."""


class StoreWarning(UserWarning):
    """A file of the store cannot be read and was left out; the file itself is untouched."""


@dataclass(frozen=True)
class Event:
    """Something that became known about a run after it was recorded.

    Attributes:
        run_id: of the run.
        name: lower case, e.g. `rolled_back`; the names above have a meaning, others are only kept.
        at: UTC.
        number: 1-based; grows with every event of the run.
        detail: JSON-friendly, e.g. `{"rollback_id": "..."}`.
    """

    run_id: str
    name: str
    at: dt.datetime
    number: int
    detail: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly; read back by `from_dict` without loss."""
        plain = {key: encode(value) for key, value in vars(self).items()}
        return {"schema_version": SCHEMA_VERSION} | plain

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Event:
        """The inverse of `to_dict`.

        Raises:
            StoreError: written by a newer dq, or not an event.
        """
        version = data.get("schema_version")
        if not isinstance(version, int) or version > SCHEMA_VERSION:
            raise StoreError(f"an event of schema version {version!r}; this dq reads up to {SCHEMA_VERSION}")
        try:
            return cls(**{key: decode(data[key]) for key in ("run_id", "name", "at", "number", "detail")})
        except KeyError as error:
            raise StoreError(f"not an event: {error} is missing") from error


@dataclass(frozen=True)
class Head:
    """The part of a run record that finding and sorting needs.

    Attributes:
        run_id: of the run; sorts by time.
        suite: its name.
        partition: the slice that was looked at.
        status: of the run.
        visible: whether readers saw these bytes when the run ended.
        events: names of what became known later, in order.
    """

    run_id: str
    suite: str
    partition: Partition
    status: Status
    visible: bool
    events: tuple[str, ...] = ()

    @classmethod
    def of(cls, record: RunRecord) -> Head:
        """The head of a record; of events it knows nothing."""
        result = record.result
        return cls(record.run_id, result.suite, result.partition, result.status, record.visible)


@dataclass(frozen=True)
class Note:
    """A root-cause note as it is kept.

    Attributes:
        markdown: for people.
        data: the same for machines.
    """

    markdown: str
    data: Mapping[str, Any]


class Store(Protocol):
    """Runs, their events and their notes. Safe for any number of processes at once, without a lock."""

    def put_run(self, record: RunRecord) -> None:
        """Record a run: whole, or not at all. The same record again is no error.

        Raises:
            StoreError: another record has this run id, or the storage refuses.
        """

    def get_run(self, run_id: str) -> RunRecord:
        """The record of a run id, or of a prefix that only one run id has.

        Raises:
            StoreError: no run or several runs; unreadable; written by a newer dq.
        """

    def heads(self, suite: str | None = None, partition: Partition | None = None) -> Iterator[Head]:
        """Heads of all runs, newest first; None stands for every suite or partition.

        Where listing costs requests, a head may be there whose record is not: of a run that is just being
        recorded, or whose writer died. `record_of` tells.
        """

    def record_of(self, head: Head) -> RunRecord | None:
        """The record of a head; None when there is none, or it is of another run with this id.

        Raises:
            StoreError: unreadable; written by a newer dq.
        """

    def partitions(self, suite: str) -> set[Partition]:
        """Partitions of a suite of which there are runs."""

    def suites(self) -> list[str]:
        """Names of the suites with runs, sorted."""

    def runs(
        self, suite: str | None = None, partition: Partition | None = None, limit: int | None = None
    ) -> list[RunRecord]:
        """Whole records, newest first, at most `limit`; records that cannot be read warn and are left out."""

    def newest(self, suite: str | None = None, partition: Partition | None = None) -> Iterator[RunRecord]:
        """As `runs`, one by one: no more is read than is asked for, and a little ahead."""

    def latest(
        self, suite: str, partition: Partition, good: bool = True, before: str | None = None
    ) -> RunRecord | None:
        """The newest run of a partition; None when there is none.

        Args:
            suite: its name.
            partition: exactly this slice.
            good: only runs for which `is_baseline` holds.
            before: only runs older than this run id.
        """

    def count(self, suite: str | None = None) -> int:
        """Number of recorded runs."""

    def mark(self, run_id: str, event: str, detail: Mapping[str, Any] | None = None) -> Event:
        """Add an event to a run.

        Raises:
            StoreError: no such run, or the event's name is not in lower case words.
        """

    def events(self, run_id: str) -> tuple[Event, ...]:
        """Events of a run in the order of their numbers; empty when there are none."""

    def event_names(self, records: Sequence[RunRecord]) -> dict[str, tuple[str, ...]]:
        """Names of the events of several runs, in order, by run id; runs without any are left out."""

    def put_note(self, run_id: str, markdown: str, data: Mapping[str, Any]) -> str:
        """Keep the note of a run, before or after the run itself is recorded.

        Returns:
            Its path relative to the store, for `RunRecord.note`.

        Raises:
            StoreError: another note is kept under this run id.
        """

    def get_note(self, run_id: str) -> Note | None:
        """The note of a run; None when there is none."""


def is_baseline(run: RunRecord | Head, events: Iterable[str]) -> bool:
    """Whether a run describes good data that readers see: it passed, is visible and was not replaced.

    Args:
        run: the run.
        events: names of those of that run, in order.
    """
    return _status(run).good and _standing(run, events) == "visible"


def may_be_restored(run: RunRecord | Head, events: Iterable[str]) -> bool:
    """Whether the bytes of a run may be put before readers again: they passed and were not rolled back.

    A run whose bytes were superseded may be: they were right until newer ones came.

    Args:
        run: the run.
        events: names of those of that run, in order.
    """
    return _status(run).good and _standing(run, events) in ("visible", SUPERSEDED)


def _status(run: RunRecord | Head) -> Status:
    return run.status if isinstance(run, Head) else run.result.status


def _standing(run: RunRecord | Head, events: Iterable[str]) -> str:
    """`visible`, `hidden`, `rolled_back` or `superseded`; the last event that says anything decides."""
    standing = "visible" if run.visible else "hidden"
    for event in events:
        if event in (ROLLED_BACK, SUPERSEDED):
            standing = event
        elif event in (PUBLISHED, RESTORED):
            standing = "visible"
    return standing
