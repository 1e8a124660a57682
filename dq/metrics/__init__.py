"""Metrics: which aggregate, over which terms, under which filter; their states, and how states merge."""

from dq.metrics.base import Foreign, Grain, Metric, QueryMetric, State, TableMetric
from dq.metrics.counts import CountWhere, RowCount
from dq.metrics.groups import (
    RECONCILED,
    AuthorRows,
    AuthorValue,
    DistinctCount,
    Duplicates,
    KeyReconciliation,
    ValueCounts,
)
from dq.metrics.matches import MATCHED, AggregateMatch, RowMatch
from dq.metrics.numbers import Comoments, Extreme, Mean, Moments, QuantileOf, Total
from dq.metrics.series import Gaps
from dq.metrics.shapes import CentralMoments
from dq.metrics.values import DistinctValues, Modes, SharedRows

__all__ = [
    "MATCHED",
    "RECONCILED",
    "AggregateMatch",
    "AuthorRows",
    "AuthorValue",
    "CentralMoments",
    "Comoments",
    "CountWhere",
    "DistinctCount",
    "DistinctValues",
    "Duplicates",
    "Extreme",
    "Foreign",
    "Gaps",
    "Grain",
    "KeyReconciliation",
    "Mean",
    "Metric",
    "Modes",
    "Moments",
    "QuantileOf",
    "QueryMetric",
    "RowCount",
    "RowMatch",
    "SharedRows",
    "State",
    "TableMetric",
    "Total",
    "ValueCounts",
]
