"""Which columns may explain a failure, and how each is read from the data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from sqlglot import exp

from dq.rootcause import nodes
from dq.rootcause.scanner import SearchTarget

MAX_TEXT = 80
"""Characters. Longer texts are free text, not categories; they are read as one `LONG_TEXT`."""
LONG_TEXT = "<long text>"


class Kind(IntEnum):
    """What a dimension is; the order is the preference between equal wordings."""

    FILE = 0
    TIME = 1
    SOURCE = 2
    TEXT = 3
    NUMBER = 4

    @property
    def ordinal(self) -> bool:
        """Whether ranges make sense on it."""
        return self in (Kind.TIME, Kind.NUMBER)


@dataclass(frozen=True)
class Dimension:
    """One way to cut the rows.

    Attributes:
        name: how it is spoken of, e.g. `carrier` or `hour of event_ts`.
        column: the column it is read from.
        kind: what it is.
        value: SQL expression that yields its value in the sample.
        test: SQL expression that a condition compares with a value; None when it is `value`.
    """

    name: str
    column: str
    kind: Kind
    value: exp.Expression
    test: exp.Expression | None = None

    @property
    def tested(self) -> exp.Expression:
        """What a condition compares."""
        return self.test if self.test is not None else self.value


_INTEGER = re.compile(r"^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?\b|^INT\d+$|^(LONG|SHORT)$")
_NUMBER = re.compile(r"^(DECIMAL|NUMERIC|DOUBLE|FLOAT|REAL)")
_TEXT = re.compile(r"^(VARCHAR|CHAR|TEXT|STRING|ENUM|BPCHAR)")
_SOURCE = re.compile(r"source|system|version|writer|feed|provider|channel|vendor|\bapp(_|\b)", re.IGNORECASE)
_CLOCK = re.compile(r"(^|_)(hour|hr|hh|minute)s?$|_time$|^time$", re.IGNORECASE)


def is_number(type_text: str) -> bool:
    """Whether a DuckDB type is numeric (`INTEGER`, `DECIMAL(10,2)`, `DOUBLE`, ...)."""
    kind = type_text.strip().upper()
    return bool(_INTEGER.match(kind) or _NUMBER.match(kind)) and not kind.endswith("]")


def is_text(type_text: str) -> bool:
    """Whether a DuckDB type is text or an enumeration."""
    kind = type_text.strip().upper()
    return bool(_TEXT.match(kind)) and not kind.endswith("]")


def plan_dimensions(target: SearchTarget, only: tuple[str, ...] = ()) -> tuple[Dimension, ...]:
    """Every dimension that could explain a failure of this target.

    Columns of the check are left out, and so are nested, binary and interval columns. Whether a column is
    useful (few values, not derived from the checked column) is only known from the sample.

    Args:
        target: what is searched.
        only: restrict to these columns; empty for no restriction.

    Returns:
        Dimensions in schema order, the file name first.
    """
    found: list[Dimension] = []
    if target.file_column and not (only and target.file_column not in only):
        found.append(Dimension("file", target.file_column, Kind.FILE, nodes.column(target.file_column)))
    for name in target.shared_columns:
        if name == target.file_column or name in target.check_columns or (only and name not in only):
            continue
        dimension = _dimension(name, target.schema[name])
        if dimension is not None:
            found.append(dimension)
    return tuple(found)


def _dimension(name: str, type_text: str) -> Dimension | None:
    kind = type_text.strip().upper()
    column = nodes.column(name)
    if kind.endswith("]"):
        return None
    if kind.startswith(("TIMESTAMP", "DATETIME")):
        return _hour(name, column, with_zone="ZONE" in kind or kind == "TIMESTAMPTZ")
    if kind.startswith("TIME"):
        return _hour(name, column, with_zone=False)
    if kind == "DATE":
        return Dimension(name, name, Kind.TEXT, nodes.cast(column, "VARCHAR"))
    if is_number(kind):
        clock = bool(_INTEGER.match(kind)) and bool(_CLOCK.search(name))
        return Dimension(name, name, Kind.TIME if clock else Kind.NUMBER, column)
    if kind in ("BOOLEAN", "BOOL"):
        return Dimension(name, name, Kind.TEXT, column)
    if is_text(kind):
        source = Kind.SOURCE if _SOURCE.search(name) else Kind.TEXT
        return Dimension(name, name, source, _short(column, kind), column)
    return None


def _hour(name: str, column: exp.Expression, with_zone: bool) -> Dimension:
    """The hour of day; of instants with a zone, in UTC, so that it does not depend on the session."""
    moment = exp.AtTimeZone(this=column, zone=exp.Literal.string("UTC")) if with_zone else column
    label = f"hour of {name}" + (" (UTC)" if with_zone else "")
    return Dimension(label, name, Kind.TIME, exp.Extract(this=exp.var("hour"), expression=moment))


def _short(column: exp.Expression, kind: str) -> exp.Expression:
    """The text, or one marker for all long texts, so that a sample of free text stays small."""
    text = nodes.cast(column, "VARCHAR") if kind.startswith("ENUM") else column
    long = exp.GT(this=exp.Length(this=text.copy()), expression=nodes.literal(MAX_TEXT))
    return exp.Case(
        ifs=[exp.If(this=long, true=nodes.literal(LONG_TEXT))],
        default=text.copy(),
    )
