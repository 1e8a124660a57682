"""Real flights as a lake receives them: one folder a day, one file an airport."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from dq.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

ORIGINS = ("EWR", "JFK", "LGA")
"""The three airports that deliver a file each day."""
FIRST_DAY = dt.date(2013, 2, 1)
LAST_DAY = dt.date(2013, 3, 31)
"""The sample holds every day from `FIRST_DAY` to `LAST_DAY`, both included."""

_HERE = Path(__file__).resolve().parent


def sample_folder() -> Path:
    """The folder of the sample data.

    Returns:
        `dq/demo/sample_data` of an installed wheel, else `sample_data` of a checkout.

    Raises:
        DataError: neither is there.
    """
    return _shipped("sample_data", "airlines.parquet")


def suites_folder() -> Path:
    """The folder of the suites for these flights, found as `sample_folder` finds its own.

    Raises:
        DataError: it is not there.
    """
    return _shipped("suites", "raw_flights.yml")


def _shipped(folder: str, witness: str) -> Path:
    places = (_HERE / folder, _HERE.parents[1] / folder)
    for place in places:
        if (place / witness).is_file():
            return place
    tried = " and ".join(str(place) for place in places)
    raise DataError(
        f"the demo's {folder} folder was not found: looked for {witness} in {tried}. "
        "Install dq-lake again, or run from a complete checkout."
    )


def raw_day_folder(lake: Path, day: dt.date) -> Path:
    """Where a raw day lies: `lake/raw/flights/date=YYYY-MM-DD`."""
    return lake / "raw" / "flights" / f"date={day.isoformat()}"


def write_raw_day(lake: Path, day: dt.date) -> list[Path]:
    """Deliver one day of flights, as the three airports would.

    The day is delivered whole: what an earlier delivery left in its folder is removed first. Rows are in
    the order of the timetable. The column `date` is in the folder's name only.

    Args:
        lake: the lake's folder; made when missing.
        day: a day from `FIRST_DAY` to `LAST_DAY`.

    Returns:
        `lake/raw/flights/date=YYYY-MM-DD/{EWR,JFK,LGA}.parquet`.

    Raises:
        DataError: the sample has no such day, or it is not installed.
    """
    import pyarrow.compute as pc

    flights = _month(day)
    flights = flights.filter(pc.field("day") == day.day)
    flights = flights.sort_by([(name, "ascending") for name in ("sched_dep_time", "carrier", "flight")])
    folder = raw_day_folder(lake, day)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    written = []
    for origin in ORIGINS:
        path = folder / f"{origin}.parquet"
        write_table(flights.filter(pc.field("origin") == origin), path)
        written.append(path)
    return written


def write_reference(folder: Path) -> list[Path]:
    """Write the tables that the flights refer to.

    `routes.parquet` is derived: one row per pair of airports with its distance. Where the distance of a pair
    changed within the sample (two pairs, by one mile) the later one is kept.

    Args:
        folder: made when missing.

    Returns:
        `airlines.parquet`, `airports.parquet`, `planes.parquet` (as in the sample) and `routes.parquet`
        (origin, dest, miles).

    Raises:
        DataError: the sample is not installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in ("airlines", "airports", "planes"):
        path = folder / f"{name}.parquet"
        shutil.copyfile(sample_folder() / path.name, path)
        written.append(path)
    write_table(_routes(), folder / "routes.parquet")
    return [*written, folder / "routes.parquet"]


def read_table(path: Path) -> pa.Table:
    """One Parquet file as it is, without columns taken from the names of its folders."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        return file.read()


def write_table(table: pa.Table, path: Path) -> None:
    """One Parquet file, zstd. Equal tables give equal bytes under one version of pyarrow."""
    import pyarrow.parquet as pq

    pq.write_table(table, path, compression="zstd")


def _month(day: dt.date) -> pa.Table:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise DataError(f"the sample has no flights of {day}: choose a day from {FIRST_DAY} to {LAST_DAY}.")
    return read_table(sample_folder() / f"flights-{day:%Y-%m}.parquet")


def _routes() -> pa.Table:
    import pyarrow as pa

    miles: dict[tuple[str, str], int] = {}
    for month in (FIRST_DAY, LAST_DAY):
        columns = _month(month).select(["origin", "dest", "distance"]).to_pydict()
        miles.update({(o, d): m for o, d, m in zip(*columns.values(), strict=True)})
    rows = [{"origin": o, "dest": d, "miles": miles[o, d]} for o, d in sorted(miles)]
    types: dict[str, pa.DataType] = {"origin": pa.string(), "dest": pa.string(), "miles": pa.int32()}
    schema = pa.schema(types)
    return pa.Table.from_pylist(rows, schema=schema)
