from __future__ import annotations

import math

import pyarrow as pa
from expectation_cases import FAIL, PASS, UNTESTED, Case, check, table_of

CASES = [
    Case("no null", [1, 2], "not_null", PASS, 0, 1.0, {"rows": 2, "considered": 2, "missing": None}),
    Case("a null", [1, None, 2, 3], "not_null", FAIL, 1, 0.75, {"considered": 4}),
    Case("mostly", [1, None, 2, 3], {"not_null": {"mostly": 0.75}}, PASS, 1, 0.75),
    Case("mostly beside the name", [1, None], {"not_null": None, "mostly": 0.75}, FAIL, 1, 0.5),
    Case("NaN is a value", [math.nan, 1.0], "not_null", PASS, 0, 1.0),
    Case("empty text is a value", ["", "a"], "not_null", PASS, 0, 1.0),
    Case("no type", pa.table({"x": pa.nulls(2)}), "not_null", FAIL, 2, 0.0),
    Case("no rows", pa.table({"x": pa.array([], pa.int64())}), "not_null", UNTESTED, 0),
    Case("filtered", {"x": [1, None], "y": [1, 2]}, {"not_null": {"where": "y = 1"}}, PASS, 0, 1.0),
    Case("null", [None, 1, None], "is_null", FAIL, 1, 2 / 3, {"considered": 3}),
    Case("all null", pa.table({"x": pa.nulls(2, pa.int64())}), "is_null", PASS, 0, 1.0),
    Case("NaN is not null", pa.table({"x": pa.array([math.nan, None])}), "is_null", FAIL, 1, 0.5),
]


@table_of(CASES)
def test_nulls(case: Case) -> None:
    check(case)
