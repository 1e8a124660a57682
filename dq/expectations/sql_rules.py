"""Rules that the suite's author writes in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, StrictStr, field_validator

from dq.expectations.authored import check_condition, check_query, columns_in, no_filter
from dq.expectations.base import Expectation, Judgement, RowExpectation, Scope, register
from dq.expectations.traits import Cost, Tool
from dq.metrics import AuthorRows, CountWhere, Metric, RowCount
from dq.sql.words import Condition, IsNull, Not, SqlCondition, SqlTerm
from dq.verdict import Outcome


@register
class ExpectRowsToSatisfy(RowExpectation):
    """Rows satisfy an SQL condition, written in the engine's dialect.

    A row on which the condition is NULL does not break it and is not considered; how many there are stands
    in `details.null`. If the condition is NULL on every row, it is untested.
    """

    type: ClassVar[str] = "expect_rows_to_satisfy"
    short: ClassVar[str] = "satisfy"
    level: ClassVar[Literal["column", "table"]] = "table"
    positional: ClassVar[tuple[str, ...]] = ("condition",)
    in_gx: ClassVar[bool] = False
    left_out: ClassVar[str] = "the condition is NULL on every row"
    nulls: ClassVar[str] = "A row on which the condition is NULL is left out."
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "soda": "failed rows: {fail condition: a < b}; failed_rows: {expression: a < b}",
        "dbt": "dbt_utils.expression_is_true; dbt_expectations.expression_is_true",
        "deequ": '.satisfies("a > b", "name")',
    }

    condition: StrictStr = Field(description="SQL condition on one row, e.g. arr_time > dep_time.")

    @field_validator("condition")
    @classmethod
    def _condition_parses(cls, text: str) -> str:
        return check_condition(text)

    def bad(self, scope: Scope) -> Condition:
        """The condition is FALSE."""
        return Not(SqlCondition(self.condition))

    def ignored(self, scope: Scope) -> Condition | None:
        """NULL."""
        return IsNull(SqlTerm(self.condition))

    def extra_metrics(self, scope: Scope) -> dict[str, Metric]:
        """Rows on which it is NULL."""
        return {"null": CountWhere(condition=IsNull(SqlTerm(self.condition)), where=self.filter)}

    def sampled(self, scope: Scope) -> tuple[str, ...]:
        """The columns that the condition names."""
        return columns_in(self.condition, scope.schema)

    def expected(self) -> str:
        """`arr_time > dep_time for 99 %`."""
        return f"{self.condition}{self.share()}"


@register
class UnexpectedRowsExpectation(Expectation):
    """A query of the author's returns no row. `{batch}` in it stands for the dataset.

    On an empty dataset a query over `{batch}` that returns nothing is untested.
    """

    type: ClassVar[str] = "unexpected_rows_expectation"
    short: ClassVar[str] = "sql"
    level: ClassVar[Literal["column", "table"]] = "table"
    positional: ClassVar[tuple[str, ...]] = ("unexpected_rows_query",)
    aliases: ClassVar[Mapping[str, str]] = {"query": "unexpected_rows_query"}
    nulls: ClassVar[str] = "As the query says."
    cost: ClassVar[Cost] = Cost.QUERY
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'CustomSql "SELECT ..."',
        "soda": "failed rows: {fail query: SELECT ...}; failed_rows: {query: SELECT ...}",
        "dbt": "singular test",
    }

    unexpected_rows_query: StrictStr = Field(description="SELECT that returns the bad rows.")

    _query_parses = field_validator("unexpected_rows_query")(check_query)
    _no_filter = field_validator("where")(no_filter)

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """Rows returned, and rows of the dataset."""
        return {"returned": AuthorRows(text=self.unexpected_rows_query), "rows": RowCount()}

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the number of rows returned."""
        returned, rows = values["returned"], values["rows"]
        if not returned and not rows and "{batch}" in self.unexpected_rows_query:
            return Judgement(Outcome.UNTESTED, rows=0, unexpected=0, reason="there are no rows")
        outcome = Outcome.FAIL if returned else Outcome.PASS
        return Judgement(outcome, observed=returned, rows=rows, unexpected=returned)

    def expected(self) -> str:
        """`no rows from the query`."""
        return "no rows from the query"
