"""The pipeline step of the demo: one raw day becomes curated flights.

This is the code of a user, not of dq. It is plain on purpose: read `transform.sql` beside it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dq.errors import DataError

if TYPE_CHECKING:
    import duckdb

SQL_FILE = Path(__file__).resolve().with_name("transform.sql")


def transform_day(raw_day: Path, reference: Path, staged: Path) -> Path:
    """Transform one raw day into curated rows.

    One row out per row in; nothing is filtered and nothing is repaired. A cancelled flight keeps its row
    with null actual times. A carrier or plane that its lookup does not know leaves nulls in the looked-up
    columns. All `_utc` columns are timestamps without a zone, in UTC.

    Args:
        raw_day: folder with the day's raw Parquet files.
        reference: folder with `airlines`, `airports` and `planes`.
        staged: folder for the result; made when missing.

    Returns:
        `staged/flights.parquet`.

    Raises:
        DataError: the raw day has no Parquet file.
    """
    import duckdb

    raw_files = sorted(raw_day.glob("*.parquet"))
    if not raw_files:
        raise DataError(f"nothing to transform: no Parquet file in {raw_day}. Was the day delivered?")
    staged.mkdir(parents=True, exist_ok=True)
    target = staged / "flights.parquet"
    with duckdb.connect() as con:
        con.execute("SET threads = 1")  # a thousand rows; more threads only cost
        _load(con, "raw_flights", raw_files)
        for name in ("airlines", "airports", "planes"):
            _load(con, name, [reference / f"{name}.parquet"])
        con.execute(SQL_FILE.read_text(encoding="utf-8"))
        con.execute(f"COPY curated_flights TO {_literal(target)} (FORMAT parquet, COMPRESSION zstd)")
    return target


def _load(con: duckdb.DuckDBPyConnection, name: str, files: list[Path]) -> None:
    paths = ", ".join(_literal(path) for path in files)
    con.execute(
        f"CREATE TEMP TABLE {name} AS SELECT * FROM read_parquet([{paths}], hive_partitioning = false)"
    )


def _literal(path: Path) -> str:
    """The path as an SQL literal; COPY takes no parameters."""
    from sqlglot import exp

    return exp.Literal.string(str(path)).sql(dialect="duckdb")
