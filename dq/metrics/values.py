"""Metrics about the different values of a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from dq.metrics.base import Grain, QueryMetric, State, TableMetric
from dq.sql.words import Aggregate, CountDistinct, Lit, Smallest, Term

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node

    from dq.sql.render import Renderer


@dataclass(frozen=True, kw_only=True)
class DistinctValues(TableMetric):
    """How many different non-null values there are, and the smallest of them. Not mergeable.

    Value: `{"count": int, "sample": tuple}`; the sample is in order. All NaNs are one value.

    Attributes:
        of: the term.
        most: values that the sample holds at most.
    """

    of: Term
    most: int = 20

    def aggregates(self) -> tuple[Aggregate, ...]:
        """`count(distinct of)` and the smallest values."""
        return (CountDistinct((self.of,), self.where), Smallest(self.of, self.most, self.where))

    def value(self, state: State) -> Any:
        """`{"count", "sample"}`."""
        return {"count": state[0], "sample": tuple(state[1] or ())}


@dataclass(frozen=True, kw_only=True)
class Modes(QueryMetric):
    """The most frequent non-null values. Not mergeable. All NaNs are one value.

    Value: `{"modes": int, "count": int | None, "sample": tuple, "among": int}`: how many values share the
    highest count, that count, the smallest of those values, and how many of them are `among` given ones.

    Attributes:
        of: the term.
        among: the given values.
        most: values that the sample holds at most.
    """

    of: Term
    among: tuple[Lit, ...] = ()
    most: int = 20

    def query(self, render: Renderer) -> Node:
        """Group by the value and count; keep the highest."""
        from dq.sql import queries

        return queries.modes(render, self.source, self.of, self.where, self.among, self.most)

    def value(self, state: State) -> Any:
        """`{"modes", "count", "sample", "among"}`."""
        modes, count, sample, among = state
        return {"modes": modes, "count": count, "sample": tuple(sample or ()), "among": among}


@dataclass(frozen=True, kw_only=True)
class SharedRows(QueryMetric):
    """Rows that the results of two queries share, as multisets; columns match by position.

    Null equals null. Numbers equal numbers of another type; otherwise values of different kinds are unequal.
    Value: `{"rows": int, "other_rows": int, "shared": int}`.

    Attributes:
        text: the author's query; `{batch}` stands for the dataset.
        other_text: the query to compare with; `{source_table}` stands for the other dataset.
        other: name of the other dataset; empty for the dataset under test.
    """

    grain: ClassVar[Grain] = Grain.SQL
    authored: ClassVar[bool] = True

    text: str
    other_text: str
    other: str = ""

    def query(self, render: Renderer) -> Node:
        """Group both results by all columns, count, and join the groups.

        Raises:
            UnsupportedMetric: the engine cannot tell what a query returns.
        """
        from dq.errors import UnsupportedMetric
        from dq.lake.schema import same_family
        from dq.sql.matching import matched_rows

        if render.describe is None:
            raise UnsupportedMetric(f"{render.dialect} cannot tell the columns of a query")
        left = render.author_query(self.text, self.other)
        right = render.author_query(self.other_text, self.other)
        here, there = render.describe(left), render.describe(right)
        alike = None
        if len(here) == len(there):
            alike = [same_family(a.type, b.type) for a, b in zip(here, there, strict=True)]
        return matched_rows(left, right, alike)

    def value(self, state: State) -> Any:
        """`{"rows", "other_rows", "shared"}`."""
        return dict(zip(("rows", "other_rows", "shared"), state, strict=True))
