from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, refusal, table_of, verdict

from dq.expectations.type_names import CANONICAL, SPELLINGS, accepts, is_one_of

ABC = {"a": [1], "B": ["x"], "c": [1.5]}
NAMES = ["a", "B", "c"]


def on_table(name: str, declared: Any, outcome: str, observed: Any, **details: Any) -> Case:
    return Case(name, ABC, declared, outcome, None, observed, {"details": details}, table=True)


CASES = [
    Case("exists", [1], "exists", PASS, None, True, {"details": {"position": 0}}),
    Case("does not", {"y": [1]}, "exists", FAIL, None, False),
    Case("capitals matter", {"X": [1]}, "exists", FAIL, None, False),
    Case("at its place", {"y": [1], "x": [1]}, {"exists": 1}, PASS, None, True),
    Case("first place is checked", {"y": [1], "x": [1]}, {"exists": 0}, FAIL, None, True),
    Case("exists without rows", pa.table({"x": pa.array([], pa.int64())}), "exists", PASS, None, True),
    on_table("columns in order", {"columns": NAMES}, PASS, NAMES),
    on_table(
        "out of order",
        {"columns": ["a", "c", "B"]},
        FAIL,
        NAMES,
        mismatched=[
            {"position": 1, "expected": "c", "found": "B"},
            {"position": 2, "expected": "B", "found": "c"},
        ],
    ),
    on_table(
        "one too many",
        {"columns": ["a", "B"]},
        FAIL,
        NAMES,
        mismatched=[{"position": 2, "expected": None, "found": "c"}],
    ),
    on_table("set, capitals ignored", {"column_set": ["C", "b", "A"]}, PASS, NAMES),
    on_table("set too small", {"column_set": ["a", "b"]}, FAIL, NAMES, unexpected=["c"]),
    on_table(
        "others allowed",
        {"column_set": {"column_set": ["a"], "exact_match": False}},
        PASS,
        NAMES,
        unexpected=["B", "c"],
    ),
    on_table(
        "missing though others allowed",
        {"column_set": {"column_set": ["z"], "exact_match": False}},
        FAIL,
        NAMES,
        missing=["z"],
        unexpected=NAMES,
    ),
    on_table("as many", {"column_count_equal": 3}, PASS, 3),
    on_table("not as many", {"column_count_equal": 2}, FAIL, 3),
    on_table("within", {"column_count": [2, 3]}, PASS, 3),
    on_table("strictly", {"column_count": {"max": 3, "strict_max": True}}, FAIL, 3),
    Case("of type", [1], {"of_type": "BIGINT"}, PASS, None, "BIGINT"),
    Case("of another width", [1], {"of_type": "INTEGER"}, FAIL, None, "BIGINT"),
    Case("Python's name", [1], {"of_type": "int"}, PASS, None, "BIGINT"),
    Case("Arrow's name", ["a"], {"of_type": "string"}, PASS, None, "VARCHAR"),
    Case("one of several", [1.5], {"in_types": ["string", "float64"]}, PASS, None, "DOUBLE"),
    Case("none of several", [1.5], {"in_types": ["string", "int64"]}, FAIL, None, "DOUBLE"),
    Case("no column", {"y": [1]}, {"of_type": "int"}, ERROR),
    Case("timestamps", [dt.datetime(2024, 1, 1)], {"of_type": "TIMESTAMP"}, PASS, None, "TIMESTAMP"),
    Case("list", [[1]], {"of_type": "BIGINT[]"}, PASS, None, "BIGINT[]"),
    Case("any list", [[1]], {"of_type": "list"}, PASS, None, "BIGINT[]"),
]


@table_of(CASES)
def test_schema(case: Case) -> None:
    check(case)


def test_the_schema_is_judged_without_a_query_on_rows() -> None:
    no_rows = pa.table({"x": pa.array([], pa.int64())})
    assert verdict(no_rows, {"column_count": [1, 1]}, table=True).outcome.value == PASS
    assert verdict(no_rows, "not_null").outcome.value == UNTESTED


@pytest.mark.parametrize(
    ("spelling", "type_text", "fits"),
    [
        ("DECIMAL", "DECIMAL(10,2)", True),
        ("decimal( 10 , 2 )", "DECIMAL(10,2)", True),
        ("NUMERIC(10,2)", "DECIMAL(10,3)", False),
        ("float", "FLOAT", True),
        ("float", "DOUBLE", True),
        ("FLOAT", "DOUBLE", False),
        ("FLOAT", "FLOAT", True),
        ("timestamp", "TIMESTAMP_NS", True),
        ("TIMESTAMP", "TIMESTAMP_NS", False),
        ("timestamp", "TIMESTAMP WITH TIME ZONE", False),
        ("datetime64[ns, UTC]", "TIMESTAMP WITH TIME ZONE", True),
        ("timestamp[us, tz=Europe/Berlin]", "TIMESTAMP WITH TIME ZONE", True),
        ("datetime64[ns]", "TIMESTAMP_NS", True),
        ("int8", "TINYINT", True),
        ("int8", "BIGINT", False),
        ("uint64", "UBIGINT", True),
        ("category", "ENUM('a', 'b')", True),
        ("str", "ENUM('a', 'b')", True),
        ("varchar(20)", "VARCHAR", True),
        ("bool", "BOOLEAN", True),
        ("string[]", "VARCHAR[]", True),
        ("int[]", "SMALLINT[]", True),
        ("STRUCT(a BIGINT, b VARCHAR)", "STRUCT(a BIGINT, b VARCHAR)", True),
        ("dict", "STRUCT(a BIGINT)", True),
        ("dict", "MAP(VARCHAR, BIGINT)", True),
        ("StringType", "VARCHAR", True),
        ("date", "DATE", True),
        ("date", "TIMESTAMP", False),
    ],
)
def test_spellings(spelling: str, type_text: str, fits: bool) -> None:
    assert is_one_of(type_text, accepts(spelling)) is fits


def test_every_spelling_stands_for_canonical_types() -> None:
    assert {name for names in SPELLINGS.values() for name in names} <= set(CANONICAL)
    assert all(name == name.lower() for name in SPELLINGS)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"of_type": "integr"}, "is no known type. Did you mean 'INTEGER'?"),
        ({"of_type": "objekt"}, "is no known type"),
        ({"in_types": ["int", "wat"]}, "'wat' is no known type"),
        ({"in_types": []}, "type_list"),
        ({"exists": -1}, "column_index"),
        ({"exists": 0, "where": "x > 1"}, "a filter on rows has no meaning"),
    ],
)
def test_impossible_arguments_are_refused(declared: dict[str, object], message: str) -> None:
    assert message in refusal(declared)


@pytest.mark.parametrize(
    ("declared", "outcome"),
    [
        ({"exact_type": "int"}, PASS),
        ({"exact_type": "long"}, PASS),
        ({"exact_type": "INT"}, FAIL),
        ({"exact_type": "bigint"}, PASS),
        ({"exact_type": "Int64"}, PASS),
        ({"exact_type": "float"}, FAIL),
        ({"of_type": "object"}, FAIL),
        ({"in_types": {"type_list": None}}, UNTESTED),
    ],
)
def test_exact_types(declared: dict[str, Any], outcome: str) -> None:
    assert verdict([1], declared).outcome.value == outcome


def test_exact_names_of_other_types() -> None:
    moments = pa.table({"x": pa.array([0], pa.timestamp("ns"))})
    zoned = pa.table({"x": pa.array([0], pa.timestamp("us", tz="UTC"))})
    assert verdict(moments, {"exact_type": "datetime64"}).outcome.value == PASS
    assert verdict(zoned, {"of_type": "Timestamp"}).outcome.value == PASS
    assert verdict(["a"], {"exact_type": "object"}).outcome.value == PASS
    assert "stands for several types" in refusal({"exact_type": "dict"})


def test_names_of_columns() -> None:
    declared = {"column_names": "^[a-z]+$"}
    assert verdict({"a": [1], "b": [1]}, declared, table=True).outcome.value == PASS
    found = verdict({"a": [1], "B": [1]}, declared, table=True)
    assert (found.outcome.value, found.observed, found.details) == (FAIL, ["a", "B"], {"unexpected": ["B"]})
    assert "no regular expression" in refusal({"column_names": "("}, table=True)
