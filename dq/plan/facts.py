"""What is known of a relation before it is scanned, and what follows from it.

Facts come from file footers and catalogs, exact or absent; hints only ever choose between exact routes.
From facts the planner proves answers: a range check passes when minimum and maximum lie within the bounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from dq.metrics import CountWhere, Extreme, Metric, RowCount, State
from dq.sql import words as w
from dq.sql.inside import columns_of, opaque, relational


@dataclass(frozen=True)
class ColumnFacts:
    """What is known of one column.

    Attributes:
        nulls: exact number of nulls; None when unknown.
        bounded: whether `low` and `high` are exact over the non-null values.
        low: smallest value; None when the column holds only nulls.
        high: largest value.
        ascending: hint: ranges of consecutive row groups rise without overlap.
        distinct: hint: number of distinct values in a probe, or a row group, of `probed` rows.
        probed: rows of that probe; 0 without one.
        varied: hint: it has many distinct values; how many is not known.
    """

    nulls: int | None = None
    bounded: bool = False
    low: w.Scalar = None
    high: w.Scalar = None
    ascending: bool = False
    distinct: int | None = None
    probed: int = 0
    varied: bool = False


@dataclass(frozen=True)
class RelationFacts:
    """What is known of a relation.

    Attributes:
        rows: exact row count; None when unknown.
        columns: facts by column name.
        groups: the same for parts that can be read apart, such as row groups; empty when unknown. Columns
            without bounds are left out.
    """

    rows: int | None = None
    columns: Mapping[str, ColumnFacts] = field(default_factory=dict)
    groups: tuple[RelationFacts, ...] = ()

    def of(self, column: w.Column) -> ColumnFacts:
        """Facts of a column; empty facts when there are none."""
        return self.columns.get(column.name, ColumnFacts())


def known(metric: Metric, facts: RelationFacts) -> State | None:
    """The state of a metric, where facts alone give it exactly; None where they do not."""
    match metric:
        case RowCount(where=None):
            return None if facts.rows is None else (facts.rows,)
        case CountWhere(condition=condition, where=where):
            if never_true(condition, facts) or (where is not None and never_true(where, facts)):
                return (0,)
            if where is None and facts.rows is not None:
                nulls = _nulls(condition, facts)
                if nulls is not None:
                    return (nulls,)
                if always_true(condition, facts):
                    return (facts.rows,)
        case Extreme(which=which, of=w.Column() as column, where=None):
            about = facts.of(column)
            if about.bounded and not column.floats:
                return (about.low if which == "min" else about.high,)
    return None


def share_in_reach(condition: w.Condition, facts: RelationFacts) -> float | None:
    """The share of rows in those groups in which the condition may be TRUE on some row, 0 to 1.

    None where statistics do not tell: not every column has exact bounds, or no group is known.
    """
    read = columns_of(condition)
    bounded = all(facts.of(column).bounded and not column.floats for column in read)
    if not (facts.groups and read and bounded) or opaque(condition) or relational(condition):
        return None
    rows = sum(group.rows or 0 for group in facts.groups)
    reached = sum(group.rows or 0 for group in facts.groups if not never_true(condition, group))
    return reached / rows if rows else None


def _nulls(condition: w.Condition, facts: RelationFacts) -> int | None:
    match condition:
        case w.IsNull(of=w.Column() as column):
            return facts.of(column).nulls
        case w.Not(of=w.IsNull(of=w.Column() as column)):
            nulls = facts.of(column).nulls
            return None if nulls is None or facts.rows is None else facts.rows - nulls
    return None


def never_true(condition: w.Condition, facts: RelationFacts) -> bool:
    """Whether facts prove that the condition is TRUE on no row."""
    match condition:
        case w.IsNull(of=w.Column() as column):
            return facts.of(column).nulls == 0
        case w.Compare(operator=operator, left=w.Column() as column, right=w.Lit(value=value)):
            return _compare_never(operator, column, value, facts)
        case w.In(of=w.Column() as column, values=values):
            return all(_compare_never("=", column, value.value, facts) for value in values)
        case w.IsTrue(of=of):
            return never_true(of, facts)
        case w.Not(of=of):
            return _never_false(of, facts)
        case w.And(of=of):
            return any(never_true(part, facts) for part in of)
        case w.Or(of=of):
            return all(never_true(part, facts) for part in of)
    return False


def _never_false(condition: w.Condition, facts: RelationFacts) -> bool:
    """Whether facts prove that the condition is TRUE or NULL on every row."""
    match condition:
        case w.IsNull(of=w.Column() as column):
            return facts.rows is not None and facts.of(column).nulls == facts.rows
        case w.Compare(operator=operator, left=w.Column() as column, right=w.Lit(value=value)):
            return _compare_never(_OPPOSITE[operator], column, value, facts)
        case w.Not(of=of):
            return never_true(of, facts)
        case w.And(of=of):
            return all(_never_false(part, facts) for part in of)
        case w.Or(of=of):
            return any(_never_false(part, facts) for part in of)
    return False


def always_true(condition: w.Condition, facts: RelationFacts) -> bool:
    """Whether facts prove that the condition is TRUE on every row, so neither FALSE nor NULL."""
    read = columns_of(condition)
    return (
        not opaque(condition)
        and all(facts.of(column).nulls == 0 for column in read)
        and _never_false(condition, facts)
    )


_OPPOSITE: dict[w.Operator, w.Operator] = {
    "=": "<>",
    "<>": "=",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
}


def _compare_never(operator: w.Operator, column: w.Column, value: w.Scalar, facts: RelationFacts) -> bool:
    about = facts.of(column)
    if not about.bounded or column.floats or value is None:
        return False
    if about.low is None or about.high is None:
        return True
    low, high = about.low, about.high
    if isinstance(value, float) and isinstance(low, int | Decimal) and isinstance(high, int | Decimal):
        low, high = float(low), float(high)  # as SQL compares them; rounding keeps the order
    try:
        match operator:
            case "<":
                never = low >= value  # type: ignore[operator]  # unlike types raise, see below
            case "<=":
                never = low > value  # type: ignore[operator]  # as above
            case ">":
                never = high <= value  # type: ignore[operator]  # as above
            case ">=":
                never = high < value  # type: ignore[operator]  # as above
            case "=":
                never = value < low or value > high  # type: ignore[operator]  # as above
            case "<>":
                never = low == high == value
        return bool(never)
    except TypeError:  # a date against a timestamp: let the engine compare
        return False
