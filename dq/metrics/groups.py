"""Metrics that need the rows in groups: distinct values, duplicates, keys against keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from dq.metrics.base import Grain, Metric, QueryMetric, State, TableMetric
from dq.sql.words import Aggregate, Column, CountDistinct, Term

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node

    from dq.sql.render import Renderer


@dataclass(frozen=True, kw_only=True)
class DistinctCount(TableMetric):
    """Number of different non-null values (tuples without a null). Not mergeable. Value: int."""

    of: tuple[Column, ...]

    def aggregates(self) -> tuple[Aggregate, ...]:
        """`count(distinct of)`."""
        return (CountDistinct(self.of, self.where),)


@dataclass(frozen=True, kw_only=True)
class Duplicates(Metric):
    """Rows that share their key with another row; keys with a null in them are left out.

    Value: `{"rows": int, "keys": int, "sample": tuple}`: every copy counts as a row, so `1, 1, 1, 2` gives
    3 rows, 1 key. The sample holds the smallest repeated keys, at most 20: values, or tuples when there are
    several columns.
    """

    grain: ClassVar[Grain] = Grain.GROUP

    of: tuple[Column, ...]

    def value(self, state: State) -> Any:
        """`{"rows", "keys", "sample"}`."""
        return {"rows": state[0], "keys": state[1], "sample": state[2]}


RECONCILED = (
    "input_rows",
    "rows",
    "input_keys",
    "keys",
    "lost",
    "gained",
    "fanned_out_keys",
    "fanned_out_rows",
)
"""The counts of a key reconciliation, in the order of its state."""


@dataclass(frozen=True, kw_only=True)
class KeyReconciliation(QueryMetric):
    """Keys of this dataset against those of the input. NULL equals NULL here: a key is a tuple.

    Value: a mapping from the names in `RECONCILED` to ints. `lost`: keys of the input that are gone.
    `gained`: keys that the input does not have. Fanned out: keys that have more rows here than in the
    input, and how many rows more that makes.
    """

    of: tuple[Column, ...]
    keys: tuple[Column, ...]
    other: str = "input"

    def query(self, render: Renderer) -> Node:
        """A full join of two key counts."""
        from dq.sql import queries

        return queries.reconciliation(render, self.of, self.other, self.keys)

    def value(self, state: State) -> Any:
        """The eight counts by name."""
        return dict(zip(RECONCILED, state, strict=True))


@dataclass(frozen=True, kw_only=True)
class AuthorRows(QueryMetric):
    """Number of rows that the author's query returns. `{batch}` stands for the dataset. Value: int."""

    grain: ClassVar[Grain] = Grain.SQL
    authored: ClassVar[bool] = True

    text: str

    def query(self, render: Renderer) -> Node:
        """The number of rows of the author's query."""
        from dq.sql import queries

        return queries.count_rows(render.author_query(self.text))


@dataclass(frozen=True, kw_only=True)
class AuthorValue(QueryMetric):
    """The one value that the author's query returns; None when it returns no row.

    `{batch}` stands for the dataset. Several rows or columns make it fail.
    """

    grain: ClassVar[Grain] = Grain.SQL
    authored: ClassVar[bool] = True

    text: str

    def query(self, render: Renderer) -> Node:
        """The author's query as a single value."""
        from sqlglot import exp

        return exp.select(exp.Subquery(this=render.author_query(self.text)))


@dataclass(frozen=True, kw_only=True)
class ValueCounts(QueryMetric):
    """How often the values of a term occur; nulls are left out, all NaNs are one value.

    Value: `{"distinct": int, "rows": int, "entropy": float | None, "top": tuple}`. `entropy` is Shannon's, in
    bits, None without values. `top` holds `(value, count)` of the most frequent values, ties by the smaller
    value first.

    Attributes:
        of: the term.
        most: values that `top` holds at most.
    """

    of: Term
    most: int = 20

    def query(self, render: Renderer) -> Node:
        """Group by the value and count; then sum up the groups."""
        from dq.sql import queries

        return queries.value_counts(render, self.source, self.of, self.where, self.most)

    def value(self, state: State) -> Any:
        """`{"distinct", "rows", "entropy", "top"}`."""
        distinct, rows, entropy, top = state
        pairs = tuple((pair["v"], -pair["n"]) for pair in top or ())
        return {"distinct": distinct, "rows": rows, "entropy": entropy, "top": pairs}
