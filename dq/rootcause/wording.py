"""A predicate in words and in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from dq.rootcause import nodes
from dq.rootcause.coding import Coded, tidy
from dq.rootcause.dimensions import Kind
from dq.rootcause.view import Item


@dataclass(frozen=True)
class Predicate:
    """One condition of a segment.

    Attributes:
        column: the column it reads.
        kind: `file`, `time`, `source`, `text` or `number`.
        text: in words, with values, e.g. `carrier = 'UA'`.
        general: in words, without values.
        condition: as SQL; never NULL-sensitive to rows it does not hold.
        values: the single values it names; empty for a range.
    """

    column: str
    kind: str
    text: str
    general: str
    condition: exp.Expression
    values: tuple[Any, ...] = ()


def predicate(coded: Coded, item: Item) -> Predicate:
    """Words and SQL of one item."""
    kind = coded.dimension.kind.name.lower()
    name = coded.dimension.name
    if item.is_range:
        text, condition = _range(coded, item)
        general = f"a range of {name}"
        return Predicate(coded.dimension.column, kind, text, general, condition)
    found = (_value(coded, code) for code in item.codes)
    values = tuple(sorted(found, key=lambda value: (value is None, isinstance(value, str), value or 0)))
    text, condition = _words(coded, values), _condition(coded, values)
    general = f"one value of {name}" if len(values) == 1 else f"{len(values)} values of {name}"
    return Predicate(coded.dimension.column, kind, text, general, condition, values)


def quote(value: Any) -> str:
    """A value as the note writes it: text in quotes, NULL and numbers bare."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def _value(coded: Coded, code: int) -> Any:
    if coded.continuous:
        return None
    return coded.values[code - 1]


def _words(coded: Coded, values: tuple[Any, ...]) -> str:
    name = coded.dimension.name
    if coded.dimension.kind is Kind.FILE:
        shown = [str(value) for value in values]
        return f"{name} {shown[0]}" if len(shown) == 1 else f"{name} in ({', '.join(shown)})"
    if len(values) == 1:
        return f"{name} is NULL" if values[0] is None else f"{name} = {quote(values[0])}"
    return f"{name} in ({', '.join(quote(value) for value in values)})"


def _condition(coded: Coded, values: tuple[Any, ...]) -> exp.Expression:
    dimension = coded.dimension
    parts: list[exp.Expression] = []
    if coded.file_style is not None:
        style = coded.file_style
        parts = [style.condition(dimension.column, str(v)) for v in values if v is not None]
    else:
        known = [nodes.literal(value) for value in values if value is not None]
        if len(known) == 1:
            parts = [exp.EQ(this=dimension.tested.copy(), expression=known[0])]
        elif known:
            parts = [exp.In(this=dimension.tested.copy(), expressions=known)]
    if None in values:
        parts.append(nodes.is_null(dimension.tested))
    return parts[0] if len(parts) == 1 else nodes.either(*parts)


def _range(coded: Coded, item: Item) -> tuple[str, exp.Expression]:
    name, value = coded.dimension.name, coded.dimension.tested
    first, last = item.codes
    low: Any
    high: Any
    if not coded.continuous:
        low = None if first == 1 else coded.values[first - 1]
        high = None if last == coded.bins else coded.values[last - 1]
        if low is not None and low == high:
            return f"{name} = {quote(low)}", exp.EQ(this=value.copy(), expression=nodes.literal(low))
        return _bounds(name, value, low, high, closed=True)
    cuts = (None, *coded.cuts, None)
    low, high = item.bounds or (cuts[first - 1], cuts[last])
    low, high = (None if edge is None else tidy(edge) for edge in (low, high))
    return _bounds(name, value, low, high, closed=False)


def _bounds(
    name: str, value: exp.Expression, low: Any, high: Any, closed: bool
) -> tuple[str, exp.Expression]:
    """`low <= value <= high`, or `< high` when not closed; an open end is None."""
    upper, sign = (exp.LTE, "<=") if closed else (exp.LT, "<")
    parts: list[exp.Expression] = []
    if low is not None:
        parts.append(exp.GTE(this=value.copy(), expression=nodes.literal(low)))
    if high is not None:
        parts.append(upper(this=value.copy(), expression=nodes.literal(high)))
    if low is None:
        return f"{name} {sign} {quote(high)}", parts[0]
    if high is None:
        return f"{name} >= {quote(low)}", parts[0]
    words = f"{name} from {quote(low)} to {'' if closed else 'below '}{quote(high)}"
    return words, nodes.both(parts)
