"""The runs of a suite as rows, newest first, with the mark of those that are the baseline.

A run is part of the baseline when it passed (with or without warnings), readers see its bytes, and they were
neither rolled back nor superseded. Of several good loads of one partition only the newest counts, so that a
partition that was delivered twice is not counted twice. A whole dataset has no such rule: there every run
looks at another state of the same data, and all of them are the history that a baseline is made of.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dq.lake.manifest import Partition
from dq.result import RunRecord, Status
from dq.store.base import Store, is_baseline


@dataclass(frozen=True)
class HistoryRow:
    """One run.

    Attributes:
        run_id: sorts by time.
        suite: its name.
        kind: `run` or `publish`.
        partition: the slice that was looked at.
        started: UTC.
        seconds: wall time.
        status: of the run.
        rows: row count; None when unknown.
        counts: number of verdicts by outcome; every outcome is present.
        action: `none`, `report`, `quarantine` or `rollback`.
        reason: why, in words.
        rollback_id: of the rollback that followed; empty when there was none.
        note: path of the note relative to the store; empty when there is none.
        visible: whether readers saw the bytes when the run ended.
        events: names of what became known later, oldest first.
        baseline: whether the run is part of the baseline.
    """

    run_id: str
    suite: str
    kind: str
    partition: Partition
    started: dt.datetime
    seconds: float
    status: Status
    rows: int | None
    counts: Mapping[str, int]
    action: str
    reason: str
    rollback_id: str
    note: str
    visible: bool
    events: tuple[str, ...] = ()
    baseline: bool = False

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly."""
        return vars(self) | {
            "partition": self.partition.as_dict(),
            "started": self.started.isoformat(),
            "status": self.status.value,
            "counts": dict(self.counts),
            "events": list(self.events),
        }


@dataclass(frozen=True)
class History:
    """Runs, newest first.

    Attributes:
        suite: name; None for all suites.
        rows: at most as many as were asked for.
        total: recorded runs of the suite, whatever the partition and the limit.
    """

    suite: str | None
    rows: tuple[HistoryRow, ...]
    total: int

    @property
    def baseline(self) -> tuple[HistoryRow, ...]:
        """The rows that are part of the baseline, newest first."""
        return tuple(row for row in self.rows if row.baseline)

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly."""
        return {"suite": self.suite, "total": self.total, "runs": [row.to_dict() for row in self.rows]}


def history(
    store: Store, suite: str | None = None, limit: int | None = 20, partition: Partition | None = None
) -> History:
    """The newest runs.

    Args:
        store: where they are recorded.
        suite: its name; None for all suites.
        limit: most rows; None for all.
        partition: only this slice; None for every slice.
    """
    records = store.runs(suite, partition, limit)
    return History(suite, history_rows(records, store.event_names(records)), store.count(suite))


def history_rows(
    records: Iterable[RunRecord], events: Mapping[str, tuple[str, ...]]
) -> tuple[HistoryRow, ...]:
    """Rows in the order of the records. Pure.

    Args:
        records: newest first, without gaps: a run superseded by one that is left out is not seen as such.
        events: names of those of each run, by its id; a run without any may be missing.
    """
    rows: list[HistoryRow] = []
    taken: dict[tuple[str, Partition], str] = {}  # bytes of the newest good load
    for record in records:
        seen = events.get(record.run_id, ())
        row = replace(_row(record), events=seen)
        if is_baseline(record, seen):
            manifest = record.manifests.get("")
            digest = manifest.digest if manifest else ""
            newest = taken.setdefault((row.suite, row.partition), digest)
            row = replace(row, baseline=not row.partition.values or newest == digest)
        rows.append(row)
    return tuple(rows)


def _row(record: RunRecord) -> HistoryRow:
    result = record.result
    return HistoryRow(
        run_id=record.run_id,
        suite=result.suite,
        kind=record.kind,
        partition=result.partition,
        started=result.started,
        seconds=result.seconds,
        status=result.status,
        rows=result.rows,
        counts=result.counts(),
        action=record.action,
        reason=record.reason,
        rollback_id=record.rollback_id,
        note=record.note,
        visible=record.visible,
    )
