"""Rows of two datasets against each other, paired by key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
        _total(exp.Case().when(_no_equal(differing, word.absent), here.copy())),
        render.smallest(listed, _LISTED),
        *(_count(exp.column(f"d{i}")) for i in range(len(word.values))),
    ]
    return exp.select(*selected).from_(_derived(_pairs(render, word), "dq_pairs"))


def differs(render: Renderer, word: w.DiffersFrom) -> exp.In:
    """Whether the row's key is one of those whose rows have no equal."""
    differing = _any([exp.column(f"d{i}") for i in range(len(word.values))])
    keys = render.struct({f"k{i}": exp.column(f"k{i}") for i in range(len(word.key))})
    inner = exp.select(keys).from_(_derived(_pairs(render, word), "dq_pairs"))
    inner = inner.where(_present(exp.column("na"))).where(_no_equal(differing, word.absent))
    own = render.struct({f"k{i}": render.term(column) for i, column in enumerate(word.key)})
    return exp.In(this=own, query=exp.Subquery(this=inner))


def _pairs(render: Renderer, word: w.DiffersFrom) -> exp.Select:
    """`(k.., na, nb, d..)` per key of either side: rows here and there (NULL for none), what differs.

    Null keys meet null keys. `d` is TRUE or FALSE, and FALSE unless the key is in both, once each.
    """
    number = range(len(word.key))
    a = _Side(render, "", word.key, word.values, word.where, "dq_repeated_here")
    b = _Side(render, word.source, word.other_key, word.other_values, word.other_where, "dq_repeated_there")
    on = [exp.NullSafeEQ(this=_of("a", f"k{i}"), expression=_of("b", f"k{i}")) for i in number]
    here = _present(_of("a", "n"))
    keys = [
        exp.alias_(exp.Case().when(here.copy(), _of("a", f"k{i}")).else_(_of("b", f"k{i}")), f"k{i}")
        for i in number
    ]
    rows = [exp.alias_(_of("a", "n"), "na"), exp.alias_(_of("b", "n"), "nb")]
    unlike = [exp.alias_(_unlike(render, word, i), f"d{i}") for i in range(len(word.values))]
    both = exp.select(*keys, *rows, *unlike).from_(_derived(a.rows(), "a"))
    both = both.join(_derived(b.rows(), "b"), on=exp.and_(*on), join_type="full")
    for side in (a, b):
        both = both.with_(name(side.several), as_=side.repeated(), materialized=True, copy=False)
    return both


@dataclass(frozen=True)
class _Side:
    """One of the two datasets.

    Grouping whole rows by their key costs several times what joining them does, so that only keys are
    grouped, and rows only where their key repeats.

    Attributes:
        render: the dialect.
        source: the relation.
        key: columns of the key.
        values: what is compared.
        where: only rows on which it is TRUE.
        several: name of the relation of keys that repeat.
    """

    render: Renderer
    source: str
    key: tuple[w.Column, ...]
    values: tuple[w.Term, ...]
    where: w.Condition | None
    several: str

    def rows(self) -> exp.Union:
        """`(k.., v.., n)`, one row per key; `n` is the rows of that key, values mean something if it is 1."""
        values = [self.render.term(value) for value in self.values]
        single = self._select(values, exp.Literal.number(1), "anti")
        merged = [exp.AnyValue(this=value.copy()) for value in values]
        several = self._select(merged, exp.Count(this=exp.Star()), "semi").group_by(*self._keys())
        return exp.union(single, several, distinct=False)

    def repeated(self) -> exp.Select:
        """`(dq_k..)`, the keys that stand in several rows."""
        labels = [exp.alias_(key, f"dq_k{i}") for i, key in enumerate(self._keys())]
        several = exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1))
        return self._where(exp.select(*labels)).group_by(*self._keys()).having(several)

    def _select(self, values: Sequence[Node], number: Node, kind: str) -> exp.Select:
        query = self._where(
            exp.select(
                *(exp.alias_(key, f"k{i}") for i, key in enumerate(self._keys())),
                *(exp.alias_(value, f"v{i}") for i, value in enumerate(values)),
                exp.alias_(number, "n"),
            )
        )
        on = [
            exp.NullSafeEQ(this=key, expression=exp.column(f"dq_k{i}")) for i, key in enumerate(self._keys())
        ]
        return query.join(exp.Table(this=name(self.several)), on=exp.and_(*on), join_type=kind)

    def _where(self, query: exp.Select) -> exp.Select:
        query = query.from_(self.render.table(self.source))
        return query if self.where is None else query.where(self.render.condition(self.where))

    def _keys(self) -> list[Node]:
        return [self.render.term(column) for column in self.key]


def _unlike(render: Renderer, word: w.DiffersFrom, i: int) -> Node:
    """Whether value `i` differs, where the key is in both, once each."""
    once = [exp.EQ(this=_of(side, "n"), expression=exp.Literal.number(1)) for side in ("a", "b")]
    differs = unlike(render, _of("a", f"v{i}"), _of("b", f"v{i}"), word.absolute[i], word.relative[i])
    return exp.Coalesce(this=exp.and_(*once, differs), expressions=[exp.false()])


def unlike(render: Renderer, here: Node, there: Node, absolute: w.Scalar, relative: w.Scalar) -> Node:
    """Whether two values differ by more than either tolerance; NULL equals NULL, NaN equals NaN.

    Args:
        render: the dialect.
        here: a value; a number, where a tolerance is given.
        there: another.
        absolute: the largest difference that is none; None for no such tolerance.
        relative: the same as a share of the value over there.
    """
    conditions: list[Node] = [exp.NullSafeNEQ(this=here.copy(), expression=there.copy())]
    bounds: list[Node] = [] if absolute is None else [render.literal(absolute)]
    if relative is not None:
        size = exp.cast(exp.Abs(this=there.copy()), "DOUBLE")
        bounds.append(exp.Mul(this=render.literal(relative), expression=size))
    for bound in bounds:
        away = exp.Abs(this=exp.Sub(this=here.copy(), expression=there.copy()))
        near = exp.Coalesce(this=exp.LTE(this=away, expression=bound), expressions=[exp.false()])
        conditions.append(exp.not_(near))  # NULL on one side is never near
    return exp.and_(*conditions)


def _no_equal(differing: Node, absent: bool) -> Node:
    return _any([*([_missing(exp.column("nb"))] if absent else []), _repeated(), differing])


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


def _derived(query: exp.Query, alias: str) -> exp.Subquery:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=name(alias)))


def _count(condition: Node) -> Node:
    counted = exp.CountIf(this=condition.copy())
    return exp.Coalesce(this=counted, expressions=[exp.Literal.number(0)])  # NULL over no rows


def _total(node: Node) -> Node:
    summed = exp.Coalesce(this=exp.Sum(this=node.copy()), expressions=[exp.Literal.number(0)])
    return exp.cast(summed, "BIGINT")
