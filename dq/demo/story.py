"""`dq demo`: a small lake of real flights, a bad night, and what dq does about it.

The story calls what any pipeline would call, `dq.run` and `dq.publish`, and shows what they give back.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dq.baselines import history
from dq.demo.faults import Fault, fault
from dq.demo.lake import RAW, Lake
from dq.flow.outcome import RunOutcome
from dq.flow.rolling import status
from dq.report.notes import note_view
from dq.report.terminal import history_view, result_view, rollback_view

if TYPE_CHECKING:
    from rich.console import Console

FIRST, LAST = dt.date(2013, 2, 7), dt.date(2013, 2, 13)
"""Days of the story; the fault is planted on the last. A blizzard on the 8th and 9th is real."""


@dataclass(frozen=True)
class Told:
    """What the story ended with, for tests and for `--json`.

    Attributes:
        folder: the demo's project.
        fault: what was planted.
        refused: the publish that the gate refused.
        rolled_back: the run that rolled a bad partition back.
        seconds: how long it took.
    """

    folder: Path
    fault: Fault
    refused: RunOutcome
    rolled_back: RunOutcome
    seconds: float


def tell(folder: Path, fault_name: str, console: Console, made: Callable[[Path], Lake] = Lake) -> Told:
    """Build the lake, live through the nights, and say what happened.

    Args:
        folder: where the demo's project goes.
        fault_name: a name from `dq.demo.faults.FAULTS`.
        console: written to.
        made: makes the lake in that folder.

    Raises:
        UsageError: the folder is somebody else's, or the fault is not known.
    """
    began = time.perf_counter()
    planted = fault(fault_name)
    lake = made(folder)
    _heading(console, "Seven nights of flights out of New York, 2013")
    console.print(
        f"In {lake.folder}: three airports deliver raw files; a job turns local times into UTC and joins "
        "planes and airlines; dq checks both ends and lets readers see a day only when it is right. "
        f"Readers look at {lake.where}.\n"
    )
    days = [FIRST + dt.timedelta(i) for i in range((LAST - FIRST).days + 1)]
    nights: list[tuple[dt.date, RunOutcome, RunOutcome]] = []
    with console.status("checking and publishing"):
        for day in days:
            lake.deliver(day, planted if day == LAST else None)
            nights.append((day, lake.check_raw(day), lake.through_the_gate(day)))
    console.print(_nights(nights))
    refused = nights[-1][2]
    _the_gate(console, lake, planted, refused)
    rolled_back = _the_rollback(console, lake, planted)
    _looking_back(console, lake, rolled_back)
    seconds = time.perf_counter() - began
    console.print(f"\nThe whole story took {seconds:.1f} s. It is all in {lake.folder}.")
    return Told(lake.folder, planted, refused, rolled_back, seconds)


def _the_gate(console: Console, lake: Lake, planted: Fault, refused: RunOutcome) -> None:
    _heading(console, f"The night of {LAST}: {planted.description}")
    console.print(result_view(refused.result))
    partitions = ", ".join(f"{name} ({rows:,} rows)" for name, rows in lake.visible()[-2:])
    console.print(f"\nReaders saw nothing of it. The newest days they see: {partitions}.")
    if refused.rollback is not None:
        console.print(f"The bad bytes are kept in {refused.rollback.quarantine}", soft_wrap=True)
    _heading(console, "The note")
    if refused.note is not None:
        console.print(note_view(refused.note.to_markdown()))


def _the_rollback(console: Console, lake: Lake, planted: Fault) -> RunOutcome:
    _heading(console, "The day after: a careless job goes past the gate")
    lake.deliver(LAST)
    lake.check_raw(LAST)
    good = lake.through_the_gate(LAST)
    console.print(
        f"The airports deliver {LAST} again, and it is right: published, {good.result.rows:,} rows."
    )
    lake.deliver(LAST, planted)
    lake.past_the_gate(LAST)
    console.print(
        "Then a backfill writes the faulty day straight into the table. The nightly check finds it:\n"
    )
    outcome = lake.check_curated(LAST)
    console.print(result_view(outcome.result))
    rows = lake.rows(LAST)
    state = outcome.rollback.state if outcome.rollback else outcome.trouble
    console.print(f"\nRolled back ({state}): readers see the {rows:,} validated rows of {LAST} again.")
    return outcome


def _looking_back(console: Console, lake: Lake, rolled_back: RunOutcome) -> None:
    _heading(console, "dq history curated_flights")
    console.print(history_view(history(lake.place.store, "curated_flights", 12)))
    _heading(console, "dq rollback status")
    rows = [entry.to_dict() for entry in status(store=lake.place.store) if entry.kind != "publish"]
    console.print(rollback_view(rows))
    undo = rolled_back.rollback.id if rolled_back.rollback else ""
    _heading(console, "Go on from here")
    console.print(f"cd {lake.folder}", soft_wrap=True)
    for command, what in (
        (f"dq explain {rolled_back.run_id}", "the note on the rolled-back bytes"),
        (f"dq replay {rolled_back.run_id}", "the same bytes judged again: the same verdicts"),
        (f"dq rollback undo {undo}", "if the check was wrong: bring the bytes back"),
        (f"dq validate --suite {RAW} --partition date={FIRST}", "any day, any suite, nothing written"),
    ):
        console.print(f"{command}\n    # {what}", soft_wrap=True)


def _heading(console: Console, text: str) -> None:
    console.print()
    console.rule(text, align="left", style="dim")


def _nights(nights: list[tuple[dt.date, RunOutcome, RunOutcome]]) -> object:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for head in ("night", "rows", "raw", "curated", "published", "seconds"):
        table.add_column(head, justify="right" if head in ("rows", "seconds") else "left")
    for day, raw, curated in nights:
        table.add_row(
            f"{day:%a %d %b}",
            f"{raw.result.rows or 0:,}",
            _status(raw),
            _status(curated),
            "yes" if curated.status.good else "no, quarantined",
            f"{raw.result.seconds + curated.result.seconds:.2f}",
        )
    return table


def _status(outcome: RunOutcome) -> str:
    failed = ", ".join(verdict.id for verdict in outcome.result.failed[:2])
    return outcome.status.value + (f": {failed}" if failed else "")
