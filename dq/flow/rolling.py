"""`dq.rollback`: plan, apply, resume, undo, status; by suite and partition, not by layout and journal."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from dq.baselines import last_validated
from dq.errors import RollbackRefused, UsageError
from dq.flow.place import Place, place_of
from dq.flow.recorded import open_store, suite_of
from dq.flow.run import passes
from dq.lake.layout import Layout
from dq.lake.manifest import Manifest, Partition
from dq.result import RunRecord
from dq.rollback.applying import apply as apply_plan
from dq.rollback.applying import resume as resume_by_id
from dq.rollback.applying import undo as undo_by_id
from dq.rollback.journal import Journal
from dq.rollback.opening import journal_of
from dq.rollback.planning import RollbackPlan, plan_rollback
from dq.rollback.statuses import RollbackStatus
from dq.rollback.statuses import status as statuses
from dq.store import FileStore
from dq.store.base import RESTORED, ROLLED_BACK
from dq.suites import Suite, load_suite
from dq.suites.datasets import slice_of
from dq.validation import EngineOptions


def plan(
    suite: Any,
    partition: Mapping[str, Any] | None = None,
    *,
    to: str = "",
    quarantine_only: bool = False,
    reason: str = "asked for by hand",
    params: Mapping[str, Any] | None = None,
    store: Any = None,
) -> RollbackPlan:
    """What a rollback of a partition would do. Nothing is changed.

    Args:
        suite: of the dataset.
        partition: the slice; None for an unpartitioned dataset.
        to: run id of a validated run; empty for the last one.
        quarantine_only: take the partition out of sight and put nothing in its place.
        reason: why, in words.
        params: values of the suite's parameters.
        store: folder of the store; None for the configured one.

    Raises:
        RollbackRefused: nothing was validated, the bytes are not kept, or there is nothing to do.
        UsageError: the dataset is no folder.
    """
    loaded = load_suite(suite, params)
    place = place_of(loaded, None, store)
    layout = _layout(place, loaded)
    slice_ = slice_of(loaded, partition, aws=place.options.aws)
    target = None if quarantine_only else _target(place.store, loaded.name, slice_, to)
    record = _run_on(place.store, loaded.name, layout.manifest(slice_))
    failed = tuple(verdict.id for verdict in record.result.failed) if record else ()
    run_id = record.run_id if record else ""
    return plan_rollback(layout, loaded.name, slice_, target, reason=reason, failed=failed, run_id=run_id)


def apply(
    plan: RollbackPlan, suite: Any = None, *, params: Mapping[str, Any] | None = None, store: Any = None
) -> RollbackStatus:
    """Carry out exactly this plan, and verify it by running the suite on what readers then see.

    Args:
        plan: from `plan`.
        suite: of the dataset; None for the suite as its newest run recorded it.
        params: values of the suite's parameters.
        store: folder of the store; None for the one configured around the suite, or the current folder.

    Raises:
        RollbackRefused: a guard said no before anything was changed.
        RollbackConflict: the partition moved since the plan was made; nothing was touched.
    """
    opened = _store(store, suite, params)
    loaded, place = _around(plan.dataset, suite, params, opened)
    verify = None if plan.target is None else _verifier(loaded, place.options)
    done = apply_plan(plan, _layout(place, loaded), journal_of(opened), verify=verify)
    _mark(opened, plan.dataset, plan.before, plan.target, done)
    return done


def resume(id: str = "", suite: Any = None, *, store: Any = None) -> tuple[RollbackStatus, ...]:  # noqa: A002 - the journal's word
    """Complete what was interrupted: one operation, or all that are open.

    Args:
        id: of the operation; empty for every open one.
        suite: of the dataset; None for the suite as its newest run recorded it.
        store: folder of the store; None for the one configured around the suite, or the current folder.

    Raises:
        UsageError: no such operation.
        RollbackConflict: somebody else moved a partition; it was left alone.
    """
    opened = _store(store, suite)
    journal = journal_of(opened)
    known = statuses(journal)
    wanted = [entry for entry in known if (entry.id == id if id else entry.next and not entry.is_complete)]
    if id and not wanted:
        raise UsageError(f"no operation '{id}' in {opened.address}; see `dq rollback status`")
    finished = []
    for entry in wanted:
        loaded, place = _around(entry.dataset, suite, None, opened)
        verify = _verifier(loaded, place.options) if entry.kind == "rollback" else None
        done = resume_by_id(entry.id, _layout(place, loaded), journal, verify=verify)
        _mark_by_journal(opened, journal, done)
        finished.append(done)
    return tuple(finished)


def undo(id: str = "", suite: Any = None, *, reason: str = "", store: Any = None) -> RollbackStatus:  # noqa: A002 - the journal's word
    """Bring back what a rollback displaced. Readers then see the quarantined bytes again.

    Args:
        id: of the rollback; empty for the newest rollback or quarantine that is done.
        suite: of the dataset; None for the suite as its newest run recorded it.
        reason: why, in words.
        store: folder of the store; None for the one configured around the suite, or the current folder.

    Raises:
        UsageError: no such operation, or nothing to undo.
        RollbackRefused: it is not finished, or was undone before.
        RollbackConflict: the partition moved since.
    """
    opened = _store(store, suite)
    journal = journal_of(opened)
    id = id or _newest_done(journal)  # noqa: A001 - the journal's word
    log, _ = journal.find(id)
    loaded, place = _around(log.dataset, suite, None, opened)
    done = undo_by_id(id, _layout(place, loaded), journal, reason=reason)
    _mark_by_journal(opened, journal, done)
    return done


def status(id: str = "", *, store: Any = None) -> tuple[RollbackStatus, ...]:  # noqa: A002 - the journal's word
    """Every operation of the journal, oldest first, or the one of that id.

    Raises:
        UsageError: no such operation.
    """
    opened = open_store(store)
    known = statuses(journal_of(opened))
    found = tuple(entry for entry in known if not id or entry.id == id)
    if id and not found:
        raise UsageError(f"no operation '{id}' in {opened.address}; see `dq rollback status`")
    return found


def _store(store: Any, suite: Any, params: Mapping[str, Any] | None = None) -> FileStore:
    """The store that is named; else that of the suite's project; else that of the current folder."""
    if store is None and suite is not None:
        return place_of(load_suite(suite, params), None).store
    return open_store(store)


def _newest_done(journal: Journal) -> str:
    """The rollback or quarantine to undo when none is named.

    Raises:
        UsageError: there is none.
    """
    done = [e for e in statuses(journal) if e.kind in ("rollback", "quarantine") and e.state == "done"]
    if not done:
        raise UsageError("nothing was rolled back or quarantined, so there is nothing to undo")
    return max(done, key=lambda entry: (entry.at, entry.id)).id


def _layout(place: Place, suite: Suite) -> Layout:
    if place.layout is None:
        raise UsageError(f"{suite.data or suite.name}: no table of partitions, so nothing can be rolled back")
    return place.layout


def _target(store: FileStore, suite: str, partition: Partition, to: str) -> Manifest:
    record = store.get_run(to) if to else last_validated(store, suite, partition)
    if record is None:
        raise RollbackRefused(
            f"no validated run of {suite} {partition} is recorded, so there is nothing to go back to. "
            "To take the partition out of sight instead, plan with quarantine only."
        )
    if not record.result.status.good:
        raise RollbackRefused(f"run {record.run_id} did not pass ({record.result.status.value})")
    manifest = record.manifests.get("")
    if manifest is None or manifest.partition != partition:
        raise RollbackRefused(f"run {record.run_id} did not validate partition {partition} of {suite}")
    return manifest


def _around(
    dataset: str, suite: Any, params: Mapping[str, Any] | None, store: FileStore
) -> tuple[Suite, Place]:
    if suite is not None:
        loaded = load_suite(suite, params)
    else:
        record: RunRecord | None = next(iter(store.runs(suite=dataset, limit=1)), None)
        if record is None:
            raise UsageError(f"no run of {dataset} is recorded in {store.address}; name its suite")
        loaded = suite_of(record, store)
    return loaded, place_of(loaded, None, store)


def _verifier(suite: Suite, options: EngineOptions) -> Any:
    def verify(partition: Partition) -> tuple[bool, str]:
        return passes(suite, None, partition, options)

    return verify


def _run_on(store: FileStore, suite: str, seen: Manifest) -> RunRecord | None:
    """The newest run that judged exactly these bytes; None when none did."""
    for record in islice(store.newest(suite, seen.partition), 50):
        judged = record.manifests.get("")
        if judged is not None and judged.same_bytes(seen):
            return record
    return None


def _mark_by_journal(store: FileStore, journal: Journal, done: RollbackStatus) -> None:
    """As `_mark`, for an operation that only its id names; publishes mark their own runs."""
    if done.kind in ("rollback", "quarantine", "undo"):
        carried_out = RollbackPlan.from_dict(journal.load_plan(done.id))
        _mark(store, carried_out.dataset, carried_out.before, carried_out.target, done)


def _mark(
    store: FileStore, dataset: str, before: Manifest, target: Manifest | None, done: RollbackStatus
) -> None:
    """Say of the runs on both sides what became of their bytes."""
    if not done.is_complete:
        return
    detail = {"rollback_id": done.id}
    for record in store.runs(suite=dataset, partition=before.partition, limit=50):
        seen = record.manifests.get("")
        if seen is None or not record.visible:
            continue
        if target is not None and seen.same_bytes(target):
            store.mark(record.run_id, RESTORED, detail)
        elif seen.same_bytes(before):
            store.mark(record.run_id, ROLLED_BACK, detail)
