"""`dq rollback resume`: complete what was interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dq.cli import options
from dq.cli.screen import Screen

if TYPE_CHECKING:
    from dq.rollback.statuses import RollbackStatus


@click.command(short_help="Complete what was interrupted.")
@click.argument("id", required=False)
@options.suite_option
@options.store_option
@options.screen_options
def command(
    screen: Screen,
    id: str | None,  # noqa: A002 - click names the argument as the help shows it
    suite: str | None,
    store: str | None,
) -> int:
    """Complete a rollback, an undo or a publish that was interrupted; check a `failed_verify` again.

    Without ID, everything that is unfinished.
    """
    from dq.cli import places, rollbacks
    from dq.flow.rolling import resume, status

    kept = places.store_at(store)
    if id is None:
        unfinished = [one.id for one in status(store=kept) if not one.is_complete and _resumable(one.state)]
    else:
        unfinished = [id]
    done: list[RollbackStatus] = []
    for name in unfinished:
        with screen.progress(f"Resuming {name}"):
            done += resume(name, suite, store=kept)
    if not done and not screen.json:
        if not screen.quiet:
            screen.text("Nothing is unfinished.")
        return 0
    return rollbacks.tell(screen, done, {"rollbacks": [one.to_dict() for one in done]})


def _resumable(state: str) -> bool:
    """A refusal or a conflict is over; trying again needs a new plan."""
    return state not in ("refused", "conflict")
