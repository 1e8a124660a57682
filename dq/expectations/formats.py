"""Named formats: e-mail addresses, account numbers, codes of standards."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import indent
from typing import ClassVar, Literal

from pydantic import Field

from dq.expectations.base import Scope, register
from dq.expectations.column import ColumnRowExpectation
from dq.expectations.format_rules import FORMATS
from dq.expectations.text import as_text
from dq.expectations.traits import Cost, Tool
from dq.sql.words import Condition, Not, Text

Name = Literal[
    "credit_card",
    "email",
    "gtin",
    "hostname",
    "iban",
    "ip",
    "ipv4",
    "ipv6",
    "isin",
    "iso_country",
    "iso_currency",
    "iso_date",
    "iso_datetime",
    "lei",
    "mac",
    "phone_e164",
    "url",
    "uuid",
]


@register
class ExpectColumnValuesToMatchFormat(ColumnRowExpectation):
    """Values are written in a named format. Nulls are left out.

    The whole value must fit, blanks around it included. It is about how a value is written, and where the
    format has check digits, whether they are right; not about whether the address or the account exists.
    Whole numbers and dates count as their text, other types are refused. Formats with check digits are
    computed in Python, once per different value; all others are answered by the engine.
    """

    type: ClassVar[str] = "expect_column_values_to_match_format"
    short: ClassVar[str] = "format"
    positional: ClassVar[tuple[str, ...]] = ("format",)
    in_gx: ClassVar[bool] = False
    cost: ClassVar[Cost] = Cost.OUTSIDE
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "soda": "invalid_count(col) = 0: {valid format: email}; invalid: {valid_format: {name: email}}",
        "deequ": '.containsEmail("col"); .containsURL("col"); .containsCreditCardNumber("col")',
    }

    format: Name = Field(description="Name of the format.")

    def bad(self, scope: Scope) -> Condition:
        """Written otherwise."""
        column = scope.column(self.column)
        uuid = self.format == "uuid" and column.type == "UUID"
        return Not(FORMATS[self.format].valid(Text(column) if uuid else as_text(column)))

    def expected(self) -> str:
        """`written as iban`."""
        return f"written as {self.format}{self.share()}"


_LIST = "\n".join(f"- `{name}`: {known.means}." for name, known in FORMATS.items())
# The reference shows the docstring, and the table of formats is the one place that describes them.
ExpectColumnValuesToMatchFormat.__doc__ = (
    f"{ExpectColumnValuesToMatchFormat.__doc__}\n{indent(_LIST, ' ' * 4)}"
)
