"""A day of about 900 flights with the day before as baseline: the planted fault is the first cause."""

from __future__ import annotations

import pytest
from rootcause_worlds import Flights, World, condition
from sqlglot import exp

from dq.rootcause.causes import explain
from dq.rootcause.checks import Data, FailedCheck, Family, family
from dq.rootcause.compare import Side, compare
from dq.rootcause.comparison import Comparison
from dq.rootcause.model import Cause, CauseKind, Confidence, Explanation
from dq.verdict import Outcome, Severity, Verdict


def failed(
    expectation: str, *columns: str, bad: str = "", name: str = "", severity: Severity = Severity.CRITICAL
) -> FailedCheck:
    verdict = Verdict(name or expectation, expectation, columns, Outcome.FAIL, severity)
    return FailedCheck(verdict, condition(bad) if bad else None)


def compared(flights: Flights) -> Comparison:
    today = Side(exp.to_table("today"), flights.schema, flights.manifest("today"), "filename", "day=8")
    before = Side(exp.to_table("before"), flights.schema, flights.manifest("before"), "filename", "day=7")
    return compare(flights.lake, today, before)


def explained(flights: Flights, *checks: FailedCheck, show: frozenset[str] = frozenset()) -> Explanation:
    data = Data(exp.to_table("today"), flights.schema, "filename", exp.to_table("before"), flights.schema)
    return explain(flights.lake, data, checks, compared(flights), show=show)


def first(explanation: Explanation) -> Cause:
    return explanation.causes[0]


KILOMETRES = (
    "SELECT * REPLACE (CASE WHEN carrier = '{}' THEN (distance * 1.609344)::INT ELSE distance END"
    " AS distance) FROM day"
)
ROW_COUNT = failed("expect_table_row_count_to_be_between", name="rows")
UNIQUE = failed("expect_compound_columns_to_be_unique", "carrier", "flight", "tailnum", "hour", name="key")


@pytest.mark.parametrize("carrier", ["UA", "B6", "VX"])
@pytest.mark.parametrize(
    "checks",
    [
        (failed("expect_column_values_to_be_between", "distance", bad="distance > 2700"),),
        (failed("expect_column_mean_to_be_between", "distance"),),
        (failed("expect_rows_to_satisfy", bad="distance * 60 / air_time > 700"),),
        (
            failed("expect_column_mean_to_be_between", "distance", name="mean"),
            failed("expect_column_values_to_be_between", "distance", bad="distance > 2700", name="range"),
        ),
    ],
    ids=["range", "mean", "speed", "both"],
)
def test_kilometres_of_one_carrier(lake: World, carrier: str, checks: tuple[FailedCheck, ...]) -> None:
    explanation = explained(Flights.make(lake, KILOMETRES.format(carrier)), *checks)
    cause = first(explanation)
    assert (cause.kind, cause.text) == (CauseKind.SEGMENT, f"carrier = '{carrier}'")
    assert sorted(cause.verdicts) == sorted(check.verdict.id for check in checks)


@pytest.mark.parametrize(("origin", "hour"), [("EWR", 15), ("LGA", 19), ("JFK", 12)])
def test_delays_null_since_an_hour(lake: World, origin: str, hour: int) -> None:
    fault = f"origin = '{origin}' AND hour >= {hour}"
    flights = Flights.make(
        lake, f"SELECT * REPLACE (CASE WHEN {fault} THEN NULL ELSE dep_delay END AS dep_delay) FROM day"
    )
    check = failed("expect_column_values_to_not_be_null", "dep_delay", bad="dep_delay IS NULL")
    cause = first(explained(flights, check))
    assert cause.text == f"file {origin}.parquet and hour >= {hour}"
    assert f"origin = '{origin}' and hour >= {hour}" in cause.same
    rows = lake.number(f"SELECT count(*) FROM today WHERE {fault}")
    assert cause.inside is not None
    assert (cause.inside.rows, cause.inside.failing) == (rows, rows)
    assert cause.confidence in (Confidence.HIGH, Confidence.MEDIUM)
    assert f"hour >= {hour}" in cause.since


def test_file_delivered_twice(lake: World) -> None:
    copy = "replace(filename, 'LGA', 'LGA-resent') AS filename"
    flights = Flights.make(
        lake, f"SELECT * FROM day UNION ALL SELECT * REPLACE ({copy}) FROM day WHERE origin = 'LGA'"
    )
    explanation = explained(flights, ROW_COUNT, UNIQUE)
    cause = first(explanation)
    rows = lake.number("SELECT count(*) FROM day WHERE origin = 'LGA'")
    assert len(explanation.causes) == 1
    assert cause.kind is CauseKind.DUPLICATE_FILE
    assert cause.text == f"file LGA.parquet was delivered twice, also as LGA-resent.parquet, {rows:,} rows"
    assert (cause.confidence, sorted(cause.verdicts)) == (Confidence.HIGH, ["key", "rows"])
    assert cause.inside is not None
    assert (cause.inside.rows, cause.inside.failing) == (2 * rows, 2 * rows)


@pytest.mark.parametrize(
    ("bound", "kind"),
    [({"min_value": 2_000}, CauseKind.MISSING_ROWS), ({"max_value": 500}, CauseKind.DUPLICATE_FILE)],
)
def test_direction_of_a_row_count(lake: World, bound: dict[str, int], kind: CauseKind) -> None:
    """One file came twice and another is cut short: the limit that broke says which one matters."""
    flights = Flights.make(
        lake,
        "SELECT * FROM day WHERE origin <> 'EWR' OR hash(flight) % 2 = 0 UNION ALL"
        " SELECT * REPLACE (replace(filename, 'LGA', 'LGA-resent') AS filename) FROM day"
        " WHERE origin = 'LGA'",
    )
    verdict = Verdict(
        "rows",
        "expect_table_row_count_to_be_between",
        (),
        Outcome.FAIL,
        Severity.CRITICAL,
        observed=lake.number("SELECT count(*) FROM today"),
        kwargs=bound,
    )
    assert first(explained(flights, FailedCheck(verdict))).kind is kind


@pytest.mark.parametrize("origin", ["EWR", "JFK", "LGA"])
def test_half_of_a_file_missing(lake: World, origin: str) -> None:
    flights = Flights.make(lake, f"SELECT * FROM day WHERE origin <> '{origin}' OR hash(flight) % 2 = 0")
    cause = first(explained(flights, ROW_COUNT))
    now = lake.number(f"SELECT count(*) FROM today WHERE origin = '{origin}'")
    then = lake.number(f"SELECT count(*) FROM before WHERE origin = '{origin}'")
    assert cause.kind is CauseKind.MISSING_ROWS
    assert cause.text == f"file {origin}.parquet holds {now:,} rows, against {then:,} in day=7"
    assert cause.confidence is Confidence.HIGH


def test_missing_file(lake: World) -> None:
    cause = first(explained(Flights.make(lake, "SELECT * FROM day WHERE origin <> 'JFK'"), ROW_COUNT))
    assert cause.kind is CauseKind.MISSING_FILE
    assert cause.text.startswith("file JFK.parquet is missing")


def test_unknown_carrier_explains_the_missing_name_too(lake: World) -> None:
    flights = Flights.make(
        lake,
        "SELECT * REPLACE (CASE WHEN carrier = 'EV' THEN 'XE' ELSE carrier END AS carrier),"
        " CASE WHEN carrier = 'EV' THEN NULL ELSE 'name of ' || carrier END AS carrier_name FROM day",
    )
    lake.con.execute("ALTER TABLE before ADD COLUMN carrier_name VARCHAR DEFAULT 'some'")
    known = failed("expect_column_values_to_reference", "carrier", bad="carrier = 'XE'", name="known")
    named = failed(
        "expect_column_values_to_not_be_null", "carrier_name", bad="carrier_name IS NULL", name="named"
    )
    hidden = first(explained(flights, named, known))
    assert hidden.text == "one value of carrier, not among the known values"
    assert "XE" not in str(hidden.condition)
    explanation = explained(flights, named, known, show=frozenset({"carrier"}))
    cause = first(explanation)
    assert (cause.kind, len(explanation.causes)) == (CauseKind.UNKNOWN_VALUE, 1)
    assert cause.text == "carrier = 'XE', not among the known values"
    assert (cause.confidence, sorted(cause.verdicts)) == (Confidence.HIGH, ["known", "named"])


def test_few_rows_are_described_without_values(lake: World) -> None:
    flights = Flights.make(
        lake, "SELECT * REPLACE (CASE WHEN flight % 200 = 7 THEN 'XE' ELSE carrier END AS carrier) FROM day"
    )
    rows = lake.number("SELECT count(*) FROM today WHERE carrier = 'XE'")
    assert 0 < rows < 10
    check = failed("expect_column_values_to_be_in_set", "carrier", bad="carrier = 'XE'")
    cause = first(explained(flights, check))
    assert cause.text == "one value of carrier, not among the known values"
    assert (cause.condition, cause.columns, cause.since.count("XE")) == ("", (), 0)
    shown = first(explained(flights, check, show=frozenset({"carrier"})))
    assert shown.text == "carrier = 'XE', not among the known values"


def test_removed_column(lake: World) -> None:
    flights = Flights.make(lake, "SELECT * EXCLUDE (tailnum) FROM (SELECT * FROM day)")
    today = Side(exp.to_table("today"), flights.schema)
    before = Side(exp.to_table("before"), {**flights.schema, "tailnum": "VARCHAR"})
    data = Data(exp.to_table("today"), flights.schema, None, exp.to_table("before"), before.schema)
    check = failed("expect_column_to_exist", "tailnum")
    cause = first(explain(lake, data, [check], compare(lake, today, before)))
    assert (cause.kind, cause.text) == (CauseKind.SCHEMA, "column tailnum was removed")


def test_clean_day_has_no_row_cause_and_says_so(lake: World) -> None:
    flights = Flights.make(lake)
    check = failed("expect_column_values_to_not_be_null", "dep_delay", bad="hash(flight, tailnum) % 25 = 0")
    explanation = explained(flights, check, ROW_COUNT)
    assert {cause.kind for cause in explanation.causes} == {CauseKind.NONE, CauseKind.VOLUME}
    assert all(cause.confidence.rank >= Confidence.LOW.rank for cause in explanation.causes)
    assert (
        "Files: none missing, none delivered twice, none repeated, none much smaller."
        in explanation.ruled_out
    )


def test_every_failed_check_is_named(lake: World) -> None:
    flights = Flights.make(lake, KILOMETRES.format("UA"))
    checks = (
        failed("expect_column_values_to_be_between", "distance", bad="distance > 2700", name="a"),
        failed("expect_column_mean_to_be_between", "distance", name="b"),
        ROW_COUNT,
        failed("expect_column_to_exist", "nothing", name="c"),
        failed("expect_column_median_to_be_between", "dep_delay", name="d"),
    )
    named = {name for cause in explained(flights, *checks).causes for name in cause.verdicts}
    assert named == {"a", "b", "rows", "c", "d"}


def test_no_baseline_lowers_the_confidence(lake: World) -> None:
    flights = Flights.make(
        lake, "SELECT * REPLACE (CASE WHEN origin = 'JFK' THEN NULL ELSE dep_delay END AS dep_delay) FROM day"
    )
    data = Data(exp.to_table("today"), flights.schema, "filename")
    check = failed("expect_column_values_to_not_be_null", "dep_delay", bad="dep_delay IS NULL")
    cause = explain(lake, data, [check]).causes[0]
    assert (cause.text, cause.confidence) == ("file JFK.parquet", Confidence.MEDIUM)
    assert "no last good partition" in cause.reason


@pytest.mark.parametrize(
    ("expectation", "bad", "expected"),
    [
        ("expect_column_values_to_be_in_set", "x", Family.KNOWN_VALUES),
        ("expect_column_values_to_not_be_in_set", "x", Family.ROWS),
        ("expect_column_values_to_be_unique", "", Family.UNIQUE),
        ("expect_column_unique_value_count_to_be_between", "", Family.AGGREGATE),
        ("expect_column_proportion_of_unique_values_to_be_between", "", Family.AGGREGATE),
        ("expect_table_row_count_to_equal", "", Family.VOLUME),
        ("expect_table_columns_to_match_set", "", Family.SCHEMA),
        ("expect_column_values_to_be_of_type", "", Family.SCHEMA),
        ("expect_column_values_to_be_null", "x", Family.ROWS),
        ("expect_column_sum_to_be_between", "", Family.AGGREGATE),
    ],
)
def test_family(expectation: str, bad: str, expected: Family) -> None:
    assert family(failed(expectation, "x", bad=bad)) is expected
