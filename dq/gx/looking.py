"""A second look at the data of a result, for values that it does not keep."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from dq.errors import DataError, DQError, UsageError
from dq.expectations.base import NotEvaluable
from dq.gx.formats import ResultFormat
from dq.gx.unexpected import MOST, Unexpected, shaped
from dq.lake.schema import Schema
from dq.lake.source import TableSource
from dq.origin import Origin
from dq.sql.queries import narrowed
from dq.sql.render import name
from dq.validation import open_engine, scope_over
from dq.verdict import Verdict

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node

    from dq.sql.words import Condition


class Look:
    """The data of a result, open again.

    Args:
        origin: what the validation kept.
        wanted: which columns name a row, and whether rows are wanted.

    Raises:
        DataError: the data changed since.
    """

    def __init__(self, origin: Origin, wanted: ResultFormat) -> None:
        origin.unchanged()
        self.origin = origin
        self.wanted = wanted
        self.engine = open_engine(origin)
        self.scope = scope_over(self.engine, origin)

        self.number = "dq_row"
        taken = {column.lower() for column in self.scope.schema.names} if self.scope else set()
        while self.number in taken:
            self.number += "_"

    def __enter__(self) -> Look:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.engine.close()

    def unexpected(self, verdict: Verdict) -> Unexpected | None:
        """The unexpected rows of an expectation; None when rows cannot be told apart, or not be read.

        Raises:
            UsageError: a column that is to name the rows does not exist.
        """
        bad = self._breaks(verdict)
        if bad is None or self.scope is None:
            return None
        schema = self.scope.schema
        for given in self.wanted.unexpected_index_column_names:
            if schema.find(given) is None:
                raise UsageError(f"unexpected_index_column_names: {schema.missing(given)}")
        try:
            return self._found(verdict, bad, schema)
        except (DataError, UsageError):
            raise
        except DQError:
            return None

    def _breaks(self, verdict: Verdict) -> Condition | None:
        """TRUE on the rows that break an expectation; None when rows cannot be told apart."""
        if self.scope is None:
            return None
        try:
            return self.origin.suite.item(verdict.id).expectation.breaks(self.scope)
        except NotEvaluable:
            return None

    def _found(self, verdict: Verdict, bad: Condition, schema: Schema) -> Unexpected:
        domain = [column.name for one in verdict.columns if (column := schema.find(one)) is not None]
        naming = [column.name for one in self.wanted.unexpected_index_column_names
                  if (column := schema.find(one)) is not None]  # fmt: skip
        named = list(dict.fromkeys([*domain, *naming]))
        columns = list(schema.names) if self.wanted.include_unexpected_rows else named
        query = self._query(bad, columns)
        table = self.engine.arrow(query.copy().limit(MOST + 1))
        rows: list[dict[str, Any]] = table.to_pylist()
        complete = len(rows) <= MOST
        rows = rows[:MOST]
        return Unexpected(
            values=[shaped(verdict, [row[column] for column in domain]) for row in rows],
            complete=complete,
            places=[{c: row[c] for c in named} if naming else row[self.number] for row in rows],
            rows=[{column: row[column] for column in columns} for row in rows],
            query=self._told(bad, [row[self.number] for row in rows], complete),
        )

    def _query(self, bad: Condition, columns: list[str]) -> exp.Select:
        """The bad rows in the order of the data, numbered from 0."""
        render = self.engine.render
        place = exp.Sub(
            this=exp.Window(this=exp.Anonymous(this="row_number")), expression=exp.Literal.number(1)
        )
        numbered = exp.select(exp.Star(), exp.alias_(place, name(self.number))).from_(render.table(""))
        inner = exp.Subquery(this=numbered, alias=exp.TableAlias(this=name("dq_numbered")))
        selected: list[Node] = [exp.column(name(column)) for column in [*columns, self.number]]
        query = narrowed(render, exp.select(*selected).from_(inner), bad)
        return query.order_by(exp.column(name(self.number)))

    def _told(self, bad: Condition, places: list[int], complete: bool) -> str:
        """How the rows are found again: by their places in a frame, by a query of DuckDB in files."""
        if isinstance(self.origin.sources[""], TableSource) and complete:
            return f"df.filter(items={places}, axis=0)"
        render = self.engine.render
        return render.to_sql(narrowed(render, exp.select(exp.Star()).from_(render.table("")), bad))
