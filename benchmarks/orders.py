"""Make the orders table of the benchmark: the same rows every time, 30 daily partitions, zstd Parquet.

Three kinds:

- `passing`: every check passes; order ids and times are written in rising order, as a busy shop would;
- `shuffled`: the same rows, in no order within each day, so that sortedness proves nothing;
- `failing`: eight checks fail on a few rows each, from 1 in 5,000 to 1 in 50,000.

Values come from DuckDB's `hash`, which may change between DuckDB versions; the version is therefore part of
the folder's name. `python -m benchmarks.orders ROWS KIND HOME` makes one and prints its folder.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    import duckdb

Kind = Literal["passing", "shuffled", "failing"]
KINDS: tuple[Kind, ...] = get_args(Kind)

DAYS = 30
VENDORS = 500
FIRST_DATE = dt.date(2026, 10, 24)
ROW_GROUP_ROWS = 122_880


def ensure(rows: int, kind: Kind, home: Path) -> Path:
    """Return the folder of this table, making it first if it is not there.

    Args:
        rows: number of rows, at least one per day.
        kind: which of the three tables.
        home: where tables are kept between runs.

    Returns:
        A folder with `orders/order_date=YYYY-MM-DD/part-0.parquet` (30 of them) and `vendors.parquet`.

    Raises:
        ValueError: fewer rows than days.
    """
    if rows < DAYS:
        raise ValueError(f"The orders table cannot have {rows} rows: it needs one a day, at least {DAYS}.")
    folder = home / f"orders-{rows}-{kind}-duckdb{version('duckdb')}-{_recipe()}"
    if folder.is_dir():
        return folder
    home.mkdir(parents=True, exist_ok=True)
    # Made under another name first: a table under its real name is always complete.
    unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=home))
    try:
        _write(rows, kind, unfinished)
        os.replace(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def fingerprint(folder: Path) -> str:
    """SHA-256 over the names and bytes of every file in the folder, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.parquet")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _recipe() -> str:
    """Eight digits that change with the SQL, so that an old table is never taken for a new one."""
    recipe = f"{_HELPERS}{_VENDORS}{_ORDERS}{DAYS}{VENDORS}{FIRST_DATE}{ROW_GROUP_ROWS}"
    return hashlib.sha256(recipe.encode()).hexdigest()[:8]


def _write(rows: int, kind: Kind, folder: Path) -> None:
    import duckdb

    with duckdb.connect() as con:
        con.execute("SET preserve_insertion_order = true")
        con.execute(_HELPERS)
        _copy(con, _VENDORS, folder / "vendors.parquet", [VENDORS])
        dirty = kind == "failing"
        shuffled = kind == "shuffled"
        per_day = rows // DAYS
        for day in range(DAYS):
            first = day * per_day
            last = rows if day == DAYS - 1 else first + per_day
            date = FIRST_DATE + dt.timedelta(days=day)
            partition = folder / "orders" / f"order_date={date.isoformat()}"
            partition.mkdir(parents=True)
            order = "ORDER BY hash(i)" if shuffled else "ORDER BY i"
            _copy(con, f"{_ORDERS} {order}", partition / "part-0.parquet", [dirty, first, last, date])


def _copy(con: duckdb.DuckDBPyConnection, query: str, path: Path, values: list[object]) -> None:
    """Write the answer of a query, with its `$1`, `$2`, ... filled in, to one Parquet file."""
    from sqlglot import exp

    con.execute(f"CREATE OR REPLACE TEMP TABLE made AS {query}", values)
    target = exp.Literal.string(str(path)).sql(dialect="duckdb")
    con.execute(f"COPY made TO {target} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP_ROWS})")


_HELPERS = """
CREATE TEMP MACRO h(i, stream) AS hash(i * 31 + stream);
CREATE TEMP MACRO below(i, stream, n) AS (h(i, stream) % n)::INTEGER;
CREATE TEMP MACRO uniform(i, stream) AS (h(i, stream) % 1000003) / 1000003.0::DOUBLE;
CREATE TEMP MACRO normal(i, stream) AS
    sqrt(-2 * ln(uniform(i, stream) + 1e-9)) * cos(2 * pi() * uniform(i, stream + 1));
CREATE TEMP MACRO spoiled(dirty, i, seed, one_in) AS dirty AND hash(i * 17 + seed) % one_in = 0;
"""

_VENDORS = """
SELECT (i + 1)::INTEGER AS vendor_id,
       'Vendor ' || (i + 1) AS vendor_name,
       ['EU', 'US', 'APAC'][1 + i % 3] AS region
FROM range($1) t(i)
"""

# $1 whether faults are planted, $2 and $3 the first order and the one after the last, $4 the day.
# Skews are on purpose: a few vendors and statuses have most of the orders, prices are log-normal.
_ORDERS = """
WITH numbered AS (
    SELECT i, $1::BOOLEAN AS dirty, $4::DATE AS day, md5(i::VARCHAR) AS hex,
           $4::DATE::TIMESTAMP + to_microseconds(((i - $2) * 86400000000) // ($3 - $2)) AS moment
    FROM range($2::BIGINT, $3::BIGINT) t(i)
)
SELECT
    (1000000 + i - CASE WHEN spoiled(dirty, i, 1, 50000) THEN 1 ELSE 0 END)::BIGINT AS order_id,
    hex[1:8] || '-' || hex[9:12] || '-4' || hex[14:16] || '-a' || hex[18:20] || '-' || hex[21:32]
        AS order_uuid,
    1 + below(i, 3, 800000) AS customer_id,
    CASE WHEN spoiled(dirty, i, 2, 20000) THEN 9999
         ELSE 1 + floor(500 * pow(uniform(i, 4), 2))::INTEGER END AS vendor_id,
    CASE WHEN spoiled(dirty, i, 3, 10000) THEN 'unknwon'
         ELSE ['placed', 'paid', 'shipped', 'delivered', 'cancelled', 'returned']
              [1 + floor(6 * pow(uniform(i, 5), 1.7))::INTEGER] END AS status,
    ['EUR', 'USD', 'GBP', 'CHF'][1 + below(i, 6, 4)] AS currency,
    substr('ATBECHDEDKESFIFRGBIEITLUNLNOPLPTSEUSCAMXBRJPKRAUNZINSGZAGRCZ', 1 + 2 * below(i, 7, 30), 2)
        AS country,
    CASE WHEN spoiled(dirty, i, 4, 5000) THEN 'user' || (i % 1000) || ' at example'
         ELSE 'user' || (1 + below(i, 3, 800000)) || '@'
              || ['example.com', 'mail.example.org', 'shop.example.net', 'corp.example.co.uk']
                 [1 + below(i, 8, 4)]
         END AS email,
    CASE WHEN spoiled(dirty, i, 5, 20000) THEN '??-' || (i % 100)
         ELSE chr(65 + below(i, 9, 26)) || chr(65 + below(i, 10, 26)) || '-'
              || lpad(below(i, 11, 1000000)::VARCHAR, 6, '0') END AS promo_code,
    moment AS created_at,
    moment + CASE WHEN spoiled(dirty, i, 6, 10000) THEN to_seconds(-3600)
              ELSE to_seconds(below(i, 12, 432000)) END AS updated_at,
    day + (1 + below(i, 13, 14)) AS ship_date,
    CASE WHEN spoiled(dirty, i, 7, 25000) THEN -1
         ELSE 1 + floor(20 * pow(uniform(i, 14), 3))::INTEGER END AS quantity,
    round(exp(2.5 + 1.1 * normal(i, 15)) + 0.5, 2)::DECIMAL(10, 2) AS unit_price,
    round(uniform(i, 17) * 0.4, 3) AS discount,
    CASE WHEN spoiled(dirty, i, 8, 30000) THEN -999.0::DOUBLE
         ELSE round(50 + 15 * normal(i, 18), 4) END AS score,
    CASE WHEN below(i, 20, 200) = 0 THEN NULL ELSE (1 + below(i, 21, 5))::SMALLINT END AS rating,
    below(i, 22, 10) < 3 AS is_gift,
    (100000 * (1 + below(i, 23, 9)) + below(i, 24, 100000))::VARCHAR AS postal_txt,
    CASE WHEN below(i, 25, 20) = 0 THEN NULL
         ELSE ['leave at door', 'call me', 'fragile', 'none', 'ring twice'][1 + below(i, 26, 5)]
              || ' #' || below(i, 27, 100000) END AS note
FROM numbered
"""


def main(arguments: list[str]) -> int:
    """Make one table: `ROWS KIND HOME`. Prints its folder."""
    rows, kind, home = arguments
    if kind not in KINDS:
        raise SystemExit(f"No such kind of orders table: {kind!r}. Choose one of: {', '.join(KINDS)}.")
    print(ensure(int(rows), kind, Path(home)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
