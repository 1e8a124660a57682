"""Dates and times that are written as text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field, StrictStr, field_validator

from dq.expectations.base import NotEvaluable, Scope, register
from dq.expectations.column import ColumnRowExpectation
from dq.expectations.literals import kind
from dq.expectations.traits import Cost, Tool
from dq.sql.words import Accepted, Check, Condition, Not, Text


@dataclass(frozen=True)
class FitsStrftime:
    """Texts that `datetime.strptime` reads with a format."""

    format: str

    def accepts(self, values: Sequence[str]) -> list[bool]:
        """Read one by one."""
        return [_fits(value, self.format) for value in values]


def _fits(value: str, form: str) -> bool:
    try:
        dt.datetime.strptime(value, form)
    except (ValueError, OverflowError):
        return False
    return True


@dataclass(frozen=True)
class ParsesAsDate:
    """Texts that `dateutil.parser.parse` reads."""

    def accepts(self, values: Sequence[str]) -> list[bool]:
        """Read one by one."""
        from dateutil.parser import parse

        def reads(value: str) -> bool:
            try:
                parse(value, tzinfos=_no_zone)
            except (ValueError, ArithmeticError, TypeError, LookupError, AttributeError):
                # Besides its own errors the parser lets some of Python's slip on text that is no date.
                return False
            return True

        return [reads(value) for value in values]


def _no_zone(name: str | None, offset: int | None) -> None:
    """No zone for any name: without it the parser warns of unknown names, and quotes them."""


class _DateText(ColumnRowExpectation):
    cost: ClassVar[Cost] = Cost.OUTSIDE

    def read(self, scope: Scope, check: Check) -> Condition:
        """Whether a check accepts the text.

        Raises:
            NotEvaluable: the column holds no text.
        """
        column = scope.column(self.column)
        if kind(column) != "text":
            raise NotEvaluable(
                f"column '{column.name}' is {column.type}, which is no text; "
                "columns of dates and numbers need no parsing"
            )
        return Accepted(Text(column), check)


@register
class ExpectColumnValuesToMatchStrftimeFormat(_DateText):
    """Values are dates or times written in a format of `strftime`.

    Text is read by Python's `datetime.strptime`, as in Great Expectations: the whole text must fit, numbers
    may lack leading zeros, names of days and months are those of the locale. Other types are refused.
    """

    type: ClassVar[str] = "expect_column_values_to_match_strftime_format"
    short: ClassVar[str] = "strftime"
    positional: ClassVar[tuple[str, ...]] = ("strftime_format",)
    aliases: ClassVar[Mapping[str, str]] = {"format": "strftime_format"}
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "soda": "invalid_count(col) = 0: {valid format: date iso}",
    }

    strftime_format: StrictStr = Field(min_length=1, description="As for `strptime`, e.g. %Y-%m-%d.")

    @field_validator("strftime_format")
    @classmethod
    def _can_be_read(cls, form: str) -> str:
        try:
            dt.datetime.strptime(dt.datetime.now(tz=dt.timezone.utc).strftime(form), form)
        except ValueError as error:
            raise ValueError(f"{form!r} cannot be read back: {error}") from None
        return form

    def bad(self, scope: Scope) -> Condition:
        """Written otherwise, or no date."""
        return Not(self.read(scope, FitsStrftime(self.strftime_format)))

    def expected(self) -> str:
        """`written as %Y-%m-%d`."""
        return f"written as {self.strftime_format}{self.share()}"


@register
class ExpectColumnValuesToBeDateutilParseable(_DateText):
    """Values are text that `dateutil` reads as a date or a time.

    The parser is lenient: `10`, `Tuesday` and `5 May` are dates to it. Where the format is known, `strftime`
    says more and is faster. Other types than text are refused.
    """

    type: ClassVar[str] = "expect_column_values_to_be_dateutil_parseable"
    short: ClassVar[str] = "dateutil"
    equivalents: ClassVar[Mapping[Tool, str]] = {}

    def bad(self, scope: Scope) -> Condition:
        """No date."""
        return Not(self.read(scope, ParsesAsDate()))

    def expected(self) -> str:
        """`a date in text`."""
        return f"a date in text{self.share()}"
