"""`dq.explain`: the note of a recorded run, as kept or made again from the same bytes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dq.errors import DataError
from dq.flow.notes import findings_on
from dq.flow.recorded import bytes_of, find_run, open_store, place_around, suite_of
from dq.rootcause.note import Note, State
from dq.rootcause.scanner import SearchOptions
from dq.validation import EngineOptions, Validation


def explain(
    run_id: str = "",
    *,
    store: Any = None,
    fresh: bool = False,
    dimensions: tuple[str, ...] = (),
    options: EngineOptions | None = None,
) -> Note:
    """The root-cause note of a run.

    Args:
        run_id: of a recorded run, or a unique beginning of it; empty for the newest run with a failure.
        store: folder of the store; None for the configured one.
        fresh: search again instead of reading the kept note; implied by `dimensions`.
        dimensions: only these columns may explain.
        options: threads and memory.

    Raises:
        StoreError: no such run, or none that failed.
        DataError: to search again, the run's exact bytes are needed and are no longer there.
    """
    opened = open_store(store)
    record = find_run(run_id, opened)
    kept = opened.get_note(record.run_id)
    if kept is not None and not fresh and not dimensions:
        return Note.from_dict(kept.data)
    place = place_around(record, opened)
    source = bytes_of(record, place)
    if source is None:
        raise DataError(f"the bytes that run {record.run_id} looked at are no longer there; see `dq replay`")
    suite, partition = suite_of(record, opened), record.result.partition
    with Validation(suite, source, partition, None, options, record.result.started) as again:
        state = State(**kept.data["state"]) if kept else State(record.reason)
        search = SearchOptions(columns=dimensions)
        return replace(findings_on(again, again.result(), record, place, search), state=state)
