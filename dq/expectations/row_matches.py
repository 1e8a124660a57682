"""Rows that must be the same in another dataset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from dq.expectations.base import Judgement, NotEvaluable, Scope, nothing_considered, register
from dq.expectations.column import ColumnName
from dq.expectations.laws import Key, listed
from dq.expectations.literals import NUMBERS
from dq.expectations.matching import Tolerance, WithDataset, bound, of_mapping, terms, tolerance_words
from dq.expectations.traits import Tool
from dq.lake.schema import kind_of
from dq.metrics import Metric, RowMatch
from dq.sql.words import Condition, DiffersFrom, both
from dq.verdict import Outcome


@register
class ExpectRowsToMatchDataset(WithDataset):
    """Every row has an equal in another dataset, found there by its key; and the other way round.

    Compared are `columns`, or those that both datasets have. Null equals null and NaN equals NaN. Numbers
    may differ by `absolute`, or by `relative` times the number over there, whichever allows more; either is
    one number for all columns of numbers, or a mapping from column to number.

    Rows here that differ, or whose key is not over there, break it; so do rows over there whose key is not
    here, which count as considered rows too. A key that stands in several rows, here or there, cannot be
    paired, so its rows break it. `details` counts all of these, and for each column (`differing_amount`) in
    how many keys it differs. Two datasets without rows leave it untested.
    """

    type: ClassVar[str] = "expect_rows_to_match_dataset"
    short: ClassVar[str] = "rows_match"
    positional: ClassVar[tuple[str, ...]] = ("to", "key")
    nulls: ClassVar[str] = "Null equals null, in the key too. NaN equals NaN."
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'DatasetMatch "reference" "id" "a,b" >= 0.9',
        "soda": "reconciliation my_check: rows diff = 0",
        "dbt": "dbt_utils.equality",
        "deequ": "DataSynchronization.columnMatch",
    }

    key: Key | None = Field(default=None, description="Columns that identify a row; the suite's by default.")
    columns: Annotated[tuple[ColumnName, ...], BeforeValidator(listed)] | None = Field(
        default=None, description="Columns to compare; by default those that both have."
    )
    absolute: Tolerance | dict[str, Tolerance] | None = Field(default=None, description="Amount.")
    relative: Tolerance | dict[str, Tolerance] | None = Field(default=None, description="Share.")
    allow_only_here: bool = Field(default=False, description="Accept rows whose key is not over there.")
    allow_only_there: bool = Field(default=False, description="Accept rows over there that are not here.")
    mostly: float = Field(default=1.0, ge=0, le=1, description="Least fraction of rows that match.")

    @model_validator(mode="after")
    def _tolerances_of_compared_columns(self) -> ExpectRowsToMatchDataset:
        for field, value in (("absolute", self.absolute), ("relative", self.relative)):
            odd = (
                []
                if self.columns is None or not isinstance(value, dict)
                else value.keys() - set(self.columns)
            )
            if odd:
                raise ValueError(f"{field} names '{min(odd)}', which is not among columns")
        return self

    @property
    def named_columns(self) -> tuple[str, ...]:
        """Key and compared columns, as far as the expectation itself names them."""
        return tuple(dict.fromkeys((*(self.key or ()), *(self.columns or ()))))

    def compared(self, scope: Scope) -> tuple[str, ...]:
        """The columns that are compared besides the key."""
        key = set(self.key or scope.key)
        if self.columns is not None:
            return tuple(name for name in self.columns if name not in key)
        other = scope.other(self.to)
        names = (name for name in scope.schema.names if name not in key)
        return tuple(name for name in names if other.find(self.renamed.get(name, name)) is not None)

    def differs(self, scope: Scope) -> DiffersFrom:
        """What makes a row one without an equal.

        Raises:
            NotEvaluable: no key is known, or columns are missing or cannot be compared.
        """
        names = self.key or scope.key
        if not names:
            raise NotEvaluable(f"{self.short} needs a key: give key here, or input.key in the suite")
        key = [self.pair(name, scope) for name in names]
        values, bounds = [], []
        for name in self.compared(scope):
            here, there = self.pair(name, scope)
            given = [of_mapping(value, name) for value in (self.absolute, self.relative)]
            tolerant = any(one is not None for one in given) and self._applies(name, here.type, there.type)
            values.append(terms(here, there, tolerant))
            floats = here.floats or there.floats
            bounds.append(tuple(bound(one, floats) if tolerant else None for one in given))
        return DiffersFrom(
            key=tuple(here for here, _ in key),
            values=tuple(here for here, _ in values),
            source=self.to,
            other_key=tuple(there for _, there in key),
            other_values=tuple(there for _, there in values),
            absolute=tuple(absolute for absolute, _ in bounds),
            relative=tuple(relative for _, relative in bounds),
            where=self.filter,
            other_where=self.other_filter,
            absent=not self.allow_only_here,
        )

    def _applies(self, name: str, *types: str) -> bool:
        """Whether a tolerance is meant for a column: one for all is meant for numbers only."""
        by_name = any(isinstance(one, Mapping) and name in one for one in (self.absolute, self.relative))
        return by_name or all(kind_of(one) in NUMBERS for one in types)

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """The row match."""
        return {"match": RowMatch(of=self.differs(scope))}

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the fraction of rows that match; `details` tells what the others are."""
        found = values["match"]
        rows, unexpected = found["rows"], found["no_equal"]
        considered = rows - (found["only_here"] if self.allow_only_here else 0)
        if not self.allow_only_there:
            considered += found["only_there"]
            unexpected += found["only_there"]
        names = ("rows_there", "keys_in_both", "keys_differing", "only_here", "only_there", "repeated")
        details: dict[str, Any] = {name: found[name] for name in names}
        by_value = zip(self.compared(scope), found["by_value"], strict=True)
        details |= {f"differing_{name}": number for name, number in by_value if number}
        if unexpected and found["examples"]:
            details["examples"] = "; ".join(_told(key, what) for key, what in found["examples"])
        if not considered:
            reason = "no row is in both" if rows else nothing_considered(0, self.where)
            return Judgement(
                Outcome.UNTESTED, rows=rows, considered=0, unexpected=0, details=details, reason=reason
            )
        fraction = (considered - unexpected) / considered
        outcome = Outcome.PASS if fraction >= self.mostly else Outcome.FAIL
        return Judgement(
            outcome,
            observed=fraction,
            rows=rows,
            considered=considered,
            unexpected=unexpected,
            details=details,
        )

    def breaks(self, scope: Scope) -> Condition | None:
        """Rows here without an equal; those over there cannot be named."""
        return both(self.filter, self.differs(scope))

    def expected(self) -> str:
        """`rows as in planes by tailnum, give or take 0.01, for 99 %`."""
        words = f"rows as in {self.to}" + (f" by {', '.join(self.key)}" if self.key else "")
        absolute, relative = self.absolute, self.relative
        if isinstance(absolute, Mapping) or isinstance(relative, Mapping):
            words += ", give or take tolerances"
        else:
            words += tolerance_words(absolute, relative)
        return words + ("" if self.mostly >= 1 else f" for {self.mostly * 100:.10g} %")


def _told(key: tuple[str | None, ...], what: str) -> str:
    """One key in a text, which is hidden where values are."""
    return f"{', '.join('null' if part is None else part for part in key)} ({what})"
