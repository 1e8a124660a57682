"""Two columns of the same row against each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from dq.expectations.base import NotEvaluable, RowExpectation, Scope, register
from dq.expectations.column import ColumnName
from dq.expectations.literals import Value, comparable, matching, show, term
from dq.expectations.traits import Tool
from dq.sql.words import And, Column, Compare, Condition, In, IsNan, IsNull, Lit, Not, Or, both

Ignore = Literal["both_values_are_missing", "either_value_is_missing", "neither"]


class _Pair(RowExpectation):
    level: ClassVar[Literal["column", "table"]] = "table"
    positional: ClassVar[tuple[str, ...]] = ("column_A", "column_B")
    aliases: ClassVar[Mapping[str, str]] = {"a": "column_A", "b": "column_B"}
    left_out: ClassVar[str] = "a value is null in every row"

    column_A: ColumnName  # noqa: N815 - Great Expectations' name
    column_B: ColumnName  # noqa: N815 - Great Expectations' name
    ignore_row_if: Ignore = Field(
        default="both_values_are_missing", description="Which rows with nulls are not considered."
    )

    @property
    def named_columns(self) -> tuple[str, ...]:
        """A, then B."""
        return (self.column_A, self.column_B)

    def pair(self, scope: Scope) -> tuple[Column, Column]:
        """Both columns.

        Raises:
            NotEvaluable: one is missing, or their types cannot be compared.
        """
        a, b = scope.column(self.column_A), scope.column(self.column_B)
        if not comparable(a, b):
            raise NotEvaluable(f"columns '{a.name}' ({a.type}) and '{b.name}' ({b.type}) cannot be compared")
        return a, b

    def ignored(self, scope: Scope) -> Condition | None:
        """Rows with nulls, as `ignore_row_if` says."""
        nulls = tuple(IsNull(column) for column in self.pair(scope))
        if self.ignore_row_if == "neither":
            return None
        return And(nulls) if self.ignore_row_if == "both_values_are_missing" else Or(nulls)


@register
class ExpectColumnPairValuesAToBeGreaterThanB(_Pair):
    """The value in A is greater than the one in B (or equal, with `or_equal`).

    A comparison with null is neither true nor false and breaks nothing, as in SQL (Great Expectations'
    pandas engine counts it as broken); such a row is still considered, unless `ignore_row_if` leaves it out.
    NaN is in no order: beside any value it breaks the rule.
    """

    type: ClassVar[str] = "expect_column_pair_values_a_to_be_greater_than_b"
    short: ClassVar[str] = "pair_greater"
    nulls: ClassVar[str] = (
        "As `ignore_row_if` says; null beside a value is no break. NaN beside a value breaks it."
    )
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": "dbt_expectations.expect_column_pair_values_A_to_be_greater_than_B",
        "deequ": (
            '.isGreaterThan("a", "b"); '
            '.isGreaterThanOrEqualTo("a", "b"); '
            '.isLessThan("b", "a"); '
            '.isLessThanOrEqualTo("b", "a")'
        ),
    }

    or_equal: bool | None = Field(default=None, description="Accept equal values.")

    def bad(self, scope: Scope) -> Condition:
        """Not greater, or a NaN beside a value."""
        a, b = self.pair(scope)
        broken: list[Condition] = [Compare("<" if self.or_equal else "<=", term(a), term(b))]
        for one, other in ((a, b), (b, a)):
            if one.floats:
                broken.append(And((IsNan(one), Not(IsNull(other)))))
        return broken[0] if len(broken) == 1 else Or(tuple(broken))

    def expected(self) -> str:
        """`arr_time greater than dep_time`."""
        relation = "at least" if self.or_equal else "greater than"
        return f"{self.column_A} {relation} {self.column_B}{self.share()}"


@register
class ExpectColumnPairValuesToBeEqual(_Pair):
    """The values in A and B are equal.

    A null on one side breaks it. Two nulls are not considered, or break it with `ignore_row_if: neither`.
    NaN equals NaN.
    """

    type: ClassVar[str] = "expect_column_pair_values_to_be_equal"
    short: ClassVar[str] = "pair_equal"
    nulls: ClassVar[str] = "As `ignore_row_if` says; a null on one side breaks it. NaN equals NaN."
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": "dbt_expectations.expect_column_pair_values_to_be_equal",
    }

    def bad(self, scope: Scope) -> Condition:
        """Different, or null where that is not left out."""
        a, b = self.pair(scope)
        broken = Or((Compare("<>", term(a), term(b)), IsNull(a), IsNull(b)))
        ignored = self.ignored(scope)
        return both(broken, None if ignored is None else Not(ignored)) or broken

    def expected(self) -> str:
        """`a equal to b`."""
        return f"{self.column_A} equal to {self.column_B}{self.share()}"


_CHUNK = 100
"""Alternatives that stand side by side: engines limit how deep an expression nests."""


@register
class ExpectColumnPairValuesToBeInSet(_Pair):
    """The values in A and B, together, are one of a set of pairs. Null in a pair stands for null.

    A null that stands in no pair compares as in SQL: the row breaks the rule only if no pair could fit
    whatever the null stood for (Great Expectations' pandas engine counts every such row as broken). Values
    and types meet as for `in_set`.
    """

    type: ClassVar[str] = "expect_column_pair_values_to_be_in_set"
    short: ClassVar[str] = "pair_in_set"
    positional: ClassVar[tuple[str, ...]] = ("column_A", "column_B", "value_pairs_set")
    aliases: ClassVar[Mapping[str, str]] = {"a": "column_A", "b": "column_B", "pairs": "value_pairs_set"}
    nulls: ClassVar[str] = "As `ignore_row_if` says; beside a value as SQL compares."
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": "dbt_expectations.expect_column_pair_values_to_be_in_set",
    }

    value_pairs_set: tuple[tuple[Value | None, Value | None], ...] = Field(description="Pairs of values.")

    def pair(self, scope: Scope) -> tuple[Column, Column]:
        """Both columns, which need not be comparable with each other."""
        return scope.column(self.column_A), scope.column(self.column_B)

    def bad(self, scope: Scope) -> Condition:
        """No pair fits."""
        a, b = self.pair(scope)
        fitting: dict[Lit | None, list[Value | None]] = {}
        for one, other in self.value_pairs_set:
            first = matching(a, (one,))
            if one is None or first:
                fitting.setdefault(first[0] if first else None, []).append(other)
        alternatives = [
            And((IsNull(a) if first is None else Compare("=", term(a), first), _one_of(b, others)))
            for first, others in fitting.items()
        ]
        while len(alternatives) > _CHUNK:
            chunks = range(0, len(alternatives), _CHUNK)
            alternatives = [And((Or(tuple(alternatives[i : i + _CHUNK])),)) for i in chunks]
        broken: Condition = Not(Or(tuple(alternatives)))
        ignored = self.ignored(scope)
        return broken if ignored is None else And((broken, Not(ignored)))

    def expected(self) -> str:
        """`(a, b) in (1, 'x'), (2, 'y')`."""
        pairs = [f"({', '.join('null' if v is None else show(v) for v in p)})" for p in self.value_pairs_set]
        more = f", ... ({len(pairs)} pairs)" if len(pairs) > 4 else ""
        among = ", ".join(pairs[:4]) + more or "the empty set"
        return f"({self.column_A}, {self.column_B}) in {among}{self.share()}"


def _one_of(column: Column, values: list[Any]) -> Condition:
    member = In(term(column), matching(column, values))
    return Or((member, IsNull(column))) if None in values else member
