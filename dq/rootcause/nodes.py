"""Small builders of sqlglot nodes. Names and values become nodes here and nowhere else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any
from typing import cast as cast_type

from sqlglot import exp


def column(name: str) -> exp.Expression:
    """A quoted column reference; any text is a legal name."""
    return exp.column(exp.to_identifier(name, quoted=True))


def literal(value: Any) -> exp.Expression:
    """A literal for None, bool, int, finite float or text; anything else is written as its text."""
    if value is None:
        return exp.null()
    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    if isinstance(value, (int, float)) and math.isfinite(value):
        number = exp.Literal.number(repr(abs(value)))
        return exp.Neg(this=number) if value < 0 else number
    return exp.Literal.string(str(value))


def both(conditions: Iterable[exp.Expression | None]) -> exp.Expression:
    """AND of what is given; TRUE when nothing is."""
    given = [part.copy() for part in conditions if part is not None]
    if len(given) == 1:
        return given[0]
    return _node(exp.and_(*[exp.paren(part) for part in given])) if given else exp.true()


def either(*conditions: exp.Expression) -> exp.Expression:
    """OR of what is given, in parentheses; at least one."""
    return _node(exp.paren(exp.or_(*[exp.paren(part.copy()) for part in conditions])))


def _node(built: object) -> exp.Expression:
    """The builders of sqlglot declare different base classes from version to version; a node is a node."""
    return cast_type(exp.Expression, built)


def is_true(condition: exp.Expression) -> exp.Expression:
    """COALESCE(condition, FALSE): a condition that is never NULL."""
    return exp.Coalesce(this=exp.paren(condition.copy()), expressions=[exp.false()])


def is_null(value: exp.Expression) -> exp.Expression:
    """Value IS NULL."""
    return exp.Is(this=value.copy(), expression=exp.null())


def count_if(condition: exp.Expression) -> exp.Expression:
    """Rows for which the condition is TRUE, as an integer; 0 for an empty relation, in every dialect."""
    one = exp.Case(ifs=[exp.If(this=condition.copy(), true=literal(1))])
    return exp.Count(this=one)


def count_rows() -> exp.Expression:
    """COUNT(*)."""
    return exp.Count(this=exp.Star())


def select(
    items: Sequence[exp.Expression], relation: exp.Expression, where: exp.Expression | None = None
) -> exp.Select:
    """SELECT items FROM relation [WHERE where]."""
    query = exp.select(*[item.copy() for item in items]).from_(relation.copy())
    return query.where(where.copy()) if where is not None else query


def aliased(value: exp.Expression, name: str) -> exp.Expression:
    """Value AS "name"."""
    return _node(exp.alias_(value.copy(), name, quoted=True))


def cast(value: exp.Expression, kind: str) -> exp.Expression:
    """CAST(value AS kind)."""
    return exp.cast(value.copy(), kind)


def grouped(query: exp.Select, keys: Sequence[exp.Expression]) -> exp.Select:
    """Query GROUP BY keys."""
    return query.group_by(*[key.copy() for key in keys])
