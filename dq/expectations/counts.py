"""How many rows there are. An empty partition is judged: 0 rows are a measurement."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from dq.expectations.base import Expectation, Judgement, Scope, register
from dq.expectations.bounds import CountBounds
from dq.expectations.literals import WholeNumber
from dq.expectations.traits import Cost, Tool
from dq.metrics import Metric, RowCount
from dq.verdict import Outcome


class _Rows(Expectation):
    level: ClassVar[Literal["column", "table"]] = "table"
    nulls: ClassVar[str] = "Counted like any row."
    cost: ClassVar[Cost] = Cost.METADATA

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """The row count within the filter."""
        return {"rows": RowCount(where=self.filter)}

    @abstractmethod
    def good(self, rows: int) -> bool:
        """Whether so many rows are wanted."""

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Observed: the number of rows."""
        rows = values["rows"]
        outcome = Outcome.PASS if self.good(rows) else Outcome.FAIL
        return Judgement(outcome, observed=rows, rows=rows)


@register
class ExpectTableRowCountToBeBetween(CountBounds, _Rows):
    """The number of rows, within the filter, lies between two bounds. An empty table has 0 rows."""

    type: ClassVar[str] = "expect_table_row_count_to_be_between"
    short: ClassVar[str] = "row_count"
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": "RowCount between 600 and 1400",
        "soda": "row_count between 600 and 1400; row_count:",
        "dbt": "dbt_expectations.expect_table_row_count_to_be_between",
        "deequ": ".hasSize(_ >= 600)",
    }

    def good(self, rows: int) -> bool:
        """Within the bounds."""
        return self.within(rows)

    def expected(self) -> str:
        """`row count between 600 and 1400`."""
        return f"row count {super().expected()}"


@register
class ExpectTableRowCountToEqual(_Rows):
    """There are exactly so many rows, within the filter. An empty table has 0 rows."""

    type: ClassVar[str] = "expect_table_row_count_to_equal"
    short: ClassVar[str] = "row_count_equal"
    positional: ClassVar[tuple[str, ...]] = ("value",)
    equivalents: ClassVar[Mapping[Tool, str]] = {
        "dqdl": "RowCount = 924",
        "soda": "row_count = 924; row_count:",
        "dbt": "dbt_expectations.expect_table_row_count_to_equal",
        "deequ": ".hasSize(_ == 924)",
    }

    value: WholeNumber = Field(ge=0, description="Number of rows.")

    def good(self, rows: int) -> bool:
        """Equal."""
        return rows == self.value

    def expected(self) -> str:
        """`row count exactly 1000`."""
        return f"row count exactly {self.value}"
