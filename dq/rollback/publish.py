"""Making a validated load visible, and putting a refused one away, with the same journal as a rollback."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dq.errors import RollbackConflict, RollbackRefused, UsageError
from dq.lake.layout import Layout, Load, Quarantined
from dq.lake.manifest import Partition
from dq.rollback.hold import Hold, guarded, iso
from dq.rollback.journal import Journal
from dq.rollback.log import Entry
from dq.rollback.planning import amount, look
from dq.rollback.quarantine import QuarantineEntry, read_entry, write_entry
from dq.rollback.statuses import RollbackStatus, status_of


@dataclass(frozen=True)
class PublishPlan:
    """One load and what becomes of it.

    Attributes:
        kind: `publish` (readers will see it) or `refuse` (it goes to quarantine).
        dataset: the dataset's name.
        layout: name of the layout.
        load: the staged bytes.
        expected_token: what readers see before; None when nothing, or for a refusal.
        failed: ids of the failed expectations of a refusal.
        reason: why, in words.
        run_id: the run that validated it.
        note: where the root-cause note is.
    """

    kind: Literal["publish", "refuse"]
    dataset: str
    layout: str
    load: Load
    expected_token: str | None = None
    failed: tuple[str, ...] = ()
    reason: str = ""
    run_id: str = ""
    note: str = ""

    @property
    def partition(self) -> Partition:
        """Which slice."""
        return self.load.partition

    @property
    def id(self) -> str:
        """`pb-` or `rf-` and a digest of the content."""
        text = json.dumps(self.to_dict(), sort_keys=True)
        return f"{'pb' if self.kind == 'publish' else 'rf'}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly; read back by `from_dict` without loss."""
        return {"format": 1, **vars(self), "load": self.load.to_dict(), "failed": list(self.failed)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PublishPlan:
        """The inverse of `to_dict`.

        Raises:
            KeyError: a field is missing.
        """
        plain = {key: value for key, value in data.items() if key != "format"}
        return cls(**{**plain, "load": Load.from_dict(data["load"]), "failed": tuple(data["failed"])})


def publish_load(
    layout: Layout,
    journal: Journal,
    dataset: str,
    load: Load,
    expected_token: str | None,
    *,
    run_id: str = "",
) -> RollbackStatus:
    """Lets readers see a load that was validated, and keeps its bytes as a future rollback's target.

    Bytes that it takes out of sight and that are not kept already go to the quarantine first, so that a
    publish destroys nothing.

    Args:
        layout: how the table is stored.
        journal: of the store that keeps bytes.
        dataset: its name, as in the journal.
        load: from `layout.stage`.
        expected_token: `layout.current(partition)` when the work on this load began.
        run_id: the run that validated it.

    Raises:
        RollbackRefused: the load is gone, or another operation on the partition is not finished.
        RollbackConflict: readers see another state than expected; it was left alone.
    """
    return _begin(
        PublishPlan("publish", dataset, layout.name, load, expected_token, run_id=run_id), layout, journal
    )


def refuse_load(
    layout: Layout,
    journal: Journal,
    dataset: str,
    load: Load,
    *,
    failed: tuple[str, ...],
    reason: str,
    run_id: str = "",
    note: str = "",
) -> RollbackStatus:
    """Puts a load that did not pass into quarantine. Readers never saw it and see nothing of this.

    Args:
        layout: how the table is stored.
        journal: of the store that keeps bytes.
        dataset: its name, as in the journal.
        load: from `layout.stage`.
        failed: ids of the failed expectations.
        reason: why, in words.
        run_id: the run that found it.
        note: where the root-cause note is.

    Raises:
        RollbackRefused: the load is gone or visible, or another operation on the partition is not finished.
    """
    plan = PublishPlan("refuse", dataset, layout.name, load, None, failed, reason, run_id, note)
    return _begin(plan, layout, journal)


def resume_publish(name: str, layout: Layout, journal: Journal) -> RollbackStatus:
    """Completes an interrupted publish or refusal. What is already closed is returned as it is.

    Raises:
        UsageError: no such operation, or one of another kind.
        RollbackRefused: as in `publish_load`.
        RollbackConflict: as in `publish_load`.
    """
    log, entry = journal.find(name)
    if entry.kind not in ("publish", "refuse"):
        raise UsageError(f"{name} is a {entry.kind}; expected a publish or a refusal.")
    if not entry.is_open:
        return status_of(log.dataset, log.partition, entry)
    return _begin(PublishPlan.from_dict(journal.load_plan(name)), layout, journal)


def _begin(plan: PublishPlan, layout: Layout, journal: Journal) -> RollbackStatus:
    if plan.layout != layout.name:
        raise RollbackRefused(f"{plan.id} was made for layout {plan.layout}, not for {layout.name}.")
    journal.save_plan(plan.id, plan.to_dict())
    hold = journal.begin(plan.dataset, plan.partition, Entry(plan.id, plan.kind), plan.reason)
    if not hold.entry.is_open:
        hold.release()
        return status_of(plan.dataset, plan.partition, hold.entry)
    work = _publish if plan.kind == "publish" else _refuse
    return guarded(hold, lambda: work(hold, plan, layout, journal))


def _publish(hold: Hold, plan: PublishPlan, layout: Layout, journal: Journal) -> RollbackStatus:
    partition, load = plan.partition, plan.load
    if "superseded" not in hold.entry.facts and not layout.shows(partition, load):
        _save_superseded(hold, plan, layout, journal)
    if hold.entry.state in ("planned", "quarantined"):
        layout.swap(partition, plan.expected_token, load)
        safe: frozenset[str] = frozenset()
        if hold.entry.reached("quarantined"):
            safe = read_entry(journal.documents, plan.id).bytes.checksums
        layout.settle(partition, plan.expected_token, load, safe, plan.id)
        hold.advance("published", f"readers see {amount(load.manifest)}")
    if hold.entry.state == "published":
        layout.keep(load.manifest)
        hold.advance("done")
    return status_of(plan.dataset, partition, hold.entry)


def _save_superseded(hold: Hold, plan: PublishPlan, layout: Layout, journal: Journal) -> None:
    """Copies what readers see now, if it is not kept already: it may never have been validated."""
    token, before = look(layout, plan.partition)
    if token != plan.expected_token:
        raise RollbackConflict(
            f"Partition {plan.partition} of {plan.dataset} changed since load {plan.load.id} was begun. "
            "Nothing was touched; the load is still staged. Publish it again if it should win."
        )
    if not before.files or layout.kept(before) is not None:
        hold.note(superseded="kept")
        return
    kept = layout.quarantine(plan.partition, before, plan.id)
    write_entry(journal.documents, _entry(plan, journal, kept, "Superseded without having been validated."))
    hold.advance(
        "quarantined", f"kept: {amount(before)}", superseded="quarantined", quarantine=kept.manifest.location
    )


def _refuse(hold: Hold, plan: PublishPlan, layout: Layout, journal: Journal) -> RollbackStatus:
    if hold.entry.state == "planned":
        if layout.shows(plan.partition, plan.load):
            raise RollbackRefused(
                f"Readers of partition {plan.partition} of {plan.dataset} see load {plan.load.id}; only a "
                "load that nobody sees can be refused. Plan a rollback instead."
            )
        kept = layout.quarantine_load(plan.load, plan.id)
        write_entry(journal.documents, _entry(plan, journal, kept, plan.reason))
        hold.advance("quarantined", f"kept: {amount(kept.manifest)}", quarantine=kept.manifest.location)
    hold.advance("done", "readers never saw it")
    return status_of(plan.dataset, plan.partition, hold.entry)


def _entry(plan: PublishPlan, journal: Journal, kept: Quarantined, reason: str) -> QuarantineEntry:
    return QuarantineEntry(
        id=plan.id,
        kind=plan.kind,
        dataset=plan.dataset,
        layout=plan.layout,
        bytes=kept,
        failed=plan.failed,
        reason=reason,
        run_id=plan.run_id,
        note=plan.note,
        at=iso(journal.clock()),
    )
