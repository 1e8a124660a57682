"""DuckDB in process: Parquet, CSV and JSON lines files, Arrow tables.

Only `execute` and the fetch calls of the connection are used: relations lost their state in DuckDB 2.0.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

import duckdb
from sqlglot import exp

from dq.engines.connection import SETTINGS, connect, put, spill_folder
from dq.engines.footers import parquet_facts
from dq.engines.reading import (
    Stamped,
    counts_rows_itself,
    everything_of,
    numbered,
    placed_by_format,
    placed_by_order,
    reading,
    rows_per_file,
    stamped,
)
from dq.engines.remote import Remote, asks
from dq.engines.retold import first_line, told
from dq.errors import DataError, EngineError, SuiteError
from dq.lake.schema import Schema
from dq.lake.source import FileSource, Source, TableSource
from dq.plan import Ability, Question, RelationFacts
from dq.sql.duckdb import DuckDBRenderer
from dq.sql.render import BATCH, Renderer, name
from dq.sql.words import Column

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray
    from sqlglot.expressions import Expr as Node

_PROBED_ROWS = 50_000

_AUTHORED = "statistics_propagation"
"""Disabled for authors' queries: without filter pushdown a join written with a comma is a cross product.

Filters then stop at a barrier before the scan, see `_BARRIER`.
"""

_BARRIER = 2**63 - 1
"""A limit that no relation reaches. DuckDB moves no filter below a limit, so none meets file statistics."""

_FLOATS = ("DOUBLE", "FLOAT")


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

    def __init__(
        self,
        sources: Mapping[str, Source],
        threads: int | None = None,
        memory_limit: str | None = None,
        spill: str | os.PathLike[str] | None = None,
    ) -> None:
        self.version = duckdb.__version__
        self.queries = 0
        self.ability = _ability(memory_limit)
        self._dialect = DuckDBRenderer({})
        self.render: Renderer = self._dialect
        self.render.describe = self._described
        self._defined = 0
        self._sources: dict[str, Source] = {}
        self._schemas: dict[str, Schema | None] = {}
        self._deferred: dict[str, Schema] = {}
        self._facts: dict[str, RelationFacts] = {}
        self._seen: dict[str, Stamped] = {}
        with ExitStack() as held:
            folder = spill if spill is not None else held.enter_context(spill_folder())
            self.remote = held.enter_context(closing(Remote(os.fspath(folder))))
            self._con = held.enter_context(closing(connect(os.fspath(folder), threads, memory_limit)))
            self.remote.con = self._con
            for source, about in sources.items():
                self.add(source, about)
            self._held = held.pop_all()

    def add(
        self, source: str, about: Source, file_name: str | None = None, row_number: str | None = None
    ) -> Schema | None:
        """Make a source readable under a name of its own.

        Args:
            source: the name in words, e.g. `input`.
            about: what to read.
            file_name: when given, files get a column of that name that holds each row's file.
            row_number: when given, a column of that name holds each row's place in its file, from 0.

        Returns:
            Its schema; None when it holds no file.

        Raises:
            DataError: it cannot be read.
            SuiteError: another source has that name, or differs from it in case only.
        """
        table = source or BATCH
        for other in self._sources:
            if other != source and (other or BATCH).lower() == table.lower():
                taken = f"'{other}'" if other else "the name of the dataset under test"
                raise SuiteError(f"dataset '{source}': {taken} is taken, and case does not count; rename it")
        self._sources[source] = about = self.remote.offer(about)
        for known in (self._facts, self._seen):
            known.pop(source, None)
        self._schemas[source] = self._offer(table, about, file_name, row_number)
        self.render.tables[source] = exp.Table(this=name(_scanned(table)))
        return self._schemas[source]

    def reset(self, sources: Mapping[str, Source]) -> None:
        """Forget every source and read these instead, on the same connection; the query count starts anew.

        A source of files that stays, and whose files have the sizes, times and inodes that they had, is not
        opened again.

        Args:
            sources: dataset name to source.

        Raises:
            DataError: a source cannot be read.
        """
        stay = {n for n, about in sources.items() if n in self._seen and self._seen[n] == stamped(about)}
        for source in set(self._sources) - stay:
            self._forget(source)
        self._deferred.clear()
        self.queries = 0
        for source, about in sources.items():
            if source not in stay:
                stamps = stamped(about)  # before it is opened: a change meanwhile shows at the next reset
                self.add(source, about)
                if stamps is not None:
                    self._seen[source] = stamps

    def _forget(self, source: str) -> None:
        table, about = source or BATCH, self._sources.pop(source)
        self.remote.forget(about, self._sources.values())
        if isinstance(about, TableSource):
            self._con.unregister(_scanned(table))
        for view in (table, _scanned(table)):
            # Versions of sqlglot differ in where a DROP keeps its name.
            self._con.execute(f"DROP VIEW IF EXISTS {self.render.to_sql(exp.Table(this=name(view)))}")
        for known in (self._schemas, self._deferred, self._facts, self._seen, self.render.tables):
            known.pop(source, None)

    def defer(self, source: str, about: Source, schema: Schema) -> None:
        """Make a source readable under a name, and open it only when the first query comes.

        Args:
            source: the name in words.
            about: what to read.
            schema: its columns, as they are known from elsewhere.
        """
        self._sources[source], self._schemas[source] = self.remote.offer(about), schema
        self.render.tables[source] = exp.Table(this=name(_scanned(source or BATCH)))
        self._deferred[source] = schema

    def _ready(self) -> None:
        """Open what was deferred.

        Raises:
            DataError: it cannot be read, or its columns are not what they were said to be.
        """
        while self._deferred:
            source, schema = self._deferred.popitem()
            if self._offer(source or BATCH, self._sources[source], None, None) != schema:
                raise DataError(
                    f"{self._sources[source].location}: its columns are not those that were recorded of its "
                    "partitions; run without kept states"
                )

    @asks
    def _offer(
        self, table: str, source: Source, file_name: str | None, row_number: str | None
    ) -> Schema | None:
        """Offer a relation twice: as our own queries scan it, and by the name that authors use.

        Returns:
            Its schema; None when it holds no file.
        """
        own = _scanned(table)
        try:
            if isinstance(source, TableSource):
                self._con.register(own, numbered(source.table, row_number) if row_number else source.table)
            elif not source.files:
                return None
            else:
                stored = exp.select("*").from_(reading(source, file_name))
                self._view(own, stored if row_number is None else self._placed(source, file_name, row_number))
            everything = exp.select("*").from_(exp.Table(this=name(own)))
            described = self._con.execute(self.render.to_sql(exp.Describe(this=everything))).fetchall()
        except duckdb.Error as error:
            raise DataError(f"{source.location}: cannot be read: {first_line(error)}") from error
        schema = Schema(tuple(Column(row[0], row[1]) for row in described))
        # Parquet statistics, and Arrow's comparisons, do not know NaN as DuckDB does.
        floats = any(kind in column.type for column in schema.columns for kind in _FLOATS)
        self._view(table, everything.limit(_BARRIER) if floats else everything)
        return schema

    def _placed(self, source: FileSource, file_name: str | None, row_number: str) -> exp.Select:
        """All rows of a source, with each one's place in its file."""
        described = self._con.execute(self.render.to_sql(exp.Describe(this=everything_of(source)))).fetchall()
        if counts_rows_itself(source, [row[0] for row in described]):
            return placed_by_format(source, file_name, row_number)
        rows: list[tuple[str, int]] = []
        if len(source.files) > 1:
            rows = self._con.execute(self.render.to_sql(rows_per_file(source))).fetchall()
        return placed_by_order(source, file_name, row_number, dict(rows))

    def _view(self, table: str, query: exp.Select) -> None:
        view = exp.Create(
            this=exp.Table(this=name(table)),
            kind="VIEW",
            replace=True,
            properties=exp.Properties(expressions=[exp.TemporaryProperty()]),
            expression=query,
        )
        self._con.execute(self.render.to_sql(view))

    def schema(self, source: str = "") -> Schema | None:
        """Columns of a relation; None when it holds no file."""
        return self._schemas[source]

    @asks
    def facts(self, source: str = "") -> RelationFacts:
        """From the footers of Parquet files; the row count of a table in memory; else nothing.

        Raises:
            DataError: a footer cannot be read.
        """
        if source in self._deferred:
            self._ready()
        about, schema = self._sources[source], self._schemas[source]
        if isinstance(about, TableSource):
            return RelationFacts(rows=about.table.num_rows)
        if about.format != "parquet" or schema is None:
            return RelationFacts(rows=None if schema else 0)
        try:
            if source not in self._facts or source not in self._seen:
                self._facts[source] = parquet_facts(self._con, about, schema)
            return self._facts[source]
        except duckdb.Error as error:
            raise DataError(f"{about.location}: footers cannot be read: {first_line(error)}") from error

    def expect(self, questions: Sequence[Question]) -> None:
        """Begin to fetch from S3 what these questions will read."""
        self.remote.expect(questions, self.render, self._sources, self._schemas)

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

    @asks
    def rows(self, query: Node, *, authored: bool = False, pruned: bool = False) -> list[tuple[Any, ...]]:
        """All rows of a query as Python values."""
        self._ready()
        self.queries += 1
        if authored or pruned:
            self._set("disabled_optimizers", _AUTHORED)
        text = self.render.to_sql(query)
        self._define()
        try:
            return self._con.execute(text).fetchall()
        except (duckdb.Error, ValueError, OverflowError) as error:  # the latter: no Python value holds it
            raise EngineError(told(error)) from error
        finally:
            if authored or pruned:
                self._set("disabled_optimizers", SETTINGS["disabled_optimizers"])

    def _described(self, query: Node) -> tuple[Column, ...]:
        """Names and types of what a query returns."""
        return tuple(Column(row[0], row[1]) for row in self.rows(exp.Describe(this=query.copy())))

    def _define(self) -> None:
        """Make the checks callable that were rendered since."""
        checks = list(self._dialect.checks.items())
        if len(checks) > self._defined:
            from dq.engines.checks import function_of

            for check, function in checks[self._defined :]:
                called = function_of(check)
                self._con.create_function(  # type: ignore[call-overload]  # the name of the type will do
                    function, called, ["VARCHAR"], "BOOLEAN", type="arrow"
                )
        self._defined = len(checks)

    def _set(self, key: str, value: str | bool) -> None:
        put(self._con, key, value)

    @asks
    def arrow(self, query: Node) -> pa.Table:
        """All rows of a query as an Arrow table."""
        self._ready()
        self.queries += 1
        text = self.render.to_sql(query)
        self._define()
        try:
            if hasattr(duckdb.DuckDBPyRelation, "to_arrow_table"):
                # A relation that is read at once: from 2.0 on the only way that copies the rows just once.
                table: pa.Table = self._con.sql(text).to_arrow_table()
            else:
                table = self._con.execute(text).fetch_arrow_table()  # type: ignore[attr-defined]  # before 2.0
        except duckdb.Error as error:
            raise EngineError(told(error)) from error
        return table

    def batches(self, query: Node, rows: int) -> Iterator[pa.RecordBatch]:
        """The rows of a query as Arrow batches, fetched as they are taken; no other query meanwhile."""
        self._ready()
        self.queries += 1
        text = self.render.to_sql(query)
        self._define()
        with self.remote.watching():
            try:
                if hasattr(duckdb.DuckDBPyRelation, "to_arrow_reader"):
                    yield from self._con.sql(text).to_arrow_reader(rows)
                else:
                    result = self._con.execute(text)
                    yield from result.fetch_record_batch(rows)  # type: ignore[attr-defined]  # before 2.0
            except (duckdb.Error, OSError) as error:  # Arrow passes on an engine's error as one of its own
                raise EngineError(told(error)) from error

    @asks
    def codes(self, query: Node) -> NDArray[Any]:
        """The only column of a query, without a detour over Arrow; rows may come in any order."""
        self._ready()
        self.queries += 1
        text = self.render.to_sql(query)
        self._set("preserve_insertion_order", False)
        try:
            (column,) = self._con.execute(text).fetchnumpy().values()
        except duckdb.Error as error:
            raise EngineError(told(error)) from error
        finally:
            self._set("preserve_insertion_order", SETTINGS["preserve_insertion_order"])
        numbers: NDArray[Any] = column
        return numbers

    def close(self) -> None:
        """Close the connection and remove spilled data; a second call does nothing."""
        self._held.close()


def _ability(memory_limit: str | None) -> Ability:
    """What pays off within a memory limit.

    Codes of keys lie once in DuckDB's result and once in the array that is sorted: 16 bytes a key, for which
    half of the limit is taken.
    """
    found = re.fullmatch(r"\s*([\d.]+)\s*([kmgt]?)i?b\s*", memory_limit or "", re.IGNORECASE)
    if found is None:
        return Ability()
    size = float(found.group(1)) * 1000.0 ** "bkmgt".index(found.group(2).lower() or "b")
    return Ability(sorted_keys=min(Ability.sorted_keys, max(1 << 16, int(size / 32))))


def _scanned(table: str) -> str:
    """The name under which our own queries scan a relation, straight from its files."""
    return f"{table} as stored"
