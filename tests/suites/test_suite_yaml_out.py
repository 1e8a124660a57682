"""Suites written as YAML: what a person would have written, and the same suite when read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dq.suites.gx import to_gx
from dq.suites.load import load_suite
from dq.suites.yaml_out import to_yaml

ORDERS: dict[str, Any] = {
    "name": "orders",
    "notes": "All orders.",
    "meta": {"great_expectations_version": "1.24.1", "team": "x"},
    "suite_parameters": {"most": 7},
    "expectations": [
        {
            "type": "expect_column_values_to_not_be_null",
            "kwargs": {"column": "id", "batch_id": "b", "result_format": "BASIC"},
            "id": "4f1f6f7e-4f6c-4b8e-8f6e-2b9d6f0f1a11",
        },
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {
                "column": "amount",
                "min_value": 0,
                "max_value": {"$PARAMETER": "most"},
                "mostly": 0.9,
                "row_condition": {
                    "type": "comparison",
                    "column": {"name": "state"},
                    "operator": "==",
                    "parameter": "paid",
                },
            },
            "severity": "warning",
            "description": "in range",
        },
        {
            "type": "expect_column_max_to_be_between",
            "kwargs": {"column": "at", "min_value": {"$PARAMETER": "now() - timedelta(days=lag)"}},
            "id": "fresh",
        },
        {
            "type": "expect_column_values_to_be_in_set",
            "kwargs": {"column": "state", "value_set": ["paid", "$x", "no", "1", None, 2]},
            "notes": ["first", "second"],
        },
        {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}},
        {"type": "expect_compound_columns_to_be_unique", "kwargs": {"column_list": ["id", "at"]}},
    ],
}


def test_a_suite_reads_as_if_a_person_had_written_it() -> None:
    assert to_yaml(load_suite(ORDERS, fill=False)) == (
        """\
# yaml-language-server: $schema=dq.schema.json
# `dq schema --out dq.schema.json` writes the schema that editors complete and check this file with.
suite: orders
notes: All orders.
params:
  most: 7
meta:
  team: x
columns:
  id:
    - not_null
  amount:
    - between: [0, $most]
      mostly: 0.9
      where: state = 'paid'
      severity: warning
      gx: {description: in range}
  at:
    - {max: {min: {$PARAMETER: now() - timedelta(days=lag)}}, id: fresh}
  state:
    - in_set: [paid, $$x, no, '1', null, 2]
      notes: |-
        first
        second
table:
  - row_count: {min: 1}
  - unique: [id, at]
"""
    )


def test_what_was_written_is_the_same_suite(tmp_path: Path) -> None:
    suite = load_suite(ORDERS, fill=False)
    path = tmp_path / "orders.yml"
    path.write_text(to_yaml(suite, keep_ids=True), encoding="utf-8")
    again = load_suite(path, fill=False)
    assert (again.name, again.notes, again.missing) == ("orders", "All orders.", ("lag",))
    assert again.params["most"] == 7
    assert again.items[0].id == "4f1f6f7e-4f6c-4b8e-8f6e-2b9d6f0f1a11"
    filled = [one.with_params({"lag": 2, "now()": "2024-03-03"}) for one in (suite, again)]
    kwargs = [{item.id: item.to_dict()["kwargs"] for item in one.items} for one in filled]
    assert kwargs[1]["fresh"]["min_value"] == "2024-03-01T00:00:00"
    kwargs[0]["amount-between"]["where"] = "state = 'paid'"
    assert kwargs[0] == kwargs[1]
    back = {item["type"]: item for item in to_gx(again)["expectations"]}
    between = back["expect_column_values_to_be_between"]
    assert between["description"] == "in range"
    assert between["kwargs"]["max_value"] == {"$PARAMETER": "most"}
    assert between["kwargs"]["row_condition"] == ORDERS["expectations"][1]["kwargs"]["row_condition"]


@pytest.mark.parametrize("column", ["a b", "order", "leading", 'q"', "Größe", "date", "plain"])
def test_names_are_quoted_where_sql_needs_it(column: str) -> None:
    import duckdb

    named = {"type": "nullity", "column": {"name": column}, "is_null": False}
    item = {"type": "not_null", "column": column, "row_condition": named}
    text = to_yaml(load_suite({"expectations": [item]}))
    where = load_suite_text(text).items[0].where
    assert where is not None
    assert ("plain IS NULL" in where) == (column == "plain")
    quoted = '"' + column.replace('"', '""') + '"'
    table = f"(SELECT 1 AS {quoted})"
    assert duckdb.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchall() == [(1,)]


def load_suite_text(text: str) -> Any:
    from ruamel.yaml import YAML

    return load_suite(YAML(typ="safe").load(text))
