"""`dq history`: the recorded runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dq.cli import options
from dq.cli.screen import Screen

if TYPE_CHECKING:
    from dq.store import FileStore


@click.command(short_help="List recorded runs, newest first.")
@click.argument("suite", required=False)
@options.partition_option
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    metavar="N",
    help="Most runs to list.",
)
@options.store_option
@options.screen_options
def command(
    screen: Screen, suite: str | None, partition: dict[str, str], limit: int, store: str | None
) -> int:
    """List recorded runs, newest first; of SUITE (its name or its file), or of every suite."""
    from dq.baselines import history
    from dq.cli import places
    from dq.lake.manifest import Partition
    from dq.report.terminal import history_view

    kept = places.store_at(store)
    found = history(kept, _name(suite, kept), limit, Partition.of(partition) if partition else None)
    if screen.json:
        screen.document(found.to_dict())
    else:
        screen.show(history_view(found))
    return 0


def _name(given: str | None, store: FileStore) -> str | None:
    """The suite's name, from its file where it is one.

    Raises:
        UsageError: no run of such a suite is recorded, though others are.
    """
    from dq.errors import UsageError, did_you_mean

    if given is None or store.count(given):
        return given
    name = given
    if Path(given).suffix in (".yml", ".yaml", ".json") and Path(given).is_file():
        from dq.suites import load_suite

        name = load_suite(given).name
        if store.count(name):
            return name
    known = store.suites()
    if not known:
        return name
    hint = did_you_mean(name, known) or f" Recorded: {', '.join(known)}."
    raise UsageError(f"no run of suite '{name}' is recorded.{hint}")
