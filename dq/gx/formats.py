"""How much a result in Great Expectations' shape says: its `result_format`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from dq.errors import UsageError, did_you_mean

LEVELS = ("BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE")
_DROPPED = ("map_expectation_unexpected_rows_as_dict",)
"""Accepted, as Great Expectations does, and without meaning here: rows are always mappings."""


@dataclass(frozen=True)
class ResultFormat:
    """A result format with its keys; names and defaults are Great Expectations'.

    Attributes:
        result_format: one of `LEVELS`.
        partial_unexpected_count: values and rows in the partial lists.
        unexpected_index_column_names: columns that name a row, instead of its place from 0.
        include_unexpected_rows: add the rows themselves, as many as the partial lists hold.
        return_unexpected_index_query: add a query for the rows; None as the level says (only `COMPLETE`).
        exclude_unexpected_values: leave the values out.
    """

    result_format: str = "SUMMARY"
    partial_unexpected_count: int = 20
    unexpected_index_column_names: tuple[str, ...] = ()
    include_unexpected_rows: bool = False
    return_unexpected_index_query: bool | None = None
    exclude_unexpected_values: bool = False

    @property
    def rank(self) -> int:
        """0 for BOOLEAN_ONLY to 3 for COMPLETE."""
        return LEVELS.index(self.result_format)

    @property
    def wants_query(self) -> bool:
        """Whether a query for the unexpected rows is wanted."""
        wanted = self.return_unexpected_index_query
        return self.rank == 3 if wanted is None else wanted


def parse(given: str | Mapping[str, Any]) -> ResultFormat:
    """A result format from its name, or from the mapping that Great Expectations takes.

    Raises:
        UsageError: an unknown name or key, or a value of the wrong kind.
    """
    keys: dict[str, Any] = {"result_format": given} if isinstance(given, str) else dict(given)
    for dropped in _DROPPED:
        keys.pop(dropped, None)
    known = [field.name for field in fields(ResultFormat)]
    for key in keys:
        if key not in known:
            raise UsageError(f"result_format has no key '{key}'.{did_you_mean(key, known)}")
    level = keys.get("result_format", "SUMMARY")
    if level not in LEVELS:
        hint = did_you_mean(str(level).upper(), LEVELS)
        raise UsageError(f"result_format {level!r} is unknown.{hint} Expected: {', '.join(LEVELS)}.")
    count = keys.get("partial_unexpected_count", 20)
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise UsageError(f"partial_unexpected_count must be a whole number from 0 up, got {count!r}")
    names = keys.get("unexpected_index_column_names") or ()
    keys["unexpected_index_column_names"] = (names,) if isinstance(names, str) else tuple(names)
    return ResultFormat(**keys)
