"""What the rollback verbs share: finding plans and operations, verifying, telling how it went."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dq.cli.exit_codes import ExitCode
from dq.errors import StoreError, UsageError, did_you_mean

if TYPE_CHECKING:
    from dq.cli.places import Table
    from dq.cli.screen import Screen
    from dq.lake.manifest import Partition
    from dq.rollback.journal import Journal
    from dq.rollback.plan import RollbackPlan
    from dq.rollback.status import RollbackStatus
    from dq.store import LocalStore
    from dq.validation import EngineOptions

Verify = Callable[["Partition"], "tuple[bool, str]"]


def journal_of(store: LocalStore) -> Journal:
    """The journal beside the records of a store."""
    from dq.rollback.documents import LocalDocuments
    from dq.rollback.journal import Journal

    return Journal(LocalDocuments(store.root))


def read_plan(named: str, store: LocalStore) -> RollbackPlan:
    """The plan in a file, or of an id in the store.

    Raises:
        UsageError: there is neither, or it is no rollback plan.
        RollbackRefused: the plan was changed after it was made.
    """
    from dq.rollback.plan import RollbackPlan

    path = Path(named)
    content = _read(path) if path.is_file() else _load(named, store)
    wrong = UsageError(f"{named}: this is no rollback plan; make one with `dq rollback plan --out FILE`")
    if not isinstance(content, dict):
        raise wrong
    try:
        return RollbackPlan.from_dict(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise wrong from error


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except ValueError:
        return None


def _load(named: str, store: LocalStore) -> Any:
    journal = journal_of(store)
    known = [Path(key).stem for key in journal.documents.list("plans/")]
    if named not in known:
        raise UsageError(f"no plan '{named}', neither as a file nor in {store.root}.{did_you_mean(named, known)}")
    return journal.load_plan(named)


def verify_with(table: Table, options: EngineOptions) -> Verify:
    """Runs the suite on what readers now see."""
    from dq.flow.run import passes

    def verify(partition: Partition) -> tuple[bool, str]:
        return passes(table.suite, table.data, partition, None, options)

    return verify


def mark_run(store: LocalStore, run_id: str, event: str, status: RollbackStatus) -> None:
    """Writes down beside a run that its bytes were taken away or came back; once per operation."""
    if not run_id or not status.is_complete:
        return
    try:
        known = {str(seen.detail.get("rollback_id")) for seen in store.events(run_id)}
        if status.id not in known:
            store.mark(run_id, event, {"rollback_id": status.id})
    except StoreError:
        return  # the run was recorded elsewhere; the journal has the operation all the same


def mark_after(store: LocalStore, plan: RollbackPlan, status: RollbackStatus) -> None:
    """Writes down beside the run of the displaced bytes what a finished plan did to them."""
    from dq.store.base import RESTORED, ROLLED_BACK

    mark_run(store, plan.run_id, RESTORED if plan.kind == "undo" else ROLLED_BACK, status)


def tell(screen: Screen, status: RollbackStatus) -> int:
    """Shows how an operation ended.

    Returns:
        The exit code: 4 unless it ended as it was meant to.
    """
    code = ExitCode.PASSED if status.is_complete else ExitCode.NOT_ROLLED_BACK
    if screen.json:
        screen.document(status.to_dict())
    elif code or not screen.quiet:
        from dq.cli.views import status_view

        screen.show(status_view([status]))
    return code
