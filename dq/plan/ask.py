"""From a question to a query, and from a row back to states."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dq.errors import UnsupportedMetric
from dq.metrics import CountWhere, Duplicates, Foreign, Metric, QuantileOf, QueryMetric, State, TableMetric
from dq.plan.plan import Question, Route
from dq.sql import queries
from dq.sql import words as w
from dq.sql.render import Renderer

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node


_LASTING = (Route.SCAN, Route.PRUNED, Route.VALUES, Route.DUPLICATES, Route.QUANTILE, Route.INCREASING)
"""Routes whose query follows from the question alone, whatever the data holds."""


def ask(question: Question, render: Renderer) -> Node:
    """The query of a question; it returns one row, which `states` understands.

    A renderer that is used for one partition after the other makes the query of an equal question once.

    Raises:
        UnsupportedMetric: the dialect cannot say it exactly.
        SuiteError: author's SQL is not what it should be.
    """
    if question.route not in _LASTING:
        return _query(question, render)
    return render.made.once(question, lambda: _query(question, render))


def _query(question: Question, render: Renderer) -> Node:
    metric = question.metrics[0]
    match question.route, metric:
        case Route.SCAN, _:
            return queries.aggregation(render, question.source, _aggregates(question))
        case Route.PRUNED, CountWhere(condition=condition, where=where):
            return queries.count_of(render, question.source, w.both(where, condition) or condition)
        case Route.VALUES, _:
            return queries.over_values(render, question.source, question.columns, _aggregates(question))
        case Route.DUPLICATES, Duplicates():
            return queries.duplicates(render, metric.source, w.Repeated(metric.of, metric.where))
        case Route.QUANTILE, QuantileOf():
            return queries.quantile_by_value(render, question.source, _quantile(metric))
        case Route.INCREASING, _:
            return queries.not_increasing(render, question.source, question.columns[0])
        case ((Route.QUERY | Route.AUTHOR), QueryMetric()):
            return metric.query(render)
        case Route.FOREIGN, Foreign():
            return queries.rows_within(
                render, metric.source, [column.name for column in metric.columns], metric.where
            )
    raise UnsupportedMetric(f"{type(metric).__name__} cannot be asked by {question.route.value}")


def states(question: Question, row: Sequence[Any]) -> dict[Metric, State] | None:
    """The states of a question's metrics from the row of its query; None when that proved nothing."""
    metric = question.metrics[0]
    match question.route:
        case Route.SCAN | Route.VALUES:
            place = {aggregate: i for i, aggregate in enumerate(_aggregates(question))}
            return {
                asked: tuple(row[place[aggregate]] for aggregate in asked.aggregates())
                for asked in question.metrics
                if isinstance(asked, TableMetric)
            }
        case Route.QUANTILE:
            assert isinstance(metric, QuantileOf)  # noqa: S101 - the planner pairs route and metric
            return {metric: (_interpolated(_quantile(metric), row),)}
        case Route.INCREASING:
            return {metric: (0, 0, ())} if row[0] == 0 else None
        case Route.DUPLICATES:
            return {metric: (row[0], row[1], tuple(row[2] or ()))}
        case Route.PRUNED | Route.QUERY | Route.AUTHOR:
            return {metric: tuple(row)}
        case Route.SORTED | Route.FOREIGN:
            raise UnsupportedMetric(f"the answer to {question.route.value} is no row of states")


def _aggregates(question: Question) -> list[w.Aggregate]:
    """Every aggregate of a question once, in order of appearance."""
    asked = (metric.aggregates() for metric in question.metrics if isinstance(metric, TableMetric))
    return list(dict.fromkeys(aggregate for group in asked for aggregate in group))


def _quantile(metric: QuantileOf) -> w.Quantile:
    return w.Quantile(metric.of, metric.q, metric.method, metric.where)


def _interpolated(quantile: w.Quantile, row: Sequence[Any]) -> Any:
    """The quantile between its two neighbours, as a double; the value itself for `disc`."""
    low, high, n = row
    if n is None or quantile.method == "disc":
        return low
    position = quantile.q * (int(n) - 1)
    share = position - int(position)
    low, high = (float(v) if isinstance(v, int | Decimal) else v for v in (low, high))
    return low + (high - low) * share
