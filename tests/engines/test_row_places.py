"""Where in its file a row stands, and rows handed out in batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from sqlglot import exp

from dq.engines.duckdb import DuckDBEngine
from dq.errors import EngineError
from dq.lake.source import FileSource, TableSource

SIZES = (7, 0, 1, 5_000)


def write(table: pa.Table, path: Path) -> str:
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=1_000)
    elif path.suffix == ".csv":
        pc.write_csv(table, path)
    else:
        path.write_text("".join(f'{{"x": {row["x"]}, "n": {row["n"]}}}\n' for row in table.to_pylist()))
    return str(path)


def files(folder: Path, suffix: str, column: str = "x") -> tuple[str, ...]:
    """Files of several sizes; `n` is the file, `x` the place in it, both as written."""
    return tuple(
        write(pa.table({column: list(range(size)), "n": [number] * size}), folder / f"f{number}{suffix}")
        for number, size in enumerate(SIZES)
    )


def query(engine: DuckDBEngine, source: str, *columns: str) -> exp.Select:
    return exp.select(*(exp.column(exp.to_identifier(c, quoted=True)) for c in columns)).from_(
        engine.render.table(source)
    )


def placed(source: FileSource | TableSource, *columns: str, file: str | None = "file") -> list[Any]:
    engine = DuckDBEngine({}, threads=2)
    try:
        engine.add("placed", source, file, "place")
        return engine.rows(query(engine, "placed", *columns))
    finally:
        engine.close()


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_places_are_counted_per_file(tmp_path: Path, suffix: str) -> None:
    paths = files(tmp_path, suffix)
    form: Any = {".parquet": "parquet", ".csv": "csv", ".jsonl": "json"}[suffix]
    found = placed(FileSource(form, paths, "files"), "x", "n", "file", "place")
    assert len(found) == sum(SIZES)
    assert all(int(x) == place and paths[int(n)] == file for x, n, file, place in found)
    (single,) = {place for *_, place in placed(FileSource(form, paths[2:3], "one"), "file", "place")}
    assert single == 0
    alone = placed(FileSource(form, paths[3:], "one"), "x", "place", file=None)
    assert all(int(x) == place for x, place in alone)


def test_a_column_that_has_taken_duckdbs_own_name(tmp_path: Path) -> None:
    paths = files(tmp_path, ".parquet", "File_Row_Number")
    found = placed(FileSource("parquet", paths, "files"), "File_Row_Number", "n", "file", "place")
    assert len(found) == sum(SIZES)
    assert all(x == place and paths[n] == file for x, n, file, place in found)


def test_a_table_in_memory_is_counted_as_it_stands() -> None:
    table = TableSource(pa.table({"x": list(range(5_000))}), "table")
    assert all(x == place for x, place in placed(table, "x", "place"))


def test_batches_hold_all_rows_and_a_reader_may_leave_early() -> None:
    engine = DuckDBEngine({"": TableSource(pa.table({"x": list(range(10_000))}), "table")}, threads=1)
    try:
        sizes = [batch.num_rows for batch in engine.batches(query(engine, "", "x"), 2_048)]
        assert sum(sizes) == 10_000
        assert len(sizes) > 1
        few = engine.batches(query(engine, "", "x"), 100)
        next(few)
        few.close()  # type: ignore[attr-defined]  # it is a generator
        assert engine.rows(query(engine, "", "x"))[0] == (0,)
    finally:
        engine.close()


def test_an_error_half_way_is_told_without_values() -> None:
    engine = DuckDBEngine({"": TableSource(pa.table({"x": ["1"] * 5_000 + ["secret"]}), "table")}, threads=1)
    number = exp.select(exp.cast(exp.column("x"), "BIGINT")).from_(engine.render.table(""))
    try:
        with pytest.raises(EngineError, match="values left out") as caught:
            list(engine.batches(number, 1_000))
    finally:
        engine.close()
    assert "secret" not in str(caught.value)
