"""Packing metrics into scans.

One very wide SELECT is slower than a few narrow ones on a columnar reader (measured, see benchmarks), so a
scan holds a bounded number of columns, and metrics on the same columns stay together.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from dq.expectations.authored import columns_named
from dq.metrics import TableMetric
from dq.sql import words as w
from dq.sql.inside import columns_of, walk

_UNKNOWN = "?"
"""Stands for the columns of author's SQL that cannot be read here: such metrics share a scan."""


@dataclass
class _Pack:
    columns: set[str] = field(default_factory=set)
    metrics: list[TableMetric] = field(default_factory=list)
    aggregates: int = 0


def packs(
    metrics: Sequence[TableMetric], max_columns: int, max_aggregates: int
) -> list[tuple[TableMetric, ...]]:
    """Metrics in packs, each column in as few packs as a greedy pass achieves.

    Args:
        metrics: all of one relation.
        max_columns: columns per pack; a single metric that reads more gets a pack of its own.
        max_aggregates: aggregates per pack.

    Returns:
        Packs in a stable order; metrics without a column ride in the first. Empty for no metrics.
    """
    open_: list[_Pack] = []
    ordered = sorted(metrics, key=lambda metric: -len(_columns(metric)))
    for metric in ordered:
        columns = _columns(metric)
        size = len(metric.aggregates())
        best = max(
            (
                pack
                for pack in open_
                if len(pack.columns | columns) <= max_columns and pack.aggregates + size <= max_aggregates
            ),
            key=lambda pack: len(pack.columns & columns),
            default=None,
        )
        if best is None:
            best = _Pack()
            open_.append(best)
        best.columns |= columns
        best.metrics.append(metric)
        best.aggregates += size
    return [tuple(pack.metrics) for pack in open_]


def _columns(metric: TableMetric) -> set[str]:
    """Names of the columns that a metric reads, in small letters: enough to tell what to put together."""
    asked = metric.aggregates()
    return {column.name.lower() for column in columns_of(asked)}.union(
        *(_named(word.text) for word in walk(asked) if isinstance(word, w.SqlCondition | w.SqlTerm))
    )


def _named(text: str) -> Collection[str]:
    try:
        return columns_named(text)
    except ValueError:
        return (_UNKNOWN,)
