"""Several regular expressions at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, StrictStr, field_validator

from dq.expectations.base import Scope, register
from dq.expectations.column import ColumnRowExpectation
from dq.expectations.regexes import all_checked, search
from dq.expectations.text import as_text
from dq.expectations.traits import Tool
from dq.sql.words import And, Condition, Not, Or

_SHOWN = 5


def listed(patterns: tuple[str, ...]) -> str:
    """`^A, ^B`, the first few."""
    more = f", ... ({len(patterns)} patterns)" if len(patterns) > _SHOWN else ""
    return ", ".join(patterns[:_SHOWN]) + more


class _RegexList(ColumnRowExpectation):
    positional: ClassVar[tuple[str, ...]] = ("regex_list",)

    regex_list: tuple[StrictStr, ...] = Field(
        min_length=1, description="Regular expressions, each searched for anywhere in the value."
    )

    @field_validator("regex_list")
    @classmethod
    def _each_compiles(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return all_checked(patterns)

    def found(self, scope: Scope) -> tuple[Condition, ...]:
        """Per pattern: whether it is found in a value."""
        term = as_text(scope.column(self.column))
        return tuple(search(term, pattern) for pattern in dict.fromkeys(self.regex_list))


@register
class ExpectColumnValuesToMatchRegexList(_RegexList):
    """Any, or all, of several regular expressions are found in every value.

    Patterns and types as for `regex`.
    """

    type: ClassVar[str] = "expect_column_values_to_match_regex_list"
    short: ClassVar[str] = "regex_list"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "soda": "invalid_count(col) = 0: {valid regex: ^[AB]}; invalid: {valid_format: {regex: ^[AB]}}",
        "dbt": "dbt_expectations.expect_column_values_to_match_regex_list",
    }

    match_on: Literal["any", "all"] = Field(
        default="any", description="Whether one pattern is enough, or all must be found."
    )

    def bad(self, scope: Scope) -> Condition:
        """None of them found, or not all."""
        found = self.found(scope)
        return Not(Or(found) if self.match_on == "any" else And(found))

    def expected(self) -> str:
        """`matches any of ^A, ^B`."""
        return f"matches {self.match_on} of {listed(self.regex_list)}{self.share()}"


@register
class ExpectColumnValuesToNotMatchRegexList(_RegexList):
    """None of several regular expressions is found in any value.

    Patterns and types as for `regex`.
    """

    type: ClassVar[str] = "expect_column_values_to_not_match_regex_list"
    short: ClassVar[str] = "not_regex_list"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "soda": "invalid_count(col) = 0: {invalid regex: ^[AB]}; invalid: {invalid_format: {regex: ^[AB]}}",
        "dbt": "dbt_expectations.expect_column_values_to_not_match_regex_list",
    }

    def bad(self, scope: Scope) -> Condition:
        """One of them found."""
        return Or(self.found(scope))

    def expected(self) -> str:
        """`matches none of ^A, ^B`."""
        return f"matches none of {listed(self.regex_list)}{self.share()}"
