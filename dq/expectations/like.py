"""SQL LIKE patterns: `%` for any text, `_` for one character."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, StrictStr, model_validator

from dq.expectations.base import Scope, register
from dq.expectations.column import ColumnRowExpectation
from dq.expectations.regex_lists import listed
from dq.expectations.text import as_text
from dq.expectations.traits import Tool
from dq.sql.words import And, Condition, Like, Not, Or


class _Like(ColumnRowExpectation):
    escape: StrictStr | None = Field(
        default=None, min_length=1, max_length=1, description="One character that makes the next one plain."
    )

    @property
    @abstractmethod
    def patterns(self) -> tuple[str, ...]:
        """The patterns, at least one."""

    @model_validator(mode="after")
    def _patterns_are_whole(self) -> _Like:
        for pattern in self.patterns:
            _check_escapes(pattern, self.escape)
        return self

    def alike(self, scope: Scope) -> tuple[Condition, ...]:
        """Per pattern: whether a value matches it as a whole."""
        term = as_text(scope.column(self.column))
        return tuple(Like(term, pattern, self.escape) for pattern in dict.fromkeys(self.patterns))


def _check_escapes(pattern: str, escape: str | None) -> None:
    characters: Iterable[Any] = iter(pattern)
    for character in characters:
        if character == escape and next(iter(characters), None) is None:
            raise ValueError(f"{pattern!r} ends with the escape character {escape!r}; write it twice")


class _OneLike(_Like):
    positional: ClassVar[tuple[str, ...]] = ("like_pattern",)
    aliases: ClassVar[Mapping[str, str]] = {"pattern": "like_pattern"}

    like_pattern: StrictStr = Field(description="The whole value; `%` any text, `_` one character.")

    @property
    def patterns(self) -> tuple[str, ...]:
        """The only one."""
        return (self.like_pattern,)


class _ManyLikes(_Like):
    positional: ClassVar[tuple[str, ...]] = ("like_pattern_list",)
    aliases: ClassVar[Mapping[str, str]] = {"patterns": "like_pattern_list"}

    like_pattern_list: tuple[StrictStr, ...] = Field(
        min_length=1, description="Patterns of the whole value; `%` any text, `_` one character."
    )

    @property
    def patterns(self) -> tuple[str, ...]:
        """As given."""
        return self.like_pattern_list


@register
class ExpectColumnValuesToMatchLikePattern(_OneLike):
    """Values match an SQL LIKE pattern as a whole.

    `%` stands for any text, `_` for one character, everything else for itself: letters count as they are,
    brackets and backslashes have no meaning (Great Expectations takes whatever its database does; SQLite
    ignores the case of ASCII letters, SQL Server reads brackets). `escape` makes the next character plain.
    Whole numbers and dates count as their text; other types are refused.
    """

    type: ClassVar[str] = "expect_column_values_to_match_like_pattern"
    short: ClassVar[str] = "like"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": "dbt_expectations.expect_column_values_to_match_like_pattern",
    }

    def bad(self, scope: Scope) -> Condition:
        """Unlike the pattern."""
        return Not(self.alike(scope)[0])

    def expected(self) -> str:
        """`like 'N%'`."""
        return f"like {self.like_pattern!r}{self.share()}"


@register
class ExpectColumnValuesToNotMatchLikePattern(_OneLike):
    """No value matches an SQL LIKE pattern. Patterns and types as for `like`."""

    type: ClassVar[str] = "expect_column_values_to_not_match_like_pattern"
    short: ClassVar[str] = "not_like"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": "dbt_expectations.expect_column_values_to_not_match_like_pattern",
    }

    def bad(self, scope: Scope) -> Condition:
        """Like the pattern."""
        return self.alike(scope)[0]

    def expected(self) -> str:
        """`not like 'TEST%'`."""
        return f"not like {self.like_pattern!r}{self.share()}"


@register
class ExpectColumnValuesToMatchLikePatternList(_ManyLikes):
    """Values match any, or all, of several SQL LIKE patterns.

    Patterns and types as for `like`; `escape` holds for each of them.
    """

    type: ClassVar[str] = "expect_column_values_to_match_like_pattern_list"
    short: ClassVar[str] = "like_list"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": "dbt_expectations.expect_column_values_to_match_like_pattern_list",
    }

    match_on: Literal["any", "all"] | None = Field(
        default="any", description="Whether one pattern is enough, or all must match; null for any."
    )

    def bad(self, scope: Scope) -> Condition:
        """Like none of them, or not like all."""
        alike = self.alike(scope)
        return Not(And(alike) if self.match_on == "all" else Or(alike))

    def expected(self) -> str:
        """`like any of A%, B%`."""
        return f"like {self.match_on or 'any'} of {listed(self.like_pattern_list)}{self.share()}"


@register
class ExpectColumnValuesToNotMatchLikePatternList(_ManyLikes):
    """No value matches any of several SQL LIKE patterns.

    Patterns and types as for `like`; `escape` holds for each of them.
    """

    type: ClassVar[str] = "expect_column_values_to_not_match_like_pattern_list"
    short: ClassVar[str] = "not_like_list"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": "dbt_expectations.expect_column_values_to_not_match_like_pattern_list",
    }

    def bad(self, scope: Scope) -> Condition:
        """Like one of them."""
        return Or(self.alike(scope))

    def expected(self) -> str:
        """`like none of A%, B%`."""
        return f"like none of {listed(self.like_pattern_list)}{self.share()}"
