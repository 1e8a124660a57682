"""How many rows, and how many of some kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dq.metrics.base import State, TableMetric
from dq.sql.words import Aggregate, Condition, Count, both


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
        return (Count(both(self.where, self.condition)),)

    @property
    def empty(self) -> State:
        """No rows."""
        return (0,)

    def merge(self, a: State, b: State) -> State:
        """Counts add."""
        return (a[0] + b[0],)
