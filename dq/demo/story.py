"""`dq demo`: a small lake of real flights, a bad night, and what dq does about it.

The story calls what any pipeline would call, `dq.run` and `dq.publish`, and shows what they give back.
"""

from __future__ import annotations

import datetime as dt
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dq.baselines import history
from dq.demo.data import raw_day_folder, suites_folder, write_raw_day, write_reference
from dq.demo.faults import Fault, fault
from dq.demo.transform import transform_day
from dq.errors import UsageError
from dq.flow.outcome import RunOutcome
from dq.flow.publish import publish
from dq.flow.rolling import status
from dq.flow.run import run
from dq.lake.local.pointer import LocalPointer
from dq.lake.manifest import Partition
from dq.report.notes import note_view
from dq.report.terminal import history_view, result_view, rollback_view
from dq.store import LocalStore

if TYPE_CHECKING:
    from rich.console import Console

FIRST, LAST = dt.date(2013, 2, 7), dt.date(2013, 2, 13)
"""Days of the story; the fault is planted on the last. A blizzard on the 8th and 9th is real."""

_MARK = ".dq-demo"
"""Tells a folder that the demo made, and may make anew, from any other folder."""

RAW, CURATED = "suites/raw_flights.yml", "suites/curated_flights.yml"


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


class Lake:
    """The demo's project: configuration, suites, reference data and the lake.

    Args:
        folder: made anew when an earlier demo made it.

    Raises:
        UsageError: the folder exists and is not a demo's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        if self.folder.exists():
            if any(self.folder.iterdir()) and not (self.folder / _MARK).exists():
                raise UsageError(f"{folder} exists and was not made by the demo; name another with --folder")
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)
        (self.folder / _MARK).write_text("made by dq demo\n")
        (self.folder / "dq.yml").write_text("store: .dq\n")
        shutil.copytree(suites_folder(), self.folder / "suites")
        write_reference(self.folder / "reference")
        self.lake = self.folder / "lake"
        self.store = LocalStore(self.folder / ".dq")
        self.table = LocalPointer(self.lake / "curated" / "flights", self.store.root)

    def deliver(self, day: dt.date, planted: Fault | None = None) -> Path:
        """Three airports deliver a day; perhaps with a fault. Returns the raw day's folder."""
        write_raw_day(self.lake, day)
        raw = raw_day_folder(self.lake, day)
        if planted is not None:
            planted.plant(raw)
        return raw

    def check_raw(self, day: dt.date) -> RunOutcome:
        """The raw suite on a delivered day."""
        return run(self.folder / RAW, {"date": day}, store=self.store)

    def transform(self, day: dt.date) -> Path:
        """The user's own job: raw day in, staged curated day out."""
        staged = self.folder / "staged" / day.isoformat()
        transform_day(raw_day_folder(self.lake, day), self.folder / "reference", staged)
        return staged

    def through_the_gate(self, day: dt.date) -> RunOutcome:
        """Publish the staged day if it passes."""
        return publish(self.transform(day), self.folder / CURATED, {"date": day}, store=self.store)

    def past_the_gate(self, day: dt.date) -> None:
        """A careless job puts the staged day straight into the table."""
        place = self.table.table / f"date={day.isoformat()}"
        staged = self.transform(day)
        place.unlink()
        shutil.copytree(staged, place)

    def check_curated(self, day: dt.date) -> RunOutcome:
        """The curated suite on what readers see; it rolls back what is bad."""
        return run(self.folder / CURATED, {"date": day}, store=self.store)

    def visible(self) -> list[tuple[str, int]]:
        """Partitions that readers see, with their rows."""
        seen = [(str(p), self.table.manifest(p)) for p in self.table.partitions()]
        return [(name, manifest.rows or 0) for name, manifest in seen]


def tell(folder: Path, fault_name: str, console: Console) -> Told:
    """Build the lake, live through the nights, and say what happened.

    Args:
        folder: where the demo's project goes.
        fault_name: a name from `dq.demo.faults.FAULTS`.
        console: written to.

    Raises:
        UsageError: the folder is somebody else's, or the fault is not known.
    """
    began = time.perf_counter()
    planted = fault(fault_name)
    lake = Lake(folder)
    _heading(console, "Seven nights of flights out of New York, 2013")
    console.print(
        f"In {lake.folder}: three airports deliver raw files; a job turns local times into UTC and joins "
        "planes and airlines; dq checks both ends and lets readers see a day only when it is right.\n"
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
    rows = lake.table.manifest(Partition.of({"date": LAST})).rows
    state = outcome.rollback.state if outcome.rollback else outcome.trouble
    console.print(f"\nRolled back ({state}): readers see the {rows:,} validated rows of {LAST} again.")
    return outcome


def _looking_back(console: Console, lake: Lake, rolled_back: RunOutcome) -> None:
    _heading(console, "dq history curated_flights")
    console.print(history_view(history(lake.store, "curated_flights", 12)))
    _heading(console, "dq rollback status")
    rows = [entry.to_dict() for entry in status(store=lake.store) if entry.kind != "publish"]
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
