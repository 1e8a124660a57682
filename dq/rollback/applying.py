"""Carrying out a plan: planned -> quarantined -> restored -> verified -> done.

Every step is durable before the next begins, and every step can be done again: it is skipped when it is at
its target and refused when the partition is neither as expected nor at the target. The mark `done` is last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dq.errors import DQError, RollbackConflict, RollbackRefused, UsageError
from dq.lake.layout import Layout
from dq.lake.manifest import Partition
from dq.rollback.hold import Hold, guarded, iso, load_of
from dq.rollback.journal import Journal
from dq.rollback.log import CLOSED_STATES, Entry
from dq.rollback.planning import RollbackPlan, amount, plan_rollback
from dq.rollback.publish import resume_publish
from dq.rollback.quarantine import QuarantineEntry, read_entry, write_entry
from dq.rollback.statuses import RollbackStatus, status_of

Verify = Callable[[Partition], tuple[bool, str]]
"""Looks at what readers now see; answers whether it is good, and in words."""

KINDS = ("rollback", "quarantine", "undo")


def apply(
    plan: RollbackPlan, layout: Layout, journal: Journal, *, verify: Verify | None = None
) -> RollbackStatus:
    """Carries out exactly this plan; resumes it where an earlier attempt was interrupted.

    Args:
        plan: from `plan_rollback`.
        layout: of the same name as the plan's.
        journal: of the store that keeps the quarantine.
        verify: runs after listing and row counts agree, e.g. the suite; None for no further check. It is not
            called when the partition was taken out of sight.

    Returns:
        The status: state `done`, or `failed_verify` with its reason. A plan that is done is not done again.

    Raises:
        RollbackRefused: a guard said no before readers' sight was changed.
        RollbackConflict: somebody else moved the partition since the plan was made.
    """
    if plan.layout != layout.name:
        raise RollbackRefused(f"Plan {plan.id} was made for layout {plan.layout}, not for {layout.name}.")
    known = journal.read(plan.dataset, plan.partition).entry(plan.id)
    if known and known.state in CLOSED_STATES and known.state != "failed_verify":
        return _closed(plan, known)
    journal.save_plan(plan.id, plan.to_dict())
    entry = Entry(plan.id, plan.kind, undoes=plan.undoes)
    hold = journal.begin(plan.dataset, plan.partition, entry, plan.reason)
    if hold.entry.state in CLOSED_STATES and hold.entry.state != "failed_verify":
        hold.release()  # another process finished it between our two looks
        return _closed(plan, hold.entry)
    return guarded(hold, lambda: _run(hold, plan, layout, journal, verify))


def resume(name: str, layout: Layout, journal: Journal, *, verify: Verify | None = None) -> RollbackStatus:
    """Completes an interrupted operation of any kind; checks a `failed_verify` again.

    Args:
        name: the operation's id.
        layout: as in `apply`.
        journal: as in `apply`.
        verify: as in `apply`.

    Returns:
        The status. What is already closed is returned as it is.

    Raises:
        UsageError: no such operation.
        RollbackRefused: a guard said no before readers' sight was changed.
        RollbackConflict: somebody else moved the partition.
    """
    log, entry = journal.find(name)
    if entry.kind not in KINDS:
        return resume_publish(name, layout, journal)
    if not entry.is_open and entry.state != "failed_verify":
        return status_of(log.dataset, log.partition, entry)
    plan = RollbackPlan.from_dict(journal.load_plan(name))
    return apply(plan, layout, journal, verify=verify)


def plan_undo(name: str, layout: Layout, journal: Journal, *, reason: str = "") -> RollbackPlan:
    """The plan that brings back what a rollback displaced. Nothing is changed.

    Raises:
        UsageError: no such operation, or one that cannot be undone.
        RollbackRefused: it is not finished, or was undone before.
        RollbackConflict: readers no longer see what the rollback left.
    """
    log, entry = journal.find(name)
    if entry.kind not in KINDS:
        raise UsageError(f"{name} is a {entry.kind}; only a rollback, a quarantine or an undo can be undone.")
    if entry.state not in ("done", "failed_verify"):
        raise RollbackRefused(f"{name} is in state {entry.state}; expected done or failed_verify.")
    done = RollbackPlan.from_dict(journal.load_plan(name))
    _check_untouched(done, entry, layout)
    bad = read_entry(journal.documents, name).bytes.manifest
    return plan_rollback(
        layout,
        log.dataset,
        log.partition,
        bad if done.expected_token is not None else None,
        reason=reason or f"Undo of {name}.",
        failed=done.failed,
        run_id=done.run_id,
        note=done.note,
        undoes=name,
        now=journal.clock(),
    )


def undo(
    name: str, layout: Layout, journal: Journal, *, verify: Verify | None = None, reason: str = ""
) -> RollbackStatus:
    """Brings back what a rollback displaced: a new rollback, whose target is the quarantined manifest.

    Args:
        name: id of the rollback.
        layout: as in `apply`.
        journal: as in `apply`.
        verify: a check beyond listing and row counts. The suite would fail again, so it is usually left out.
        reason: why, in words.

    Raises:
        UsageError: no such operation, or one that cannot be undone.
        RollbackRefused: it is not finished, or was undone before, or the bytes are gone.
        RollbackConflict: readers no longer see what the rollback left.
    """
    log, _ = journal.find(name)
    for earlier in log.entries:
        if earlier.undoes == name and earlier.is_open:
            return resume(earlier.id, layout, journal, verify=verify)
    return apply(plan_undo(name, layout, journal, reason=reason), layout, journal, verify=verify)


def _run(
    hold: Hold, plan: RollbackPlan, layout: Layout, journal: Journal, verify: Verify | None
) -> RollbackStatus:
    if hold.entry.state == "planned":
        _quarantine(hold, plan, layout, journal)
    if hold.entry.state == "quarantined":
        _restore(hold, plan, layout, journal)
    if hold.entry.state in ("restored", "failed_verify"):
        passed, text = _verify(hold, plan, layout, verify)
        hold.advance("verified" if passed else "failed_verify", text)
    if hold.entry.state == "verified":
        hold.advance("done", plan.effect)
    return status_of(plan.dataset, plan.partition, hold.entry)


def _quarantine(hold: Hold, plan: RollbackPlan, layout: Layout, journal: Journal) -> None:
    if layout.current(plan.partition) != plan.expected_token:
        raise RollbackConflict(
            f"Partition {plan.partition} of {plan.dataset} changed since plan {plan.id} was made. Nothing "
            "was touched. Validate it again and make a new plan."
        )
    if plan.target is not None and not plan.undoes and layout.kept(plan.target) is None:
        raise RollbackRefused(
            f"The target bytes of {plan.id} ({amount(plan.target)}) are no longer kept. Nothing was changed."
        )
    kept = layout.quarantine(plan.partition, plan.before, plan.id)
    if not kept.manifest.same_bytes(plan.before):
        raise RollbackConflict(
            f"The bytes in quarantine {plan.id} are not those of the plan: the partition changed while they "
            "were copied. What readers see was not changed. Make a new plan."
        )
    entry = QuarantineEntry(
        id=plan.id,
        kind=plan.kind,
        dataset=plan.dataset,
        layout=plan.layout,
        bytes=kept,
        failed=plan.failed,
        reason=plan.reason,
        run_id=plan.run_id,
        note=plan.note,
        at=iso(journal.clock()),
    )
    write_entry(journal.documents, entry)
    hold.advance("quarantined", f"kept: {amount(plan.before)}", quarantine=kept.manifest.location)


def _restore(hold: Hold, plan: RollbackPlan, layout: Layout, journal: Journal) -> None:
    load = hold.load
    if plan.target is not None and not (load and layout.shows(plan.partition, load)):
        load = layout.prepare(plan.target, plan.id)
        hold.note(load=load.to_dict())
    layout.swap(plan.partition, plan.expected_token, load)
    safe = read_entry(journal.documents, plan.id).bytes.checksums
    extra = layout.settle(plan.partition, plan.expected_token, load, safe, plan.id)
    facts: dict[str, Any] = {"extra": extra} if extra else {}
    hold.advance("restored", f"bytes written late are in {extra}" if extra else "", **facts)


def _verify(hold: Hold, plan: RollbackPlan, layout: Layout, verify: Verify | None) -> tuple[bool, str]:
    """Listing and rows equal the target's, then the caller's own check."""
    load = hold.load
    _check_untouched(plan, hold.entry, layout)
    if plan.target is None or load is None:
        return True, "Readers see no such partition."
    seen = layout.manifest(plan.partition)
    if not seen.same_bytes(plan.target) or seen.rows != plan.target.rows:
        return False, f"Readers see {amount(seen)}; expected {amount(plan.target)} with equal checksums."
    if verify is None:
        return True, f"Readers see {amount(seen)}, every checksum equal."
    try:
        return verify(plan.partition)
    except DQError as error:
        return False, f"The check could not be made: {error}"


def _check_untouched(plan: RollbackPlan, entry: Entry, layout: Layout) -> None:
    load = load_of(entry)
    seen = layout.current(plan.partition) is None if load is None else layout.shows(plan.partition, load)
    if not seen:
        raise RollbackConflict(
            f"Readers of partition {plan.partition} of {plan.dataset} no longer see what {plan.id} left: "
            "another writer was there. Nothing of theirs was touched. Validate what is there now."
        )


def _closed(plan: RollbackPlan, entry: Entry) -> RollbackStatus:
    if entry.state == "done":
        return status_of(plan.dataset, plan.partition, entry)
    kind = RollbackConflict if entry.state == "conflict" else RollbackRefused
    raise kind(
        f"Plan {plan.id} ended in state {entry.state} before. Look at the partition and make a new plan."
    )
