"""The `result` of expectations that judge a column or a table as a whole, by type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dq.gx.formats import ResultFormat
from dq.gx.json_values import json_value
from dq.verdict import Verdict


def observed_result(verdict: Verdict, wanted: ResultFormat) -> dict[str, Any]:
    """`{"observed_value": ...}`, with `details` where Great Expectations gives them."""
    if wanted.rank == 0:
        return {}
    made = _SHAPES.get(verdict.expectation)
    if made is None:
        return {"observed_value": json_value(verdict.observed)}
    shaped: dict[str, Any] = json_value(made(verdict, wanted))
    return shaped


def _exists(_verdict: Verdict, _wanted: ResultFormat) -> Mapping[str, Any]:
    return {}


def _quantiles(verdict: Verdict, _wanted: ResultFormat) -> Mapping[str, Any]:
    observed = verdict.observed or {"quantiles": [], "values": []}
    return {"observed_value": observed, "details": {"success_details": verdict.details.get("within", [])}}


def _ordered(verdict: Verdict, _wanted: ResultFormat) -> Mapping[str, Any]:
    wrong = [
        {
            "Expected Column Position": one["position"],
            "Expected": one["expected"],
            "Found": one["found"],
        }
        for one in verdict.details.get("mismatched") or ()
    ]
    return _columns(verdict.observed, wrong)


def _set_of_columns(verdict: Verdict, _wanted: ResultFormat) -> Mapping[str, Any]:
    wrong = {
        name: sorted(verdict.details[name]) for name in ("unexpected", "missing") if verdict.details.get(name)
    }
    observed = sorted(verdict.observed) if isinstance(verdict.observed, list | tuple) else verdict.observed
    return _columns(observed, wrong)


def _columns(observed: Any, wrong: Any) -> Mapping[str, Any]:
    return {"observed_value": observed} | ({"details": {"mismatched": wrong}} if wrong else {})


def _unexpected_values(verdict: Verdict, wanted: ResultFormat) -> Mapping[str, Any]:
    return _distinct(verdict, wanted, "unexpected")


def _missing_values(verdict: Verdict, wanted: ResultFormat) -> Mapping[str, Any]:
    return _distinct(verdict, wanted, "missing")


def _both(verdict: Verdict, wanted: ResultFormat) -> Mapping[str, Any]:
    return {**_unexpected_values(verdict, wanted), **_missing_values(verdict, wanted)}


def _distinct(verdict: Verdict, wanted: ResultFormat, side: str) -> Mapping[str, Any]:
    """Great Expectations observes nothing here; the difference of the sets is counted beside it."""
    values = verdict.details.get(side)
    count = verdict.details.get(f"{side}_count")
    if count is None:
        count = len(values) if isinstance(values, list | tuple) else None
    told: dict[str, Any] = {"observed_value": None}
    if count is not None:
        told[f"{side}_count"] = count
    shown = not wanted.exclude_unexpected_values and wanted.partial_unexpected_count
    if isinstance(values, list | tuple) and shown:
        told[f"partial_{side}_list"] = list(values[: wanted.partial_unexpected_count])
    return told


def _rows(verdict: Verdict, _wanted: ResultFormat) -> Mapping[str, Any]:
    return {"observed_value": verdict.unexpected if verdict.observed is None else verdict.observed}


_SHAPES: Mapping[str, Callable[[Verdict, ResultFormat], Mapping[str, Any]]] = {
    "expect_column_to_exist": _exists,
    "expect_column_quantile_values_to_be_between": _quantiles,
    "expect_table_columns_to_match_ordered_list": _ordered,
    "expect_table_columns_to_match_set": _set_of_columns,
    "expect_column_distinct_values_to_be_in_set": _unexpected_values,
    "expect_column_distinct_values_to_contain_set": _missing_values,
    "expect_column_distinct_values_to_equal_set": _both,
    "unexpected_rows_expectation": _rows,
}
