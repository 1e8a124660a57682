"""Recorded answers of Great Expectations: reading a case, running it through dq, naming the difference."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import math
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

import dq

HERE = Path(__file__).resolve()
FOLDER = Path(os.environ.get("DQ_CONFORMANCE") or HERE.parents[3] / "shared" / "conformance")
CASES = FOLDER / "gx-cases.jsonl.gz"

_NULLS = ("nan", "NaN", "NaT", "NA")
_ARROW: dict[str | None, Any] = {
    "int64": pa.int64(),
    "Int64": pa.int64(),
    "float64": pa.float64(),
    "str": pa.string(),
    "bool": pa.bool_(),
    "datetime64[us]": pa.timestamp("us"),
    "datetime64[us, UTC]": pa.timestamp("us", tz="UTC"),
}
_TYPE_NAMES = ("expect_column_values_to_be_of_type", "expect_column_values_to_be_in_type_list")


class NoArrowForm(Exception):  # noqa: N818 - not an error: the case is left out
    """The case's data mixes types in one column, which no column of a lake can."""


def cases() -> Iterator[dict[str, Any]]:
    """Every recorded case; none where the folder is absent."""
    if CASES.exists():
        with gzip.open(CASES, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def plain(value: Any) -> Any:
    """A typed value of the recording as a Python value; every kind of missing value is None."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind: str | None = value.get("$")
    inner: Any = value.get("v")
    if kind is None:
        return {key: plain(item) for key, item in value.items()}
    if kind in _NULLS:
        return None
    if kind in ("inf", "-inf"):
        return math.inf if kind == "inf" else -math.inf
    if kind == "dict":
        return {plain(key): plain(item) for key, item in inner}
    if kind in ("list", "tuple", "set"):
        return [plain(item) for item in inner]
    if kind == "date":
        return dt.date.fromisoformat(inner)
    if kind in ("dt", "ts"):
        return dt.datetime.fromisoformat(inner)
    raise ValueError(f"unknown kind {kind!r}")


def table(cases: Sequence[dict[str, Any]]) -> pa.Table:
    """The data that cases share as an Arrow table; a column of mixed types that none asks about is left out.

    Raises:
        NoArrowForm: a column mixes types.
    """
    asked = json.dumps([case["kwargs_typed"] for case in cases])
    arrays = {}
    for column in cases[0]["data"]["columns"]:
        values = [plain(value) for value in column["values"]]
        try:
            arrays[column["name"]] = pa.array(values, type=_ARROW.get(column["dtype"]))
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            if json.dumps(column["name"]) in asked or "row_condition" in asked:
                raise NoArrowForm(column["name"]) from error
    return pa.table(arrays)


def suite(cases: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Cases on the same data as one Great Expectations suite."""
    expectations = [
        {"type": case["expectation_type"], "kwargs": plain(case["kwargs_typed"])} for case in cases
    ]
    return {"name": "recorded", "expectations": expectations, "meta": {}}


def answers(cases: Sequence[dict[str, Any]]) -> dict[str, dq.Verdict | str]:
    """dq's verdict by case id, or the message with which the suite is refused.

    Cases on the same data are asked together. A case whose data is no table is left out.
    """
    found: dict[str, dq.Verdict | str] = {}
    together: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for case in cases:
        try:
            dq.load_suite(suite([case]), plain(case["expectation_parameters"]))
        except dq.SuiteError as error:
            found[case["id"]] = f"refused: {error}"
        else:
            data_and_parameters = json.dumps([case["data"], case["expectation_parameters"]])
            together[data_and_parameters].append(case)
    for group in together.values():
        for case in group:
            try:
                table([case])
            except NoArrowForm:
                group = [other for other in group if other is not case]
        if group:
            parameters = plain(group[0]["expectation_parameters"])
            result = dq.validate(table(group), suite(group), params=parameters)
            found |= {case["id"]: verdict for case, verdict in zip(group, result.verdicts, strict=True)}
    return found


def difference(case: dict[str, Any], answer: dq.Verdict | str) -> str:
    """What differs between both answers, in a few words; empty when nothing does."""
    gx = case["gx"]
    failed_to_answer = bool(gx["exception"] or gx["raised"])
    if isinstance(answer, str) or answer.outcome is dq.Outcome.ERROR:
        if failed_to_answer:
            return ""
        reason = answer if isinstance(answer, str) else f"error: {answer.reason}"
        return f"success {gx['success']} / {reason}"
    if failed_to_answer:
        return f"exception / {answer.outcome.value}"
    if answer.outcome is dq.Outcome.UNTESTED:
        return "" if saw_nothing(gx["result"]) else f"success {gx['success']} / untested: {answer.reason}"
    if gx["success"] is not (answer.outcome is dq.Outcome.PASS):
        return f"success {gx['success']} / {answer.outcome.value}"
    return _numbers(case, gx["result"], answer)


def saw_nothing(result: dict[str, Any]) -> bool:
    """Whether Great Expectations judged no value at all, which dq calls untested."""
    if "element_count" in result:
        return bool(result["element_count"] == result.get("missing_count", 0))
    observed = plain(result.get("observed_value"))
    if isinstance(observed, dict):
        observed = observed.get("values")
    if isinstance(observed, list):
        return all(value is None for value in observed)
    return observed is None or observed == 0


def _numbers(case: dict[str, Any], result: dict[str, Any], verdict: dq.Verdict) -> str:
    pairs = {
        "unexpected_count": verdict.unexpected,
        "element_count": verdict.rows,
        "missing_count": verdict.missing,
    }
    for name, ours in pairs.items():
        if result.get(name) is not None and ours is not None and result[name] != ours:
            return f"{name} {result[name]} / {ours}"
    if "observed_value" in result and case["expectation_type"] not in _TYPE_NAMES:
        theirs = plain(result["observed_value"])
        if not same(theirs, verdict.observed):
            return f"observed {theirs!r} / {verdict.observed!r}"
    return ""


def same(theirs: Any, ours: Any) -> bool:
    """Whether two observed values agree; numbers to 1e-9, moments whatever their spelling."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return theirs.keys() == ours.keys() and all(same(theirs[key], ours[key]) for key in theirs)
    if isinstance(theirs, list) and isinstance(ours, list | tuple):
        if all(isinstance(name, str) for name in theirs):
            theirs, ours = sorted(theirs), sorted(ours)  # SQL engines list columns in any order
        return len(theirs) == len(ours) and all(map(same, theirs, ours))
    if isinstance(ours, dt.date):
        return moment(theirs) == moment(ours)
    if isinstance(theirs, int | float) and not isinstance(ours, str) and ours is not None:
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
