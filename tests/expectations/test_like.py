from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, refusal, table_of, verdict

CODES = ["AA1", "AB2", "b_1", None]
CASES = [
    Case("prefix", CODES, {"like": "A%"}, FAIL, 1, 2 / 3, {"sample": ("b_1",), "missing": 1}),
    Case("the whole value", CODES, {"like": "A"}, FAIL, 3, 0.0),
    Case("one character", CODES, {"like": "___"}, PASS, 0, 1.0, {"expected": "like '___'"}),
    Case("a character, not a byte", ["ä", "日", "🦆"], {"like": "_"}, PASS, 0, 1.0),
    Case("case counts", CODES, {"like": "a%"}, FAIL, 3, 0.0),
    Case("across lines", ["a\nb"], {"like": "a%b"}, PASS, 0, 1.0),
    Case("brackets are brackets", ["a", "[a]"], {"like": "[a]%"}, FAIL, 1, 0.5),
    Case("backslashes are backslashes", ["a\\b", "a%"], {"like": "a\\%"}, FAIL, 1, 0.5),
    Case("escaped", CODES, {"like": {"pattern": "%!_%", "escape": "!"}, "mostly": 0.3}, PASS, 2, 1 / 3),
    Case("escape escaped", ["a!", "a"], {"like": {"pattern": "a!!", "escape": "!"}}, FAIL, 1, 0.5),
    Case("quotes", ["it's"], {"like": "it's"}, PASS, 0, 1.0),
    Case("whole numbers", [10, 21], {"like": "1%"}, FAIL, 1, 0.5),
    Case("dates", [dt.date(2024, 5, 1)], {"like": "2024-%"}, PASS, 0, 1.0),
    Case("not", CODES, {"not_like": "b%"}, FAIL, 1, 2 / 3, {"sample": ("b_1",)}),
    Case("not escaped", ["axb", "a_b"], {"not_like": {"pattern": "a!_b", "escape": "!"}}, FAIL, 1, 0.5),
    Case("any", CODES, {"like_list": ["A%", "%1"]}, PASS, 0, 1.0),
    Case("any, as null", CODES, {"like_list": {"patterns": ["AA%"], "match_on": None}}, FAIL, 2, 1 / 3),
    Case("all", CODES, {"like_list": {"patterns": ["A%", "%1"], "match_on": "all"}}, FAIL, 2, 1 / 3),
    Case("none", CODES, {"not_like_list": ["z%", "%2"]}, FAIL, 1, 2 / 3, {"sample": ("AB2",)}),
    Case("none at all", CODES, {"not_like_list": ["z%", "y"]}, PASS, 0, 1.0, {"considered": 3}),
    Case("filtered away", {"x": ["a"], "y": [1]}, {"like": "a", "where": "y = 2"}, UNTESTED, 0),
    Case("all null", pa.table({"x": pa.array([None], pa.string())}), {"not_like": "a"}, UNTESTED, 0),
]


@table_of(CASES)
def test_like(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("values", [[1.5], [True], [dt.datetime(2024, 1, 1)], [[1]]])
def test_values_without_one_spelling_are_refused(values: list[object]) -> None:
    found = verdict(values, {"like": "1%"})
    assert found.outcome.value == ERROR
    assert "neither text nor whole numbers nor dates" in found.reason


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (
            {"like": {"pattern": "a!", "escape": "!"}},
            "ends with the escape character '!'; write it twice",
        ),
        ({"like": {"pattern": "a", "escape": "!!"}}, "escape"),
        ({"like": {"pattern": "a", "escape": ""}}, "escape"),
        ({"like": 5}, "like_pattern"),
        ({"like_list": []}, "like_pattern_list"),
        ({"not_like_list": {"patterns": ["a", "b^"], "escape": "^"}}, "'b^' ends with the escape"),
        ({"not_like_list": {"patterns": ["a"], "match_on": "all"}}, "match_on"),
    ],
)
def test_impossible_arguments_are_refused(declared: dict[str, object], message: str) -> None:
    assert message in refusal(declared)
