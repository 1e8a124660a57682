from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import pytest
from pydantic import Field

from dq.expectations import find
from dq.expectations.base import Expectation, Judgement, Scope
from dq.expectations.described import Argument, Description, describe, equivalents
from dq.expectations.traits import TOOLS, Cost, Tool, meaning
from dq.metrics import Metric
from dq.verdict import Outcome


def described(name: str, level: str = "column") -> Description:
    cls = find(name, level)
    assert cls is not None
    return describe(cls)


class Everything(Expectation):
    """What must hold. More of it.

    And how.
    """

    type: ClassVar[str] = "expect_everything"
    short: ClassVar[str] = "everything"
    level: ClassVar[Literal["column", "table"]] = "table"
    positional: ClassVar[tuple[str, ...]] = ("second", "first")
    aliases: ClassVar[Mapping[str, str]] = {"b": "second"}
    in_gx: ClassVar[bool] = False
    equivalents: ClassVar[Mapping[Tool, str]] = {"dbt": "one; two", "dqdl": "Three"}

    first: Literal["x", True] = Field(default="x", description="One.")
    second: int | float | None = Field(description="Two.")
    mostly: float = Field(default=1.0, description="Share.")
    third: tuple[tuple[str, ...], ...] = Field(default=(), description="Three.")
    fourth: dict[str, int] | None = Field(default=None, description="Four.")

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """Nothing."""
        return {}

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """What it sees."""
        return Judgement(Outcome.PASS)

    def expected(self) -> str:
        """Nothing."""
        return "anything"


def test_arguments_positional_first_then_own_then_shared() -> None:
    assert describe(Everything).arguments == (
        Argument("second", ("b",), "number", required=True, default="", about="Two."),
        Argument("first", (), "`x` or `true`", required=False, default="x", about="One."),
        Argument("third", (), "list of list of text", required=False, default="[]", about="Three."),
        Argument("fourth", (), "mapping", required=False, default="null", about="Four."),
        Argument("mostly", (), "number", required=False, default="1", about="Share."),
        Argument(
            "where",
            (),
            "text",
            required=False,
            default="null",
            about="SQL condition; only rows on which it is true count.",
        ),
    )


def test_words_come_from_docstrings() -> None:
    about = described("between")
    assert about.summary == "Values lie between two bounds."
    assert about.unexpected == "outside the bounds"
    assert about.measured == "share of considered rows that pass, 0 to 1"
    assert about.in_short == "`between: [min, max]`; `null` leaves one side open"
    assert described("mean").measured == "mean of the column"
    assert described("mean").unexpected == ""
    assert described("row_count", "table").measured == "the number of rows"
    assert describe(Everything).in_short == (
        "a list behind `everything:` is `second`, `first`, in this order"
    )


@pytest.mark.parametrize(
    ("name", "level", "takes"),
    [("not_null", "column", True), ("exists", "column", False), ("sql", "table", False)],
)
def test_a_filter_is_listed_where_it_is_taken(name: str, level: str, takes: bool) -> None:
    assert ("where" in {argument.name for argument in described(name, level).arguments}) is takes


def test_names_elsewhere_in_one_order() -> None:
    assert equivalents(Everything) == {"dqdl": ("Three",), "dbt": ("one", "two")}
    named = described("not_null").equivalents
    assert list(named) == list(TOOLS)
    assert named["gx"] == ("expect_column_values_to_not_be_null",)


def test_a_description_is_plain_data() -> None:
    told = described("unique").to_dict()
    assert told["cost"] == "grouping"
    assert told["arguments"][0]["name"] == "mostly"


def test_costs_are_explained() -> None:
    assert all(meaning(cost).endswith(".") for cost in Cost)
