"""How old the newest value is, and how old each value is."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from dq.expectations.base import Expectation, Judgement, NotEvaluable, Scope, nothing_considered, register
from dq.expectations.column import ColumnName, ColumnRowExpectation
from dq.expectations.literals import instant, kind, literal, parse_moment
from dq.expectations.traits import Cost, Tool
from dq.lake.manifest import Partition
from dq.metrics import CountWhere, Extreme, Metric, RowCount
from dq.sql.words import Arithmetic, Column, Compare, Condition, IsNull, Lit, Micros, Or
from dq.verdict import Outcome

_SECONDS = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60}
_SECONDS |= {"h": 3600, "hr": 3600, "hour": 3600, "d": 86_400, "day": 86_400, "w": 604_800, "week": 604_800}
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*,?")


def duration(value: Any) -> Any:
    """Text such as `36h`, `90 min`, `2 days` or `1d 12h` as a timedelta; anything else unchanged.

    Raises:
        ValueError: the text is no duration, or a number has no unit.
    """
    if isinstance(value, int | float):
        raise ValueError(f"a duration needs a unit, e.g. '{value:g} hours'")
    if not isinstance(value, str):
        return value
    seconds, at = 0.0, 0
    text = value.strip().lower()
    while at < len(text):
        part = _PART.match(text, at)
        unit = part.group(2) if part else ""
        unit = unit if unit in _SECONDS else unit.removesuffix("s")
        if part is None or unit not in _SECONDS:
            raise ValueError(f"'{value}' is no duration; write e.g. '36h', '90 min', '2 days' or '1d 12h'")
        seconds += float(part.group(1)) * _SECONDS[unit]
        at = part.end()
    return dt.timedelta(seconds=seconds)


def _some_time(span: dt.timedelta) -> dt.timedelta:
    if span <= dt.timedelta(0):
        raise ValueError("an age must be longer than nothing")
    return _not_endless(span)


def _not_negative(span: dt.timedelta) -> dt.timedelta:
    if span < dt.timedelta(0):
        raise ValueError("a duration must not be negative")
    return _not_endless(span)


def _not_endless(span: dt.timedelta) -> dt.timedelta:
    if span > dt.timedelta(days=365_000):
        raise ValueError("a duration must be shorter than a thousand years")
    return span


Age = Annotated[dt.timedelta, BeforeValidator(duration), AfterValidator(_some_time)]
"""A duration longer than nothing."""
Span = Annotated[dt.timedelta, BeforeValidator(duration), AfterValidator(_not_negative)]
"""A duration, nothing included."""
Against = Literal["now", "partition"]


def duration_words(span: dt.timedelta) -> str:
    """`2 days`, `1 day 12 h`, `90 min` as `1 h 30 min`; `0 s` for nothing."""
    seconds = span.total_seconds()
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [f"{days:g} day{'' if days == 1 else 's'}"] if days else []
    parts += [
        f"{amount:g} {unit}" for amount, unit in ((hours, "h"), (minutes, "min"), (rest, "s")) if amount
    ]
    return " ".join(parts) or "0 s"


@register
class ExpectColumnMaxToBeRecent(Expectation):
    """The newest date or timestamp is at most `max_age` old.

    Age is measured against the moment of the run. With `against: partition` it is measured against the end
    of the partition's day (or hour), or the moment of the run if that is earlier, so that an old partition
    can be checked again. Timestamps without a zone are UTC, a date is its midnight. A newest value that is
    in the future counts as fresh. A column without values is untested.
    """

    type: ClassVar[str] = "expect_column_max_to_be_recent"
    short: ClassVar[str] = "fresh"
    level: ClassVar[Literal["column", "table"]] = "column"
    positional: ClassVar[tuple[str, ...]] = ("max_age",)
    in_gx: ClassVar[bool] = False
    nulls: ClassVar[str] = "Left out."
    cost: ClassVar[Cost] = Cost.METADATA
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "soda": "freshness(col) < 36h; freshness:",
        "dbt": "dbt_utils.recency; dbt_expectations.expect_row_values_to_have_recent_data; freshness",
    }

    column: ColumnName
    max_age: Age = Field(description="Greatest age, e.g. 36h, 90 min, 2 days.")
    against: Against = Field(default="now", description="What age is measured against.")

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """The newest value, rows and nulls."""
        column = dated(scope.column(self.column))
        _reference(scope, self.against)
        return {
            "newest": Extreme(which="max", of=column, where=self.filter),
            "rows": RowCount(where=self.filter),
            "missing": CountWhere(condition=IsNull(column), where=self.filter),
        }

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the newest value; `details.age_seconds` says how old it is."""
        newest, rows, missing = values["newest"], values["rows"], values["missing"]
        if newest is None:
            reason = nothing_considered(rows, self.where)
            return Judgement(Outcome.UNTESTED, rows=rows, missing=missing, reason=reason)
        reference = _reference(scope, self.against)
        age = reference - instant(newest)
        return Judgement(
            Outcome.PASS if age <= self.max_age else Outcome.FAIL,
            observed=newest,
            rows=rows,
            missing=missing,
            details={"age_seconds": age.total_seconds(), "reference": reference.isoformat()},
        )

    def expected(self) -> str:
        """`newest value at most 1 day 12 h old`."""
        since = "" if self.against == "now" else " at the partition's end"
        return f"newest value at most {duration_words(self.max_age)} old{since}"


@register
class ExpectColumnValuesToBeRecent(ColumnRowExpectation):
    """Every date or timestamp is at most `max_age` old.

    Age is measured against the moment of the run; with `against: partition` against the end of the
    partition, as for `fresh`; with `reference` against another column of the same row, such as the moment
    of ingestion. A value in the future counts as recent, unless it is further ahead than `max_ahead`.
    Timestamps without a zone are UTC, a date is its midnight. A row with a null in either column is left
    out. Ages between columns are exact to the microsecond.
    """

    type: ClassVar[str] = "expect_column_values_to_be_recent"
    short: ClassVar[str] = "recent"
    positional: ClassVar[tuple[str, ...]] = ("max_age",)
    in_gx: ClassVar[bool] = False
    left_out: ClassVar[str] = "a moment is null in every row"
    equivalents: ClassVar[Mapping[Tool, str]] = {"dqdl": 'DataFreshness "col" <= 36 hours'}

    max_age: Age = Field(description="Greatest age, e.g. 36h, 90 min, 2 days.")
    against: Against = Field(default="now", description="What age is measured against.")
    reference: ColumnName | None = Field(default=None, description="A column to measure age against instead.")
    max_ahead: Span | None = Field(default=None, description="How far ahead a value may be; any by default.")

    @model_validator(mode="after")
    def _one_reference(self) -> ExpectColumnValuesToBeRecent:
        if self.reference is not None and self.against != "now":
            raise ValueError("against and reference both say what age is measured against; give one of them")
        return self

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The column, and what it is compared with."""
        return (self.column,) if self.reference is None else (self.column, self.reference)

    def bad(self, scope: Scope) -> Condition:
        """Too old, or too far ahead."""
        column = dated(scope.column(self.column))
        outside: list[Condition] = []
        if self.reference is None:
            moment = _reference(scope, self.against)
            oldest = literal(column, moment - self.max_age, "max_age")
            outside.append(Compare("<", column, oldest))
            if self.max_ahead is not None:
                newest = literal(column, moment + self.max_ahead, "max_ahead")
                outside.append(Compare(">", column, newest))
        else:
            other = dated(scope.column(self.reference))
            age = Arithmetic("-", Micros(other), Micros(column))
            outside.append(Compare(">", age, Lit(micros(self.max_age))))
            if self.max_ahead is not None:
                outside.append(Compare("<", age, Lit(-micros(self.max_ahead))))
        return outside[0] if len(outside) == 1 else Or(tuple(outside))

    def ignored(self, scope: Scope) -> Condition | None:
        """Rows without a moment to judge, or to judge it by."""
        missing = IsNull(scope.column(self.column))
        if self.reference is None:
            return missing
        return Or((missing, IsNull(scope.column(self.reference))))

    def expected(self) -> str:
        """`at most 36 h older than ingested_at, at most 5 min ahead for 99 %`."""
        words = f"at most {duration_words(self.max_age)} "
        if self.reference is not None:
            words += f"older than {self.reference}"
        else:
            words += "old" if self.against == "now" else "old at the partition's end"
        ahead = "" if self.max_ahead is None else f", at most {duration_words(self.max_ahead)} ahead"
        return words + ahead + self.share()


def micros(span: dt.timedelta) -> int:
    """A duration in whole microseconds, exactly."""
    return span // dt.timedelta(microseconds=1)


def _reference(scope: Scope, against: Against) -> dt.datetime:
    now = instant(scope.now)
    return now if against == "now" else min(now, partition_end(scope.partition))


def dated(column: Column) -> Column:
    """The column itself, if it holds dates or timestamps.

    Raises:
        NotEvaluable: it does not.
    """
    if kind(column) not in ("date", "time") or column.type.split(" ")[0] == "TIME":
        raise NotEvaluable(f"column '{column.name}' is {column.type}, which is neither date nor timestamp")
    return column


def partition_end(partition: Partition) -> dt.datetime:
    """The first moment after a partition, UTC; what is understood stands at `partition_span`.

    Raises:
        NotEvaluable: the partition names no day.
    """
    try:
        return partition_span(partition)[1]
    except NotEvaluable as refused:
        raise NotEvaluable(f"against: partition needs {refused.reason}") from None


def partition_span(partition: Partition) -> tuple[dt.datetime, dt.datetime]:
    """The first moment of a partition, and the first after it, UTC.

    Understood are one ISO date (`date=2013-02-08`), `year=2013/month=2/day=8`, either with `hour=3`, and an
    ISO timestamp of an hour.

    Raises:
        NotEvaluable: the partition names no day.
    """
    values = {name.lower(): text for name, text in partition.values}
    start: dt.date | None = None
    try:
        if {"year", "month", "day"} <= values.keys():
            start = dt.date(int(values["year"]), int(values["month"]), int(values["day"]))
        hour = int(values["hour"]) if "hour" in values else None
    except ValueError:
        hour = None
    for text in values.values():
        try:
            start = start or parse_moment(text)
        except ValueError:
            continue
    if start is None:
        raise NotEvaluable(f"a partition that names a day, got '{partition}'")
    first = instant(start)
    if isinstance(start, dt.datetime):
        return first, first + dt.timedelta(hours=1)
    if hour is None:
        return first, first + dt.timedelta(days=1)
    return first + dt.timedelta(hours=hour), first + dt.timedelta(hours=hour + 1)
