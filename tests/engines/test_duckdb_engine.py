"""DuckDB reads what it is given, answers exactly, and says clearly what it cannot."""

from __future__ import annotations

import datetime as dt
import gzip
import math
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot
from sqlglot import exp

from dq.engines.duckdb import DuckDBEngine
from dq.engines.execute import Failure, answer
from dq.errors import DataError, EngineError, SuiteError
from dq.lake.manifest import Partition
from dq.lake.opening import open_source
from dq.lake.source import FileSource, TableSource
from dq.metrics import AuthorRows, CountWhere, DistinctCount, Duplicates, Extreme, Metric, RowCount, Total
from dq.plan import Ability, Route
from dq.sql import words as w

ALL_SHORTCUTS = Ability(shortcuts_from=0, sorts_from=0)


def asked(data: Any, *metrics: Metric, ability: Ability = ALL_SHORTCUTS, **sources: Any) -> list[Any]:
    """Values of metrics over some data; failures as they are."""
    offered = {"": open_source(data), **{name: open_source(other) for name, other in sources.items()}}
    engine = DuckDBEngine(offered, threads=2)
    engine.ability = ability
    try:
        answers = answer(metrics, engine)
    finally:
        engine.close()
    return [answers.value(metric) for metric in metrics]


def columns_of(data: Any, partition: dict[str, str] | None = None) -> list[list[str]]:
    engine = DuckDBEngine({"": open_source(data, Partition.of(partition))}, threads=1)
    try:
        schema = engine.schema()
    finally:
        engine.close()
    return schema.to_list() if schema else []


# --- what can be read ---


def test_csv_json_lines_and_packed_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("k,s\n1,x\n2,\n")
    (tmp_path / "a.jsonl").write_text('{"k": 1, "s": "x"}\n{"k": 2, "s": null}\n')
    with gzip.open(tmp_path / "b.csv.gz", "wt") as packed:
        packed.write("k,s\n1,x\n2,\n")
    for file in ("a.csv", "a.jsonl", "b.csv.gz"):
        path = str(tmp_path / file)
        assert columns_of(path) == [["k", "BIGINT"], ["s", "VARCHAR"]]
        assert asked(path, RowCount(), Total(of=w.Column("k", "BIGINT"))) == [2, 3]


def test_one_bad_cell_far_down_makes_a_column_of_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("k\n" + "1\n" * 30_000 + "oops\n")
    assert columns_of(str(tmp_path / "a.csv")) == [["k", "VARCHAR"]]


def test_folders_are_columns(tmp_path: Path) -> None:
    for day in (1, 2):
        (tmp_path / f"day={day}").mkdir()
        pq.write_table(pa.table({"x": [day] * day}), tmp_path / f"day={day}" / "a.parquet")
    assert columns_of(str(tmp_path)) == [["x", "BIGINT"], ["day", "BIGINT"]]
    day_two = w.Compare("=", w.Column("day", "BIGINT"), w.Lit(2))
    assert asked(str(tmp_path), CountWhere(condition=day_two)) == [2]


@pytest.mark.parametrize("make", [pa.table, pd.DataFrame, pl.DataFrame], ids=["arrow", "pandas", "polars"])
def test_frames(make: Any) -> None:
    k = w.Column("k", "BIGINT")
    assert asked(make({"k": [1, 2, 2]}), RowCount(), DistinctCount(of=(k,)), Total(of=k)) == [3, 2, 5]


def test_a_duckdb_relation() -> None:
    with duckdb.connect() as con:
        relation = con.sql("SELECT 1 AS k UNION ALL SELECT 2")
        assert asked(relation, Total(of=w.Column("k", "INTEGER"))) == [3]


def test_files_of_several_shapes_show_all_their_columns(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1], "b": [1]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"a": ["x"], "c": [2.5]}), tmp_path / "2.parquet")
    assert columns_of(str(tmp_path)) == [["a", "VARCHAR"], ["b", "BIGINT"], ["c", "DOUBLE"]]
    assert asked(str(tmp_path), CountWhere(condition=w.IsNull(w.Column("b", "BIGINT")))) == [1]


# --- exact answers ---

X = w.Column("x", "DOUBLE")
NAN = CountWhere(condition=w.IsNan(X))


def with_nan(folder: Path) -> str:
    path = folder / "nan.parquet"
    rows = {"x": [float(i) for i in range(499)] + [math.nan], "k": list(range(500))}
    pq.write_table(pa.table(rows), path)
    return str(path)


def test_nan_is_seen_behind_statistics_that_hide_it(tmp_path: Path) -> None:
    path = with_nan(tmp_path)
    high = w.Compare(">", X, w.Lit(1000.0))
    assert asked(
        path, NAN, CountWhere(condition=high), Extreme(which="max", of=X, where=w.Not(w.IsNan(X)))
    ) == [
        1,
        1,
        498.0,
    ]
    engine = DuckDBEngine({"": open_source(path)})
    where = exp.select(exp.Count(this=exp.Star())).from_(engine.render.table(""))
    assert engine.rows(where.where(engine.render.condition(w.IsNan(X)))) == [(1,)]
    engine.close()


def test_nan_finds_its_equal_in_joins(tmp_path: Path) -> None:
    path = with_nan(tmp_path)
    pq.write_table(pa.table({"x": [math.nan]}), tmp_path / "one.parquet")
    known = w.InDataset((X,), "other", (X,))
    assert asked(path, CountWhere(condition=known), other=str(tmp_path / "one.parquet")) == [1]
    twice = pa.table({"x": [1.0, math.nan, math.nan, -0.0, 0.0], "s": ["a"] * 5})
    key = (X, w.Column("s", "VARCHAR"))
    for of in ((X,), key):
        (found,) = asked(twice, Duplicates(of=of))
        assert (found["rows"], found["keys"]) == (4, 2)


@pytest.mark.parametrize("frame", [False, True], ids=["file", "polars"])
def test_authors_queries_see_nan_too(tmp_path: Path, frame: bool) -> None:
    path = with_nan(tmp_path)
    data: Any = pl.from_arrow(pq.read_table(path)) if frame else path
    queries = ["SELECT * FROM {batch} WHERE isnan(x)", "SELECT * FROM {batch} WHERE x > 1000"]
    queries.append("SELECT * FROM {batch} a, {batch} b WHERE a.k = b.k AND a.x > 1000")
    assert asked(data, *(AuthorRows(text=query) for query in queries)) == [1, 1, 1]


def test_an_authors_comma_join_is_no_cross_product(tmp_path: Path) -> None:
    rows = 100_000
    table = pa.table({"k": list(range(rows)), "x": [float(i) for i in range(rows)]})
    pq.write_table(table, tmp_path / "a.parquet")
    query = AuthorRows(text="SELECT * FROM {batch} a, {batch} b WHERE a.k = b.k AND a.x < 10")
    assert asked(str(tmp_path / "a.parquet"), query) == [10]  # 10 billion pairs would take minutes


def test_sums_beyond_64_bits_are_exact() -> None:
    big = 2**63 - 1
    assert asked(pa.table({"k": [big] * 3}), Total(of=w.Column("k", "BIGINT"))) == [3 * big]


def test_timestamps_with_a_zone_come_back_in_utc() -> None:
    moment = dt.datetime(2013, 2, 8, 12, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
    table = pa.table({"t": pa.array([moment], pa.timestamp("us", "America/New_York"))})
    (found,) = asked(table, Extreme(which="max", of=w.Column("t", "TIMESTAMP WITH TIME ZONE")))
    assert found == moment


HOSTILE = ['"', "'; DROP TABLE dq_batch; --", "a\nb", "select", "dq_n", "dq_batch", "ü é"]
OUR_ALIASES = ["n", "v", "k", "h", "b", "z", "c", "t", "a0", "k0"]


@pytest.mark.parametrize("name", HOSTILE + OUR_ALIASES)
def test_hostile_column_names_by_every_route(tmp_path: Path, name: str) -> None:
    path = str(tmp_path / "a.parquet")
    pq.write_table(pa.table({name: [1, 1, 2, None], f"{name}2": ["x", "x", "it's", None]}), path)
    k, s = w.Column(name, "BIGINT"), w.Column(f"{name}2", "VARCHAR")
    metrics: list[Metric] = [
        Duplicates(of=(k,)),
        Duplicates(of=(k, s)),
        DistinctCount(of=(s,)),
        CountWhere(condition=w.In(s, (w.Lit("x"),))),
        Total(of=k),
    ]
    plain = asked(path, *metrics, ability=Ability(shortcuts_from=10**9))
    assert asked(path, *metrics) == plain
    assert plain == [
        {"rows": 2, "keys": 1, "sample": (1,)},
        {"rows": 2, "keys": 1, "sample": ((1, "x"),)},
        2,
        2,
        4,
    ]


# --- uniqueness, all routes ---


@pytest.mark.parametrize(
    ("numbers", "rows", "keys", "sample"),
    [
        (list(range(5000)), 0, 0, ()),
        ([*range(3000, 0, -1), -7, 1024, 1024, 1024, -7], 6, 2, (-7, 1024)),
        ([2**61, 2**61, 2**61 + 1023, None, None], 2, 1, (2**61,)),
        ([5] * 100, 100, 1, (5,)),
        ([i // 2 for i in range(100)], 100, 50, tuple(range(20))),
    ],
)
def test_sorted_codes_count_as_groups_do(
    tmp_path: Path, numbers: list[int | None], rows: int, keys: int, sample: tuple[int, ...]
) -> None:
    path = str(tmp_path / "a.parquet")
    pq.write_table(pa.table({"k": pa.array(numbers, pa.int64())}), path)
    metric = Duplicates(of=(w.Column("k", "BIGINT"),))
    engine = DuckDBEngine({"": open_source(path)})
    try:
        engine.ability = ALL_SHORTCUTS
        answers = answer([metric], engine)
    finally:
        engine.close()
    (question,) = answers.plan.questions
    last = question.otherwise if question.route is Route.INCREASING else question
    assert last is not None
    assert last.route is Route.SORTED
    assert answers.value(metric) == {"rows": rows, "keys": keys, "sample": sample}


@pytest.mark.parametrize("sorted_keys", [100, 40, 7])
def test_parts_of_the_keys_add_up(tmp_path: Path, sorted_keys: int) -> None:
    path = str(tmp_path / "a.parquet")
    texts = [f"t{i % 60}" for i in range(80)]
    pq.write_table(pa.table({"s": texts, "x": [float(i % 30) for i in range(80)]}), path)
    s = w.Column("s", "VARCHAR")
    metrics = (Duplicates(of=(s,)), Duplicates(of=(X,)), Duplicates(of=(s, X)))
    ability = Ability(shortcuts_from=0, sorts_from=0, sorted_keys=sorted_keys)
    text, real, both = asked(path, *metrics, ability=ability)
    assert (text["rows"], text["keys"]) == (40, 20)
    assert (real["rows"], real["keys"]) == (80, 30)
    assert (both["rows"], both["keys"]) == (40, 20)
    assert len(text["sample"]) == 20


def test_repeated_codes_as_a_table_say_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = str(tmp_path / "a.parquet")
    pq.write_table(
        pa.table({"s": [f"text {i % 60}" for i in range(80)], "k": [-(i % 50) for i in range(80)]}), path
    )
    metrics = [Duplicates(of=(w.Column("s", "VARCHAR"),)), Duplicates(of=(w.Column("k", "BIGINT"),))]
    ability = Ability(shortcuts_from=0, sorts_from=0)
    written_out = asked(path, *metrics, ability=ability)
    monkeypatch.setattr("dq.engines.repeats._WRITTEN_OUT", 0)
    assert asked(path, *metrics, ability=ability) == written_out
    assert [(each["rows"], each["keys"]) for each in written_out] == [(40, 20), (60, 30)]


def test_keys_that_share_a_code_are_told_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = str(tmp_path / "a.parquet")
    pq.write_table(pa.table({"s": ["a", "b", "c", "c", None, None]}), path)
    # Hashes of 64 bits do not collide in a test, so every text gets the same code here.
    same = sqlglot.exp.cast(sqlglot.exp.Literal.number(7), "BIGINT")
    monkeypatch.setattr("dq.sql.duckdb.DuckDBRenderer.key_code", lambda self, key: same.copy())
    (found,) = asked(path, Duplicates(of=(w.Column("s", "VARCHAR"),)))
    assert found == {"rows": 2, "keys": 1, "sample": ("c",)}


def test_very_many_repeated_keys_are_grouped_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dq.engines.repeats._MOST_SUSPECTS", 3)
    table = pa.table({"k": [1, 1, 2, 2, 3, 3, 4, 4, 5]})
    (found,) = asked(table, Duplicates(of=(w.Column("k", "BIGINT"),)))
    assert found == {"rows": 8, "keys": 4, "sample": (1, 2, 3, 4)}


# --- failures ---


def test_one_failing_aggregate_marks_only_itself() -> None:
    table = pa.table({"k": [1, 2, 3], "s": ["1", "secret 7", "3"]})
    k = w.Column("k", "BIGINT")
    broken = CountWhere(condition=w.SqlCondition("CAST(s AS INTEGER) > 1"))
    nowhere = CountWhere(condition=w.SqlCondition("nowhere > 1"))
    total, first, second, high = asked(table, Total(of=k), broken, nowhere, Extreme(which="max", of=k))
    assert (total, high) == (6, 3)
    assert isinstance(first, Failure)
    assert "Conversion" in first.reason
    assert "secret" not in first.reason
    assert isinstance(second, Failure)
    assert "nowhere" in second.reason


def test_sums_that_overflow_fail_by_themselves() -> None:
    table = pa.table({"k": [2.0**100] * 2, "d": [1, 2]})
    overflow = CountWhere(condition=w.SqlCondition("CAST(k AS BIGINT) > 0"))
    found, total = asked(table, overflow, Total(of=w.Column("d", "BIGINT")))
    assert isinstance(found, Failure)
    assert "1267650600228229" not in found.reason
    assert total == 3


def test_more_than_fits_in_memory_spills(tmp_path: Path) -> None:
    path = str(tmp_path / "a.parquet")
    with duckdb.connect() as con:
        con.execute(
            f"COPY (SELECT hash(i)::VARCHAR AS s FROM range(600000) r(i)) TO '{path}' (FORMAT parquet)"
        )
    engine = DuckDBEngine({"": open_source(path)}, threads=1, memory_limit="100MB")
    engine.ability = Ability(sorts_from=None)
    try:
        answers = answer([Duplicates(of=(w.Column("s", "VARCHAR"),))], engine)
    finally:
        engine.close()
    assert [answers.value(metric)["rows"] for metric in answers.states] == [0]


@pytest.mark.parametrize("content", [b"", b"hello", b"PAR1" + b"\0" * 40 + b"PAR1", b"PAR1" + b"\0" * 400])
def test_no_parquet_is_a_clear_error_and_leaves_nothing_open(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    spill = tmp_path / "spill"
    spill.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spill))
    bad = tmp_path / "bad.parquet"
    bad.write_bytes(content)
    with pytest.raises(DataError, match=r"bad\.parquet: cannot be read"):
        DuckDBEngine({"": open_source(str(bad))})
    assert list(spill.iterdir()) == []


def test_closing_twice_and_names_that_are_taken() -> None:
    table = TableSource(pa.table({"x": [1]}), "test")
    engine = DuckDBEngine({"": table, "planes": table})
    for taken in ("dq_batch", "Planes"):
        with pytest.raises(SuiteError, match="is taken"):
            engine.add(taken, table)
    assert engine.add("planes", table) is not None
    with pytest.raises(EngineError, match="Catalog"):
        engine.rows(exp.select("*").from_("nowhere"))
    engine.close()
    engine.close()


def test_a_partition_without_files_has_no_schema() -> None:
    engine = DuckDBEngine({"": FileSource("parquet", (), "test")})
    assert engine.schema() is None
    assert engine.facts().rows == 0
    engine.close()


@pytest.mark.parametrize(
    ("limit", "keys"),
    [(None, 1 << 25), ("4GB", 1 << 25), ("256MB", 8_000_000), ("0.1 GiB", 3_125_000), ("900KB", 1 << 16)],
)
def test_keys_sorted_at_once_fit_into_the_memory_limit(limit: str | None, keys: int) -> None:
    with closing(DuckDBEngine({}, memory_limit=limit)) as engine:
        assert engine.ability.sorted_keys == keys
