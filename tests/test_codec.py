"""Values to JSON and back."""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dq.codec import decode, encode

ZONES = st.sampled_from([None, dt.timezone.utc, dt.timezone(dt.timedelta(hours=5, minutes=45))])
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.decimals()
    | st.dates()
    | st.datetimes(timezones=ZONES)
    | st.times(timezones=ZONES)
    | st.timedeltas(dt.timedelta(days=-90_000), dt.timedelta(days=90_000))
    | st.binary(max_size=20)
)
KEYS = st.text(max_size=8) | st.sampled_from(["$date", "$map", "$", "$float"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def same(one: Any, other: Any) -> bool:
    """Equal in value and type; NaN equals NaN, 0.0 does not equal -0.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return repr(one) == repr(other)
    if isinstance(one, Decimal):
        return bool(one.as_tuple() == other.as_tuple())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return bool(one == other)


@given(VALUES)
def test_every_value_comes_back_through_json(value: Any) -> None:
    text = json.dumps(encode(value), allow_nan=False)
    assert same(decode(json.loads(text)), value)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (float("nan"), {"$float": "nan"}),
        (float("-inf"), {"$float": "-inf"}),
        (Decimal("1.50"), {"$decimal": "1.50"}),
        (dt.date(2013, 2, 8), {"$date": "2013-02-08"}),
        (dt.datetime(2013, 2, 8, 3, tzinfo=dt.timezone.utc), {"$datetime": "2013-02-08T03:00:00+00:00"}),
        (dt.time(3, 15), {"$time": "03:15:00"}),
        (dt.timedelta(minutes=1), {"$seconds": 60.0}),
        (b"\x00\xff", {"$bytes": "00ff"}),
        ((1, 2), [1, 2]),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({"$date": "no date"}, {"$map": {"$date": "no date"}}),
        ({"$date": 1, "b": 2}, {"$date": 1, "b": 2}),
        ({1: "a"}, {"1": "a"}),
        (1 + 2j, "(1+2j)"),
        (True, True),
    ],
)
def test_how_values_are_written(value: Any, written: Any) -> None:
    got = encode(value)
    assert got == written
    assert type(got) is type(written)


def test_an_unknown_tag_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown tag \$complex"):
        decode([{"$complex": "1+2j"}])


def test_nan_inside_stays_nan() -> None:
    assert math.isnan(decode(encode({"a": [float("nan")]}))["a"][0])
