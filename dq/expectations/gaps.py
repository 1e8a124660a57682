"""Series without gaps: timestamps, dates and sequence numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from dq.expectations.base import Judgement, NotEvaluable, Scope, register
from dq.expectations.column import ColumnName, ColumnRowExpectation
from dq.expectations.freshness import dated, duration, duration_words, micros, partition_span
from dq.expectations.laws import listed
from dq.expectations.literals import Bound, Number, instant, kind, literal, show
from dq.expectations.traits import Cost, Tool
from dq.metrics import Gaps, Metric
from dq.sql.words import (
    And,
    Arithmetic,
    Column,
    Compare,
    Condition,
    Earlier,
    IsNull,
    Lit,
    Micros,
    Or,
    Scalar,
    Term,
    Wide,
)

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)

Step = Annotated[dt.timedelta | Number, BeforeValidator(lambda v: duration(v) if isinstance(v, str) else v)]
Columns = Annotated[tuple[ColumnName, ...], BeforeValidator(listed)]


@register
class ExpectColumnToHaveNoGaps(ColumnRowExpectation):
    """No two neighbouring values, in order of size, are further apart than `max_gap`.

    For dates and timestamps `max_gap` is a duration (`1h`), for whole numbers and decimals a number (1 for
    sequence numbers). With `by`, every combination of those columns (a sensor, an account) is a series of
    its own; nulls among them are one series. Values that repeat are no gap.

    Without more it looks only between values: a series that begins late has no gap. `start` and `end` say
    from where to where every series must reach; `cover: true` takes both from the partition (for one that
    is not over yet: up to the moment of the run). A series that has no value at all is not seen.

    A gap counts against one row with the value right behind it, a gap before `end` against one with the last
    value; a row between two gaps is counted once. `details.gaps` is
    their number, `details.largest` the largest step (seconds for dates and timestamps), `details.missing`
    names the largest gaps, at most 20. Floats are refused.
    """

    type: ClassVar[str] = "expect_column_to_have_no_gaps"
    short: ClassVar[str] = "no_gaps"
    positional: ClassVar[tuple[str, ...]] = ("max_gap",)
    in_gx: ClassVar[bool] = False
    cost: ClassVar[Cost] = Cost.ORDERING
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": (
            "dbt_utils.sequential_values; "
            "dbt_expectations.expect_row_values_to_have_data_for_every_n_datepart"
        ),
    }

    max_gap: Step = Field(description="Largest step: a duration, or a number.")
    by: Columns = Field(default=(), description="Columns that tell one series from another.")
    start: Bound | None = Field(default=None, description="Where every series must begin.")
    end: Bound | None = Field(default=None, description="Where every series must end.")
    cover: bool = Field(default=False, description="Every series must cover the partition.")

    @model_validator(mode="after")
    def _makes_sense(self) -> ExpectColumnToHaveNoGaps:
        nothing = dt.timedelta(0) if isinstance(self.max_gap, dt.timedelta) else 0
        if not self.max_gap > nothing:  # type: ignore[operator]  # `nothing` is of its type; NaN is refused
            raise ValueError("max_gap must be more than nothing")
        if self.cover and (self.start is not None or self.end is not None):
            raise ValueError("cover takes start and end from the partition; give one or the other")
        return self

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The column, then those of `by`."""
        return (self.column, *self.by)

    def gap(self, scope: Scope) -> Gaps:
        """The metric."""
        column = scope.column(self.column)
        start, end = self._reach(column, scope)
        return Gaps(
            of=self._number(column),
            most=self._most(column),
            by=tuple(scope.column(name) for name in self.by),
            start=start,
            end=end,
            where=self.filter,
        )

    def _number(self, column: Column) -> Term:
        if kind(column) in ("whole", "decimal"):
            return Wide(column) if kind(column) == "whole" else column
        if kind(column) == "real":
            raise NotEvaluable(f"column '{column.name}' is {column.type}: steps of floats are not exact")
        return Micros(dated(column))

    def _most(self, column: Column) -> Scalar:
        numeric = kind(column) in ("whole", "decimal")
        if numeric == isinstance(self.max_gap, dt.timedelta):
            wanted = "a number" if numeric else "a duration such as '1h'"
            raise NotEvaluable(f"column '{column.name}' is {column.type}, so max_gap must be {wanted}")
        return micros(self.max_gap) if isinstance(self.max_gap, dt.timedelta) else self.max_gap

    def _reach(self, column: Column, scope: Scope) -> tuple[Scalar, Scalar]:
        if self.cover:
            if kind(column) not in ("date", "time"):
                raise NotEvaluable("cover needs a column of dates or timestamps; give start and end")
            try:
                first, after = partition_span(scope.partition)
            except NotEvaluable as refused:
                raise NotEvaluable(f"cover needs {refused.reason}") from None
            return _micros_of(first), _micros_of(min(after, max(first, instant(scope.now))))
        ends = (("start", self.start), ("end", self.end))
        return tuple(None if v is None else _number_of(literal(column, v, k)) for k, v in ends)  # type: ignore[return-value]  # two of them

    def bad(self, scope: Scope) -> Condition:
        """Right behind a gap, or the last before one."""
        gap = self.gap(scope)
        previous = Earlier(gap.of, by=gap.by, order=(gap.of,), where=self.filter)
        found: list[Condition] = [_further(gap.of, previous, gap.most)]
        if gap.start is not None:
            found.append(And((IsNull(previous), _further(gap.of, Lit(gap.start), gap.most))))
        if gap.end is not None:
            falling = Arithmetic("-", Lit(0), gap.of)
            larger = Earlier(gap.of, "max", gap.by, (falling,), self.filter)
            first = Or((IsNull(previous), Compare("<", previous, gap.of)))
            last = Or((IsNull(larger), Compare("<=", larger, gap.of)))
            found.append(And((first, last, _further(Lit(gap.end), gap.of, gap.most))))
        return found[0] if len(found) == 1 else Or(tuple(found))

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """Rows, nulls and gaps."""
        return {**super().metrics(scope), "unexpected": self.gap(scope)}

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """The share of rows that no gap leads to; `details` tells the gaps."""
        gaps = values["unexpected"]
        timed = isinstance(self.max_gap, dt.timedelta)
        largest = gaps["largest"]
        details = {
            "detail_gaps": gaps["gaps"],
            "detail_largest": largest / 1_000_000 if timed and largest is not None else largest,
            "detail_missing": [_named(one, timed) for one in gaps["intervals"]],
        }
        return super().judge({**values, "unexpected": gaps["rows"], **details}, scope)

    def expected(self) -> str:
        """`no gap above 1 h within sensor, from the partition's start to its end`."""
        timed = isinstance(self.max_gap, dt.timedelta)
        words = f"no gap above {duration_words(self.max_gap) if timed else show(self.max_gap)}"  # type: ignore[arg-type]  # `timed` tells
        words += f" within {', '.join(self.by)}" if self.by else ""
        if self.cover:
            words += ", from the partition's start to its end"
        words += "" if self.start is None else f", from {show(self.start)}"
        words += "" if self.end is None else f", up to {show(self.end)}"
        return words + self.share()


def _further(later: Term, earlier: Term, most: Scalar) -> Condition:
    return Compare(">", Arithmetic("-", later, earlier), Lit(most))


def _micros_of(moment: dt.date) -> int:
    return micros(instant(moment) - _EPOCH)


def _number_of(bound: Lit) -> Scalar:
    return _micros_of(bound.value) if isinstance(bound.value, dt.date) else bound.value


def _named(one: tuple[Any, Any, Any, tuple[Any, ...]], timed: bool) -> dict[str, Any]:
    """A gap as text, so that it is hidden where values are."""
    _, low, high, group = one
    ends = [_moment(end) if timed else str(end) for end in (low, high)]
    return {"after": ends[0], "before": ends[1]} | ({"by": [str(part) for part in group]} if group else {})


def _moment(number: int) -> str:
    try:
        return (_EPOCH + dt.timedelta(microseconds=number)).replace(tzinfo=None).isoformat()
    except OverflowError:  # a year that Python's calendar does not have
        return f"{number} microseconds since 1970"
