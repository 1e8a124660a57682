"""`dq.run`: validate what readers see, record, decide, roll back, explain."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dq.baselines import last_validated
from dq.errors import DataError, RollbackError
from dq.flow import provenance
from dq.flow.looks import Look, look_at, parts_of
from dq.flow.notes import findings_or_trouble, finished, state_after
from dq.flow.outcome import RunOutcome
from dq.flow.place import Place
from dq.flow.setting import Setting
from dq.lake.from_manifest import size_of
from dq.lake.layout import names_many
from dq.lake.manifest import Manifest, Partition
from dq.lake.opening import open_source
from dq.lake.source import FileSource
from dq.result import Result, RunRecord
from dq.rollback.applying import apply
from dq.rollback.decide import Action, Decision, Facts, Limits, Predecessor, decide
from dq.rollback.planning import RollbackPlan, plan_rollback
from dq.rollback.statuses import RollbackStatus
from dq.rows.files import failing_rows_or_trouble
from dq.store import FileStore, is_baseline, new_run_id
from dq.store.base import ROLLED_BACK, SUPERSEDED
from dq.suites import Suite, input_location
from dq.suites.datasets import slice_of
from dq.suites.model import OnUntested
from dq.validation import EngineOptions, Validation


def run(
    suite: Any,
    partition: Mapping[str, Any] | None = None,
    data: Any = None,
    *,
    params: Mapping[str, Any] | None = None,
    input: Any = None,  # noqa: A002 - the design's word for what a dataset was made from
    store: Any = None,
    options: EngineOptions | None = None,
    now: dt.datetime | None = None,
    failing_rows: Any = None,
    incremental: bool | None = None,
) -> RunOutcome:
    """Validate what readers see, record it, and do what the suite says about a failure.

    Args:
        suite: path, mapping, Great Expectations suite, or a loaded suite.
        partition: the slice, e.g. `{"date": "2013-02-08"}`; None for everything.
        data: instead of the suite's own dataset.
        params: values of the suite's parameters.
        input: what the dataset was made from; None for what the suite names.
        store: folder of the store; None for the configured one.
        options: threads and memory; None for the configured ones.
        now: the moment that freshness and age are measured against; None for the clock.
        failing_rows: folder for the rows that break the suite, as Parquet; or a `dq.rows.files.Output`.
        incremental: keep the states of metrics per partition, and answer a question about many partitions
            from them, reading only those that are new; None for what the suite says.

    Returns:
        The outcome. Bad data raises nothing; a rollback that was wanted and refused is named in `trouble`.

    Raises:
        SuiteError: the suite cannot be read.
        DataError: the data cannot be looked at.
        StoreError: the record cannot be written.
    """
    setting = Setting.of(
        suite,
        data,
        params=params,
        input=input,
        store=store,
        options=options,
        now=now,
        failing_rows=failing_rows,
        incremental=incremental,
    )
    return run_slice(setting, slice_of(setting.suite, partition, data, setting.options.aws))


def run_slice(setting: Setting, slice_: Partition) -> RunOutcome:
    """`run` for one slice of a dataset whose setting is known.

    Args:
        setting: suite, place and options.
        slice_: partition values in the order of the dataset's partition columns.

    Raises:
        DataError: the data cannot be looked at.
        StoreError: the record cannot be written.
    """
    place, loaded = setting.place, setting.suite
    moment = setting.moment
    run_id = new_run_id(place.store.now())
    look = look_at(place, slice_)
    parts = parts_of(setting, slice_, look)
    seen = look.source if look is not None else parts.source if parts is not None else setting.data
    moved = setting.input is None and look is not None and _input_moved(setting, slice_, look)
    judged = without_input(loaded) if moved else loaded
    with Validation(
        judged,
        seen,
        slice_,
        setting.input,
        setting.options,
        setting.now,
        setting.engine,
        parts.partwise if parts is not None else None,
    ) as validation:
        result = replace(validation.result(), suite_hash=loaded.hash)
        manifest: Manifest | None
        if look is not None:
            manifest = look.manifest
            _unmoved(place, slice_, look)
        else:
            manifest = parts.manifest if parts else setting.hashes.manifest(validation.source, slice_)
            if parts is None:
                _unmoved_objects(setting, validation)
        if parts is not None:
            parts.finish()
        decision, predecessor = _decide(place, loaded, result, manifest, moment)
        if moved:
            decision = replace(decision, reason=f"{decision.reason} {_MOVED}")
        plan, trouble = _plan(place, loaded, result, manifest, decision, predecessor, run_id)
        if result.status.good and manifest is not None and loaded.policy.on_failure != "report":
            trouble = _keep(place, manifest)
        record = record_of(
            validation, result, run_id, manifest, decision, plan.id if plan else "", setting=setting
        )
        record = replace(record, token=(look.token or "") if look is not None else "")
        if result.failed:
            record = replace(record, note=f"notes/{run_id}.md")
        place.store.put_run(record)
        # While the bytes are where they were judged.
        written = failing_rows_or_trouble(result, setting.failing_rows, run_id)
        note, unwritten = findings_or_trouble(validation, result, record, place)
        status: RollbackStatus | None = None
        if plan is not None and place.layout is not None:
            status, trouble = _apply(plan, setting)
            if status is not None and status.is_complete:
                place.store.mark(run_id, ROLLED_BACK, {"rollback_id": status.id})
        elif result.status.good:
            supersede(place.store, loaded.name, slice_, run_id)
        note = finished(note, state_after(result, record, status, trouble), place)
    return RunOutcome(record, result, status, note, "; ".join(filter(None, (trouble, unwritten))), written)


_MOVED = "The input was delivered again since these bytes passed, so nothing was compared with it."


def _input_moved(setting: Setting, partition: Partition, look: Look) -> bool:
    """Whether these very bytes passed before, made from an input that has changed since.

    What the input holds now is then no yardstick for them: they are as right as they were.
    """
    suite = setting.suite
    location = input_location(suite)
    record = last_validated(setting.place.store, suite.name, partition) if location is not None else None
    passed = record.manifests.get("") if record else None
    made_from = record.manifests.get("input") if record else None
    if passed is None or made_from is None or not passed.same_bytes(look.manifest):
        return False
    try:
        source = open_source(location, partition, suite.root, setting.options.aws)
        now = setting.hashes.manifest(source, partition)
    except DataError:
        return True
    return now is None or not now.same_bytes(made_from)


def without_input(suite: Suite) -> Suite:
    """The suite, comparing with nothing it was made from; what would have is untested and gates nothing."""
    reference = None if suite.input is None else replace(suite.input, suite=None, data=None)
    return replace(suite, input=reference, policy=replace(suite.policy, on_untested=OnUntested.REPORT))


_WHOLE_TABLE = (
    "The run looked at several partitions as one. One bad partition is no reason to take all others away "
    "as well: name the partition, or run each by itself with --all-partitions."
)


def _unmoved(place: Place, partition: Partition, look: Look) -> None:
    """Raises DataError when the partition changed while it was validated."""
    if place.layout is not None and place.layout.current(partition) != look.token:
        raise DataError(
            f"partition {partition} changed while it was validated; nothing was recorded or touched; "
            "run again"
        )


def _unmoved_objects(setting: Setting, validation: Validation) -> None:
    """The same for objects on S3 that no layout names: patterns, templates, single objects.

    Raises:
        DataError: they changed while they were validated.
    """
    source = validation.source
    if not isinstance(source, FileSource) or source.remote is None or isinstance(setting.data, FileSource):
        return
    suite = setting.suite
    where = suite.data if setting.data is None else setting.data
    now = open_source(where, validation.partition, suite.root, setting.options.aws)
    if not isinstance(now, FileSource) or now.remote is None or now.remote.state != source.remote.state:
        raise DataError(
            f"{source.location} changed while it was validated; nothing was recorded or touched; run again"
        )


def _decide(
    place: Place, suite: Suite, result: Result, manifest: Manifest | None, now: dt.datetime
) -> tuple[Decision, Predecessor | None]:
    before = manifest or Manifest(result.partition, result.location, ())
    facts = Facts.of(result.verdicts, before)
    policy = suite.policy
    asked = policy.on_failure.value
    if facts.critical and place.layout is None and asked != "report":
        reason = "The data is no folder of partitions, so nothing can be taken out of readers' sight."
        return Decision(Action.REPORT, reason), None
    if facts.critical and asked != "report" and _many_partitions(place, result.partition):
        return Decision(Action.REPORT, _WHOLE_TABLE), None
    limits = Limits(policy.max_age_days, policy.max_row_change, policy.daily_limit)
    predecessor = _predecessor(place, suite, result.partition)
    used = place.journal.used(suite.name, now)
    return decide(facts, asked, predecessor, limits, used_today=used, now=now), predecessor


def _many_partitions(place: Place, partition: Partition) -> bool:
    """Whether a run looked at all partitions of a table as one, or at several that share some values."""
    if names_many(place.layout, partition):
        return True
    if place.layout is None or partition.values:
        return False
    return any(one.values for one in place.layout.partitions())


def _predecessor(place: Place, suite: Suite, partition: Partition) -> Predecessor | None:
    record = last_validated(place.store, suite.name, partition)
    manifest = record.manifests.get("") if record else None
    if record is None or manifest is None or place.layout is None:
        return None
    kept = place.layout.kept(manifest) is not None
    return Predecessor(manifest, record.result.started, record.run_id, kept)


def _plan(
    place: Place,
    suite: Suite,
    result: Result,
    manifest: Manifest | None,
    decision: Decision,
    predecessor: Predecessor | None,
    run_id: str,
) -> tuple[RollbackPlan | None, str]:
    """The plan that the decision asks for, or why there is none."""
    if (
        decision.action not in (Action.QUARANTINE, Action.ROLLBACK)
        or place.layout is None
        or manifest is None
    ):
        return None, ""
    target = predecessor.manifest if predecessor and decision.action is Action.ROLLBACK else None
    try:
        plan = plan_rollback(
            place.layout,
            suite.name,
            result.partition,
            target,
            reason=decision.reason,
            failed=tuple(verdict.id for verdict in result.failed),
            run_id=run_id,
            note=f"notes/{run_id}.md",
        )
    except RollbackError as error:
        return None, str(error)
    if not plan.before.same_bytes(manifest):
        return None, "The partition changed while it was validated; nothing was touched. Run again."
    return plan, ""


def _keep(place: Place, manifest: Manifest) -> str:
    """Keep the bytes that passed as a future rollback's target; why that failed, if it did."""
    layout = place.layout
    if layout is None or not manifest.files:
        return ""
    if names_many(layout, manifest.partition):
        return ""  # several partitions as one are never put back
    try:
        layout.keep(manifest)
    except RollbackError as error:
        return f"The validated bytes could not be kept as a rollback target: {error}"
    return ""


def _apply(plan: RollbackPlan, setting: Setting) -> tuple[RollbackStatus | None, str]:
    """Carry out a plan, and verify it by running the suite on what readers now see."""
    layout = setting.place.layout
    assert layout is not None  # noqa: S101 - a plan was made, so there is a layout

    def verify(partition: Partition) -> tuple[bool, str]:
        return passes(setting.suite, setting.data, partition, setting.options, setting.now)

    try:
        status = apply(plan, layout, setting.place.journal, verify=verify)
    except RollbackError as error:
        return None, str(error)
    return status, "" if status.is_complete else f"{status.state}: {status.detail} {status.next}".strip()


def passes(
    suite: Suite,
    data: Any,
    partition: Partition,
    options: EngineOptions | None = None,
    now: dt.datetime | None = None,
) -> tuple[bool, str]:
    """Whether what readers see now meets a suite by itself, not against its input; and in words."""
    # Restored bytes were made from an earlier input. What the input holds now says nothing about them.
    with Validation(without_input(suite), data, partition, None, options, now) as validation:
        result = validation.result()
    failed = ", ".join(verdict.id for verdict in result.failed)
    return result.status.good, f"suite {suite.name}: {result.status.value}" + (
        f" ({failed})" if failed else ""
    )


def supersede(store: FileStore, suite: str, partition: Partition, run_id: str) -> None:
    """Mark the runs of a partition whose bytes a newer good run replaced."""
    for head in store.heads(suite=suite, partition=partition):
        if head.run_id != run_id and is_baseline(head, head.events):
            store.mark(head.run_id, SUPERSEDED, {"by": run_id})


def record_of(
    validation: Validation,
    result: Result,
    run_id: str,
    manifest: Manifest | None,
    decision: Decision,
    rollback_id: str,
    *,
    setting: Setting,
    kind: str = "run",
    visible: bool = True,
) -> RunRecord:
    """What is kept of a run."""
    manifests = {} if manifest is None else {"": manifest}
    others = {name: source for name, source in validation.sources.items() if name}
    for name, source in others.items():
        about = setting.hashes.manifest(source, validation.partition if name == "input" else Partition())
        if about is not None:
            manifests[name] = about
    size = sum(size_of(source) for source in validation.sources.values())
    return RunRecord(
        run_id=run_id,
        result=result.masked(),
        kind=kind,
        user=provenance.user(),
        suite=validation.suite.to_dict(),
        params=dict(validation.suite.params),
        manifests=manifests,
        code_revision=setting.code_revision,
        versions=provenance.versions(),
        peak_memory=provenance.peak_memory(),
        bytes_read=size,
        action=decision.action.value,
        reason=decision.reason,
        rollback_id=rollback_id,
        visible=visible,
    )
