"""Rows of two datasets against each other, paired by key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from dq.sql import words as w
from dq.sql.render import Renderer, name

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node

_LISTED = 20
"""Keys without an equal that are named at most."""


def compared(render: Renderer, word: w.DiffersFrom) -> exp.Select:
    """One row: how many rows differ, and how.

    `(rows here, rows there, keys in both, keys with a difference, rows here of repeated keys, rows only
    here, rows only there, rows here without an equal, some keys, and per value: keys that differ in it)`.
    """
    here, there = exp.column("na"), exp.column("nb")
    differing = _any([exp.column(f"d{i}") for i in range(len(word.values))])
    what = exp.Case().when(_missing(there), exp.Literal.string("only here"))
    what = what.when(_missing(here), exp.Literal.string("only there"))
    what = what.when(_repeated(), exp.Literal.string("repeated"))
    what = what.when(differing.copy(), exp.Literal.string("differs"))
    keys = {f"k{i}": exp.cast(exp.column(f"k{i}"), "TEXT") for i in range(len(word.key))}
    listed = exp.Case().when(_present(exp.paren(what)), render.struct({**keys, "what": what.copy()}))
    selected: list[Node] = [
        _total(here),
        _total(there),
        _count(exp.And(this=_present(here), expression=_present(there))),
        _count(differing),
        _total(exp.Case().when(_repeated(), here.copy())),
        _total(exp.Case().when(_missing(there), here.copy())),
        _total(exp.Case().when(_missing(here), there.copy())),
        _total(exp.Case().when(_no_equal(differing), here.copy())),
        render.smallest(listed, _LISTED),
        *(_count(exp.column(f"d{i}")) for i in range(len(word.values))),
    ]
    return exp.select(*selected).from_(_derived(_pairs(render, word), "dq_pairs"))


def differs(render: Renderer, word: w.DiffersFrom) -> exp.In:
    """Whether the row's key is one of those whose rows have no equal."""
    differing = _any([exp.column(f"d{i}") for i in range(len(word.values))])
    keys = render.struct({f"k{i}": exp.column(f"k{i}") for i in range(len(word.key))})
    inner = exp.select(keys).from_(_derived(_pairs(render, word), "dq_pairs"))
    inner = inner.where(_present(exp.column("na"))).where(_no_equal(differing))
    own = render.struct({f"k{i}": render.term(column) for i, column in enumerate(word.key)})
    return exp.In(this=own, query=exp.Subquery(this=inner))


def _pairs(render: Renderer, word: w.DiffersFrom) -> exp.Select:
    """`(k.., na, nb, d..)` per key of either side: rows here and there (NULL for none), what differs.

    Null keys meet null keys. `d` is TRUE or FALSE, and FALSE unless the key is in both, once each.
    """
    number = range(len(word.key))
    a = _side(render, "", word.key, word.values, word.where)
    b = _side(render, word.source, word.other_key, word.other_values, word.other_where)
    on = [exp.NullSafeEQ(this=_of("a", f"k{i}"), expression=_of("b", f"k{i}")) for i in number]
    here = _present(_of("a", "n"))
    keys = [
        exp.alias_(exp.Case().when(here.copy(), _of("a", f"k{i}")).else_(_of("b", f"k{i}")), f"k{i}")
        for i in number
    ]
    rows = [exp.alias_(_of("a", "n"), "na"), exp.alias_(_of("b", "n"), "nb")]
    unlike = [exp.alias_(_unlike(render, word, i), f"d{i}") for i in range(len(word.values))]
    both = exp.select(*keys, *rows, *unlike).from_(_derived(a, "a"))
    return both.join(_derived(b, "b"), on=exp.and_(*on), join_type="full")


def _side(
    render: Renderer,
    source: str,
    key: tuple[w.Column, ...],
    values: tuple[w.Term, ...],
    where: w.Condition | None,
) -> exp.Select:
    """One row per key with its values and `n`, the rows of that key; values count only where n is 1."""
    query = exp.select(
        *(exp.alias_(render.term(column), f"k{i}") for i, column in enumerate(key)),
        *(exp.alias_(exp.AnyValue(this=render.term(value)), f"v{i}") for i, value in enumerate(values)),
        exp.alias_(exp.Count(this=exp.Star()), "n"),
    ).from_(render.table(source))
    if where is not None:
        query = query.where(render.condition(where))
    return query.group_by(*(render.term(column) for column in key))


def _unlike(render: Renderer, word: w.DiffersFrom, i: int) -> Node:
    """Whether value `i` differs, where the key is in both, once each."""
    left, right = _of("a", f"v{i}"), _of("b", f"v{i}")
    once = [exp.EQ(this=_of(side, "n"), expression=exp.Literal.number(1)) for side in ("a", "b")]
    conditions: list[Node] = [*once, exp.NullSafeNEQ(this=left, expression=right)]
    for bound in _bounds(render, word, i, right):
        away = exp.Abs(this=exp.Sub(this=left.copy(), expression=right.copy()))
        near = exp.Coalesce(this=exp.LTE(this=away, expression=bound), expressions=[exp.false()])
        conditions.append(exp.not_(near))  # NULL on one side is never near
    return exp.Coalesce(this=exp.and_(*conditions), expressions=[exp.false()])


def _bounds(render: Renderer, word: w.DiffersFrom, i: int, there: Node) -> list[Node]:
    found: list[Node] = []
    if word.absolute[i] is not None:
        found.append(render.literal(word.absolute[i]))
    if word.relative[i] is not None:
        size = exp.cast(exp.Abs(this=there.copy()), "DOUBLE")
        found.append(exp.Mul(this=render.literal(word.relative[i]), expression=size))
    return found


def _no_equal(differing: Node) -> Node:
    return _any([_missing(exp.column("nb")), _repeated(), differing])


def _repeated() -> Node:
    several = [exp.GT(this=exp.column(n), expression=exp.Literal.number(1)) for n in ("na", "nb")]
    there = [_present(exp.column(n)) for n in ("na", "nb")]
    return exp.paren(exp.and_(*there, exp.paren(exp.or_(*several))))


def _any(conditions: list[Node]) -> Node:
    return exp.paren(exp.or_(*(condition.copy() for condition in conditions))) if conditions else exp.false()


def _missing(node: Node) -> Node:
    return exp.Is(this=node.copy(), expression=exp.null())


def _present(node: Node) -> Node:
    return exp.not_(_missing(node))


def _of(side: str, label: str) -> exp.Column:
    return exp.column(label, table=side)


def _derived(query: exp.Select, alias: str) -> exp.Subquery:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=name(alias)))


def _count(condition: Node) -> Node:
    counted = exp.CountIf(this=condition.copy())
    return exp.Coalesce(this=counted, expressions=[exp.Literal.number(0)])  # NULL over no rows


def _total(node: Node) -> Node:
    summed = exp.Coalesce(this=exp.Sum(this=node.copy()), expressions=[exp.Literal.number(0)])
    return exp.cast(summed, "BIGINT")
