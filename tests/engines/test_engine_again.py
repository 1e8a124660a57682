"""One engine for one set of sources after the other."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dq.engines.duckdb import DuckDBEngine
from dq.engines.execute import answer
from dq.errors import DataError, SuiteError
from dq.lake.opening import open_source
from dq.lake.source import Source, TableSource
from dq.metrics import CountWhere, Extreme, RowCount
from dq.plan import Question, Route
from dq.plan.ask import ask
from dq.sql import words as w

K = w.Column("k", "BIGINT")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    one, other = tmp_path / "one.parquet", tmp_path / "other.parquet"
    pq.write_table(pa.table({"k": [1, 2, 3]}), one)
    pq.write_table(pa.table({"k": [7]}), other)
    return one, other


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    real = DuckDBEngine.add

    def add(self: DuckDBEngine, source: str, about: Source, *more: str | None) -> object:
        found.append(source)
        return real(self, source, about, *more)

    monkeypatch.setattr(DuckDBEngine, "add", add)
    return found


def counted(engine: DuckDBEngine, source: str = "") -> tuple[int, int]:
    rows, top = RowCount(source=source), Extreme(which="max", of=K, source=source)
    states = answer([rows, top], engine).states
    return states[rows][0], states[top][0]  # type: ignore[index]  # no query fails here


def test_sources_are_exchanged(files: tuple[Path, Path]) -> None:
    one, other = (open_source(str(path)) for path in files)
    engine = DuckDBEngine({"": one, "gone": other}, threads=1)
    assert counted(engine) == (3, 3)
    engine.reset({"": other, "input": one})
    assert (engine.queries, counted(engine), counted(engine, "input")) == (0, (1, 7), (3, 3))
    with pytest.raises(SuiteError, match="'gone' is not known"):
        engine.render.table("gone")
    engine.reset({"": TableSource(pa.table({"k": [9, 9]}), "rows")})
    assert counted(engine) == (2, 9)
    engine.reset({"": one})
    assert counted(engine) == (3, 3)
    engine.close()


def test_a_source_that_stays_is_opened_once(files: tuple[Path, Path], opened: list[str]) -> None:
    one, other = (open_source(str(path)) for path in files)
    engine = DuckDBEngine({}, threads=1)
    engine.reset({"": one, "shops": other})
    assert counted(engine, "shops") == (1, 7)
    engine.reset({"": other, "shops": other})
    assert opened == ["", "shops", ""]
    assert (counted(engine), counted(engine, "shops")) == ((1, 7), (1, 7))
    engine.close()


def test_a_source_that_changed_is_opened_again(files: tuple[Path, Path], opened: list[str]) -> None:
    source = open_source(str(files[1]))
    engine = DuckDBEngine({}, threads=1)
    engine.reset({"shops": source})
    assert counted(engine, "shops") == (1, 7)
    pq.write_table(pa.table({"name": ["a", "b"], "k": [8, 9]}), files[1])
    engine.reset({"shops": source})
    assert opened == ["shops", "shops"]
    assert counted(engine, "shops") == (2, 9)
    schema = engine.schema("shops")
    assert schema is not None
    assert schema.names == ("name", "k")
    os.unlink(files[1])
    with pytest.raises(DataError):
        engine.reset({"shops": source})
    engine.close()


def test_an_equal_question_is_worded_once_and_asked_anew(files: tuple[Path, Path]) -> None:
    one, other = (open_source(str(path)) for path in files)
    engine = DuckDBEngine({}, threads=1)

    def question() -> Question:
        large = CountWhere(condition=w.Compare(">", K, w.Lit(2)))
        return Question(Route.SCAN, "", (large, RowCount()))

    engine.reset({"": one})
    first = ask(question(), engine.render)
    assert engine.rows(first) == [(1, 3)]
    engine.reset({"": other})
    again = ask(question(), engine.render)
    assert again is first
    assert engine.rows(again) == [(1, 1)]
    engine.close()


def test_words_are_forgotten_before_they_become_many() -> None:
    engine = DuckDBEngine({"": TableSource(pa.table({"k": [1, 2, 3]}), "rows")}, threads=1)
    for number in range(450):
        metric = CountWhere(condition=w.Compare(">", K, w.Lit(number)))
        query = ask(Question(Route.SCAN, "", (metric,)), engine.render)
        if number in (0, 2, 449):
            assert engine.rows(query) == [(max(0, 3 - number),)]
    assert 0 < len(engine.render.made) <= 200
    engine.close()
