"""What every engine offers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from dq.lake.schema import Schema
from dq.lake.source import Source
from dq.plan import Ability, Question, RelationFacts
from dq.sql.words import Column

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray
    from sqlglot.expressions import Expr as Node

    from dq.sql.render import Renderer


class Engine(Protocol):
    """One run's view of its datasets: the one under test is `""`, what it was made from is `input`.

    Attributes:
        name: e.g. `duckdb`.
        version: of the engine itself.
        ability: what it can do and what pays off.
        render: its dialect, knowing its tables.
        queries: how many queries it has run so far.
    """

    name: str
    version: str
    ability: Ability
    render: Renderer
    queries: int

    def schema(self, source: str = "") -> Schema | None:
        """Columns of a relation; None when it holds no file and so has none."""
        ...

    def add(
        self, source: str, about: Source, file_name: str | None = None, row_number: str | None = None
    ) -> Schema | None:
        """Make one more source readable under a name; its schema, or None when it holds no file.

        Args:
            source: the name in words.
            about: what to read.
            file_name: when given, files get a column of that name that holds each row's file.
            row_number: when given, a column of that name holds each row's place in its file, from 0.

        Raises:
            DataError: it cannot be read.
        """
        ...

    def reset(self, sources: Mapping[str, Source]) -> None:
        """Forget every source and read these instead; the query count starts anew.

        Args:
            sources: dataset name to source.

        Raises:
            DataError: a source cannot be read.
        """
        ...

    def defer(self, source: str, about: Source, schema: Schema) -> None:
        """Make a source readable under a name, and open it only when the first query comes.

        Args:
            source: the name in words.
            about: what to read.
            schema: its columns, as they are known from elsewhere.
        """
        ...

    def facts(self, source: str = "") -> RelationFacts:
        """What metadata says exactly; empty facts when it says nothing."""
        ...

    def probe(self, source: str, columns: Sequence[Column]) -> tuple[int, Mapping[str, int]]:
        """Rows looked at, and distinct values seen per column: hints only. (0, {}) when it cannot."""
        ...

    def expect(self, questions: Sequence[Question]) -> None:
        """Learn what will be asked, before it is; for engines whose data is far away."""
        ...

    def rows(self, query: Node, *, authored: bool = False, pruned: bool = False) -> list[tuple[Any, ...]]:
        """All rows of a query.

        Args:
            query: one statement.
            authored: it holds a query by a suite's author, which may be of any shape.
            pruned: row groups may be skipped by their statistics: for filters on columns whose statistics
                are exact.

        Raises:
            EngineError: the query failed.
        """
        ...

    def arrow(self, query: Node) -> pa.Table:
        """All rows of a query as an Arrow table.

        Raises:
            EngineError: the query failed.
        """
        ...

    def batches(self, query: Node, rows: int) -> Iterator[pa.RecordBatch]:
        """The rows of a query as Arrow batches, fetched as they are taken; no other query meanwhile.

        Args:
            query: one statement.
            rows: of a batch, about.

        Raises:
            EngineError: the query failed, perhaps half way.
        """
        ...

    def codes(self, query: Node) -> NDArray[Any]:
        """The only column of a query, whole numbers of 64 bits without a null; in no order.

        Raises:
            EngineError: the query failed.
        """
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...
