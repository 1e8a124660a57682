"""What comparisons with another dataset share: names over there, tolerances."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, field_validator

from dq.expectations.authored import check_condition
from dq.expectations.base import Expectation, NotEvaluable, Scope
from dq.expectations.column import ColumnName
from dq.expectations.literals import NUMBERS, Number, comparable, kind, show, term
from dq.expectations.references import DatasetName
from dq.expectations.traits import Cost
from dq.sql.words import Column, Condition, Double, Scalar, SqlCondition, Term, Wide


def _not_negative(value: Any) -> Any:
    if not value >= 0:
        raise ValueError(f"a tolerance of {value} makes no sense")
    return value


Tolerance = Annotated[Number, AfterValidator(_not_negative)]


class WithDataset(Expectation):
    """Compared with a dataset of the suite, `input` included."""

    level: ClassVar[Literal["column", "table"]] = "table"
    in_gx: ClassVar[bool] = False
    cost: ClassVar[Cost] = Cost.JOIN

    to: DatasetName
    renamed: dict[str, ColumnName] = Field(
        default={}, description="Names over there of columns that are called otherwise."
    )
    other_where: str | None = Field(default=None, description="As `where`, for the rows over there.")

    @field_validator("other_where")
    @classmethod
    def _other_where_is_a_condition(cls, text: str | None) -> str | None:
        return None if text is None else check_condition(text)

    @property
    def other_filter(self) -> Condition | None:
        """`other_where` as a condition."""
        return SqlCondition(self.other_where) if self.other_where else None

    def pair(self, name: str, scope: Scope) -> tuple[Column, Column]:
        """A column here and its counterpart.

        Raises:
            NotEvaluable: one is missing, or the two cannot be compared.
        """
        here, there = scope.column(name), scope.other_column(self.to, self.renamed.get(name, name))
        if not comparable(here, there):
            raise NotEvaluable(
                f"column '{here.name}' ({here.type}) cannot be compared with "
                f"'{self.to}.{there.name}' ({there.type})"
            )
        return here, there


def terms(here: Column, there: Column, tolerant: bool) -> tuple[Term, Term]:
    """Two columns as terms that can be compared; with a tolerance, subtracted without overflow.

    Raises:
        NotEvaluable: a tolerance makes no sense for their types.
    """
    if not tolerant:
        return term(here), term(there)
    for column in (here, there):
        if kind(column) not in NUMBERS:
            raise NotEvaluable(f"column '{column.name}' is {column.type}; a tolerance needs numbers")
    if here.floats or there.floats:
        return Double(here), Double(there)
    return tuple(Wide(c) if kind(c) == "whole" else c for c in (here, there))  # type: ignore[return-value]  # two


def bound(tolerance: Number | None, floats: bool) -> Scalar:
    """A tolerance as a literal: of floats a float, else exact."""
    if tolerance is None or isinstance(tolerance, int):
        return tolerance
    return float(tolerance) if floats else Decimal(str(tolerance))


def tolerance_words(absolute: Number | None, relative: Number | None) -> str:
    """`, give or take 0.01 or 1 %`; nothing when exact."""
    parts = [] if not absolute else [show(absolute)]
    parts += [] if not relative else [f"{float(relative) * 100:.10g} %"]
    return f", give or take {' or '.join(parts)}" if parts else ""


def of_mapping(value: Number | Mapping[str, Number] | None, name: str) -> Number | None:
    """The tolerance of a column, from one for all or from one for each."""
    return value.get(name) if isinstance(value, Mapping) else value
