"""DuckDB in process: Parquet, CSV and JSON lines files, Arrow tables.

Only `execute` and the fetch calls of the connection are used: relations lost their state in DuckDB 2.0.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import exp

from dq.engines.footers import parquet_facts
from dq.errors import DataError, EngineError
from dq.lake.schema import Schema
from dq.lake.source import FileSource, Source, TableSource
from dq.plan import Ability, RelationFacts
from dq.sql.duckdb import DuckDBRenderer
from dq.sql.render import BATCH, Renderer, name
from dq.sql.words import Column

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlglot.expressions import Expr as Node

_PROBED_ROWS = 50_000

_SETTINGS = {
    # A file written by pyarrow with a NaN in it has minimum and maximum that leave the NaN out. DuckDB then
    # concludes that no value is NaN and none exceeds the maximum. Without these two optimizers it looks.
    "disabled_optimizers": "statistics_propagation,filter_pushdown",
    "enable_progress_bar": False,
    "preserve_insertion_order": True,
    # Nothing is fetched at run time: a run must work without internet and do only what was installed.
    "autoinstall_known_extensions": False,
    "TimeZone": "UTC",
}


class DuckDBEngine:
    """One run's connection, with a view per dataset.

    Args:
        sources: dataset name to source; `""` is the dataset under test.
        threads: worker threads; None for all cores.
        memory_limit: e.g. `"4GB"`; None for DuckDB's own default. Beyond it, work spills to disk.
        spill: folder for spilled data; a temporary one by default.

    Raises:
        DataError: a source cannot be read.
    """

    name = "duckdb"
    ability = Ability()

    def __init__(
        self,
        sources: Mapping[str, Source],
        threads: int | None = None,
        memory_limit: str | None = None,
        spill: str | os.PathLike[str] | None = None,
    ) -> None:
        self.version = duckdb.__version__
        self.queries = 0
        self._sources = dict(sources)
        self._spill = tempfile.TemporaryDirectory(prefix="dq-spill-") if spill is None else None
        settings: dict[str, Any] = {
            "temp_directory": self._spill.name if self._spill else os.fspath(spill or "")
        }
        if threads:
            settings["threads"] = threads
        if memory_limit:
            settings["memory_limit"] = memory_limit
        self._con = duckdb.connect(":memory:", config=settings)
        for key, value in _SETTINGS.items():
            self._con.execute(f"SET {key} = {str(value).lower() if isinstance(value, bool) else repr(value)}")
        self.render: Renderer = DuckDBRenderer({})
        self._schemas: dict[str, Schema | None] = {}
        for source, about in self._sources.items():
            self.add(source, about)

    def add(self, source: str, about: Source, file_name: str | None = None) -> Schema | None:
        """Make a source readable under a name of its own.

        Args:
            source: the name in words, e.g. `input`.
            about: what to read.
            file_name: when given, files get a column of that name that holds each row's file.

        Returns:
            Its schema; None when it holds no file.

        Raises:
            DataError: it cannot be read.
        """
        table = source or BATCH
        self._sources[source] = about
        self._schemas[source] = self._offer(table, about, file_name)
        self.render.tables[source] = exp.Table(this=name(table))
        return self._schemas[source]

    def _offer(self, table: str, source: Source, file_name: str | None) -> Schema | None:
        """A view or a registered table; its schema, or None when it holds no file."""
        if isinstance(source, TableSource):
            self._con.register(table, source.table)
        elif not source.files:
            return None
        else:
            view = exp.Create(
                this=exp.Table(this=name(table)),
                kind="VIEW",
                properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
                expression=exp.select("*").from_(reading(source, file_name)),
            )
            try:
                self._con.execute(self.render.to_sql(view))
            except duckdb.Error as error:
                raise DataError(f"{source.location}: cannot be read: {_first_line(error)}") from error
        everything = exp.select("*").from_(exp.Table(this=name(table)))
        described = self._con.execute(self.render.to_sql(exp.Describe(this=everything)))
        return Schema(tuple(Column(row[0], row[1]) for row in described.fetchall()))

    def schema(self, source: str = "") -> Schema | None:
        """Columns of a relation; None when it holds no file."""
        return self._schemas[source]

    def facts(self, source: str = "") -> RelationFacts:
        """From the footers of Parquet files; the row count of a table in memory; else nothing.

        Raises:
            DataError: a footer cannot be read.
        """
        about, schema = self._sources[source], self._schemas[source]
        if isinstance(about, TableSource):
            return RelationFacts(rows=about.table.num_rows)
        if about.format != "parquet" or schema is None:
            return RelationFacts(rows=None if schema else 0)
        try:
            return parquet_facts(self._con, about.files, schema)
        except duckdb.Error as error:
            raise DataError(f"{about.location}: footers cannot be read: {_first_line(error)}") from error

    def probe(self, source: str, columns: Sequence[Column]) -> tuple[int, Mapping[str, int]]:
        """Distinct values among the first rows: cheap, and only a hint."""
        inner = exp.select(*(self.render.term(column) for column in columns))
        inner = inner.from_(self.render.table(source)).limit(_PROBED_ROWS)
        counts = [exp.Count(this=exp.Distinct(expressions=[self.render.term(column)])) for column in columns]
        outer = exp.select(exp.Count(this=exp.Star()), *counts).from_(
            exp.Subquery(this=inner, alias=exp.TableAlias(this=name("dq_probe")))
        )
        try:
            ((rows, *distinct),) = self.rows(outer)
        except EngineError:
            return 0, {}
        return rows, {column.name: number for column, number in zip(columns, distinct, strict=True)}

    def rows(self, query: Node) -> list[tuple[Any, ...]]:
        """All rows of a query as Python values."""
        return self._run(query).fetchall()

    def arrow(self, query: Node) -> pa.Table:
        """All rows of a query as an Arrow table."""
        if not hasattr(duckdb.DuckDBPyRelation, "to_arrow_table"):
            older: pa.Table = self._run(query).fetch_arrow_table()  # type: ignore[attr-defined]  # before 2.0
            return older
        self.queries += 1
        try:  # a relation that is read at once: from 2.0 on the only way that copies the rows just once
            table: pa.Table = self._con.sql(self.render.to_sql(query)).to_arrow_table()
        except duckdb.Error as error:
            raise EngineError(f"DuckDB: {_first_line(error)}") from error
        return table

    def _run(self, query: Node) -> duckdb.DuckDBPyConnection:
        self.queries += 1
        try:
            return self._con.execute(self.render.to_sql(query))
        except duckdb.Error as error:
            raise EngineError(f"DuckDB: {_first_line(error)}") from error

    def close(self) -> None:
        """Close the connection and remove spilled data."""
        self._con.close()
        if self._spill is not None:
            self._spill.cleanup()


def reading(source: FileSource, file_name: str | None = None) -> Node:
    """The table function that reads a source's files.

    Args:
        source: with at least one file.
        file_name: when given, a column of that name holds each row's file.
    """
    files = exp.Array(expressions=[exp.Literal.string(file) for file in source.files])
    options: dict[str, Node] = {}
    if source.hive:
        options["hive_partitioning"] = exp.true()
    if file_name is not None:
        options["filename"] = exp.Literal.string(file_name)
    if source.format == "csv":
        # All rows are looked at, so that one bad cell makes a text column and a verdict, not a crash.
        options["sample_size"] = exp.Literal.number(-1)
    if source.format == "json":
        options["sample_size"] = exp.Literal.number(-1)
        options["format"] = exp.Literal.string("auto")
    function = {"parquet": "read_parquet", "csv": "read_csv", "json": "read_json"}[source.format]
    arguments = [exp.EQ(this=exp.to_identifier(key), expression=value) for key, value in options.items()]
    return exp.Table(this=exp.Anonymous(this=function, expressions=[files, *arguments]))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
