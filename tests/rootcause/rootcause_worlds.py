"""Generated data with planted faults, and the engine that the tests scan it with."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot import exp

from dq.lake.manifest import FileEntry, Manifest, Partition
from dq.rootcause.scanner import SearchOptions, SearchTarget
from dq.rootcause.segments import Segment, SegmentReport, find_segments


@dataclass
class World:
    """A DuckDB in memory that answers as `Scanner`."""

    con: duckdb.DuckDBPyConnection

    def rows(self, query: exp.Expression) -> list[tuple[Any, ...]]:
        return self.con.execute(query.sql(dialect="duckdb")).fetchall()

    def arrow(self, query: exp.Expression) -> pa.Table:
        result: Any = self.con.execute(query.sql(dialect="duckdb"))
        with warnings.catch_warnings():
            # DuckDB 2.0 points out that this way copies; a sample is small.
            warnings.simplefilter("ignore")
            modern = hasattr(result, "to_arrow_table")
            table: pa.Table = result.to_arrow_table() if modern else result.fetch_arrow_table()
            return table

    def table(self, name: str, query: str) -> dict[str, str]:
        self.con.execute(f'CREATE OR REPLACE TABLE "{name}" AS {query}')
        return {row[0]: row[1] for row in self.con.execute(f'DESCRIBE "{name}"').fetchall()}

    def number(self, query: str) -> int:
        row = self.con.execute(query).fetchone()
        assert row is not None
        return int(row[0])


def world() -> World:
    con = duckdb.connect()
    con.execute("SET threads = 2")
    con.execute("SET TimeZone = 'UTC'")
    # One pseudo-random number per row, column and seed.
    con.execute("CREATE MACRO h(i, k, seed) AS hash((i * 100 + k) * 10000 + seed)")
    return World(con)


def condition(text: str) -> exp.Expression:
    node: Any = sqlglot.parse_one(text, dialect="duckdb")  # its declared type changed between versions
    assert isinstance(node, exp.Expression)
    return node


ORDERS = """
SELECT i AS order_id,
  'customer-' || (h(i, 1, {seed}) % 50000) AS customer,
  (['pos', 'web', 'app', 'partner'])[1 + (h(i, 2, {seed}) % 4)::INT] AS source_system,
  (['PL', 'DE', 'FR', 'GB', 'BR', 'US', 'IT', 'ES'])[1 + (h(i, 3, {seed}) % 8)::INT] AS country,
  (['PLN', 'EUR', 'EUR', 'GBP', 'BRL', 'USD', 'EUR', 'EUR'])[1 + (h(i, 3, {seed}) % 8)::INT] AS currency,
  'v' || (h(i, 4, {seed}) % 9) AS release,
  TIMESTAMP '2026-03-14' + INTERVAL (h(i, 5, {seed}) % 86400) SECOND AS event_ts,
  5 + 40 * (h(i, 6, {seed}) % 100000) / 100000.0 AS amount,
  ((h(i, 7, {seed}) % 100000) / 250.0)::DOUBLE AS weight,
  (h(i, 8, {seed}) % 40)::INT AS store,
  (h(i, 9, {seed}) % 2) = 0 AS gift,
  'ok' AS status,
  's3://lake/orders/dt=14/part-' || (h(i, 10, {seed}) % 12) || '.parquet' AS filename,
  (h(i, 11, {seed}) % 1000000) / 1000000.0 AS dice
FROM range({rows}) t(i)
"""


def orders(lake: World, seed: int, fault: str, noise: float = 0.001, rows: int = 10_000) -> SearchTarget:
    """Orders of a day, `status` NULL for 95 % of the fault's rows and at random; the day before at random."""
    for name, where, s in (("today", fault, seed), ("before", "FALSE", seed + 1000)):
        source = ORDERS.format(seed=s, rows=rows)
        null = f"(({where}) AND dice < 0.95) OR dice > {1 - noise}"
        schema = lake.table(
            name,
            f"SELECT * EXCLUDE (dice, status), CASE WHEN {null} THEN NULL ELSE status END AS status"
            f" FROM ({source})",
        )
    return SearchTarget(
        relation=exp.to_table("today"),
        bad=condition("status IS NULL"),
        schema=schema,
        file_column="filename",
        check_columns=("status",),
        baseline=exp.to_table("before"),
        baseline_schema=schema,
    )


def jaccard(lake: World, segment: Segment, truth: str) -> float:
    found = segment.condition.sql(dialect="duckdb")
    both = lake.number(f"SELECT count(*) FROM today WHERE ({found}) AND ({truth})")
    either = lake.number(f"SELECT count(*) FROM today WHERE ({found}) OR ({truth})")
    return both / either if either else 1.0


def search(lake: World, target: SearchTarget, **bounds: Any) -> SegmentReport:
    return find_segments(lake, target, SearchOptions(**bounds))


def texts(report: SegmentReport) -> list[str]:
    return [" and ".join(predicate.text for predicate in s.predicates) for s in report.segments]


FLIGHTS = """
SELECT 2013 AS year, 2 AS month, {day} AS day,
  CASE WHEN cancelled THEN NULL ELSE hour * 100 + minute END AS dep_time,
  hour * 100 + minute AS sched_dep_time,
  CASE WHEN cancelled THEN NULL ELSE (h(i, 20, {day}) % 90)::INT - 10 END AS dep_delay,
  CASE WHEN cancelled THEN NULL ELSE (h(i, 21, {day}) % 90)::INT - 20 END AS arr_delay,
  carrier, (h(i, 22, 0) % 5000)::INT AS flight, 'N' || (h(i, 23, 0) % 700) AS tailnum,
  origin, dest,
  CASE WHEN cancelled THEN NULL ELSE miles // 8 + 15 + (h(i, 24, {day}) % 9)::INT END AS air_time,
  miles + CASE origin WHEN 'JFK' THEN 15 WHEN 'LGA' THEN 7 ELSE 0 END AS distance,
  hour, minute,
  TIMESTAMPTZ '2013-02-01 05:00:00+00' + INTERVAL ({day}) DAY + INTERVAL (hour) HOUR AS time_hour,
  '/lake/flights/day={day}/' || origin || '.parquet' AS filename
FROM (
  SELECT *, 300 + (hash(dest) % 23)::INT * 100 AS miles
  FROM (
    SELECT i,
      (['EWR', 'JFK', 'LGA'])[1 + (h(i, 1, 0) % 3)::INT] AS origin,
      (['UA', 'B6', 'EV', 'DL', 'AA', 'MQ', 'US', '9E', 'WN', 'VX'])[1 + (h(i, 2, 0) % 10)::INT] AS carrier,
      'D' || (h(i, 3, 0) % 40) AS dest,
      5 + (h(i, 4, 0) % 18)::INT AS hour,
      (h(i, 5, 0) % 60)::INT AS minute,
      h(i, 6, {day}) % 50 = 0 AS cancelled
    FROM range({rows}) t(i)))
"""


@dataclass
class Flights:
    """Two days of about 900 flights each, in one file per origin."""

    lake: World
    schema: Mapping[str, str]

    @classmethod
    def make(cls, lake: World, today: str = "SELECT * FROM day", rows: int = 900) -> Flights:
        """`today` reads the clean day from `day` and plants its fault."""
        lake.table("before", FLIGHTS.format(day=7, rows=rows + 30))
        lake.table("day", FLIGHTS.format(day=8, rows=rows))
        return cls(lake, lake.table("today", today))

    def manifest(self, name: str) -> Manifest:
        """Checksums over content without the file's name, so that a copy has its original's."""
        rows = self.lake.con.execute(
            f"SELECT filename, count(*), md5(string_agg(line, '|' ORDER BY line)) FROM ("
            f"SELECT filename, (t::VARCHAR) AS line FROM (SELECT filename, struct_pack("
            f"carrier, flight, dest, sched_dep_time, distance, dep_delay, tailnum, day) AS t FROM {name})"
            f") GROUP BY filename ORDER BY filename"
        ).fetchall()
        files = tuple(
            FileEntry(path.rsplit("/", 1)[1], count * 60, f"sha256:{digest}", count)
            for path, count, digest in rows
        )
        return Manifest(Partition.of({"day": name}), "/lake/flights", files)
