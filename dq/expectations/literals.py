"""Values of a suite beside values of the data: which may be compared, and as what."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Strict, StrictBool, StrictFloat, StrictInt, StrictStr

from dq.expectations.base import NotEvaluable
from dq.lake.schema import kind_of, same_family
from dq.sql.words import Column, Lit, Scalar, Term, Text
from dq.verdict import Outcome

_Exact = Annotated[Decimal, Strict()]
_Moment = Annotated[dt.datetime, Strict()]
_Day = Annotated[dt.date, Strict()]
_Clock = Annotated[dt.time, Strict()]

Number = StrictInt | StrictFloat | _Exact
"""A number in a suite; true and false are none."""
Bound = StrictInt | StrictFloat | _Exact | _Moment | _Day | _Clock | StrictStr
"""A value with an order."""
Value = StrictBool | StrictInt | StrictFloat | _Exact | _Moment | _Day | _Clock | StrictStr
"""A value in a suite. Numbers, dates and text stay what they were written as."""

NUMBERS = ("whole", "real", "decimal")
"""Kinds of column that hold numbers."""


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


WholeNumber = Annotated[StrictInt, BeforeValidator(_whole)]
"""A whole number; `4.0` is read as 4, which is how Great Expectations writes it."""


def untyped(column: Column) -> bool:
    """Whether a column holds nothing but nulls and so has no type of its own."""
    return column.type.strip('"').upper() == "NULL"


def kind(column: Column) -> str:
    """The family of a column's type, as `dq.lake.schema.kind_of` has it.

    Raises:
        NotEvaluable: the column has no type; the outcome is `untested`, since there is no value either.
    """
    if untyped(column):
        raise NotEvaluable(f"column '{column.name}' has no type and no value", Outcome.UNTESTED)
    return kind_of(column.type)


def literal(column: Column, value: Scalar, field: str) -> Lit:
    """A value as a literal that compares exactly with a column's type.

    ISO text becomes a date or a timestamp on columns of those types. A timestamp without a zone means UTC
    on columns with one, and the other way round. A fraction such as 0.1 means the column's own nearest
    value: the decimal 0.1 on decimals, the 32-bit 0.1 on 32-bit floats.

    Args:
        column: what it is compared with.
        value: from the suite; never None.
        field: name of the argument, for the message.

    Raises:
        NotEvaluable: the value cannot be compared with the column.
    """
    family = kind(column)
    if family in ("date", "time"):
        return Lit(_moment(column, value, field))
    if family != "other" and _family(value) != ("number" if family in NUMBERS else family):
        raise _unlike(column, value, field)
    return Lit(_near(column.type, family, value))


def matching(column: Column, values: Iterable[Scalar]) -> tuple[Lit, ...]:
    """Those values of a set that the column can hold at all, as literals, each once.

    None is dropped: null rows are never judged. A value of another family (text beside numbers, true beside
    1, a fraction beside whole numbers) equals no value of the column, so it is dropped as well.
    """
    found: dict[Lit, None] = {}
    for value in values:
        if value is None:
            continue
        try:
            fitted = literal(column, value, "value_set")
        except NotEvaluable:
            continue
        if kind(column) != "whole" or isinstance(fitted.value, int):
            found[fitted] = None
    return tuple(found)


def term(column: Column) -> Term:
    """The column as a term that orders and compares like its literals: an ENUM by its text."""
    return Text(column) if column.type.upper().startswith("ENUM") else column


def _family(value: Scalar) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float | Decimal):
        return "number"
    return "text" if isinstance(value, str) else "moment"


def _near(type_text: str, family: str, value: Scalar) -> Scalar:
    if family == "whole" and isinstance(value, float | Decimal) and value == value // 1:
        return int(value)
    if family == "decimal" and isinstance(value, float) and abs(value) != float("inf"):
        return Decimal(repr(value))
    if type_text in ("FLOAT", "REAL") and isinstance(value, float):
        try:
            return float(struct.unpack("f", struct.pack("f", value))[0])
        except OverflowError:
            return value
    return value


def _moment(column: Column, value: Scalar, field: str) -> Scalar:
    clock = column.type == "TIME"
    parsed = _parsed(column, value, field, clock) if isinstance(value, str) else value
    if clock != isinstance(parsed, dt.time) or not isinstance(parsed, dt.date | dt.time):
        raise _unlike(column, value, field)
    if isinstance(parsed, dt.time):
        return parsed
    if "ZONE" in column.type or column.type == "TIMESTAMPTZ":
        return instant(parsed)
    if isinstance(parsed, dt.datetime) and parsed.tzinfo:
        return parsed.astimezone(dt.timezone.utc).replace(tzinfo=None)
    return parsed


def _parsed(column: Column, text: str, field: str, clock: bool) -> dt.date | dt.time:
    try:
        return dt.time.fromisoformat(text) if clock else parse_moment(text)
    except ValueError:
        raise NotEvaluable(
            f"{field} {text!r} is no ISO date or time, but column '{column.name}' is {column.type}"
        ) from None


def parse_moment(text: str) -> dt.date:
    """A date (`2013-02-08`) or a datetime (`2013-02-08T10:00:00Z`) from ISO text.

    Raises:
        ValueError: it is neither.
    """
    if len(text) == 10:
        return dt.date.fromisoformat(text)
    return dt.datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)


def instant(value: dt.date) -> dt.datetime:
    """A date (at midnight) or a datetime as an aware datetime; without a zone it means UTC."""
    if not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day)
    return value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)


def aligned(left: Any, right: Any) -> tuple[Any, Any]:
    """Two values in a common type, so that Python compares them as SQL would.

    Dates and datetimes become instants; a float beside a decimal becomes the decimal that it is written as.
    """
    if isinstance(left, dt.date) and isinstance(right, dt.date):
        return instant(left), instant(right)
    if isinstance(left, Decimal) and isinstance(right, float):
        return left, Decimal(repr(right))
    if isinstance(left, float) and isinstance(right, Decimal):
        return Decimal(repr(left)), right
    return left, right


def comparable(left: Column, right: Column) -> bool:
    """Whether values of two columns may be compared without turning one family into another."""
    return same_family(left.type, right.type)


def _unlike(column: Column, value: Scalar, field: str) -> NotEvaluable:
    return NotEvaluable(f"{field} {value!r} is {_called(value)}, but column '{column.name}' is {column.type}")


def _called(value: Any) -> str:
    words = {"bool": "true/false", "number": "a number", "text": "text"}
    return words.get(_family(value), f"a {type(value).__name__}")


def show(value: Any) -> str:
    """A value of a suite for a sentence, exact up to 15 digits."""
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return f"{value:.15g}" if isinstance(value, float) else str(value)
