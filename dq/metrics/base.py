"""The base of metrics: the value objects that expectations ask for and the planner answers.

A metric says which aggregate, over which terms, under which filter, of which relation. Equal metrics are
computed once. At table grain a metric has a *state*, a tuple of numbers that an engine returns; where the
states of two disjoint sets of rows can be merged into that of their union, `mergeable` is true and `merge`
is associative and commutative with `empty` as identity (the algebra of Schelter et al., "Automating
large-scale data quality verification", VLDB 2018; ADR 0001).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from dq.sql.inside import relational
from dq.sql.words import Aggregate, Column, Condition

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlglot.expressions import Expr as Node

    from dq.sql.render import Renderer

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
    FOREIGN = "foreign"
    """The rows themselves, read into this process."""


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

    @property
    def merges(self) -> bool:
        """Whether states of disjoint sets of rows merge: its class does, and each row speaks for itself."""
        return self.mergeable and not any(relational(getattr(self, f.name)) for f in fields(self))

    @property
    def empty(self) -> State:
        """The state of no rows: the identity of `merge`.

        Raises:
            TypeError: this metric cannot be merged.
        """
        raise TypeError(f"{type(self).__name__} has no merge: it needs the rows, not two numbers")

    def merge(self, a: State, b: State) -> State:
        """The state of the union of two disjoint sets of rows.

        Raises:
            TypeError: this metric cannot be merged.
        """
        raise TypeError(f"{type(self).__name__} has no merge: it needs the rows, not two numbers")


@dataclass(frozen=True, kw_only=True)
class TableMetric(Metric, ABC):
    """A metric answered by aggregates in a shared SELECT."""

    @abstractmethod
    def aggregates(self) -> tuple[Aggregate, ...]:
        """The aggregates whose values, in this order, are the state."""


@dataclass(frozen=True, kw_only=True)
class QueryMetric(Metric, ABC):
    """A metric that takes a query of its own, which returns one row: the state."""

    grain: ClassVar[Grain] = Grain.GROUP
    authored: ClassVar[bool] = False
    """Whether the query holds author's SQL, which may be of any shape."""

    @abstractmethod
    def query(self, render: Renderer) -> Node:
        """The query, in the dialect of a renderer.

        Raises:
            UnsupportedMetric: the dialect cannot say it exactly.
            SuiteError: author's SQL is not what it should be.
        """


@dataclass(frozen=True, kw_only=True)
class Foreign(Metric, ABC):
    """A metric that no query answers: the rows are read into this process and looked at there.

    Attributes:
        columns: the columns it needs; every column when empty.
        most: rows within the filter beyond which it is refused, since they must fit into memory.
    """

    grain: ClassVar[Grain] = Grain.FOREIGN

    columns: tuple[Column, ...] = ()
    most: int = 1_000_000

    @abstractmethod
    def look(self, rows: pa.Table) -> State:
        """The state, from the rows within the filter.

        Raises:
            EngineError: it cannot be computed.
        """
