"""What the rollback verbs share: reading a plan, telling how operations ended."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dq.cli.exit_codes import ExitCode
from dq.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from dq.cli.screen import Screen
    from dq.rollback.planning import RollbackPlan
    from dq.rollback.statuses import RollbackStatus
    from dq.store import FileStore


def read_plan(named: str, store: FileStore) -> RollbackPlan:
    """The plan in a file, or of an id in the store.

    Raises:
        UsageError: there is neither, or it is no rollback plan.
        RollbackRefused: the plan was changed after it was made.
    """
    from dq.rollback.planning import RollbackPlan

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


def _load(named: str, store: FileStore) -> Any:
    from dq.rollback.opening import journal_of

    journal = journal_of(store)
    known = [Path(key).stem for key in journal.documents.list("plans/")]
    if named not in known:
        hint = did_you_mean(named, known) or " Make one with `dq rollback plan`."
        raise UsageError(f"there is no plan '{named}', neither as a file nor in the store.{hint}")
    return journal.load_plan(named)


def tell(screen: Screen, statuses: Sequence[RollbackStatus], document: Any) -> int:
    """Shows how operations ended.

    Args:
        screen: written to.
        statuses: oldest first.
        document: their JSON.

    Returns:
        The exit code: 4 unless all ended as they were meant to.
    """
    complete = all(status.is_complete for status in statuses)
    code = ExitCode.PASSED if complete else ExitCode.NOT_ROLLED_BACK
    if screen.json:
        screen.document(document)
    elif code or not screen.quiet:
        from dq.cli.views import status_view

        screen.show(status_view(statuses))
    return code
