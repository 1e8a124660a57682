"""The two halves of a publish: a staged load is judged; then readers see it, or it goes to quarantine."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dq.errors import DataError, RollbackError
from dq.flow.notes import findings_or_trouble, finished, state_after
from dq.flow.outcome import RunOutcome
from dq.flow.run import record_of, supersede
from dq.flow.setting import Setting
from dq.lake.layout import Layout, Load
from dq.lake.source import Source
from dq.result import Result, RunRecord
from dq.rollback.decide import Action, Decision
from dq.rollback.publish import publish_load, refuse_load
from dq.rollback.statuses import RollbackStatus
from dq.rootcause.note import Note
from dq.rows.files import Written, failing_rows_or_trouble
from dq.store import new_run_id
from dq.store.base import PUBLISHED
from dq.validation import Validation


@dataclass(frozen=True)
class Audited:
    """A staged load that was judged and recorded, and that no reader sees yet.

    Attributes:
        setting: suite and place.
        layout: of the table.
        load: the staged bytes.
        expected: what readers saw before it was staged; see `Layout.current`.
        result: all verdicts.
        record: as kept in the store, not visible.
        note: on the causes of what failed; None when nothing failed.
        written: what became of the rows that break the suite.
        unwritten: why there is no note; empty otherwise.
    """

    setting: Setting
    layout: Layout
    load: Load
    expected: str | None
    result: Result
    record: RunRecord
    note: Note | None
    written: Written | None
    unwritten: str

    @property
    def passed(self) -> bool:
        """Whether readers may see it."""
        return self.result.status.good


def audit(
    setting: Setting, layout: Layout, load: Load, expected: str | None, source: Source, location: str
) -> Audited:
    """Judges a staged load and records the run as not visible.

    Args:
        setting: suite and place.
        layout: of the table.
        load: the staged bytes.
        expected: what readers saw before it was staged.
        source: exactly those bytes, as the table's readers will read them.
        location: what to call them in the result.

    Raises:
        DataError: they cannot be read.
        StoreError: the record cannot be written.
    """
    run_id = new_run_id(setting.place.store.now())
    suite, store = setting.suite, setting.place.store
    with Validation(
        suite, source, load.partition, setting.input, setting.options, setting.now, setting.engine
    ) as validation:
        result = replace(validation.result(), location=location)
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
        store.put_run(record)
        written = failing_rows_or_trouble(result, setting.failing_rows, run_id)
        note, unwritten = findings_or_trouble(validation, result, record, setting.place)
    return Audited(setting, layout, load, expected, result, record, note, written, unwritten)


def release(audited: Audited) -> RunOutcome:
    """Lets readers see a load that passed; puts one that did not into quarantine.

    Raises:
        RollbackConflict: the partition moved while the load was judged; the load stays where it is.
        RollbackRefused: another operation on the partition is not finished.
    """
    setting, record, trouble = audited.setting, audited.record, ""
    place, suite = setting.place, setting.suite
    status: RollbackStatus | None
    if audited.passed:
        status = publish_load(
            audited.layout, place.journal, suite.name, audited.load, audited.expected, run_id=record.run_id
        )
        place.store.mark(record.run_id, PUBLISHED, {"publish_id": status.id})
        supersede(place.store, suite.name, audited.load.partition, record.run_id)
    else:
        status, trouble = _refuse(audited)
    return outcome_of(audited, status, trouble)


def outcome_of(audited: Audited, status: RollbackStatus | None, trouble: str) -> RunOutcome:
    """What a publish gives back.

    Args:
        audited: what was judged.
        status: of the publish or the refusal; None where neither was done.
        trouble: why not; empty otherwise.
    """
    state = state_after(audited.result, audited.record, status, trouble)
    note = finished(audited.note, state, audited.setting.place)
    told = "; ".join(filter(None, (trouble, audited.unwritten)))
    return RunOutcome(audited.record, audited.result, status, note, told, audited.written)


def _decision(result: Result) -> Decision:
    if result.status.good:
        return Decision(Action.NONE, "Every critical expectation passed.")
    failed = ", ".join(verdict.id for verdict in result.failed[:3])
    why = f"failed: {failed}" if failed else f"the run is {result.status.value}"
    return Decision(Action.QUARANTINE, f"Not published; {why}.")


def _refuse(audited: Audited) -> tuple[RollbackStatus | None, str]:
    failed = tuple(verdict.id for verdict in audited.result.failed)
    record = audited.record
    try:
        status = refuse_load(
            audited.layout,
            audited.setting.place.journal,
            audited.setting.suite.name,
            audited.load,
            failed=failed,
            reason=record.reason,
            run_id=record.run_id,
            note=f"notes/{record.run_id}.md" if failed else "",
        )
    except (RollbackError, DataError) as error:
        return None, str(error)
    return status, ""
