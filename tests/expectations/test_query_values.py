from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, refusal, table_of

DATA = {"a": [1, 2, 3], "b": [2, 2, 2]}


def case(name: str, query: str, outcome: str, observed: Any = None, **more: Any) -> Case:
    return Case(name, DATA, {"query": [query, 1, 3]}, outcome, None, observed, more, table=True)


CASES = [
    case("within", "SELECT sum(a) / 3 FROM {batch}", PASS, 2.0),
    case("outside", "SELECT count(*) + 1 FROM {batch}", FAIL, 4),
    case("decimal", "SELECT 1.5::DECIMAL(3, 1)", PASS, Decimal("1.5")),
    case("with parts", "WITH t AS (SELECT * FROM {batch}) SELECT max(a) FROM t", PASS, 3),
    case("null", "SELECT NULL FROM {batch} LIMIT 1", UNTESTED, reason="the query gives no value"),
    case("no row", "SELECT a FROM {batch} WHERE a > 9", UNTESTED),
    case("several rows", "SELECT a FROM {batch}", ERROR),
    case("several columns", "SELECT a, b FROM {batch} LIMIT 1", ERROR),
    case("text", "SELECT 'x'", ERROR, reason="the query gives no number"),
    case("a missing column", "SELECT nothing FROM {batch}", ERROR),
    Case("no bound", DATA, {"query": "SELECT 7"}, PASS, None, 7, table=True),
]


@table_of(CASES)
def test_query_values(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"query": ["SELECT (", 1, 2]}, "does not parse"),
        ({"query": ["DROP TABLE t", 1, 2]}, "expected one SELECT"),
        ({"query": ["SELECT 1", 2, 1]}, "greater than max_value"),
        ({"query": {"query": "SELECT 1", "where": "a > 1"}}, "write the filter into the query itself"),
    ],
)
def test_what_is_no_query_is_refused(declared: Any, words: str) -> None:
    assert words in refusal(declared, table=True)
