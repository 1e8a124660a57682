"""Expectations that a project or a suite defines in SQL: as good as built-in ones, and as safe."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dq
from dq.errors import ConfigError, SuiteError
from dq.result import Result
from dq.suites import Suite, load_suite, suite_json_schema
from dq.suites.project import project_definitions
from dq.verdict import Outcome, Severity

TABLE = pa.table({"price": [5, 9, None, 3], "cost": [4, 9, 1, 5], "two words": ["a", "b", "b", None]})
MARGIN = {"positive_margin": {"sql": "price - cost >= $floor", "params": {"floor": 0}}}


def judged(definitions: Any, *table: Any, data: pa.Table = TABLE, **suite: Any) -> Result:
    return dq.validate(
        data, {"definitions": definitions, **({"table": list(table)} if table else {}), **suite}
    )


def one(definitions: Any, item: Any, **options: Any) -> tuple[str, int | None, int | None]:
    (verdict,) = judged(definitions, item, **options).verdicts
    return verdict.outcome.value, verdict.considered, verdict.unexpected


def test_a_condition_with_a_parameter() -> None:
    result = judged(MARGIN, "positive_margin", {"positive_margin": 1}, {"positive_margin": {"floor": -2}})
    found = [(v.id, v.outcome.value, v.considered, v.unexpected, v.missing) for v in result.verdicts]
    assert found == [
        ("table-positive_margin", "fail", 3, 1, 1),
        ("table-positive_margin#2", "fail", 3, 2, 1),
        ("table-positive_margin#3", "pass", 3, 0, 1),
    ]
    assert [verdict.expected for verdict in result.verdicts] == [
        "price - cost >= 0",
        "price - cost >= 1",
        "price - cost >= -2",
    ]
    assert result.verdicts[0].expectation == "positive_margin"
    assert result.failing_rows("table-positive_margin#2")["dq_row"].to_pylist() == [1, 3]


def test_a_condition_on_a_column_takes_any_column() -> None:
    known = {"known": {"sql": "$column IN $allowed", "params": {"allowed": {"type": "list"}}}}
    result = dq.validate(
        TABLE,
        {
            "definitions": known,
            "columns": {
                "two words": [{"known": ["a"]}, {"known": {"allowed": ["b"]}, "where": "price > 4"}],
                "price": [{"known": {"allowed": []}}],
            },
        },
    )
    assert [(v.outcome.value, v.considered, v.unexpected, v.columns) for v in result.verdicts] == [
        ("fail", 3, 2, ("two words",)),
        ("fail", 2, 1, ("two words",)),
        ("fail", 3, 3, ("price",)),
    ]


def test_options_work_as_on_any_expectation() -> None:
    assert one(MARGIN, {"positive_margin": {}, "mostly": 0.6}) == ("pass", 3, 1)
    assert one(MARGIN, {"positive_margin": {}, "where": "cost < 5"}) == ("pass", 1, 0)
    assert one(MARGIN, {"positive_margin": {}, "where": "cost < 0"}) == ("untested", 0, 0)
    (verdict,) = judged(MARGIN, {"any_of": ["positive_margin", {"satisfy": "cost = 5"}]}).verdicts
    assert (verdict.outcome, verdict.unexpected) == (Outcome.PASS, 0)


def test_severity_of_the_definition_of_the_suite_and_of_the_item() -> None:
    mild = {"margin": {**MARGIN["positive_margin"], "severity": "info"}, **MARGIN}
    suite = load_suite(
        {
            "definitions": mild,
            "severity": "warning",
            "table": ["margin", {"margin": 1, "severity": "critical"}, "positive_margin"],
        }
    )
    assert [item.severity for item in suite.items] == [Severity.INFO, Severity.CRITICAL, Severity.WARNING]


def test_sql_alone_is_a_definition() -> None:
    assert one({"cheap": "cost < 5"}, "cheap") == ("fail", 4, 2)


@pytest.mark.parametrize(
    ("sql", "type_", "value", "bad"),
    [
        ("price > -$n", "number", -5, 2),
        ("price - $n < 100", "integer", -5, 0),
        ("cost < $n", "number", 4.5, 2),
        ("$t || 'x' = 'it''s -- $t; DROP TABLE x'", "text", "it's -- $t; DROP TABLE ", 0),
        ("$t <> '$t'", "text", "$t", 4),
        ("DATE '2024-01-02' > $d", "date", "2024-01-01", 0),
        ("TIMESTAMP '2024-01-01 10:00' > $d", "timestamp", "2024-01-01T11:00:00", 4),
        ("$b", "boolean", False, 4),
        ("list_contains($l, cost)", "list", [4, 9], 2),
    ],
)
def test_parameters_are_literals_whatever_they_hold(sql: str, type_: str, value: Any, bad: int) -> None:
    name = sql[sql.index("$") + 1]
    definition = {"rule": {"sql": sql, "params": {name: {"type": type_}}}}
    given = escaped(value) if isinstance(value, str) else value
    assert one(definition, {"rule": {name: given}})[2] == bad


@settings(max_examples=30, deadline=None)
@given(value=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12))
def test_any_text_is_itself(value: str) -> None:
    definition = {"same": {"sql": "$column = $value", "params": {"value": {"type": "text"}}}}
    suite = {"definitions": definition, "columns": {"x": [{"same": {"value": escaped(value)}}]}}
    assert dq.validate(pa.table({"x": [value]}), suite).verdicts[0].outcome is Outcome.PASS


def escaped(value: str) -> str:
    """A text that is no parameter of the suite."""
    from dq.suites.params import escape

    return str(escape(value))


def test_suite_parameters_fill_arguments_but_not_definitions() -> None:
    suite = load_suite(
        {"definitions": MARGIN, "params": {"floor": 7}, "table": [{"positive_margin": "$floor"}]}
    )
    assert suite.items[0].expectation.model_dump()["floor"] == 7
    whole = {"yes": {"sql": "$b", "params": {"b": True}}}
    assert load_suite({"definitions": whole, "table": ["yes"]}).items[0].expectation.short == "yes"


# --- what is wrong is told where it stands ---


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ({"rule": {"level": "table"}}, "needs `sql:` with a condition"),
        ({"rule": {"sql": "a >"}}, "SQL does not parse"),
        ({"rule": {"sql": "SELECT 1"}}, "expected one SQL condition"),
        ({"rule": {"sql": "sum(price) > 1"}}, "looks at several"),
        ({"rule": {"sql": "a > 1; DROP TABLE x"}}, "expected one SQL expression, got 2"),
        ({"rule": {"sql": "a > $floor"}}, r"\$floor is no parameter; declare it under `params:`"),
        ({"rule": {"sql": "a > 1", "params": {"floor": 1}}}, "'floor' does not stand in `sql`"),
        ({"rule": {"sql": "$column > 1", "level": "table"}}, "only with `level: column`"),
        ({"rule": {"sql": "a > 1", "level": "column"}}, r"must hold \$column"),
        (
            {"rule": {"sql": "a > 1", "levle": "table"}},
            "'levle' means nothing in a definition. Did you mean 'level'",
        ),
        ({"rule": {"sql": "a > 1", "severity": "bad"}}, "severity must be info, warning or critical"),
        ({"rule": {"sql": "a > $x", "params": {"x": {"type": "nmber"}}}}, "Did you mean 'number'"),
        ({"rule": {"sql": "a > $x", "params": {"x": {"type": "integer", "default": "y"}}}}, "is no integer"),
        ({"rule": {"sql": "a > $where", "params": {"where": 1}}}, "cannot be called 'where'"),
        ({"not_null": {"sql": "a > 1"}}, "'not_null' is an expectation of dq already"),
        ({"Rule": {"sql": "a > 1"}}, "small letters"),
        (["rule"], "must be a mapping"),
    ],
)
def test_a_definition_that_means_nothing(definition: Any, message: str) -> None:
    with pytest.raises(SuiteError, match=message):
        load_suite({"definitions": definition, "table": ["rule"]})


def test_arguments_are_checked_and_names_suggested(tmp_path: Path) -> None:
    path = tmp_path / "s.yml"
    path.write_text(
        "definitions:\n  positive_margin: {sql: price - cost >= $floor, params: {floor: 0}}\n"
        "table:\n  - {positive_margin: lots}\n  - positive_magin\n  - positive_margin: {flor: 1}\n"
    )
    with pytest.raises(SuiteError) as caught:
        load_suite(path)
    text = str(caught.value)
    assert "s.yml:4:23: 'positive_margin': `floor` must be a number, got 'lots'" in text
    assert "s.yml:5:5: expectation 'positive_magin' is unknown. Did you mean 'positive_margin'?" in text
    assert "s.yml:6:23: 'positive_margin' has no argument 'flor'. Did you mean 'floor'?" in text


def test_a_column_that_is_not_there_is_an_error_of_that_expectation_alone() -> None:
    (gone, other) = dq.validate(
        TABLE, {"definitions": {"small": "$column < 100"}, "columns": {"gone": ["small"], "price": ["small"]}}
    ).verdicts
    assert (gone.outcome, other.outcome) == (Outcome.ERROR, Outcome.PASS)
    assert "column 'gone' does not exist" in gone.reason


# --- they travel with the suite ---


def test_a_suite_carries_the_definitions_it_uses() -> None:
    suite = load_suite(
        {"definitions": {**MARGIN, "idle": "cost > 0"}, "table": [{"not": ["positive_margin"]}]}
    )
    written = json.loads(json.dumps(suite.to_dict()))
    assert list(written["definitions"]) == ["positive_margin"]
    again = Suite.from_dict(written)
    assert again == suite
    assert again.hash == suite.hash


def test_another_condition_is_another_suite() -> None:
    hashes = {
        load_suite({"definitions": {"rule": sql}, "table": ["rule"]}).hash for sql in ("cost > 0", "cost > 1")
    }
    assert len(hashes) == 2


def test_great_expectations_json_and_back() -> None:
    from dq.suites import to_gx

    suite = load_suite({"suite": "s", "definitions": MARGIN, "table": [{"positive_margin": 2}]})
    assert load_suite(to_gx(suite)).items == suite.items


# --- in the project's configuration ---


def project(root: Path, text: str, suite: str = "table: [positive_margin]\n") -> Path:
    (root / "dq.yml").write_text(text)
    (root / "s.yml").write_text(suite)
    return root / "s.yml"


IN_YML = "expectations:\n  positive_margin: {sql: price - cost >= $floor, params: {floor: 0}}\n"


def test_definitions_of_the_project(tmp_path: Path) -> None:
    suite = load_suite(project(tmp_path, IN_YML))
    assert dq.validate(TABLE, suite).verdicts[0].unexpected == 1
    assert Suite.from_dict(suite.to_dict(), tmp_path / "elsewhere") == suite


def test_definitions_in_files_and_in_pyproject(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text("positive_margin: {sql: price - cost >= 0}\n")
    for text in ("expectations: rules.yml\n", "expectations: [rules.yml]\n"):
        assert load_suite(project(tmp_path, text)).items[0].expectation.short == "positive_margin"
    (tmp_path / "dq.yml").unlink()
    (tmp_path / "pyproject.toml").write_text(
        '[tool.dq.expectations.positive_margin]\nsql = "price - cost >= $floor"\nparams = {floor = 0}\n'
    )
    assert load_suite(tmp_path / "s.yml").items[0].expectation.model_dump()["floor"] == 0


def test_a_changed_definition_counts_at_once_and_projects_stay_apart(tmp_path: Path) -> None:
    for name, floor in (("one", 0), ("two", 1), ("one", 2)):
        (tmp_path / name).mkdir(exist_ok=True)
        suite = project(tmp_path / name, IN_YML.replace("floor: 0", f"floor: {floor}"))
        assert load_suite(suite).items[0].expectation.model_dump()["floor"] == floor
    assert load_suite(tmp_path / "two" / "s.yml").items[0].expectation.model_dump()["floor"] == 1


def test_a_suites_own_definition_wins(tmp_path: Path) -> None:
    text = "definitions: {positive_margin: price > cost}\ntable: [positive_margin]\n"
    assert dq.validate(TABLE, load_suite(project(tmp_path, IN_YML, text))).verdicts[0].unexpected == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "expectations:\n  rule: {sql: 'a >'}\n",
            r"dq\.yml:2:9: the definition of 'rule': SQL does not parse",
        ),
        ("expectations: 5\n", r"dq\.yml:1:15: .*names files that do, got 5"),
        ("expectations: [5]\n", r"dq\.yml:1:16: .*names files that do, got 5"),
        ("expectations: gone.yml\n", r"gone\.yml: there is no such file|gone\.yml"),
    ],
)
def test_what_is_wrong_with_a_projects_definitions(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_suite(project(tmp_path, text))


def test_editors_know_them(tmp_path: Path) -> None:
    path = project(tmp_path, IN_YML)
    schema = suite_json_schema(project_definitions(tmp_path).values())
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid({"table": ["positive_margin", {"positive_margin": {"floor": 3}}]})
    assert not validator.is_valid({"table": [{"positive_margin": {"floor": "three"}}]})
    assert not validator.is_valid({"table": [{"positive_margin": {"flor": 3}}]})
    rest = {"table": [{"row_count": [1, 2]}]}
    rules = {"a": "b > 1", "c": {"sql": "d > $e", "params": {"e": 1}}}
    assert validator.is_valid({"definitions": rules, **rest})
    assert not validator.is_valid({"definitions": {"a": {"level": "table"}}, **rest})
    assert path.is_file()


def test_dates_keep_their_kind() -> None:
    late = {
        "late": {"sql": "$column >= $since", "params": {"since": {"type": "date", "default": "2024-02-01"}}}
    }
    table = pa.table({"day": [dt.date(2024, 1, 1), dt.date(2024, 3, 1)]})
    suite = load_suite({"definitions": late, "columns": {"day": ["late", {"late": {"since": "2023-01-01"}}]}})
    assert [verdict.unexpected for verdict in dq.validate(table, suite).verdicts] == [1, 0]
    assert Suite.from_dict(json.loads(json.dumps(suite.to_dict()))) == suite
