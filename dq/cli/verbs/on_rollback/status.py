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
    """List every rollback, quarantine and publish of the store, newest first; with ID, that one alone."""
    from dq.cli import places, rollbacks
    from dq.cli.views import status_view
    from dq.rollback.status import status, status_of

    journal = rollbacks.journal_of(places.store_at(store))
    if id is not None:
        log, entry = journal.find(id)
        one = status_of(log.dataset, log.partition, entry)
        if screen.json:
            screen.document(one.to_dict())
        else:
            screen.show(status_view([one]))
        return 0
    found = status(journal)
    if screen.json:
        screen.document({"rollbacks": [each.to_dict() for each in found]})
        return 0
    shown = [each for each in found if not screen.quiet or not each.is_complete]
    if shown or not screen.quiet:
        screen.show(status_view(shown))
    return 0
