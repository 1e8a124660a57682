"""One number that the author of the suite computes in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import Field, StrictStr, field_validator

from dq.expectations.authored import check_query, no_filter
from dq.expectations.base import Judgement, NotEvaluable, Scope, register
from dq.expectations.bounds import Bounds, NumberBounds
from dq.expectations.traits import Cost, Tool
from dq.metrics import AuthorValue, Metric
from dq.verdict import Outcome


@register
class ExpectQueryResultToBeBetween(NumberBounds):
    """The one number that a query of the author's returns lies between two bounds.

    `{batch}` in the query stands for the dataset. It must return one column, and at most one row: several
    rows are an error. No row, or null, leaves it untested. In short: `query: [SELECT .., min, max]`.
    """

    type: ClassVar[str] = "expect_query_result_to_be_between"
    short: ClassVar[str] = "query"
    level: ClassVar[Literal["column", "table"]] = "table"
    positional: ClassVar[tuple[str, ...]] = ("query", "min_value", "max_value")
    in_gx: ClassVar[bool] = False
    nulls: ClassVar[str] = "As the query says; a null result is untested."
    cost: ClassVar[Cost] = Cost.QUERY
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": 'CustomSql "SELECT avg(a / b) FROM primary" between 0.9 and 1.1',
        "soda": "my_metric between 0.9 and 1.1: {my_metric query: SELECT ...}; metric: {query: SELECT ...}",
        "deequ": "CustomSql",
    }

    query: StrictStr = Field(description="SELECT that returns one number.")

    @classmethod
    def arguments_from(cls, value: Any) -> dict[str, Any]:
        """As everywhere: a list is the query, then the bounds."""
        return super(Bounds, cls).arguments_from(value)  # past the rule that a list is bounds

    _query_parses = field_validator("query")(check_query)
    _no_filter = field_validator("where")(no_filter)

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """What the query returns."""
        return {"measured": AuthorValue(text=self.query)}

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the number."""
        found = values["measured"]
        if found is None:
            return Judgement(Outcome.UNTESTED, reason="the query gives no value")
        if isinstance(found, bool) or not isinstance(found, int | float | Decimal):
            raise NotEvaluable("the query gives no number")
        return Judgement(Outcome.PASS if self.within(found) else Outcome.FAIL, observed=found)

    def expected(self) -> str:
        """`result of the query between 0.9 and 1.1`."""
        return f"result of the query {super().expected()}"
