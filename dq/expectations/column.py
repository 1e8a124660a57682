"""What the expectations on one column share: naming, nulls, NaN, bounds on one measured number."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StrictStr

from dq.expectations.base import Judgement, NotEvaluable, RowExpectation, Scope, nothing_considered
from dq.expectations.bounds import Bounds
from dq.expectations.literals import NUMBERS, kind
from dq.metrics import CountWhere, Metric, RowCount
from dq.sql.words import Column, Condition, IsNan, IsNull, Not, both
from dq.verdict import Outcome

ColumnName = Annotated[StrictStr, Field(min_length=1, description="Column name, as in the data.")]


def numeric(column: Column, what: str, *also: str) -> Column:
    """The column itself, if it holds numbers, or is of another kind that has a meaning here.

    Raises:
        NotEvaluable: it does not.
    """
    if kind(column) not in (*NUMBERS, *also):
        raise NotEvaluable(f"column '{column.name}' is {column.type}, which has no {what}")
    return column


class ColumnRowExpectation(RowExpectation):
    """A row rule on the non-null values of one column."""

    level: ClassVar[Literal["column", "table"]] = "column"
    nulls: ClassVar[str] = "Left out."

    column: ColumnName

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    def ignored(self, scope: Scope) -> Condition | None:
        """Null values are not judged."""
        return IsNull(scope.column(self.column))


class ColumnAggregateExpectation(Bounds):
    """Bounds on one number (or date) measured over the non-null values of a column.

    NaN values are left out and counted under `details.nan`, unless `keeps_nan`. A column without values to
    measure is `untested`; `undefined` is the reason where it has values, but no such number. Without bounds
    the number is measured and passes.
    """

    level: ClassVar[Literal["column", "table"]] = "column"
    nulls: ClassVar[str] = "Left out. NaN is left out too."
    noun: ClassVar[str]
    keeps_nan: ClassVar[bool] = False
    undefined: ClassVar[str] = "too few values to measure"

    column: ColumnName

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    @abstractmethod
    def measure(self, column: Column, where: Condition | None) -> Metric:
        """The metric whose value is compared; `where` already leaves NaN out."""

    def observe(self, values: Mapping[str, Any]) -> Any:
        """The observed number from the metrics' values; None when there is none."""
        return values["measured"]

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """The measured metric, rows, nulls and NaNs."""
        column = scope.column(self.column)
        where = self.filter if self.keeps_nan else both(self.filter, without_nan(column))
        wanted: dict[str, Metric] = {
            "measured": self.measure(column, where),
            "rows": RowCount(where=self.filter),
            "missing": CountWhere(condition=IsNull(column), where=self.filter),
        }
        return wanted | nan_metric(column, self.filter)

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Compare the measured value with the bounds."""
        observed = self.observe(values)
        rows, missing, nan = values["rows"], values["missing"], values.get("nan", 0)
        details = {"nan": nan} if nan else {}
        if observed is None:
            reason = nothing_considered(rows, self.where)
            if rows > missing:
                reason = "every value is null or NaN" if rows == missing + nan else self.undefined
            return Judgement(Outcome.UNTESTED, rows=rows, missing=missing, details=details, reason=reason)
        outcome = Outcome.PASS if self.fitted(scope).within(observed) else Outcome.FAIL
        return Judgement(outcome, observed=observed, rows=rows, missing=missing, details=details)

    def fitted(self, scope: Scope) -> Bounds:
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
