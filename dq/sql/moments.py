"""The query behind skewness and kurtosis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from dq.sql import words as w
from dq.sql.render import Renderer, name

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node


def central(render: Renderer, source: str, of: w.Column, where: w.Condition | None) -> exp.Select:
    """One row `(n, mean, d1, d2, d3, d4)`: mean powers of the deviations from the rounded mean.

    NULL but for n over no rows.
    """
    value = w.Double(of)
    kept = w.both(where, w.Not(w.IsNull(of)))
    assert kept is not None  # noqa: S101 - the second part is always given
    mean = exp.select(exp.alias_(exp.Avg(this=render.term(value)), "m")).from_(render.table(source))
    mean = mean.where(render.condition(kept))
    away = exp.Sub(this=render.term(value), expression=exp.column("m", table=name("dq_mean")))
    inner = exp.select(exp.alias_(away, "d"), exp.alias_(exp.column("m", table=name("dq_mean")), "m"))
    inner = inner.from_(render.table(source)).join(
        exp.Subquery(this=mean, alias=exp.TableAlias(this=name("dq_mean"))), join_type="cross"
    )
    inner = inner.where(render.condition(kept))
    powers: list[Node] = []
    power: Node = exp.column("d")
    for _ in range(4):
        powers.append(exp.Avg(this=power.copy()))
        power = exp.Mul(this=power, expression=exp.column("d"))
    return exp.select(exp.Count(this=exp.Star()), exp.Max(this=exp.column("m")), *powers).from_(
        exp.Subquery(this=inner, alias=exp.TableAlias(this=name("dq_deviations")))
    )
