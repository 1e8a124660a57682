"""Files as a catalog describes them: keys that no path names, and delimited text by its rules."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot import exp

from dq.engines.duckdb import DuckDBEngine
from dq.lake.described import Described, TextForm
from dq.lake.source import FileSource
from dq.sql.words import Column

KEYS = (Column("dt", "DATE"), Column("hour", "INTEGER"))


def shown(source: FileSource) -> tuple[list[list[str]], list[tuple[object, ...]]]:
    with closing(DuckDBEngine({"": source})) as engine:
        schema = engine.schema()
        assert schema is not None
        rows = engine.rows(exp.select("*").from_(engine.render.table("")))
    return schema.to_list(), sorted(rows, key=str)


def files(folder: Path) -> tuple[str, ...]:
    (folder / "dt=wrong").mkdir()
    pq.write_table(pa.table({"id": [1], "dt": ["own"]}), folder / "dt=wrong" / "a.parquet")
    pq.write_table(pa.table({"id": [2, 3]}), folder / "b.parquet")
    return str(folder / "b.parquet"), str(folder / "dt=wrong" / "a.parquet")


def test_keys_have_the_catalogs_values_and_types_and_hide_no_column(tmp_path: Path) -> None:
    described = Described(KEYS, (("2026-01-01", "3"), ("2026-01-02", None)))
    source = FileSource("parquet", files(tmp_path), "t", described=described)
    columns, rows = shown(source)
    assert columns == [["id", "BIGINT"], ["dt_1", "VARCHAR"], ["dt", "DATE"], ["hour", "INTEGER"]]
    assert [(row[0], row[1], str(row[2]), row[3]) for row in rows] == [
        (1, "own", "2026-01-02", None),
        (2, None, "2026-01-01", 3),
        (3, None, "2026-01-01", 3),
    ]


def test_a_footer_says_nothing_about_a_key_of_the_same_name(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1], "hour": [99]}), tmp_path / "a.parquet")
    described = Described(KEYS, (("2026-01-01", "3"),))
    source = FileSource("parquet", (str(tmp_path / "a.parquet"),), "t", described=described)
    with closing(DuckDBEngine({"": source})) as engine:
        facts = engine.facts()
        assert (facts.rows, facts.columns["id"].high, "hour" in facts.columns) == (1, 1, False)
        ((hour,),) = engine.rows(exp.select(exp.column("hour")).from_(engine.render.table("")))
    assert hour == 3


def test_each_rows_file_and_place_are_known_as_without_keys(tmp_path: Path) -> None:
    names = files(tmp_path)
    described = Described(KEYS, (("2026-01-01", "3"), ("2026-01-01", "3")))
    source = FileSource("parquet", names, "t", described=described)
    with closing(DuckDBEngine({})) as engine:
        schema = engine.add("placed", source, "file", "place")
        rows = engine.rows(exp.select("id", "file", "place", "hour").from_(engine.render.table("placed")))
    assert schema is not None
    assert sorted(rows) == [(1, names[1], 0, 3), (2, names[0], 0, 3), (3, names[0], 1, 3)]


def test_delimited_text_is_read_by_position_with_the_catalogs_names(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x|y|z\n1|007|2026-01-01\n2|\\N|\n")
    (tmp_path / "b.csv").write_text("x|y|z\n3|'q|q'|2026-01-02\n4|short\n")
    form = TextForm(("id", "code", "day"), frozenset({"code"}), "|", "'", "", 1)
    for keys, values in (((), ()), (KEYS, (("2026-01-01", "3"),) * 2)):
        source = FileSource(
            "csv",
            (str(tmp_path / "a.csv"), str(tmp_path / "b.csv")),
            "t",
            described=Described(keys, values, text=form),
        )
        columns, rows = shown(source)
        assert columns[:3] == [["id", "BIGINT"], ["code", "VARCHAR"], ["day", "DATE"]]
        assert [(row[0], row[1], str(row[2])) for row in rows] == [
            (1, "007", "2026-01-01"),
            (2, None, "None"),
            (3, "q|q", "2026-01-02"),
            (4, "short", "None"),
        ]
        assert {row[3:] for row in rows} == ({()} if not keys else {(rows[0][3], 3)})
