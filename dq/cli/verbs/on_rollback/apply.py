"""`dq rollback apply`: exactly what a plan says."""

from __future__ import annotations

import click

from dq.cli import options
from dq.cli.screen import Screen


@click.command(short_help="Carry out exactly one plan.")
@click.argument("plan", metavar="PLAN_FILE_OR_ID")
@options.suite_option
@options.store_option
@options.screen_options
def command(screen: Screen, plan: str, suite: str | None, store: str | None) -> int:
    """Carry out exactly the plan that `dq rollback plan` made.

    Refused when the partition moved since. The bad bytes are kept in quarantine; afterwards the suite is run
    on what readers now see. Interrupted, it is completed by `dq rollback resume`.
    """
    from dq.cli import places, rollbacks
    from dq.flow.rolling import apply

    kept = places.store_at(store)
    wanted = rollbacks.read_plan(plan, kept)
    with screen.progress(f"Applying {wanted.id}"):
        status = apply(wanted, suite, store=kept)
    return rollbacks.tell(screen, [status], status.to_dict())
