"""How DuckDB reads files, and how it tells where in its file a row stands."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sqlglot import exp

from dq.engines.keyed import KEYED, keyed, text_options
from dq.lake.source import FileSource, Source
from dq.sql.render import name

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlglot.expressions import Expr as Node

_COUNTED = "file_row_number"
"""What DuckDB calls the place of a row in its Parquet file; the column cannot be given another name."""
_FILE = "dq_read_from"


def reading(source: FileSource, file_name: str | None = None, *, counted: bool = False) -> Node:
    """The relation that reads a source's files.

    Args:
        source: with at least one file.
        file_name: when given, a column of that name holds each row's file.
        counted: ask the format for each row's place in its file, as a column of DuckDB's own name.
    """
    described = source.described
    if described is None or not described.keys:
        return _scan(source, file_name, counted=counted)
    return keyed(source, described, _scan(source, file_name or KEYED, counted=counted), file_name)


def _scan(source: FileSource, file_name: str | None, *, counted: bool) -> exp.Table:
    """The table function that reads a source's files."""
    files = exp.Array(expressions=[exp.Literal.string(file) for file in source.files])
    options: dict[str, Node] = {}
    if len(source.files) > 1:
        # A column that some files lack is null there, one of several types takes the widest: a verdict can
        # say so. Otherwise DuckDB knows only the columns of the first file.
        options["union_by_name"] = exp.true()
    if source.hive:
        options["hive_partitioning"] = exp.true()
    elif source.described is not None:
        options["hive_partitioning"] = exp.false()  # else DuckDB guesses from the paths
    if file_name is not None:
        options["filename"] = exp.Literal.string(file_name)
    if counted:
        options[_COUNTED] = exp.true()
    if source.format == "csv":
        # All rows are looked at, so that one bad cell makes a text column and a verdict, not a crash.
        options["sample_size"] = exp.Literal.number(-1)
        if source.described is not None and source.described.text is not None:
            options.update(text_options(source.described.text))
    if source.format == "json":
        options["sample_size"] = exp.Literal.number(-1)
        options["format"] = exp.Literal.string("auto")
    function = {"parquet": "read_parquet", "csv": "read_csv", "json": "read_json"}[source.format]
    arguments = [exp.EQ(this=exp.to_identifier(key), expression=value) for key, value in options.items()]
    return exp.Table(this=exp.Anonymous(this=function, expressions=[files, *arguments]))


def everything_of(source: FileSource) -> exp.Select:
    """All rows and columns of a source."""
    return exp.select("*").from_(reading(source))


def counts_rows_itself(source: FileSource, columns: Iterable[str]) -> bool:
    """Whether the format tells a row's place in its file: Parquet, unless a column has taken the name."""
    return source.format == "parquet" and _COUNTED not in {column.lower() for column in columns}


def placed_by_format(source: FileSource, file_name: str | None, row_number: str) -> exp.Select:
    """All rows of Parquet files; the place of each, from 0, in a column of the name given."""
    place = exp.alias_(exp.column(_COUNTED), name(row_number))
    return exp.select("*", place).from_(reading(source, file_name, counted=True))


def rows_per_file(source: FileSource) -> exp.Select:
    """`(file, rows)` of every file that has rows."""
    file = exp.column(_FILE)
    return exp.select(file, exp.Count(this=exp.Star())).from_(reading(source, _FILE)).group_by(file.copy())


def placed_by_order(
    source: FileSource, file_name: str | None, row_number: str, rows: Mapping[str, int]
) -> exp.Select:
    """All rows of files of any format, counted as they are read, which is in the order of the files.

    Args:
        source: what is read.
        file_name: as in `reading`.
        row_number: name of the column with the place of each row in its file, from 0.
        rows: of each file; empty for a single file.
    """
    read: Node = exp.Window(this=exp.RowNumber())
    before, cases = 1, exp.Case()
    for file in source.files:
        cases = cases.when(
            exp.EQ(this=exp.column(_FILE), expression=exp.Literal.string(file)), exp.Literal.number(before)
        )
        before += rows.get(file, 0)
    skipped: Node = cases if rows else exp.Literal.number(1)
    place = exp.alias_(exp.Sub(this=read, expression=skipped), name(row_number))
    file_column = _FILE if rows else file_name
    query = exp.select("*", place).from_(reading(source, file_column))
    if rows and file_name is not None:
        query = query.select(exp.alias_(exp.column(_FILE), name(file_name)))
    return query


def numbered(table: pa.Table, row_number: str) -> pa.Table:
    """A table in memory with each row's place in it, from 0."""
    import numpy as np
    import pyarrow as pa

    return table.append_column(row_number, pa.array(np.arange(table.num_rows, dtype=np.int64)))


Stamped = tuple[FileSource, tuple[tuple[int, int, int, int], ...]]
"""A source, and of every file size, times of change in nanoseconds, and inode."""


def stamped(about: Source) -> Stamped | None:
    """A source with the sizes, times and inodes of its files; None for a table, or when a file is gone.

    Objects on S3 are pinned: they stay what they were.
    """
    if not isinstance(about, FileSource):
        return None
    if about.remote is not None:
        return about, ()
    try:
        stats = [os.stat(file) for file in about.files]
    except OSError:
        return None
    return about, tuple((s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino) for s in stats)
