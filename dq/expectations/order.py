"""Values that only rise, or only fall, from row to row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from dq.expectations.base import NotEvaluable, Scope, register
from dq.expectations.column import ColumnName, ColumnRowExpectation, nan_metric, without_nan
from dq.expectations.literals import kind, term
from dq.expectations.traits import Cost, Tool
from dq.metrics import Metric
from dq.sql.words import Column, Compare, Condition, Descending, Earlier, IsNan, Operator, Or, Term, both


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Columns = Annotated[tuple[ColumnName, ...], BeforeValidator(_several)]


class _Monotonic(ColumnRowExpectation):
    positional: ClassVar[tuple[str, ...]] = ("order_by",)
    nulls: ClassVar[str] = "Left out, and passed over. NaN breaks it and is passed over."
    cost: ClassVar[Cost] = Cost.ORDERING
    falling: ClassVar[bool]
    word: ClassVar[str]

    strictly: bool | None = Field(default=None, description="Refuse a value that equals the one before.")
    order_by: Columns = Field(
        default=(), description="Columns that say in which order rows come; as they are stored when left out."
    )
    by: Columns = Field(
        default=(), description="Columns whose values make groups, each in an order of its own; null is one."
    )

    @model_validator(mode="after")
    def _groups_have_an_order(self) -> _Monotonic:
        if self.by and not self.order_by:
            raise ValueError("`by` needs `order_by`: the rows of a group are stored in no order of their own")
        for name in ("order_by", "by"):
            if self.column in getattr(self, name):
                raise ValueError(f"column '{self.column}' cannot stand in its own `{name}`")
        return self

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The column, then those that group and order."""
        return tuple(dict.fromkeys((self.column, *self.by, *self.order_by)))

    def bad(self, scope: Scope) -> Condition:
        """On the wrong side of the nearest value before, or a NaN."""
        column = scope.column(self.column)
        if kind(column) in ("bool", "other"):
            raise NotEvaluable(f"column '{column.name}' is {column.type}, which has no order")
        wrong: Operator = ">" if self.falling else "<"
        if self.strictly:
            wrong = ">=" if self.falling else "<="
        step = Compare(wrong, term(column), self._before(scope, column))
        return Or((IsNan(column), step)) if column.floats else step

    def _before(self, scope: Scope, column: Column) -> Earlier:
        order: tuple[Term | Descending, ...] = tuple(term(scope.column(name)) for name in self.order_by)
        if order:
            # Rows that the order does not tell apart come as the rule wants them: in any run the same way.
            order = (*order, Descending(term(column)) if self.falling else term(column))
        return Earlier(
            of=term(column),
            by=tuple(scope.column(name) for name in self.by),
            order=order,
            where=both(self.filter, without_nan(column)),
        )

    def extra_metrics(self, scope: Scope) -> dict[str, Metric]:
        """NaN is counted by itself."""
        return nan_metric(scope.column(self.column), self.filter)

    def expected(self) -> str:
        """`strictly increasing by carrier, in the order of sched_dep`."""
        groups = f" by {', '.join(self.by)}" if self.by else ""
        order = f", in the order of {', '.join(self.order_by)}" if self.order_by else ""
        return f"{'strictly ' if self.strictly else ''}{self.word}{groups}{order}{self.share()}"


@register
class ExpectColumnValuesToBeIncreasing(_Monotonic):
    """No value is less than the nearest value before it; none equals it either, with `strictly`.

    Nulls are passed over: a value is compared with the last one that is not null, and the first one is
    always in order. Files have no order but the one in which rows are stored, and files are read by name;
    a table that is written in parallel keeps none. Say `order_by` where another column tells the order, and
    `by` for one order per group. Rows that `order_by` does not tell apart break it only with `strictly`.
    A NaN breaks it and is passed over (Great Expectations takes NaN for null). Only rows that `where`
    selects are compared. Text is in the order of its code points (Great Expectations refuses text).
    """

    type: ClassVar[str] = "expect_column_values_to_be_increasing"
    short: ClassVar[str] = "increasing"
    falling: ClassVar[bool] = False
    word: ClassVar[str] = "increasing"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": "dbt_utils.sequential_values; dbt_expectations.expect_column_values_to_be_increasing",
    }


@register
class ExpectColumnValuesToBeDecreasing(_Monotonic):
    """No value is greater than the nearest value before it; none equals it either, with `strictly`.

    Order, groups, nulls and NaN as for `increasing`.
    """

    type: ClassVar[str] = "expect_column_values_to_be_decreasing"
    short: ClassVar[str] = "decreasing"
    falling: ClassVar[bool] = True
    word: ClassVar[str] = "decreasing"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": "dbt_expectations.expect_column_values_to_be_decreasing",
    }
