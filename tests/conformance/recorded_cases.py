"""Recorded answers of Great Expectations: reading a case, and asking dq the same."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import math
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import recorded_others

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
_STORED = {"INTEGER": pa.int32(), "BIGINT": pa.int64(), "FLOAT": pa.float32(), "REAL": pa.float32()}
"""Types of SQLite columns, as far as a case on types says which one the column had."""


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
    if kind == "dec":
        return Decimal(inner)
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
        stored = _stored(cases[0]) if column["name"] == cases[0]["kwargs"].get("column") else None
        try:
            arrays[column["name"]] = pa.array(values, type=stored or _ARROW.get(column["dtype"]))
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            if json.dumps(column["name"]) in asked or "row_condition" in asked:
                raise NoArrowForm(column["name"]) from error
    return pa.table(arrays)


def _stored(case: dict[str, Any]) -> Any:
    """The type of the column in question, where the recording tells it only in what was observed."""
    if case["backend"] != "sql:sqlite" or "_type" not in case["expectation_type"]:
        return None
    return _STORED.get(str((case["gx"]["result"] or {}).get("observed_value")))


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
            alone = case["id"] if recorded_others.needed(case) or _stored(case) else ""
            together[json.dumps([case["data"], case["expectation_parameters"], alone])].append(case)
    for group in together.values():
        for case in group:
            try:
                table([case])
            except NoArrowForm:
                group = [other for other in group if other is not case]
        if group:
            found |= _verdicts(group)
    return found


def _verdicts(group: Sequence[dict[str, Any]]) -> dict[str, dq.Verdict | str]:
    asked = dq.load_suite(suite(group), plain(group[0]["expectation_parameters"]))
    data = table(group)
    with tempfile.TemporaryDirectory() as folder:
        if recorded_others.needed(group[0]):
            others = recorded_others.datasets(asked.items[0].expectation, group[0], data, Path(folder))
            asked = replace(asked, datasets=others)
        result = dq.validate(data, asked)
    return {case["id"]: verdict for case, verdict in zip(group, result.verdicts, strict=True)}
