"""Which rows of a file are bad, taken off a sorted stream piece by piece."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from dq.errors import EngineError
from dq.rows.look import Look
from dq.rows.rules import Rules

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


class Marks:
    """The bad rows of a look, in the order of files and rows, handed out once.

    Whoever asks must ask in that order too: file by file as `FileSource.files` lists them, row by row.

    Args:
        look: open; its engine is busy until `close`.
        rules: what makes a row bad.
    """

    def __init__(self, look: Look, rules: Rules) -> None:
        self._place = look.names.place
        self._batches: Generator[pa.RecordBatch, None, None] | None = None
        if rules.asked:
            self._batches = look.rows(rules.asked, self._place, ordered=True)
        self._empty = look.types(self._place)
        self._batch: pa.RecordBatch | None = None
        self._at = 0
        self._rows: NDArray[np.int64] | None = None
        self._same_file: NDArray[np.int64] | None = None
        self.taken = 0
        """Bad rows handed out so far."""

    def take(self, file: str | None, start: int, stop: int) -> tuple[NDArray[np.int64], pa.Table]:
        """The bad rows of one piece of a file.

        Args:
            file: as the source names it; None for a table in memory.
            start: place of the piece's first row in its file.
            stop: place behind its last row.

        Returns:
            Their places, counted from `start`, rising; and a table with reasons and their number.

        Raises:
            EngineError: the query failed.
        """
        import numpy as np
        import pyarrow as pa

        places: list[NDArray[np.int64]] = []
        parts: list[pa.RecordBatch] = []
        while self._fill():
            assert self._batch is not None  # noqa: S101 - `_fill` said so
            rows, end = self._within(file)
            upto = self._at + int(np.searchsorted(rows[self._at : end], stop))
            if upto > self._at:
                places.append(rows[self._at : upto] - start)
                parts.append(self._batch.slice(self._at, upto - self._at))
                self._at = upto
            if upto < self._batch.num_rows:
                break
        found = np.concatenate(places) if places else np.empty(0, dtype=np.int64)
        self.taken += len(found)
        return found, pa.Table.from_batches(parts, self._empty).select(self._empty.names[len(self._place) :])

    def finish(self) -> None:
        """Make sure that every bad row was handed out.

        Raises:
            EngineError: some were not: the rows that were read are not those that were judged.
        """
        if self._fill():
            raise EngineError(
                "bad rows were found at places that no file has; nothing was written. The files may have "
                "changed meanwhile: run again"
            )

    def close(self) -> None:
        """Let go of the engine."""
        if self._batches is not None:
            self._batches.close()

    def _fill(self) -> bool:
        """Whether a bad row is at hand, fetching more when there is none."""
        while self._batch is None or self._at >= self._batch.num_rows:
            if self._batches is None:
                return False
            batch = next(self._batches, None)
            if batch is None:
                self._batches = None
                return False
            self._batch, self._at, self._rows, self._same_file = batch, 0, None, None
        return True

    def _within(self, file: str | None) -> tuple[NDArray[np.int64], int]:
        """Places of the batch at hand, and where in it the rows of a file end that begin where we stand."""
        import numpy as np
        import pyarrow.compute as pc

        batch: Any = self._batch
        if self._rows is None:
            self._rows = batch.column(len(self._place) - 1).to_numpy()
            if file is not None:
                numbers = pc.dictionary_encode(batch.column(0)).indices.to_numpy()
                self._same_file = np.append(np.flatnonzero(np.diff(numbers)) + 1, batch.num_rows)
        if file is None:
            return self._rows, batch.num_rows
        if batch.column(0)[self._at].as_py() != file:
            return self._rows, self._at
        ends = self._same_file
        assert ends is not None  # noqa: S101 - made together with the places
        return self._rows, int(ends[np.searchsorted(ends, self._at, side="right")])
