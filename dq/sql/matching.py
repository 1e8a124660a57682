"""Two queries against each other: how many rows they share, as multisets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from dq.sql.render import name

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node


def matched_rows(left: Node, right: Node, alike: Sequence[bool] | None) -> exp.Select:
    """One row `(rows left, rows right, rows that both have)`; columns match by position, null equals null.

    Args:
        left: a query.
        right: another.
        alike: for each position, whether values on both sides can be equal at all; where not, only null
            matches null. None when the numbers of columns differ, so that no row has an equal.
    """
    if alike is None:
        return exp.select(_rows(left), _rows(right), exp.Literal.number(0))
    a, b = _side(left, alike, "a", 0), _side(right, alike, "b", 1)
    on = [
        exp.NullSafeEQ(this=exp.column(f"k{i}", table="a"), expression=exp.column(f"k{i}", table="b"))
        for i in range(len(alike))
    ]
    n, m = exp.column("n", table="a"), exp.column("n", table="b")
    both = exp.and_(*(exp.not_(exp.Is(this=side.copy(), expression=exp.null())) for side in (n, m)))
    fewer = exp.Case().when(exp.LT(this=n.copy(), expression=m.copy()), n.copy()).else_(m.copy())
    shared = exp.Case().when(both, fewer)
    return (
        exp.select(_total(n), _total(m), _total(shared)).from_(a).join(b, on=exp.and_(*on), join_type="full")
    )


def _rows(query: Node) -> exp.Subquery:
    relation = exp.Subquery(this=query, alias=exp.TableAlias(this=name("dq_rows")))
    return exp.Subquery(this=exp.select(exp.Count(this=exp.Star())).from_(relation))


def _side(query: Node, alike: Sequence[bool], alias: str, mark: int) -> exp.Subquery:
    columns = [f"c{i}" for i in range(len(alike))]
    named = exp.TableAlias(this=name("dq_rows"), columns=[name(column) for column in columns])
    keys: list[Node] = []
    for column, same in zip(columns, alike, strict=True):
        value = exp.column(name(column))
        present = exp.not_(exp.Is(this=value.copy(), expression=exp.null()))
        # A mark of its own on each side: never equal, but null stays null.
        keys.append(value if same else exp.Case().when(present, exp.Literal.number(mark)))
    counted = (
        exp.select(*(exp.alias_(key, f"k{i}") for i, key in enumerate(keys)))
        .select(exp.alias_(exp.Count(this=exp.Star()), "n"))
        .from_(exp.Subquery(this=query, alias=named))
        .group_by(*(key.copy() for key in keys))
    )
    return exp.Subquery(this=counted, alias=exp.TableAlias(this=name(alias)))


def _total(node: Node) -> Node:
    counted = exp.Coalesce(this=exp.Sum(this=node.copy()), expressions=[exp.Literal.number(0)])
    return exp.cast(counted, "BIGINT")
