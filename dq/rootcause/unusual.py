"""Rows whose number is not what the last validated partition leads one to expect.

A rule on an aggregate (a mean, a sum) has no failing rows. A rule with wide limits sees only the most extreme
of the rows that a fault changed: distances in kilometres break a limit only on long flights. Both need a
label for rows that are unusual for what they belong to: outside the baseline's spread of the number within
the category that fixes it best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from dq.rootcause import nodes
from dq.rootcause.dimensions import is_number, is_text
from dq.rootcause.scanner import Scanner, SearchTarget

_MAX_GROUPS = 300
_LEAST_ROWS = 50
_FIXES = 0.9
"""Share of the number's variance that a category must explain to be the yardstick."""
_WIDTH = 0.05
"""Relative slack around the baseline's range: ordinary variation of one day."""


@dataclass(frozen=True)
class Unusual:
    """A label for rows.

    Attributes:
        bad: boolean expression, TRUE for an unusual row.
        column: the number looked at.
        yardstick: the category whose baseline ranges were used; empty when the whole column's was.
    """

    bad: exp.Expression
    column: str
    yardstick: str


def unusual_rows(scanner: Scanner, target: SearchTarget, column: str) -> Unusual | None:
    """Label rows whose number lies outside the baseline's range.

    Args:
        scanner: the engine.
        target: the relation and its baseline.
        column: a numeric column of both.

    Returns:
        The label, with a range per value of the category that fixes the number best, or one range for all
        when no category does; None when there is no baseline, too few rows, or the column is not a number.
    """
    if target.baseline is None or column not in target.shared_columns or not is_number(target.schema[column]):
        return None
    names = [
        n
        for n in target.shared_columns
        if is_text(target.schema[n]) and n not in (column, target.file_column)
    ]
    best = _yardstick(scanner, target.baseline, column, names)
    if best is None:
        return _overall(scanner, target.baseline, column)
    value, key = nodes.column(column), nodes.column(best)
    query = nodes.grouped(
        nodes.select([key, exp.Min(this=value), exp.Max(this=value)], target.baseline), [key]
    )
    ranges = sorted(
        (r for r in scanner.rows(query) if r[0] is not None and r[1] is not None), key=lambda r: str(r[0])
    )
    ifs = [exp.If(this=nodes.literal(k), true=_outside(value, low, high)) for k, low, high in ranges]
    return Unusual(exp.Case(this=key.copy(), ifs=ifs, default=exp.false()), column, best)


def _outside(value: exp.Expression, low: Any, high: Any) -> exp.Expression:
    low, high = float(low), float(high)
    slack = _WIDTH * max(abs(low), abs(high))
    under = exp.LT(this=value.copy(), expression=nodes.literal(low - slack))
    over = exp.GT(this=value.copy(), expression=nodes.literal(high + slack))
    return nodes.either(under, over)


def _overall(scanner: Scanner, baseline: exp.Expression, column: str) -> Unusual | None:
    """One range for the whole column: the baseline's middle 98 %."""
    value = nodes.column(column)
    low, high = (
        exp.Quantile(this=nodes.cast(value, "DOUBLE"), quantile=nodes.literal(at)) for at in (0.01, 0.99)
    )
    ((rows, least, most),) = scanner.rows(nodes.select([exp.Count(this=value), low, high], baseline))
    if int(rows) < _LEAST_ROWS:
        return None
    return Unusual(_outside(value, least, most), column, "")


def _yardstick(scanner: Scanner, baseline: exp.Expression, column: str, names: Sequence[str]) -> str | None:
    """The category that explains most of the number's variance, if it explains nearly all."""
    best: tuple[float, str] | None = None
    for name in names:
        share = _share(scanner, baseline, column, name)
        if share >= _FIXES and (best is None or share > best[0]):
            best = (share, name)
    return best[1] if best else None


def _share(scanner: Scanner, baseline: exp.Expression, column: str, name: str) -> float:
    """Between-group share of the variance, corrected for the number of groups.

    0 when there are too many groups.
    """
    value = nodes.cast(nodes.column(column), "DOUBLE")
    key = nodes.column(name)
    items: list[exp.Expression] = [exp.Count(this=value), exp.Avg(this=value), exp.VariancePop(this=value)]
    query = nodes.grouped(nodes.select(items, baseline, exp.Not(this=nodes.is_null(value))), [key])
    groups = [
        (float(n), float(mean), float(var or 0))
        for n, mean, var in scanner.rows(query.limit(_MAX_GROUPS + 1))
    ]
    rows = sum(n for n, _, _ in groups)
    if len(groups) > _MAX_GROUPS or rows < _LEAST_ROWS or len(groups) > rows / 4 or len(groups) < 2:
        return 0.0
    mean = sum(n * m for n, m, _ in groups) / rows
    within = sum(n * v for n, _, v in groups)
    total = within + sum(n * (m - mean) ** 2 for n, m, _ in groups)
    return 1 - (within / (rows - len(groups))) / (total / (rows - 1)) if total > 0 else 0.0
