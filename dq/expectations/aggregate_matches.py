"""Aggregates that must be the same over another dataset."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, StrictStr, field_validator, model_validator

from dq.expectations.authored import check_aggregate
from dq.expectations.base import Judgement, NotEvaluable, Scope, register
from dq.expectations.column import ColumnName, numeric, without_nan
from dq.expectations.laws import listed
from dq.expectations.literals import NUMBERS, kind, term
from dq.expectations.matching import Tolerance, WithDataset, bound, tolerance_words
from dq.expectations.traits import Tool
from dq.metrics import AggregateMatch, Metric
from dq.sql.words import (
    Aggregate,
    Column,
    Condition,
    Count,
    CountDistinct,
    Double,
    Fold,
    IsNull,
    Not,
    SqlTerm,
    both,
)
from dq.verdict import Outcome

Name = Literal["row_count", "count", "distinct_count", "sum", "min", "max", "mean"]

_ROUNDING = 1e-9
"""Share of a sum or a mean of floats that summing in another order may change."""


@register
class ExpectAggregateToMatchDataset(WithDataset):
    """An aggregate is the same over another dataset, as a whole or for every group.

    The aggregate is `row_count`, or of a column `count` (of its values), `distinct_count`, `sum`, `min`,
    `max` or `mean`; or SQL of the author's own under `sql`, e.g. `sum(price * pieces)`, which is asked of
    both. With `by` it is compared group by group; a group that is on one side only breaks it, and `mostly`
    is the least share of groups that agree. Nulls among `by` are a group.

    Numbers may differ by `absolute`, or by `relative` times the number over there, whichever allows more. By
    default they must be equal, but for sums and means of floats, which may differ by 1e-9 of themselves.
    Nulls and NaN are left out. Two datasets without rows, or without values to sum, leave it untested.
    """

    type: ClassVar[str] = "expect_aggregate_to_match_dataset"
    short: ClassVar[str] = "aggregate_matches"
    positional: ClassVar[tuple[str, ...]] = ("to", "aggregate", "column")
    nulls: ClassVar[str] = "Left out, but counted as rows. NaN is left out too."
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'AggregateMatch "sum(amount)" "sum(reference.amount)" = 1.0; RowCountMatch "reference" = 1.0',
        "soda": "reconciliation my_check: sum(amount) diff = 0",
        "dbt": (
            "dbt_expectations.expect_table_aggregation_to_equal_other_table; dbt_utils.equal_rowcount; "
            "dbt_utils.cardinality_equality; "
            "dbt_expectations.expect_column_distinct_count_to_equal_other_table"
        ),
    }

    aggregate: Name | None = Field(default=None, description="What is measured.")
    column: ColumnName | None = Field(default=None, description="Of which column; none for `row_count`.")
    sql: StrictStr | None = Field(default=None, description="An aggregate in SQL instead.")
    by: Annotated[tuple[ColumnName, ...], BeforeValidator(listed)] = Field(
        default=(), description="Columns whose combinations are compared one by one."
    )
    absolute: Tolerance | None = Field(default=None, description="Amount that numbers may differ by.")
    relative: Tolerance | None = Field(default=None, description="Share that numbers may differ by.")
    mostly: float = Field(default=1.0, ge=0, le=1, description="Least fraction of groups that agree.")

    @field_validator("sql")
    @classmethod
    def _sql_is_an_aggregate(cls, text: str | None) -> str | None:
        return None if text is None else check_aggregate(text)

    @model_validator(mode="after")
    def _one_aggregate(self) -> ExpectAggregateToMatchDataset:
        if (self.aggregate is None) == (self.sql is None):
            raise ValueError("give either aggregate or sql")
        needs = self.aggregate not in (None, "row_count")
        if needs != (self.column is not None):
            raise ValueError(f"{self.aggregate or 'sql'} {'needs a' if needs else 'takes no'} column")
        if self.mostly != 1 and not self.by:
            raise ValueError("mostly counts groups; it needs by")
        return self

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The column, then those of the groups."""
        return (*(() if self.column is None else (self.column,)), *self.by)

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """The comparison."""
        scope.other(self.to)
        groups = [self.pair(name, scope) for name in self.by]
        here, there = self._columns(scope)
        floats = any(column is not None and column.floats for column in (here, there))
        inexact = self.aggregate == "mean" or (self.aggregate == "sum" and floats)
        absolute, relative = self.absolute, self.relative
        if absolute is None and relative is None and inexact:
            relative = _ROUNDING
        return {
            "match": AggregateMatch(
                of=self._of(here, inexact),
                other=self.to,
                other_of=self._of(there, inexact),
                by=tuple(column for column, _ in groups),
                other_by=tuple(column for _, column in groups),
                where=both(self.filter, self._kept(here)),
                other_where=both(self.other_filter, self._kept(there)),
                absolute=bound(absolute, inexact or floats),
                relative=bound(relative, inexact or floats),
            )
        }

    def _columns(self, scope: Scope) -> tuple[Column | None, Column | None]:
        """The column here and over there; None where there is none to name."""
        if self.column is None:
            return None, None
        here, there = self.pair(self.column, scope)
        for column in (here, there):
            if self.aggregate in ("sum", "mean"):
                numeric(column, self.aggregate)
            elif self.aggregate in ("min", "max"):
                if kind(column) in ("bool", "other"):
                    raise NotEvaluable(f"column '{column.name}' is {column.type}, which has no order")
                if kind(column) not in NUMBERS and (self.absolute or self.relative):
                    raise NotEvaluable(f"column '{column.name}' is {column.type}; a tolerance needs numbers")
        return here, there

    def _kept(self, column: Column | None) -> Condition | None:
        """Rows without NaN, where NaN would be the answer."""
        return without_nan(column) if column and self.aggregate in ("sum", "mean", "min", "max") else None

    def _of(self, column: Column | None, inexact: bool) -> Aggregate | SqlTerm:
        if self.sql is not None:
            return SqlTerm(self.sql)
        if column is None:
            return Count()
        match self.aggregate:
            case "sum":
                return Fold("sum", Double(column) if inexact else column)
            case "mean":
                return Fold("avg", Double(column))
            case "min" | "max":
                return Fold(self.aggregate, term(column))
            case "distinct_count":
                return CountDistinct((column,))
        return Count(Not(IsNull(column)))

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the value here; with groups the fraction of them that agree."""
        found = values["match"]
        if self.by:
            return self._grouped(found)
        here: Any = found["here"]
        there: Any = found["there"]
        details: dict[str, Any] = {"there": there}
        if here is None and there is None:
            return Judgement(Outcome.UNTESTED, reason="neither side has values")
        if self.aggregate == "row_count" and not here and not there:
            return Judgement(Outcome.UNTESTED, details=details, reason="neither side has rows")
        if (
            not isinstance(here, bool)
            and isinstance(here, int | float | Decimal)
            and type(there) is type(here)
        ):
            details["difference"] = found["here"] - found["there"]
        outcome = Outcome.FAIL if found["differing"] else Outcome.PASS
        return Judgement(outcome, observed=here, details=details)

    def _grouped(self, found: Mapping[str, Any]) -> Judgement:
        groups, differing = found["groups"], found["differing"]
        details: dict[str, Any] = {name: found[name] for name in ("only_here", "only_there")}
        counts = {"considered": groups, "unexpected": differing}
        if not groups:
            return Judgement(Outcome.UNTESTED, **counts, reason="neither side has rows")
        if differing:
            details["examples"] = [
                {"group": list(group), "here": here, "there": there}
                for group, here, there in found["examples"]
            ]
        share = (groups - differing) / groups
        outcome = Outcome.PASS if share >= self.mostly else Outcome.FAIL
        return Judgement(outcome, observed=share, **counts, details=details)

    def expected(self) -> str:
        """`sum of amount as in orders by day, give or take 1 %`."""
        of = self.sql or (self.aggregate or "").replace("_", " ")
        of += f" of {self.column}" if self.column else ""
        groups = f" by {', '.join(self.by)}" if self.by else ""
        words = f"{of} as in {self.to}{groups}" + tolerance_words(self.absolute, self.relative)
        return words + ("" if self.mostly >= 1 else f" for {self.mostly * 100:.10g} % of groups")
