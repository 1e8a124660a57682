"""A second look at the data of a result: the rows that break its expectations, with reasons and places."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

from dq.errors import UsageError
from dq.lake.schema import Schema
from dq.lake.source import FileSource
from dq.origin import Origin
from dq.result import Result
from dq.rows.rules import Rule, Rules, rules_of
from dq.sql.flags import flagged_rows
from dq.sql.queries import rows_within
from dq.validation import open_engine, scope_over

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlglot import exp

BATCH_ROWS = 16_384
"""Rows that are held at once while rows stream by; small, since rows may be wide."""

_LOCATED = "dq_located"


@dataclass(frozen=True)
class Names:
    """What the columns are called that dq adds; another name where the data has taken one.

    Attributes:
        file: the file that the row stands in, as an absolute path; None for a table in memory.
        row: the row's place in that file, or in the table, from 0.
        reasons: ids of every expectation that the row breaks, a list in the order of the suite.
        count: how many those are.
    """

    file: str | None
    row: str
    reasons: str
    count: str

    @classmethod
    def beside(cls, columns: Iterable[str], *, files: bool) -> Names:
        """Names that none of the columns has taken; case does not count."""
        taken = {column.lower() for column in columns}
        row, reasons, count, file = (
            _free(wanted, taken) for wanted in ("dq_row", "dq_reasons", "dq_reason_count", "dq_file")
        )
        return cls(file if files else None, row, reasons, count)

    @property
    def place(self) -> tuple[str, ...]:
        """The columns by which a row is found again."""
        return (self.row,) if self.file is None else (self.file, self.row)


def _free(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def origin_of(result: Result) -> Origin:
    """The data at hand.

    Raises:
        UsageError: the result was read back from a record, so there is none.
    """
    if isinstance(result.origin, Origin):
        return result.origin
    where = f" --partition {result.partition}" if result.partition.values else ""
    raise UsageError(
        f"this result of suite '{result.suite}' was read back from a record, so it has no data at hand. "
        "Judge the recorded bytes again with `dq replay RUN --failing-rows DIR` (in Python: "
        "`dq.replay(run_id).result.failing_rows()`), or what lies there now with "
        f"`dq run{where} --failing-rows DIR`"
    )


class Look:
    """The data of a result, opened again, until the `with` block ends.

    Attributes:
        origin: what is looked at.
        schema: columns of the data; None when it holds no file.
        names: of the columns that dq adds.

    Raises:
        DataError: a file changed since the validation.
        UsageError: the result has no data at hand.
    """

    def __init__(self, result: Result) -> None:
        self.result = result
        self.origin = origin_of(result)
        self.origin.unchanged()
        self._engine = open_engine(self.origin)
        self._scope = scope_over(self._engine, self.origin)
        self.schema: Schema | None = None
        source = self.origin.sources[""]
        files = isinstance(source, FileSource)
        self.names = Names.beside((), files=files)
        if self._scope is not None:
            self.schema = self._scope.schema
            self.names = Names.beside(self.schema.names, files=files)
            self._engine.add(_LOCATED, source, self.names.file, self.names.row)

    def __enter__(self) -> Look:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.close()

    def rules(self, wanted: str | Iterable[str] | None) -> Rules:
        """What can be asked row by row; see `rules_of`."""
        return rules_of(self.result, self.origin.suite, self._scope, wanted)

    def rows(
        self, rules: Sequence[Rule], columns: Sequence[str], *, ordered: bool, limit: int | None = None
    ) -> Generator[pa.RecordBatch, None, None]:
        """The rows that break at least one rule, in batches: columns, then reasons and their number.

        Args:
            rules: what is asked; without any there is one empty batch, with the columns and their types.
            columns: of the data or of `names.place`, in the order wanted; at least one.
            ordered: sort by place, where rows may come in another order.
            limit: rows at most.

        Raises:
            EngineError: the query failed.
        """
        query = flagged_rows(
            self._engine.render,
            _LOCATED,
            columns,
            [rule.condition for rule in rules],
            order=self.names.place if ordered else (),
            limit=limit,
        )
        ids = [rule.id for rule in rules]
        for batch in self._engine.batches(query, BATCH_ROWS):
            yield with_reasons(batch, len(columns), ids, self.names)

    def everything(self, columns: Sequence[str]) -> Generator[pa.RecordBatch, None, None]:
        """All rows, in the order of the files.

        Raises:
            EngineError: the query failed.
        """
        yield from self._engine.batches(self._plainly(columns), BATCH_ROWS)

    def everything_types(self, columns: Sequence[str]) -> pa.Schema:
        """The Arrow schema of `everything`."""
        return self._engine.arrow(self._plainly(columns).limit(0)).schema

    def _plainly(self, columns: Sequence[str]) -> exp.Select:
        return rows_within(self._engine.render, _LOCATED, columns, None)

    def types(self, columns: Sequence[str]) -> pa.Schema:
        """The Arrow schema of `rows`."""
        import pyarrow as pa

        if self.schema is None:
            place = {self.names.file: pa.string(), self.names.row: pa.int64()}
            fields = [pa.field(column, place[column]) for column in columns]
        else:
            fields = list(self._engine.arrow(flagged_rows(self._engine.render, _LOCATED, columns, ())).schema)
        return pa.schema([*fields, *_added(self.names)])


def _added(names: Names) -> list[pa.Field]:
    import pyarrow as pa

    return [pa.field(names.reasons, pa.list_(pa.string())), pa.field(names.count, pa.int32())]


def with_reasons(batch: pa.RecordBatch, columns: int, ids: Sequence[str], names: Names) -> pa.RecordBatch:
    """The first columns of a batch; of the booleans behind them, the ids of those that are true."""
    import numpy as np
    import pyarrow as pa

    flags = np.zeros((batch.num_rows, len(ids)), dtype=bool)
    for number in range(len(ids)):
        flags[:, number] = batch.column(columns + number).to_numpy(zero_copy_only=False)
    counts = flags.sum(axis=1, dtype=np.int32)
    offsets = np.concatenate([np.zeros(1, dtype=np.int32), np.cumsum(counts, dtype=np.int32)])
    reasons = pa.array(list(ids), pa.string()).take(pa.array(np.nonzero(flags)[1]))
    listed = pa.ListArray.from_arrays(pa.array(offsets), reasons)
    kept = [batch.column(number) for number in range(columns)]
    fields = [batch.schema.field(number) for number in range(columns)]
    return pa.RecordBatch.from_arrays(
        [*kept, listed, pa.array(counts)], schema=pa.schema([*fields, *_added(names)])
    )
