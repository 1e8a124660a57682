"""Metrics: which aggregate, over which terms, under which filter; their states, and how states merge."""

from dq.metrics.base import Foreign, Grain, Metric, QueryMetric, State, TableMetric
from dq.metrics.counts import CountWhere, RowCount
from dq.metrics.groups import (
    RECONCILED,
    AuthorRows,
    DistinctCount,
    Duplicates,
    KeyReconciliation,
    ValueCounts,
)
from dq.metrics.numbers import Comoments, Extreme, Moments, QuantileOf, Total

__all__ = [
    "RECONCILED",
    "AuthorRows",
    "Comoments",
    "CountWhere",
    "DistinctCount",
    "Duplicates",
    "Extreme",
    "Foreign",
    "Grain",
    "KeyReconciliation",
    "Metric",
    "Moments",
    "QuantileOf",
    "QueryMetric",
    "RowCount",
    "State",
    "TableMetric",
    "Total",
    "ValueCounts",
]
