"""`dq store repair`: complete what a crash cut off."""

from __future__ import annotations

import click

from dq.cli import options
from dq.cli.screen import Screen


@click.command(short_help="Complete what a crash cut off.")
@options.store_option
@options.screen_options
def command(screen: Screen, store: str | None) -> int:
    """Write the verdict tables and heads that runs lack, and remove temporary files of writers that died.

    Records, events and notes are never changed. It may run beside writers, and as often as you like.
    """
    from dq.cli import places
    from dq.report.text import plural

    kept = places.store_at(store)
    with screen.progress("Looking through the store"):
        written = kept.repair()
    if screen.json:
        screen.document({"store": kept.address, "verdict_tables_written": written})
    elif not screen.quiet:
        screen.text(f"{kept.address}: {plural(written, 'verdict table')} written")
    return 0
