"""A whole schema, as it was recorded: names and types, perhaps in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field, StrictStr, field_validator, model_validator

from dq.expectations.base import Judgement, Scope, register
from dq.expectations.column import ColumnName
from dq.expectations.literals import untyped
from dq.expectations.references import DatasetName
from dq.expectations.schema import FromSchema
from dq.expectations.traits import Tool
from dq.expectations.type_names import accepts, is_one_of
from dq.sql.words import Column
from dq.verdict import Outcome

UNTYPED = "NULL"
"""The recorded type of a column that held nothing but nulls."""


@register
class ExpectSchemaToMatch(FromSchema):
    """The columns and their types are as recorded: none removed, none of another type, none added.

    The record is a file in the project, YAML or JSON, with a mapping `columns` from name to type; or the
    same mapping inline; or another dataset, `input` included. `dq schema --data DATA --out FILE` and
    `dq.schema_of(data)` write it. The file is read with the suite, so the recorded types are part of the
    suite's hash and of what every run records.

    Types may be written in any of their common names; see the table of type names. Capitals in column names
    matter. `details` lists `added`, `removed`, `retyped` (column, expected and found type) and, with
    `ordered`, `reordered` columns: those in another place among the columns that both have.
    """

    type: ClassVar[str] = "expect_schema_to_match"
    short: ClassVar[str] = "schema"
    positional: ClassVar[tuple[str, ...]] = ("file",)
    files: ClassVar[Mapping[str, str]] = {"file": "columns"}
    in_gx: ClassVar[bool] = False
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'SchemaMatch "reference" = 1.0',
        "soda": "schema: {fail: {when schema changes: any}}; schema:",
        "dbt": "model contract: {contract: {enforced: true}}",
    }

    file: StrictStr | None = Field(default=None, description="Recorded schema, from the project root.")
    columns: dict[ColumnName, StrictStr] | None = Field(default=None, description="Name to type instead.")
    to: DatasetName | None = Field(default=None, description="Another dataset instead, by its name.")
    allow_added: bool = Field(default=False, description="Accept further columns.")
    ordered: bool = Field(default=False, description="Mind the order of the columns.")

    @field_validator("columns")
    @classmethod
    def _types_are_known(cls, columns: dict[str, str] | None) -> dict[str, str] | None:
        for name, spelling in (columns or {}).items():
            try:
                _accepted(spelling)
            except ValueError as error:
                raise ValueError(f"column '{name}': {error}") from None
        return columns

    @model_validator(mode="after")
    def _one_record(self) -> ExpectSchemaToMatch:
        if self.file is not None:
            raise ValueError("a file is read with a suite; here give columns")
        if (self.columns is None) == (self.to is None):
            raise ValueError("give one of file, columns and to")
        if self.columns is not None and not self.columns:
            raise ValueError("columns must not be empty")
        return self

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: types by column; `details` lists the differences."""
        found = {column.name: column for column in scope.schema.columns}
        wanted = self.wanted(scope)
        removed = [name for name in wanted if name not in found]
        added = [name for name in found if name not in wanted]
        retyped = [
            {"column": name, "expected": spelling, "found": found[name].type}
            for name, spelling in wanted.items()
            if name in found and not self._alike(found[name], spelling)
        ]
        before, now = [n for n in wanted if n in found], [n for n in found if n in wanted]
        reordered = [b for a, b in zip(before, now, strict=True) if a != b] if self.ordered else []
        lists = {"added": added, "removed": removed, "retyped": retyped, "reordered": reordered}
        good = not (removed or retyped or reordered or (added and not self.allow_added))
        return Judgement(
            Outcome.PASS if good else Outcome.FAIL,
            observed={name: column.type for name, column in found.items()},
            details={name: differing for name, differing in lists.items() if differing},
        )

    def wanted(self, scope: Scope) -> Mapping[str, str]:
        """Types by column, as recorded.

        Raises:
            NotEvaluable: the other dataset is not there.
        """
        if self.columns is not None:
            return self.columns
        return {column.name: column.type for column in scope.other(self.to or "").columns}

    def _alike(self, column: Column, spelling: str) -> bool:
        if self.to is not None or untyped(column):
            return column.type == spelling or (untyped(column) and spelling.strip('"') == UNTYPED)
        return is_one_of(column.type, _accepted(spelling))

    def expected(self) -> str:
        """`the schema as recorded, 12 columns, others as well`."""
        words = (
            f"the schema of {self.to}"
            if self.to
            else f"the schema as recorded, {len(self.columns or {})} columns"
        )
        words += " in this order" if self.ordered else ""
        return words + (", others as well" if self.allow_added else "")


def _accepted(spelling: str) -> frozenset[str]:
    return frozenset() if spelling.strip('"') == UNTYPED else accepts(spelling)
