"""The JSON Schema accepts what the loader accepts and refuses typical mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dq.markup.document import read_document
from dq.suites.load import load_suite
from dq.suites.schema import suite_json_schema

ROOT = Path(__file__).parents[2]
SUITES = sorted(path for path in (ROOT / "suites").rglob("*.yml"))


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = suite_json_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_there_are_suites() -> None:
    assert len(SUITES) >= 3


@pytest.mark.parametrize("path", SUITES, ids=[path.name for path in SUITES])
def test_the_suites_of_the_project(path: Path, validator: Draft202012Validator) -> None:
    content = read_document(path, path.name).value
    assert [error.message for error in validator.iter_errors(content)] == []
    suite = load_suite(path)
    assert [error.message for error in validator.iter_errors(suite.to_dict())] == []


GOOD: list[dict[str, Any]] = [
    {"columns": {"a": "not_null"}},
    {
        "columns": {"a": [{"between": {"min": "$low"}, "mostly": "$m", "severity": "$s"}]},
        "params": {"low": 1},
    },
    {"columns": {"a": [{"between": None, "min": 1, "max": {"$PARAMETER": "x"}}]}},
    {"columns": {"a": [{"in_set": [1, "b", None]}, {"regex": "^a"}, {"references": "planes.tailnum"}]}},
    {
        "columns": {
            "a": [{"quantiles": [[0.5, 1, 2]]}, {"fresh": "36h"}, {"exists": None}, {"of_type": "BIGINT"}]
        }
    },
    {"table": [{"unique": ["a", "b"]}, {"row_count": [1, 2], "where": "a > 1"}, "keys_preserved"]},
    {"expectations": [{"expectation": "of_type", "column": "a", "type": "BIGINT"}]},
    {"expectations": [{"type": "between", "kwargs": {"column": "a", "max": 3}, "notes": ["x"], "id": "i"}]},
]


@pytest.mark.parametrize("content", GOOD)
def test_good(content: dict[str, Any], validator: Draft202012Validator) -> None:
    assert [error.message for error in validator.iter_errors(content)] == []


BAD: list[dict[str, Any]] = [
    {},
    {"colums": {"a": ["not_null"]}},
    {"columns": ["not_null"]},
    {"columns": {"a": ["not_nul"]}},
    {"columns": {"a": ["in_set"]}},
    {"columns": {"a": ["row_count"]}},
    {"columns": {"a": [{"between": {"mn": 1}}]}},
    {"columns": {"a": [{"between": [1, 2, 3]}]}},
    {"columns": {"a": [{"between": [0, 1], "mostly": 2}]}},
    {"columns": {"a": [{"between": [0, 1], "mostli": 1}]}},
    {"columns": {"a": [{"between": [0, 1], "severity": "high"}]}},
    {"columns": {"a": [{"not_null": None, "unique": None}]}},
    {"columns": {"a": [{"mean": [0, 1], "mostly": 0.5}]}},
    {"columns": {"a": [{"in_set": {"values": [1]}}]}},
    {"table": ["not_null"]},
    {"columns": {"a": ["not_null"]}, "on_failure": "rolback"},
    {"columns": {"a": ["not_null"]}, "rollback": {"max_age": 1}},
    {"columns": {"a": ["not_null"]}, "allow_empty": "yes"},
    {"expectations": [{"column": "a"}]},
    {"expectations": [{"expectation": "between", "kwargs": {"column": 5}}]},
    {"expectations": [{"expectation": "nope", "column": "a"}]},
]


@pytest.mark.parametrize("content", BAD)
def test_bad(content: dict[str, Any], validator: Draft202012Validator) -> None:
    assert not validator.is_valid(content)
