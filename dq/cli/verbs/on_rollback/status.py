"""`dq rollback status`: what was done, what is unfinished, what to do next."""

from __future__ import annotations

import click

from dq.cli import options
from dq.cli.screen import Screen


@click.command(short_help="Show what was done and what to do next.")
@click.argument("id", required=False)
@options.store_option
@options.screen_options
def command(
    screen: Screen,
    id: str | None,  # noqa: A002 - click names the argument as the help shows it
    store: str | None,
) -> int:
    """List every rollback, quarantine and publish of the store, newest first; with ID, that one alone.

    With --quiet, only what is unfinished or went wrong.
    """
    from dq.cli import places
    from dq.cli.views import status_view
    from dq.flow.rolling import status

    found = status(id or "", store=places.store_at(store))
    if screen.json:
        screen.document(found[0].to_dict() if id else {"rollbacks": [one.to_dict() for one in found]})
        return 0
    shown = [one for one in found if not (screen.quiet and one.is_complete)]
    if shown or not screen.quiet:
        screen.show(status_view(shown))
    return 0
