"""`dq explain`: the root-cause note of a run."""

from __future__ import annotations

import sys

import click

from dq.cli import options
from dq.cli.screen import Screen


@click.command(short_help="Show why a run failed.")
@click.argument("run_id", required=False)
@click.option("--fresh", is_flag=True, help="Search again instead of showing the kept note.")
@click.option(
    "--by",
    "dimensions",
    metavar="COLUMN",
    multiple=True,
    help="Let only these columns explain; searches again.",
)
@options.store_option
@options.engine_options
@options.screen_options
def command(
    screen: Screen,
    run_id: str | None,
    fresh: bool,
    dimensions: tuple[str, ...],
    store: str | None,
    threads: int | None,
    memory: str | None,
) -> int:
    """Show the root-cause note of a run: the newest one that failed, unless RUN_ID names another.

    On a terminal the note is laid out; elsewhere it is Markdown: `dq explain > note.md`.
    """
    from dq.cli import places
    from dq.flow.explain_run import explain

    kept = places.store_at(store)
    with screen.progress("Looking for the cause"):
        note = explain(
            run_id or "",
            store=kept,
            fresh=fresh,
            dimensions=dimensions,
            options=places.options_at(kept.beside, threads, memory),
        )
    if screen.json:
        screen.document(note.to_dict())
    elif sys.stdout.isatty():
        from dq.report.notes import note_view

        screen.show(note_view(note.to_markdown()))
    else:
        screen.text(note.to_markdown())
    return 0
