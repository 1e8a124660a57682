"""What footers say is exact, or it is not said."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dq.engines.duckdb import DuckDBEngine
from dq.engines.execute import answer
from dq.lake.source import FileSource
from dq.metrics import CountWhere
from dq.plan import ColumnFacts, RelationFacts, Route
from dq.plan.facts import share_in_reach
from dq.sql import words as w


def facts_of(folder: Path, *tables: pa.Table, hive: str = "", **options: Any) -> RelationFacts:
    """Facts of one file per table."""
    files = []
    for i, table in enumerate(tables):
        path = folder / hive / f"{i}.parquet"
        path.parent.mkdir(exist_ok=True)
        pq.write_table(table, path, **options)
        files.append(str(path))
    engine = DuckDBEngine({"": FileSource("parquet", tuple(files), "test", bool(hive))}, threads=1)
    try:
        return engine.facts()
    finally:
        engine.close()


DAY = dt.date(2013, 2, 8)
NOON = dt.datetime(2013, 2, 8, 12, 0, 0, 5)


@pytest.mark.parametrize(
    ("kind", "values", "low", "high"),
    [
        (pa.int64(), [-5, None, 7], -5, 7),
        (pa.int8(), [-128, 127], -128, 127),
        (pa.uint64(), [0, 2**64 - 1], 0, 2**64 - 1),
        (pa.decimal128(10, 2), [Decimal("-1.50"), Decimal("2.25")], Decimal("-1.50"), Decimal("2.25")),
        (pa.decimal128(30, 3), [Decimal("-1.500"), None], Decimal("-1.500"), Decimal("-1.500")),
        (pa.date32(), [DAY, dt.date(1969, 1, 1)], dt.date(1969, 1, 1), DAY),
        (pa.timestamp("us"), [NOON, None], NOON, NOON),
    ],
)
def test_exact_types_have_bounds(tmp_path: Path, kind: Any, values: list[Any], low: Any, high: Any) -> None:
    facts = facts_of(tmp_path, pa.table({"x": pa.array(values, kind)})).columns["x"]
    assert (facts.bounded, facts.low, facts.high, facts.nulls) == (True, low, high, values.count(None))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (pa.float64(), [1.0, math.nan]),
        (pa.float32(), [1.0, 2.0]),
        (pa.string(), ["a", "b"]),
        (pa.timestamp("us", "UTC"), [NOON]),
        (pa.bool_(), [True]),
    ],
)
def test_other_types_have_nulls_only(tmp_path: Path, kind: Any, values: list[Any]) -> None:
    facts = facts_of(tmp_path, pa.table({"x": pa.array([*values, None], kind)})).columns["x"]
    assert (facts.bounded, facts.nulls) == (False, 1)


def test_files_and_row_groups_add_up(tmp_path: Path) -> None:
    parts = [
        pa.table({"x": [1, 2, None]}),
        pa.table({"x": [3, 4, 9]}),
        pa.table({"x": pa.array([], pa.int64())}),
    ]
    facts = facts_of(tmp_path, *parts, row_group_size=1)
    assert facts.rows == 6
    assert facts.columns["x"] == ColumnFacts(nulls=1, bounded=True, low=1, high=9, ascending=True)


def test_overlapping_row_groups_do_not_ascend(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, pa.table({"x": [1, 3, 3, 4]}), row_group_size=2)
    assert facts.columns["x"].ascending is False


def test_without_statistics_nothing_is_known_but_the_rows(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, pa.table({"x": [1, None]}), write_statistics=False)
    assert facts.rows == 2
    assert facts.columns["x"] == ColumnFacts()


def test_one_file_without_statistics_spoils_the_bounds(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [100]}), tmp_path / "a.parquet", write_statistics=False)
    pq.write_table(pa.table({"x": [1]}), tmp_path / "b.parquet")
    files = (str(tmp_path / "a.parquet"), str(tmp_path / "b.parquet"))
    engine = DuckDBEngine({"": FileSource("parquet", files, "test")}, threads=1)
    assert engine.facts().columns["x"] == ColumnFacts()
    engine.close()


def test_a_column_of_nulls_is_bounded_by_nothing(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, pa.table({"x": pa.array([None, None], pa.int64())})).columns["x"]
    assert (facts.nulls, facts.bounded, facts.low, facts.ascending) == (2, True, None, False)


def test_a_column_that_a_file_lacks_is_not_known(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, pa.table({"x": [1], "y": [1]}), pa.table({"y": [2]}))
    assert (facts.rows, set(facts.columns)) == (2, {"y"})


def test_text_beside_numbers_has_no_bounds(tmp_path: Path) -> None:
    numbers, texts = pa.table({"x": [5]}), pa.table({"x": ["10", "9"]})
    assert facts_of(tmp_path, numbers, texts).columns["x"].bounded is False


def test_decimals_of_two_scales_have_no_bounds(tmp_path: Path) -> None:
    one = pa.table({"x": pa.array([Decimal("1.2")], pa.decimal128(5, 1))})
    two = pa.table({"x": pa.array([Decimal("1.234")], pa.decimal128(5, 3))})
    assert facts_of(tmp_path, one, two).columns["x"].bounded is False


def test_what_a_folder_says_is_not_taken_from_the_file(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, pa.table({"day": [7], "x": [1]}), hive="day=1")
    assert set(facts.columns) == {"x"}


def test_nested_columns_are_not_known(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, pa.table({"x": [{"y": 1}], "l": [[1, 2]], "y": [3]}))
    assert set(facts.columns) == {"y"}
    assert facts.columns["y"].low == 3


def test_a_file_without_rows(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, pa.table({"x": pa.array([], pa.int64())}))
    assert facts.rows == 0
    assert facts.columns.get("x", ColumnFacts()).low is None


def test_dictionaries_hint_at_how_many_values_there_are(tmp_path: Path) -> None:
    path = str(tmp_path / "a.parquet")
    with duckdb.connect() as con:
        con.execute(
            "COPY (SELECT i % 3 AS few, i AS many, 'x' || i AS texts FROM range(20000) r(i)) "
            f"TO '{path}' (ROW_GROUP_SIZE 10240)"
        )
    about = facts_in(path)
    assert (about["many"].distinct, about["many"].varied) == (None, True)
    assert (about["texts"].distinct, about["texts"].varied) == (None, True)
    assert about["few"].distinct in (3, None)  # DuckDB writes the number since 1.3
    assert not about["few"].varied


def test_without_any_dictionary_nothing_is_hinted(tmp_path: Path) -> None:
    about = facts_of(tmp_path, pa.table({"k": [1] * 100}), use_dictionary=False).columns["k"]
    assert (about.distinct, about.varied) == (None, False)


def facts_in(path: str) -> Mapping[str, ColumnFacts]:
    with closing(DuckDBEngine({"": FileSource("parquet", (path,), "test")})) as engine:
        return engine.facts().columns


def test_only_row_groups_in_reach_are_counted_by_themselves(tmp_path: Path) -> None:
    path = str(tmp_path / "a.parquet")
    numbers = [*range(1000), 5000, *range(1001, 2000)]
    reals = pa.array([math.nan, *[1.0] * 1999])
    pq.write_table(pa.table({"k": numbers, "x": reals}), path, row_group_size=100)
    k, x = w.Column("k", "BIGINT"), w.Column("x", "DOUBLE")
    over = CountWhere(condition=w.Compare(">", k, w.Lit(4999)))
    within = CountWhere(condition=w.Compare("<", k, w.Lit(5)), where=w.Compare(">", k, w.Lit(2)))
    many = CountWhere(condition=w.Compare(">", k, w.Lit(500)))
    real = CountWhere(condition=w.Compare(">", x, w.Lit(2.0)))
    with closing(DuckDBEngine({"": FileSource("parquet", (path,), "test")})) as engine:
        facts = engine.facts()
        assert [share_in_reach(metric.condition, facts) for metric in (over, within, many, real)] == [
            0.05, 0.05, 0.75, None,
        ]  # fmt: skip
        answers = answer([over, within, many, real], engine)
        assert [answers.value(metric) for metric in (over, within, many, real)] == [1, 2, 1499, 1]
        asked = {metric: question.route for question in answers.plan.questions for metric in question.metrics}
    assert asked == {over: Route.PRUNED, within: Route.PRUNED, many: Route.SCAN, real: Route.SCAN}
