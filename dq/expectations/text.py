"""Lengths and regular expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, StrictStr, field_validator

from dq.expectations.base import NotEvaluable, Scope, register
from dq.expectations.bounds import CountBounds
from dq.expectations.column import ColumnRowExpectation
from dq.expectations.literals import WholeNumber, kind
from dq.expectations.regexes import checked, search
from dq.expectations.traits import Tool
from dq.sql.words import Column, Compare, Condition, Length, Lit, Matches, Not, Or, Term, Text


def as_text(column: Column) -> Term:
    """A column as text.

    Raises:
        NotEvaluable: its values have no one spelling, as with floats, decimals and nested values.
    """
    if kind(column) not in ("text", "whole", "date"):
        raise NotEvaluable(
            f"column '{column.name}' is {column.type}, which is neither text nor whole numbers nor dates"
        )
    return Text(column)


@register
class ExpectColumnValueLengthsToBeBetween(CountBounds, ColumnRowExpectation):
    """Values have a number of characters within bounds.

    Characters are Unicode code points. Whole numbers and dates count as their text; other types are refused
    (Great Expectations' pandas engine takes the text of any value).
    """

    type: ClassVar[str] = "expect_column_value_lengths_to_be_between"
    short: ClassVar[str] = "length_between"
    needs_bound: ClassVar[bool] = True
    nulls: ClassVar[str] = "Left out. Empty text has length 0."
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'ColumnLength "col" between 4 and 6',
        "soda": (
            "invalid_count(col) = 0: {valid min length: 4, valid max length: 6}; "
            "invalid: {valid_min_length: 4, valid_max_length: 6}"
        ),
        "dbt": "dbt_expectations.expect_column_value_lengths_to_be_between",
        "deequ": '.hasMinLength("col", _ >= 4); .hasMaxLength("col", _ <= 6)',
    }

    def bad(self, scope: Scope) -> Condition:
        """Shorter or longer."""
        length = Length(as_text(scope.column(self.column)))
        outside: list[Condition] = []
        if self.min_value is not None:
            outside.append(Compare("<=" if self.strict_min else "<", length, Lit(self.min_value)))
        if self.max_value is not None:
            outside.append(Compare(">=" if self.strict_max else ">", length, Lit(self.max_value)))
        return outside[0] if len(outside) == 1 else Or(tuple(outside))

    def expected(self) -> str:
        """`length between 1 and 20`."""
        return f"length {super().expected()}{self.share()}"


@register
class ExpectColumnValueLengthsToEqual(ColumnRowExpectation):
    """Values have an exact number of characters. Types as for `length_between`."""

    type: ClassVar[str] = "expect_column_value_lengths_to_equal"
    short: ClassVar[str] = "length"
    positional: ClassVar[tuple[str, ...]] = ("value",)
    nulls: ClassVar[str] = "Left out. Empty text has length 0."
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'ColumnLength "col" = 3',
        "soda": "invalid_count(col) = 0: {valid length: 3}; invalid: {valid_length: 3}",
        "dbt": "dbt_expectations.expect_column_value_lengths_to_equal",
    }

    value: WholeNumber = Field(ge=0, description="Number of characters.")

    def bad(self, scope: Scope) -> Condition:
        """Any other length."""
        return Compare("<>", Length(as_text(scope.column(self.column))), Lit(self.value))

    def expected(self) -> str:
        """`length exactly 12`."""
        return f"length exactly {self.value}{self.share()}"


@register
class ExpectColumnValuesToNotBeBlank(ColumnRowExpectation):
    """Texts hold something besides white space. Nulls are left out; `not_null` asks for those.

    White space is that of ASCII: spaces, tabs, line breaks, form feeds. Other types than text are refused.
    """

    type: ClassVar[str] = "expect_column_values_to_not_be_blank"
    short: ClassVar[str] = "not_blank"
    in_gx: ClassVar[bool] = False
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'ColumnValues "col" not in [EMPTY, WHITESPACES_ONLY]',
        "dbt": "dbt_utils.not_empty_string",
    }

    def bad(self, scope: Scope) -> Condition:
        """Empty, or white space only."""
        column = scope.column(self.column)
        if kind(column) != "text":
            raise NotEvaluable(f"column '{column.name}' is {column.type}, which is not text")
        return Not(Matches(as_text(column), r"[^\t\n\f\r ]"))

    def expected(self) -> str:
        """`not blank`."""
        return f"not blank{self.share()}"


class _Regex(ColumnRowExpectation):
    positional: ClassVar[tuple[str, ...]] = ("regex",)

    regex: StrictStr = Field(description="Regular expression, searched for anywhere in the value.")

    @field_validator("regex")
    @classmethod
    def _regex_compiles(cls, pattern: str) -> str:
        return checked(pattern)

    def found(self, scope: Scope) -> Condition:
        """Whether the pattern is found in a value."""
        return search(as_text(scope.column(self.column)), self.regex)


@register
class ExpectColumnValuesToMatchRegex(_Regex):
    r"""A regular expression is found in every value.

    The pattern is searched for anywhere; anchor it with `^` and `$` for the whole value. It is read by the
    engine (RE2 in DuckDB): `\d`, `\w` and `\b` are ASCII, and `$` is the very end, where Great Expectations'
    pandas engine uses Python's `re`. A pattern that only `re` knows, such as look-around or a
    back-reference, is searched for with `re`, once per different value; that is far slower. Whole numbers
    and dates count as their text; other types are refused.
    """

    type: ClassVar[str] = "expect_column_values_to_match_regex"
    short: ClassVar[str] = "regex"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'ColumnValues "col" matches "^N"',
        "soda": "invalid_count(col) = 0: {valid regex: ^N}; invalid: {valid_format: {regex: ^N}}",
        "dbt": "dbt_expectations.expect_column_values_to_match_regex",
        "deequ": '.hasPattern("col", "^N".r)',
    }

    def bad(self, scope: Scope) -> Condition:
        """Without the pattern."""
        return Not(self.found(scope))

    def expected(self) -> str:
        """`matches ^[A-Z]{2}$`."""
        return f"matches {self.regex}{self.share()}"


@register
class ExpectColumnValuesToNotMatchRegex(_Regex):
    """A regular expression is found in no value. Patterns and types as for `regex`."""

    type: ClassVar[str] = "expect_column_values_to_not_match_regex"
    short: ClassVar[str] = "not_regex"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'ColumnValues "col" not matches "^N"',
        "soda": "invalid_count(col) = 0: {invalid regex: ^N}; invalid: {invalid_format: {regex: ^N}}",
        "dbt": "dbt_expectations.expect_column_values_to_not_match_regex",
    }

    def bad(self, scope: Scope) -> Condition:
        """With the pattern."""
        return self.found(scope)

    def expected(self) -> str:
        """`does not match ^TEST`."""
        return f"does not match {self.regex}{self.share()}"
