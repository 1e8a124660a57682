"""Metrics: the value objects that expectations ask for and the planner answers.

A metric says which aggregate, over which terms, under which filter, of which relation. Equal metrics are
computed once. At table grain a metric has a *state*, a tuple of numbers that an engine returns; where the
states of two disjoint sets of rows can be merged into that of their union, `mergeable` is true and `merge`
is associative and commutative with `empty` as identity (the algebra of Schelter et al., "Automating
large-scale data quality verification", VLDB 2018; ADR 0001).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Literal, TypeAlias

from dq.sql.words import Aggregate, Column, Condition, Count, CountDistinct, Double, Fold, Quantile, Term

State: TypeAlias = tuple[Any, ...]
"""What an engine returns for one metric: one value per aggregate."""


class Grain(str, Enum):
    """What it takes to answer a metric."""

    CATALOG = "catalog"
    """No scan: schema and file metadata."""
    TABLE = "table"
    """Shares a SELECT with others of its relation."""
    GROUP = "group"
    """A query of its own per set of keys."""
    SQL = "sql"
    """The author's own query."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """Base of every metric.

    Attributes:
        where: filter; only rows on which it is TRUE take part.
        source: name of the relation; empty for the dataset under test, `input` for what it was made from.
    """

    grain: ClassVar[Grain] = Grain.TABLE
    mergeable: ClassVar[bool] = False

    where: Condition | None = None
    source: str = ""

    def value(self, state: State) -> Any:
        """What expectations judge, from the state."""
        return state[0]


@dataclass(frozen=True, kw_only=True)
class TableMetric(Metric):
    """A metric answered by aggregates in a shared SELECT."""

    def aggregates(self) -> tuple[Aggregate, ...]:
        """The aggregates whose values, in this order, are the state."""
        raise NotImplementedError

    @property
    def empty(self) -> State:
        """The state of no rows: the identity of `merge`."""
        raise NotImplementedError

    def merge(self, a: State, b: State) -> State:
        """The state of the union of two disjoint sets of rows.

        Raises:
            TypeError: this metric cannot be merged.
        """
        raise TypeError(f"{type(self).__name__} has no merge: it needs the rows, not two numbers")


@dataclass(frozen=True, kw_only=True)
class RowCount(TableMetric):
    """Number of rows (within the filter). Value: int."""

    mergeable: ClassVar[bool] = True

    def aggregates(self) -> tuple[Aggregate, ...]:
        """`count(*)`."""
        return (Count(self.where),)

    @property
    def empty(self) -> State:
        """No rows."""
        return (0,)

    def merge(self, a: State, b: State) -> State:
        """Counts add."""
        return (a[0] + b[0],)


@dataclass(frozen=True, kw_only=True)
class CountWhere(TableMetric):
    """Number of rows on which a condition is TRUE (within the filter). Value: int."""

    mergeable: ClassVar[bool] = True

    condition: Condition

    def aggregates(self) -> tuple[Aggregate, ...]:
        """`count(condition and where)`."""
        from dq.sql.words import both

        return (Count(both(self.where, self.condition)),)

    @property
    def empty(self) -> State:
        """No rows."""
        return (0,)

    def merge(self, a: State, b: State) -> State:
        """Counts add."""
        return (a[0] + b[0],)


@dataclass(frozen=True, kw_only=True)
class Extreme(TableMetric):
    """Smallest or largest non-null value. Value: of the term's type, None when there is none."""

    mergeable: ClassVar[bool] = True

    which: Literal["min", "max"]
    of: Term

    def aggregates(self) -> tuple[Aggregate, ...]:
        """`min(of)` or `max(of)`."""
        return (Fold(self.which, self.of, self.where),)

    @property
    def empty(self) -> State:
        """No value."""
        return (None,)

    def merge(self, a: State, b: State) -> State:
        """The smaller, or the larger, of those that exist."""
        if a[0] is None or b[0] is None:
            return a if b[0] is None else b
        return (min(a[0], b[0]) if self.which == "min" else max(a[0], b[0]),)


@dataclass(frozen=True, kw_only=True)
class Total(TableMetric):
    """Sum of the non-null values. Value: number of the column's family, None when there is none."""

    mergeable: ClassVar[bool] = True

    of: Term

    def aggregates(self) -> tuple[Aggregate, ...]:
        """`sum(of)`."""
        return (Fold("sum", self.of, self.where),)

    @property
    def empty(self) -> State:
        """No value."""
        return (None,)

    def merge(self, a: State, b: State) -> State:
        """Sums add; no value is the identity."""
        if a[0] is None or b[0] is None:
            return a if b[0] is None else b
        return (a[0] + b[0],)


@dataclass(frozen=True, kw_only=True)
class Moments(TableMetric):
    """Count, mean and population variance of a numeric term, as doubles.

    State `(n, mean, variance)`; merged by Chan, Golub and LeVeque (1983), eq. 2.1. Value: the state with
    the *sample* standard deviation: `{"n": int, "mean": float|None, "stdev": float|None}`; stdev is None
    below two values.
    """

    mergeable: ClassVar[bool] = True

    of: Term

    def aggregates(self) -> tuple[Aggregate, ...]:
        """Count of non-null values, mean and population variance."""
        from dq.sql.words import IsNull, Not, both

        present = both(self.where, Not(IsNull(self.of)))
        term = Double(self.of)
        return (Count(present), Fold("avg", term, self.where), Fold("var_pop", term, self.where))

    @property
    def empty(self) -> State:
        """No rows."""
        return (0, None, None)

    def merge(self, a: State, b: State) -> State:
        """Pairwise update of mean and squared deviations."""
        if not a[0] or not b[0]:
            return a if not b[0] else b
        n = a[0] + b[0]
        delta = b[1] - a[1]
        squares = a[2] * a[0] + b[2] * b[0] + delta * delta * a[0] * b[0] / n
        return (n, a[1] + delta * b[0] / n, squares / n)

    def value(self, state: State) -> Any:
        """`{"n", "mean", "stdev"}`."""
        n, mean, variance = state
        stdev = math.sqrt(variance * n / (n - 1)) if n and n > 1 and variance is not None else None
        return {"n": n, "mean": mean, "stdev": stdev}


@dataclass(frozen=True, kw_only=True)
class QuantileOf(TableMetric):
    """Exact quantile of the non-null values. Not mergeable: it needs the rows. None when there is none."""

    of: Term
    q: float
    method: Literal["cont", "disc"] = "cont"

    def aggregates(self) -> tuple[Aggregate, ...]:
        """The quantile aggregate."""
        return (Quantile(self.of, self.q, self.method, self.where),)


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
class KeyReconciliation(Metric):
    """Keys of this dataset against those of the input. NULL equals NULL here: a key is a tuple.

    Value: a mapping from the names in `RECONCILED` to ints. `lost`: keys of the input that are gone.
    `gained`: keys that the input does not have. Fanned out: keys that have more rows here than in the
    input, and how many rows more that makes.
    """

    grain: ClassVar[Grain] = Grain.GROUP

    of: tuple[Column, ...]
    keys: tuple[Column, ...]
    other: str = "input"

    def value(self, state: State) -> Any:
        """The eight counts by name."""
        return dict(zip(RECONCILED, state, strict=True))


@dataclass(frozen=True, kw_only=True)
class AuthorRows(Metric):
    """Number of rows that the author's query returns. `{batch}` stands for the dataset. Value: int."""

    grain: ClassVar[Grain] = Grain.SQL

    query: str
