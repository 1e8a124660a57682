"""The transformation against an independent account: zoneinfo, the source's own UTC hour, plain lookups."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dq.demo import data
from dq.demo.transform import transform_day
from dq.errors import DataError

Row = dict[str, Any]
NEW_YORK = ZoneInfo("America/New_York")
UTC = dt.timezone.utc
ATLANTIC = {"BQN", "PSE", "SJU", "STT"}


def to_utc(moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    return moment.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def to_local(moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def hhmm(moment: dt.datetime) -> int:
    return moment.hour * 100 + moment.minute


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reference")
    data.write_reference(folder)
    return folder


@pytest.fixture(scope="module")
def pairs(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Row, Row]]:
    """(raw row, curated row) of every flight of both months."""
    base = tmp_path_factory.mktemp("both")
    months = base / "raw"
    months.mkdir()
    raw: list[Row] = []
    for path in sorted(data.sample_folder().glob("flights-*.parquet")):
        (months / path.name).symlink_to(path)
        raw += data.read_table(path).to_pylist()
    curated = data.read_table(transform_day(months, reference, base / "staged")).to_pylist()
    by_key = {(r["carrier"], r["flight"], r["origin"], r["sched_dep_local"].date()): r for r in curated}
    assert len(by_key) == len(curated) == len(raw) == 53785
    keys = ((r["carrier"], r["flight"], r["origin"], dt.date(r["year"], r["month"], r["day"])) for r in raw)
    return [(row, by_key[key]) for row, key in zip(raw, keys, strict=True)]


def test_scheduled_departures_agree_with_the_source_and_with_the_zone_database(
    pairs: list[tuple[Row, Row]],
) -> None:
    for raw, curated in pairs:
        assert hhmm(curated["sched_dep_local"]) == raw["sched_dep_time"]
        assert curated["sched_dep_utc"] == raw["time_hour"] + dt.timedelta(minutes=raw["minute"])
        assert curated["sched_dep_utc"] == to_utc(curated["sched_dep_local"], NEW_YORK)


def test_departures_show_the_clock_time_that_was_recorded_also_past_midnight(
    pairs: list[tuple[Row, Row]],
) -> None:
    past_midnight = 0
    for raw, curated in pairs:
        assert curated["cancelled"] is (raw["dep_time"] is None)
        assert (curated["dep_utc"] is None) is curated["cancelled"]
        if not curated["cancelled"]:
            left = to_local(curated["dep_utc"], NEW_YORK)
            past_midnight += left.date() > curated["sched_dep_local"].date()
            assert hhmm(left) == raw["dep_time"] % 2400
    assert past_midnight == 188


def test_arrivals_show_the_clock_time_of_the_destination(pairs: list[tuple[Row, Row]]) -> None:
    zones = _zones()
    next_day = 0
    differing = []
    for raw, curated in pairs:
        zone = zones[raw["dest"]]
        planned = to_local(curated["sched_arr_utc"], zone)
        assert hhmm(planned) == raw["sched_arr_time"] % 2400
        assert dt.timedelta(0) < curated["sched_arr_utc"] - curated["sched_dep_utc"] < dt.timedelta(hours=14)
        next_day += planned.date() > curated["sched_dep_local"].date()
        assert (curated["arr_utc"] is None) is (raw["arr_delay"] is None)
        if curated["arr_utc"] is not None:
            landed = to_local(curated["arr_utc"], zone)
            if hhmm(landed) != raw["arr_time"] % 2400:
                differing.append((raw["carrier"], raw["flight"], raw["arr_time"], landed))
    assert next_day == 952
    # In the night to summer time the clocks went from 02:00 to 03:00. The source has an arrival at 02:03.
    assert differing == [("B6", 35, 203, dt.datetime(2013, 3, 10, 3, 3))]


def _zones() -> dict[str, dt.tzinfo]:
    airports = data.read_table(data.sample_folder() / "airports.parquet").to_pylist()
    zones: dict[str, dt.tzinfo] = {row["faa"]: ZoneInfo(row["tzone"]) for row in airports if row["tzone"]}
    return zones | dict.fromkeys(ATLANTIC, ZoneInfo("America/Puerto_Rico"))


def test_lookups_are_those_of_the_reference_tables(pairs: list[tuple[Row, Row]]) -> None:
    airlines = {row["carrier"]: row["name"] for row in _sample("airlines")}
    planes = {row["tailnum"]: row for row in _sample("planes")}
    unknown: Row = {"manufacturer": None, "model": None, "seats": None, "year": None}
    for raw, curated in pairs:
        assert curated["carrier_name"] == airlines[raw["carrier"]]
        plane = planes.get(raw["tailnum"], unknown)
        for name, source in (("manufacturer",) * 2, ("model",) * 2, ("seats",) * 2, ("year_built", "year")):
            assert curated[name] == plane[source]


def test_what_is_not_transformed_is_kept_as_it_came(pairs: list[tuple[Row, Row]]) -> None:
    kept = (
        "carrier",
        "flight",
        "tailnum",
        "origin",
        "dest",
        "dep_delay",
        "arr_delay",
        "air_time",
        "distance",
    )
    for raw, curated in pairs:
        assert [curated[name] for name in kept] == [raw[name] for name in kept]


def _sample(name: str) -> list[Row]:
    rows: list[Row] = data.read_table(data.sample_folder() / f"{name}.parquet").to_pylist()
    return rows


@pytest.fixture
def one_flight(tmp_path: Path) -> Path:
    """A raw day of one flight, to be changed."""
    folder = data.write_raw_day(tmp_path, dt.date(2013, 3, 9))[0].parent
    for name in ("JFK", "LGA"):
        (folder / f"{name}.parquet").unlink()
    path = folder / "EWR.parquet"
    data.write_table(data.read_table(path).slice(0, 1), path)
    return path


def rewritten(path: Path, reference: Path, **changed: Any) -> Row:
    import pyarrow as pa

    table = data.read_table(path)
    row = table.to_pylist()[0] | changed
    data.write_table(pa.Table.from_pylist([row], schema=table.schema), path)
    staged = transform_day(path.parent, reference, path.parent.parent / "staged")
    (result,) = data.read_table(staged).to_pylist()
    assert isinstance(result, dict)
    return result


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        ((2013, 3, 9), 5),
        ((2013, 3, 10), 4),
        ((2013, 11, 2), 4),
        ((2013, 11, 3), 5),
        ((2024, 3, 9), 5),
        ((2024, 3, 10), 4),
        ((2026, 3, 7), 5),
        ((2026, 3, 8), 4),
    ],
)
def test_summer_time_in_any_year(
    one_flight: Path, reference: Path, day: tuple[int, int, int], hours: int
) -> None:
    year, month, date = day
    row = rewritten(one_flight, reference, year=year, month=month, day=date, sched_dep_time=1200)
    assert row["sched_dep_utc"] == dt.datetime(year, month, date, 12 + hours)
    assert row["sched_dep_utc"] == to_utc(dt.datetime(year, month, date, 12), NEW_YORK)


def test_a_carrier_that_is_not_listed_keeps_its_row_without_a_name(one_flight: Path, reference: Path) -> None:
    row = rewritten(one_flight, reference, carrier="XE")
    assert (row["carrier"], row["carrier_name"]) == ("XE", None)


def test_a_destination_that_is_not_listed_has_no_arrival_in_utc(one_flight: Path, reference: Path) -> None:
    row = rewritten(one_flight, reference, dest="???")
    assert (row["sched_arr_utc"], row["arr_utc"]) == (None, None)
    assert row["dep_utc"] is not None


def test_a_cancelled_flight_stays_without_actual_times(one_flight: Path, reference: Path) -> None:
    gone = dict.fromkeys(("dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"))
    row = rewritten(one_flight, reference, **gone)
    assert row["cancelled"] is True
    assert (row["dep_utc"], row["arr_utc"]) == (None, None)
    assert row["sched_dep_utc"] == dt.datetime(2013, 3, 9, 10, 0)


def test_folders_with_quotes_and_blanks_are_only_names(reference: Path, tmp_path: Path) -> None:
    odd = tmp_path / 'it\'s; a "lake"'
    folder = data.write_raw_day(odd, dt.date(2013, 2, 7))[0].parent
    staged = transform_day(folder, reference, odd / "staged 'x'")
    assert staged == odd / "staged 'x'" / "flights.parquet"
    assert data.read_table(staged).num_rows == 932


def test_a_day_that_was_not_delivered_is_said_to_be_missing(reference: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no Parquet file in"):
        transform_day(tmp_path, reference, tmp_path / "staged")
    assert not (tmp_path / "staged").exists()
