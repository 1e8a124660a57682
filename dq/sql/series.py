"""The query behind gaps in a series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from dq.sql import words as w
from dq.sql.render import Renderer, name

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node

_LISTED = 20
"""Gaps that are named at most."""


@dataclass(frozen=True)
class Series:
    """What stands in order, and from where to where it must reach.

    Attributes:
        of: a number; rows on which it is NULL are left out.
        by: each combination of these is a series of its own.
        start: where every series must begin; None for anywhere.
        end: where every series must end; None for anywhere.
        where: only rows on which it is TRUE.
        source: the relation.
    """

    of: w.Term
    by: tuple[w.Column, ...] = ()
    start: w.Scalar = None
    end: w.Scalar = None
    where: w.Condition | None = None
    source: str = ""


def gaps(render: Renderer, series: Series, largest: w.Scalar) -> exp.Select:
    """One row `(gaps before, gaps behind, rows beside one, largest step, largest rest, two lists of gaps)`.

    A gap "before" a value reaches from its predecessor, or from where the series must begin; one "behind"
    reaches from the last value to where the series must end.

    Args:
        render: the dialect.
        series: what to look at.
        largest: the largest step that is no gap.
    """
    most = render.literal(largest)
    before = exp.GT(this=_column("s"), expression=most)
    behind = exp.GT(this=_column("r"), expression=most.copy())
    either = exp.Or(this=before.copy(), expression=behind.copy())
    selected: list[Node] = [
        *(_counted(condition) for condition in (before, behind, either)),
        exp.Max(this=_column("s")),
        exp.Max(this=_column("r")),
    ]
    for condition, size, low, high in ((before, "s", "p", "v"), (behind, "r", "v", "e")):
        parts: dict[str, Node] = {"n": exp.Neg(this=_column(size)), "f": _column(low), "t": _column(high)}
        parts |= {f"g{i}": _column(f"g{i}") for i in range(len(series.by))}
        one = exp.Case().when(condition.copy(), render.struct(parts))
        selected.append(render.smallest(one, _LISTED))
    return exp.select(*selected).from_(_derived(_steps(render, series), "dq_steps"))


def _steps(render: Renderer, series: Series) -> exp.Select:
    """`(v, p, s, e, r, g..)` per row: value, predecessor or start, step, end, rest, group.

    Only the first of equal values has a rest, so that a value beside two gaps is one row.
    """
    value, before = _column("v"), _column("b")
    start = exp.null() if series.start is None else render.literal(series.start)
    predecessor = exp.Coalesce(this=before, expressions=[start])
    end: Node = exp.null() if series.end is None else render.literal(series.end)
    first = exp.Or(
        this=exp.Is(this=before.copy(), expression=exp.null()),
        expression=exp.LT(this=before.copy(), expression=value.copy()),
    )
    last = exp.EQ(this=value.copy(), expression=_column("m"))
    rest = exp.Sub(this=end.copy(), expression=value.copy())
    return exp.select(
        value,
        exp.alias_(predecessor, "p"),
        exp.alias_(exp.Sub(this=value.copy(), expression=predecessor.copy()), "s"),
        exp.alias_(end, "e"),
        exp.alias_(exp.Case().when(exp.And(this=exp.paren(first), expression=last), rest), "r"),
        *(exp.alias_(_column(f"g{i}"), f"g{i}") for i in range(len(series.by))),
    ).from_(_derived(_neighbours(render, series), "dq_neighbours"))


def _neighbours(render: Renderer, series: Series) -> exp.Select:
    """`(v, b, m, g..)` per row: value, predecessor, largest of the series, group."""
    value = render.term(series.of)
    groups: list[Node] = [render.term(column) for column in series.by]
    apart = {"partition_by": groups} if groups else {}
    order = exp.Order(expressions=[exp.Ordered(this=value.copy(), nulls_first=False)])
    previous = exp.Window(this=exp.Lag(this=value.copy()), order=order, **apart)
    largest: Node = exp.null()
    if series.end is not None:
        largest = exp.Window(this=exp.Max(this=value.copy()), **{k: _copies(v) for k, v in apart.items()})
    labels = [exp.alias_(render.text(column), f"g{i}") for i, column in enumerate(series.by)]
    query = exp.select(
        exp.alias_(value, "v"), exp.alias_(previous, "b"), exp.alias_(largest, "m"), *labels
    ).from_(render.table(series.source))
    query = query.where(exp.not_(render.condition(w.IsNull(series.of))))
    return query if series.where is None else query.where(render.condition(series.where))


def _copies(nodes: list[Node]) -> list[Node]:
    return [node.copy() for node in nodes]


def _counted(condition: Node) -> Node:
    counted = exp.CountIf(this=condition.copy())
    return exp.Coalesce(this=counted, expressions=[exp.Literal.number(0)])  # NULL over no rows


def _column(label: str) -> exp.Column:
    return exp.column(label)


def _derived(query: exp.Select, alias: str) -> exp.Subquery:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=name(alias)))
