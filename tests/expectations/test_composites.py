from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, arrow, check, refusal, table_of, verdict
from hypothesis import given, settings
from hypothesis import strategies as st

import dq
from dq.suites import Suite
from dq.suites.gx import to_gx

X = ["a", "b", "zz", None, "q1"]
NOTHING = pa.table({"x": pa.array([], pa.string())})
A_OR_Q: dict[str, Any] = {"any_of": [{"in_set": ["a", "b"]}, {"regex": "^q"}]}

BY_ROW = [
    Case(
        "any", X, A_OR_Q, FAIL, 1, 0.75, {"sample": ("zz",), "considered": 4, "details": {"broken": [2, 3]}}
    ),
    Case("any, mostly", X, A_OR_Q | {"mostly": 0.75}, PASS, 1, 0.75),
    Case("any, within a filter", X, A_OR_Q | {"where": "x <> 'zz'"}, PASS, 0, 1.0, {"considered": 3}),
    Case("any of nothing", NOTHING, A_OR_Q, UNTESTED, 0),
    Case(
        "any where none says yes or no",
        pa.table({"x": pa.array([None], pa.string())}),
        A_OR_Q,
        UNTESTED,
        0,
        more={"reason": "on no row do the members say yes or no"},
    ),
    Case("null is met", X, {"any_of": ["is_null", {"length": 1}]}, FAIL, 2, 0.6),
    Case("all", X, {"all_of": [{"length": 1}, {"not_in_set": ["b"]}]}, FAIL, 3, 0.25),
    Case(
        "all counts what one leaves out but another finds",
        X,
        {"all_of": ["not_null", {"length_between": [1, 2]}]},
        FAIL,
        1,
        0.8,
    ),
    Case("not", X, {"not": {"in_set": ["a"]}}, FAIL, 1, 0.75, {"sample": ("a",)}),
    Case("not, mostly", X, {"not": {"in_set": ["a"]}, "mostly": 0.5}, PASS, 1, 0.75),
    Case("not unique", [1, 1, 2, None], {"not": "unique"}, FAIL, 1, 2 / 3, {"sample": (2,)}),
    Case(
        "a member's own filter",
        {"x": [1, 5, 9], "k": [1, 1, 2]},
        {"any_of": [{"between": [0, 2], "where": "k = 1"}, {"between": [9, 9]}]},
        FAIL,
        1,
        2 / 3,
        {"considered": 3, "sample": (5,)},
    ),
    Case(
        "one within another",
        X,
        {"all_of": [{"not": "is_null"}, {"any_of": [{"length": 1}, {"not": {"regex": "^z"}}]}]},
        FAIL,
        2,
        0.6,
    ),
]

BY_VERDICT = [
    Case("any passes", X, {"any_of": [{"distinct_count": [9, 9]}, "unique"]}, PASS, None, 1),
    Case(
        "any fails", X, {"any_of": [{"distinct_count": [9, 9]}, {"regex": "a", "mostly": 0.9}]}, FAIL, None, 0
    ),
    Case("all fails", X, {"all_of": [{"distinct_count": [9, 9]}, "unique"]}, FAIL, None, 1),
    Case("not passes", X, {"not": {"distinct_count": [9, 9]}}, PASS, None, 0),
    Case(
        "not of untested",
        NOTHING,
        {"not": {"distinct_count": [9, 9]}},
        UNTESTED,
        more={"reason": "distinct_count: there are no rows"},
    ),
    Case("an untested one decides", NOTHING, {"any_of": [{"distinct_count": [0, 0]}, "unique"]}, UNTESTED),
    Case(
        "an error is an error",
        X,
        {"any_of": [{"mean": [0, 1]}, "unique"]},
        ERROR,
        more={"reason": "mean: column 'x' is VARCHAR, which has no mean"},
    ),
]

ON_TABLE = [
    Case(
        "one of two",
        {"a": [1, None, None], "b": [None, 2, None]},
        {"any_of": [{"not_null": {}, "column": "a"}, {"column": "b", "not_null": {}}]},
        FAIL,
        1,
        2 / 3,
        {"columns": ("a", "b"), "sample": ((None, None),)},
        table=True,
    ),
    Case(
        "flat members",
        {"a": [1]},
        {
            "all_of": [
                {"expectation": "not_null", "column": "a"},
                {"expectation": "expect_table_row_count_to_equal", "value": 1},
            ]
        },
        PASS,
        None,
        2,
        table=True,
    ),
    Case(
        "untested, but decided",
        pa.table({"a": pa.array([None], pa.int64())}),
        {"any_of": [{"mean": [0, 1], "column": "a"}, {"row_count": [1, 1]}]},
        PASS,
        None,
        1,
        table=True,
    ),
    Case(
        "untested and undecided",
        pa.table({"a": pa.array([None], pa.int64())}),
        {"all_of": [{"mean": [0, 1], "column": "a"}, {"row_count": [1, 1]}]},
        UNTESTED,
        table=True,
    ),
    Case("a missing column", {"a": [1]}, {"not": {"column": "b", "not_null": {}}}, ERROR, table=True),
]


@table_of([*BY_ROW, *BY_VERDICT, *ON_TABLE])
def test_composites(case: Case) -> None:
    check(case)


def test_an_empty_reference_leaves_the_whole_untested() -> None:
    suite = {
        "datasets": {"r": "unused"},
        "columns": {"x": [{"any_of": [{"references": "r.k"}, {"regex": "q"}]}]},
    }
    loaded = dq.load_suite(suite)
    from dq.lake.manifest import Partition
    from dq.lake.source import TableSource
    from dq.validation import Validation

    with Validation(loaded, arrow(X), Partition()) as validation:
        assert validation.result().verdicts[0].reason.startswith("nothing to compare with")
        schema = validation.engine.add("r", TableSource(pa.table({"k": pa.array([], pa.string())}), "r"))
        assert schema is not None
        validation.scope = type(validation.scope)(validation.scope.schema, {"r": schema})
        found = validation.result().verdicts[0]
    assert (found.outcome.value, found.reason) == (UNTESTED, "nothing to compare with: dataset 'r' is empty")


def test_words() -> None:
    found = verdict(X, {"any_of": [{"in_set": ["a"]}, {"not": "is_null"}], "mostly": 0.5})
    assert found.expected == "any of: in 'a'; not: null for 50 %"
    table = verdict(X, {"any_of": [{"row_count": {"min": 9}}, {"column": "x", "length": 1}]}, table=True)
    assert table.expected.startswith("any of: row count at least 9; x length")


SUITE: dict[str, Any] = {
    "params": {"low": 1, "high": 3},
    "columns": {
        "x": [
            {
                "any_of": [{"in_set": ["a", "$$b"], "where": "k > 1"}, {"not": {"regex": "^q"}}],
                "mostly": 0.9,
            },
            {
                "all_of": {"of": ["not_null", {"length_between": ["$low", "$high"]}]},
                "id": "both",
                "severity": "info",
            },
        ]
    },
    "table": [{"any_of": [{"column": "x", "is_null": {}}, {"row_count": [1, "$high"]}]}],
}


def test_suites_go_there_and_back() -> None:
    suite = dq.load_suite(SUITE)
    assert [item.id for item in suite.items] == ["x-any_of", "both", "table-any_of"]
    assert suite.items[1].expectation.expected() == "all of: not null; length between 1 and 3"
    assert suite.with_params({"high": 5}).items[1].expectation.expected().endswith("1 and 5")
    dumped = json.loads(json.dumps(suite.to_dict()))
    assert (Suite.from_dict(dumped), Suite.from_dict(dumped).hash) == (suite, suite.hash)
    there = json.loads(json.dumps(to_gx(suite)))
    assert dq.load_suite(there) == suite
    assert there["expectations"] == []  # kept under `meta`, where Great Expectations leaves it alone


@pytest.mark.parametrize(
    ("declared", "table", "words"),
    [
        (
            {"any_of": [{"in_sett": [1]}]},
            False,
            "[0].in_sett: expectation 'in_sett' is unknown. Did you mean 'in_set'?",
        ),
        (
            {"any_of": ["not_null", {"between": [3, 1]}]},
            False,
            "any_of[1].between[0]: 'between' on column 'x': min_value 3 is greater",
        ),
        ({"any_of": [{"regex": "a", "severity": "info"}]}, False, "`severity` belongs beside 'any_of'"),
        ({"any_of": [{"row_count": 1}]}, False, "'row_count' speaks of the table"),
        (
            {"any_of": [{"expectation": "not_null", "column": "y"}]},
            False,
            "'not_null' does not speak of column 'x'",
        ),
        ({"any_of": []}, False, "at least 1"),
        ("all_of", False, "needs `of`"),
        ({"any_of": [{"mean": [0, 1]}], "mostly": 0.5}, False, "mostly needs members that judge rows"),
        ({"any_of": [{"mean": [0, 1]}], "where": "x > 1"}, False, "write it on the members"),
        ({"not": ["not_null", "unique"]}, False, "at most 1"),
        ({"any_of": [{"not_null": {}}]}, True, "'not_null' speaks of one column: say `column:` beside it"),
    ],
)
def test_what_makes_no_sense_is_refused(declared: Any, table: bool, words: str) -> None:
    assert words in refusal(declared, table=table)


OUT = "takes no part"


def small(x: int | None) -> Any:
    return None if x is None else OUT if x > 2 else x == 2


LEAVES: list[tuple[Any, Any]] = [
    ({"between": [0, 1]}, lambda x: None if x is None else 0 <= x <= 1),
    ({"in_set": [1, 3]}, lambda x: None if x is None else x in (1, 3)),
    ("not_null", lambda x: x is not None),
    ({"in_set": [2], "where": "x > 0"}, lambda x: OUT if x is None or x <= 0 else x == 2),
    (
        {"in_set": [2], "where": "x < 3 OR x IS NULL"},
        lambda x: None if x is None else OUT if x > 2 else x == 2,
    ),
]


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def combined(name: str, members: list[Any]) -> Any:
        def value(x: int | None) -> bool | None:
            found = [said for _, one in members if (said := one(x)) != OUT]
            if not found:
                return None
            decisive = name == "any_of"
            return decisive if decisive in found else None if None in found else not decisive

        return {name: [declared for declared, _ in members]}, value

    def negated(member: Any) -> Any:
        return {"not": member[0]}, lambda x: None if member[1](x) in (None, OUT) else not member[1](x)

    several = st.lists(inner, min_size=1, max_size=3)
    return inner.map(negated) | st.builds(combined, st.sampled_from(["any_of", "all_of"]), several)


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(st.sampled_from(LEAVES), nested, max_leaves=6).filter(
        lambda rule: isinstance(rule[0], dict) and {"any_of", "all_of", "not"} & rule[0].keys()
    ),
    st.lists(st.none() | st.integers(-1, 4), min_size=1, max_size=10),
)
def test_rows_follow_the_logic_of_three_values(rule: Any, values: list[int | None]) -> None:
    declared, value = rule
    data = pa.table({"x": pa.array(values, pa.int64())})
    found = verdict(data, declared)
    truths = [value(x) for x in values]
    assert (found.considered, found.unexpected) == (len(values) - truths.count(None), truths.count(False))
    if found.outcome.value == FAIL:
        bad = sorted(str(x) for x, truth in zip(values, truths, strict=True) if truth is False)
        assert sorted(map(str, found.sample)) == bad
