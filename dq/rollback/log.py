"""What the journal of one partition says: frozen values and their JSON, no storage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dq.errors import StoreError
from dq.lake.manifest import Partition

OPEN_STATES = ("planned", "quarantined", "restored", "published", "verified")
"""Work is under way, or was when the process died; `resume` completes it."""
CLOSED_STATES = ("done", "refused", "conflict", "failed_verify", "undone")
_FORMAT = 1


@dataclass(frozen=True)
class Event:
    """One line of an entry's history.

    Attributes:
        state: the state that was reached.
        at: ISO time.
        token: fencing token of the lease it was written under.
        detail: why or how, in words.
    """

    state: str
    at: str
    token: int
    detail: str = ""


@dataclass(frozen=True)
class Entry:
    """One operation on the partition.

    Attributes:
        id: the plan's id.
        kind: `rollback`, `quarantine`, `undo`, `publish` or `refuse`.
        history: what happened, oldest first; only ever appended to.
        facts: what later steps need: the load, the quarantine place.
        undoes: id of the entry that this one undoes.
    """

    id: str
    kind: str
    history: tuple[Event, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    undoes: str = ""

    @property
    def state(self) -> str:
        """The last state; empty before the first."""
        return self.history[-1].state if self.history else ""

    @property
    def is_open(self) -> bool:
        """Whether work is left to do."""
        return self.state in OPEN_STATES

    def reached(self, state: str) -> bool:
        """Whether the history holds this state."""
        return any(event.state == state for event in self.history)

    def then(self, event: Event, facts: Mapping[str, Any] | None = None) -> Entry:
        """The same entry one event later."""
        return replace(self, history=(*self.history, event), facts={**self.facts, **(facts or {})})


@dataclass(frozen=True)
class Lease:
    """Who may write.

    Attributes:
        owner: unique per call.
        token: grows with every lease of this partition; an older one is fenced off.
        until: seconds since 1970; after that anybody may take over.
        process: which process holds it, where that can be told, so that a dead one need not be waited for.
    """

    owner: str
    token: int
    until: float
    process: str = ""


@dataclass(frozen=True)
class Log:
    """The journal of one partition.

    Attributes:
        dataset: its name.
        partition: which slice.
        generation: number of writes; grows by one with each.
        write: id of the last write, so that its writer knows it again after a lost reply.
        token: the last fencing token that was given out.
        lease: who may write now; None when nobody is at work.
        entries: oldest first.
    """

    dataset: str
    partition: Partition
    generation: int = 0
    write: str = ""
    token: int = 0
    lease: Lease | None = None
    entries: tuple[Entry, ...] = ()

    def entry(self, name: str) -> Entry | None:
        """The entry of this id."""
        return next((entry for entry in self.entries if entry.id == name), None)

    @property
    def open_entry(self) -> Entry | None:
        """The operation that is not finished; at most one."""
        return next((entry for entry in self.entries if entry.is_open), None)

    def with_entry(self, changed: Entry) -> Log:
        """The log with one entry added, or replaced by its later self."""
        if self.entry(changed.id) is None:
            return replace(self, entries=(*self.entries, changed))
        return replace(self, entries=tuple(changed if e.id == changed.id else e for e in self.entries))

    def to_text(self) -> str:
        """One line of JSON, keys sorted, so that the same log is the same text."""
        data = {
            "format": _FORMAT,
            "dataset": self.dataset,
            "partition": [list(pair) for pair in self.partition.values],
            "generation": self.generation,
            "write": self.write,
            "token": self.token,
            "lease": vars(self.lease) if self.lease else None,
            "entries": [
                {
                    "id": entry.id,
                    "kind": entry.kind,
                    "undoes": entry.undoes,
                    "facts": dict(entry.facts),
                    "history": [vars(event) for event in entry.history],
                }
                for entry in self.entries
            ],
        }
        return json.dumps(data, sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> Log:
        """The inverse of `to_text`.

        Raises:
            StoreError: no journal, or one of a later version.
        """
        try:
            data = json.loads(text)
            if data["format"] != _FORMAT:
                raise StoreError(
                    f"The rollback journal has format {data['format']}; this version of dq reads format "
                    f"{_FORMAT}. Use the version that wrote it."
                )
            return cls(
                dataset=data["dataset"],
                partition=Partition(tuple((column, value) for column, value in data["partition"])),
                generation=data["generation"],
                write=data["write"],
                token=data["token"],
                lease=Lease(**data["lease"]) if data["lease"] else None,
                entries=tuple(_entry(entry) for entry in data["entries"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"A rollback journal cannot be read ({type(error).__name__}). It is written whole or not at "
                "all, so it was changed by hand or the disk is damaged; restore it from a backup."
            ) from error


def _entry(data: Mapping[str, Any]) -> Entry:
    history = tuple(Event(**event) for event in data["history"])
    return Entry(data["id"], data["kind"], history, data["facts"], data["undoes"])
