"""Faults to plant in a raw day: five things that really happen to deliveries."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dq.demo.data import read_table, write_table
from dq.errors import DataError, UsageError, did_you_mean

if TYPE_CHECKING:
    import pyarrow as pa

KM_CARRIER = "UA"
KM_PER_MILE = 1.609344
NULL_ORIGIN = "JFK"
NULL_SINCE_HOUR = 15
"""New York time, by the scheduled hour of departure."""
DUPLICATED_ORIGIN = "LGA"
HALVED_ORIGIN = "EWR"
KNOWN_CARRIER = "EV"
UNKNOWN_CARRIER = "XE"
"""The code that ExpressJet, now `EV`, had until 2011."""


@dataclass(frozen=True)
class Fault:
    """A fault that can be planted in a raw day.

    Attributes:
        name: as given to `dq demo --fault`.
        description: what goes wrong, in one sentence.
        cause: what the root-cause note should name first, in words.
        rewrite: changes the files of a raw day's folder.
    """

    name: str
    description: str
    cause: str
    rewrite: Callable[[Path], None] = field(repr=False, compare=False)

    def plant(self, raw_day: Path) -> None:
        """Rewrite the files of a raw day. Equal input gives equal output; plant once in a fresh day.

        Args:
            raw_day: folder that `write_raw_day` has written.

        Raises:
            DataError: the folder lacks a file that the fault changes.
        """
        self.rewrite(raw_day)


def fault(name: str) -> Fault:
    """The fault of that name.

    Raises:
        UsageError: there is none; the message lists the names.
    """
    if name not in FAULTS:
        known = ", ".join(FAULTS)
        raise UsageError(f"no fault is called {name!r}.{did_you_mean(name, FAULTS)} Faults: {known}")
    return FAULTS[name]


def _kilometres(raw_day: Path) -> None:
    def convert(row: dict[str, Any]) -> None:
        if row["carrier"] == KM_CARRIER:
            row["distance"] = round(row["distance"] * KM_PER_MILE)

    for path in _files(raw_day):
        _edit(path, convert)


def _null_delays(raw_day: Path) -> None:
    def forget(row: dict[str, Any]) -> None:
        if row["hour"] >= NULL_SINCE_HOUR:
            row["dep_delay"] = None

    _edit(_file(raw_day, NULL_ORIGIN), forget)


def _duplicate_file(raw_day: Path) -> None:
    path = _file(raw_day, DUPLICATED_ORIGIN)
    shutil.copyfile(path, path.with_name(f"{path.stem}-resent{path.suffix}"))


def _half_file(raw_day: Path) -> None:
    path = _file(raw_day, HALVED_ORIGIN)
    table = read_table(path)
    write_table(table.slice(0, table.num_rows // 2), path)


def _unknown_carrier(raw_day: Path) -> None:
    def rename(row: dict[str, Any]) -> None:
        if row["carrier"] == KNOWN_CARRIER:
            row["carrier"] = UNKNOWN_CARRIER

    for path in _files(raw_day):
        _edit(path, rename)


def _files(raw_day: Path) -> Iterator[Path]:
    paths = sorted(raw_day.glob("*.parquet"))
    if not paths:
        raise DataError(f"no fault was planted: no Parquet file in {raw_day}. Write the raw day first.")
    yield from paths


def _file(raw_day: Path, origin: str) -> Path:
    path = raw_day / f"{origin}.parquet"
    if not path.is_file():
        raise DataError(f"no fault was planted: {path} is missing. Write the raw day first.")
    return path


def _edit(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change rows in place. The schema stays: a column of nulls keeps its type."""
    import pyarrow as pa

    table: pa.Table = read_table(path)
    rows = table.to_pylist()
    for row in rows:
        change(row)
    write_table(pa.Table.from_pylist(rows, schema=table.schema), path)


FAULTS: dict[str, Fault] = {
    each.name: each
    for each in (
        Fault(
            "km",
            f"{KM_CARRIER} delivers its distances in kilometres instead of miles.",
            f"distance is 1.609 times too long where carrier = '{KM_CARRIER}'",
            _kilometres,
        ),
        Fault(
            "null-delays",
            f"{NULL_ORIGIN} delivers no departure delays from {NULL_SINCE_HOUR}:00 on.",
            f"dep_delay is null where origin = '{NULL_ORIGIN}' and the scheduled hour >= {NULL_SINCE_HOUR}",
            _null_delays,
        ),
        Fault(
            "duplicate-file",
            f"The file of {DUPLICATED_ORIGIN} arrives twice, the second time under another name.",
            f"every flight where origin = '{DUPLICATED_ORIGIN}' is there twice: one file was delivered twice",
            _duplicate_file,
        ),
        Fault(
            "half-file",
            f"The second half of the file of {HALVED_ORIGIN} is missing.",
            f"rows are missing where origin = '{HALVED_ORIGIN}': the later half of the day's timetable",
            _half_file,
        ),
        Fault(
            "unknown-carrier",
            f"{KNOWN_CARRIER} delivers under its old code {UNKNOWN_CARRIER}, which the airlines do not list.",
            f"carrier = '{UNKNOWN_CARRIER}' has no row in airlines",
            _unknown_carrier,
        ),
    )
}
"""Every fault by its name, in the order in which they are listed."""
