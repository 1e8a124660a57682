from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, refusal, table_of, verdict

from dq.verdict import Outcome

WORDS = ["", "a", "ab", "abc", None]
CASES = [
    Case("within", WORDS, {"length_between": [0, 3]}, PASS, 0, 1.0, {"considered": 4, "missing": 1}),
    Case("too short and too long", WORDS, {"length_between": [1, 2]}, FAIL, 2, 0.5),
    Case("strict", WORDS, {"length_between": {"min": 0, "max": 3, "strict_min": True}}, FAIL, 1, 0.75),
    Case("strict above", WORDS, {"length_between": {"max": 3, "strict_max": True}}, FAIL, 1, 0.75),
    Case("one bound", WORDS, {"length_between": {"min": 3}}, FAIL, 3, 0.25),
    Case("a bound written as a float", WORDS, {"length_between": {"max": 2.0}}, FAIL, 1, 0.75),
    Case("characters, not bytes", ["äöü", "日本語", "🦆🦆🦆"], {"length": 3}, PASS, 0, 1.0),
    Case(
        "exact",
        WORDS,
        {"length": 2, "mostly": 0.25},
        PASS,
        3,
        0.25,
        {"expected": "length exactly 2 for 25 %"},
    ),
    Case("whole numbers as text", [1, 22, -3], {"length": 2}, FAIL, 1, 2 / 3),
    Case("dates as text", [dt.date(2024, 1, 1)], {"length": 10}, PASS, 0, 1.0),
    Case("found anywhere", ["xay", "b", None], {"regex": "a"}, FAIL, 1, 0.5, {"sample": ("b",)}),
    Case("anchored", ["ab", "abc"], {"regex": "^ab$"}, FAIL, 1, 0.5),
    Case("classes", ["a1", "b22", "c"], {"regex": r"^[a-z]\d+$"}, FAIL, 1, 2 / 3),
    Case("empty text", ["", "a"], {"regex": "^$"}, FAIL, 1, 0.5),
    Case("a dot is no line feed", ["a\nb"], {"regex": "a.b"}, FAIL, 1, 0.0),
    Case("flags", ["ABC", "a\nb"], {"regex": "(?is)a.*b"}, PASS, 0, 1.0),
    Case("quotes", ["it's", "x"], {"regex": "'"}, FAIL, 1, 0.5),
    Case("backslashes", ["a\\b", "ab"], {"regex": r"\\"}, FAIL, 1, 0.5),
    Case("whole numbers", [12, 345], {"regex": "^[0-9]{2}$"}, FAIL, 1, 0.5),
    Case("not found", ["a", "b", None], {"not_regex": "z"}, PASS, 0, 1.0, {"missing": 1}),
    Case("found, though unwanted", ["a", "b"], {"not_regex": "a"}, FAIL, 1, 0.5),
    Case("classes of Unicode", ["Ä", "a"], {"regex": r"^\p{Lu}$"}, FAIL, 1, 0.5),
    Case("look-ahead", ["ab", "ac", None], {"regex": "a(?=b)"}, FAIL, 1, 0.5, {"sample": ("ac",)}),
    Case("look-behind", ["ab", "cb"], {"not_regex": "(?<!a)b"}, FAIL, 1, 0.5),
    Case("a back-reference", ["abab", "abac"], {"regex": r"^(\w+)\1$"}, FAIL, 1, 0.5),
    Case("the end, as Python writes it", ["a", "a\n"], {"regex": r"^a\Z"}, FAIL, 1, 0.5),
    Case("all null", pa.table({"x": pa.array([None], pa.string())}), {"regex": "a"}, UNTESTED, 0),
    Case("filtered", {"x": ["a", "b"], "y": [1, 2]}, {"regex": "a", "where": "y = 1"}, PASS, 0, 1.0),
]


@table_of(CASES)
def test_lengths_and_patterns(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("values", [[1.5], [True], [dt.datetime(2024, 1, 1)], [[1]]])
@pytest.mark.parametrize("declared", [{"regex": "1"}, {"length": 1}, {"length_between": [0, 9]}])
def test_values_without_one_spelling_are_refused(values: list[object], declared: dict[str, object]) -> None:
    found = verdict(values, declared)
    assert found.outcome.value == ERROR
    assert "neither text nor whole numbers nor dates" in found.reason


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "[z-a]", "*", r"\p{Lu}(?=b)"])
def test_a_broken_pattern_is_refused_when_loading(pattern: str) -> None:
    assert "no regular expression" in refusal({"regex": pattern})


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"length_between": {}}, "both missing"),
        ({"length_between": [3, 1]}, "min_value 3 is greater than max_value 1"),
        ({"length_between": {"max": -1}}, "negative"),
        ({"length_between": 3}, "takes [min, max]"),
        ({"length": -1}, "value"),
        ({"length": 1.5}, "value"),
        ({"regex": 5}, "regex"),
        ({"length": {"value": 1, "valeu": 2}}, "valeu"),
    ],
)
def test_impossible_arguments_are_refused(declared: dict[str, object], message: str) -> None:
    assert message in refusal(declared)


def test_a_column_without_a_type_is_untested() -> None:
    # DuckDB before 1.4 calls such a column INTEGER, later ones call it NULL: the outcome is the same.
    found = verdict(pa.table({"x": pa.nulls(1)}), {"regex": "a"})
    assert (found.outcome, not found.unexpected) == (Outcome.UNTESTED, True)


@table_of(
    [
        Case("blank", ["a", "", " \t\n", None, " b "], {"not_blank": {}}, FAIL, 2, 0.5, {"considered": 4}),
        Case("a wide space is a character", ["\u3000"], "not_blank", PASS, 0, 1.0),
        Case("nothing but nulls", pa.table({"x": pa.array([None], pa.string())}), "not_blank", UNTESTED, 0),
        Case("numbers", [1], "not_blank", ERROR),
    ]
)
def test_not_blank(case: Case) -> None:
    check(case)
