"""Great Expectations suite JSON, in and out, without loss."""

from __future__ import annotations

import copy
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dq.errors import Position, SuiteError
from dq.suites.conditions import to_sql, to_tree
from dq.suites.gx import is_gx, to_gx
from dq.suites.load import load_suite
from dq.suites.model import Suite
from dq.verdict import Severity

TREE: dict[str, Any] = {
    "type": "and",
    "conditions": [
        {"type": "comparison", "column": {"name": "r"}, "operator": ">=", "parameter": 5},
        {"type": "comparison", "column": {"name": "o'c\""}, "operator": "IN", "parameter": ["a'b", "c"]},
        {"type": "nullity", "column": {"name": "n"}, "is_null": False},
    ],
}
MODERN: dict[str, Any] = {
    "name": "orders",
    "id": "0b1c1d5e-0000-4000-8000-000000000000",
    "expectations": [
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {
                "column": "a",
                "min_value": 0.0,
                "max_value": {"$PARAMETER": "mx"},
                "mostly": 0.9,
                "row_condition": TREE,
                "batch_id": "b-1",
                "result_format": {"result_format": "COMPLETE"},
                "catch_exceptions": True,
            },
            "meta": {"owner": "me", "price": "$mx"},
            "notes": ["first", "second"],
            "description": "in range",
            "id": "4a0e-uuid",
            "severity": "warning",
            "rendered_content": None,
        },
        {
            "type": "expect_column_values_to_be_in_set",
            "kwargs": {
                "column": "b",
                "value_set": ["$mx", "${mx}", "x"],
                "row_condition": 'col("c") == "de"',
            },
            "meta": {},
            "id": None,
        },
        {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1, "max_value": None}},
    ],
    "meta": {"great_expectations_version": "1.24.1"},
    "notes": None,
    "suite_parameters": {"mx": 7, "odd name": 1},
}
OLD: dict[str, Any] = {
    "expectation_suite_name": "orders.warning",
    "data_asset_type": "Dataset",
    "ge_cloud_id": None,
    "evaluation_parameters": {"n": 3},
    "expectations": [
        {
            "expectation_type": "expect_column_values_to_not_be_null",
            "kwargs": {"column": "a", "mostly": 0.5},
            "meta": {"notes": {"format": "markdown", "content": ["*a*"]}},
            "ge_cloud_id": "x",
        }
    ],
    "meta": {"great_expectations_version": "0.18.22"},
}


def test_which_documents_are_theirs() -> None:
    assert is_gx(MODERN)
    assert is_gx(OLD)
    assert is_gx({"expectations": [], "meta": {"great_expectations_version": "1.0"}})
    assert not is_gx({"expectations": [{"type": "not_null", "column": "a"}]})
    assert not is_gx({"suite": "s", "name": "s", "expectations": []})


def test_what_a_modern_suite_means() -> None:
    suite = load_suite(MODERN)
    assert suite.name == "orders"
    assert suite.params == {"mx": 7}
    first, second, third = suite.items
    assert first.to_dict() | {"gx": None} == {
        "expectation": "expect_column_values_to_be_between",
        "kwargs": {
            "column": "a",
            "min_value": 0.0,
            "max_value": 7,
            "mostly": 0.9,
            "where": """"r" >= 5 AND "o'c""\" IN ('a''b', 'c') AND NOT "n" IS NULL""",
        },
        "id": "4a0e-uuid",
        "severity": "warning",
        "notes": "first\nsecond",
        "meta": {"owner": "me", "price": "$mx"},
        "gx": None,
    }
    assert second.id == "b-in_set"
    assert second.where == "\"c\" = 'de'"
    assert list(second.expectation.value_set) == ["$mx", "${mx}", "x"]  # type: ignore[attr-defined]  # in_set has it
    assert (third.id, third.severity) == ("table-row_count", Severity.CRITICAL)


def test_a_modern_suite_goes_back_as_it_came(tmp_path: Path) -> None:
    suite = load_suite(MODERN)
    assert to_gx(suite) == MODERN
    path = tmp_path / "orders.json"
    path.write_text(json.dumps(MODERN), encoding="utf-8")
    from_file = load_suite(path)
    assert from_file == suite
    assert from_file.items[0].position == Position(str(path), 1, 83)
    assert to_gx(Suite.from_dict(json.loads(json.dumps(suite.to_dict())))) == MODERN


def test_an_old_suite_gets_modern_keys_and_keeps_the_rest() -> None:
    suite = load_suite(OLD)
    modern = to_gx(suite)
    assert modern == {
        "name": "orders.warning",
        "suite_parameters": {"n": 3},
        "expectations": [
            {
                "type": "expect_column_values_to_not_be_null",
                "kwargs": {"column": "a", "mostly": 0.5},
                "meta": {
                    "notes": {"format": "markdown", "content": ["*a*"]},
                    "dq": {"kept": {"ge_cloud_id": "x"}},
                },
            }
        ],
        "meta": {
            "great_expectations_version": "0.18.22",
            "dq": {"kept": {"data_asset_type": "Dataset", "ge_cloud_id": None}},
        },
    }
    assert load_suite(modern) == suite
    assert to_gx(load_suite(modern)) == modern


def test_a_changed_item_is_written_anew() -> None:
    suite = load_suite(MODERN)
    changed = replace(suite.items[0], severity=Severity.INFO)
    out = to_gx(replace(suite, items=(changed, *suite.items[1:])))
    assert out["expectations"][0]["severity"] == "info"
    assert out["expectations"][0]["kwargs"]["row_condition"] == TREE
    assert out["expectations"][0]["kwargs"]["max_value"] == {"$PARAMETER": "mx"}
    assert out["expectations"][1:] == MODERN["expectations"][1:]


def test_other_parameters_do_not_change_the_declaration() -> None:
    assert to_gx(load_suite(MODERN, {"mx": 9}))["expectations"] == MODERN["expectations"]


def test_what_only_dq_knows_survives_the_way_there_and_back() -> None:
    ours = {
        "suite": "flights",
        "data": "lake/f",
        "on_failure": "rollback",
        "datasets": {"planes": "p.parquet"},
        "show": ["a"],
        "meta": {"team": "x"},
        "columns": {
            "a": ["not_null", {"references": "planes.tailnum", "mostly": 0.8, "severity": "info"}],
            "b": [{"between": [0, 1], "where": "lower(a) = 'x'", "tags": ["t"], "id": "mine", "notes": "n"}],
        },
        "table": [{"row_count": {"min": 1}, "where": "a = 1 OR b IS NULL"}],
    }
    suite = load_suite(ours)
    out = json.loads(json.dumps(to_gx(suite)))
    assert [item["type"] for item in out["expectations"]] == [
        "expect_column_values_to_not_be_null",
        "expect_column_values_to_be_between",
        "expect_table_row_count_to_be_between",
    ]
    assert [entry["index"] for entry in out["meta"]["dq"]["expectations"]] == [1]
    assert out["expectations"][2]["kwargs"]["row_condition"] == {
        "type": "or",
        "conditions": [
            {"type": "comparison", "column": {"name": "a"}, "operator": "==", "parameter": 1},
            {"type": "nullity", "column": {"name": "b"}, "is_null": True},
        ],
    }
    back = load_suite(out)
    assert back == suite
    assert back.hash == suite.hash
    assert to_gx(back) == out


def test_unknown_types_and_arguments_are_refused_with_their_place(tmp_path: Path) -> None:
    wrong = copy.deepcopy(MODERN)
    wrong["expectations"][1]["type"] = "expect_column_values_to_be_in_sett"
    wrong["expectations"][2]["kwargs"]["min_val"] = 3
    path = tmp_path / "x.json"
    path.write_text(json.dumps(wrong, indent=1), encoding="utf-8")
    with pytest.raises(SuiteError) as caught:
        load_suite(path)
    first, second = str(caught.value).splitlines()
    assert first.endswith("is unknown. Did you mean 'expect_column_values_to_be_in_set'?")
    assert "'row_count' has no argument 'min_val'. Did you mean 'min_value'?" in second
    lines = path.read_text(encoding="utf-8").splitlines()
    assert caught.value.position is not None
    assert "expect_column_values_to_be_in_sett" in lines[caught.value.position.line - 1]


@pytest.mark.parametrize(
    ("condition", "sql"),
    [
        ('col("x") > 5', '"x" > 5'),
        ('col("x") == "a\'b"', "\"x\" = 'a''b'"),
        ("col('a b') <= -1.5", '"a b" <= -1.5'),
        ('col("d") >= date("2020-01-31")', "\"d\" >= CAST('2020-01-31' AS DATE)"),
        ('col("x").notnull()', 'NOT "x" IS NULL'),
        ("x > 5 and y = 'z'", "x > 5 and y = 'z'"),
        ({"type": "pass_through", "pass_through_filter": "x > 5 and y == 2"}, '"x" > 5 AND "y" = 2'),
        (
            {"type": "pass_through", "pass_through_filter": 'c == "red" & ~(d > 1)'},
            '"c" = \'red\' AND NOT ("d" > 1) IS TRUE',
        ),
        (
            {"type": "pass_through", "pass_through_filter": "`a b`.isnull() or 1 < c <= 2"},
            '"a b" IS NULL OR (1 < "c" AND "c" <= 2)',
        ),
        (
            {"type": "pass_through", "pass_through_filter": "a not in [1, 'x'] | b != c"},
            'NOT ("a" IN (1, \'x\')) IS TRUE OR NOT ("b" = "c") IS TRUE',
        ),
        (
            {"type": "pass_through", "pass_through_filter": "a.isin([-1]) and flag and b.notna()"},
            '"a" IN (-1) AND "flag" = TRUE AND NOT "b" IS NULL',
        ),
        (
            {"type": "pass_through", "pass_through_filter": "d > datetime.date(2021, 1, 30)"},
            "\"d\" > CAST('2021-01-30' AS DATE)",
        ),
        (
            {
                "type": "pass_through",
                "pass_through_filter": "t == datetime.datetime(2021, 1, 30, tzinfo=datetime.timezone.utc)",
            },
            "\"t\" = CAST('2021-01-30T00:00:00+00:00' AS TIMESTAMPTZ)",
        ),
        ({"type": "pass_through", "pass_through_filter": "a + b * 2 > 3"}, '("a") + (("b") * (2)) > 3'),
        (
            {"type": "pass_through", "pass_through_filter": "a IS NOT NULL AND b = 'x'"},
            "a IS NOT NULL AND b = 'x'",
        ),
        (
            {"type": "pass_through", "pass_through_filter": '`a b` = "x"', "condition_parser": "spark"},
            "\"a b\" = 'x'",
        ),
        ({"type": "comparison", "column": {"name": "x"}, "operator": "IN", "parameter": []}, "FALSE"),
        ({"type": "comparison", "column": {"name": "x"}, "operator": "NOT_IN", "parameter": []}, "TRUE"),
        (
            {"type": "comparison", "column": {"name": 'a"b'}, "operator": "!=", "parameter": True},
            '"a""b" <> TRUE',
        ),
    ],
)
def test_conditions(condition: Any, sql: str) -> None:
    assert to_sql(condition) == sql


@pytest.mark.parametrize(
    "condition",
    [
        'col("x") ~ 5',
        'col("x") > y',
        'col("x") > 5; drop table t',
        {"type": "xor"},
        {"type": "and", "conditions": []},
        {"type": "comparison", "column": {"name": "x"}, "operator": "LIKE", "parameter": "a"},
        {"type": "comparison", "column": {"name": "x"}, "operator": "==", "parameter": None},
        {"type": "nullity", "column": {}, "is_null": True},
        {"type": "pass_through", "pass_through_filter": "a > @limit"},
        {"type": "pass_through", "pass_through_filter": "a.str.len() > 1"},
        {"type": "pass_through", "pass_through_filter": "a / 2 > 1"},
        {"type": "pass_through", "pass_through_filter": "a % 2 == 1"},
        {"type": "pass_through", "pass_through_filter": "__import__('os').system('x')"},
        {"type": "pass_through", "pass_through_filter": "lower(a) = 'x'"},
        {"type": "pass_through", "pass_through_filter": "a = 1", "condition_parser": "pandas"},
        {"type": "pass_through", "pass_through_filter": "upper(a) = 'X'", "condition_parser": "spark"},
        {"type": "and", "conditions": [{"type": "nullity", "column": {"name": "x"}, "is_null": True}] * 101},
        5,
    ],
)
def test_conditions_that_may_mean_something_else_are_refused(condition: Any) -> None:
    with pytest.raises(ValueError, match=r"row condition|operator|value"):
        to_sql(condition)


@pytest.mark.parametrize(
    "sql", ["a = b", "lower(a) = 'x'", "a = 1 AND (b = 2 OR c = 3)", "t.a = 1", "a LIKE 'x%'"]
)
def test_sql_outside_their_grammar_has_no_tree(sql: str) -> None:
    assert to_tree(sql) is None


def test_trees_and_sql_are_inverse() -> None:
    assert to_tree(to_sql(TREE)) == TREE


def test_open_ends_of_bins_go_there_and_back(tmp_path: Path) -> None:
    bins = {"bins": [-math.inf, 0, 1, math.inf], "weights": [0.25, 0.5, 0.25]}
    kwargs = {"column": "x", "partition_object": bins, "threshold": 0.1}
    config = {"type": "expect_column_kl_divergence_to_be_less_than", "kwargs": kwargs}
    path = tmp_path / "suite.json"
    path.write_text(json.dumps({"name": "s", "expectations": [config], "meta": {}}))
    suite = load_suite(path)
    assert to_gx(suite)["expectations"][0]["kwargs"] == kwargs
    assert suite.items[0].to_dict()["kwargs"]["partition_object"]["bins"] == ["-inf", 0, 1, "inf"]
