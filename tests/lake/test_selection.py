"""Ranges, lists and patterns of partition values."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dq.errors import DataError, UsageError
from dq.lake.manifest import Partition
from dq.lake.selection import in_order, literal, parse

TEXTS = st.text("aZ05%/=,*?[.2F \u00e9", min_size=1, max_size=8)
"""What has a meaning in a selection, what escapes look like, and a little of everything else."""


def parts(*names: str) -> list[Partition]:
    return [Partition.parse(name) for name in names]


DAYS = parts("date=2013-02-07", "date=2013-02-08", "date=2013-02-10", "date=2013-03-01")
HOURS = parts("date=2013-02-08/hour=00", "date=2013-02-08/hour=07", "date=2013-02-09/hour=07")


@pytest.mark.parametrize(
    ("text", "there", "chosen"),
    [
        ("date=2013-02-09", DAYS, ["date=2013-02-09"]),
        (
            "date=2013-02-08..2013-02-10",
            DAYS,
            ["date=2013-02-08", "date=2013-02-09", "date=2013-02-10"],
        ),
        ("date=2013-02-08..", DAYS, ["date=2013-02-08", "date=2013-02-10", "date=2013-03-01"]),
        ("date=..2013-02-08", DAYS, ["date=2013-02-07", "date=2013-02-08"]),
        ("date=2013-02-*", DAYS, ["date=2013-02-07", "date=2013-02-08", "date=2013-02-10"]),
        ("date=2013-02-0[78]", DAYS, ["date=2013-02-07", "date=2013-02-08"]),
        ("date=2013-02-1?,2013-01-01", DAYS, ["date=2013-01-01", "date=2013-02-10"]),
        ("date=2013-02-28..2013-03-01", [], ["date=2013-02-28", "date=2013-03-01"]),
        ("date=20130228..20130301", [], ["date=20130228", "date=20130301"]),
        ("month=2012-12..2013-01", [], ["month=2012-12", "month=2013-01"]),
        ("n=9..11", [], ["n=9", "n=10", "n=11"]),
        ("n=-1..1", [], ["n=-1", "n=0", "n=1"]),
        ("n=09..11", [], ["n=09", "n=10", "n=11"]),
        ("n=9..11", parts("n=009", "n=12"), ["n=009", "n=10", "n=11"]),
        ("n=0..1", parts("n=00"), ["n=00", "n=1"]),
        ("date=2013-02-08", HOURS, ["date=2013-02-08"]),
        ("date=2013-02-*", HOURS, ["date=2013-02-08", "date=2013-02-09"]),
        ("hour=7..7/date=2013-02-*", HOURS, ["hour=07/date=2013-02-08", "hour=07/date=2013-02-09"]),
        (
            "date=2013-02-08..2013-02-09/hour=00",
            HOURS,
            ["date=2013-02-08/hour=00", "date=2013-02-09/hour=00"],
        ),
        ("city=a%2Cb,c", [], ["city=a,b", "city=c"]),
        ("city=%2A*", parts("city=*x", "city=ax"), ["city=*x"]),
    ],
)
def test_what_a_selection_means(text: str, there: list[Partition], chosen: list[str]) -> None:
    assert [str(one) for one in parse(text).choose(there)] == chosen


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (["2013-02-08"], "expected column=value"),
        (["date="], "expected column=value"),
        (["date=2013-02-08,"], "empty value"),
        (["date=2013-02-10..2013-02-08"], "reversed; write 2013-02-08..2013-02-10"),
        (["date=2013-02-30..2013-03-02"], "has no order"),
        (["date=2013-02-01..7"], "has no order"),
        (["shop=a..c"], "has no order"),
        (["date=.."], "has no order"),
        (["date=2013-02-08", "date=2013-02-09"], "given twice; a list means several: date=2013-02-08,..."),
    ],
)
def test_what_cannot_be_understood(texts: list[str], why: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(texts)
    assert why in str(caught.value)


def test_nothing_matches() -> None:
    with pytest.raises(
        DataError, match=r"no partition matches date=2014-\*; there are 4, from date=2013-02-07 to"
    ):
        parse("date=2014-*").choose(DAYS)
    with pytest.raises(DataError, match="the table has no partitions"):
        parse("date=*").choose([])


def test_too_many_are_a_slip() -> None:
    with pytest.raises(UsageError, match="names 1,000,001 values"):
        parse("n=0..1000000").choose([])
    with pytest.raises(UsageError, match="more than 100,000 partitions"):
        parse("a=0..999/b=0..999").choose([])


def test_one_partition() -> None:
    assert parse(["date=2013-02-08", "hour=03"]).one == Partition.of({"date": "2013-02-08", "hour": "03"})
    assert parse([]).one == Partition()
    assert parse("date=2013-02-08,2013-02-09").one is None
    assert parse("date=2013-02-08..2013-02-08").one is None


@given(st.dictionaries(TEXTS.filter(lambda name: "=" not in name), TEXTS, min_size=1, max_size=3))
def test_a_literal_means_exactly_that_partition(values: dict[str, str]) -> None:
    partition = Partition.of(values)
    assert parse(literal(partition)).one == partition


@given(st.dates(), st.integers(0, 400), st.sampled_from(["%Y-%m-%d", "%Y%m%d"]))
def test_a_range_of_days_holds_every_day(first: dt.date, days: int, form: str) -> None:
    first = min(max(first, dt.date(1000, 1, 1)), dt.date(9000, 1, 1))
    every = [(first + dt.timedelta(days=day)).strftime(form) for day in range(days + 1)]
    chosen = parse(f"d={every[0]}..{every[-1]}").choose([])
    assert [one.values[0][1] for one in chosen] == every


def test_order_is_that_of_numbers() -> None:
    names = ["n=2", "n=10", "n=a", "n=1"]
    assert [str(one) for one in in_order(parts(*names, "n=2"))] == ["n=1", "n=2", "n=10", "n=a"]
