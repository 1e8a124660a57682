"""Rows that came or went where no file tells: the segment that holds the change."""

from __future__ import annotations

import pytest
from rootcause_worlds import Flights, World
from sqlglot import exp

from dq.rootcause.causes import explain
from dq.rootcause.checks import Data, FailedCheck
from dq.rootcause.model import CauseKind, Confidence
from dq.verdict import Outcome, Severity, Verdict


def check(expectation: str, *columns: str) -> FailedCheck:
    return FailedCheck(Verdict(expectation, expectation, columns, Outcome.FAIL, Severity.CRITICAL))


ROWS = check("expect_table_row_count_to_be_between")
KEY = check("expect_compound_columns_to_be_unique", "carrier", "flight", "tailnum", "origin", "hour")


def data(flights: Flights) -> Data:
    return Data(exp.to_table("today"), flights.schema, None, exp.to_table("before"), flights.schema)


@pytest.mark.parametrize("hour", [8, 14])
def test_rows_missing_since_an_hour(lake: World, hour: int) -> None:
    flights = Flights.make(lake, f"SELECT * FROM day WHERE NOT (origin = 'EWR' AND hour >= {hour})")
    cause = explain(lake, data(flights), [ROWS]).causes[0]
    gone = lake.number(f"SELECT count(*) FROM before WHERE origin = 'EWR' AND hour >= {hour}")
    assert cause.kind is CauseKind.MISSING_ROWS
    assert (
        cause.text
        == f"origin = 'EWR' and hour >= {hour}: 0 rows, against {gone:,} in the last good partition"
    )
    assert cause.confidence is Confidence.MEDIUM


def test_rows_that_came_twice_explain_count_and_key(lake: World) -> None:
    flights = Flights.make(lake, "SELECT * FROM day UNION ALL SELECT * FROM day WHERE origin = 'LGA'")
    explanation = explain(lake, data(flights), [ROWS, KEY])
    rows = lake.number("SELECT count(*) FROM today WHERE origin = 'LGA'")
    (cause,) = explanation.causes
    assert "origin = 'LGA'" in cause.text
    assert sorted(cause.verdicts) == sorted([ROWS.verdict.id, KEY.verdict.id])
    assert cause.inside is not None
    assert (cause.inside.rows, cause.inside.failing) == (rows, rows)


def test_rows_that_went_at_random_are_only_counted(lake: World) -> None:
    flights = Flights.make(lake, "SELECT * FROM day WHERE hash(flight, tailnum) % 3 > 0")
    (cause,) = explain(lake, data(flights), [ROWS]).causes
    assert cause.confidence.rank >= Confidence.LOW.rank
