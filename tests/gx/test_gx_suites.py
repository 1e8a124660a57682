"""Every suite that Great Expectations can build goes through dq and comes back equal."""

from __future__ import annotations

import datetime as dt
import warnings
from pathlib import Path
from typing import Any

import pytest
from gx_samples import ARGUMENTS, PARAMETERS
from hypothesis import given, settings
from hypothesis import strategies as st
from real_gx import conditions, gxe, parameters, registry, reread, suite_of

import dq
from dq.errors import SuiteError
from dq.expectations import vocabulary
from dq.suites.expressions import ExpressionError, evaluate
from dq.suites.gx import to_gx
from dq.suites.load import load_suite
from dq.suites.yaml_out import to_yaml

KNOWN = sorted(name for name, cls in vocabulary().items() if cls.in_gx)
Column = conditions.Column
NO_FILTER = {
    "expect_column_to_exist", "expect_column_type_to_be", "expect_query_results_to_match_comparison",
    "expect_table_column_count_to_be_between", "expect_table_column_count_to_equal",
    "expect_table_columns_to_match_ordered_list", "expect_table_columns_to_match_set",
    "unexpected_rows_expectation",
    "expect_column_values_to_be_of_type", "expect_column_values_to_be_in_type_list",
}  # fmt: skip
"""Types that take no row condition, or (the last two) none in dq, which says so when the suite is read."""


def made(name: str, **arguments: Any) -> Any:
    cls: Any = registry.get_expectation_impl(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cls(**arguments)


def returned(suite: Any) -> Any:
    """The suite after a journey through dq, by object and by JSON."""
    ours = load_suite(suite, fill=False)
    assert load_suite(suite.to_json_dict(), fill=False) == ours
    again = dq.Suite.from_dict(ours.to_dict())
    assert to_gx(again) == to_gx(ours)
    return reread(to_gx(ours))


def test_samples_name_every_expectation_of_theirs() -> None:
    registered = registry.list_registered_expectation_implementations()
    theirs = [n for n in registered if registry.get_expectation_impl(n).__module__.startswith("great_exp")]
    assert sorted(theirs) == sorted(ARGUMENTS)


@pytest.mark.parametrize("name", KNOWN)
def test_every_type_comes_back_equal(name: str) -> None:
    options: dict[str, Any] = {
        "severity": "warning",
        "notes": ["n", "m"],
        "meta": {"k": {"$v": 1}},
        "description": "d",
    }
    filtered = {} if name in NO_FILTER else {"row_condition": (Column("c") > 3) & Column("d").is_not_null()}
    for arguments in ARGUMENTS[name]:
        suite = suite_of(made(name, **arguments), made(name, **{**arguments, **options, **filtered}))
        suite.expectations[1].id = "4f1f6f7e-4f6c-4b8e-8f6e-2b9d6f0f1a11"
        assert returned(suite) == suite


ROW_CONDITIONS = [
    Column("a") == "x'\"y",
    Column("a b") != 5,
    Column("a").is_in([1, 2.5]),
    Column("a").is_not_in(["x", "$y"]),
    Column("a").is_in([]),
    Column("a").is_null(),
    (Column("a") > 1) & ((Column("b") <= 2.5) & (Column("c") == True)),  # noqa: E712 - builds a condition
    ((Column("a") > 1) & (Column("b") < 2)) | Column("c").is_null(),
    conditions.OrCondition(conditions=[Column("a") > n for n in range(3)]),
    conditions.AndCondition(conditions=[Column("a") > n for n in range(100)]),
]


@pytest.mark.parametrize("condition", ROW_CONDITIONS, ids=range(len(ROW_CONDITIONS)))
def test_row_conditions_come_back_equal(condition: Any) -> None:
    suite = suite_of(gxe.ExpectColumnValuesToNotBeNull(column="a", row_condition=condition))
    assert returned(suite) == suite


@pytest.mark.parametrize(
    ("text", "parser", "sql"),
    [
        ('col("a") > 5', "great_expectations", '"a" > 5'),
        ('col("a").notnull()', "great_expectations__experimental__", 'NOT "a" IS NULL'),
        ("a > 5 and not `b c` == 'x'", "pandas", '"a" > 5 AND NOT ("b c" = \'x\') IS TRUE'),
        ("a <=> 1 OR b = \"x\"", "spark", "a IS NOT DISTINCT FROM 1 OR b = 'x'"),
        ("a in [1, 2]", None, '"a" IN (1, 2)'),
    ],
)  # fmt: skip
def test_conditions_as_text_come_back_equal(text: str, parser: str | None, sql: str) -> None:
    named = {"condition_parser": parser} if parser else {}
    suite = suite_of(made("expect_column_values_to_not_be_null", column="a", row_condition=text, **named))
    assert load_suite(suite).items[0].where == sql
    assert returned(suite) == suite


def test_windows_and_parameters_of_the_suite_come_back_equal() -> None:
    offset = {"positive": 0.1, "negative": 0.1}
    window = {"constraint_fn": "mean", "parameter_name": "p", "range": 3, "offset": offset}
    between = gxe.ExpectColumnMaxToBeBetween(column="a", min_value={"$PARAMETER": "p"}, windows=[window])
    suite = suite_of(between, suite_parameters={"p": 3, "values": [1]}, notes="n", meta={"team": "x"})
    ours = load_suite(suite)
    assert ours.items[0].to_dict()["kwargs"] == {"column": "a", "min_value": 3}
    assert load_suite(suite, {"p": 4}).items[0].to_dict()["kwargs"]["min_value"] == 4  # given ones win
    assert returned(suite) == suite


def test_a_suite_without_values_loads_but_does_not_run() -> None:
    suite = suite_of(
        made("expect_column_values_to_be_between", column="a", min_value={"$PARAMETER": "low - 1"})
    )
    with pytest.raises(SuiteError, match="parameter 'low' has no value"):
        load_suite(suite)
    ours = load_suite(suite, fill=False)
    assert ours.missing == ("low",)
    with pytest.raises(SuiteError, match="cannot be run: no value for the parameter 'low'"):
        dq.validate({"a": [1]}, ours)
    assert to_gx(ours) == suite.to_json_dict()
    assert ours.with_params({"low": 3}).missing == ()


def test_now_is_fixed_once_and_stays_a_parameter() -> None:
    text = "now() - timedelta(days=1)"
    suite = suite_of(made("expect_column_values_to_be_between", column="a", min_value={"$PARAMETER": text}))
    pinned = load_suite(suite, {"now()": "2024-03-01T12:00:00"})
    assert pinned.items[0].to_dict()["kwargs"]["min_value"] == "2024-02-29T12:00:00"
    ours = load_suite(suite)
    moment = dt.datetime.fromisoformat(ours.params["now()"])
    assert abs(dt.datetime.now() - moment) < dt.timedelta(minutes=1)
    assert to_gx(ours) == suite.to_json_dict()
    assert to_gx(dq.Suite.from_dict(ours.to_dict())) == suite.to_json_dict()


NUMBERS = st.one_of(st.integers(0, 50).map(str), st.floats(0, 50, allow_nan=False).map(lambda f: f"{f:.3f}"))
ATOMS = st.one_of(NUMBERS, st.sampled_from(["low", "high", "when", "PI", "e", "(low)"]))


def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "^", " - "]), inner).map("".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"-{text}" if text[0] not in "+-" else text),
        st.tuples(st.sampled_from(["abs", "round", "trunc", "sgn", "sin", "exp"]), inner).map(
            lambda pair: f"{pair[0]}({pair[1]})"
        ),
        inner.map(lambda text: f"datetime(2024, 1, 31) + timedelta(days={text})"),
    )


VALUES = {"low": 3, "high": 7.5, "when": "2024-02-03"}


def theirs(text: str) -> Any:
    """What Great Expectations makes of an expression; None when it refuses."""
    try:
        return parameters.parse_suite_parameter(text, VALUES)
    except Exception:  # noqa: BLE001 - it raises whatever its stack machine runs into
        return None


@settings(max_examples=150, deadline=None)
@given(st.recursive(ATOMS, joined, max_leaves=5))
def test_arithmetic_is_theirs(text: str) -> None:
    try:
        ours = evaluate(text, VALUES.__getitem__, dt.datetime.now)
    except ExpressionError:
        ours = None
    if text in VALUES:
        return  # a name alone stands for its value as it is, which the tests above see
    expected = theirs(text)
    if expected is None:
        # They look a single thing up as a name, even a number, a constant or what stands in brackets.
        tried = [theirs(f"{text} + {nothing}") for nothing in ("0", "timedelta(days=0)")]
        expected = next((value for value in tried if value is not None), None)
    if isinstance(ours, dt.datetime):
        ours = ours.isoformat()
    if expected is None or isinstance(expected, complex | str):
        assert ours is None or ours == expected
    elif ours is None:
        assert expected != expected or abs(expected) == float("inf") or abs(expected) > 1e300
    else:
        assert ours == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", KNOWN)
def test_every_type_can_be_written_as_yaml(name: str, tmp_path: Path) -> None:
    for arguments in ARGUMENTS[name]:
        suite = load_suite(suite_of(made(name, **arguments), suite_parameters=PARAMETERS))
        path = tmp_path / "suite.yml"
        path.write_text(to_yaml(suite), encoding="utf-8")
        again = load_suite(path)
        assert [item.expectation for item in again.items] == [item.expectation for item in suite.items]
        assert to_gx(again)["expectations"][0]["kwargs"] == arguments or "$PARAMETER" not in str(arguments)
