"""This dataset against another one of the suite: numbers of rows, results of queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, StrictStr, field_validator

from dq.expectations.authored import check_query
from dq.expectations.base import Expectation, Judgement, Scope, register
from dq.expectations.traits import Cost, Tool
from dq.metrics import Metric, RowCount, SharedRows
from dq.verdict import Outcome


@register
class ExpectTableRowCountToEqualOtherTable(Expectation):
    """There are as many rows as in another dataset of the suite.

    `where` filters the dataset under test, not the other one. A dataset that is not there leaves it
    untested, and so do two empty ones.
    """

    type: ClassVar[str] = "expect_table_row_count_to_equal_other_table"
    short: ClassVar[str] = "row_count_as"
    level: ClassVar[Literal["column", "table"]] = "table"
    positional: ClassVar[tuple[str, ...]] = ("other_table_name",)
    aliases: ClassVar[Mapping[str, str]] = {"dataset": "other_table_name"}
    nulls: ClassVar[str] = "Counted like any row."
    cost: ClassVar[Cost] = Cost.METADATA
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'RowCountMatch "other" = 1.0',
        "soda": "row_count same as other",
        "dbt": "dbt_utils.equal_rowcount; dbt_expectations.expect_table_row_count_to_equal_other_table",
    }

    other_table_name: StrictStr = Field(min_length=1, description="The other dataset, by the suite's name.")

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """Both row counts."""
        scope.other(self.other_table_name)
        return {"rows": RowCount(where=self.filter), "other": RowCount(source=self.other_table_name)}

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: both numbers, as `self` and `other`."""
        rows, other = values["rows"], values["other"]
        observed = {"self": rows, "other": other}
        if not rows and not other:
            return Judgement(Outcome.UNTESTED, observed, rows=0, reason="neither dataset has rows")
        outcome = Outcome.PASS if rows == other else Outcome.FAIL
        return Judgement(outcome, observed=observed, rows=rows)

    def expected(self) -> str:
        """`as many rows as planes`."""
        return f"as many rows as {self.other_table_name}"


@register
class ExpectQueryResultsToMatchComparison(Expectation):
    """Two queries return the same rows, as often, in any order.

    `{batch}` in a query stands for the dataset under test, `{source_table}` for the one that
    `comparison_data_source_name` names; other datasets of the suite go by their names. Columns are compared
    by position, null equals null, and numbers of different types compare as numbers. Considered are the rows
    of the longer result, unexpected those without a counterpart. All rows are compared (Great Expectations
    looks at the first 200 of each result). Two empty results leave it untested.
    """

    type: ClassVar[str] = "expect_query_results_to_match_comparison"
    short: ClassVar[str] = "query_matches"
    level: ClassVar[Literal["column", "table"]] = "table"
    aliases: ClassVar[Mapping[str, str]] = {
        "query": "base_query",
        "dataset": "comparison_data_source_name",
        "comparison": "comparison_query",
    }
    nulls: ClassVar[str] = "Null equals null."
    cost: ClassVar[Cost] = Cost.QUERY
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'DatasetMatch "other" "id" >= 0.99; CustomSql "SELECT ..."',
        "dbt": "dbt_utils.equality",
    }

    base_query: StrictStr = Field(description="SELECT on the dataset under test.")
    comparison_data_source_name: StrictStr = Field(
        min_length=1, description="The other dataset, by the suite's name; `batch` for the same one."
    )
    comparison_query: StrictStr = Field(description="SELECT to compare with.")
    mostly: float = Field(default=1.0, ge=0, le=1, description="Least fraction of rows that match.")

    @field_validator("base_query", "comparison_query")
    @classmethod
    def _queries_parse(cls, text: str) -> str:
        return check_query(text)

    @field_validator("where")
    @classmethod
    def _no_filter(cls, where: str | None) -> str | None:
        if where is not None:
            raise ValueError("write the filter into the queries themselves")
        return where

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """How many rows both results share."""
        other = self.comparison_data_source_name
        if other == "batch":
            other = ""
        else:
            scope.other(other)
        return {"shared": SharedRows(text=self.base_query, other_text=self.comparison_query, other=other)}

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the fraction of rows that match; `details` holds the numbers of rows."""
        shared = values["shared"]
        considered = max(shared["rows"], shared["other_rows"])
        details = {"comparison_rows": shared["other_rows"], "matching_rows": shared["shared"]}
        if not considered:
            reason = "neither query returns a row"
            return Judgement(Outcome.UNTESTED, rows=0, considered=0, unexpected=0, reason=reason)
        fraction = shared["shared"] / considered
        return Judgement(
            Outcome.PASS if fraction >= self.mostly else Outcome.FAIL,
            observed=fraction,
            rows=shared["rows"],
            considered=considered,
            unexpected=considered - shared["shared"],
            details=details,
        )

    def expected(self) -> str:
        """`the rows of the comparison query on planes for 99 %`."""
        share = "" if self.mostly >= 1 else f" for {self.mostly * 100:.10g} %"
        return f"the rows of the comparison query on {self.comparison_data_source_name}{share}"
