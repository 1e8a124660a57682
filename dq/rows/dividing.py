"""Rows on their way into one of two datasets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dq.errors import StoreError
from dq.rows.datasets import NewDataset
from dq.rows.look import Names
from dq.rows.marks import Marks
from dq.rows.pieces import StoredFile

if TYPE_CHECKING:
    import pyarrow as pa


class Dividing:
    """Takes files one after the other, in the order of the source.

    Args:
        good: gets the rows that are not marked.
        bad: gets the others, with reasons.
        marks: which rows are bad.
        names: of the columns that the bad ones get.
    """

    def __init__(self, good: NewDataset, bad: NewDataset, marks: Marks, names: Names) -> None:
        self.good, self.bad, self._marks, self._names = good, bad, marks, names
        self.rows = 0
        """Of all files so far."""
        self.reasons: Counter[str] = Counter()
        """Bad rows by id of the expectation that they break."""
        self._first: StoredFile | None = None

    def file(self, stored: StoredFile) -> None:
        """Split one file.

        Raises:
            StoreError: a dataset cannot be written, or rows got lost on the way.
        """
        self._first = self._first or stored
        good = self.good.file(stored.path, stored.schema, stored.compression)
        bad = self.bad.file(stored.path, self._with_reasons(stored.schema), stored.compression)
        place = 0
        for piece in stored.pieces:
            places, why = self._marks.take(stored.file, place, place + piece.num_rows)
            self._divide(piece, place, places, why, good.add, bad.add)
            place += piece.num_rows
        good.close()
        bad.close()
        self.rows += place
        written = self.good.rows.get(stored.path, 0) + self.bad.rows.get(stored.path, 0)
        if written != place:
            raise StoreError(f"{stored.file or stored.path}: {place:,} rows were read, {written:,} written")

    def finish(self) -> None:
        """Complete both datasets; one without rows gets an empty file, for its columns."""
        self._marks.finish()
        first = self._first
        if first is None:
            return
        for dataset, schema in ((self.good, first.schema), (self.bad, self._with_reasons(first.schema))):
            if not dataset.rows:
                dataset.file(first.path, schema, first.compression).close(even_empty=True)

    def _divide(
        self,
        piece: pa.RecordBatch,
        start: int,
        places: Any,
        why: pa.Table,
        good: Callable[[pa.RecordBatch], None],
        bad: Callable[[pa.RecordBatch], None],
    ) -> None:
        import numpy as np
        import pyarrow as pa

        if not len(places):
            good(piece)
            return
        keep = np.ones(piece.num_rows, dtype=bool)
        keep[places] = False
        good(piece.filter(pa.array(keep)))
        taken = piece.filter(pa.array(~keep))
        reasons, counts = (_whole(why.column(name)) for name in (self._names.reasons, self._names.count))
        self.reasons.update(reasons.flatten().to_pylist())
        added = [pa.array(places + start), reasons, counts]
        bad(pa.RecordBatch.from_arrays([*taken.columns, *added], schema=self._with_reasons(piece.schema)))

    def _with_reasons(self, schema: pa.Schema) -> pa.Schema:
        import pyarrow as pa

        names = self._names
        added = [
            pa.field(names.row, pa.int64()),
            pa.field(names.reasons, pa.list_(pa.string())),
            pa.field(names.count, pa.int32()),
        ]
        return pa.schema([*schema, *added], metadata=schema.metadata)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    import pyarrow as pa

    whole = column.combine_chunks()
    return whole if not isinstance(whole, pa.ChunkedArray) else whole.chunk(0)
