"""Several conditions on the same rows at once, as sqlglot nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from dq.sql import words as w
from dq.sql.render import Renderer, name

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node

_FLAG = "dq_breaks_"


def flagged_rows(
    render: Renderer,
    source: str,
    columns: Sequence[str],
    conditions: Sequence[w.Condition],
    *,
    order: Sequence[str] = (),
    limit: int | None = None,
) -> exp.Select:
    """Rows on which at least one condition is TRUE: their columns, then a boolean per condition.

    The conditions are computed for every row in one pass, below the choice of rows, so that those which look
    at other rows see all of them. Without a condition there is no row, and the columns keep their types.

    Args:
        render: the dialect.
        source: the relation.
        columns: of the relation, in the order wanted; at least one.
        conditions: one boolean each; NULL counts as FALSE.
        order: columns to sort by; empty for the order in which rows come.
        limit: rows at most.
    """
    flags = [f"{_FLAG}{number}" for number in range(len(conditions))]
    wanted = [exp.column(name(column)) for column in columns]
    computed = [
        exp.alias_(exp.Coalesce(this=render.condition(condition), expressions=[exp.false()]), name(flag))
        for flag, condition in zip(flags, conditions, strict=True)
    ]
    inner = exp.select(*wanted, *computed).from_(render.table(source))
    anything: Node = exp.false()
    if flags:
        anything = exp.or_(*(exp.column(name(flag)) for flag in flags))
    rows = exp.select(exp.Star()).from_(
        exp.Subquery(this=inner, alias=exp.TableAlias(this=name("dq_flagged")))
    )
    rows = rows.where(anything)
    if order:
        rows = rows.order_by(*(exp.column(name(column)) for column in order))
    return rows if limit is None else rows.limit(limit)
