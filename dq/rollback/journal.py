"""The journal: one document per partition, changed by compare-and-swap, one writer at a time.

A writer holds a lease with a fencing token. The token grows with every lease, each write checks that the
lease is still its own, and each write carries an id of its own, so that a writer whose reply was lost finds
out by reading that it had succeeded. An expired lease, or one of a process that is known to be dead, is taken
over; the former holder's next write then fails, and its data steps are conditional on their own.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from dq.errors import DQError, RollbackRefused, StoreError, UsageError
from dq.lake.manifest import Partition
from dq.rollback.documents import Documents, Stale
from dq.rollback.hold import Hold, iso
from dq.rollback.log import Entry, Event, Lease, Log

Clock = Callable[[], datetime]

_TRIES = 20


def utc_now() -> datetime:
    """The present, timezone-aware."""
    return datetime.now(timezone.utc)


class Journal:
    """All journals of one store.

    Args:
        documents: where they lie.
        clock: the present; for tests.
        lease_seconds: how long a silent holder is believed to be at work. Choose it far above clock skew and
            above the time that copying a partition takes: it is renewed at each step, not within one.
            A holder that is overtaken loses its work, never data.
    """

    def __init__(self, documents: Documents, *, clock: Clock = utc_now, lease_seconds: float = 300.0) -> None:
        self.documents = documents
        self.clock = clock
        self.lease_seconds = lease_seconds

    def read(self, dataset: str, partition: Partition) -> Log:
        """The journal of a partition; without entries when there is none yet.

        Raises:
            StoreError: it cannot be read.
        """
        text = self.documents.read(journal_key(dataset, partition))
        return Log.from_text(text) if text else Log(dataset, partition)

    def logs(self) -> tuple[Log, ...]:
        """Every journal of the store, in the order of dataset and partition."""
        return self._logs("journal/")

    def _logs(self, prefix: str) -> tuple[Log, ...]:
        texts = self.documents.read_all(self.documents.list(prefix))
        found = [Log.from_text(text) for text in texts if text]
        return tuple(sorted(found, key=lambda log: (log.dataset, log.partition.values)))

    def find(self, name: str) -> tuple[Log, Entry]:
        """The journal and the entry of an id.

        Raises:
            UsageError: no journal knows the id.
        """
        for log in self.logs():
            entry = log.entry(name)
            if entry:
                return log, entry
        raise UsageError(
            f"No rollback {name!r} in this store. `dq rollback status` lists those that there are."
        )

    def used(self, dataset: str, now: datetime, hours: float = 24.0) -> int:
        """Rollbacks of a dataset begun in the last hours, for the daily limit; refused ones do not count."""
        since = now - timedelta(hours=hours)
        return sum(
            1
            for log in self._logs(f"journal/{_slug(dataset)}/")
            if log.dataset == dataset
            for entry in log.entries
            if entry.kind == "rollback" and entry.reached("quarantined") and _when(entry.history[0]) >= since
        )

    def save_plan(self, name: str, plan: Mapping[str, Any]) -> None:
        """Writes a plan once; the same plan again is the same.

        Raises:
            StoreError: another plan has this id.
        """
        text, key = json.dumps(plan, sort_keys=True), f"plans/{name}.json"
        try:
            self.documents.create(key, text)
        except Stale:
            if self.documents.read(key) != text:
                raise StoreError(
                    f"Another plan with the id {name} is in the store; make a new plan."
                ) from None

    def load_plan(self, name: str) -> dict[str, Any]:
        """The plan of an id, as it was saved.

        Raises:
            StoreError: it is missing.
        """
        text = self.documents.read(f"plans/{name}.json")
        if text is None:
            raise StoreError(f"Plan {name} is not in the store, though its journal entry is. Restore it.")
        loaded: dict[str, Any] = json.loads(text)
        return loaded

    def begin(self, dataset: str, partition: Partition, entry: Entry, detail: str = "") -> Hold:
        """Takes the lease and opens an entry, or takes up the one that is there.

        An entry that is already there keeps its history. Give an entry without history.

        Raises:
            RollbackRefused: somebody else is at work, or another operation is not finished.
            StoreError: the journal keeps changing.
        """
        owner = uuid.uuid4().hex
        for _ in range(_TRIES):
            log = self.read(dataset, partition)
            self._check_free(log, entry.id)
            now = self.clock()
            lease = Lease(owner, log.token + 1, now.timestamp() + self.lease_seconds, this_process())
            known = log.entry(entry.id)
            begun = known or entry.then(Event("planned", iso(now), lease.token, detail))
            new = replace(log, token=lease.token, lease=lease).with_entry(begun)
            written = self.write(log, new)
            if written:
                return Hold(self, written, lease, begun.id)
        raise StoreError(
            f"The journal of partition {partition} kept changing in {_TRIES} attempts; try again."
        )

    def write(self, old: Log, new: Log) -> Log | None:
        """One compare-and-swap.

        Returns:
            What was written; None when the journal is no longer `old`.
        """
        key = journal_key(new.dataset, new.partition)
        new = replace(new, generation=old.generation + 1, write=uuid.uuid4().hex)
        try:
            if old.generation == 0:
                self.documents.create(key, new.to_text())
            else:
                self.documents.replace(key, old.to_text(), new.to_text())
        except (Stale, DQError, OSError) as error:
            # The write may have been done although the reply says otherwise: its id tells.
            if self.read(new.dataset, new.partition).write == new.write:
                return new
            if isinstance(error, Stale):
                return None
            raise
        return new

    def _check_free(self, log: Log, name: str) -> None:
        lease, now = log.lease, self.clock().timestamp()
        if lease and lease.until > now and not is_dead(lease.process):
            raise RollbackRefused(
                f"Another process is at work on partition {log.partition} of {log.dataset}; its lease "
                f"ends in {lease.until - now:.0f} s. Wait for it, then look at `dq rollback status`."
            )
        other = log.open_entry
        if other and other.id != name:
            raise RollbackRefused(
                f"{other.kind.capitalize()} {other.id} of partition {log.partition} of {log.dataset} is not "
                f"finished (state {other.state}). Run `dq rollback resume {other.id}` first."
            )


def journal_key(dataset: str, partition: Partition) -> str:
    """The document of a partition's journal: readable, and unique whatever the names hold."""
    return f"journal/{_slug(dataset)}/{_slug(str(partition) or 'table')}.json"


@functools.cache
def _namespace() -> str:
    """Names this machine since its last start and its process table; empty where that cannot be told."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return f"{file.read().strip()}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def this_process() -> str:
    """Names this process among all; empty where that cannot be told."""
    return f"{_namespace()}/{os.getpid()}" if _namespace() else ""


def is_dead(process: str) -> bool:
    """Whether a named process is known to have ended. False when it cannot be told."""
    space, _, pid = process.rpartition("/")
    if not space or space != _namespace():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _slug(text: str) -> str:
    readable = re.sub(r"[^A-Za-z0-9=_-]+", "-", text).strip("-")[:60]
    return f"{readable}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _when(event: Event) -> datetime:
    return datetime.fromisoformat(event.at)
