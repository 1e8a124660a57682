"""How old the newest value is."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from dq.expectations.base import Expectation, Judgement, NotEvaluable, Scope, nothing_considered, register
from dq.expectations.column import ColumnName
from dq.expectations.literals import instant, kind, parse_moment
from dq.expectations.traits import Cost, Tool
from dq.lake.manifest import Partition
from dq.metrics import CountWhere, Extreme, Metric, RowCount
from dq.sql.words import Column, IsNull
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
    return span


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
    max_age: Annotated[dt.timedelta, BeforeValidator(duration), AfterValidator(_some_time)] = Field(
        description="Greatest age, e.g. 36h, 90 min, 2 days."
    )
    against: Literal["now", "partition"] = Field(default="now", description="What age is measured against.")

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """The newest value, rows and nulls."""
        column = _dated(scope.column(self.column))
        self._reference(scope)
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
        reference = self._reference(scope)
        age = reference - instant(newest)
        return Judgement(
            Outcome.PASS if age <= self.max_age else Outcome.FAIL,
            observed=newest,
            rows=rows,
            missing=missing,
            details={"age_seconds": age.total_seconds(), "reference": reference.isoformat()},
        )

    def _reference(self, scope: Scope) -> dt.datetime:
        now = instant(scope.now)
        return now if self.against == "now" else min(now, partition_end(scope.partition))

    def expected(self) -> str:
        """`newest value at most 1 day 12 h old`."""
        since = "" if self.against == "now" else " at the partition's end"
        return f"newest value at most {duration_words(self.max_age)} old{since}"


def _dated(column: Column) -> Column:
    if kind(column) not in ("date", "time") or column.type.split(" ")[0] == "TIME":
        raise NotEvaluable(f"column '{column.name}' is {column.type}, which is neither date nor timestamp")
    return column


def partition_end(partition: Partition) -> dt.datetime:
    """The first moment after a partition, UTC.

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
        raise NotEvaluable(f"against: partition needs a partition that names a day, got '{partition}'")
    if isinstance(start, dt.datetime):
        return instant(start) + dt.timedelta(hours=1)
    return instant(start) + (dt.timedelta(days=1) if hour is None else dt.timedelta(hours=hour + 1))
