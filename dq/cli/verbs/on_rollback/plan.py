"""`dq rollback plan`: what a rollback would do, before anything changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dq.cli import options
from dq.cli.screen import Screen

if TYPE_CHECKING:
    from dq.rollback.planning import RollbackPlan
    from dq.store import FileStore


@click.command(short_help="Show every object that a rollback would touch.")
@click.argument("named", metavar="[SUITE]", required=False)
@click.option("--suite", metavar="FILE", help="The suite, instead of the argument.")
@options.partition_option
@click.option(
    "--to", metavar="RUN_ID", default="", help="Go back to the bytes of this run [default: last validated]."
)
@click.option("--quarantine", is_flag=True, help="Put nothing in its place: take the partition out of sight.")
@click.option("--reason", metavar="TEXT", default="asked for by hand", help="Why; kept with the plan.")
@click.option(
    "--out", metavar="FILE", type=click.Path(dir_okay=False), help="Write the plan to a file as JSON."
)
@options.params_option
@options.store_option
@options.screen_options
def command(
    screen: Screen,
    named: str | None,
    suite: str | None,
    partition: dict[str, str],
    to: str,
    quarantine: bool,
    reason: str,
    out: str | None,
    params: dict[str, Any],
    store: str | None,
) -> int:
    """Show what a rollback of a partition would do. What readers see does not change.

    The plan is kept in the store under its id, for `dq rollback apply`.

    \b
    Example:
      dq rollback plan suites/flights.yml --partition date=2013-02-08
    """  # noqa: D301 - click wants the control character itself, to keep these lines apart
    from dq.cli import places
    from dq.cli.views import plan_view
    from dq.flow.rolling import plan
    from dq.rollback.opening import journal_of

    if quarantine and to:
        raise click.UsageError("--to and --quarantine exclude each other: a quarantine goes back to nothing")
    loaded = places.suite_at(options.wanted_suite(named, suite), params)
    kept = places.store_at(store, loaded.root)
    with screen.progress("Looking at the partition"):
        made = plan(
            loaded,
            partition,
            to=to,
            quarantine_only=quarantine,
            reason=reason,
            store=kept,
        )
    journal_of(kept).save_plan(made.id, made.to_dict())
    if out is not None:
        Path(out).write_text(json.dumps(made.to_dict(), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    if screen.json:
        screen.document(made.to_dict())
    elif not screen.quiet:
        screen.show(plan_view(made, f"dq rollback apply {made.id}", since=_since(made, kept)))
    return 0


def _since(plan: RollbackPlan, store: FileStore) -> str:
    """When the bytes to go back to were validated, by the newest run that did."""
    if plan.target is None:
        return ""
    for record in store.newest(plan.dataset, plan.partition):
        manifest = record.manifests.get("")
        if record.result.status.good and manifest is not None and manifest.same_bytes(plan.target):
            return f"validated {record.result.started:%Y-%m-%d %H:%M} UTC by run {record.run_id}"
    return ""
