"""What a plan will read of Parquet objects, from its queries and the footers, so that it is fetched ahead.

A query that scans without pruning reads all chunks of its columns. Where these are most of the bytes anyway,
whole objects are fetched: fewer and larger requests. Otherwise the chunks are, and nothing between them but
small gaps. Queries that may skip row groups, that join, or that are an author's are not foreseen: DuckDB asks
for what it needs when it needs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from dq.errors import PlanError, SuiteError
from dq.lake.schema import Schema
from dq.metrics import Duplicates
from dq.plan import Question, Route
from dq.plan.ask import ask
from dq.sql import queries
from dq.sql.render import Renderer

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node

_SCANNING = (Route.SCAN, Route.VALUES, Route.QUANTILE, Route.INCREASING, Route.DUPLICATES)
"""Routes whose query reads its columns from the first row to the last."""

MOST = 0.8
"""Share of the bytes from which on whole objects are fetched (ADR 0017)."""
NEAR = 16 * 1024
"""Bytes between two chunks that are fetched along; as much as DuckDB itself would."""

_CHUNKS = """
SELECT file_name, row_group_id, path_in_schema,
    least(coalesce(nullif(dictionary_page_offset, 0), data_page_offset), data_page_offset),
    total_compressed_size
FROM parquet_metadata(?)
"""


@dataclass(frozen=True)
class Chunk:
    """One column of one row group.

    Attributes:
        file: as DuckDB names it.
        group: number of the row group in its file.
        column: name at the top level, in small letters.
        start: place of its first byte.
        end: place after the last.
    """

    file: str
    group: int
    column: str
    start: int
    end: int


Stretch = tuple[str, int, int]
"""File, first byte, and the place after the last."""


def chunks_of(con: duckdb.DuckDBPyConnection, files: Sequence[str], schema: Schema) -> tuple[Chunk, ...]:
    """Every column chunk of some Parquet files, in the order of the files and of the bytes.

    Raises:
        duckdb.Error: a footer cannot be read.
    """
    known = {name.lower() for name in schema.names}
    found = []
    for file, group, path, start, size in con.execute(_CHUNKS, [list(files)]).fetchall():
        whole = path.lower()
        # The path of a nested column is its names with ", " between them.
        column = whole if whole in known else whole.split(", ")[0]
        found.append(Chunk(file, group, column, start, start + size))
    order = {file: number for number, file in enumerate(files)}
    return tuple(sorted(found, key=lambda chunk: (order[chunk.file], chunk.start)))


def scans_of(questions: Iterable[Question], render: Renderer) -> Iterator[Node]:
    """The queries of a plan that read all rows of their columns."""
    for question in questions:
        if question.route in _SCANNING:
            try:
                yield ask(question, render)
            except (PlanError, SuiteError):
                continue  # whoever asks in earnest says why
        elif question.route is Route.SORTED and isinstance(question.metrics[0], Duplicates):
            metric = question.metrics[0]
            yield queries.key_codes(render, metric.source, metric.of, metric.where, 0, question.parts)


def columns_read(
    query: Node, tables: Mapping[str, Node], schemas: Mapping[str, Schema | None]
) -> dict[str, set[str]]:
    """Which columns of which sources a query reads, as far as its text says so plainly.

    Args:
        query: one statement of our own.
        tables: table by source.
        schemas: by source.

    Returns:
        By source, names in small letters. A part of the query that reads several tables at once is left out.
    """
    sources = {table.name: source for source, table in tables.items()}
    found: dict[str, set[str]] = {}
    try:
        scopes = traverse_scope(query)
    except SqlglotError:
        return found
    for scope in scopes:
        here = [(alias, table) for alias, table in scope.sources.items() if isinstance(table, exp.Table)]
        if len(scope.sources) != 1 or len(here) != 1 or here[0][1].name not in sources:
            continue
        ((alias, table),) = here
        source = sources[table.name]
        schema = schemas.get(source)
        known = set() if schema is None else {name.lower() for name in schema.names}
        read = {
            column.name.lower()
            for column in scope.expression.find_all(exp.Column)
            if column.table in ("", alias) and column.find_ancestor(exp.Select) is scope.expression
        }
        found.setdefault(source, set()).update(read & known)
    return found


def stretches(chunks: Sequence[Chunk], scans: Iterable[set[str]], sizes: Mapping[str, int]) -> list[Stretch]:
    """What to fetch for some scans, in the order in which they will read it.

    Args:
        chunks: of all files, in order.
        scans: the columns of each, in the order of the scans; names in small letters.
        sizes: of the files in bytes.
    """
    scans = list(scans)
    every = set().union(*scans)
    needed = sum(chunk.end - chunk.start for chunk in chunks if chunk.column in every)
    if needed >= MOST * sum(sizes.values()):
        return [(file, 0, size) for file, size in sizes.items() if size]
    found: list[Stretch] = []
    seen: set[str] = set()
    for columns in scans:
        fresh = columns - seen
        seen |= columns
        found += _joined(chunk for chunk in chunks if chunk.column in fresh)
    return found


def _joined(chunks: Iterable[Chunk]) -> Iterator[Stretch]:
    """Chunks of one file that lie near each other, as one stretch."""
    last: Stretch | None = None
    for chunk in chunks:
        if last is not None and last[0] == chunk.file and chunk.start - last[2] <= NEAR:
            last = (last[0], last[1], max(last[2], chunk.end))
            continue
        if last is not None:
            yield last
        last = (chunk.file, chunk.start, chunk.end)
    if last is not None:
        yield last
