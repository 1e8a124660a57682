"""Null and not null. Every row is considered; NaN is not null."""

from __future__ import annotations

from typing import ClassVar

from dq.expectations.base import Scope, register
from dq.expectations.column import ColumnRowExpectation
from dq.sql.words import Condition, IsNull, Not


@register
class ExpectColumnValuesToNotBeNull(ColumnRowExpectation):
    """Values are not null. Considers every row; NaN counts as a value."""

    type: ClassVar[str] = "expect_column_values_to_not_be_null"
    short: ClassVar[str] = "not_null"

    def bad(self, scope: Scope) -> Condition:
        """Null."""
        return IsNull(scope.column(self.column))

    def ignored(self, scope: Scope) -> Condition | None:
        """Every row is judged."""
        return None

    def expected(self) -> str:
        """`not null for 99 %`."""
        return f"not null{self.share()}"


@register
class ExpectColumnValuesToBeNull(ColumnRowExpectation):
    """Values are null. Considers every row; a NaN breaks it."""

    type: ClassVar[str] = "expect_column_values_to_be_null"
    short: ClassVar[str] = "is_null"

    def bad(self, scope: Scope) -> Condition:
        """Not null."""
        return Not(IsNull(scope.column(self.column)))

    def ignored(self, scope: Scope) -> Condition | None:
        """Every row is judged."""
        return None

    def expected(self) -> str:
        """`null for 99 %`."""
        return f"null{self.share()}"
