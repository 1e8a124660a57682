"""Every metric that says it merges does: parts merged in any way are the whole."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dq.expectations  # noqa: F401 - metrics may be declared beside their expectations
from dq.engines.duckdb import DuckDBEngine
from dq.engines.execute import Failure, answer
from dq.lake.source import TableSource
from dq.metrics import Comoments, CountWhere, Extreme, Mean, Metric, Moments, RowCount, TableMetric, Total
from dq.metrics.base import State
from dq.metrics.shapes import CentralMoments, _centred
from dq.sql import words as w

K, BIG, X, Y = (
    w.Column("k", "INTEGER"),
    w.Column("i", "INTEGER"),
    w.Column("x", "DOUBLE"),
    w.Column("y", "DOUBLE"),
)
D, S, T = w.Column("d", "DECIMAL(38,4)"), w.Column("s", "VARCHAR"), w.Column("t", "TIMESTAMP")
SCHEMA = pa.schema(
    [
        ("k", pa.int32()),
        ("i", pa.int32()),
        ("x", pa.float64()),
        ("y", pa.float64()),
        ("d", pa.decimal128(38, 4)),
        ("s", pa.string()),
        ("t", pa.timestamp("us")),
    ]
)
SOME = w.Compare(">", K, w.Lit(0))
SAMPLES: dict[str, tuple[Metric, ...]] = {
    "RowCount": (RowCount(), RowCount(where=SOME)),
    "CountWhere": (CountWhere(condition=w.IsNull(X)), CountWhere(condition=w.IsNan(Y), where=SOME)),
    "Extreme": tuple(Extreme(which=which, of=of) for which in ("min", "max") for of in (BIG, Y, D, S, T)),
    "Total": (Total(of=BIG), Total(of=D), Total(of=X), Total(of=D, where=SOME)),
    "Mean": (Mean(of=X), Mean(of=K), Mean(of=Y), Mean(of=X, where=SOME)),
    "Moments": (Moments(of=X), Moments(of=K), Moments(of=X, where=SOME)),
    "Comoments": (Comoments(left=X, right=K),),
    "CentralMoments": (CentralMoments(of=X), CentralMoments(of=X, where=SOME)),
}
"""Metrics of every class that merges, by the name of the class. A new class needs an entry."""

_LARGE = 10**33
_real = st.one_of(st.none(), st.floats(-1e6, 1e6), st.sampled_from([0.1, -0.0, 0.3]))
row = st.fixed_dictionaries(
    {
        "k": st.one_of(st.none(), st.integers(-9, 9)),
        "i": st.sampled_from([None, 0, 2**31 - 1, -(2**31)]),
        "x": _real,
        "y": st.one_of(_real, st.sampled_from([math.nan, math.inf, -math.inf])),
        "d": st.one_of(st.none(), st.integers(-_LARGE, _LARGE).map(lambda n: Decimal(n).scaleb(-4))),
        "s": st.one_of(st.none(), st.text("a\u00e9\U0001f600Z", max_size=3)),
        "t": st.one_of(st.none(), st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1))),
    }
)
tables = st.lists(st.tuples(row, st.integers(0, 3)), max_size=14)
"""Rows, each with the part it belongs to."""


def merging() -> Iterator[type[Metric]]:
    """Every class of metrics that says it merges."""
    waiting: list[type[Metric]] = [Metric]
    while waiting:
        cls = waiting.pop()
        waiting += cls.__subclasses__()
        if cls.mergeable and cls.__module__.startswith("dq."):
            yield cls


def test_every_class_that_merges_is_tested() -> None:
    assert {cls.__name__ for cls in merging()} == set(SAMPLES)
    assert all(isinstance(m, cls) for cls in merging() for m in SAMPLES[cls.__name__])
    assert all(metric.merges for metrics in SAMPLES.values() for metric in metrics)


def laws(metric: Metric) -> tuple[Callable[[State, State], State], State]:
    """The merge of a metric, and its identity."""
    assert isinstance(metric, TableMetric | CentralMoments)
    return metric.merge, metric.empty


def states(rows: list[dict[str, Any]], engine: DuckDBEngine) -> dict[Metric, State]:
    engine.reset({"": TableSource(pa.Table.from_pylist(rows, schema=SCHEMA), "rows")})
    found: dict[Metric, State] = {}
    for metric, state in answer([m for group in SAMPLES.values() for m in group], engine).states.items():
        assert not isinstance(state, Failure), state.reason
        found[metric] = state
    return found


_POWERS = {
    "Total": (1,),
    "Mean": (0, 1),
    "Moments": (0, 1, 2),
    "Comoments": (0, 1, 1, 2, 2, 2),
    "CentralMoments": (0, 1, 2, 3, 4),
}
"""Which power of the values each number of a state grows with."""


def same(metric: Metric, found: State, wanted: State) -> bool:
    """Equal, types included; doubles within 1e-9 of what they can be for values up to 1e6."""
    if isinstance(metric, CentralMoments) and found[0] and wanted[0]:
        found, wanted = _centred(found), _centred(wanted)
    powers = _POWERS.get(type(metric).__name__, (0,) * len(wanted))
    if len(found) != len(wanted):
        return False
    for a, b, power in zip(found, wanted, powers[: len(wanted)] + (4,) * 9, strict=False):
        if isinstance(b, float) and isinstance(a, float):
            near = math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9 * 14 * 1e6**power if power else 0.0)
            if not (near or (a != a and b != b)):
                return False
        elif type(a) is not type(b) or a != b:
            return False
    return True


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    made = DuckDBEngine({}, threads=1)
    yield made
    made.close()


@settings(max_examples=20, deadline=None)
@given(tables)
def test_parts_merged_are_the_whole(engine: DuckDBEngine, table: list[tuple[dict[str, Any], int]]) -> None:
    whole = states([one for one, _ in table], engine)
    parts = [states([one for one, of in table if of == part], engine) for part in range(3)]
    parts.append(states([one for one, of in table if of == 3], engine))
    for metric, wanted in whole.items():
        a, b, c, d = (part[metric] for part in parts)
        merge, empty = laws(metric)
        left = merge(merge(merge(a, b), c), d)
        for other in (
            merge(a, merge(b, merge(c, d))),  # in any grouping
            merge(merge(d, b), merge(c, a)),  # and in any order
            merge(merge(empty, left), empty),
            wanted,
        ):
            assert same(metric, left, other), metric
        for state in (a, b, c, d):
            assert repr(merge(state, empty)) == repr(merge(empty, state)) == repr(state)


def test_the_state_of_no_rows_is_the_identity(engine: DuckDBEngine) -> None:
    for metric, state in states([], engine).items():
        assert state == laws(metric)[1]


def test_decimals_add_without_rounding() -> None:
    large, small = Decimal("9" * 34 + ".9999"), Decimal("0.0001")
    assert Total(of=D).merge((large,), (small,)) == (Decimal(10**34),)


def test_nan_is_the_largest_and_never_hides_a_number() -> None:
    low, high = Extreme(which="min", of=Y), Extreme(which="max", of=Y)
    assert low.merge((math.nan,), (1.0,)) == low.merge((1.0,), (math.nan,)) == (1.0,)
    assert math.isnan(high.merge((math.nan,), (1.0,))[0])
    assert math.isnan(high.merge((1.0,), (math.nan,))[0])


def test_two_parts_of_one_constant_have_no_spread(engine: DuckDBEngine) -> None:
    def of(rows: int) -> State:
        return states([{"x": 0.1, "k": k} for k in range(rows)], engine)[Comoments(left=X, right=K)]

    metric = Comoments(left=X, right=K)
    merged = metric.merge(metric.merge(of(3), of(10)), of(7))
    assert metric.value(merged) == {"n": 20, "correlation": None}
