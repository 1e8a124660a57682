"""`dq rollback undo`: put back what a rollback displaced."""

from __future__ import annotations

import click

from dq.cli import options
from dq.cli.screen import Screen


@click.command(short_help="Put back what a rollback displaced.")
@click.argument("id", required=False, default="")
@options.suite_option
@click.option("--reason", metavar="TEXT", default="", help="Why; kept in the journal.")
@options.store_option
@options.screen_options
def command(
    screen: Screen,
    id: str,  # noqa: A002 - click names the argument as the help shows it
    suite: str | None,
    reason: str,
    store: str | None,
) -> int:
    """Put the quarantined bytes of a rollback before readers again.

    It is a new rollback in the other direction: nothing is deleted and history is not edited. The suite is
    not run, as it would fail again. Without ID, it is the newest rollback or quarantine that is done.
    """
    from dq.cli import places, rollbacks
    from dq.flow.rolling import undo

    with screen.progress(f"Undoing {id or 'the newest rollback'}"):
        status = undo(id, suite, reason=reason, store=places.store_at(store))
    return rollbacks.tell(screen, [status], status.to_dict())
