"""`dq.publish`: write, audit, publish. Readers see a load only when it has passed."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dq.errors import DataError, RollbackError, UsageError
from dq.flow.notes import findings_or_trouble, finished, state_after
from dq.flow.outcome import RunOutcome
from dq.flow.place import Place, remember_pointer
from dq.flow.run import record_of, supersede
from dq.flow.setting import Setting
from dq.lake.layout import Load
from dq.lake.local.pointer import LocalPointer
from dq.lake.manifest import Partition
from dq.lake.source import open_source
from dq.result import Result
from dq.rollback.decide import Action, Decision
from dq.rollback.publish import publish_load, refuse_load
from dq.rollback.statuses import RollbackStatus
from dq.rows.files import failing_rows_or_trouble
from dq.store import new_run_id
from dq.store.base import PUBLISHED
from dq.suites import Suite
from dq.suites.datasets import slice_of
from dq.validation import EngineOptions, Validation


def publish(
    staged: str | os.PathLike[str],
    suite: Any,
    partition: Mapping[str, Any] | None = None,
    *,
    params: Mapping[str, Any] | None = None,
    input: Any = None,  # noqa: A002 - the design's word for what a dataset was made from
    store: Any = None,
    options: EngineOptions | None = None,
    now: dt.datetime | None = None,
    failing_rows: Any = None,
) -> RunOutcome:
    """Copy staged files beside the table, validate the copy, and let readers see it if it passes.

    What passes is exactly what is published: the copy is immutable from the moment it is judged.

    Args:
        staged: folder or file with the new bytes of the partition.
        suite: path, mapping, Great Expectations suite, or a loaded suite; it names the table.
        partition: the slice; None for an unpartitioned table.
        params: values of the suite's parameters.
        input: what the dataset was made from; None for what the suite names.
        store: folder of the store; None for the configured one.
        options: threads and memory; None for the configured ones.
        now: the moment that freshness is measured against; None for the clock.
        failing_rows: folder for the rows that break the suite, as Parquet; or a `dq.rows.files.Output`.

    Returns:
        The outcome; with a status that is not good the load is in quarantine and readers saw nothing of it.

    Raises:
        SuiteError: the suite cannot be read, or names no table.
        DataError: the staged files cannot be read.
        RollbackConflict: the partition moved while the load was judged; the load stays beside the table.
    """
    setting = Setting.of(
        suite,
        params=params,
        input=input,
        store=store,
        options=options,
        now=now,
        failing_rows=failing_rows,
    )
    loaded, place = setting.suite, setting.place
    slice_ = slice_of(loaded, partition, aws=setting.options.aws)
    layout = _gate(setting)
    expected = layout.current(slice_)
    load = layout.stage(slice_, Path(os.fspath(staged)))
    run_id = new_run_id(dt.datetime.now(dt.timezone.utc))
    staged_files = open_source(load.manifest.location, Partition(), aws=setting.options.aws)
    with Validation(loaded, staged_files, slice_, input, setting.options, now) as validation:
        result = replace(validation.result(), location=str(staged))
        decision = _decision(result)
        record = record_of(
            validation,
            result,
            run_id,
            load.manifest,
            decision,
            "",
            setting=setting,
            kind="publish",
            visible=False,
        )
        if result.failed:
            record = replace(record, note=f"notes/{run_id}.md")
        # Recorded as not visible first: a crash in between must not leave a record of what nobody saw.
        place.store.put_run(record)
        written = failing_rows_or_trouble(result, setting.failing_rows, run_id)
        note, unwritten = findings_or_trouble(validation, result, record, place)
        trouble = ""
        status: RollbackStatus | None
        if result.status.good:
            status = publish_load(layout, place.journal, loaded.name, load, expected, run_id=run_id)
            place.store.mark(run_id, PUBLISHED, {"publish_id": status.id})
            supersede(place.store, loaded.name, slice_, run_id)
        else:
            status, trouble = _refuse(layout, place, loaded, load, result, decision.reason, run_id)
        note = finished(note, state_after(result, record, status, trouble), place)
    return RunOutcome(record, result, status, note, "; ".join(filter(None, (trouble, unwritten))), written)


def _gate(setting: Setting) -> LocalPointer:
    suite = setting.suite
    if suite.data is None:
        raise UsageError(f"suite '{suite.name}' names no data, so there is no table to publish to")
    if setting.place.layout is None:
        raise UsageError(f"{suite.data} is no folder; only a table's folder can be published to")
    layout = LocalPointer(Path(suite.root, suite.data), setting.place.store.folder(suite.root))
    remember_pointer(layout)
    return layout


def _decision(result: Result) -> Decision:
    if result.status.good:
        return Decision(Action.NONE, "Every critical expectation passed.")
    failed = ", ".join(verdict.id for verdict in result.failed[:3])
    why = f"failed: {failed}" if failed else f"the run is {result.status.value}"
    return Decision(Action.QUARANTINE, f"Not published; {why}.")


def _refuse(
    layout: LocalPointer,
    place: Place,
    suite: Suite,
    load: Load,
    result: Result,
    reason: str,
    run_id: str,
) -> tuple[RollbackStatus | None, str]:
    failed = tuple(verdict.id for verdict in result.failed)
    note = f"notes/{run_id}.md" if failed else ""
    try:
        status = refuse_load(
            layout, place.journal, suite.name, load, failed=failed, reason=reason, run_id=run_id, note=note
        )
    except (RollbackError, DataError) as error:
        return None, str(error)
    return status, ""
