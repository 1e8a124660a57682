"""Results in Great Expectations' shape: equal to what it says itself of the same table."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest
from real_gx import gx, registry, results, suite_of

import dq
from dq.errors import UsageError
from dq.expectations import vocabulary

FRAME = pd.DataFrame(
    {
        "a": [1.0, 2, 2, 3, None, 9],
        "b": [1.0, 5, 2, 2, 7, None],
        "s": ["x", "yy", "x", None, "zzz", "q"],
        "n": [1, 2, 3, 4, 5, 6],
    }
)
GREATER = {"column_A": "n", "column_B": "b", "ignore_row_if": "either_value_is_missing"}
COMPOUND = {"column_list": ["a", "s"], "ignore_row_if": "any_value_is_missing"}
SUM = {"column_list": ["n", "b"], "sum_total": 7, "ignore_row_if": "any_value_is_missing"}
PAIRS = {**GREATER, "value_pairs_set": [[1, 1], [3, 2]]}
MEDIAN = {"column": "n", "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[1, 2]]}}


def above(limit: int) -> dict[str, Any]:
    tree = {"type": "comparison", "column": {"name": "n"}, "operator": ">", "parameter": limit}
    return {"column": "a", "max_value": 2, "row_condition": tree}


DECLARED: list[tuple[str, dict[str, Any]]] = [
    ("expect_column_values_to_be_between", {"column": "a", "max_value": 2}),
    ("expect_column_values_to_be_between", {"column": "n", "min_value": 0}),
    ("expect_column_values_to_not_be_null", {"column": "a"}),
    ("expect_column_values_to_be_null", {"column": "a", "mostly": 0.1}),
    ("expect_column_values_to_be_unique", {"column": "a"}),
    ("expect_column_values_to_be_in_set", {"column": "s", "value_set": ["x"]}),
    ("expect_column_values_to_not_be_in_set", {"column": "s", "value_set": ["x"], "mostly": 0.5}),
    ("expect_column_values_to_match_regex", {"column": "s", "regex": "^[xy]"}),
    ("expect_column_value_lengths_to_equal", {"column": "s", "value": 1}),
    ("expect_column_pair_values_to_be_equal", {"column_A": "a", "column_B": "b"}),
    ("expect_column_pair_values_a_to_be_greater_than_b", GREATER),
    ("expect_compound_columns_to_be_unique", COMPOUND),
    ("expect_column_max_to_be_between", {"column": "a", "max_value": 2}),
    ("expect_column_mean_to_be_between", {"column": "n", "min_value": 1}),
    ("expect_column_unique_value_count_to_be_between", {"column": "s", "max_value": 3}),
    ("expect_column_quantile_values_to_be_between", MEDIAN),
    ("expect_table_columns_to_match_set", {"column_set": ["a", "b", "q"]}),
    ("expect_table_columns_to_match_set", {"column_set": ["a", "b", "s", "n"]}),
    ("expect_table_columns_to_match_ordered_list", {"column_list": ["a", "q", "s"]}),
    ("expect_column_to_exist", {"column": "zz"}),
    ("expect_table_row_count_to_equal", {"value": 6}),
    ("expect_table_column_count_to_equal", {"value": 3}),
    ("expect_column_value_lengths_to_be_between", {"column": "s", "min_value": 2}),
    ("expect_column_values_to_not_match_regex", {"column": "s", "regex": "z"}),
    ("expect_column_values_to_match_regex_list", {"column": "s", "regex_list": ["x", "y"]}),
    ("expect_column_values_to_be_increasing", {"column": "n"}),
    ("expect_column_values_to_be_json_parseable", {"column": "s"}),
    ("expect_column_value_z_scores_to_be_less_than", {"column": "n", "threshold": 1, "double_sided": True}),
    ("expect_column_values_to_not_be_outliers", {"column": "a"}),
    ("expect_column_distinct_values_to_be_in_set", {"column": "s", "value_set": ["x"]}),
    ("expect_column_distinct_values_to_contain_set", {"column": "s", "value_set": ["x", "w", "v"]}),
    ("expect_column_distinct_values_to_equal_set", {"column": "s", "value_set": ["x", "w"]}),
    ("expect_column_most_common_value_to_be_in_set", {"column": "s", "value_set": ["q"]}),
    ("expect_column_proportion_of_unique_values_to_be_between", {"column": "s", "max_value": 0.5}),
    ("expect_column_proportion_of_non_null_values_to_be_between", {"column": "s", "min_value": 0.9}),
    ("expect_column_stdev_to_be_between", {"column": "n", "max_value": 1}),
    ("expect_column_median_to_be_between", {"column": "n", "max_value": 1}),
    ("expect_column_sum_to_be_between", {"column": "n", "max_value": 1}),
    ("expect_multicolumn_values_to_be_equal", {"column_list": ["n", "b"]}),
    ("expect_select_column_values_to_be_unique_within_record", {"column_list": ["n", "b"]}),
    ("expect_multicolumn_sum_to_equal", SUM),
    ("expect_column_pair_values_to_be_in_set", PAIRS),
    ("expect_column_values_to_be_between", above(2)),
    ("expect_column_values_to_be_between", above(99)),
]  # fmt: skip
DECLARED = [(name, arguments) for name, arguments in DECLARED if name in vocabulary()]
FORMATS: list[Any] = [
    "BOOLEAN_ONLY",
    "BASIC",
    "SUMMARY",
    "COMPLETE",
    {"result_format": "SUMMARY", "partial_unexpected_count": 1, "include_unexpected_rows": True},
    {"result_format": "COMPLETE", "unexpected_index_column_names": ["n"]},
    {"result_format": "BASIC", "return_unexpected_index_query": True},
    {"result_format": "SUMMARY", "exclude_unexpected_values": True, "partial_unexpected_count": 2},
    {"result_format": "SUMMARY", "partial_unexpected_count": 0},
    {"result_format": "COMPLETE", "return_unexpected_index_query": False},
]


@pytest.fixture(scope="module")
def suite() -> Any:
    built = []
    for number, (name, arguments) in enumerate(DECLARED):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            built.append(registry.get_expectation_impl(name)(**arguments, meta={"n": number}))
    return suite_of(*built)


@pytest.fixture(scope="module")
def batch() -> Any:
    asset = gx.get_context(mode="ephemeral").data_sources.add_pandas("p").add_dataframe_asset("a")
    return asset.add_batch_definition_whole_dataframe("b").get_batch({"dataframe": FRAME})


@pytest.fixture(scope="module")
def result(suite: Any) -> dq.Result:
    return dq.validate(FRAME, suite)


def compared(document: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    """What must be equal, by the number that each expectation carries."""
    found = {}
    for one in document["results"]:
        config = one["expectation_config"]
        for name in ("partial_unexpected_list", "partial_missing_list"):
            if "distinct" in config["type"] and name in one["result"]:
                one["result"][name].sort()  # they come out of a set
        kwargs = {key: value for key, value in config["kwargs"].items() if key != "batch_id"}
        found[config["meta"]["n"]] = {
            "success": bool(one["success"]),
            "type": config["type"],
            "severity": config["severity"],
            "kwargs": kwargs,
            "result": one["result"],
            "exception_info": one["exception_info"],
        }
    return found


@pytest.mark.parametrize("wanted", FORMATS, ids=str)
def test_the_same_as_they_say_themselves(wanted: Any, suite: Any, batch: Any, result: dq.Result) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = json.loads(
            json.dumps(batch.validate(suite, result_format=wanted).to_json_dict(), default=bool)
        )
    ours = result.to_gx(wanted, values=True)
    expected = compared(theirs)
    if isinstance(wanted, dict) and wanted.get("exclude_unexpected_values"):
        for one in expected.values():  # they leave the values in where only distinct ones are listed
            if "distinct" in one["type"]:
                one["result"].pop("partial_unexpected_list", None)
    assert compared(ours) == expected
    assert {**ours, "results": 0, "meta": 0, "suite_parameters": 0} == {
        **theirs, "results": 0, "meta": 0, "suite_parameters": 0,
    }  # fmt: skip
    assert set(theirs["meta"]) <= set(ours["meta"])


@pytest.mark.parametrize("wanted", FORMATS[:4], ids=str)
def test_their_schema_reads_it(wanted: Any, result: dq.Result) -> None:
    ours = result.to_gx(wanted, values=True)
    loaded = results.ExpectationSuiteValidationResultSchema().load(json.loads(json.dumps(ours)))
    assert loaded.success is False
    assert loaded.statistics == ours["statistics"]
    assert loaded.get_max_severity_failure().value == "critical"
    assert compared(loaded.to_json_dict()) == compared(ours)


MINE = {"columns": {"s": [{"in_set": ["x"]}], "a": [{"between": [0, 2]}]}, "show": ["s"]}


def test_values_are_private_unless_the_suite_shows_them() -> None:
    result = dq.validate(FRAME, MINE)
    shown, hidden = result.to_gx("COMPLETE")["results"]
    assert shown["result"]["unexpected_list"] == ["yy", "zzz", "q"]
    assert hidden["result"] == {
        "element_count": 6,
        "unexpected_count": 2,
        "unexpected_percent": 40.0,
        "missing_count": 1,
        "missing_percent": 1 / 6 * 100,
        "unexpected_percent_total": 2 / 6 * 100,
        "unexpected_percent_nonmissing": 40.0,
    }
    assert hidden["meta"]["dq"]["values"] == "hidden: 'a' not listed under `show`"
    with pytest.raises(UsageError, match="the values of 'a' are private"):
        result.to_gx({"result_format": "BASIC", "unexpected_index_column_names": ["a"]})


def test_a_result_that_was_read_back_says_what_it_does_not_have() -> None:
    frame = pd.DataFrame({"s": [f"v{i % 7}" for i in range(50)]})
    result = dq.Result.from_dict(
        dq.validate(frame, {"columns": {"s": [{"in_set": ["x"]}]}, "show": ["s"]}).to_dict()
    )
    (one,) = result.to_gx("COMPLETE")["results"]
    assert len(one["result"]["partial_unexpected_list"]) == 20
    assert (
        not {"unexpected_list", "unexpected_index_list", "partial_unexpected_counts"} & one["result"].keys()
    )
    assert one["meta"]["dq"]["values"] == "20 of 50 unexpected values are at hand"


def test_what_was_not_judged_is_written_as_they_would() -> None:
    suite = {
        "columns": {"a": [{"between": [0, 2]}, {"max": {"max": 3}}], "missing": ["not_null"]},
        "table": [{"row_count": {"min": 0}}],
    }
    document = dq.validate(FRAME.iloc[:0], suite).to_gx()
    between, largest, missing, count = document["results"]
    assert (between["success"], between["result"]["element_count"]) == (True, 0)
    assert between["meta"]["dq"] == {"id": "a-between", "outcome": "untested", "reason": "there are no rows"}
    assert (largest["success"], largest["result"]) == (False, {"observed_value": None})
    assert (missing["success"], missing["result"]) == (False, {})
    assert missing["exception_info"]["raised_exception"] is True
    assert "missing" in missing["exception_info"]["exception_message"]
    assert count["success"] is True


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("SUMARY", "Did you mean 'SUMMARY'"),
        ({"result_format": "BASIC", "partial_count": 1}, "no key 'partial_count'"),
        ({"partial_unexpected_count": -1}, "from 0 up"),
        ({"unexpected_index_column_names": ["zz"]}, "zz"),
    ],
)
def test_wrong_formats_are_refused(wanted: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        dq.validate(FRAME, MINE).to_gx(wanted, values=True)
