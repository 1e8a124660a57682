"""What was rolled back, what is not finished, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dq.lake.manifest import Partition
from dq.rollback.log import OPEN_STATES, Entry

if TYPE_CHECKING:
    from dq.rollback.journal import Journal


@dataclass(frozen=True)
class RollbackStatus:
    """One operation of the journal, for people.

    Attributes:
        id: of the operation.
        kind: `rollback`, `quarantine`, `undo`, `publish` or `refuse`.
        dataset: its name.
        partition: which slice.
        state: the last state.
        history: all states, oldest first.
        at: ISO time of the last state.
        detail: what the last state says.
        quarantine: where the displaced bytes are kept; empty when there are none.
        next: what to do now; empty when there is nothing to do.
    """

    id: str
    kind: str
    dataset: str
    partition: Partition
    state: str
    history: tuple[str, ...]
    at: str
    detail: str
    quarantine: str
    next: str

    @property
    def is_complete(self) -> bool:
        """Whether it ended as it was meant to."""
        return self.state in ("done", "undone")

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly."""
        return {**vars(self), "partition": str(self.partition), "history": list(self.history)}


def status_of(dataset: str, partition: Partition, entry: Entry) -> RollbackStatus:
    """The status of one entry of a journal."""
    last = entry.history[-1]
    return RollbackStatus(
        id=entry.id,
        kind=entry.kind,
        dataset=dataset,
        partition=partition,
        state=entry.state,
        history=tuple(event.state for event in entry.history),
        at=last.at,
        detail=last.detail,
        quarantine=str(entry.facts.get("quarantine", "")),
        next=next_step(entry),
    )


def status(journal: Journal) -> tuple[RollbackStatus, ...]:
    """Every operation of the store, oldest first."""
    found = [status_of(log.dataset, log.partition, entry) for log in journal.logs() for entry in log.entries]
    return tuple(sorted(found, key=lambda one: (one.at, one.id)))


def next_step(entry: Entry) -> str:
    """What a person should do about an entry; empty when there is nothing to do."""
    state, name = entry.state, entry.id
    if state in OPEN_STATES:
        return f"It was interrupted. Complete it: dq rollback resume {name}"
    if state == "refused":
        return "Nothing readers see was changed. Remove what it names, then make a new plan."
    if state == "conflict":
        return "Another writer changed the partition and was left alone. Validate what is there now."
    if state == "failed_verify":
        return (
            f"Readers see the restored state, and it did not pass. Check again: dq rollback resume {name}; "
            f"or go back: dq rollback undo {name}"
        )
    if state == "done" and entry.kind in ("rollback", "quarantine"):
        return f"Repair the data and publish it. To go back: dq rollback undo {name}"
    return ""
