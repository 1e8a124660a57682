"""Known differences between Great Expectations and dq on random questions: each a rule, none a skip."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from gx_questions import PANDAS, SQL, Question
from recorded_compare import Difference

import dq

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Differing:
    """A question on which both answers differ."""

    question: Question
    frame: pd.DataFrame
    difference: Difference
    theirs: Mapping[str, Any]
    answer: dq.Verdict | str

    @property
    def raised(self) -> str:
        """What Great Expectations said instead of an answer; empty when it answered."""
        return str(self.theirs["exception"] or self.theirs["raised"] or "")

    @property
    def column(self) -> pd.Series[Any] | None:
        """The one column in question."""
        name = self.question.kwargs.get("column")
        return self.frame.get(name, None)


def _bounds_of_text(case: Differing) -> bool:
    of_text = case.question.kwargs.get("column") in ("s", "u")
    refused = "must either be None or of the same type" in case.raised or "not a valid float" in case.raised
    return case.question.name == "expect_column_values_to_be_between" and of_text and refused


def _json_that_is_none(case: Differing) -> bool:
    decoded = "Expecting" in case.raised or "Extra data" in case.raised
    return case.question.name.endswith("_match_json_schema") and decoded


def _days_in_a_set_of_text(case: Differing) -> bool:
    values = case.question.kwargs.get("value_set", ())
    days = any(isinstance(value, str) and _DAY.fullmatch(value) for value in values)
    of_distinct = "distinct_values" in case.question.name and case.question.engine == SQL
    return of_distinct and days and bool(case.raised)


def _null_in_a_set(case: Differing) -> bool:
    null = None in case.question.kwargs.get("value_set", ())
    return "distinct_values" in case.question.name and case.question.engine == SQL and null


def _newer_sqlalchemy(case: Differing) -> bool:
    filtered = "row_condition" in case.question.kwargs and case.question.engine == SQL
    return filtered and "FROM expression" in case.raised


def _types_of_objects(case: Differing) -> bool:
    of_objects = case.column is not None and case.column.dtype == object
    return "_type" in case.question.name and of_objects


def _nearest_rank(case: Differing) -> bool:
    return "quantile" in case.question.name and case.question.engine == PANDAS


RULES: dict[str, Callable[[Differing], bool]] = {
    "text has an order; there bounds of text are taken for dates or refused": _bounds_of_text,
    "text that is no JSON fits no schema; there it is an exception": _json_that_is_none,
    "text is text; there a date in a set becomes one, which fails beside other text": _days_in_a_set_of_text,
    "a null in a set has no effect; there it hides every other value (NOT IN with NULL)": _null_in_a_set,
    "with SQLAlchemy 2.1 some conditions are an exception there": _newer_sqlalchemy,
    "types are those of the column; pandas looks at each value of an object column": _types_of_objects,
    "quantiles follow SQL's percentile_disc, pandas takes the nearest rank": _nearest_rank,
}
"""What a rule says, and whether it is the reason for a difference."""


def rule_of(
    question: Question,
    frame: pd.DataFrame,
    found: Difference,
    theirs: Mapping[str, Any],
    answer: dq.Verdict | str,
) -> str:
    """The rule behind a difference; empty when there is none."""
    case = Differing(question, frame, found, theirs, answer)
    return next((rule for rule, applies in RULES.items() if applies(case)), "")
