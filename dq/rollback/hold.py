"""One entry of a journal while its lease is held: the only way to write its next state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dq.errors import DQError, RollbackConflict, RollbackRefused, StoreError
from dq.lake.layout import Load
from dq.rollback.log import Entry, Event, Lease, Log
from dq.rollback.statuses import RollbackStatus

if TYPE_CHECKING:
    from dq.rollback.journal import Journal


class Hold:
    """One entry while its lease is held.

    Attributes:
        log: the journal as this holder last wrote it.
        lease: the lease that it was written under.
    """

    def __init__(self, journal: Journal, log: Log, lease: Lease, name: str) -> None:
        self._journal = journal
        self.log = log
        self.lease = lease
        self._name = name

    @property
    def entry(self) -> Entry:
        """The entry as it is now."""
        entry = self.log.entry(self._name)
        if entry is None:  # the journal was opened with it and entries are never taken out
            raise StoreError(f"Entry {self._name} is missing from its own journal.")
        return entry

    @property
    def load(self) -> Load | None:
        """The load that the entry swaps in, once it is known."""
        return load_of(self.entry)

    def advance(self, state: str, detail: str = "", **facts: Any) -> None:
        """Writes a new state. A closed state also gives the lease back, in the same write.

        Raises:
            RollbackConflict: the lease was taken over.
        """
        event = Event(state, iso(self._journal.clock()), self.lease.token, detail)
        log = self.log.with_entry(self.entry.then(event, facts))
        undone = log.entry(self.entry.undoes) if self.entry.undoes and state == "done" else None
        if undone:
            log = log.with_entry(undone.then(replace(event, state="undone", detail=f"by {self._name}")))
        still_open = log.open_entry is not None
        self._write(replace(log, lease=self._renewed() if still_open else None))

    def note(self, **facts: Any) -> None:
        """Writes facts that a resumed run needs, without a new state.

        Raises:
            RollbackConflict: the lease was taken over.
        """
        entry = replace(self.entry, facts={**self.entry.facts, **facts})
        self._write(replace(self.log.with_entry(entry), lease=self._renewed()))

    def release(self) -> None:
        """Gives the lease back and leaves the state as it is, to be resumed."""
        self._write(replace(self.log, lease=None))

    def _renewed(self) -> Lease:
        return replace(self.lease, until=self._journal.clock().timestamp() + self._journal.lease_seconds)

    def _write(self, log: Log) -> None:
        written = self._journal.write(self.log, log)
        if written is None:
            raise RollbackConflict(
                f"The lease on partition {self.log.partition} of {self.log.dataset} was taken over by "
                f"another process while {self._name} was under way. This process stops; look at "
                "`dq rollback status`."
            )
        self.log = written


def load_of(entry: Entry) -> Load | None:
    """The load that an entry swaps in, once it is known."""
    data = entry.facts.get("load")
    return Load.from_dict(data) if data else None


def guarded(hold: Hold, work: Callable[[], RollbackStatus]) -> RollbackStatus:
    """Does the work of a hold, and writes down how it ended when it did not end well.

    A refusal or a conflict closes the entry. Any other failure gives the lease back and leaves it open.
    """
    try:
        return work()
    except (RollbackRefused, RollbackConflict) as error:
        _close(hold, "refused" if isinstance(error, RollbackRefused) else "conflict", str(error))
        raise
    except (Exception, KeyboardInterrupt):
        _close(hold, "", "")
        raise


def iso(moment: datetime) -> str:
    """ISO form to the millisecond."""
    return moment.isoformat(timespec="milliseconds")


def _close(hold: Hold, state: str, detail: str) -> None:
    """Writes how an operation ended; when even that fails, the first error is the one to be told."""
    try:
        if state:
            hold.advance(state, detail)
        else:
            hold.release()
    except (DQError, OSError):
        return
