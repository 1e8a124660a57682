"""The different values of a column against a set; its most common value."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from dq.expectations.base import Expectation, Judgement, Scope, nothing_considered, register
from dq.expectations.column import ColumnName
from dq.expectations.literals import Value, aligned, matching, show, term
from dq.expectations.traits import Cost, Tool
from dq.metrics import CountWhere, DistinctValues, Metric, Modes, RowCount
from dq.sql.words import Condition, In, IsNull, Lit, Not, both
from dq.verdict import Outcome

SHOWN = 20
"""Values that a verdict lists at most."""
_WORDS = 8


class _ValueSet(Expectation):
    level: ClassVar[Literal["column", "table"]] = "column"
    positional: ClassVar[tuple[str, ...]] = ("value_set",)
    nulls: ClassVar[str] = "Left out. All NaNs are one value, which no set holds."
    cost: ClassVar[Cost] = Cost.VALUES

    column: ColumnName
    value_set: tuple[Value | None, ...] = Field(description="The values.")

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    def known(self, scope: Scope) -> tuple[Lit, ...]:
        """The values of the set that the column can hold."""
        return matching(scope.column(self.column), self.value_set)

    def outside(self, scope: Scope) -> Condition:
        """Whether a value is none of the set."""
        return Not(In(term(scope.column(self.column)), self.known(scope)))

    def counts(self, scope: Scope) -> dict[str, Metric]:
        """Rows, and nulls among them."""
        column = scope.column(self.column)
        return {
            "rows": RowCount(where=self.filter),
            "missing": CountWhere(condition=IsNull(column), where=self.filter),
        }

    def unseen(self, values: Mapping[str, Any]) -> Judgement | None:
        """The judgement when there is no value at all; None when there is one."""
        rows, missing = values["rows"], values["missing"]
        if rows > missing:
            return None
        reason = nothing_considered(rows, self.where)
        return Judgement(Outcome.UNTESTED, rows=rows, considered=0, missing=missing, reason=reason)

    def listed(self) -> str:
        """`'AA', 'B6'`, the first few."""
        given = [show(value) for value in self.value_set]
        more = f", ... ({len(given)} values)" if len(given) > _WORDS else ""
        return ", ".join(given[:_WORDS]) + more or "the empty set"


class _Distinct(_ValueSet):
    """Distinct values against the set, from one side or from both."""

    no_others: ClassVar[bool] = True
    all_found: ClassVar[bool] = True

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """Different values outside the set, and those of the set that were found."""
        of, known = term(scope.column(self.column)), self.known(scope)
        wanted = self.counts(scope)
        if self.no_others:
            wanted["unexpected"] = DistinctValues(of=of, where=both(self.filter, self.outside(scope)))
        if self.all_found:
            inside = both(self.filter, In(of, known))
            wanted["found"] = DistinctValues(of=of, most=max(len(known), 1), where=inside)
        return wanted

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """`unexpected` counts values outside; `details.missing_values` lists those of the set not found."""
        unseen = self.unseen(values)
        if unseen is not None:
            return unseen
        details: dict[str, Any] = {}
        unexpected = values["unexpected"]["count"] if self.no_others else None
        if self.all_found:
            absent = self._absent(values["found"]["sample"], scope)
            details = {"missing_count": len(absent), "missing_values": absent[:SHOWN]}
        good = not unexpected and not details.get("missing_count")
        rows, missing = values["rows"], values["missing"]
        return Judgement(
            Outcome.PASS if good else Outcome.FAIL,
            rows=rows,
            considered=rows - missing,
            unexpected=unexpected,
            missing=missing,
            details=details,
        )

    def _absent(self, found: tuple[Any, ...], scope: Scope) -> list[Any]:
        """The values of the set, each once, that the column does not have; null is never found."""
        column = scope.column(self.column)
        absent: dict[tuple[type, Any], Any] = {}
        quickly = frozenset(found)
        for value in self.value_set:
            fitted = matching(column, (value,))
            if not fitted or not _among(fitted[0].value, found, quickly):
                key = fitted[0].value if fitted else value
                absent[type(key), key] = value
        return list(absent.values())


def _among(value: Any, found: tuple[Any, ...], quickly: frozenset[Any]) -> bool:
    """Whether a value of the set was found; a decimal may be found as a float, a date as a midnight."""
    if value in quickly or isinstance(value, str | bool):
        return value in quickly
    return any(operator.eq(*aligned(value, other)) for other in found)


@register
class ExpectColumnDistinctValuesToBeInSet(_Distinct):
    """Every different value is one of a set. Nulls are left out; values and types meet as for `in_set`.

    Null in the set has no effect (Great Expectations' SQL engines then accept every value).

    `unexpected` counts different values, not rows; the sample lists them.
    """

    type: ClassVar[str] = "expect_column_distinct_values_to_be_in_set"
    short: ClassVar[str] = "distinct_in_set"
    all_found: ClassVar[bool] = False
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'ColumnValues "col" in ["A", "B"]',
        "dbt": "accepted_values; dbt_expectations.expect_column_distinct_values_to_be_in_set",
    }

    value_set: tuple[Value | None, ...] = Field(min_length=1, description="The values; null has no effect.")

    def breaks(self, scope: Scope) -> Condition | None:
        """Rows with another value."""
        return both(self.filter, self.outside(scope))

    def expected(self) -> str:
        """`distinct values in 'AA', 'B6'`."""
        return f"distinct values in {self.listed()}"


@register
class ExpectColumnDistinctValuesToContainSet(_Distinct):
    """Every value of a set occurs. A value that the column's type cannot hold, or null, never does.

    A column without values is untested (Great Expectations fails it).
    """

    type: ClassVar[str] = "expect_column_distinct_values_to_contain_set"
    short: ClassVar[str] = "distinct_contains"
    no_others: ClassVar[bool] = False
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": "dbt_expectations.expect_column_distinct_values_to_contain_set",
    }

    value_set: tuple[Value | None, ...] = Field(min_length=1, description="The values.")

    def expected(self) -> str:
        """`distinct values contain 'AA', 'B6'`."""
        return f"distinct values contain {self.listed()}"


@register
class ExpectColumnDistinctValuesToEqualSet(_Distinct):
    """The different values are exactly those of a set: no other occurs, and each one does.

    `unexpected` counts different values outside the set, not rows; the sample lists them. Null in the set
    is never found, as in Great Expectations. A column without values is untested (Great Expectations
    fails it).
    """

    type: ClassVar[str] = "expect_column_distinct_values_to_equal_set"
    short: ClassVar[str] = "distinct_equals"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": "dbt_expectations.expect_column_distinct_values_to_equal_set",
    }

    def breaks(self, scope: Scope) -> Condition | None:
        """Rows with a value outside the set; one that is missing stands in no row."""
        return both(self.filter, self.outside(scope))

    def expected(self) -> str:
        """`distinct values are 'AA', 'B6'`."""
        return f"distinct values are {self.listed()}"


@register
class ExpectColumnMostCommonValueToBeInSet(_ValueSet):
    """The most common value is one of a set. Nulls are left out.

    When several values are equally common it fails, unless `ties_okay`: then one of them in the set is
    enough. Observed: the most common values in order, at most 20.
    """

    type: ClassVar[str] = "expect_column_most_common_value_to_be_in_set"
    short: ClassVar[str] = "most_common"
    cost: ClassVar[Cost] = Cost.GROUPING
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": "dbt_expectations.expect_column_most_common_value_to_be_in_set",
    }

    ties_okay: bool | None = Field(default=None, description="Accept several most common values.")

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """The modes."""
        of = term(scope.column(self.column))
        return {**self.counts(scope), "modes": Modes(of=of, among=self.known(scope), where=self.filter)}

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """`details.count` is how often they occur, `details.modes` how many they are."""
        unseen = self.unseen(values)
        if unseen is not None:
            return unseen
        modes = values["modes"]
        good = modes["among"] > 0 and (bool(self.ties_okay) or modes["modes"] == 1)
        return Judgement(
            Outcome.PASS if good else Outcome.FAIL,
            observed=list(modes["sample"]),
            rows=values["rows"],
            missing=values["missing"],
            details={"count": modes["count"], "modes": modes["modes"]},
        )

    def expected(self) -> str:
        """`most common value in 'AA', 'B6'`."""
        return f"most common value in {self.listed()}" + (", ties accepted" if self.ties_okay else "")
