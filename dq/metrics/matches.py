"""Another dataset against this one: row by row, or an aggregate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dq.metrics.base import QueryMetric, State
from dq.sql.words import Aggregate, Column, Condition, DiffersFrom, Scalar, SqlTerm

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node

    from dq.sql.render import Renderer

MATCHED = (
    "rows",
    "rows_there",
    "keys_in_both",
    "keys_differing",
    "repeated",
    "only_here",
    "only_there",
    "no_equal",
)
"""The counts of a row match, in the order of its state."""


@dataclass(frozen=True, kw_only=True)
class RowMatch(QueryMetric):
    """How many rows have no equal in another dataset, and why. Not mergeable.

    Value: a mapping from the names in `MATCHED` to ints, with `by_value`, a tuple of how many keys differ in
    each value, and `examples`, at most 20 pairs of a key as texts and what is wrong with it. `repeated`,
    `only_here` and `no_equal` count rows here, `only_there` rows over there. The filters are those of `of`.

    Attributes:
        of: what is compared.
    """

    of: DiffersFrom

    @property
    def other(self) -> str:
        """The other dataset."""
        return self.of.source

    def query(self, render: Renderer) -> Node:
        """A full join by key."""
        from dq.sql import row_match

        return row_match.compared(render, self.of)

    def value(self, state: State) -> Any:
        """The counts by name."""
        counts, (examples, *by_value) = state[: len(MATCHED)], state[len(MATCHED) :]
        keys = range(len(self.of.key))
        named = tuple((tuple(one[f"k{i}"] for i in keys), one["what"]) for one in examples or ())
        found = dict(zip(MATCHED, counts, strict=True))
        return {**found, "by_value": tuple(by_value), "examples": named}


@dataclass(frozen=True, kw_only=True)
class AggregateMatch(QueryMetric):
    """An aggregate here against one of another dataset, as a whole or group by group. Not mergeable.

    Value: `{"groups", "differing", "only_here", "only_there", "here", "there", "examples"}`. Without groups
    there is one, and `here` and `there` are its values. `examples` holds at most 20 groups that differ:
    `(group, value here, value there)`, as texts.

    Attributes:
        of: the aggregate; a term only as an aggregate in the author's SQL.
        by: columns that it is grouped by.
        other: the other dataset.
        other_of: the aggregate over there.
        other_by: the columns over there.
        other_where: the filter over there.
        absolute: the largest difference that is none; None for no such tolerance.
        relative: the same as a share of the value over there.
    """

    of: Aggregate | SqlTerm
    other: str
    other_of: Aggregate | SqlTerm
    by: tuple[Column, ...] = ()
    other_by: tuple[Column, ...] = ()
    other_where: Condition | None = None
    absolute: Scalar = None
    relative: Scalar = None

    def query(self, render: Renderer) -> Node:
        """A full join of two groupings."""
        from dq.sql import group_match

        here = group_match.Side("", self.of, self.by, self.where)
        there = group_match.Side(self.other, self.other_of, self.other_by, self.other_where)
        return group_match.compared(render, here, there, self.absolute, self.relative)

    def value(self, state: State) -> Any:
        """The counts and values by name."""
        names = ("groups", "differing", "only_here", "only_there", "here", "there")
        found = dict(zip(names, state, strict=False))
        examples = tuple(
            (tuple(one[f"k{i}"] for i in range(len(self.by))), one["here"], one["there"])
            for one in state[-1] or ()
        )
        return {**found, "examples": examples}
