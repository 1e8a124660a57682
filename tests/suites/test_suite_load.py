"""What a suite file means: forms, options, ids, policy, parameters."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dq.errors import Position, SuiteError
from dq.suites.load import load_suite
from dq.suites.model import InputRef, OnFailure, OnUntested, Policy, Suite
from dq.verdict import Severity

SHORT = """\
# yaml-language-server: $schema=dq.schema.json
suite: flights
data: lake/curated/flights
partition_by: date
input: {suite: suites/raw.yml, key: [carrier, flight]}
on_failure: rollback
allow_empty: true
on_untested: fail
datasets: {planes: reference/planes.parquet}
rollback: {max_age_days: 3, max_row_change: null, daily_limit: 1}
severity: warning
show: [carrier]
notes: nightly
meta: {owner: ops, cost: $not_a_parameter}
columns:
  carrier:
    - not_null
    - {in_set: [AA, NO, on], severity: critical, tags: [keys, codes], notes: "two letters"}
  dep_delay: [{between: [-60, 1800], mostly: 0.999, where: "origin = 'JFK'", meta: {ticket: 7}}]
  tailnum: {references: planes.tailnum}
table:
  - row_count: {min: 600, max: 1400}
  - unique: [carrier, flight]
"""
FLAT = """\
expectations:
  - {expectation: not_null, column: carrier}
  - type: expect_column_values_to_be_in_set
    kwargs: {column: carrier, value_set: [AA, "NO", "on"]}
    severity: critical
    tags: [keys, codes]
    notes: two letters
  - {expectation: between, column: dep_delay, min: -60, max_value: 1800, mostly: 0.999,
     where: "origin = 'JFK'", meta: {ticket: 7}}
  - {expectation: expect_column_values_to_be_in_dataset, kwargs: {column: tailnum, to: planes, key: tailnum}}
  - {expectation: row_count, kwargs: {max: 1400}, min: 600}
  - {expectation: unique, columns: [carrier, flight]}
"""


def written(folder: Path, text: str, name: str = "flights.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def minimal(**more: Any) -> dict[str, Any]:
    return {"columns": {"a": ["not_null"]}, **more}


def test_every_key_of_the_short_form(tmp_path: Path) -> None:
    suite = load_suite(written(tmp_path, SHORT))
    assert suite.name == "flights"
    assert suite.data == "lake/curated/flights"
    assert suite.partition_by == ("date",)
    assert suite.input == InputRef("suites/raw.yml", ("carrier", "flight"))
    assert suite.datasets == {"planes": "reference/planes.parquet"}
    assert suite.show == {"carrier"}
    assert suite.notes == "nightly"
    assert suite.meta == {"owner": "ops", "cost": "$not_a_parameter"}
    assert suite.policy == Policy(OnFailure.ROLLBACK, True, OnUntested.FAIL, 3, None, 1)
    assert [item.id for item in suite.items] == [
        "carrier-not_null",
        "carrier-in_set",
        "dep_delay-between",
        "tailnum-references",
        "table-row_count",
        "table-unique",
    ]
    in_set, between = suite.items[1], suite.items[2]
    assert list(in_set.expectation.value_set) == ["AA", "NO", "on"]  # type: ignore[attr-defined]  # in_set has it
    assert (in_set.severity, in_set.tags, in_set.notes) == (
        Severity.CRITICAL,
        ("keys", "codes"),
        "two letters",
    )
    assert (between.severity, between.where, between.meta) == (
        Severity.WARNING,
        "origin = 'JFK'",
        {"ticket": 7},
    )
    assert between.position == Position(str(tmp_path / "flights.yml"), 19, 15)


def test_flat_form_is_the_same_suite(tmp_path: Path) -> None:
    head = SHORT[: SHORT.index("columns:")]
    short, flat = load_suite(written(tmp_path, SHORT)), load_suite(written(tmp_path, head + FLAT, "b.yml"))
    assert flat == short
    assert flat.hash == short.hash


def test_yaml_json_and_dict_are_the_same_suite(tmp_path: Path) -> None:
    content = {"suite": "s", "columns": {"day": [{"between": ["2013-02-01", "2013-02-28"]}]}}
    as_json = load_suite(written(tmp_path, json.dumps(content), "s.json"))
    as_yaml = load_suite(written(tmp_path, "suite: s\ncolumns: {day: [{between: [2013-02-01, 2013-02-28]}]}"))
    dates = [dt.date(2013, 2, 1), dt.date(2013, 2, 28)]
    as_dict = load_suite({"suite": "s", "columns": {"day": ({"between": dates},)}})
    assert as_json == as_yaml == as_dict
    assert as_json.hash == as_yaml.hash == as_dict.hash
    assert as_json.items[0].position == Position(str(tmp_path / "s.json"), 1, 36)


def test_numbers_from_python(tmp_path: Path) -> None:
    suite = load_suite({"columns": {"a": [{"between": [Decimal("0.1"), Decimal("2")]}]}})
    assert suite.items[0].to_dict()["kwargs"] == {"column": "a", "min_value": 0.1, "max_value": 2}
    with pytest.raises(SuiteError, match="more digits than a number can hold"):
        load_suite({"columns": {"a": [{"between": [Decimal("0.1000000000000000000001"), 2]}]}})
    with pytest.raises(SuiteError, match="NaN and infinity are not accepted"):
        load_suite({"columns": {"a": [{"between": [0, float("inf")]}]}})


def test_defaults() -> None:
    suite = load_suite(minimal())
    assert suite.policy == Policy(OnFailure.REPORT, False, OnUntested.REPORT, 7, 0.5, 3)
    assert (suite.name, suite.data, suite.input, suite.items[0].severity) == (
        "suite",
        None,
        None,
        Severity.CRITICAL,
    )
    assert suite.items[0].position is None


def test_name_defaults_to_the_file(tmp_path: Path) -> None:
    assert load_suite(written(tmp_path, "columns: {a: [not_null]}", "orders.yml")).name == "orders"


def test_root_is_the_nearest_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "p" / "suites").mkdir(parents=True)
    (tmp_path / "p" / "dq.yml").write_text("", encoding="utf-8")
    suite = load_suite(written(tmp_path / "p" / "suites", "columns: {a: [not_null]}"))
    assert suite.root == tmp_path / "p"
    assert suite.locate("lake/x") == str(tmp_path / "p" / "lake" / "x")
    assert suite.locate("s3://bucket/x") == "s3://bucket/x"
    monkeypatch.chdir(tmp_path / "p" / "suites")
    assert load_suite(minimal()).root == tmp_path / "p"


def test_ids_are_given_or_derived_and_unique() -> None:
    items = [
        {"between": [0, 1], "id": "mine"},
        {"between": [0, 2]},
        {"between": [0, 3]},
        {"not_null": None, "id": "a-between#2"},
    ]
    suite = load_suite(
        {"columns": {"a": items, "x::y": ["not_null"], "x:y": ["not_null"], "z\n": ["not_null"]}}
    )
    assert [item.id for item in suite.items] == [
        "mine",
        "a-between",
        "a-between#3",
        "a-between#2",
        "x:y-not_null",
        "x:y-not_null#2",
        "z_-not_null",
    ]


@pytest.mark.parametrize(
    ("item", "kwargs"),
    [
        ({"between": [1, 2]}, {"min_value": 1, "max_value": 2}),
        ({"between": {"min": 1}}, {"min_value": 1}),
        ({"between": None, "min": 1, "max": 2}, {"min_value": 1, "max_value": 2}),
        ({"mean": None, "min": 1}, {"min_value": 1}),
        ({"min": {"min": 1, "max": 2}}, {"min_value": 1, "max_value": 2}),
        ({"expect_column_values_to_be_between": [1, 2]}, {"min_value": 1, "max_value": 2}),
        ({"between": [1, 2], "row_condition": "b > 3"}, {"min_value": 1, "max_value": 2, "where": "b > 3"}),
        (
            {"between": [1, 2], "row_condition": 'col("b") > 3'},
            {"min_value": 1, "max_value": 2, "where": '"b" > 3'},
        ),
        ({"not_null": {"mostly": 0.5}}, {"mostly": 0.5}),
        ({"quantiles": [[0.5, 1, 2]]}, {"quantile_ranges": {"quantiles": [0.5], "value_ranges": [[1, 2]]}}),
    ],
)
def test_short_items(item: dict[str, Any], kwargs: dict[str, Any]) -> None:
    suite = load_suite({"columns": {"a": [item]}})
    assert suite.items[0].to_dict()["kwargs"] == {"column": "a", **kwargs}


def test_an_argument_called_type_stands_beside_expectation() -> None:
    flat = {"expectations": [{"expectation": "of_type", "column": "a", "type": "BIGINT"}]}
    assert load_suite(flat).items == load_suite({"columns": {"a": [{"of_type": "BIGINT"}]}}).items


def test_merge_keys_and_aliases(tmp_path: Path) -> None:
    text = "params: {}\ncolumns:\n  a: [&m {between: [0, 1], mostly: 0.5}]\n  b: [{<<: *m, mostly: 0.9}]\n"
    suite = load_suite(written(tmp_path, text))
    assert suite.items[1].to_dict()["kwargs"] == {
        "column": "b",
        "min_value": 0,
        "max_value": 1,
        "mostly": 0.9,
    }


PARAMS: dict[str, Any] = {
    "data": "lake/${env}/orders",
    "params": {"env": "dev", "low": 0, "share": 0.5, "codes": ["A", "B"]},
    "columns": {
        "x": [
            {"between": {"min": "$low", "max": {"$PARAMETER": "high"}}, "mostly": "$share"},
            {"in_set": "$codes", "where": "y > ${low}"},
            {"regex": "^N[0-9]+$"},
            {"in_set": ["$$low", "$${low}", "$", "$$", "cost: $5"]},
        ]
    },
}


def test_parameters_are_filled_in() -> None:
    suite = load_suite(PARAMS, params={"high": 9, "env": "prod"})
    assert suite.data == "lake/prod/orders"
    assert suite.params == {"env": "prod", "low": 0, "share": 0.5, "codes": ["A", "B"], "high": 9}
    assert [item.expectation.model_dump(exclude_defaults=True, mode="json") for item in suite.items] == [
        {"column": "x", "min_value": 0, "max_value": 9, "mostly": 0.5},
        {"column": "x", "value_set": ["A", "B"], "where": "y > 0"},
        {"column": "x", "regex": "^N[0-9]+$"},
        {"column": "x", "value_set": ["$low", "${low}", "$", "$$", "cost: $5"]},
    ]


def test_a_column_name_may_be_a_parameter() -> None:
    suite = load_suite({"params": {"key": "id"}, "columns": {"$key": ["unique"], "$$key": ["not_null"]}})
    assert [item.expectation.named_columns for item in suite.items] == [("id",), ("$key",)]
    with pytest.raises(SuiteError, match="the column name that 'id' stands for stands here twice"):
        load_suite({"params": {"key": "id"}, "columns": {"$key": ["unique"], "id": ["not_null"]}})


def test_rebinding_changes_only_what_is_named() -> None:
    suite = load_suite(PARAMS, params={"high": 9})
    again = suite.with_params({"low": 3})
    assert again == load_suite(PARAMS, params={"high": 9, "low": 3})
    assert again.hash != suite.hash
    assert again.with_params({"low": 0}).hash == suite.hash
    assert load_suite(suite, {"low": 3}) == again
    assert load_suite(suite) is suite


def test_unresolved_and_unknown_parameters(tmp_path: Path) -> None:
    path = written(tmp_path, "params: {low: 1}\ncolumns:\n  a:\n  - between: {min: $lo}\n")
    with pytest.raises(SuiteError) as caught:
        load_suite(path)
    assert str(caught.value) == (
        f"{path}:4:20: parameter 'lo' has no value. Did you mean 'low'? Known parameters: low. "
        "Give it under `params:` or when loading; write $$lo to mean the text."
    )
    with pytest.raises(SuiteError, match=r"no parameter 'hihg'. Did you mean 'high'\? It has: .*high"):
        load_suite(PARAMS, params={"high": 1, "hihg": 2})
    with pytest.raises(SuiteError, match="its parameters are final"):
        Suite.from_dict(load_suite(minimal()).to_dict()).with_params({"x": 1})
    with pytest.raises(SuiteError, match="parameter 'x' has no value"):
        load_suite({"columns": {"a": [{"between": {"min": {"$PARAMETER": "x + 1"}}}]}})
    with pytest.raises(SuiteError, match="is no single value"):
        load_suite({"params": {"l": [1]}, "columns": {"a": [{"regex": "a${l}"}]}})


def test_an_expectation_suite_object_is_read() -> None:
    class Theirs:
        def to_json_dict(self) -> dict[str, Any]:
            item = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "a"}}
            return {"name": "theirs", "expectations": [item], "meta": {}}

    suite = load_suite(Theirs())
    assert (suite.name, suite.items[0].id) == ("theirs", "a-not_null")
    with pytest.raises(
        SuiteError, match="a suite comes from a path, a dict or an expectation suite, got a int"
    ):
        load_suite(7)
