"""Personal data where none should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from dq.expectations.base import Scope, register
from dq.expectations.column import ColumnRowExpectation
from dq.expectations.pii_rules import KINDS
from dq.expectations.text import as_text
from dq.expectations.traits import Cost, Tool
from dq.metrics import CountWhere, Metric
from dq.sql.words import Condition, Or

Kind = Literal["credit_card", "email", "iban", "ip", "phone", "us_ssn"]
_EVERY: tuple[Kind, ...] = ("credit_card", "email", "iban", "ip", "phone", "us_ssn")


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


@register
class ExpectColumnValuesToNotContainPii(ColumnRowExpectation):
    """No value contains personal data of the kinds asked for, anywhere in its text. Nulls are left out.

    `details` count values by kind; a value may contain several. Kinds:

    - `credit_card`: a number in the range and length of a big issuer, plain or in groups, that passes Luhn.
      Of other numbers of that shape about one in ten does, so long order numbers can be taken for cards.
    - `email`: an address as in `format: email`.
    - `iban`: a number with the length of its country that passes modulo 97, plain or in groups.
    - `ip`: an address of version 4 or 6. A version of software with four parts is one, too.
    - `phone`: `+` and 7 to 15 digits, or a North American number with separators. Plain digits are none.
    - `us_ssn`: a social security number of the United States, with hyphens, in a range that is given out.

    Names, postal addresses and numbers of other countries are not recognised, nor is anything encoded or
    spelled in words: passing is no proof that a column holds no personal data. Whole numbers and dates count
    as their text, other types are refused. Shapes are found by the engine; check digits are computed in
    Python, once per different value.
    """

    type: ClassVar[str] = "expect_column_values_to_not_contain_pii"
    short: ClassVar[str] = "no_pii"
    positional: ClassVar[tuple[str, ...]] = ("kinds",)
    in_gx: ClassVar[bool] = False
    cost: ClassVar[Cost] = Cost.OUTSIDE
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "deequ": '.containsSocialSecurityNumber("col", _ == 0)',
    }

    kinds: Annotated[tuple[Kind, ...], BeforeValidator(_several)] = Field(
        default=_EVERY, min_length=1, description="What to look for; every kind when left out."
    )

    def found(self, scope: Scope) -> dict[str, Condition]:
        """Per kind: whether a value contains it."""
        term = as_text(scope.column(self.column))
        return {kind: KINDS[kind](term) for kind in dict.fromkeys(self.kinds)}

    def bad(self, scope: Scope) -> Condition:
        """Any of them."""
        return Or(tuple(self.found(scope).values()))

    def extra_metrics(self, scope: Scope) -> dict[str, Metric]:
        """Values by kind."""
        found = self.found(scope)
        return {kind: CountWhere(condition=inside, where=self.filter) for kind, inside in found.items()}

    def expected(self) -> str:
        """`no e-mail, iban`."""
        kinds = "personal data" if set(self.kinds) == set(_EVERY) else ", ".join(dict.fromkeys(self.kinds))
        return f"no {kinds}{self.share()}"
