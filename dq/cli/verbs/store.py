"""`dq store`: ddl, repair."""

from __future__ import annotations

import click

from dq.cli.app import Verbs


@click.command(
    cls=Verbs,
    sections={"Verbs": ("ddl", "repair")},
    package="dq.cli.verbs.on_store",
    short_help="Print the table for Athena; complete what a crash cut off.",
)
def command() -> None:
    """Look after the store: where runs, events and notes are recorded."""
