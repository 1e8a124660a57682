"""Expectations of users that are registered with Great Expectations: judged by it, and said so."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pyarrow as pa
import pytest
from custom_gx import ExpectColumnValuesToBeOdd
from real_gx import suite_of

import dq
from dq.errors import SuiteError
from dq.gx.data_docs import write_data_docs
from dq.suites.gx import to_gx

TABLE = pa.table({"a": [1, 3, 4, None], "b": [1, 3, 5, 7], "c": [13, 1, 1, 1]})
ODD = "expect_column_values_to_be_odd"


def verdicts(*items: Any, table: pa.Table = TABLE) -> list[dq.Verdict]:
    return list(dq.validate(table, {"expectations": list(items)}).verdicts)


def test_rows_are_judged_and_counted() -> None:
    bad, most, good = verdicts(
        {"type": ODD, "column": "a"},
        {"type": ODD, "column": "a", "mostly": 0.6, "severity": "info"},
        {"type": ODD, "column": "b"},
    )
    assert (bad.outcome, bad.rows, bad.considered, bad.unexpected, bad.missing) == ("fail", 4, 3, 1, 1)
    assert bad.details == {"evaluated_by": "great_expectations"}
    assert bad.expected == f"as {ODD} of Great Expectations says"
    assert (most.outcome, most.severity, most.observed) == ("pass", "info", 2 / 3)
    assert (good.outcome, good.unexpected) == ("pass", 0)


def test_filters_are_applied_before() -> None:
    filtered, nothing = verdicts(
        {"type": ODD, "column": "a", "where": "b < 4"}, {"type": ODD, "column": "a", "where": "b > 99"}
    )
    assert (filtered.outcome, filtered.rows, filtered.considered) == ("pass", 2, 2)
    assert (nothing.outcome, nothing.reason) == ("untested", "the filter selects no row")


def test_aggregates_and_tables_tell_what_they_observed() -> None:
    small, precious = verdicts(
        {"type": "expect_column_max_to_be_small", "column": "b"},
        {"type": "expect_table_to_be_precious", "least": 4},
    )
    assert (small.outcome, small.observed, small.unexpected) == ("fail", 7, None)
    assert (precious.outcome, precious.observed, precious.columns) == ("pass", 4, ())


def test_what_cannot_be_judged_is_an_error_without_values() -> None:
    raised, missing = verdicts({"type": ODD, "column": "c"}, {"type": ODD, "column": "zz"})
    assert raised.outcome == "error"
    assert raised.reason.startswith("Great Expectations raised ")
    assert "13" not in raised.reason
    assert (missing.outcome, "zz" in missing.reason) == ("error", True)


def test_more_rows_than_fit_are_refused_never_sampled() -> None:
    table = pa.table({"a": pa.nulls(1_000_001, pa.int8())})
    (large,) = verdicts({"type": ODD, "column": "a"}, table=table)
    assert large.outcome == "error"
    assert "at most 1,000,000" in large.reason


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"type": ODD}, "speaks of one column|needs `column`"),
        ({"type": ODD, "column": "a", "mostly": 2}, "Great Expectations refuses it"),
        ({"type": ODD, "column": "a", "mostyl": 1}, "Did you mean 'mostly'"),
        ({"type": "expect_table_to_be_precious"}, "needs `least`"),
        ({"type": "expect_nothing_of_the_kind_at_all"}, "import its module first"),
    ],
)
def test_arguments_are_checked_when_the_suite_is_read(item: Any, words: str) -> None:
    with pytest.raises(SuiteError, match=words):
        dq.load_suite({"expectations": [item]})


def test_they_go_there_and_back_and_into_pages(tmp_path: Any) -> None:
    theirs = suite_of(ExpectColumnValuesToBeOdd(column="a", mostly=0.9))
    ours = dq.load_suite(theirs)
    assert to_gx(ours) == theirs.to_json_dict()
    assert dq.Suite.from_dict(ours.to_dict()) == ours
    result = dq.validate(TABLE, ours)
    (one,) = result.to_gx()["results"]
    assert one["result"]["unexpected_count"] == 1
    assert one["meta"]["dq"]["details"] == {"evaluated_by": "great_expectations"}
    write_data_docs(result, tmp_path)


def test_great_expectations_is_not_loaded_for_a_word_that_is_wrong() -> None:
    code = (
        "import sys, dq\n"
        "try:\n    dq.load_suite({'columns': {'a': ['expect_column_values_to_be_odd']}})\n"
        "except dq.SuiteError:\n    print('great_expectations' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
