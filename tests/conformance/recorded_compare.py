"""Two answers to the same question: what differs between them."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from recorded_cases import plain

import dq

_TYPE_NAMES = (
    "expect_column_values_to_be_of_type",
    "expect_column_values_to_be_in_type_list",
    "expect_column_type_to_be",
)
"""What is observed there is a name of the engine's own."""
_KEYS_ONCE = ("expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique")
"""A repeated key is shown once in a sample, each copy of it in Great Expectations' list."""


@dataclass(frozen=True)
class Difference:
    """What differs.

    Attributes:
        kind: `success`, or when that agrees `counts`, `observed` or `values`; `answer` when only one side
            has an answer at all.
        words: both sides.
    """

    kind: str
    words: str


def difference(case: Mapping[str, Any], answer: dq.Verdict | str) -> Difference | None:
    """The first difference between the recorded answer and dq's; None when there is none.

    Without an answer on both sides they agree: an exception there, and here an error, a suite that is
    refused, or another dataset that is not there.
    """
    gx = case["gx"]
    failed_to_answer = bool(gx["exception"] or gx["raised"])
    if isinstance(answer, str) or answer.outcome is dq.Outcome.ERROR:
        if failed_to_answer:
            return None
        reason = answer if isinstance(answer, str) else f"error: {answer.reason}"
        return Difference("success", f"{gx['success']} / {reason}")
    absent = answer.outcome is dq.Outcome.UNTESTED and answer.reason.startswith("nothing to compare with")
    if failed_to_answer:
        return None if absent else Difference("answer", f"exception / {answer.outcome.value}")
    result = gx["result"] or {}
    if answer.reason.startswith("nothing is given") and gx["success"]:
        return None  # an argument that is null: both let it pass for what it is
    if answer.outcome is dq.Outcome.UNTESTED:
        if not absent and saw_nothing(result):
            return None
        return Difference("success", f"{gx['success']} / untested: {answer.reason}")
    if gx["success"] is not (answer.outcome is dq.Outcome.PASS):
        return Difference("success", f"{gx['success']} / {answer.outcome.value}")
    return _numbers(case["expectation_type"], result, answer)


def saw_nothing(result: Mapping[str, Any]) -> bool:
    """Whether Great Expectations judged no value at all, which dq calls untested."""
    if "element_count" in result:
        return bool(result["element_count"] == result.get("missing_count", 0))
    observed = plain(result.get("observed_value"))
    if isinstance(observed, dict):
        observed = observed.get("values", [value or None for value in observed.values()])
    if isinstance(observed, list):
        return all(value is None for value in observed)
    return observed is None or observed in (0, "NaT")


def _numbers(name: str, result: Mapping[str, Any], verdict: dq.Verdict) -> Difference | None:
    distinct = "distinct_values" in name
    pairs = {
        "unexpected_count": verdict.unexpected,
        "element_count": verdict.rows,
        "missing_count": verdict.details.get("missing_count") if distinct else verdict.missing,
    }
    for label, ours in pairs.items():
        if result.get(label) is not None and ours is not None and result[label] != ours:
            return Difference("counts", f"{label} {result[label]} / {ours}")
    if result.get("observed_value") is not None and name not in _TYPE_NAMES:
        theirs = plain(result["observed_value"])
        if not same(theirs, verdict.observed):
            return Difference("observed", f"{theirs!r} / {verdict.observed!r}")
    lists = {"partial_unexpected_list": verdict.sample}
    if distinct:
        lists["partial_missing_list"] = tuple(verdict.details.get("missing_values", ()))
    for label, shown in lists.items():
        listed = plain(result.get(label) or [])
        comparable = 0 < len(listed) < 20 and name not in _KEYS_ONCE and (shown or verdict.failed)
        if comparable and not alike(listed, shown):
            return Difference("values", f"{label} {listed!r} / {shown!r}")
    return None


def alike(listed: list[Any], shown: tuple[Any, ...]) -> bool:
    """Whether both hold the same values, as often, in any order."""
    return Counter(map(_key, listed)) == Counter(map(_key, shown))


def _key(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(_key(item) for item in value.values())
    if isinstance(value, list | tuple):
        return tuple(_key(item) for item in value)
    if value == "NaT" or (isinstance(value, float) and math.isnan(value)):
        return None  # null, in pandas
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return format(float(value), ".9g")
    return moment(value) or value


def same(theirs: Any, ours: Any) -> bool:
    """Whether two observed values agree; numbers to 1e-9, moments whatever their spelling."""
    if isinstance(theirs, dict) and isinstance(ours, Mapping):
        return theirs.keys() == ours.keys() and all(same(theirs[key], ours[key]) for key in theirs)
    if isinstance(theirs, list) and isinstance(ours, list | tuple):
        if all(isinstance(name, str) for name in theirs):
            theirs, ours = sorted(theirs), sorted(ours)  # SQL engines list columns in any order
        return len(theirs) == len(ours) and all(map(same, theirs, ours))
    if isinstance(ours, dt.date):
        return moment(theirs) == moment(ours)
    if isinstance(theirs, int | float | Decimal) and not isinstance(ours, str) and ours is not None:
        return math.isclose(float(theirs), float(ours), rel_tol=1e-9, abs_tol=1e-12)
    return bool(theirs == ours)


def moment(value: Any) -> dt.datetime | None:
    """A date, a datetime or their ISO text as an aware datetime; None when it is none of these."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, dt.date):
        return None
    exact = value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day)
    return exact if exact.tzinfo else exact.replace(tzinfo=dt.timezone.utc)
