"""Which columns there are, in which order. Answered from the schema; no row is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, StrictStr, field_validator

from dq.expectations.base import Expectation, Judgement, Scope, register
from dq.expectations.bounds import CountBounds
from dq.expectations.column import ColumnName
from dq.expectations.literals import WholeNumber
from dq.expectations.traits import Cost, Tool
from dq.metrics import Metric
from dq.verdict import Outcome


class FromSchema(Expectation):
    """Judged from the schema alone; an empty partition that has a schema is judged as well."""

    level: ClassVar[Literal["column", "table"]] = "table"
    nulls: ClassVar[str] = "No row is read."
    cost: ClassVar[Cost] = Cost.SCHEMA

    @field_validator("where")
    @classmethod
    def _no_filter(cls, where: str | None) -> str | None:
        if where is not None:
            raise ValueError(f"{cls.short} looks at the schema; a filter on rows has no meaning")
        return where

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """None."""
        return {}


def verdict_on(good: bool, observed: Any, **details: Any) -> Judgement:
    """Pass or fail, with those details that are not empty."""
    shown = {name: value for name, value in details.items() if value}
    return Judgement(Outcome.PASS if good else Outcome.FAIL, observed=observed, details=shown)


NOTHING_GIVEN = Judgement(Outcome.UNTESTED, reason="nothing is given to compare with")
"""On an argument that is null: Great Expectations has such, where what is expected is not known yet."""


@register
class ExpectColumnToExist(FromSchema):
    """A column of exactly that name exists, at a given position if `column_index` (from 0) is set.

    Capitals matter here. A position of 0 is checked (Great Expectations ignores it).
    """

    type: ClassVar[str] = "expect_column_to_exist"
    short: ClassVar[str] = "exists"
    level: ClassVar[Literal["column", "table"]] = "column"
    positional: ClassVar[tuple[str, ...]] = ("column_index",)
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'ColumnExists "col"',
        "soda": "schema: {fail: {when required column missing: [col]}}; schema:",
        "dbt": "dbt_expectations.expect_column_to_exist",
    }

    column: ColumnName
    column_index: WholeNumber | None = Field(default=None, ge=0, description="Position, from 0.")

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: whether it exists; `details.position` says where."""
        names = scope.schema.names
        if self.column not in names:
            return verdict_on(False, False)
        position = names.index(self.column)
        good = self.column_index is None or position == self.column_index
        return Judgement(Outcome.PASS if good else Outcome.FAIL, True, details={"position": position})

    def expected(self) -> str:
        """`exists at position 2`."""
        return "exists" if self.column_index is None else f"exists at position {self.column_index}"


@register
class ExpectTableColumnsToMatchOrderedList(FromSchema):
    """The columns are exactly these, in this order. Capitals matter. Null for the list leaves it untested."""

    type: ClassVar[str] = "expect_table_columns_to_match_ordered_list"
    short: ClassVar[str] = "columns"
    positional: ClassVar[tuple[str, ...]] = ("column_list",)
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "soda": "schema: {fail: {when wrong column index: {a: 0, b: 1}}}; schema:",
        "dbt": "dbt_expectations.expect_table_columns_to_match_ordered_list",
    }

    column_list: tuple[ColumnName, ...] | None = Field(description="Column names in order.")

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the columns; `details.mismatched` lists position, expected and found name."""
        found, wanted = scope.schema.names, self.column_list
        if wanted is None:
            return NOTHING_GIVEN
        longest = max(len(found), len(wanted))
        mismatched = [
            {"position": i, "expected": _at(wanted, i), "found": _at(found, i)}
            for i in range(longest)
            if _at(wanted, i) != _at(found, i)
        ]
        return verdict_on(not mismatched, list(found), mismatched=mismatched)

    def expected(self) -> str:
        """`columns a, b, c in this order`."""
        return f"columns {', '.join(self.column_list or ('not given',))} in this order"


def _at(names: tuple[str, ...], i: int) -> str | None:
    return names[i] if i < len(names) else None


@register
class ExpectTableColumnsToMatchSet(FromSchema):
    """The columns are these, in any order; with `exact_match: false` there may be others as well.

    Capitals are ignored where that is not ambiguous, as in SQL (Great Expectations' pandas
    engine minds them).
    """

    type: ClassVar[str] = "expect_table_columns_to_match_set"
    short: ClassVar[str] = "column_set"
    positional: ClassVar[tuple[str, ...]] = ("column_set",)
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "soda": "schema: {fail: {when required column missing: [a, b]}}; schema: {allow_extra_columns: true}",
        "dbt": (
            "dbt_expectations.expect_table_columns_to_match_set; "
            "dbt_expectations.expect_table_columns_to_contain_set"
        ),
    }

    column_set: tuple[ColumnName, ...] | None = Field(description="Column names.")
    exact_match: bool = Field(default=True, description="Refuse further columns.")

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the columns; `details.missing` and `details.unexpected` list the differences."""
        if self.column_set is None:
            return NOTHING_GIVEN
        matched = {name: scope.schema.find(name) for name in dict.fromkeys(self.column_set)}
        missing = sorted(name for name, column in matched.items() if column is None)
        wanted = {column.name for column in matched.values() if column is not None}
        unexpected = [name for name in scope.schema.names if name not in wanted]
        good = not missing and not (self.exact_match and unexpected)
        return verdict_on(good, list(scope.schema.names), missing=missing, unexpected=unexpected)

    def expected(self) -> str:
        """`columns a, b, c`."""
        listed = f"columns {', '.join(self.column_set or ('not given',))}"
        return listed if self.exact_match else f"at least {listed}"


@register
class ExpectTableColumnCountToEqual(FromSchema):
    """There are exactly so many columns."""

    type: ClassVar[str] = "expect_table_column_count_to_equal"
    short: ClassVar[str] = "column_count_equal"
    positional: ClassVar[tuple[str, ...]] = ("value",)
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": "ColumnCount = 14",
        "dbt": "dbt_expectations.expect_table_column_count_to_equal",
        "deequ": ".hasColumnCount(_ == 14)",
    }

    value: WholeNumber = Field(ge=0, description="Number of columns.")

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the number of columns."""
        count = len(scope.schema.names)
        return verdict_on(count == self.value, count)

    def expected(self) -> str:
        """`number of columns exactly 12`."""
        return f"number of columns exactly {self.value}"


@register
class ExpectTableColumnCountToBeBetween(CountBounds, FromSchema):
    """The number of columns lies between two bounds."""

    type: ClassVar[str] = "expect_table_column_count_to_be_between"
    short: ClassVar[str] = "column_count"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": "ColumnCount between 10 and 24",
        "dbt": "dbt_expectations.expect_table_column_count_to_be_between",
        "deequ": ".hasColumnCount(_ >= 10)",
    }

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the number of columns."""
        count = len(scope.schema.names)
        return verdict_on(self.within(count), count)

    def expected(self) -> str:
        """`number of columns between 10 and 12`."""
        return f"number of columns {super().expected()}"


@register
class ExpectTableColumnNamesToMatchRegex(FromSchema):
    """A regular expression is found in the name of every column. Capitals matter.

    The pattern is searched for anywhere, as Python's `re` has it; anchor it with `^` and `$` for the whole
    name. `details.unexpected` lists the names in which it is not found.
    """

    type: ClassVar[str] = "expect_table_column_names_to_match_regex"
    short: ClassVar[str] = "column_names"
    positional: ClassVar[tuple[str, ...]] = ("regex",)
    in_gx: ClassVar[bool] = False
    equivalents: ClassVar[Mapping[Tool, str]] = {"dqdl": 'ColumnNamesMatchPattern "^[a-z_]+$"'}

    regex: StrictStr = Field(description="Regular expression.")

    @field_validator("regex")
    @classmethod
    def _regex_compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        return pattern

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the columns; `details.unexpected` lists those of other names."""
        names = scope.schema.names
        unexpected = [name for name in names if not re.search(self.regex, name)]
        return verdict_on(not unexpected, list(names), unexpected=unexpected)

    def expected(self) -> str:
        """`column names match ^[a-z_]+$`."""
        return f"column names match {self.regex}"
