"""An aggregate of two datasets against each other, as a whole or group by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from dq.sql import words as w
from dq.sql.render import Renderer, name
from dq.sql.row_match import unlike

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node

_LISTED = 20
"""Groups that are named at most."""


@dataclass(frozen=True)
class Side:
    """One of the two.

    Attributes:
        source: the relation.
        of: the aggregate; a term only as an aggregate in the author's SQL.
        by: columns that it is grouped by; none for the whole.
        where: only rows on which it is TRUE.
    """

    source: str
    of: w.Aggregate | w.SqlTerm
    by: tuple[w.Column, ...] = ()
    where: w.Condition | None = None


def compared(render: Renderer, here: Side, there: Side, absolute: w.Scalar, relative: w.Scalar) -> exp.Select:
    """One row `(groups, differing groups, only here, only there, a value here, one there, some groups)`.

    Groups that are on one side only differ. Null groups meet null groups.
    """
    number = len(here.by) or 1
    on = [exp.NullSafeEQ(this=_of("a", f"k{i}"), expression=_of("b", f"k{i}")) for i in range(number)]
    only_here, only_there = _missing("b"), _missing("a")
    differs = exp.paren(
        exp.or_(only_here, only_there, unlike(render, _of("a", "v"), _of("b", "v"), absolute, relative))
    )
    parts: dict[str, Node] = {f"k{i}": _key(i) for i in range(len(here.by))}
    parts |= {"here": exp.cast(_of("a", "v"), "TEXT"), "there": exp.cast(_of("b", "v"), "TEXT")}
    listed = exp.Case().when(differs.copy(), render.struct(parts))
    return (
        exp.select(
            exp.Count(this=exp.Star()),
            *(_count(condition) for condition in (differs, only_here, only_there)),
            exp.AnyValue(this=_of("a", "v")),
            exp.AnyValue(this=_of("b", "v")),
            render.smallest(listed, _LISTED),
        )
        .from_(_side(render, here, "a"))
        .join(_side(render, there, "b"), on=exp.and_(*on), join_type="full")
    )


def _side(render: Renderer, side: Side, alias: str) -> exp.Subquery:
    """`(k.., v, n)` per group."""
    keys: list[Node] = [render.term(column) for column in side.by]
    value = render.term(side.of) if isinstance(side.of, w.SqlTerm) else render.aggregate(side.of)
    labels = [exp.alias_(key.copy(), f"k{i}") for i, key in enumerate(keys)]
    labels = labels or [exp.alias_(exp.Literal.number(1), "k0")]
    query = exp.select(*labels, exp.alias_(value, "v"), exp.alias_(exp.Count(this=exp.Star()), "n"))
    query = query.from_(render.table(side.source))
    if side.where is not None:
        query = query.where(render.condition(side.where))
    query = query.group_by(*keys) if keys else query
    return exp.Subquery(this=query, alias=exp.TableAlias(this=name(alias)))


def _key(i: int) -> Node:
    key = exp.Case().when(exp.not_(_missing("a")), _of("a", f"k{i}")).else_(_of("b", f"k{i}"))
    return exp.cast(key, "TEXT")


def _missing(side: str) -> Node:
    return exp.Is(this=_of(side, "n"), expression=exp.null())


def _of(side: str, label: str) -> exp.Column:
    return exp.column(label, table=side)


def _count(condition: Node) -> Node:
    counted = exp.CountIf(this=condition.copy())
    return exp.Coalesce(this=counted, expressions=[exp.Literal.number(0)])  # NULL over no rows
