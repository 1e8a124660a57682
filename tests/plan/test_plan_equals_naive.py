"""Whatever route the planner takes, the numbers are those of a naive evaluation, row by row."""

from __future__ import annotations

import datetime as dt
import math
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dq.engines.duckdb import DuckDBEngine
from dq.engines.execute import Answers, Failure, answer
from dq.lake.source import FileSource
from dq.metrics import (
    CountWhere,
    DistinctCount,
    Duplicates,
    Extreme,
    Metric,
    Moments,
    QuantileOf,
    RowCount,
    TableMetric,
    Total,
)
from dq.plan import Ability, Route
from dq.sql import words as w

Row = dict[str, Any]
Naive = Callable[[list[Row]], Any]

K, X, S, T = (
    w.Column("k", "BIGINT"),
    w.Column("x", "DOUBLE"),
    w.Column("s", "VARCHAR"),
    w.Column("t", "TIMESTAMP"),
)
NOT_NAN = w.Not(w.IsNan(X))
START = dt.datetime(2026, 1, 1)

SHORTCUTS = Ability(pack_columns=2, pack_aggregates=3, shortcuts_from=0, sorts_from=0)
PLAIN = Ability(shortcuts_from=10**9)


def values(rows: list[Row], name: str) -> list[Any]:
    return [row[name] for row in rows if row[name] is not None]


def real(rows: list[Row]) -> list[float]:
    return [x for x in values(rows, "x") if not math.isnan(x)]


def quantile(numbers: list[float], q: float) -> float | None:
    if not numbers:
        return None
    ordered = sorted(numbers)
    position = q * (len(ordered) - 1)
    low, high = ordered[math.floor(position)], ordered[math.ceil(position)]
    return low + (high - low) * (position - math.floor(position))


def repeated(rows: list[Row], *names: str) -> dict[str, int]:
    keys = Counter(
        tuple(row[name] for name in names) for row in rows if all(row[name] is not None for name in names)
    )
    again = [count for count in keys.values() if count > 1]
    return {"rows": sum(again), "keys": len(again)}


def moments(numbers: list[float]) -> dict[str, Any]:
    return {
        "n": len(numbers),
        "mean": statistics.fmean(numbers) if numbers else None,
        "stdev": statistics.stdev(numbers) if len(numbers) > 1 else None,
    }


QUESTIONS: list[tuple[Metric, Naive]] = [
    (RowCount(), len),
    (CountWhere(condition=w.IsNull(K)), lambda rows: sum(r["k"] is None for r in rows)),
    (CountWhere(condition=w.Not(w.IsNull(S))), lambda rows: len(values(rows, "s"))),
    (CountWhere(condition=w.IsNan(X)), lambda rows: sum(math.isnan(x) for x in values(rows, "x"))),
    (
        CountWhere(condition=w.Or((w.Compare("<", K, w.Lit(-3)), w.Compare(">", K, w.Lit(3))))),
        lambda rows: sum(not -3 <= k <= 3 for k in values(rows, "k")),
    ),
    (
        CountWhere(condition=w.Or((w.IsNan(X), w.Compare(">", X, w.Lit(2.5))))),
        lambda rows: sum(math.isnan(x) or x > 2.5 for x in values(rows, "x")),
    ),
    (
        CountWhere(condition=w.Not(w.In(S, (w.Lit("a"), w.Lit("it's"))))),
        lambda rows: sum(s not in ("a", "it's") for s in values(rows, "s")),
    ),
    (
        CountWhere(condition=w.Not(w.Matches(S, "^[a-c]")), where=w.Compare(">=", K, w.Lit(0))),
        lambda rows: sum(
            r["k"] is not None and r["k"] >= 0 and r["s"] is not None and r["s"][:1] not in ("a", "b", "c")
            for r in rows
        ),
    ),
    (
        CountWhere(condition=w.Compare("=", w.Length(S), w.Lit(1))),
        lambda rows: sum(len(s) == 1 for s in values(rows, "s")),
    ),
    (Extreme(which="min", of=K), lambda rows: min(values(rows, "k"), default=None)),
    (Extreme(which="max", of=T), lambda rows: max(values(rows, "t"), default=None)),
    (Extreme(which="max", of=X, where=NOT_NAN), lambda rows: max(real(rows), default=None)),
    (Total(of=K), lambda rows: sum(values(rows, "k")) if values(rows, "k") else None),
    (Moments(of=X, where=NOT_NAN), lambda rows: moments(real(rows))),
    (Moments(of=K), lambda rows: moments([float(k) for k in values(rows, "k")])),
    (QuantileOf(of=K, q=0.5), lambda rows: quantile([float(k) for k in values(rows, "k")], 0.5)),
    (QuantileOf(of=X, q=0.3, where=NOT_NAN), lambda rows: quantile(real(rows), 0.3)),
    (DistinctCount(of=(S,)), lambda rows: len(set(values(rows, "s")))),
    (Duplicates(of=(K,)), lambda rows: repeated(rows, "k")),
    (Duplicates(of=(T,)), lambda rows: repeated(rows, "t")),
    (Duplicates(of=(S, K)), lambda rows: repeated(rows, "s", "k")),
    (Duplicates(of=(K, T)), lambda rows: repeated(rows, "k", "t")),
]  # fmt: skip

texts = st.sampled_from(["a", "b", "it's", "zz", "", "ü", '"', None])
row = st.fixed_dictionaries(
    {
        "k": st.one_of(st.none(), st.integers(-5, 5)),
        "x": st.one_of(st.none(), st.floats(-4, 4, width=32), st.just(math.nan)),
        "s": texts,
        "t": st.one_of(st.none(), st.integers(0, 40)),
    }
)


def frame(rows: list[Row]) -> pa.Table:
    schema = pa.schema(
        [("k", pa.int64()), ("x", pa.float64()), ("s", pa.string()), ("t", pa.timestamp("us"))]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def dated(rows: list[Row], rising: bool) -> list[Row]:
    """Rows with times; strictly rising ones when asked, so that the proof by order applies."""
    if rising:
        return [{**r, "t": START + dt.timedelta(minutes=i)} for i, r in enumerate(rows)]
    return [{**r, "t": None if r["t"] is None else START + dt.timedelta(minutes=r["t"])} for r in rows]


def asked(files: list[str], ability: Ability) -> Answers:
    engine = DuckDBEngine({"": FileSource("parquet", tuple(files), "test")}, threads=1)
    engine.ability = ability
    try:
        return answer([metric for metric, _ in QUESTIONS], engine)
    finally:
        engine.close()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(row, max_size=30), st.booleans(), st.integers(1, 7), st.integers(1, 3), st.booleans())
def test_planned_answers_equal_naive_ones(
    rows: list[Row], rising: bool, group: int, files: int, statistics_written: bool
) -> None:
    rows = dated(rows, rising)
    with tempfile.TemporaryDirectory() as folder:
        size = max(1, -(-len(rows) // files))
        paths = []
        for i in range(files):
            path = str(Path(folder) / f"{i}.parquet")
            part = frame(rows[i * size : (i + 1) * size])
            pq.write_table(part, path, row_group_size=group, write_statistics=statistics_written)
            paths.append(path)
        for ability in (SHORTCUTS, PLAIN):
            answers = asked(paths, ability)
            for metric, naive in QUESTIONS:
                found, wanted = answers.value(metric), naive(rows)
                assert not isinstance(found, Failure), found
                assert same(found, wanted), (metric, ability, found, wanted)


def same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return all(same(found[key], value) for key, value in wanted.items())
    if isinstance(wanted, float) and found is not None:
        return math.isclose(float(found), wanted, rel_tol=1e-9, abs_tol=1e-9)
    return bool(found == wanted)


def test_every_shortcut_is_taken_by_some_plan(tmp_path: Path) -> None:
    rows = [{"k": i, "x": 0.5, "s": "ab"[i % 2], "t": START + dt.timedelta(i)} for i in range(60)]
    path = str(tmp_path / "rows.parquet")
    pq.write_table(frame(rows), path, row_group_size=10)
    answers = asked([path], SHORTCUTS)
    routes = {question.route for question in answers.plan.questions}
    routes |= {question.otherwise.route for question in answers.plan.questions if question.otherwise}
    assert {Route.SCAN, Route.VALUES, Route.QUANTILE, Route.INCREASING, Route.SORTED} <= routes
    assert answers.plan.answered[RowCount()] == (60,)
    assert answers.plan.answered[Extreme(which="max", of=T)] == (START + dt.timedelta(59),)
    assert CountWhere(condition=w.IsNan(X)) not in answers.plan.answered


@pytest.mark.parametrize(
    "metric", [m for m, _ in QUESTIONS if isinstance(m, TableMetric) and m.mergeable], ids=repr
)
@settings(max_examples=4, deadline=None)
@given(st.lists(row, max_size=12), st.lists(row, max_size=12), st.lists(row, max_size=12))
def test_states_merge_as_rows_do(metric: TableMetric, a: list[Row], b: list[Row], c: list[Row]) -> None:
    parts = [state(metric, dated(part, False)) for part in (a, b, c)]
    whole = state(metric, dated([*a, *b, *c], False))
    left = metric.merge(metric.merge(parts[0], parts[1]), parts[2])
    right = metric.merge(parts[0], metric.merge(parts[1], parts[2]))
    swapped = metric.merge(metric.merge(parts[1], parts[0]), parts[2])
    for merged in (left, right, swapped):
        assert same(metric.value(merged), metric.value(whole))
    assert same(metric.value(metric.merge(parts[0], metric.empty)), metric.value(parts[0]))


def state(metric: TableMetric, rows: list[Row]) -> tuple[Any, ...]:
    from dq.lake.source import TableSource

    engine = DuckDBEngine({"": TableSource(frame(rows), "test")}, threads=1)
    try:
        found = answer([metric], engine).states[metric]
    finally:
        engine.close()
    assert not isinstance(found, Failure)
    return found
