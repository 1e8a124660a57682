"""`dq rollback resume`: complete what was interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dq.cli import options
from dq.cli.screen import Screen

if TYPE_CHECKING:
    from dq.rollback.journal import Journal


@click.command(short_help="Complete an interrupted operation.")
@click.argument("id", required=False)
@options.suite_option
@options.store_option
@options.engine_options
@options.screen_options
def command(
    screen: Screen,
    id: str | None,  # noqa: A002 - click names the argument as the help shows it
    suite: str | None,
    store: str | None,
    threads: int | None,
    memory: str | None,
) -> int:
    """Complete a rollback, an undo or a publish that was interrupted; check a `failed_verify` again.

    ID may be left out when exactly one operation is unfinished.
    """
    from dq.cli import places, rollbacks
    from dq.rollback.apply import KINDS, resume
    from dq.rollback.plan import RollbackPlan
    from dq.rollback.publish import PublishPlan

    kept = places.store_at(store)
    journal = rollbacks.journal_of(kept)
    name = id if id is not None else _only_open(journal)
    if name is None:
        return _nothing(screen)
    log, entry = journal.find(name)
    saved = journal.load_plan(name)
    plan = RollbackPlan.from_dict(saved) if entry.kind in KINDS else PublishPlan.from_dict(saved)
    table = places.recorded_table(log.dataset, plan.run_id, suite, kept)
    verify = None
    if entry.kind == "rollback":
        verify = rollbacks.verify_with(table, places.options_at(table.suite.root, threads, memory))
    with screen.progress(f"Resuming {name}"):
        status = resume(name, table.layout, journal, verify=verify)
    if isinstance(plan, RollbackPlan):
        rollbacks.mark_after(kept, plan, status)
    return rollbacks.tell(screen, status)


def _only_open(journal: Journal) -> str | None:
    """The one unfinished operation; None when there is none.

    Raises:
        UsageError: there are several.
    """
    from dq.errors import UsageError

    found = [entry.id for log in journal.logs() for entry in log.entries if entry.is_open]
    if len(found) > 1:
        raise UsageError(f"{len(found)} operations are unfinished; name one: {', '.join(found)}")
    return found[0] if found else None


def _nothing(screen: Screen) -> int:
    if screen.json:
        screen.document({"resumed": None})
    elif not screen.quiet:
        screen.text("Nothing is unfinished.")
    return 0
