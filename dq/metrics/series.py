"""Neighbouring values of a series, and the steps between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dq.metrics.base import QueryMetric, State
from dq.sql.words import Column, Scalar, Term

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node

    from dq.sql.render import Renderer


@dataclass(frozen=True, kw_only=True)
class Gaps(QueryMetric):
    """Steps between neighbouring values, in order of size, that are larger than `most`. Not mergeable.

    Nulls are left out. Value: `{"gaps": int, "rows": int, "largest": number | None, "intervals": tuple}`.
    `rows` is the number of values right behind a gap, or right before one that reaches to `end`, in each
    series; a value may be both, so there may be fewer of them than gaps. `largest` is the largest step of
    all, None without one. `intervals` are the largest gaps, at most 20: `(size, from, to, group)`, the group
    as text.

    Attributes:
        of: a number; no NaN among its values.
        most: the largest step that is no gap.
        by: each combination of these is a series of its own; null is a value like any other.
        start: where every series must begin; None for anywhere.
        end: where every series must end; None for anywhere.
    """

    of: Term
    most: Scalar
    by: tuple[Column, ...] = ()
    start: Scalar = None
    end: Scalar = None

    def query(self, render: Renderer) -> Node:
        """Neighbours within each series, then one aggregation."""
        from dq.sql import series

        looked = series.Series(self.of, self.by, self.start, self.end, self.where, self.source)
        return series.gaps(render, looked, self.most)

    def value(self, state: State) -> Any:
        """`{"gaps", "rows", "largest", "intervals"}`."""
        before, behind, rows, step, rest, *found = state
        sizes = [size for size in (step, rest) if size is not None]
        intervals = [
            (-one["n"], one["f"], one["t"], tuple(one[f"g{i}"] for i in range(len(self.by))))
            for part in found
            for one in part or ()
        ]
        largest = sorted(intervals, key=lambda one: (-one[0], one[1]))[:20]
        return {
            "gaps": before + behind,
            "rows": rows,
            "largest": max(sizes, default=None),
            "intervals": tuple(largest),
        }
