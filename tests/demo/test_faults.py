"""Every day of the sample meets the suites; every fault breaks them where it should.

The suites are judged here by one plain SQL query per expectation, apart from dq's own planner.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ruamel.yaml import YAML

from dq.demo import data
from dq.demo.faults import FAULTS, Fault, fault
from dq.demo.transform import transform_day
from dq.errors import DataError, UsageError

FAULT_DAY = dt.date(2013, 2, 13)
DAYS = (dt.date(2013, 2, 8), dt.date(2013, 2, 9), dt.date(2013, 2, 10), FAULT_DAY)
"""Two days of blizzard, the second a Saturday, the quietest kind of day; a Sunday; a quiet Wednesday."""


# --- the suites in plain SQL ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """One expectation of a suite file."""

    id: str
    name: str
    column: str
    args: Any
    mostly: float
    severity: str
    where: str


def read_suite(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load(data.suites_folder() / name)
    return loaded


def rules(suite: Mapping[str, Any]) -> list[Rule]:
    listed = [(column, item) for column, items in suite["columns"].items() for item in items]
    listed += [("", item) for item in suite["table"]]
    return [_rule(column, item) for column, item in listed]


def _rule(column: str, item: Any) -> Rule:
    options = {"mostly": 1.0, "severity": "critical", "where": "TRUE", "id": ""}
    given = {item: None} if isinstance(item, str) else dict(item)
    options |= {key: given.pop(key) for key in list(given) if key in options}
    ((name, args),) = given.items()
    found = options.pop("id") or (f"{column}-{name}" if column else name)
    return Rule(id=found, name=name, column=column, args=args, **options)  # type: ignore[arg-type]  # checked by use


def row_test(rule: Rule) -> tuple[str, str] | None:
    """SQL for (the row is bad, the row is considered); None for a rule about more than single rows."""
    c, args = rule.column, rule.args
    if rule.name == "not_null":
        return f"{c} IS NULL", "TRUE"
    if rule.name == "in_set":
        return f"{c} NOT IN ({', '.join(repr(value) for value in args)})", f"{c} IS NOT NULL"
    if rule.name == "between":
        return f"{c} NOT BETWEEN {args[0]} AND {args[1]}", f"{c} IS NOT NULL"
    if rule.name == "regex":
        return f"NOT regexp_matches({c}, '{args}')", f"{c} IS NOT NULL"
    if rule.name == "references" and c:
        table, key = args.split(".")
        return f"{c} NOT IN (SELECT {key} FROM {table})", f"{c} IS NOT NULL"
    if rule.name == "references":
        keys = " AND ".join(f"r.{k} = t.{c}" for k, c in zip(args["keys"], args["columns"], strict=True))
        return f"NOT EXISTS (SELECT 1 FROM {args['to']} r WHERE {keys})", "TRUE"
    if rule.name == "satisfy":
        return f"NOT ({args})", "TRUE"
    if rule.name == "pair_greater":
        a, b = args["column_A"], args["column_B"]
        return f"NOT ({a} > {b})", f"{a} IS NOT NULL AND {b} IS NOT NULL"
    if rule.name == "unique":
        return f"count(*) OVER (PARTITION BY day, {', '.join(args)}) > 1", "TRUE"
    return None


def law_query(rule: Rule) -> str:
    """SQL for (day, size of the breach) of a rule that compares with the input."""
    if rule.name in ("row_count_matches", "sum_conserved"):
        measured = "count(*)" if rule.name == "row_count_matches" else f"sum({rule.args['column']})"
        curated, raw = (f"SELECT day, {measured} AS n FROM {t} GROUP BY day" for t in ("curated", "raw"))
        return f"SELECT day, abs(c.n - r.n) FROM ({curated}) c JOIN ({raw}) r USING (day)"
    keys = ", ".join(["day", *rule.args["key"]])
    counted = f"SELECT {keys}, count(*) AS n FROM {{}} GROUP BY {keys}"
    broken = {"keys_preserved": "c.n IS NULL", "no_fan_out": "c.n > r.n"}[rule.name]
    return (
        f"SELECT day, count(*) FILTER ({broken}) FROM ({counted.format('raw')}) r "
        f"LEFT JOIN ({counted.format('curated')}) c USING ({keys}) GROUP BY day"
    )


def breaches(con: duckdb.DuckDBPyConnection, table: str, rule: Rule) -> dict[dt.date, Any]:
    """Day to what was measured, for the days that break the rule."""
    test = row_test(rule)
    if test:
        bad, considered = test
        rows = con.execute(
            f"SELECT day, count(*) FILTER (bad), count(*) FILTER (seen) FROM (SELECT *, {bad} AS bad, "
            f"{considered} AS seen FROM {table} t WHERE {rule.where}) GROUP BY day"
        ).fetchall()
        return {day: n for day, n, seen in rows if (seen - n) / seen < rule.mostly}
    aggregate = {"row_count": "count(*)", "mean": f"avg({rule.column})", "median": f"median({rule.column})"}
    if rule.name in aggregate:
        query = f"SELECT day, {aggregate[rule.name]} FROM {table} WHERE {rule.where} GROUP BY day"
        low, high = rule.args
        return {day: n for day, n in con.execute(query).fetchall() if not low <= n <= high}
    return {day: n for day, n in con.execute(law_query(rule)).fetchall() if n > rule.args.get("tolerance", 0)}


def broken(con: duckdb.DuckDBPyConnection, stage: str, severity: str) -> dict[dt.date, dict[str, Any]]:
    """Day to `{expectation id: measured}`, for what is broken at that severity."""
    found: dict[dt.date, dict[str, Any]] = {}
    for rule in rules(read_suite(f"{stage}_flights.yml")):
        if rule.severity == severity:
            for day, measured in breaches(con, stage, rule).items():
                found.setdefault(day, {})[rule.id] = measured
    return found


def connect(reference: Path, raw: str, curated: str) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("SET threads = 2")
    for name in ("airlines", "airports", "planes", "routes"):
        con.execute(f"CREATE TABLE {name} AS FROM read_parquet('{reference}/{name}.parquet')")
    con.execute(
        "CREATE TABLE raw AS SELECT *, make_date(year, month, day) AS d "
        f"FROM read_parquet('{raw}', hive_partitioning = false)"
    )
    con.execute("ALTER TABLE raw DROP COLUMN day; ALTER TABLE raw RENAME d TO day")
    con.execute(
        "CREATE TABLE curated AS SELECT *, CAST(sched_dep_local AS DATE) AS day "
        f"FROM read_parquet('{curated}', hive_partitioning = false)"
    )
    return con


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reference")
    data.write_reference(folder)
    return folder


@pytest.fixture(scope="module")
def clean(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Both months; the transformation looks at single rows, so that one call does for all days."""
    base = tmp_path_factory.mktemp("clean")
    months = base / "raw"
    months.mkdir()
    for path in data.sample_folder().glob("flights-*.parquet"):
        (months / path.name).symlink_to(path)
    curated = transform_day(months, reference, base / "curated")
    return connect(reference, f"{months}/*.parquet", str(curated))


def plant(each: Fault, days: tuple[dt.date, ...], base: Path, reference: Path) -> duckdb.DuckDBPyConnection:
    for day in days:
        folder = data.write_raw_day(base, day)[0].parent
        each.plant(folder)
        transform_day(folder, reference, base / "curated" / f"date={day}")
    return connect(reference, f"{base}/raw/flights/*/*.parquet", f"{base}/curated/*/*.parquet")


# --- clean days ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["raw", "curated"])
def test_every_day_of_the_sample_meets_every_critical_expectation(
    clean: duckdb.DuckDBPyConnection, stage: str
) -> None:
    assert clean.execute(f"SELECT count(DISTINCT day) FROM {stage}").fetchall() == [(59,)]
    assert broken(clean, stage, "critical") == {}


def test_the_blizzard_warns_and_one_storm_in_march(clean: duckdb.DuckDBPyConnection) -> None:
    assert broken(clean, "raw", "warning") == {
        dt.date(2013, 2, 8): {"dep_time-not_null": 472},
        dt.date(2013, 2, 9): {"dep_time-not_null": 393},
    }
    assert broken(clean, "curated", "warning") == {
        dt.date(2013, 2, 8): {"share-departed": 472},
        dt.date(2013, 2, 9): {"share-departed": 393},
        dt.date(2013, 3, 8): {"dep_delay-median": 58.0},
    }


# --- faults --------------------------------------------------------------------------------------------

RAW_BREACHES: dict[str, dict[str, Any]] = {
    "km": {"references": 161},
    "null-delays": {"dep_delay-not_null": 148},
    "duplicate-file": {"rows-LGA": 562, "unique": 562},
    "half-file": {"rows-EWR": 170},
    "unknown-carrier": {"carrier-references": 147},
}
CURATED_BREACHES: dict[str, dict[str, Any]] = {
    "km": {"references": 161, "satisfy": 47},
    "null-delays": {"dep_delay-not_null": 148, "dep_utc-not_null": 148},
    "duplicate-file": {"rows-LGA": 562, "unique": 562},
    "half-file": {"rows-EWR": 170},
    "unknown-carrier": {"carrier_name-not_null": 147},
}


@pytest.mark.parametrize("each", FAULTS.values(), ids=FAULTS)
def test_a_fault_breaks_both_suites_on_every_kind_of_day(
    each: Fault, reference: Path, tmp_path: Path
) -> None:
    con = plant(each, DAYS, tmp_path, reference)
    raw, curated = broken(con, "raw", "critical"), broken(con, "curated", "critical")
    assert raw[FAULT_DAY] == RAW_BREACHES[each.name]
    assert curated[FAULT_DAY] == CURATED_BREACHES[each.name]
    for day in DAYS:
        # On the second day of the blizzard too few flights flew to show every symptom.
        assert set(raw[day]) == set(RAW_BREACHES[each.name]), day
        assert set(curated[day]) <= set(CURATED_BREACHES[each.name]), day
        assert curated[day], day


def rows_of(folder: Path) -> dict[str, list[dict[str, Any]]]:
    return {path.name: data.read_table(path).to_pylist() for path in sorted(folder.glob("*.parquet"))}


def planted(name: str, lake: Path) -> tuple[dict[str, list[dict[str, Any]]], dict[str, list[dict[str, Any]]]]:
    """File name to rows, before and after."""
    folder = data.write_raw_day(lake, FAULT_DAY)[0].parent
    before = rows_of(folder)
    fault(name).plant(folder)
    return before, rows_of(folder)


def changes(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [(old, new) for old, new in zip(before, after, strict=True) if old != new]


def test_km_changes_the_distances_of_one_carrier_and_nothing_else(tmp_path: Path) -> None:
    before, after = planted("km", tmp_path)
    assert list(after) == ["EWR.parquet", "JFK.parquet", "LGA.parquet"]
    changed = [pair for name in before for pair in changes(before[name], after[name])]
    assert len(changed) == sum(row["carrier"] == "UA" for rows in before.values() for row in rows) == 160
    for old, new in changed:
        assert new == {**old, "distance": round(old["distance"] * 1.609344)}
        assert old["carrier"] == "UA"


def test_null_delays_takes_the_delays_of_one_origin_since_an_hour_and_nothing_else(tmp_path: Path) -> None:
    before, after = planted("null-delays", tmp_path)
    assert before["EWR.parquet"] == after["EWR.parquet"]
    assert before["LGA.parquet"] == after["LGA.parquet"]
    changed = changes(before["JFK.parquet"], after["JFK.parquet"])
    assert len(changed) == 148
    assert all(new == {**old, "dep_delay": None} and old["hour"] >= 15 for old, new in changed)
    assert all(row["dep_delay"] is None for row in after["JFK.parquet"] if row["hour"] >= 15)


def test_a_column_that_becomes_null_keeps_its_type(tmp_path: Path) -> None:
    folder = data.write_raw_day(tmp_path, FAULT_DAY)[0].parent
    before = data.read_table(folder / "JFK.parquet").schema
    fault("null-delays").plant(folder)
    assert data.read_table(folder / "JFK.parquet").schema == before


def test_a_duplicate_file_has_the_same_bytes_under_another_name(tmp_path: Path) -> None:
    before, after = planted("duplicate-file", tmp_path)
    folder = data.raw_day_folder(tmp_path, FAULT_DAY)
    assert list(after) == ["EWR.parquet", "JFK.parquet", "LGA-resent.parquet", "LGA.parquet"]
    assert (folder / "LGA-resent.parquet").read_bytes() == (folder / "LGA.parquet").read_bytes()
    assert {name: after[name] for name in before} == before


def test_half_a_file_ends_in_the_middle_of_the_timetable(tmp_path: Path) -> None:
    before, after = planted("half-file", tmp_path)
    assert (len(before["EWR.parquet"]), len(after["EWR.parquet"])) == (340, 170)
    assert after["EWR.parquet"] == before["EWR.parquet"][:170]
    last_kept = after["EWR.parquet"][-1]["sched_dep_time"]
    assert all(row["sched_dep_time"] >= last_kept for row in before["EWR.parquet"][170:])
    assert after["JFK.parquet"] == before["JFK.parquet"]


def test_an_unknown_carrier_is_a_code_and_nothing_else(tmp_path: Path) -> None:
    before, after = planted("unknown-carrier", tmp_path)
    changed = [pair for name in before for pair in changes(before[name], after[name])]
    assert len(changed) == 147
    assert all(old["carrier"] == "EV" and new == {**old, "carrier": "XE"} for old, new in changed)
    airlines = data.read_table(data.sample_folder() / "airlines.parquet")["carrier"].to_pylist()
    assert "EV" in airlines
    assert "XE" not in airlines


@pytest.mark.parametrize("name", list(FAULTS))
def test_planting_is_deterministic(name: str, tmp_path: Path) -> None:
    digests = []
    for lake in (tmp_path / "one", tmp_path / "two"):
        folder = data.write_raw_day(lake, FAULT_DAY)[0].parent
        fault(name).plant(folder)
        digests.append({p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()})
    assert digests[0] == digests[1]


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_day_that_was_not_delivered_cannot_be_spoilt(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Write the raw day first"):
        fault(name).plant(tmp_path)


def test_an_unknown_fault_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match=r"no fault is called 'half-fiel'\. Did you mean 'half-file'\?"):
        fault("half-fiel")
    assert list(FAULTS) == ["km", "null-delays", "duplicate-file", "half-file", "unknown-carrier"]
