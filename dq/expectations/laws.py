"""Transform laws: what must hold between a dataset and the input that it was made from."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from dq.expectations.authored import check_condition
from dq.expectations.base import Expectation, Judgement, NotEvaluable, Scope, register
from dq.expectations.column import ColumnName, nan_metric, numeric, without_nan
from dq.expectations.literals import Number, comparable, show
from dq.expectations.traits import Cost, Tool
from dq.metrics import KeyReconciliation, Metric, RowCount, Total
from dq.sql.words import Condition, SqlCondition, both
from dq.verdict import Outcome

INPUT = "input"
_ROUNDING = 1e-9
"""Share of a sum of floats that summing in another order may change."""


def listed(value: Any) -> Any:
    """A single name as a list of one."""
    return (value,) if isinstance(value, str) else value


def _a_tolerance(value: Any) -> Any:
    if value < 0:
        raise ValueError(f"tolerance {value} is negative")
    if isinstance(value, float | Decimal) and value >= 1:
        raise ValueError(f"tolerance {value}: write a fraction below 1, or a whole number for an amount")
    return value


Key = Annotated[tuple[ColumnName, ...], BeforeValidator(listed), Field(min_length=1)]
Tolerance = Annotated[Number, AfterValidator(_a_tolerance)]
"""A fraction of the input's number below 1, or a whole number: an absolute amount."""


def allowed(tolerance: Number, of: Any) -> Any:
    """The largest difference a tolerance allows on a number of the input."""
    if isinstance(tolerance, int):
        return tolerance
    return abs(float(of)) * float(tolerance)


def tolerance_words(tolerance: Number) -> str:
    """`, give or take 1 %`; nothing when exact."""
    if not tolerance:
        return ""
    amount = show(tolerance) if isinstance(tolerance, int) else f"{float(tolerance) * 100:.10g} %"
    return f", give or take {amount}"


class _Law(Expectation):
    level: ClassVar[Literal["column", "table"]] = "table"
    in_gx: ClassVar[bool] = False


class _KeyLaw(_Law):
    positional: ClassVar[tuple[str, ...]] = ("key",)
    nulls: ClassVar[str] = "Null equals null."
    cost: ClassVar[Cost] = Cost.JOIN

    key: Key | None = Field(default=None, description="Columns of the key; the suite's by default.")
    input_key: Key | None = Field(default=None, description="Their names in the input; the same by default.")
    mostly: float = Field(default=1.0, ge=0, le=1, description="Least fraction of keys that keep the law.")

    @model_validator(mode="after")
    def _as_many(self) -> _KeyLaw:
        if self.key and self.input_key and len(self.key) != len(self.input_key):
            raise ValueError(f"key has {len(self.key)} columns, input_key {len(self.input_key)}")
        return self

    @field_validator("where")
    @classmethod
    def _no_filter(cls, where: str | None) -> str | None:
        if where is not None:
            raise ValueError("a law about keys compares whole datasets; it takes no filter")
        return where

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The key, as far as the expectation itself names it."""
        return self.key or ()

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """The key reconciliation.

        Raises:
            NotEvaluable: no key is known, or a column of it is missing or of another type in the input.
        """
        names = self.key or scope.key
        if not names:
            raise NotEvaluable(f"{self.short} needs a key: give key here, or input.key in the suite")
        others = self.input_key or names
        if len(others) != len(names):
            raise NotEvaluable(f"the key has {len(names)} columns, input_key {len(others)}")
        there = tuple(scope.other_column(INPUT, name) for name in others)
        here = tuple(scope.column(name) for name in names)
        for one, other in zip(here, there, strict=True):
            if not comparable(one, other):
                raise NotEvaluable(f"'{one.name}' is {one.type}, in the input '{other.name}' is {other.type}")
        return {"keys": KeyReconciliation(of=here, keys=there, other=INPUT)}

    @abstractmethod
    def counted(self, keys: Mapping[str, int]) -> tuple[int, int, str]:
        """Keys considered, keys that break the law, and why nothing was considered."""

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the share of keys that keep the law, 0 to 1; `details` holds all counts."""
        keys = values["keys"]
        considered, unexpected, nothing = self.counted(keys)
        counts = {"rows": keys["rows"], "considered": considered, "unexpected": unexpected}
        if not considered:
            return Judgement(Outcome.UNTESTED, **counts, details=dict(keys), reason=nothing)
        fraction = (considered - unexpected) / considered
        outcome = Outcome.PASS if fraction >= self.mostly else Outcome.FAIL
        return Judgement(outcome, observed=fraction, **counts, details=dict(keys))


@register
class ExpectKeysToBePreserved(_KeyLaw):
    """Every key of the input occurs in the dataset. Keys are compared whole; null equals null.

    Considered are the input's keys, unexpected those that are lost. Keys that the input does not have are
    counted in `details.gained`; with `no_new: true` they are unexpected too. An empty input leaves it
    untested.
    """

    type: ClassVar[str] = "expect_keys_to_be_preserved"
    short: ClassVar[str] = "keys_preserved"
    equivalents: ClassVar[Mapping[Tool, str]] = {}

    no_new: bool = Field(default=False, description="Refuse keys that the input does not have.")

    def counted(self, keys: Mapping[str, int]) -> tuple[int, int, str]:
        """Keys of the input, and those that are lost; with `no_new` also those gained."""
        gained = keys["gained"] if self.no_new else 0
        return keys["input_keys"] + gained, keys["lost"] + gained, "the input has no rows"

    def expected(self) -> str:
        """`every key of the input`."""
        return "every key of the input" + (" and no other" if self.no_new else "")


@register
class ExpectNoFanOut(_KeyLaw):
    """No key has more rows in the dataset than in the input, as a join on a repeated key would make.

    Considered are the dataset's keys; `details.fanned_out_rows` counts the surplus rows. A key that the
    input does not have is no fan-out. An empty dataset leaves it untested.
    """

    type: ClassVar[str] = "expect_no_fan_out"
    short: ClassVar[str] = "no_fan_out"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dbt": "dbt_utils.cardinality_equality",
    }

    def counted(self, keys: Mapping[str, int]) -> tuple[int, int, str]:
        """Keys here, and those with surplus rows."""
        return keys["keys"], keys["fanned_out_keys"], "there are no rows"

    def expected(self) -> str:
        """`no key with more rows than in the input`."""
        return "no key with more rows than in the input"


class _Filtered(_Law):
    input_where: str | None = Field(default=None, description="As `where`, for the rows of the input.")

    @field_validator("input_where")
    @classmethod
    def _input_where_is_a_condition(cls, text: str | None) -> str | None:
        return None if text is None else check_condition(text)

    @property
    def input_filter(self) -> Condition | None:
        """`input_where` as a condition."""
        return SqlCondition(self.input_where) if self.input_where else None


@register
class ExpectRowCountToMatchInput(_Filtered):
    """There are as many rows as in the input, give or take a tolerance.

    The tolerance is a fraction of the input's rows (0.01) or a whole number of rows (10); exact by default.
    Two empty datasets leave it untested. `where` filters the dataset, `input_where` the input.
    """

    type: ClassVar[str] = "expect_row_count_to_match_input"
    short: ClassVar[str] = "row_count_matches"
    positional: ClassVar[tuple[str, ...]] = ("tolerance",)
    nulls: ClassVar[str] = "Counted like any row."
    cost: ClassVar[Cost] = Cost.METADATA
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'RowCountMatch "input" = 1.0',
        "soda": "row_count same as input",
        "dbt": "dbt_utils.equal_rowcount; dbt_expectations.expect_table_row_count_to_equal_other_table",
    }

    tolerance: Tolerance = Field(default=0, description="Fraction of the input's rows, or rows.")

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """Both row counts."""
        scope.other(INPUT)
        return {
            "rows": RowCount(where=self.filter),
            "input_rows": RowCount(where=self.input_filter, source=INPUT),
        }

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the number of rows; `details.difference` is rows less input rows."""
        rows, before = values["rows"], values["input_rows"]
        details = {"input_rows": before, "difference": rows - before}
        if not rows and not before:
            return Judgement(
                Outcome.UNTESTED, rows=0, details=details, reason="neither dataset nor input has rows"
            )
        good = abs(rows - before) <= allowed(self.tolerance, before)
        outcome = Outcome.PASS if good else Outcome.FAIL
        return Judgement(outcome, observed=rows, rows=rows, details=details)

    def expected(self) -> str:
        """`as many rows as the input, give or take 1 %`."""
        return "as many rows as the input" + tolerance_words(self.tolerance)


@register
class ExpectSumToBeConserved(_Filtered):
    """A column's sum equals that of the input's column, give or take a tolerance.

    The tolerance is a fraction of the input's sum (0.001) or a whole number (an amount). By default whole
    numbers and decimals must agree exactly, floats to 1e-9 of the sum, since sums of floats depend on the
    order of rows. No values sum to 0; with no values on both sides it is untested. NaN here is
    counted in `details.nan`.
    """

    type: ClassVar[str] = "expect_sum_to_be_conserved"
    short: ClassVar[str] = "sum_conserved"
    positional: ClassVar[tuple[str, ...]] = ("column", "input_column")
    nulls: ClassVar[str] = "Left out. NaN is left out too."
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'AggregateMatch "sum(col)" "sum(input.col)" = 1.0',
        "dbt": "dbt_expectations.expect_table_aggregation_to_equal_other_table",
    }

    column: ColumnName
    input_column: ColumnName | None = Field(default=None, description="Its name in the input, if another.")
    tolerance: Tolerance | None = Field(default=None, description="Fraction of the input's sum, or amount.")

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """Both sums, and NaNs."""
        there = numeric(scope.other_column(INPUT, self.input_column or self.column), "sum")
        here = numeric(scope.column(self.column), "sum")
        wanted: dict[str, Metric] = {
            "sum": Total(of=here, where=both(self.filter, without_nan(here))),
            "input_sum": Total(of=there, where=both(self.input_filter, without_nan(there)), source=INPUT),
            "rows": RowCount(where=self.filter),
        }
        return wanted | nan_metric(here, self.filter)

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the sum; `details` holds the input's sum and the difference."""
        now, before, rows = values["sum"], values["input_sum"], values["rows"]
        if now is None and before is None:
            return Judgement(Outcome.UNTESTED, rows=rows, reason="neither side has values to sum")
        now, before = now or 0, before or 0
        floats = isinstance(now, float) or isinstance(before, float)
        now_, before_ = (float(now), float(before)) if floats else (now, before)
        tolerance: Number = self.tolerance if self.tolerance is not None else (_ROUNDING if floats else 0)
        difference = now_ - before_
        details: dict[str, Any] = {"input_sum": before, "difference": difference}
        if values.get("nan"):
            details["nan"] = values["nan"]
        good = abs(difference) <= allowed(tolerance, before)
        return Judgement(Outcome.PASS if good else Outcome.FAIL, observed=now, rows=rows, details=details)

    def expected(self) -> str:
        """`the input's sum of amount, give or take 0.1 %`."""
        of = self.input_column or self.column
        return f"the input's sum of {of}" + tolerance_words(self.tolerance or 0)
