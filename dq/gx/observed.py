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
    made = SHAPES.get(verdict.expectation)
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
    values = None if wanted.exclude_unexpected_values else verdict.sample
    return _difference("unexpected", verdict.unexpected, values, wanted)


def _missing_values(verdict: Verdict, wanted: ResultFormat) -> Mapping[str, Any]:
    count, values = verdict.details.get("missing_count"), verdict.details.get("missing_values")
    return _difference("missing", count, () if count == 0 else values, wanted)


def _both(verdict: Verdict, wanted: ResultFormat) -> Mapping[str, Any]:
    return {**_unexpected_values(verdict, wanted), **_missing_values(verdict, wanted)}


def _difference(side: str, count: int | None, values: Any, wanted: ResultFormat) -> Mapping[str, Any]:
    """Great Expectations observes nothing here; the difference of the sets is counted beside it.

    The lists hold at most 20 values; of `partial_unexpected_count` only 0 has an effect, as there.
    """
    told: dict[str, Any] = {"observed_value": None, f"{side}_count": count}
    hidden = values is None or (count and not values)
    if not hidden and wanted.partial_unexpected_count:
        told[f"partial_{side}_list"] = _in_order(values)[:20]
    return told


def _in_order(values: Any) -> list[Any]:
    try:
        return sorted(values)
    except TypeError:
        return list(values)


def _partitions(verdict: Verdict, _wanted: ResultFormat) -> Mapping[str, Any]:
    names = ("observed_partition", "expected_partition")
    details = {name: verdict.details[name] for name in names if name in verdict.details}
    return {"observed_value": verdict.observed} | ({"details": details} if details else {})


def _matched(verdict: Verdict, _wanted: ResultFormat) -> Mapping[str, Any]:
    unexpected, considered = verdict.unexpected or 0, verdict.considered or 0
    share = (1 - (considered - unexpected) / considered) * 100 if considered else 0.0
    return {"unexpected_count": unexpected, "unexpected_percent": share}


def _rows(verdict: Verdict, _wanted: ResultFormat) -> Mapping[str, Any]:
    return {"observed_value": verdict.unexpected if verdict.observed is None else verdict.observed}


SHAPES: Mapping[str, Callable[[Verdict, ResultFormat], Mapping[str, Any]]] = {
    "expect_column_to_exist": _exists,
    "expect_column_quantile_values_to_be_between": _quantiles,
    "expect_table_columns_to_match_ordered_list": _ordered,
    "expect_table_columns_to_match_set": _set_of_columns,
    "expect_column_distinct_values_to_be_in_set": _unexpected_values,
    "expect_column_distinct_values_to_contain_set": _missing_values,
    "expect_column_distinct_values_to_equal_set": _both,
    "expect_column_kl_divergence_to_be_less_than": _partitions,
    "expect_query_results_to_match_comparison": _matched,
    "unexpected_rows_expectation": _rows,
}
"""Types with a shape of their own; of all others only the observed value is told."""
