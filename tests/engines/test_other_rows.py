"""Words that look at other rows, and checks that SQL cannot answer: counted, and the rows found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from dq.engines.duckdb import DuckDBEngine
from dq.engines.execute import Failure, answer
from dq.lake.source import TableSource
from dq.metrics import (
    Comoments,
    CountWhere,
    DistinctValues,
    Foreign,
    Metric,
    Modes,
    SharedRows,
    State,
    ValueCounts,
)
from dq.plan import Route
from dq.sql import queries
from dq.sql import words as w

NUMBERS = [1, 2, 2, None, 5, 4]
TABLE = pa.table(
    {
        "x": NUMBERS,
        "y": [2.0, 4.0, 4.0, 1.0, 10.0, 8.0],
        "s": ["aa", "b", "ab", "a_b", None, "zz"],
        "t": [dt.datetime(2020, 1, 1, hour) for hour in (0, 1, 2, 4, 5, 6)],
    }
)
X, Y = w.Column("x", "BIGINT"), w.Column("y", "DOUBLE")
S, T = w.Column("s", "VARCHAR"), w.Column("t", "TIMESTAMP")
NOT_UP = w.Compare("<=", X, w.Earlier(X))
HOUR = 3_600_000_000


@dataclass(frozen=True)
class Even:
    """Texts of an even number of characters; notes what it was asked."""

    asked: tuple[list[str], ...] = ()

    def accepts(self, values: Sequence[str]) -> list[bool]:
        for heard in self.asked:
            heard.extend(values)
        return [len(value) % 2 == 0 for value in values]

    def __hash__(self) -> int:
        return 0


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with closing(DuckDBEngine({"": TableSource(TABLE, "<table>")})) as opened:
        yield opened


def deviation(of: w.Column) -> w.Term:
    return w.Absolute(w.Arithmetic("-", of, w.Overall(w.Fold("avg", of))))


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        (CountWhere(condition=NOT_UP), 2),
        (CountWhere(condition=NOT_UP, where=w.Compare(">", X, w.Lit(1))), 2),
        (CountWhere(condition=w.Compare("<", Y, w.Earlier(Y, "max", order=(T,)))), 2),
        (CountWhere(condition=w.Compare("=", X, w.Earlier(X, by=(Y,), order=(T,)))), 1),
        (CountWhere(condition=w.Compare("=", X, w.Earlier(X, order=(w.Descending(X),)))), 1),
        (CountWhere(condition=w.Compare(">", X, w.Earlier(X, order=(w.Descending(X),)))), 0),
        (CountWhere(condition=w.Compare(">", X, w.Earlier(X, where=w.Compare("<", Y, w.Lit(4.0))))), 4),
        (
            CountWhere(
                condition=w.Compare(
                    ">", w.Arithmetic("-", w.Micros(T), w.Earlier(w.Micros(T), order=(T,))), w.Lit(HOUR)
                )
            ),
            1,
        ),
        (CountWhere(condition=w.Compare(">", deviation(X), w.Lit(1.5))), 2),  # the mean is 2.8
        (CountWhere(condition=w.Like(S, "a%")), 3),
        (CountWhere(condition=w.Like(S, "a^_%", "^")), 1),
        (CountWhere(condition=w.Not(w.Accepted(S, Even()))), 2),
        (Comoments(left=X, right=Y), {"n": 5, "correlation": 1.0}),
        (Comoments(left=X, right=X, where=w.Compare("=", X, w.Lit(2))), {"n": 2, "correlation": None}),
        (
            ValueCounts(of=X, most=2),
            {"distinct": 4, "rows": 5, "entropy": pytest.approx(1.9219280948873623), "top": ((2, 2), (1, 1))},
        ),
        (
            ValueCounts(of=X, where=w.Compare(">", X, w.Lit(9))),
            {"distinct": 0, "rows": 0, "entropy": None, "top": ()},
        ),
        (DistinctValues(of=X, most=2), {"count": 4, "sample": (1, 2)}),
        (DistinctValues(of=S, where=w.Like(S, "q%")), {"count": 0, "sample": ()}),
        (Modes(of=X, among=(w.Lit(2),)), {"modes": 1, "count": 2, "sample": (2,), "among": 1}),
        (
            Modes(of=S, most=2, among=(w.Lit("b"), w.Lit("zz"))),
            {"modes": 5, "count": 1, "sample": ("a_b", "aa"), "among": 2},
        ),
        (
            Modes(of=X, where=w.Compare(">", X, w.Lit(9))),
            {"modes": 0, "count": None, "sample": (), "among": 0},
        ),
    ],
)
def test_values(engine: DuckDBEngine, metric: Metric, value: Any) -> None:
    assert answer([metric], engine).value(metric) == value


SAME = "SELECT x FROM {source_table}"


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("SELECT x FROM {batch}", SAME, (6, 6, 6)),
        ("SELECT x FROM {batch} ORDER BY y", "SELECT DISTINCT x FROM {source_table}", (6, 5, 5)),
        ("SELECT x, y FROM {batch}", SAME, (6, 6, 0)),
        ("SELECT y FROM {batch}", SAME, (6, 6, 3)),  # 1, 2 and 4
        ("SELECT s FROM {batch}", SAME, (6, 6, 1)),  # null alone
        ("SELECT x FROM {batch} WHERE x > 9", SAME, (0, 6, 0)),
        ("SELECT 1 AS a, 1 AS a FROM {batch}", "SELECT 1, 1 FROM {source_table} LIMIT 2", (6, 2, 2)),
    ],
)
def test_rows_that_two_queries_share(
    engine: DuckDBEngine, one: str, other: str, shared: tuple[int, ...]
) -> None:
    found = answer([SharedRows(text=one, other_text=other)], engine).states
    assert list(found.values()) == [shared]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (NOT_UP, [2, 4]),
        (w.Not(w.Accepted(S, Even())), [2, None]),
        (w.Compare(">", deviation(X), w.Lit(1.5)), [1, 5]),
        (w.Or((NOT_UP, w.Like(S, "%a"))), [1, 2, 4]),
    ],
)
def test_rows(engine: DuckDBEngine, condition: w.Condition, found: list[Any]) -> None:
    rows = engine.rows(queries.rows_where(engine.render, condition, ["x"], 10))
    assert sorted((x for (x,) in rows), key=str) == found


def test_a_check_is_asked_once_per_value() -> None:
    heard: list[str] = []
    table = pa.table({"s": ["a", "bb", None] * 5_000})
    with closing(DuckDBEngine({"": TableSource(table, "<table>")})) as engine:
        metric = CountWhere(condition=w.Accepted(w.Column("s", "VARCHAR"), Even((heard,))))
        answers = answer([metric], engine)
    assert (answers.value(metric), sorted(heard)) == (5_000, ["a", "bb"])
    assert [question.route for question in answers.plan.questions] == [Route.VALUES]


def test_a_check_is_asked_only_where_nothing_else_fails() -> None:
    heard: list[str] = []
    cheap, text = (1, 0, None), ("aa", "b", None)
    rows = [(k, s) for k in cheap for s in text]
    table = pa.table({"k": [k for k, _ in rows], "s": [s for _, s in rows]})
    both = w.And((w.Accepted(S, Even((heard,))), w.Compare("=", w.Column("k", "BIGINT"), w.Lit(1))))
    with closing(DuckDBEngine({"": TableSource(table, "<table>")})) as engine:
        counts = [
            answer([CountWhere(condition=condition)], engine).value(CountWhere(condition=condition))
            for condition in (both, w.Not(both))
        ]
    # As SQL has it: TRUE for (1, aa); FALSE where a side is FALSE, whatever the other one is.
    assert counts == [1, 5]
    table = table.filter(pc.equal(table["k"], 0))
    heard.clear()
    with closing(DuckDBEngine({"": TableSource(table, "<table>")})) as engine:
        assert answer([CountWhere(condition=both)], engine).value(CountWhere(condition=both)) == 0
    assert heard == []


def test_what_depends_on_other_rows_does_not_merge() -> None:
    other = (NOT_UP, w.Compare(">", deviation(X), w.Lit(1)), w.Repeated((X,)))
    assert [CountWhere(condition=condition).merges for condition in other] == [False] * 3
    assert CountWhere(condition=w.Like(S, "a%")).merges


@dataclass(frozen=True, kw_only=True)
class Longest(Foreign):
    """The length of the longest text."""

    def look(self, rows: pa.Table) -> State:
        """From the only column."""
        return (max(len(value) for value in rows.column(0).to_pylist() if value is not None),)


def test_rows_can_be_looked_at_in_memory_up_to_a_number(engine: DuckDBEngine) -> None:
    where = w.Compare(">", Y, w.Lit(1.5))
    metrics = [Longest(columns=(S,)), Longest(columns=(S,), where=where), Longest(columns=(S,), most=5)]
    answers = answer(metrics, engine)
    assert [answers.value(metric) for metric in metrics[:2]] == [3, 2]
    refused = answers.value(metrics[2])
    assert isinstance(refused, Failure)
    assert "at most 5" in refused.reason
