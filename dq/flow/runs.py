"""What many runs give back: a summary per partition, small enough to hold thousands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dq.lake.manifest import Partition
from dq.result import RunRecord, Status
from dq.rows.files import Written
from dq.verdict import Severity


@dataclass(frozen=True)
class PartitionRun:
    """One partition of many. The whole record is in the store under `run_id`.

    Attributes:
        partition: the slice.
        run_id: of the record; empty when there is none.
        status: of the result; None when the partition could not be looked at.
        failed: severity by id of the expectation, of those that failed, the critical first.
        rows: of the partition; None when unknown.
        seconds: wall time, everything included; 0 for a partition that was left out.
        action: what was decided: `none`, `report`, `quarantine` or `rollback`.
        rollback_id: of the rollback that followed; empty when there was none.
        note: path of the root-cause note in the store; empty when there is none.
        trouble: why a wanted rollback was refused or is incomplete; empty otherwise.
        error: why it could not be looked at; empty when it could.
        skipped: whether an earlier run on the same bytes was taken instead.
        failing_rows: what became of the rows that break the suite; None when nobody asked for them.
    """

    partition: Partition
    run_id: str = ""
    status: Status | None = None
    failed: Mapping[str, Severity] = field(default_factory=dict)
    rows: int | None = None
    seconds: float = 0.0
    action: str = "none"
    rollback_id: str = ""
    note: str = ""
    trouble: str = ""
    error: str = ""
    skipped: bool = False
    failing_rows: Written | None = None

    @classmethod
    def of_record(cls, record: RunRecord, *, skipped: bool = False) -> PartitionRun:
        """The summary of a record."""
        result = record.result
        return cls(
            result.partition,
            record.run_id,
            result.status,
            {verdict.id: verdict.severity for verdict in result.failed},
            result.rows,
            action=record.action,
            rollback_id=record.rollback_id,
            note=record.note,
            skipped=skipped,
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly; holds no value of the data."""
        return {
            "partition": self.partition.as_dict(),
            "run_id": self.run_id,
            "status": self.status.value if self.status else "unreadable",
            "failed": [{"id": id_, "severity": severity.value} for id_, severity in self.failed.items()],
            "rows": self.rows,
            "seconds": round(self.seconds, 3),
            "action": self.action,
            "rollback_id": self.rollback_id,
            "note": self.note,
            "trouble": self.trouble,
            "error": self.error,
            "skipped": self.skipped,
            **({} if self.failing_rows is None else {"failing_rows": self.failing_rows.to_dict()}),
        }


@dataclass(frozen=True)
class Runs:
    """Many runs of one suite.

    Attributes:
        suite: its name.
        partitions: a summary each, in the order in which they were run.
    """

    suite: str
    partitions: tuple[PartitionRun, ...]

    @property
    def good(self) -> bool:
        """Whether there is a partition, and readers may see the data of every one."""
        return bool(self.partitions) and all(one.status and one.status.good for one in self.partitions)

    def counts(self) -> dict[str, int]:
        """Partitions by status, `unreadable` among them; statuses that no partition has are left out."""
        return dict(Counter(one.status.value if one.status else "unreadable" for one in self.partitions))

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly."""
        return {
            "suite": self.suite,
            "good": self.good,
            "counts": self.counts(),
            "rows": sum(one.rows or 0 for one in self.partitions),
            "seconds": round(sum(one.seconds for one in self.partitions), 3),
            "partitions": [one.to_dict() for one in self.partitions],
        }

    def __str__(self) -> str:
        counts = ", ".join(f"{number} {status}" for status, number in self.counts().items())
        lines = [f"{self.suite}: {len(self.partitions)} partitions: {counts}"]
        for one in self.partitions:
            if one.status is not Status.PASS:
                why = one.error or one.trouble or ", ".join(one.failed)
                lines.append(f"  {one.partition}: {one.status.value if one.status else 'unreadable'} {why}")
        return "\n".join(lines)

    __repr__ = __str__
