"""`dq rollback`: plan, apply, resume, undo, status."""

from __future__ import annotations

import click

from dq.cli.app import Verbs


@click.command(
    cls=Verbs,
    sections={"Verbs": ("plan", "apply", "resume", "undo", "status")},
    package="dq.cli.verbs.on_rollback",
    short_help="Plan, apply, resume, undo a rollback; show what happened.",
)
def command() -> None:
    """Take bad bytes out of readers' sight and put the last validated ones back.

    A plan names every object before anything changes; `apply` does exactly what the plan says.
    """
