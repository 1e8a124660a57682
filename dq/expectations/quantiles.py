"""Several quantiles of a column, each within its own bounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictFloat,
    WithJsonSchema,
    model_validator,
)

from dq.expectations.base import Expectation, Judgement, NotEvaluable, Scope, nothing_considered, register
from dq.expectations.column import ColumnName, nan_metric, without_nan
from dq.expectations.literals import NUMBERS, Bound, aligned, kind, literal, show
from dq.expectations.traits import Cost, Tool
from dq.metrics import CountWhere, Metric, QuantileOf, RowCount
from dq.sql.words import Column, IsNull, both
from dq.verdict import Outcome

_RELATIVE, _ABSOLUTE = 1e-4, 1e-8


def _as_float(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


Share = Annotated[StrictFloat, BeforeValidator(_as_float), Field(ge=0, le=1)]


class QuantileRanges(BaseModel):
    """Quantiles and, in the same order, the range that each must lie in.

    Attributes:
        quantiles: 0 to 1.
        value_ranges: `[low, high]`, inclusive; null on a side leaves it open.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    quantiles: tuple[Share, ...] = Field(min_length=1)
    value_ranges: tuple[tuple[Bound | None, Bound | None], ...]

    @model_validator(mode="after")
    def _ranges_make_sense(self) -> QuantileRanges:
        if len(self.quantiles) != len(self.value_ranges):
            raise ValueError(
                f"{len(self.quantiles)} quantiles, but {len(self.value_ranges)} value_ranges: give one each"
            )
        for low, high in self.value_ranges:
            if low is None or high is None:
                continue
            try:
                a, b = aligned(low, high)
                crossed = a > b
            except TypeError:
                raise ValueError(f"value range [{low!r}, {high!r}] cannot be compared") from None
            if crossed:
                raise ValueError(f"value range [{low!r}, {high!r}] is upside down")
        return self


_RANGE: dict[str, Any] = {"type": "array", "minItems": 2, "maxItems": 2}
_EITHER_FORM: dict[str, Any] = {
    "anyOf": [
        {
            "type": "object",
            "properties": {
                "quantiles": {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1}},
                "value_ranges": {"type": "array", "items": _RANGE},
            },
            "required": ["quantiles", "value_ranges"],
            "additionalProperties": False,
        },
        {"type": "array", "items": {"type": "array", "minItems": 3, "maxItems": 3}, "minItems": 1},
    ]
}


def _from_rows(value: Any) -> Any:
    """`[[quantile, low, high], ...]` as quantiles and value_ranges; anything else unchanged."""
    if not isinstance(value, list | tuple):
        return value
    if not all(isinstance(row, list | tuple) and len(row) == 3 for row in value):
        raise ValueError("a list of quantiles holds [quantile, low, high] in each row")
    return {"quantiles": [row[0] for row in value], "value_ranges": [list(row[1:]) for row in value]}


@register
class ExpectColumnQuantileValuesToBeBetween(Expectation):
    """Quantiles lie within their ranges.

    Quantiles are exact. By default a quantile is the smallest value whose cumulative share reaches it
    (SQL's `percentile_disc`; Great Expectations' pandas engine takes the nearest rank); `method: cont`
    interpolates. A quantile counts as inside within a relative 0.0001 of a bound, as in Great Expectations.
    A column without values is untested. In short: `quantiles: [[0.5, 10, 20], [0.95, null, 100]]`.
    """

    type: ClassVar[str] = "expect_column_quantile_values_to_be_between"
    short: ClassVar[str] = "quantiles"
    level: ClassVar[Literal["column", "table"]] = "column"
    positional: ClassVar[tuple[str, ...]] = ("quantile_ranges",)
    nulls: ClassVar[str] = "Left out. NaN is left out too."
    cost: ClassVar[Cost] = Cost.VALUES
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "soda": "percentile(col, 0.95) < 180",
        "dbt": "dbt_expectations.expect_column_quantile_values_to_be_between",
        "deequ": '.hasExactQuantile("col", 0.95, _ < 180); .hasApproxQuantile("col", 0.95, _ < 180)',
    }

    column: ColumnName
    quantile_ranges: Annotated[QuantileRanges, BeforeValidator(_from_rows), WithJsonSchema(_EITHER_FORM)]
    method: Literal["disc", "cont"] = Field(
        default="disc", description="A value that occurs, or one between two."
    )
    allow_relative_error: bool | str = Field(
        default=False, description="Accepted for Great Expectations' sake; dq's quantiles are exact."
    )

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """One metric per quantile; rows, nulls and NaNs."""
        column = scope.column(self.column)
        if kind(column) not in (*NUMBERS, "date", "time"):
            raise NotEvaluable(f"column '{column.name}' is {column.type}, which has no quantiles")
        if self.method == "cont" and kind(column) not in NUMBERS:
            raise NotEvaluable(f"column '{column.name}' is {column.type}: method cont needs numbers")
        self._ranges(column)
        where = both(self.filter, without_nan(column))
        wanted: dict[str, Metric] = {
            f"q{i}": QuantileOf(of=column, q=q, method=self.method, where=where)
            for i, q in enumerate(self.quantile_ranges.quantiles)
        }
        wanted["rows"] = RowCount(where=self.filter)
        wanted["missing"] = CountWhere(condition=IsNull(column), where=self.filter)
        return wanted | nan_metric(column, self.filter)

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the quantiles; `details.within` says which lie in their range."""
        quantiles = self.quantile_ranges.quantiles
        observed = [values[f"q{i}"] for i in range(len(quantiles))]
        rows, missing, nan = values["rows"], values["missing"], values.get("nan", 0)
        details: dict[str, Any] = {"nan": nan} if nan else {}
        if observed[0] is None:
            reason = nothing_considered(rows, self.where)
            reason = "every value is null or NaN" if rows > missing else reason
            return Judgement(Outcome.UNTESTED, rows=rows, missing=missing, details=details, reason=reason)
        ranges = self._ranges(scope.column(self.column))
        within = [_within(value, low, high) for value, (low, high) in zip(observed, ranges, strict=True)]
        return Judgement(
            Outcome.PASS if all(within) else Outcome.FAIL,
            observed={"quantiles": list(quantiles), "values": observed},
            rows=rows,
            missing=missing,
            details={"within": within, **details},
        )

    def _ranges(self, column: Column) -> list[tuple[Any, Any]]:
        return [
            (
                None if low is None else literal(column, low, "value_ranges").value,
                None if high is None else literal(column, high, "value_ranges").value,
            )
            for low, high in self.quantile_ranges.value_ranges
        ]

    def expected(self) -> str:
        """`quantile 0.5 between 10 and 20, quantile 0.95 at most 100`."""
        given = zip(self.quantile_ranges.quantiles, self.quantile_ranges.value_ranges, strict=True)
        return ", ".join(f"quantile {q:g} {_range_words(low, high)}" for q, (low, high) in given)


def _within(value: Any, low: Any, high: Any) -> bool:
    above = low is None or _reaches(value, low, 1)
    below = high is None or _reaches(value, high, -1)
    return above and below


def _reaches(value: Any, bound: Any, sign: int) -> bool:
    measured, limit = aligned(value, bound)
    if isinstance(measured, dt.date | dt.time):
        return bool(measured >= limit if sign > 0 else measured <= limit)
    measured, limit = float(measured), float(limit)
    near = abs(measured - limit) <= _ABSOLUTE + _RELATIVE * abs(limit)
    return near or sign * measured >= sign * limit


def _range_words(low: Any, high: Any) -> str:
    if low is None or high is None:
        return f"at most {show(high)}" if low is None and high is not None else f"at least {show(low)}"
    return f"between {show(low)} and {show(high)}"
