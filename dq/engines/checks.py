"""Checks that are computed in Python, as functions over Arrow columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from dq.sql.words import Check

_REMEMBERED = 100_000
"""Answers that a check keeps, so that a value that comes again is not asked again."""


def function_of(check: Check) -> Callable[[pa.Array], pa.Array]:
    """A function from a text column to a boolean column; each different value is asked once.

    Args:
        check: what is asked.

    Returns:
        A function that maps null to null. It remembers a bounded number of answers.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    answers: dict[str, bool] = {}

    def accepted(column: pa.Array) -> pa.Array:
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        encoded = pc.dictionary_encode(column)
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.combine_chunks()
        values = encoded.dictionary.to_pylist()
        asked = [value for value in values if value not in answers]
        fresh = check.accepts(asked) if asked else []
        each = fresh
        if len(asked) < len(values):
            rest = iter(fresh)
            each = [answers[value] if value in answers else next(rest) for value in values]
        if len(answers) + len(fresh) <= _REMEMBERED:
            answers.update(zip(asked, fresh, strict=True))
        return pa.array(each, pa.bool_()).take(encoded.indices)

    accepted.__annotations__.clear()  # DuckDB evaluates them, without this module's names
    return accepted
