from __future__ import annotations

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, refusal, table_of

ROWS = {"a": [3, 1, None, 5], "b": [1, 2, 3, 4], "s": ["x", "y", "z", None]}
EMPTY = pa.table({"a": pa.array([], pa.int64())})

CASES = [
    Case("satisfied", ROWS, {"satisfy": "b >= 1"}, PASS, 0, 1.0, {"considered": 4, "missing": 0}, table=True),
    Case(
        "a NULL breaks nothing",
        ROWS,
        {"satisfy": "a > b"},
        FAIL,
        1,
        2 / 3,
        {"considered": 3, "missing": 1, "details": {"null": 1}, "sample": ((1, 2),), "rows": 4},
        table=True,
    ),
    Case("mostly", ROWS, {"satisfy": "a > b", "mostly": 0.6}, PASS, 1, 2 / 3, table=True),
    Case("functions", ROWS, {"satisfy": "length(s) = 1 AND s <> 'q;--'"}, PASS, 0, 1.0, table=True),
    Case("filtered", ROWS, {"satisfy": "a > b", "where": "b = 1"}, PASS, 0, 1.0, {"rows": 1}, table=True),
    Case(
        "NULL on every row",
        ROWS,
        {"satisfy": "a > NULL"},
        UNTESTED,
        0,
        None,
        {"reason": "the condition is NULL on every row", "details": {"null": 4}},
        table=True,
    ),
    Case(
        "no rows", EMPTY, {"satisfy": "a > 1"}, UNTESTED, 0, None, {"reason": "there are no rows"}, table=True
    ),
    Case("unknown column", ROWS, {"satisfy": "nothing > 1"}, ERROR, table=True),
    Case("a comment at the end", ROWS, {"satisfy": "b > 0 -- always"}, PASS, 0, 1.0, table=True),
    Case(
        "no bad row",
        ROWS,
        {"sql": "SELECT * FROM {batch} WHERE b > 4"},
        PASS,
        0,
        0,
        {"rows": 4, "expected": "no rows from the query"},
        table=True,
    ),
    Case("bad rows", ROWS, {"sql": "SELECT * FROM {batch} WHERE b > 2"}, FAIL, 2, 2, table=True),
    Case(
        "grouped",
        ROWS,
        {"sql": "SELECT s FROM {batch} GROUP BY s HAVING count(*) > 1"},
        PASS,
        0,
        0,
        table=True,
    ),
    Case("by its alias", ROWS, {"sql": {"query": "SELECT 1 FROM {batch} LIMIT 1"}}, FAIL, 1, 1, table=True),
    Case("nothing to look at", EMPTY, {"sql": "SELECT * FROM {batch}"}, UNTESTED, 0, None, table=True),
    Case("unknown table", ROWS, {"sql": "SELECT * FROM nowhere"}, ERROR, table=True),
]


@table_of(CASES)
def test_rules_in_sql(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"satisfy": "a >"}, "does not parse"),
        ({"satisfy": ""}, "condition"),
        ({"satisfy": "a > 1; drop table t"}, "one SQL expression, got 2"),
        ({"satisfy": "select 1"}, "expected one SQL condition"),
        ({"satisfy": "delete from t"}, "expected one SQL condition"),
        ({"satisfy": "a > avg(a)"}, "speaks of one row"),
        ({"satisfy": "row_number() over () = 1"}, "speaks of one row"),
        ({"satisfy": "a > 1", "where": "max(a) > 1"}, "speaks of one row"),
        ({"sql": "delete from {batch}"}, "expected one SELECT"),
        ({"sql": "select 1; select 2"}, "one SQL expression, got 2"),
        ({"sql": "selec 1 from"}, "sql"),
        ({"sql": "SELECT * FROM {batch}", "where": "a > 1"}, "write the filter into the query"),
    ],
)
def test_what_is_no_rule_is_refused_when_loading(declared: dict[str, object], message: str) -> None:
    assert message in refusal(declared, table=True)
