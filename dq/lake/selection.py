"""Which partitions are meant: ranges, lists and patterns of partition values. Pure.

| text | means |
|---|---|
| `date=2013-02-08` | this one |
| `date=2013-02-01..2013-02-28` | every day, month or whole number from the first to the last, both included |
| `date=2013-02-01..` | what is there from the first on; `..2013-02-28` up to the last |
| `date=2013-02-08,2013-02-13` | each of them; ranges and patterns may stand in a list too |
| `date=2013-02-*` | what is there and matches: `*` any text, `?` one character, `[0-4]` one of them |
| `date=2013-02-01..2013-02-03/hour=0..23` | several columns: every combination |

Values that are named, one by one or by a closed range, are meant whether they are there or not, so that a day
that never came is not passed over in silence. Open ranges and patterns take what is there. A character with a
meaning stands for itself when it is written as in folder names, e.g. `%2C` for a comma.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TypeAlias
from urllib.parse import unquote

from dq.errors import DataError, UsageError
from dq.lake.manifest import Partition, Values

MOST = 100_000
"""Partitions that one selection may name; more is taken for a slip of the pen."""

_NEXT_PAIR = re.compile(r"/(?=[^/=]+=)")
_MARKS = re.compile(r"[,*?\[]|\.\.")
_LITERAL_MARK = re.compile(r"%(2A|3F|5B)", re.IGNORECASE)
_DIGITS = re.compile(r"(\d+)")


def pairs_of(text: str) -> Iterator[tuple[str, str]]:
    """Columns and values of `date=2013-02-08/hour=03`, the values as they are written.

    Raises:
        UsageError: a part has another form.
    """
    for pair in _NEXT_PAIR.split(text.strip("/")):
        column, equals, value = pair.partition("=")
        if not equals or not column or not value:
            raise UsageError(f"'{text}' is no partition; expected column=value, e.g. date=2013-02-08")
        yield unquote(column), value


def literal(partition: Partition) -> str:
    """A partition as a text that `parse` reads as exactly this one."""
    return _MARKS.sub(lambda mark: "".join(f"%{ord(c):02X}" for c in mark.group()), str(partition))


@dataclass(frozen=True)
class Exact:
    """One value."""

    value: str


@dataclass(frozen=True)
class Range:
    """Values from the first to the last, both included; an empty end is open."""

    first: str
    last: str


@dataclass(frozen=True)
class Pattern:
    """Values that match a pattern of the shell."""

    text: str


Term: TypeAlias = Exact | Range | Pattern


@dataclass(frozen=True)
class Selection:
    """Terms by column.

    Attributes:
        terms: in the order in which the columns were given; a value is meant that any term of its column
            means.
    """

    terms: Mapping[str, tuple[Term, ...]]

    @property
    def one(self) -> Partition | None:
        """The partition, when exactly one is named; None otherwise."""
        values = [(column, terms[0]) for column, terms in self.terms.items() if len(terms) == 1]
        exact = [(column, term.value) for column, term in values if isinstance(term, Exact)]
        return Partition(tuple(exact)) if len(exact) == len(self.terms) else None

    def choose(self, existing: Sequence[Partition]) -> tuple[Partition, ...]:
        """The partitions that are meant, oldest first, each once.

        Args:
            existing: every partition that is there. A selection by fewer columns means coarser slices.

        Raises:
            UsageError: a range has no order, or more than `MOST` partitions are named.
            DataError: nothing is there that is meant.
        """
        there = {tuple(v for _, v in found) for one in existing if (found := self._projected(one))}
        known = [sorted({values[at] for values in there}) for at in range(len(self.terms))]
        named = [
            list(_named(terms, values)) for terms, values in zip(self.terms.values(), known, strict=True)
        ]
        if _product(len(values) for values in named) > MOST:
            raise UsageError(f"more than {MOST:,} partitions are named by {self}; name fewer")
        means = [_matcher(terms) for terms in self.terms.values()]
        chosen = set(itertools.product(*named))
        chosen |= {v for v in there if all(match(part) for match, part in zip(means, v, strict=True))}
        if not chosen:
            raise DataError(f"no partition matches {self}; {_extent(existing)}")
        return in_order(Partition(tuple(zip(self.terms, values, strict=True))) for values in chosen)

    def _projected(self, partition: Partition) -> Values | None:
        values = partition.as_dict()
        if any(column not in values for column in self.terms):
            return None
        return tuple((column, values[column]) for column in self.terms)

    def __str__(self) -> str:
        return "/".join(f"{column}={','.join(map(_text, terms))}" for column, terms in self.terms.items())


def parse(texts: str | Iterable[str]) -> Selection:
    """A selection from one text, or from several that name different columns.

    Raises:
        UsageError: a text has another form, a range is reversed or has no order, a column is named twice.
    """
    terms: dict[str, tuple[Term, ...]] = {}
    for text in [texts] if isinstance(texts, str) else texts:
        for column, value in pairs_of(text):
            found = tuple(_term(part, text) for part in value.split(","))
            if terms.setdefault(column, found) != found:
                raise UsageError(
                    f"'{column}' is given twice; a list means several: {column}={_text(terms[column][0])},..."
                )
    return Selection(terms)


def in_order(partitions: Iterable[Partition]) -> tuple[Partition, ...]:
    """Each partition once, numbers within values in the order of numbers."""
    return tuple(sorted(dict.fromkeys(partitions), key=_rank))


def _rank(partition: Partition) -> tuple[tuple[tuple[int, int, str], ...], ...]:
    return tuple(_parts(value) for _, value in partition.values)


def _parts(value: str) -> tuple[tuple[int, int, str], ...]:
    number = _number(value)
    if number is not None:
        return ((0, number, value),)
    return tuple((0, int(p), p) if p.isdecimal() else (1, 0, p) for p in _DIGITS.split(value) if p)


def _term(part: str, text: str) -> Term:
    if not part:
        raise UsageError(f"'{text}' has an empty value; write date=2013-02-08,2013-02-13")
    first, dots, last = part.partition("..")
    if dots:
        first, last = unquote(first), unquote(last)
        _order_of(first, last)
        return Range(first, last)
    if re.search(r"[*?\[]", part):
        return Pattern(unquote(_LITERAL_MARK.sub(lambda mark: f"[{unquote(mark.group())}]", part)))
    return Exact(unquote(part))


def _text(term: Term) -> str:
    match term:
        case Exact(value=value):
            return value
        case Range(first=first, last=last):
            return f"{first}..{last}"
        case Pattern(text=text):
            return text


# --- ranges -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Order:
    """How values of one kind are counted: a value to its place, a place to its value."""

    place: Callable[[str], int | None]
    value: Callable[[int], str]


def _day(text: str) -> int | None:
    try:
        return dt.date.fromisoformat(text).toordinal() if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def _compact_day(text: str) -> int | None:
    return _day(f"{text[:4]}-{text[4:6]}-{text[6:]}") if re.fullmatch(r"\d{8}", text) else None


def _month(text: str) -> int | None:
    found = re.fullmatch(r"(\d{4})-(\d\d)", text)
    if not found or not 1 <= int(found[2]) <= 12:
        return None
    return int(found[1]) * 12 + int(found[2]) - 1


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else None


def _orders(width: int) -> tuple[_Order, ...]:
    return (
        _Order(_day, lambda place: dt.date.fromordinal(place).isoformat()),
        _Order(_month, lambda place: f"{place // 12:04}-{place % 12 + 1:02}"),
        _Order(_compact_day, lambda place: f"{dt.date.fromordinal(place):%Y%m%d}"),
        _Order(_number, lambda place: f"{place:0{width}}"),
    )


def _order_of(first: str, last: str) -> _Order:
    """The order that both ends of a range belong to.

    Raises:
        UsageError: there is none, or the range is reversed.
    """
    ends = [end for end in (first, last) if end]
    # Zeros in front say how wide the numbers are written.
    width = max((len(end) for end in ends if re.match(r"0\d", end)), default=1)
    for order in _orders(width):
        places = [place for end in ends if (place := order.place(end)) is not None]
        if ends and len(places) == len(ends):
            if places[0] > places[-1]:
                raise UsageError(f"the range {first}..{last} is reversed; write {last}..{first}")
            return order
    raise UsageError(
        f"the range {first}..{last} has no order; its ends must both be days (2013-02-08 or 20130208), "
        "months (2013-02) or whole numbers"
    )


def _within(term: Range, value: str) -> bool:
    order = _order_of(term.first, term.last)
    place = order.place(value)
    low, high = order.place(term.first), order.place(term.last)
    return place is not None and (low is None or place >= low) and (high is None or place <= high)


def _counted(term: Range, known: Sequence[str]) -> Iterator[str]:
    """The values of a closed range, spelled as those that are there."""
    order = _order_of(term.first, term.last)
    low, high = order.place(term.first), order.place(term.last)
    if low is None or high is None:
        return
    if high - low >= MOST:
        raise UsageError(f"{term.first}..{term.last} names {high - low + 1:,} values; at most {MOST:,}")
    spelled = {order.place(value): value for value in known}
    for place in range(low, high + 1):
        yield spelled.get(place) or order.value(place)


def _named(terms: Iterable[Term], known: Sequence[str]) -> Iterator[str]:
    for term in terms:
        if isinstance(term, Exact):
            yield term.value
        elif isinstance(term, Range):
            yield from _counted(term, known)


def _matcher(terms: tuple[Term, ...]) -> Callable[[str], bool]:
    def means(value: str) -> bool:
        for term in terms:
            match term:
                case Exact(value=exact):
                    found = value == exact
                case Range():
                    found = _within(term, value)
                case Pattern(text=text):
                    found = fnmatchcase(value, text)
            if found:
                return True
        return False

    return means


def _product(sizes: Iterable[int]) -> int:
    total = 1
    for size in sizes:
        total *= size
    return total


def _extent(existing: Sequence[Partition]) -> str:
    if not existing:
        return "the table has no partitions"
    ordered = in_order(existing)
    return f"there are {len(ordered):,}, from {ordered[0]} to {ordered[-1]}"
