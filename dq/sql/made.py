"""Queries that were made already, for whoever asks the same of other data."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node

MOST = 200
"""Queries that are kept; a suite on one partition after the other asks fewer."""


class Made:
    """Queries by what they answer, and their texts; a bounded number of them."""

    def __init__(self) -> None:
        self._queries: dict[Hashable, Node] = {}
        self._texts: dict[int, str] = {}

    def once(self, key: Hashable, make: Callable[[], Node]) -> Node:
        """The query that answers a key, made once. It must not be changed.

        Args:
            key: what is asked; equal keys must mean equal queries, whatever the data holds.
            make: makes the query.
        """
        known = self._queries.get(key)
        if known is None:
            if len(self._queries) >= MOST:
                self._queries.clear()
                self._texts.clear()
            known = self._queries[key] = make()
            self._texts[id(known)] = ""
        return known

    def text(self, query: Node, spell: Callable[[Node], str]) -> str:
        """The text of a query, spelled once if it is kept here."""
        text = self._texts.get(id(query)) or spell(query)
        if id(query) in self._texts:
            self._texts[id(query)] = text
        return text

    def __len__(self) -> int:
        return len(self._queries)
