from __future__ import annotations

import pyarrow as pa
import pytest
from expectation_cases import FAIL, PASS, Case, check, refusal, table_of

EXACTLY = {"expected": "row count exactly 3"}
ROWS = {"x": [1, 2, None]}
EMPTY = pa.table({"x": pa.array([], pa.int64())})

CASES = [
    Case("within", ROWS, {"row_count": [1, 3]}, PASS, None, 3, {"rows": 3}, table=True),
    Case("too many", ROWS, {"row_count": {"max": 2}}, FAIL, None, 3, table=True),
    Case("strictly", ROWS, {"row_count": {"min": 3, "strict_min": True}}, FAIL, None, 3, table=True),
    Case("written as floats", ROWS, {"row_count": {"min": 3.0, "max": 3.0}}, PASS, None, 3, table=True),
    Case("nothing is judged too", EMPTY, {"row_count": {"min": 1}}, FAIL, None, 0, table=True),
    Case("nothing may be right", EMPTY, {"row_count": {"max": 0}}, PASS, None, 0, table=True),
    Case("filtered", ROWS, {"row_count": [1, 1], "where": "x > 1"}, PASS, None, 1, table=True),
    Case("only measured", ROWS, {"row_count": {}}, PASS, None, 3, table=True),
    Case("equal", ROWS, {"row_count_equal": 3}, PASS, None, 3, EXACTLY, table=True),
    Case("not equal", ROWS, {"row_count_equal": 2}, FAIL, None, 3, table=True),
]


@table_of(CASES)
def test_row_counts(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    "declared",
    [{"row_count": 5}, {"row_count": [2, 1]}, {"row_count": [0.5, 1]}, {"row_count_equal": -1}],
)
def test_impossible_counts_are_refused(declared: dict[str, object]) -> None:
    assert "row_count" in refusal(declared, table=True)
