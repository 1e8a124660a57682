"""A rollback written down before it happens: every object, what readers will see, which guards hold.

`plan_rollback` only looks. The plan is frozen, survives JSON without loss and carries an id made from its own
content, so that a changed plan is another plan and the same plan applied twice is applied once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any, Literal

from dq.errors import RollbackConflict, RollbackRefused
from dq.lake.layout import Layout
from dq.lake.manifest import FileEntry, Manifest, Partition

Kind = Literal["rollback", "quarantine", "undo"]
_PREFIX: Mapping[str, str] = {"rollback": "rb", "quarantine": "qt", "undo": "un"}
_LOOKS = 3


@dataclass(frozen=True)
class PlannedObject:
    """What happens to one file of the partition.

    Attributes:
        action: `keep` (same bytes before and after), `restore` (from the target) or `remove` (out of sight).
        path: relative to the partition.
        size: bytes of the file that the action is about.
        checksum: `sha256:<hex>` of it.
        rows: its rows, where known.
    """

    action: Literal["keep", "restore", "remove"]
    path: str
    size: int
    checksum: str
    rows: int | None = None


@dataclass(frozen=True)
class RollbackPlan:
    """Everything that a rollback will do.

    Attributes:
        kind: `rollback`, `quarantine` (nothing in its place) or `undo`.
        dataset: the dataset's name.
        layout: name of the layout it was made for.
        before: what readers see now.
        target: what they will see; None when the partition is taken out of sight.
        expected_token: state of the partition that the plan was made for; None when there was nothing.
        objects: every file, sorted by path.
        atomicity: what the layout promises.
        visibility: how readers see the change.
        guards: conditions that the storage checks.
        windows: what can be seen for a moment.
        quarantine: where the displaced bytes will be kept, below the store's folder.
        failed: ids of the failed expectations.
        reason: why, in words.
        run_id: the run that asked for it; may be empty.
        note: where the root-cause note is; may be empty.
        undoes: id of the rollback that this one undoes; empty otherwise.
        created_at: ISO time. It is part of the id, because a missing partition has no token of its own:
            two plans made when nothing was there are two plans.
        id: `rb-`, `qt-` or `un-` and a digest of all of the above.
    """

    kind: Kind
    dataset: str
    layout: str
    before: Manifest
    target: Manifest | None
    expected_token: str | None
    objects: tuple[PlannedObject, ...]
    atomicity: str
    visibility: str
    guards: tuple[str, ...]
    windows: tuple[str, ...]
    quarantine: str
    failed: tuple[str, ...]
    reason: str
    run_id: str
    note: str
    undoes: str
    created_at: str
    id: str

    @property
    def partition(self) -> Partition:
        """Which slice."""
        return self.before.partition

    @property
    def effect(self) -> str:
        """One sentence: what readers see before and after."""
        if self.target is None:
            return f"Readers see no such partition any more; now it has {amount(self.before)}."
        return f"Readers see {amount(self.target)}; now they see {amount(self.before)}."

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly; `from_dict` reads it back without loss. Totals are added for people."""
        return {
            **_content(self),
            "id": self.id,
            "quarantine": self.quarantine,
            "effect": self.effect,
            "rows": {"before": self.before.rows, "after": self.target.rows if self.target else 0},
            "bytes": {"before": self.before.size, "after": self.target.size if self.target else 0},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RollbackPlan:
        """The inverse of `to_dict`.

        Raises:
            RollbackRefused: the content does not belong to the id.
            KeyError: a field is missing.
        """
        target = data["target"]
        plan = cls(
            kind=data["kind"],
            dataset=data["dataset"],
            layout=data["layout"],
            before=Manifest.from_dict(data["before"]),
            target=Manifest.from_dict(target) if target else None,
            expected_token=data["expected_token"],
            objects=tuple(PlannedObject(**entry) for entry in data["objects"]),
            atomicity=data["atomicity"],
            visibility=data["visibility"],
            guards=tuple(data["guards"]),
            windows=tuple(data["windows"]),
            quarantine=data["quarantine"],
            failed=tuple(data["failed"]),
            reason=data["reason"],
            run_id=data["run_id"],
            note=data["note"],
            undoes=data["undoes"],
            created_at=data["created_at"],
            id=data["id"],
        )
        if _id(plan) != plan.id:
            raise RollbackRefused(
                f"Plan {plan.id} was changed after it was made: its content has the id {_id(plan)}. "
                "Make a new plan."
            )
        return plan


def plan_rollback(
    layout: Layout,
    dataset: str,
    partition: Partition,
    target: Manifest | None,
    *,
    reason: str,
    failed: tuple[str, ...] = (),
    run_id: str = "",
    note: str = "",
    undoes: str = "",
    now: datetime | None = None,
) -> RollbackPlan:
    """Looks at the partition and says what a rollback would do. Nothing is changed.

    Args:
        layout: how the table is stored.
        dataset: its name, as in the journal.
        partition: which slice.
        target: the last validated manifest; None to take the partition out of sight.
        reason: why, in words.
        failed: ids of the failed expectations.
        run_id: the run that asked for it.
        note: where the root-cause note is.
        undoes: id of the rollback to be undone.
        now: timezone-aware; the present when left out.

    Raises:
        RollbackRefused: there is nothing to do, or the target's bytes are not kept.
        RollbackConflict: the partition changes while it is looked at.
    """
    token, before = look(layout, partition)
    if target is None and token is None:
        raise RollbackRefused(
            f"Readers see no partition {partition} of {dataset}; there is nothing to take away."
        )
    if target is not None:
        _check_target(layout, dataset, before, target, kept=bool(undoes))
    kind: Kind = "undo" if undoes else "rollback" if target else "quarantine"
    draft = RollbackPlan(
        kind=kind,
        dataset=dataset,
        layout=layout.name,
        before=before,
        target=target,
        expected_token=token,
        objects=compare_files(before, target),
        atomicity=layout.promise.atomicity,
        visibility=layout.promise.visibility,
        guards=layout.promise.guards,
        windows=layout.promise.windows,
        quarantine="",
        failed=failed,
        reason=reason,
        run_id=run_id,
        note=note,
        undoes=undoes,
        created_at=(now or datetime.now(timezone.utc)).isoformat(timespec="microseconds"),
        id="",
    )
    name = _id(draft)
    return replace(draft, id=name, quarantine=f"quarantine/{name}")


def look(layout: Layout, partition: Partition) -> tuple[str | None, Manifest]:
    """Token and manifest of one and the same state.

    Raises:
        RollbackConflict: a writer changed the partition during every attempt.
    """
    token = layout.current(partition)
    for _ in range(_LOOKS):
        manifest = layout.manifest(partition)
        again = layout.current(partition)
        if again == token:
            return token, manifest
        token = again
    raise RollbackConflict(
        f"Partition {partition} changed during each of {_LOOKS} looks; a writer is at work. Wait for it, "
        "then validate and plan again."
    )


def compare_files(before: Manifest, target: Manifest | None) -> tuple[PlannedObject, ...]:
    """Every file of both states and what happens to it, sorted by path."""
    old = {entry.path: entry for entry in before.files}
    new = {entry.path: entry for entry in target.files} if target else {}
    planned = [
        _planned("keep" if path in old and old[path].checksum == entry.checksum else "restore", entry)
        for path, entry in new.items()
    ]
    planned += [_planned("remove", entry) for path, entry in old.items() if path not in new]
    return tuple(sorted(planned, key=lambda entry: entry.path))


def amount(manifest: Manifest) -> str:
    """`3 files, 900 rows, 41,230 bytes`; rows are left out where they are unknown."""
    rows = "" if manifest.rows is None else f"{manifest.rows:,} rows, "
    plural = "" if len(manifest.files) == 1 else "s"
    return f"{len(manifest.files):,} file{plural}, {rows}{manifest.size:,} bytes"


def _planned(action: Literal["keep", "restore", "remove"], entry: FileEntry) -> PlannedObject:
    return PlannedObject(action, entry.path, entry.size, entry.checksum, entry.rows)


def _check_target(layout: Layout, dataset: str, before: Manifest, target: Manifest, *, kept: bool) -> None:
    where = f"partition {before.partition} of {dataset}"
    if target.partition != before.partition:
        raise RollbackRefused(f"The target is of partition {target.partition}; expected one of {where}.")
    if target.same_bytes(before):
        raise RollbackRefused(f"Readers of {where} already see the target's bytes; there is nothing to do.")
    if not kept and layout.kept(target) is None:
        raise RollbackRefused(
            f"The target bytes of {where} are not kept any more. Quarantine the partition instead, "
            "and publish it anew."
        )


def _content(plan: RollbackPlan) -> dict[str, Any]:
    return {
        "format": 1,
        "kind": plan.kind,
        "dataset": plan.dataset,
        "layout": plan.layout,
        "partition": str(plan.partition),
        "before": plan.before.to_dict(),
        "target": plan.target.to_dict() if plan.target else None,
        "expected_token": plan.expected_token,
        "objects": [vars(entry) for entry in plan.objects],
        "atomicity": plan.atomicity,
        "visibility": plan.visibility,
        "guards": list(plan.guards),
        "windows": list(plan.windows),
        "failed": list(plan.failed),
        "reason": plan.reason,
        "run_id": plan.run_id,
        "note": plan.note,
        "undoes": plan.undoes,
        "created_at": plan.created_at,
    }


def _id(plan: RollbackPlan) -> str:
    text = json.dumps(_content(plan), sort_keys=True)
    return f"{_PREFIX[plan.kind]}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
