"""One or more ways to declare each of Great Expectations' expectations: its own arguments, by type."""

from __future__ import annotations

from typing import Any

A: dict[str, Any] = {"column": "a"}
ARGUMENTS: dict[str, list[dict[str, Any]]] = {
    "expect_column_distinct_values_to_be_in_set": [A | {"value_set": [1, 2, 3]}],
    "expect_column_distinct_values_to_contain_set": [A | {"value_set": [1]}],
    "expect_column_distinct_values_to_equal_set": [A | {"value_set": [1, 2]}],
    "expect_column_kl_divergence_to_be_less_than": [
        A | {"partition_object": {"values": ["x", "y"], "weights": [0.5, 0.5]}, "threshold": 0.1}
    ],
    "expect_column_max_to_be_between": [A | {"min_value": 1, "max_value": 9, "strict_max": True}],
    "expect_column_mean_to_be_between": [A | {"min_value": 1.5}],
    "expect_column_median_to_be_between": [A | {"max_value": 4}],
    "expect_column_min_to_be_between": [A | {"min_value": 0, "max_value": 3}],
    "expect_column_most_common_value_to_be_in_set": [A | {"value_set": [1], "ties_okay": True}],
    "expect_column_pair_values_a_to_be_greater_than_b": [
        {"column_A": "a", "column_B": "b", "or_equal": True, "ignore_row_if": "neither"}
    ],
    "expect_column_pair_values_to_be_equal": [{"column_A": "a", "column_B": "b", "mostly": 0.5}],
    "expect_column_pair_values_to_be_in_set": [
        {"column_A": "a", "column_B": "b", "value_pairs_set": [[1, 2], [3, 4]]}
    ],
    "expect_column_proportion_of_non_null_values_to_be_between": [A | {"min_value": 0.5, "max_value": 1}],
    "expect_column_proportion_of_unique_values_to_be_between": [A | {"min_value": 0.1, "max_value": 1}],
    "expect_column_quantile_values_to_be_between": [
        A | {"quantile_ranges": {"quantiles": [0.1, 0.5], "value_ranges": [[0, 3], [None, 5]]}}
    ],
    "expect_column_stdev_to_be_between": [A | {"min_value": 0, "max_value": 10}],
    "expect_column_sum_to_be_between": [A | {"min_value": 1, "max_value": 100}],
    "expect_column_to_exist": [A, A | {"column_index": 1}],
    "expect_column_type_to_be": [A | {"type_": "int64"}],
    "expect_column_unique_value_count_to_be_between": [A | {"min_value": 1, "max_value": 5}],
    "expect_column_value_lengths_to_be_between": [A | {"min_value": 1, "max_value": 5}],
    "expect_column_value_lengths_to_equal": [A | {"value": 3}],
    "expect_column_value_z_scores_to_be_less_than": [A | {"threshold": 3, "double_sided": True}],
    "expect_column_values_to_be_between": [
        A | {"min_value": 1, "max_value": 5, "mostly": 0.9},
        A | {"min_value": "2024-01-01", "strict_min": True},
        A | {"min_value": {"$PARAMETER": "low"}, "max_value": {"$PARAMETER": "low * 2 + 1"}},
    ],
    "expect_column_values_to_be_dateutil_parseable": [A],
    "expect_column_values_to_be_decreasing": [A | {"strictly": True}],
    "expect_column_values_to_be_in_set": [
        A | {"value_set": [1, 2]},
        A | {"value_set": ["$x", "${y}", ""]},
        A | {"value_set": {"$PARAMETER": "values"}},
    ],
    "expect_column_values_to_be_in_type_list": [A | {"type_list": ["int64", "float64"]}],
    "expect_column_values_to_be_increasing": [A],
    "expect_column_values_to_be_json_parseable": [A],
    "expect_column_values_to_be_null": [A | {"mostly": 0.5}],
    "expect_column_values_to_be_of_type": [A | {"type_": "int64"}],
    "expect_column_values_to_be_unique": [A],
    "expect_column_values_to_match_json_schema": [A | {"json_schema": {"type": "object"}}],
    "expect_column_values_to_match_like_pattern": [A | {"like_pattern": "a%"}],
    "expect_column_values_to_match_like_pattern_list": [
        A | {"like_pattern_list": ["a%", "b%"], "match_on": "any"}
    ],
    "expect_column_values_to_match_regex": [A | {"regex": "^a+$"}],
    "expect_column_values_to_match_regex_list": [A | {"regex_list": ["^a", "z$"], "match_on": "all"}],
    "expect_column_values_to_match_strftime_format": [A | {"strftime_format": "%Y-%m-%d"}],
    "expect_column_values_to_not_be_in_set": [A | {"value_set": [9]}],
    "expect_column_values_to_not_be_null": [A, A | {"mostly": 0.25}],
    "expect_column_values_to_not_be_outliers": [A | {"method": "std", "multiplier": 2}],
    "expect_column_values_to_not_match_like_pattern": [A | {"like_pattern": "%z"}],
    "expect_column_values_to_not_match_like_pattern_list": [A | {"like_pattern_list": ["%z"]}],
    "expect_column_values_to_not_match_regex": [A | {"regex": "z$"}],
    "expect_column_values_to_not_match_regex_list": [A | {"regex_list": ["z$"]}],
    "expect_compound_columns_to_be_unique": [{"column_list": ["a", "b"], "ignore_row_if": "never"}],
    "expect_multicolumn_sum_to_equal": [{"column_list": ["a", "b"], "sum_total": 3}],
    "expect_multicolumn_values_to_be_equal": [{"column_list": ["a", "b"]}],
    "expect_query_results_to_match_comparison": [
        {
            "base_query": "SELECT a FROM {batch}",
            "comparison_data_source_name": "other",
            "comparison_query": "SELECT a FROM t",
            "mostly": 0.9,
        }
    ],
    "expect_select_column_values_to_be_unique_within_record": [{"column_list": ["a", "b"]}],
    "expect_table_column_count_to_be_between": [{"min_value": 1, "max_value": 9}],
    "expect_table_column_count_to_equal": [{"value": 3}],
    "expect_table_columns_to_match_ordered_list": [{"column_list": ["a", "b", "c"]}],
    "expect_table_columns_to_match_set": [{"column_set": ["a", "b"], "exact_match": False}],
    "expect_table_row_count_to_be_between": [{"min_value": 1, "max_value": 9}],
    "expect_table_row_count_to_equal": [{"value": 3}],
    "expect_table_row_count_to_equal_other_table": [{"other_table_name": "u"}],
    "unexpected_rows_expectation": [{"unexpected_rows_query": "SELECT * FROM {batch} WHERE a > 3"}],
}
PARAMETERS = {"low": 1, "values": [1, 2]}
