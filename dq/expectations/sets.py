"""Values in a set, or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from dq.expectations.base import Scope, register
from dq.expectations.column import ColumnRowExpectation
from dq.expectations.literals import Value, matching, show, term
from dq.expectations.traits import Tool
from dq.sql.words import Condition, In, Not

_SHOWN = 8


class _Set(ColumnRowExpectation):
    positional: ClassVar[tuple[str, ...]] = ("value_set",)

    value_set: tuple[Value | None, ...] = Field(description="The values; null in it has no effect.")

    def member(self, scope: Scope) -> Condition:
        """Whether a value is one of the set; an empty set has no member."""
        column = scope.column(self.column)
        return In(term(column), matching(column, self.value_set))

    def listed(self) -> str:
        """`'AA', 'B6'`, the first few."""
        given = [show(value) for value in self.value_set if value is not None]
        more = f", ... ({len(given)} values)" if len(given) > _SHOWN else ""
        return ", ".join(given[:_SHOWN]) + more or "the empty set"


@register
class ExpectColumnValuesToBeInSet(_Set):
    """Values are among those of a set. An empty set is broken by every value.

    Nothing is turned into another type: text beside a column of numbers, or true beside 1, equals no value
    of that column. ISO text is read as a date or a timestamp on columns of those types (Great Expectations'
    pandas engine does not read it here, but does for `not_in_set`).
    """

    type: ClassVar[str] = "expect_column_values_to_be_in_set"
    short: ClassVar[str] = "in_set"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'ColumnValues "col" in ["A", "B"]',
        "soda": "invalid_count(col) = 0: {valid values: [A, B]}; invalid: {valid_values: [A, B]}",
        "dbt": "accepted_values; dbt_expectations.expect_column_values_to_be_in_set",
        "deequ": '.isContainedIn("col", Array("A", "B"))',
    }

    def bad(self, scope: Scope) -> Condition:
        """Not in the set."""
        return Not(self.member(scope))

    def expected(self) -> str:
        """`in 'AA', 'B6' for 99 %`."""
        return f"in {self.listed()}{self.share()}"


@register
class ExpectColumnValuesToNotBeInSet(_Set):
    """Values are none of those of a set. An empty set is broken by none.

    Values and types meet as for `in_set`.
    """

    type: ClassVar[str] = "expect_column_values_to_not_be_in_set"
    short: ClassVar[str] = "not_in_set"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'ColumnValues "col" not in ["A", "B"]',
        "soda": "invalid_count(col) = 0: {invalid values: [A, B]}; invalid: {invalid_values: [A, B]}",
        "dbt": "dbt_utils.not_accepted_values; dbt_expectations.expect_column_values_to_not_be_in_set",
    }

    def bad(self, scope: Scope) -> Condition:
        """In the set."""
        return self.member(scope)

    def expected(self) -> str:
        """`not in 'n/a', ''`."""
        return f"not in {self.listed()}{self.share()}"
