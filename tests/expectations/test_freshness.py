from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, refusal, verdict

from dq.expectations.freshness import duration, duration_words, partition_end
from dq.lake.manifest import Partition

UTC = dt.timezone.utc
NOW = dt.datetime(2024, 1, 3, 12, 0, tzinfo=UTC)
NEWEST = dt.datetime(2024, 1, 2, 0, 0)


@pytest.mark.parametrize(
    ("values", "max_age", "outcome", "age"),
    [
        ([NEWEST, None], "36h", PASS, 36 * 3600.0),
        ([NEWEST], "35 h 59 min", FAIL, 36 * 3600.0),
        ([dt.date(2024, 1, 2)], "1.5 days", PASS, 36 * 3600.0),
        ([dt.date(2024, 1, 2)], "1 day", FAIL, 36 * 3600.0),
        (pa.array([NEWEST], pa.timestamp("us", tz="UTC")), "36h", PASS, 36 * 3600.0),
        (pa.array([NEWEST], pa.timestamp("ns")), "36h", PASS, 36 * 3600.0),
        ([dt.datetime(2024, 1, 4)], "1 s", PASS, -12 * 3600.0),
    ],
)
def test_age_of_the_newest_value(values: object, max_age: str, outcome: str, age: float) -> None:
    found = verdict({"x": values}, {"fresh": max_age}, now=NOW)
    assert (found.outcome.value, found.details["age_seconds"]) == (outcome, age)
    assert found.details["reference"] == "2024-01-03T12:00:00+00:00"


def test_an_old_partition_is_fresh_at_its_own_end() -> None:
    declared = {"fresh": {"max_age": "1 day", "against": "partition"}}
    found = verdict(
        [NEWEST], declared, now=dt.datetime(2030, 1, 1, tzinfo=UTC), partition={"d": "2024-01-02"}
    )
    assert (found.outcome.value, found.observed) == (PASS, NEWEST)
    assert found.details == {"age_seconds": 86_400.0, "reference": "2024-01-03T00:00:00+00:00"}
    assert found.expected == "newest value at most 1 day old at the partition's end"


def test_a_partition_that_has_not_ended_is_measured_now() -> None:
    declared = {"fresh": {"max_age": "1h", "against": "partition"}}
    newest = dt.datetime(2024, 1, 3, 11, 30)
    found = verdict([newest], declared, now=NOW, partition={"date": "2024-01-03"})
    assert (found.outcome.value, found.details["age_seconds"]) == (PASS, 1800.0)


def test_nothing_to_measure() -> None:
    nothing = pa.table({"x": pa.array([None], pa.timestamp("us"))})
    found = verdict(nothing, {"fresh": "1h"}, now=NOW)
    assert (found.outcome.value, found.reason, found.missing) == (UNTESTED, "every value is null", 1)


@pytest.mark.parametrize("values", [["2024-01-01"], [1], [dt.time(1)]])
def test_only_dates_and_timestamps_have_an_age(values: list[object]) -> None:
    assert verdict(values, {"fresh": "1h"}, now=NOW).outcome.value == ERROR


def test_a_partition_without_a_day_has_no_end() -> None:
    found = verdict(
        [NEWEST], {"fresh": {"max_age": "1h", "against": "partition"}}, partition={"region": "eu"}
    )
    assert found.outcome.value == ERROR
    assert found.reason == "against: partition needs a partition that names a day, got 'region=eu'"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("36h", 129_600), ("2 days", 172_800), ("90 min", 5400), ("1d12h", 129_600), ("1 week, 1 s", 604_801)],
)
def test_durations(text: str, seconds: float) -> None:
    assert duration(text) == dt.timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (dt.timedelta(days=2), "2 days"),
        (dt.timedelta(hours=36), "1 day 12 h"),
        (dt.timedelta(minutes=90), "1 h 30 min"),
        (dt.timedelta(seconds=1.5), "1.5 s"),
        (dt.timedelta(0), "0 s"),
    ],
)
def test_durations_in_words(span: dt.timedelta, words: str) -> None:
    assert duration_words(span) == words


@pytest.mark.parametrize("value", ["soon", "36", 36, "3 months", "-1h", "0 s", ""])
def test_what_is_no_duration_is_refused(value: object) -> None:
    assert "max_age" in refusal({"fresh": value})


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("date=2013-02-08", dt.datetime(2013, 2, 9, tzinfo=UTC)),
        ("date=2013-02-08/hour=23", dt.datetime(2013, 2, 9, tzinfo=UTC)),
        ("region=eu/year=2013/month=12/day=31", dt.datetime(2014, 1, 1, tzinfo=UTC)),
        ("year=2013/month=2/day=8/hour=03", dt.datetime(2013, 2, 8, 4, tzinfo=UTC)),
        ("at=2013-02-08T03:00", dt.datetime(2013, 2, 8, 4, tzinfo=UTC)),
    ],
)
def test_where_a_partition_ends(text: str, end: dt.datetime) -> None:
    assert partition_end(Partition.parse(text)) == end


AT_NOON = dt.datetime(2024, 1, 3, 12)


def hours(*ages: float | None) -> list[dt.datetime | None]:
    return [None if age is None else AT_NOON - dt.timedelta(hours=age) for age in ages]


@pytest.mark.parametrize(
    ("values", "declared", "outcome", "unexpected", "sample"),
    [
        (hours(1, 36, None, -5), {"recent": "36h"}, PASS, 0, ()),
        (hours(1, 36.5, None, 40), {"recent": "36h"}, FAIL, 2, hours(36.5, 40)),
        (hours(1, 40), {"recent": "36h", "mostly": 0.5}, PASS, 1, ()),
        (hours(1, -5, 40), {"recent": {"max_age": "36h", "max_ahead": "1h"}}, FAIL, 2, hours(-5, 40)),
        (hours(-1), {"recent": {"max_age": "1s", "max_ahead": "1h"}}, PASS, 0, ()),
        (hours(-1), {"recent": {"max_age": "1s", "max_ahead": "0s"}}, FAIL, 1, hours(-1)),
        ([dt.date(2024, 1, 2), dt.date(2024, 1, 1)], {"recent": "2 days"}, FAIL, 1, [dt.date(2024, 1, 1)]),
        ([], {"recent": "1h"}, UNTESTED, 0, ()),
    ],
)
def test_age_of_each_value(
    values: list[object], declared: dict[str, object], outcome: str, unexpected: int, sample: object
) -> None:
    data = pa.table({"x": values}) if values else pa.table({"x": pa.array([], pa.timestamp("us"))})
    found = verdict(data, declared, now=NOW)
    assert (found.outcome.value, found.unexpected) == (outcome, unexpected)
    assert sorted(found.sample) == sorted(sample)  # type: ignore[call-overload]  # dates or nothing


def test_age_beside_another_column() -> None:
    data = {"x": hours(10, 10, 10, None, 10), "seen": hours(9, 7, 13, 1, None)}
    declared = {"recent": {"max_age": "2h", "reference": "seen", "max_ahead": "2h"}}
    found = verdict(data, declared, now=NOW)
    assert (found.outcome.value, found.unexpected, found.considered, found.missing) == (FAIL, 2, 3, 2)
    assert sorted(found.sample) == sorted(zip(hours(10, 10), hours(7, 13), strict=True))
    assert found.columns == ("x", "seen")
    assert found.expected == "at most 2 h older than seen, at most 2 h ahead"


def test_zones_and_partitions_give_each_value_its_age() -> None:
    zoned = pa.table({"x": pa.array(hours(0, 13), pa.timestamp("us", tz="UTC"))})
    assert verdict(zoned, {"recent": "12h"}, now=NOW).unexpected == 1
    declared = {"recent": {"max_age": "12h", "against": "partition"}}
    found = verdict(hours(0, 13), declared, now=NOW, partition={"day": "2024-01-02"})
    assert (found.unexpected, found.expected) == (0, "at most 12 h old at the partition's end")


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"recent": "0s"}, "longer than nothing"),
        ({"recent": {"max_age": "1h", "max_ahead": "-1s"}}, "no duration"),
        ({"recent": {"max_age": "1h", "against": "partition", "reference": "y"}}, "give one of them"),
        ({"recent": "400000 days"}, "a thousand years"),
    ],
)
def test_ages_that_make_no_sense_are_refused(declared: dict[str, object], words: str) -> None:
    assert words in refusal(declared)
