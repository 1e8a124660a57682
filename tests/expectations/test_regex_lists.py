from __future__ import annotations

import pyarrow as pa
import pytest
from expectation_cases import FAIL, PASS, UNTESTED, Case, check, refusal, table_of

WORDS = ["apple", "banana", "cherry", None]
ANY, ALL, NONE = "regex_list", {"match_on": "all"}, "not_regex_list"
CASES = [
    Case("any", WORDS, {ANY: ["^a", "^b"]}, FAIL, 1, 2 / 3, {"sample": ("cherry",), "missing": 1}),
    Case("any is enough", WORDS, {ANY: ["^[ab]", "y$"]}, PASS, 0, 1.0),
    Case("all", WORDS, {ANY: {"regex_list": ["an", "^b"], **ALL}}, FAIL, 2, 1 / 3),
    Case("all of one", WORDS, {ANY: {"regex_list": ["a|y"], **ALL}}, PASS, 0, 1.0),
    Case("the same twice", WORDS, {ANY: ["^a", "^a"], "mostly": 0.3}, PASS, 2, 1 / 3),
    Case("a pattern for Python among them", WORDS, {ANY: ["^a", "(?<=n)a$"]}, FAIL, 1, 2 / 3),
    Case("none", WORDS, {NONE: ["z", "^x"]}, PASS, 0, 1.0, {"considered": 3}),
    Case("one of none", WORDS, {NONE: ["z", "rr"]}, FAIL, 1, 2 / 3, {"sample": ("cherry",)}),
    Case("words", WORDS, {NONE: ["z"]}, PASS, 0, 1.0, {"expected": "matches none of z"}),
    Case("filtered", {"x": WORDS, "y": [1, 2, 3, 4]}, {ANY: ["^a"], "where": "y = 1"}, PASS, 0, 1.0),
    Case("all null", pa.table({"x": pa.array([None], pa.string())}), {ANY: ["a"]}, UNTESTED, 0),
    Case("no rows", pa.table({"x": pa.array([], pa.string())}), {NONE: ["a"]}, UNTESTED, 0),
]


@table_of(CASES)
def test_lists_of_patterns(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({ANY: []}, "regex_list"),
        ({ANY: ["a", "("]}, "'(' is no regular expression"),
        ({ANY: {"regex_list": ["a"], "match_on": "some"}}, "match_on"),
        ({NONE: {"regex_list": ["a"], "match_on": "all"}}, "match_on"),
        ({NONE: "a"}, "regex_list"),
    ],
)
def test_impossible_arguments_are_refused(declared: dict[str, object], message: str) -> None:
    assert message in refusal(declared)
