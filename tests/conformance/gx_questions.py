"""Random frames and questions: for every type of Great Expectations, arguments as real suites have them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
from hypothesis import strategies as st

NUMBER = st.integers(-3, 6)
QUARTER = st.integers(-8, 12).map(lambda n: n / 4)
WORD = st.sampled_from(["a", "b", "ab", "é", "日本", "it's", "", " a", "10", "2024-01-03", "{}"])
DAY = st.integers(1, 5).map(lambda n: dt.date(2024, 1, n))
MOMENT = st.integers(0, 96).map(lambda n: dt.datetime(2024, 1, 1) + dt.timedelta(hours=n))
MONEY = st.integers(-200, 400).map(lambda n: Decimal(n) / 100)
VALUES: dict[str, Any] = {
    "i": NUMBER,
    "j": NUMBER,
    "f": QUARTER,
    "g": QUARTER | st.sampled_from([float("inf"), float("-inf")]),
    "s": WORD,
    "u": WORD,
    "b": st.booleans(),
    "t": MOMENT,
    "z": MOMENT.map(lambda moment: moment.replace(tzinfo=dt.timezone.utc)),
    "d": DAY,
    "m": MONEY,
    "n": st.sampled_from(["{}", "[]", "1", '{"a": 1}', '{"a": "x"}']),
}
"""Values by column: whole numbers, reals, with infinity, text, booleans, moments, days, decimals, JSON."""

DTYPES = {"s": "str", "u": "str", "n": "str", "t": "datetime64[us]", "z": "datetime64[us, UTC]"}
SQLITE = "ijfsu"
"""Columns whose type SQLite has too."""
PANDAS = "pandas"
SQL = "sqlite"

MOSTLY = st.sampled_from([1.0, 1.0, 0.5, 2 / 3, 0.6666, 0.75, 0.0])
CONDITIONS: tuple[Any, ...] = (
    'col("i") > 0',
    'col("s").notnull()',
    'col("s") == "a"',
    {"type": "comparison", "column": {"name": "j"}, "operator": "<=", "parameter": 2},
    {"type": "nullity", "column": {"name": "f"}, "is_null": True},
    {
        "type": "and",
        "conditions": [
            {"type": "nullity", "column": {"name": "i"}, "is_null": False},
            {"type": "comparison", "column": {"name": "s"}, "operator": "IN", "parameter": ["a", "b"]},
        ],
    },
)


@dataclass(frozen=True)
class Question:
    """One expectation, and which engine of Great Expectations is asked."""

    name: str
    kwargs: Mapping[str, Any]
    engine: str


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """A frame of every column; null in a float column is NaN, as pandas has it."""
    size = draw(st.sampled_from([0, 1, 2, 3, 5, 6, 8]))
    columns = {}
    for name, values in VALUES.items():
        nulls = draw(st.sampled_from(["none", "some", "some", "all"] if size else ["none"]))
        value = {"none": values, "some": st.none() | values, "all": st.none()}[nulls]
        drawn = draw(st.lists(value, min_size=size, max_size=size))
        columns[name] = pd.Series(drawn, dtype=_dtype(name, drawn))
    return pd.DataFrame(columns)


def _dtype(name: str, values: list[Any]) -> Any:
    if name in DTYPES:
        return DTYPES[name]
    if name in "ij":
        return "int64" if None not in values else "float64"
    if name in "fg":
        return "float64"
    return "bool" if name == "b" and None not in values else object


def bounds(values: Any, *, strict: bool = True) -> Any:
    """Both bounds in order, or one of them."""

    def made(drawn: tuple[Any, Any, int, bool, bool]) -> dict[str, Any]:
        low, high = sorted(drawn[:2])
        both = {"min_value": low, "max_value": high}
        given = [both, {"min_value": low}, {"max_value": high}][drawn[2]]
        if strict and low != high:
            given |= {"strict_min": drawn[3], "strict_max": drawn[4]}
        return given

    return st.tuples(values, values, st.integers(0, 2), st.booleans(), st.booleans()).map(made)


def value_set(name: str) -> Any:
    """A set of the column's own kind of values, now and then with a null or with other kinds in it."""
    own = QUARTER if name == "g" else VALUES[name]
    odd = own | st.none() | (QUARTER if name in "ij" else own)
    return st.lists(own, min_size=1, max_size=4) | st.lists(odd, min_size=1, max_size=4)


def on(columns: str, **more: Any) -> Any:
    """Arguments of an expectation on one of some columns; what depends on it is a function of its name."""

    @st.composite
    def made(draw: st.DrawFn) -> dict[str, Any]:
        column = draw(st.sampled_from(columns))
        given: dict[str, Any] = {"column": column}
        for key, strategy in more.items():
            drawn = draw(strategy(column) if callable(strategy) else strategy)
            given |= drawn if key == "bounds" else {key: drawn}
        return given

    return made()


def fixed(**more: Any) -> Any:
    """Arguments of an expectation on the table."""
    return st.fixed_dictionaries(more)


def bounds_of(column: str) -> Any:
    """Bounds of the column's own kind."""
    values = {"g": QUARTER, "t": MOMENT, "z": VALUES["z"]}.get(column, VALUES[column])
    return bounds(values)


PATTERN = st.sampled_from(["^a", "b$", "[0-9]+", "^.{2}$", "é|日", "^$", "'", "(?i)A", r"\d{4}-\d"])
LIKE = st.sampled_from(["a%", "%b", "_", "%é%", "%'%", "10", "a_"])
FORMAT = st.sampled_from(["%Y-%m-%d", "%H:%M", "%d"])
IGNORE = st.sampled_from(["all_values_are_missing", "any_value_is_missing", "never"])
IGNORE_PAIR = st.sampled_from(["both_values_are_missing", "either_value_is_missing", "neither"])
SHARES = st.sampled_from([0.1, 0.25, 1 / 3, 0.5, 2 / 3, 0.75, 1.0])
SCHEMAS = st.sampled_from(
    [{"type": "object"}, {"properties": {"a": {"type": "integer"}}}, {"required": ["a"]}]
)
COUNTS = st.integers(0, 8)
COLUMNS = list(VALUES)
NAMES = st.lists(st.sampled_from([*COLUMNS, "q"]), min_size=1, max_size=11, unique=True) | st.just(COLUMNS)
TYPES = ["int64", "float64", "int", "float", "str", "bool", "datetime64", "INTEGER", "VARCHAR"]
CATEGORIES = st.sampled_from(
    [
        {"values": ["a", "b"], "weights": [0.6, 0.4]},
        {"values": ["a", "b", "é", "10"], "weights": [0.25, 0.25, 0.25, 0.25]},
    ]
)
BINS = st.sampled_from(
    [
        {"bins": [-3, 0, 2, 6], "weights": [0.25, 0.5, 0.25]},
        {"bins": [-1, 0, 1], "weights": [0.5, 0.25], "tail_weights": [0.125, 0.125]},
        {"bins": [0, 1, 2, 3], "weights": [0.5, 0, 0.5]},
    ]
)
PAIR = {"column_A": st.just("i"), "column_B": st.sampled_from("jf"), "ignore_row_if": IGNORE_PAIR}
SEVERAL = st.sampled_from([["i", "j"], ["i", "j", "f"], ["s", "u"], ["j", "i"]])
SUMMED = st.sampled_from([["i", "j"], ["i", "j", "f"], ["f", "i"]])
NUMBERS = "ijf"


def quantile_ranges(column: str) -> Any:
    """Two quantiles of the column, each with a range."""

    def made(drawn: tuple[list[float], list[float]]) -> dict[str, Any]:
        low, middle, high = sorted(drawn[0])
        return {"quantiles": sorted(drawn[1]), "value_ranges": [[None, middle], [low, high]]}

    ranks = st.lists(
        st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0]), min_size=2, max_size=2, unique=True
    )
    return st.tuples(st.lists(QUARTER, min_size=3, max_size=3), ranks).map(made)


ROWS: dict[str, tuple[str, Any]] = {
    "expect_column_values_to_not_be_null": ("both", on("ijfgsbtzdm", mostly=MOSTLY)),
    "expect_column_values_to_be_null": ("both", on("ijfgsbtzdm", mostly=MOSTLY)),
    "expect_column_values_to_be_unique": ("both", on("ijfgsbtzdm", mostly=MOSTLY)),
    "expect_column_values_to_be_between": ("both", on("ijfgstzdm", bounds=bounds_of, mostly=MOSTLY)),
    "expect_column_values_to_be_in_set": ("both", on("ijfgsbtzdm", value_set=value_set, mostly=MOSTLY)),
    "expect_column_values_to_not_be_in_set": ("both", on("ijfgsbtzdm", value_set=value_set, mostly=MOSTLY)),
    "expect_column_value_lengths_to_be_between": (
        "both",
        on("su", bounds=bounds(st.integers(0, 3)), mostly=MOSTLY),
    ),
    "expect_column_value_lengths_to_equal": ("both", on("su", value=st.integers(0, 3), mostly=MOSTLY)),
    "expect_column_values_to_match_regex": ("both", on("su", regex=PATTERN, mostly=MOSTLY)),
    "expect_column_values_to_not_match_regex": ("both", on("su", regex=PATTERN, mostly=MOSTLY)),
    "expect_column_values_to_match_regex_list": (
        PANDAS,
        on(
            "su",
            regex_list=st.lists(PATTERN, min_size=1, max_size=3),
            match_on=st.sampled_from(["any", "all"]),
            mostly=MOSTLY,
        ),
    ),
    "expect_column_values_to_not_match_regex_list": (
        PANDAS,
        on("su", regex_list=st.lists(PATTERN, min_size=1, max_size=3), mostly=MOSTLY),
    ),
    "expect_column_values_to_match_like_pattern": (SQL, on("su", like_pattern=LIKE, mostly=MOSTLY)),
    "expect_column_values_to_not_match_like_pattern": (SQL, on("su", like_pattern=LIKE, mostly=MOSTLY)),
    "expect_column_values_to_match_like_pattern_list": (
        SQL,
        on(
            "su",
            like_pattern_list=st.lists(LIKE, min_size=1, max_size=3),
            match_on=st.sampled_from(["any", "all"]),
            mostly=MOSTLY,
        ),
    ),
    "expect_column_values_to_not_match_like_pattern_list": (
        SQL,
        on("su", like_pattern_list=st.lists(LIKE, min_size=1, max_size=3), mostly=MOSTLY),
    ),
    "expect_column_values_to_match_strftime_format": (
        PANDAS,
        on("su", strftime_format=FORMAT, mostly=MOSTLY),
    ),
    "expect_column_values_to_be_dateutil_parseable": (PANDAS, on("su", mostly=MOSTLY)),
    "expect_column_values_to_be_json_parseable": (PANDAS, on("sn", mostly=MOSTLY)),
    "expect_column_values_to_match_json_schema": (
        PANDAS,
        on("n", json_schema=SCHEMAS, mostly=MOSTLY),
    ),
    "expect_column_values_to_be_increasing": (
        PANDAS,
        on("ijftd", strictly=st.sampled_from([None, True, False]), mostly=MOSTLY),
    ),
    "expect_column_values_to_be_decreasing": (
        PANDAS,
        on("ijftd", strictly=st.sampled_from([None, True, False]), mostly=MOSTLY),
    ),
    "expect_column_value_z_scores_to_be_less_than": (
        PANDAS,
        on(NUMBERS, threshold=st.sampled_from([0.4, 0.9, 1.6]), double_sided=st.booleans(), mostly=MOSTLY),
    ),
    "expect_column_values_to_not_be_outliers": (
        PANDAS,
        on(
            NUMBERS,
            method=st.sampled_from(["iqr", "std"]),
            multiplier=st.sampled_from([0.6, 1.1, 1.5]),
            mostly=MOSTLY,
        ),
    ),
    "expect_column_pair_values_to_be_equal": ("both", fixed(**PAIR, mostly=MOSTLY)),
    "expect_column_pair_values_a_to_be_greater_than_b": (
        SQL,
        fixed(**PAIR, or_equal=st.sampled_from([None, True]), mostly=MOSTLY),
    ),
    "expect_column_pair_values_to_be_in_set": (
        SQL,
        fixed(**PAIR, value_pairs_set=st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=5)),
    ),
    "expect_compound_columns_to_be_unique": (
        SQL,
        fixed(column_list=SEVERAL, ignore_row_if=IGNORE, mostly=MOSTLY),
    ),
    "expect_multicolumn_sum_to_equal": (
        SQL,
        fixed(column_list=SUMMED, sum_total=NUMBER, ignore_row_if=IGNORE, mostly=MOSTLY),
    ),
    "expect_multicolumn_values_to_be_equal": (
        "both",
        fixed(column_list=SEVERAL, ignore_row_if=IGNORE, mostly=MOSTLY),
    ),
    "expect_select_column_values_to_be_unique_within_record": (
        "both",
        fixed(column_list=SEVERAL, ignore_row_if=IGNORE, mostly=MOSTLY),
    ),
}
"""Types that judge rows, with the engines that follow dq's rule and the arguments."""

REST: dict[str, tuple[str, Any]] = {
    "expect_column_min_to_be_between": ("both", on("ijfgtz", bounds=bounds_of)),
    "expect_column_max_to_be_between": ("both", on("ijfgtz", bounds=bounds_of)),
    "expect_column_mean_to_be_between": ("both", on(NUMBERS, bounds=bounds(QUARTER))),
    "expect_column_median_to_be_between": ("both", on(NUMBERS, bounds=bounds(QUARTER))),
    "expect_column_stdev_to_be_between": ("both", on(NUMBERS, bounds=bounds(QUARTER.map(abs)))),
    "expect_column_sum_to_be_between": ("both", on(NUMBERS, bounds=bounds(QUARTER))),
    "expect_column_quantile_values_to_be_between": (
        "both",
        on(NUMBERS, quantile_ranges=quantile_ranges),
    ),
    "expect_column_unique_value_count_to_be_between": (
        "both",
        on("ijfgsbtzd", bounds=bounds(COUNTS)),
    ),
    "expect_column_proportion_of_unique_values_to_be_between": (
        "both",
        on("ijfgsbtzd", bounds=bounds(SHARES)),
    ),
    "expect_column_proportion_of_non_null_values_to_be_between": (
        "both",
        on("ijfgsbtzdm", bounds=bounds(SHARES)),
    ),
    "expect_column_distinct_values_to_be_in_set": ("both", on("ijfstzd", value_set=value_set)),
    "expect_column_distinct_values_to_contain_set": (
        "both",
        on("ijfs", value_set=lambda column: st.lists(VALUES[column], min_size=1, max_size=3, unique=True)),
    ),
    "expect_column_distinct_values_to_equal_set": (
        "both",
        on("ijfs", value_set=lambda column: st.lists(VALUES[column], min_size=1, max_size=5, unique=True)),
    ),
    "expect_column_most_common_value_to_be_in_set": (
        "both",
        on("ijfs", value_set=value_set, ties_okay=st.sampled_from([None, True, False])),
    ),
    "expect_column_kl_divergence_to_be_less_than": (
        PANDAS,
        on("su", partition_object=CATEGORIES, threshold=SHARES, tail_weight_holdout=st.sampled_from([0, 0.1]))
        | on(
            "ijfg", partition_object=BINS, threshold=SHARES, internal_weight_holdout=st.sampled_from([0, 0.1])
        ),
    ),
    "expect_column_values_to_be_of_type": (PANDAS, on("ijfbt", type_=st.sampled_from(TYPES[:6]))),
    "expect_column_values_to_be_in_type_list": (
        PANDAS,
        on("ijfbt", type_list=st.lists(st.sampled_from(TYPES[:6]), min_size=1, max_size=3)),
    ),
    "expect_column_type_to_be": (PANDAS, on("ijfsb", type_=st.sampled_from(TYPES[:7]))),
    "expect_column_to_exist": (
        PANDAS,
        fixed(column=st.sampled_from(["i", "q", "S"]), column_index=st.none() | st.integers(1, 12)),
    ),
    "expect_table_row_count_to_equal": ("both", fixed(value=COUNTS)),
    "expect_table_row_count_to_be_between": ("both", bounds(COUNTS)),
    "expect_table_column_count_to_equal": (PANDAS, fixed(value=st.integers(11, 13))),
    "expect_table_column_count_to_be_between": (PANDAS, bounds(st.integers(9, 13), strict=False)),
    "expect_table_columns_to_match_ordered_list": (PANDAS, fixed(column_list=NAMES)),
    "expect_table_columns_to_match_set": (PANDAS, fixed(column_set=NAMES, exact_match=st.booleans())),
    "unexpected_rows_expectation": (
        SQL,
        fixed(
            unexpected_rows_query=st.sampled_from(
                [
                    "SELECT * FROM {batch} WHERE i > 3",
                    "SELECT s, count(*) FROM {batch} GROUP BY s HAVING count(*) > 1",
                    "SELECT i FROM {batch} WHERE i IS NULL AND s IS NULL",
                ]
            )
        ),
    ),
}
"""All other types, likewise."""

ASKED = {**ROWS, **REST}
NOT_ASKED = {
    "expect_table_row_count_to_equal_other_table": "the recorded cases and the tests of the expectation",
    "expect_query_results_to_match_comparison": "the recorded cases and the tests of the expectation",
}
"""Types about a second table, and what compares them instead."""
NO_CONDITION = (
    "expect_column_to_exist", "expect_column_type_to_be", "unexpected_rows_expectation",
    "expect_table_column_count_to_equal", "expect_table_column_count_to_be_between",
    "expect_table_columns_to_match_ordered_list", "expect_table_columns_to_match_set",
    "expect_column_pair_values_to_be_in_set",
)  # fmt: skip
"""Types that take no condition; the last one fails with one, a defect of Great Expectations."""


@st.composite
def questions(draw: st.DrawFn, name: str) -> Question:
    """A question of a type."""
    engine, arguments = ASKED[name]
    kwargs = dict(draw(arguments))
    if engine == "both":
        on_sqlite = str(kwargs.get("column", "i")) in SQLITE
        engine = draw(st.sampled_from([PANDAS, SQL])) if on_sqlite else PANDAS
    if name not in NO_CONDITION and draw(st.integers(0, 3)) == 0:
        kwargs["row_condition"] = draw(st.sampled_from(CONDITIONS))
        if isinstance(kwargs["row_condition"], str):
            kwargs["condition_parser"] = "great_expectations"
    return Question(name, {key: value for key, value in kwargs.items() if value is not None}, engine)
