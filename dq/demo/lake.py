"""The lake that the demo lives in: a project, raw files, and a curated table."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

from dq.demo.data import raw_day_folder, suites_folder, write_raw_day, write_reference
from dq.demo.faults import Fault
from dq.demo.transform import transform_day
from dq.errors import UsageError
from dq.flow.outcome import RunOutcome
from dq.flow.place import Place, place_of
from dq.flow.publish import publish
from dq.flow.run import run
from dq.lake.manifest import Partition
from dq.suites import load_suite

_MARK = ".dq-demo"
"""Tells a folder that the demo made, and may make anew, from any other folder."""

RAW, CURATED = "suites/raw_flights.yml", "suites/curated_flights.yml"


class Lake:
    """The demo's project on this machine: configuration, suites, reference data, raw and curated flights.

    A lake elsewhere is a subclass: it says where the two tables are, and how files get there.

    Attributes:
        where: of the curated table, for people.

    Args:
        folder: made anew when an earlier demo made it.

    Raises:
        UsageError: the folder exists and is not a demo's.
    """

    where = "lake/curated/flights"

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        if self.folder.exists():
            if any(self.folder.iterdir()) and not (self.folder / _MARK).exists():
                raise UsageError(f"{folder} exists and was not made by the demo; name another with --folder")
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)
        (self.folder / _MARK).write_text("made by dq demo\n")
        shutil.copytree(suites_folder(), self.folder / "suites")
        write_reference(self.folder / "reference")
        self.lake = self.folder / "lake"
        self.configure()

    def configure(self) -> None:
        """Writes `dq.yml`, and makes what must be there before the first delivery."""
        (self.folder / "dq.yml").write_text("store: .dq\n")

    def turn(self, suite: str, old: str, new: str) -> None:
        """Changes one line of a suite of the project.

        Args:
            suite: its path in the project.
            old: the line as it is.
            new: the line as it shall be.
        """
        path = self.folder / suite
        path.write_text(path.read_text(encoding="utf-8").replace(f"{old}\n", f"{new}\n"), encoding="utf-8")

    @property
    def place(self) -> Place:
        """Store, journal and layout of the curated table, as any command finds them."""
        return place_of(load_suite(self.folder / CURATED), None)

    def deliver(self, day: dt.date, planted: Fault | None = None) -> None:
        """Three airports deliver a day; perhaps with a fault."""
        write_raw_day(self.lake, day)
        if planted is not None:
            planted.plant(raw_day_folder(self.lake, day))

    def check_raw(self, day: dt.date) -> RunOutcome:
        """The raw suite on a delivered day."""
        return run(self.folder / RAW, {"date": day})

    def transform(self, day: dt.date) -> Path:
        """The user's own job: raw day in, staged curated day out."""
        staged = self.folder / "staged" / day.isoformat()
        transform_day(raw_day_folder(self.lake, day), self.folder / "reference", staged)
        return staged

    def through_the_gate(self, day: dt.date) -> RunOutcome:
        """Publish the staged day if it passes."""
        return publish(self.transform(day), self.folder / CURATED, {"date": day})

    def past_the_gate(self, day: dt.date) -> None:
        """A careless job puts the staged day straight into the table."""
        place = self.lake / "curated" / "flights" / f"date={day.isoformat()}"
        staged = self.transform(day)
        place.unlink()
        shutil.copytree(staged, place)

    def check_curated(self, day: dt.date) -> RunOutcome:
        """The curated suite on what readers see; it rolls back what is bad."""
        return run(self.folder / CURATED, {"date": day})

    def rows(self, day: dt.date) -> int:
        """Rows of a day that readers see."""
        layout = self.place.layout
        return (layout.manifest(Partition.of({"date": day})).rows or 0) if layout is not None else 0

    def visible(self) -> list[tuple[str, int]]:
        """Partitions that readers see, with their rows."""
        layout = self.place.layout
        found = layout.partitions() if layout is not None else ()
        return [(str(one), layout.manifest(one).rows or 0) for one in found] if layout is not None else []
