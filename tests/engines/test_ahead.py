from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp, parse_one

from dq.engines.ahead import MOST, NEAR, Chunk, columns_read, stretches
from dq.lake.schema import Schema
from dq.sql.words import Column

SCHEMA = Schema(tuple(Column(name, "BIGINT") for name in ("id", "Kind", "amount")))
TABLES = {"": exp.to_table("batch"), "input": exp.to_table("input")}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("SELECT count(*) FROM batch", {"": set()}),
        ("SELECT sum(ID), max(kind) FROM batch WHERE amount > 1", {"": {"id", "kind", "amount"}}),
        ("SELECT max(n) FROM (SELECT id, count(*) AS n FROM batch GROUP BY id) AS g", {"": {"id"}}),
        ("SELECT id FROM batch WHERE id IN (SELECT amount FROM input)", {"": {"id"}, "input": {"amount"}}),
        ("SELECT a.id FROM batch AS a JOIN input AS b ON a.id = b.id", {}),
        (
            "SELECT id FROM batch WHERE EXISTS (SELECT 1 FROM input AS i WHERE i.kind = batch.amount)",
            {"": {"id"}, "input": {"kind"}},
        ),
        ("SELECT id FROM elsewhere", {}),
        ("SELECT none_of_these FROM batch", {"": set()}),
    ],
)
def test_columns_are_read_off_the_query(text: str, read: dict[str, set[str]]) -> None:
    assert columns_read(parse_one(text, dialect="duckdb"), TABLES, {"": SCHEMA, "input": SCHEMA}) == read


@st.composite
def layouts(draw: st.DrawFn) -> tuple[list[Chunk], dict[str, int]]:
    chunks, sizes = [], {}
    for file in draw(st.sampled_from([["f"], ["f", "g"]])):
        at = 4
        for group in range(draw(st.integers(1, 3))):
            for column in "abcd":
                size = draw(st.sampled_from([1, 100, NEAR - 1, NEAR, NEAR + 1, 5 * NEAR]))
                chunks.append(Chunk(file, group, column, at, at + size))
                at += size
        sizes[file] = at + draw(st.integers(10, 1000))
    return chunks, sizes


@given(layouts(), st.lists(st.sets(st.sampled_from("abcd"), min_size=1), min_size=1, max_size=3))
def test_all_that_is_needed_is_fetched_once_and_little_else(
    layout: tuple[list[Chunk], dict[str, int]], scans: list[set[str]]
) -> None:
    chunks, sizes = layout
    found = stretches(chunks, scans, sizes)
    needed = [chunk for chunk in chunks if chunk.column in set().union(*scans)]
    share = sum(chunk.end - chunk.start for chunk in needed) / sum(sizes.values())
    if share >= MOST:
        assert found == [(file, 0, size) for file, size in sizes.items()]
    for chunk in needed:
        assert any(f == chunk.file and start <= chunk.start and chunk.end <= end for f, start, end in found)
    for file, start, end in found:
        inside = [c for c in needed if c.file == file and start <= c.start and c.end <= end]
        if share < MOST:
            assert (start, end) == (inside[0].start, inside[-1].end)


def test_the_first_scan_comes_first_and_gaps_stay_small() -> None:
    chunks = [
        Chunk("f", 0, "a", 4, 100),
        Chunk("f", 0, "b", 100, 100_000),
        Chunk("f", 0, "c", 100_000, 100_500),
        Chunk("f", 0, "d", 100_500, 110_000),
        Chunk("f", 0, "e", 110_000, 110_100),
    ]
    scans = [{"e", "c"}, {"a", "c"}]
    assert stretches(chunks, scans, {"f": 111_000}) == [("f", 100_000, 110_100), ("f", 4, 100)]
