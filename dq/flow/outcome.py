"""What a run gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dq.result import Result, RunRecord, Status
from dq.rollback.statuses import RollbackStatus

if TYPE_CHECKING:
    from dq.rootcause.note import Note
    from dq.rows.files import Written


@dataclass(frozen=True)
class RunOutcome:
    """A recorded run with everything that followed from it.

    Attributes:
        record: as kept in the store.
        result: all verdicts, samples unmasked; this object does not leave the process by itself.
        rollback: of the rollback, quarantine or publish that followed; None when there was none.
        note: the root-cause note; None when nothing failed.
        trouble: why a wanted rollback was refused or is incomplete; empty otherwise.
        failing_rows: what became of the rows that break the suite; None when nobody asked for them.
    """

    record: RunRecord
    result: Result
    rollback: RollbackStatus | None = None
    note: Note | None = None
    trouble: str = ""
    failing_rows: Written | None = None

    @property
    def status(self) -> Status:
        """Of the result."""
        return self.result.status

    @property
    def run_id(self) -> str:
        """Of the record."""
        return self.record.run_id

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly, masked."""
        return {
            "record": self.record.to_dict(),
            "rollback": self.rollback.to_dict() if self.rollback else None,
            "note": self.note.to_dict() if self.note else None,
            "trouble": self.trouble,
            **({} if self.failing_rows is None else {"failing_rows": self.failing_rows.to_dict()}),
        }
