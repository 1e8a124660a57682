"""The note on a run: what readers see now, in words; written, stored, handed back."""

from __future__ import annotations

import shlex
from dataclasses import replace

from dq.errors import DQError
from dq.flow.explain import find_baseline, investigate
from dq.flow.place import Place
from dq.lake.selection import literal
from dq.result import Result, RunRecord
from dq.rollback.statuses import RollbackStatus
from dq.rootcause.note import Note, State
from dq.rootcause.scanner import SearchOptions
from dq.suites import Suite
from dq.validation import Validation


def findings_on(
    validation: Validation,
    result: Result,
    record: RunRecord,
    place: Place,
    options: SearchOptions | None = None,
) -> Note:
    """The note on a failed result, all but what readers see now.

    Args:
        validation: open, its bytes still where they were judged.
        result: of that validation, unmasked.
        record: of the run.
        place: where the baseline comes from.
        options: bounds of the search.

    Raises:
        EngineError: a query of the search failed.
    """
    return investigate(
        validation,
        result,
        run_id=record.run_id,
        manifests=record.manifests,
        baseline=find_baseline(place.store, place.layout, result.suite, result.partition, place.options.aws),
        store=place.store,
        commands=commands_for(validation, record),
        options=options,
    )


def findings_or_trouble(
    validation: Validation, result: Result, record: RunRecord, place: Place
) -> tuple[Note | None, str]:
    """The findings on a result with failures, and why there are none where the search failed.

    A search that fails must cost only the note, never the record or the rollback.
    """
    if not result.failed:
        return None, ""
    try:
        return findings_on(validation, result, record, place), ""
    except DQError as error:
        return None, f"the note could not be written: {error}"


def finished(note: Note | None, state: State, place: Place) -> Note | None:
    """The note with what readers see now, put into the store."""
    if note is None:
        return None
    note = replace(note, state=state)
    place.store.put_note(note.run_id, note.to_markdown(), note.to_dict())
    return note


def state_after(result: Result, record: RunRecord, status: RollbackStatus | None, trouble: str) -> State:
    """What readers see after a run, a rollback or a refused publish."""
    where = f"partition {result.partition}" if result.partition.values else "the dataset"
    if status is not None and status.kind == "refuse":
        text = f"The new bytes of {where} were not published. Readers see what they saw before."
    elif status is not None and status.is_complete and status.kind == "rollback":
        text = f"Rolled back: readers of {where} see the last validated bytes again."
    elif status is not None and status.is_complete and status.kind == "quarantine":
        text = f"Taken away: readers see no {where} any more. {record.reason}"
    elif trouble:
        text = (
            f"Readers still see these bytes of {where}. A rollback was wanted and is not complete: {trouble}"
        )
    else:
        text = f"Readers still see these bytes of {where}. {record.reason}"
    rolled = status is not None and status.kind != "publish"
    return State(
        text.strip(),
        rollback_id=status.id if rolled and status is not None else "",
        quarantine=status.quarantine if rolled and status is not None else "",
    )


def _named(suite: Suite) -> str:
    """How a command names a suite: its file, from the project root where it lies below."""
    if suite.source is None:
        return suite.name
    source, root = suite.source.absolute(), suite.root.absolute()
    return str(source.relative_to(root)) if root in source.parents else str(source)


def commands_for(validation: Validation, record: RunRecord) -> tuple[str, ...]:
    """What to type next."""
    suite = validation.suite
    again = ["dq", "publish" if record.kind == "publish" else "run"]
    if record.kind == "publish":
        again.append("STAGED_FOLDER")
    again += ["--suite" if record.kind == "publish" else "", _named(suite)]
    words = [word for word in again if word]
    if validation.partition.values:
        words += ["--partition", literal(validation.partition)]
    commands = [f"dq explain {record.run_id}"]
    if record.rollback_id:
        commands.append(f"dq rollback status {record.rollback_id}")
    return (*commands, f"{shlex.join(words)}    # after a new delivery")
