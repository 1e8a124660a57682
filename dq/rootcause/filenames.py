"""File names as people say them: the shortest tail that tells today's files apart, without query strings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from dq.rootcause import nodes

_QUERY = re.compile(r"[?#].*$", re.DOTALL)


@dataclass(frozen=True)
class Style:
    """How long the tails are, and how they are matched.

    Attributes:
        parts: path components kept from the end; 0 keeps the whole name.
        prefixed: every name has a `/` before its tail, so that `ends with /tail` is exact.
        query: names carry a query string, which is never shown.
    """

    parts: int
    prefixed: bool
    query: bool

    def label(self, name: str) -> str:
        """The tail of one file name."""
        path = _QUERY.sub("", name)
        return "/".join(path.split("/")[-self.parts :]) if self.parts else path

    def condition(self, column: str, label: str) -> exp.Expression:
        """SQL that is TRUE for the rows of the file with this label."""
        tail = f"/{label}" if self.prefixed else label
        value = nodes.column(column)
        if self.query:
            position = exp.StrPosition(this=value, substr=nodes.literal(f"{tail}?"))
            return exp.GT(this=position, expression=nodes.literal(0))
        if not self.prefixed:
            return exp.EQ(this=value, expression=nodes.literal(tail))
        right = exp.Right(this=value, expression=nodes.literal(len(tail)))
        return exp.EQ(this=right, expression=nodes.literal(tail))


def style(names: Iterable[str | None]) -> Style:
    """The shortest unambiguous style for these names; NULL and repeats are ignored."""
    known = sorted({name for name in names if name})
    paths = [_QUERY.sub("", name) for name in known]
    query = any(path != name for path, name in zip(paths, known, strict=True))
    depth = max((path.count("/") + 1 for path in paths), default=1)
    for parts in range(1, depth):
        tails = {"/".join(path.split("/")[-parts:]) for path in paths}
        if len(tails) == len(set(paths)):
            return Style(parts, all(path.count("/") >= parts for path in paths), query)
    return Style(0, False, query)


def shorten(column: Any, chosen: Style) -> Any:
    """An Arrow column of file names with each name replaced by its label; NULL stays NULL."""
    import pyarrow as pa

    coded = column.combine_chunks().dictionary_encode() if hasattr(column, "combine_chunks") else column
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    labels = [None if name is None else chosen.label(name) for name in coded.dictionary.to_pylist()]
    return pa.array(labels, pa.string()).take(coded.indices)
