"""The few shapes of query that a plan is made of, as sqlglot nodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from dq.sql import words as w
from dq.sql.inside import exchanged, windows
from dq.sql.render import Renderer, name

_N = "dq_n"
_WINDOW = "dq_window_"

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node


def aggregation(render: Renderer, source: str, aggregates: Sequence[w.Aggregate]) -> exp.Select:
    """One row: every aggregate over the whole relation, named `a0, a1, ...`.

    Values of other rows are computed below the aggregates, where windows may stand.
    """
    looks = windows(tuple(aggregates))
    relation: Node = render.table(source)
    if looks:
        columns = {look: w.Column(f"{_WINDOW}{i}", _type_of(look.of)) for i, look in enumerate(looks)}
        added = [exp.alias_(render.term(look), name(column.name)) for look, column in columns.items()]
        aggregates = exchanged(tuple(aggregates), columns)
        inner = exp.select(exp.Star(), *added).from_(relation)
        relation = exp.Subquery(this=inner, alias=exp.TableAlias(this=name("dq_windows")))
    selected = [exp.alias_(render.aggregate(aggregate), f"a{i}") for i, aggregate in enumerate(aggregates)]
    return exp.select(*selected).from_(relation)


def _type_of(term: w.Term) -> str:
    return term.type if isinstance(term, w.Column) else "?"


def over_values(
    render: Renderer, source: str, columns: Sequence[w.Column], aggregates: Sequence[w.Aggregate]
) -> exp.Select:
    """One row: the same aggregates, computed on the distinct values of a few columns and their counts.

    Exact: a condition on those columns has one answer per value, so it is asked once per value.
    """
    inner = (
        exp.select(*(render.term(column) for column in columns), exp.alias_(exp.Count(this=exp.Star()), _N))
        .from_(render.table(source))
        .group_by(*(render.term(column) for column in columns))
    )
    selected = [exp.alias_(_weighted(render, aggregate), f"a{i}") for i, aggregate in enumerate(aggregates)]
    return exp.select(*selected).from_(exp.Subquery(this=inner, alias=exp.TableAlias(this=name("dq_values"))))


def weighable(aggregate: w.Aggregate) -> bool:
    """Whether an aggregate can be answered exactly from distinct values and their counts."""
    match aggregate:
        case w.Count() | w.CountDistinct() | w.Smallest():
            return True
        case w.Fold(function=function):
            return function in ("min", "max")
    return False


def _weighted(render: Renderer, aggregate: w.Aggregate) -> Node:
    if not isinstance(aggregate, w.Count):
        return render.aggregate(aggregate)
    n: Node = exp.column(_N)
    if aggregate.condition is not None:
        n = exp.Case().when(render.condition(aggregate.condition), n)
    return exp.cast(exp.Coalesce(this=exp.Sum(this=n), expressions=[exp.Literal.number(0)]), "BIGINT")


def quantile_by_value(render: Renderer, source: str, aggregate: w.Quantile) -> exp.Select:
    """One row `(low, high)`: the two values that a quantile lies between, from value counts.

    Positions are those of the sorted non-null values: floor and ceil of q * (n - 1) for `cont`, the
    smallest value whose cumulative share reaches q for `disc` (then low = high).
    """
    term = render.term(aggregate.of)
    grouped = (
        exp.select(exp.alias_(term, "v"), exp.alias_(exp.Count(this=exp.Star()), "n"))
        .from_(render.table(source))
        .where(exp.not_(exp.Is(this=term.copy(), expression=exp.null())))
        .group_by(term.copy())
    )
    if aggregate.condition is not None:
        grouped = grouped.where(render.condition(aggregate.condition))
    counted = exp.select(
        exp.column("v"),
        exp.alias_(
            exp.Window(this=exp.Sum(this=exp.column("n")), order=exp.Order(expressions=[exp.column("v")])),
            "c",
        ),
        exp.alias_(exp.Window(this=exp.Sum(this=exp.column("n"))), "t"),
    ).from_(exp.Subquery(this=grouped, alias=exp.TableAlias(this=name("dq_values"))))
    q = exp.cast(exp.Literal.string(repr(aggregate.q)), "DOUBLE")
    reached: list[Node]
    if aggregate.method == "cont":
        last = exp.Sub(this=exp.column("t"), expression=exp.Literal.number(1))
        position = exp.Mul(this=q, expression=exp.paren(last))
        reached = [
            exp.GT(this=exp.column("c"), expression=exp.Floor(this=position)),
            exp.GT(this=exp.column("c"), expression=exp.Ceil(this=position.copy())),
        ]
    else:
        share = exp.Mul(this=q, expression=exp.column("t"))
        reached = [exp.GTE(this=exp.column("c"), expression=share)] * 2
    picks = [exp.Min(this=exp.Case().when(condition.copy(), exp.column("v"))) for condition in reached]
    return exp.select(*picks, exp.Max(this=exp.column("t"))).from_(
        exp.Subquery(this=counted, alias=exp.TableAlias(this=name("dq_counts")))
    )


def not_increasing(render: Renderer, source: str, column: w.Column) -> exp.Select:
    """One row: 1 if some step does not go up or some value is null, in whatever order rows arrive; else 0.

    0 proves uniqueness in any order; 1 proves nothing, so the look ends at the first such row.
    """
    term = render.term(column)
    previous = exp.Window(this=exp.Lag(this=term.copy()))
    steps = exp.select(
        exp.alias_(exp.LTE(this=term, expression=previous), "b"),
        exp.alias_(exp.Is(this=term.copy(), expression=exp.null()), "z"),
    ).from_(render.table(source))
    breaks = (
        exp.select(exp.column("b"))
        .from_(exp.Subquery(this=steps, alias=exp.TableAlias(this=name("dq_steps"))))
        .where(exp.or_(exp.column("b"), exp.column("z")))
        .limit(1)
    )
    return count_rows(breaks)


SAMPLED_KEYS = 20
"""Repeated keys that `duplicates` names at most."""


def key_codes(
    render: Renderer,
    source: str,
    key: tuple[w.Column, ...],
    where: w.Condition | None,
    part: int = 0,
    parts: int = 1,
) -> exp.Select:
    """A whole number of 64 bits per row such that equal keys have equal numbers; keys with a null left out.

    Args:
        render: the dialect.
        source: the relation.
        key: one column or several.
        where: filter.
        part: with several parts, only this one of them.
        parts: disjoint sets of keys by their number; a power of two.
    """
    query = render.rows_with_keys(source, key, where).select(render.key_code(key), copy=False)
    if parts > 1:
        low = exp.BitwiseAnd(this=render.key_code(key), expression=render.term(w.Lit(parts - 1)))
        query = query.where(exp.EQ(this=exp.paren(low), expression=render.term(w.Lit(part))), copy=False)
    return query


def duplicates(
    render: Renderer, source: str, repeated: w.Repeated, suspects: exp.Select | None = None
) -> exp.Select:
    """One row `(rows, keys, sample)`: rows that share their key, how many keys those are, some of them.

    Args:
        render: the dialect.
        source: the relation.
        repeated: key and filter.
        suspects: a query for the codes (see `key_codes`) of every key that may repeat; None when any key may.
    """
    key, where = repeated.of, repeated.where
    chosen = render.group_keys(source, key, where)
    if suspects is not None:
        chosen = chosen.where(
            exp.In(this=render.key_code(key), query=exp.Subquery(this=suspects)), copy=False
        )
    counted = exp.alias_(exp.Count(this=exp.Star()), "n")
    groups = chosen.select(exp.alias_(render.row(key), "k"), counted, copy=False).having(
        _several(), copy=False
    )
    total = exp.Coalesce(this=exp.Sum(this=exp.column("n")), expressions=[exp.Literal.number(0)])
    sample = render.smallest(exp.column("k"), SAMPLED_KEYS)
    return exp.select(exp.cast(total, "BIGINT"), exp.Count(this=exp.Star()), sample).from_(
        exp.Subquery(this=groups, alias=exp.TableAlias(this=name("dq_groups")))
    )


def numbers_given(render: Renderer, numbers: Sequence[int], kind: str) -> exp.Select:
    """Whole numbers as the rows of a relation, from one literal, however many they are.

    Args:
        render: the dialect.
        numbers: at least one.
        kind: their SQL type.
    """
    listed = exp.cast(exp.Literal.string(str(list(numbers))), f"{kind}[]", dialect=render.dialect)
    return exp.select(exp.Anonymous(this="unnest", expressions=[listed]))


def _several() -> Node:
    return exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1))


def reconciliation(
    render: Renderer, keys: tuple[w.Column, ...], other: str, other_keys: tuple[w.Column, ...]
) -> exp.Select:
    """One row of eight counts: the keys of this dataset against those of another (see KeyReconciliation)."""

    def side(source: str, columns: tuple[w.Column, ...], alias: str) -> exp.Subquery:
        selected = [exp.alias_(render.term(column), f"k{i}") for i, column in enumerate(columns)]
        query = exp.select(*selected, exp.alias_(exp.Count(this=exp.Star()), "n")).from_(render.table(source))
        query = query.group_by(*(render.term(column) for column in columns))
        return exp.Subquery(this=query, alias=exp.TableAlias(this=name(alias)))

    def n(table: str) -> exp.Column:
        return exp.column("n", table=table)

    on = [
        exp.NullSafeEQ(this=exp.column(f"k{i}", table="a"), expression=exp.column(f"k{i}", table="b"))
        for i in range(len(keys))
    ]
    zero = exp.Literal.number(0)

    def total(node: Node) -> Node:
        return exp.cast(exp.Coalesce(this=exp.Sum(this=node), expressions=[zero.copy()]), "BIGINT")

    def count(condition: Node) -> Node:
        return exp.Coalesce(this=exp.CountIf(this=condition), expressions=[zero.copy()])  # NULL over no rows

    gone = exp.Is(this=n("b"), expression=exp.null())
    new = exp.Is(this=n("a"), expression=exp.null())
    fanned = exp.GT(this=n("b"), expression=n("a"))
    surplus = exp.Case().when(fanned.copy(), exp.Sub(this=n("b"), expression=n("a")))
    return (
        exp.select(
            total(n("a")),
            total(n("b")),
            exp.Count(this=n("a")),
            exp.Count(this=n("b")),
            count(gone),
            count(new),
            count(fanned),
            total(surplus),
        )
        .from_(side(other, other_keys, "a"))
        .join(side("", keys, "b"), on=exp.and_(*on), join_type="full")
    )


def count_of(render: Renderer, source: str, condition: w.Condition) -> exp.Select:
    """One row: on how many rows a condition is TRUE, written so that an engine may skip row groups."""
    return narrowed(render, exp.select(exp.Count(this=exp.Star())).from_(render.table(source)), condition)


def count_rows(query: exp.Query) -> exp.Select:
    """One row: how many rows a query returns."""
    return exp.select(exp.Count(this=exp.Star())).from_(
        exp.Subquery(this=query, alias=exp.TableAlias(this=name("dq_rows")))
    )


def rows_where(
    render: Renderer,
    condition: w.Condition,
    columns: Iterable[str],
    limit: int | None,
    source: str = "",
) -> exp.Select:
    """Rows on which a condition is TRUE; all columns when none are named, at most `limit` rows."""
    selected: list[Node] = [exp.column(name(column)) for column in columns] or [exp.Star()]
    query = narrowed(render, exp.select(*selected).from_(render.table(source)), condition)
    return query if limit is None else query.limit(limit)


def rows_within(
    render: Renderer, source: str, columns: Iterable[str], where: w.Condition | None
) -> exp.Select:
    """Rows on which a filter is TRUE, every row without one; all columns when none are named."""
    selected: list[Node] = [exp.column(name(column)) for column in columns] or [exp.Star()]
    query = exp.select(*selected).from_(render.table(source))
    return query if where is None else narrowed(render, query, where)


def limited(query: Node, rows: int) -> exp.Select:
    """At most so many rows of a query."""
    return (
        exp.select(exp.Star())
        .from_(exp.Subquery(this=query, alias=exp.TableAlias(this=name("dq_rows"))))
        .limit(rows)
    )


def narrowed(render: Renderer, query: exp.Select, condition: w.Condition) -> exp.Select:
    """The query with only those rows on which a condition is TRUE.

    A condition that reads other rows must see them all, so it stands behind the windows, not before.
    """
    if windows(condition):
        return query.qualify(render.condition(condition))
    return query.where(render.condition(condition))


def value_counts(
    render: Renderer, source: str, of: w.Term, where: w.Condition | None, most: int
) -> exp.Select:
    """One row `(distinct, rows, entropy in bits, most frequent values)` of the non-null values.

    The values are structs of `n`, the negative count, and `v`, so that the smallest are the most frequent.
    """
    grouped = _counted(render, source, of, where)
    n = exp.column("n")
    total = exp.Sum(this=n)
    logs = exp.Sum(this=exp.Mul(this=n.copy(), expression=render.log2(n.copy())))
    # -sum(p * log2(p)) with p = n / total
    entropy = exp.Sub(
        this=render.log2(total.copy()),
        expression=exp.Div(this=logs, expression=exp.cast(total.copy(), "DOUBLE"), typed=False, safe=False),
    )
    pair = render.struct({"n": exp.Neg(this=n.copy()), "v": exp.column("v")})
    rows = exp.cast(exp.Coalesce(this=total, expressions=[exp.Literal.number(0)]), "BIGINT")
    return exp.select(exp.Count(this=exp.Star()), rows, entropy, render.smallest(pair, most)).from_(
        exp.Subquery(this=grouped, alias=exp.TableAlias(this=name("dq_values")))
    )


def modes(
    render: Renderer, source: str, of: w.Term, where: w.Condition | None, among: tuple[w.Lit, ...], most: int
) -> exp.Select:
    """One row about the most frequent values: `(how many, their count, some of them, how many among)`.

    Nulls are left out, all NaNs are one value; on no value `(0, NULL, NULL, 0)`.
    """
    v, n, top = (exp.column(column) for column in "vnm")
    highest = exp.alias_(exp.Window(this=exp.Max(this=n.copy())), "m")
    counted = exp.select(v.copy(), n.copy(), highest).from_(
        exp.Subquery(this=_counted(render, source, of, where), alias=exp.TableAlias(this=name("dq_values")))
    )
    mode = exp.EQ(this=n, expression=top)
    known = render.condition(w.In(w.Column("v", "?"), among))
    among_them = exp.and_(mode.copy(), exp.paren(known), copy=False)
    zero = exp.Literal.number(0)
    return exp.select(
        exp.Coalesce(this=exp.CountIf(this=mode.copy()), expressions=[zero]),
        exp.Max(this=top.copy()),
        render.smallest(exp.Case().when(mode, v), most),
        exp.Coalesce(this=exp.CountIf(this=among_them), expressions=[zero.copy()]),
    ).from_(exp.Subquery(this=counted, alias=exp.TableAlias(this=name("dq_counts"))))


def _counted(render: Renderer, source: str, of: w.Term, where: w.Condition | None) -> exp.Select:
    """`(v, n)`: every non-null value of a term, and how often it occurs."""
    term = render.term(of)
    grouped = (
        exp.select(exp.alias_(term, "v"), exp.alias_(exp.Count(this=exp.Star()), "n"))
        .from_(render.table(source))
        .where(exp.not_(render.condition(w.IsNull(of))))
        .group_by(term.copy())
    )
    return grouped if where is None else grouped.where(render.condition(where))
