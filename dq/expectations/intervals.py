"""Intervals that must not overlap: validity periods, bookings, price ranges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from dq.expectations.base import NotEvaluable, RowExpectation, Scope, register
from dq.expectations.column import ColumnName
from dq.expectations.laws import listed
from dq.expectations.literals import comparable, kind, term
from dq.expectations.traits import Cost, Tool
from dq.sql.words import And, Column, Compare, Condition, Earlier, IsNan, IsNull, Lit, Not, Or, both


@register
class ExpectIntervalsToNotOverlap(RowExpectation):
    """No interval begins before an earlier one, of the same key, has ended.

    An interval reaches from `start` to `end`. With `touching` one may begin at the very value at which
    another ends; `touching: false` refuses that too. Counted is every row that begins too early, in order of
    start and end, so two equal intervals have one row that breaks it. A row that ends before it starts
    breaks it, and so does a NaN.

    A null `end` is an interval that lasts for ever, as the current row of a history; with
    `null_end: ignore` such rows are left out. Rows with a null `start` are left out. Nulls in `by` are one
    key.
    """

    type: ClassVar[str] = "expect_intervals_to_not_overlap"
    short: ClassVar[str] = "no_overlap"
    level: ClassVar[Literal["column", "table"]] = "table"
    positional: ClassVar[tuple[str, ...]] = ("start", "end")
    in_gx: ClassVar[bool] = False
    left_out: ClassVar[str] = "no row has an interval"
    nulls: ClassVar[str] = "A null start is left out; a null end is open. NaN breaks it."
    cost: ClassVar[Cost] = Cost.ORDERING
    equivalents: ClassVar[Mapping[Tool, str]] = {"dbt": "dbt_utils.mutually_exclusive_ranges"}

    start: ColumnName = Field(description="Column of the first value of an interval.")
    end: ColumnName = Field(description="Column of the value up to which it reaches.")
    by: Annotated[tuple[ColumnName, ...], BeforeValidator(listed)] = Field(
        default=(), description="Columns of the key within which intervals must not overlap."
    )
    touching: bool = Field(default=True, description="Whether one may begin where another ends.")
    null_end: Literal["open", "ignore"] = Field(default="open", description="What a null end means.")

    @property
    def named_columns(self) -> tuple[str, ...]:
        """Start, end, then the key."""
        return (self.start, self.end, *self.by)

    def pair(self, scope: Scope) -> tuple[Column, Column]:
        """Start and end.

        Raises:
            NotEvaluable: a column is missing, has no order, or the two cannot be compared.
        """
        start, end = scope.column(self.start), scope.column(self.end)
        for column in (start, end):
            if kind(column) in ("bool", "other"):
                raise NotEvaluable(f"column '{column.name}' is {column.type}, which has no order")
        if not comparable(start, end):
            raise NotEvaluable(
                f"columns '{start.name}' ({start.type}) and '{end.name}' ({end.type}) cannot be compared"
            )
        return start, end

    def bad(self, scope: Scope) -> Condition:
        """Begins too early, ends before it starts, or is no interval."""
        start, end = self.pair(scope)
        key = tuple(scope.column(name) for name in self.by)
        order = (term(start), term(end))
        nan = [IsNan(column) for column in (start, end) if column.floats]
        judged = both(self.filter, Not(IsNull(start)), *(_not_nan(column) for column in (start, end)))
        reached = Earlier(term(end), "max", key, order, judged)
        broken: list[Condition] = [
            *nan,
            Compare("<" if self.touching else "<=", term(start), reached),
            Compare("<", term(end), term(start)),
        ]
        if self.null_end == "open":
            open_ = both(judged, IsNull(end))
            broken.append(Not(IsNull(Earlier(Lit(1), "max", key, order, open_))))
        present = Not(IsNull(start)) if self.null_end == "open" else self._present(start, end)
        return And((present, Or(tuple(broken))))

    def _present(self, start: Column, end: Column) -> Condition:
        return And((Not(IsNull(start)), Not(IsNull(end))))

    def ignored(self, scope: Scope) -> Condition | None:
        """Rows without a start, and without an end where that is not open."""
        start, end = self.pair(scope)
        return IsNull(start) if self.null_end == "open" else Or((IsNull(start), IsNull(end)))

    def expected(self) -> str:
        """`no overlap of start to end within customer for 99 %`."""
        within = f" within {', '.join(self.by)}" if self.by else ""
        touch = "" if self.touching else ", nor touching"
        return f"no overlap of {self.start} to {self.end}{within}{touch}{self.share()}"


def _not_nan(column: Column) -> Condition | None:
    """NaN leaves a row out; a null is not NaN."""
    return Or((IsNull(column), Not(IsNan(column)))) if column.floats else None
