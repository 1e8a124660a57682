"""Values that must stand in another dataset."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StrictStr, model_validator

from dq.expectations.base import NotEvaluable, RowExpectation, Scope, register
from dq.expectations.column import ColumnName, ColumnRowExpectation
from dq.expectations.literals import comparable
from dq.expectations.traits import Cost, Tool
from dq.metrics import Metric, RowCount
from dq.sql.words import And, Column, Condition, InDataset, IsNull, Not, Or

DatasetName = Annotated[StrictStr, Field(min_length=1, description="The other dataset, by the suite's name.")]


class _Reference(RowExpectation):
    in_gx: ClassVar[bool] = False
    cost: ClassVar[Cost] = Cost.JOIN

    to: DatasetName

    @abstractmethod
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Column here and column there."""

    def columns_here(self, scope: Scope) -> tuple[Column, ...]:
        """The columns of the dataset under test."""
        return tuple(scope.column(here) for here, _ in self.pairs())

    def bad(self, scope: Scope) -> Condition:
        """Not in the other dataset."""
        here = self.columns_here(scope)
        there = tuple(scope.other_column(self.to, name) for _, name in self.pairs())
        for one, other in zip(here, there, strict=True):
            if not comparable(one, other):
                raise NotEvaluable(
                    f"column '{one.name}' ({one.type}) cannot be compared with "
                    f"'{self.to}.{other.name}' ({other.type})"
                )
        # NULL IN (nothing) is FALSE, so nulls are excluded by name.
        present = tuple(Not(IsNull(column)) for column in here)
        return And((*present, Not(InDataset(here, self.to, there))))

    def ignored(self, scope: Scope) -> Condition | None:
        """Rows with a null among the values."""
        nulls = tuple(IsNull(column) for column in self.columns_here(scope))
        return nulls[0] if len(nulls) == 1 else Or(nulls)

    def prerequisites(self, scope: Scope) -> dict[str, Metric]:
        """How many rows the other dataset has."""
        return {"reference": RowCount(source=self.to)}

    def lacking(self, values: Mapping[str, Any]) -> str:
        """An empty reference tells nothing about this data."""
        return "" if values["reference"] else f"nothing to compare with: dataset '{self.to}' is empty"


@register
class ExpectColumnValuesToBeInDataset(_Reference, ColumnRowExpectation):
    """Values stand in a column of another dataset. Nulls over there match nothing.

    A dataset that is not there, or has no row, leaves it untested. In short: `references: planes.tailnum`,
    where the dataset's name ends at the last dot; without a dot the column there has the same name.
    """

    type: ClassVar[str] = "expect_column_values_to_be_in_dataset"
    short: ClassVar[str] = "references"
    positional: ClassVar[tuple[str, ...]] = ("to", "key")
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'ReferentialIntegrity "col" "planes.col" >= 0.8',
        "soda": "values in (col) must exist in planes (col); invalid: {valid_reference_data: ...}",
        "dbt": "relationships; dbt_utils.relationships_where",
        "deequ": "ReferentialIntegrity.subsetCheck",
    }

    key: ColumnName | None = Field(default=None, description="Column over there; the same name by default.")

    @classmethod
    def arguments_from(cls, value: Any) -> dict[str, Any]:
        """As everywhere; text is `dataset.column` or a dataset alone."""
        if isinstance(value, str):
            dataset, dot, key = value.rpartition(".")
            return {"to": dataset, "key": key} if dot else {"to": value}
        return super().arguments_from(value)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The one column and its key."""
        return ((self.column, self.key or self.column),)

    def expected(self) -> str:
        """`in planes.tailnum for 80 %`."""
        return f"in {self.to}.{self.key or self.column}{self.share()}"


@register
class ExpectColumnTuplesToBeInDataset(_Reference):
    """Combinations of values stand in another dataset.

    In short: `references: {columns: [origin, dest], to: routes, keys: [from, to]}`; `keys` are the same
    names by default. Otherwise as for a single column.
    """

    type: ClassVar[str] = "expect_column_tuples_to_be_in_dataset"
    short: ClassVar[str] = "references"
    level: ClassVar[Literal["column", "table"]] = "table"
    aliases: ClassVar[Mapping[str, str]] = {"columns": "column_list"}
    left_out: ClassVar[str] = "a value is null in every row"
    nulls: ClassVar[str] = "Rows with a null among the columns are left out."
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'ReferentialIntegrity "a,b" "routes.{a,b}" >= 0.99',
        "soda": "values in (a, b) must exist in routes (a, b)",
    }

    column_list: tuple[ColumnName, ...] = Field(min_length=1, description="Columns here, taken together.")
    keys: tuple[ColumnName, ...] | None = Field(default=None, description="Columns over there, in order.")

    @model_validator(mode="after")
    def _as_many_keys(self) -> ExpectColumnTuplesToBeInDataset:
        if self.keys is not None and len(self.keys) != len(self.column_list):
            raise ValueError(f"{len(self.column_list)} columns, but {len(self.keys)} keys: give one each")
        return self

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The columns here."""
        return self.column_list

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Columns and keys, one by one."""
        return tuple(zip(self.column_list, self.keys or self.column_list, strict=True))

    def expected(self) -> str:
        """`in routes (from, to)`."""
        return f"in {self.to} ({', '.join(self.keys or self.column_list)}){self.share()}"
