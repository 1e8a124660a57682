"""What the expectations on one column share: naming, bounds, NaN, literals that fit the column's type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator

from dq.expectations.base import (
    Expectation,
    Judgement,
    NotEvaluable,
    RowExpectation,
    Scope,
    nothing_considered,
)
from dq.lake.schema import kind_of
from dq.metrics import CountWhere, Metric, RowCount
from dq.sql.words import Column, Condition, IsNan, IsNull, Lit, Not, Scalar, both
from dq.verdict import Outcome

ColumnName = Annotated[StrictStr, Field(min_length=1, description="Column name, as in the data.")]
Value = StrictBool | StrictInt | StrictFloat | Decimal | dt.datetime | dt.date | dt.time | StrictStr
"""A value in a suite. Numbers, dates and text stay what they were written as."""
Bound = StrictInt | StrictFloat | Decimal | dt.datetime | dt.date | dt.time | StrictStr


def literal(column: Column, value: Scalar, field: str) -> Lit:
    """A value as a literal that compares exactly with a column's type.

    ISO text becomes a date or a timestamp on columns of those types; a timestamp without a zone means UTC
    on columns with one.

    Raises:
        NotEvaluable: the value cannot be compared with the column.
    """
    kind = kind_of(column.type)
    fits = (
        isinstance(value, bool) == (kind == "bool")
        if isinstance(value, bool) or kind == "bool"
        else isinstance(value, int | float | Decimal)
        if kind in ("whole", "real", "decimal")
        else isinstance(value, str)
        if kind == "text"
        else True
    )
    if kind in ("date", "time"):
        return Lit(_moment(column, value, field))
    if not fits:
        raise NotEvaluable(
            f"{field} {value!r} is {_called(value)}, but column '{column.name}' is {column.type}"
        )
    return Lit(value)


def _moment(column: Column, value: Scalar, field: str) -> Scalar:
    clock = column.type == "TIME"
    if isinstance(value, str):
        try:
            if clock:
                return dt.time.fromisoformat(value)
            value = dt.date.fromisoformat(value) if len(value) == 10 else dt.datetime.fromisoformat(value)
        except ValueError:
            raise NotEvaluable(
                f"{field} {value!r} is no ISO date or time, but column '{column.name}' is {column.type}"
            ) from None
    if clock != isinstance(value, dt.time) or not isinstance(value, dt.date | dt.time):
        raise NotEvaluable(
            f"{field} {value!r} is {_called(value)}, but column '{column.name}' is {column.type}"
        )
    if "ZONE" in column.type or column.type == "TIMESTAMPTZ":
        if not isinstance(value, dt.datetime):
            assert isinstance(value, dt.date)  # noqa: S101 - the case above left only dates
            value = dt.datetime(value.year, value.month, value.day)
        return value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)
    return value


def _called(value: Any) -> str:
    if isinstance(value, bool):
        return "true/false"
    if isinstance(value, int | float | Decimal):
        return "a number"
    return "text" if isinstance(value, str) else f"a {type(value).__name__}"


def show(value: Any) -> str:
    """A value of a suite for a sentence."""
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return f"{value:g}" if isinstance(value, float) else str(value)


class ColumnRowExpectation(RowExpectation):
    """A row rule on the non-null values of one column."""

    level: ClassVar[Literal["column", "table"]] = "column"

    column: ColumnName

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    def ignored(self, scope: Scope) -> Condition | None:
        """Null values are not judged."""
        return IsNull(scope.column(self.column))


class Bounds(Expectation):
    """Mixin: a lower and an upper bound, each inclusive unless strict, at least one given."""

    positional: ClassVar[tuple[str, ...]] = ("min_value", "max_value")
    aliases: ClassVar[Mapping[str, str]] = {"min": "min_value", "max": "max_value"}

    min_value: Bound | None = Field(default=None, description="Lower bound; none when left out.")
    max_value: Bound | None = Field(default=None, description="Upper bound; none when left out.")
    strict_min: bool = Field(default=False, description="Exclude the lower bound itself.")
    strict_max: bool = Field(default=False, description="Exclude the upper bound itself.")

    @model_validator(mode="after")
    def _bounds_make_sense(self) -> Bounds:
        low, high = self.min_value, self.max_value
        if low is None and high is None:
            raise ValueError("min_value and max_value are both missing: nothing would ever break it")
        if low is not None and high is not None:
            try:
                crossed = low > high  # type: ignore[operator]  # unlike types are reported just below
            except TypeError:
                raise ValueError(f"min_value {low!r} and max_value {high!r} cannot be compared") from None
            if crossed:
                raise ValueError(f"min_value {low!r} is greater than max_value {high!r}")
        return self

    def within(self, value: Any) -> bool:
        """Whether a measured value lies within the bounds."""
        low, high = self.min_value, self.max_value
        above = low is None or (value > low if self.strict_min else value >= low)
        below = high is None or (value < high if self.strict_max else value <= high)
        return bool(above and below)

    def expected(self) -> str:
        """`between 1 and 20`, `at least 1`, `below 20`."""
        low, high = self.min_value, self.max_value
        if low is not None and high is not None and not (self.strict_min or self.strict_max):
            return f"exactly {show(low)}" if low == high else f"between {show(low)} and {show(high)}"
        parts = []
        if low is not None:
            parts.append(f"{'above' if self.strict_min else 'at least'} {show(low)}")
        if high is not None:
            parts.append(f"{'below' if self.strict_max else 'at most'} {show(high)}")
        return " and ".join(parts)


class ColumnAggregateExpectation(Bounds):
    """Bounds on one number (or date) measured over the non-null, non-NaN values of a column.

    A column without such values is `untested`. NaN values are counted under `details.nan`.
    """

    level: ClassVar[Literal["column", "table"]] = "column"
    noun: ClassVar[str]

    column: ColumnName

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    def measure(self, column: Column, where: Condition | None) -> Metric:
        """The metric whose value is compared; `where` already leaves NaN out."""
        raise NotImplementedError

    def observe(self, value: Any) -> Any:
        """The observed number from the metric's value; None when there is none."""
        return value

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """The measured metric, rows, nulls and NaNs."""
        column = scope.column(self.column)
        wanted: dict[str, Metric] = {
            "measured": self.measure(column, both(self.filter, without_nan(column))),
            "rows": RowCount(where=self.filter),
            "missing": CountWhere(condition=IsNull(column), where=self.filter),
        }
        return wanted | nan_metric(column, self.filter)

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Compare the measured value with the bounds."""
        observed = self.observe(values["measured"])
        nan = values.get("nan", 0)
        counts = {"rows": values["rows"], "missing": values["missing"]}
        details = {"nan": nan} if nan else {}
        if observed is None:
            reason = nothing_considered(values["rows"], self.where)
            if values["rows"] > values["missing"]:
                reason = "too few values to measure"
            return Judgement(Outcome.UNTESTED, **counts, details=details, reason=reason)
        good = self.comparable(scope).within(observed)
        outcome = Outcome.PASS if good else Outcome.FAIL
        return Judgement(outcome, observed=observed, **counts, details=details)

    def comparable(self, scope: Scope) -> Bounds:
        """This expectation with its bounds in the type of the observed value."""
        return self

    def expected(self) -> str:
        """`mean between 20 and 26`."""
        return f"{self.noun} {super().expected()}"


def without_nan(column: Column) -> Condition | None:
    """The condition that leaves NaN out; None on columns that cannot hold it."""
    return Not(IsNan(column)) if column.floats else None


def nan_metric(column: Column, where: Condition | None) -> dict[str, Metric]:
    """The count of NaN under the name `nan`; empty on columns that cannot hold it."""
    return {"nan": CountWhere(condition=IsNan(column), where=where)} if column.floats else {}
