"""`dq rollback plan`: what a rollback would do, before anything changes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dq.cli import options
from dq.cli.screen import Screen

if TYPE_CHECKING:
    from dq.cli.places import Table
    from dq.lake.manifest import Manifest, Partition
    from dq.result import RunRecord
    from dq.rollback.plan import RollbackPlan


@click.command(short_help="Show every object that a rollback would touch.")
@click.argument("named", metavar="[SUITE]", required=False)
@click.option("--suite", metavar="FILE", help="The suite, instead of the argument.")
@options.partition_option
@click.option(
    "--to", "run_id", metavar="RUN_ID", help="Go back to the bytes of this run [default: last validated]."
)
@click.option("--reason", metavar="TEXT", default="", help="Why; kept with the plan.")
@click.option("--out", metavar="FILE", type=click.Path(dir_okay=False), help="Write the plan to a file as JSON.")
@options.params_option
@options.store_option
@options.screen_options
def command(
    screen: Screen,
    named: str | None,
    suite: str | None,
    partition: dict[str, str],
    run_id: str | None,
    reason: str,
    out: str | None,
    params: dict[str, Any],
    store: str | None,
) -> int:
    """Show what a rollback of a partition would do. What readers see does not change.

    The plan is kept in the store under its id. When no bytes of the partition were ever validated, the plan is
    to take it out of readers' sight.

    \b
    Example:
      dq rollback plan suites/flights.yml --partition date=2013-02-08
    """
    from dq.cli import places
    from dq.cli.views import plan_view
    from dq.lake.manifest import Partition

    loaded = places.suite_at(options.wanted_suite(named, suite), params)
    table = places.table_of(loaded, places.store_at(store, loaded.root))
    slice_ = Partition.of(places.slice_of(partition, loaded))
    with screen.progress("Looking at the partition"):
        target = _target(table, slice_, run_id)
        plan = _planned(table, slice_, target.manifest, reason)
    table.place.journal.save_plan(plan.id, plan.to_dict())
    if out is not None:
        Path(out).write_text(json.dumps(plan.to_dict(), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    if screen.json:
        screen.document(plan.to_dict())
    else:
        screen.show(plan_view(plan, f"dq rollback apply {plan.id}", since=target.since))
    return 0


@dataclass(frozen=True)
class _Target:
    """What a rollback goes back to; no manifest when nothing was ever validated."""

    manifest: Manifest | None
    since: str = ""


def _target(table: Table, partition: Partition, run_id: str | None) -> _Target:
    """The bytes to go back to: of the run that is named, else the last validated ones.

    Raises:
        StoreError: no such run.
        RollbackRefused: the run cannot be a target.
    """
    from dq.errors import RollbackRefused
    from dq.history import last_validated
    from dq.store import may_be_restored

    store = table.place.store
    if run_id is None:
        record = last_validated(store, table.suite.name, partition)
        return _Target(record.manifests.get("") if record else None, _since(record))
    record = store.get_run(run_id)
    result, manifest = record.result, record.manifests.get("")
    if result.suite != table.suite.name or result.partition != partition:
        of = f"{result.suite} {result.partition}".rstrip()
        raise RollbackRefused(f"Run {record.run_id} is of {of}; expected {table.suite.name} {partition}".rstrip())
    if manifest is None or not may_be_restored(record, store.events(record.run_id)):
        raise RollbackRefused(
            f"Run {record.run_id} cannot be gone back to: its status is {result.status.value}"
            f"{'' if manifest else ', and it names no files'}. Only bytes that passed, and were not rolled "
            "back since, may come back; see `dq history`."
        )
    return _Target(manifest, _since(record))


def _since(record: RunRecord | None) -> str:
    return f"; validated {record.result.started:%Y-%m-%d %H:%M} UTC by run {record.run_id}" if record else ""


def _planned(table: Table, partition: Partition, target: Manifest | None, reason: str) -> RollbackPlan:
    """The plan, told from the newest run that looked at the bytes that are to go."""
    from dq.cli.places import newest_bytes
    from dq.rollback.plan import look, plan_rollback

    _, before = look(table.layout, partition)
    judged = newest_bytes(table.place.store, table.suite.name, partition, before.digest)
    return plan_rollback(
        table.layout,
        table.suite.name,
        partition,
        target,
        reason=reason or "Asked for on the command line.",
        failed=tuple(verdict.id for verdict in judged.result.failed) if judged else (),
        run_id=judged.run_id if judged else "",
        note=judged.note if judged else "",
    )
