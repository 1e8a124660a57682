from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from expectation_cases import FAIL, PASS, UNTESTED, arrow, refusal, verdict

import dq
from dq.engines.schema_of import recorded
from dq.suites import Suite

DATA = {"id": [1], "name": ["a"], "price": [1.5]}
TYPES = {"id": "BIGINT", "name": "VARCHAR", "price": "DOUBLE"}


@pytest.mark.parametrize(
    ("columns", "more", "outcome", "details"),
    [
        (TYPES, {}, PASS, {}),
        ({"price": "float64", "name": "string", "id": "int"}, {}, PASS, {}),
        (
            TYPES | {"id": "INTEGER"},
            {},
            FAIL,
            {"retyped": [{"column": "id", "expected": "INTEGER", "found": "BIGINT"}]},
        ),
        (TYPES | {"gone": "DATE"}, {}, FAIL, {"removed": ["gone"]}),
        ({"id": "BIGINT", "name": "VARCHAR"}, {}, FAIL, {"added": ["price"]}),
        ({"id": "BIGINT", "name": "VARCHAR"}, {"allow_added": True}, PASS, {"added": ["price"]}),
        (
            {"ID": "BIGINT", "name": "VARCHAR", "price": "DOUBLE"},
            {},
            FAIL,
            {"added": ["id"], "removed": ["ID"]},
        ),
        (dict(reversed(TYPES.items())), {"ordered": True}, FAIL, {"reordered": ["id", "price"]}),
        ({"gone": "DATE"} | TYPES, {"ordered": True}, FAIL, {"removed": ["gone"]}),
        (
            TYPES | {"name": "NULL"},
            {},
            FAIL,
            {"retyped": [{"column": "name", "expected": "NULL", "found": "VARCHAR"}]},
        ),
    ],
)
def test_inline(columns: dict[str, str], more: Any, outcome: str, details: Any) -> None:
    found = verdict(DATA, {"schema": {"columns": columns, **more}}, table=True)
    assert (found.outcome.value, found.observed, found.details) == (outcome, TYPES, details)


def test_as_in_another_dataset() -> None:
    declared = {"schema": {"to": "input"}}
    assert verdict(DATA, declared, table=True, input=arrow(DATA)).outcome.value == PASS
    found = verdict(DATA, declared, table=True, input=arrow({"id": ["x"]}))
    assert (found.outcome.value, found.details["added"], found.expected) == (
        FAIL,
        ["name", "price"],
        "the schema of input",
    )
    assert verdict(DATA, declared, table=True).outcome.value == UNTESTED


WIDE = pa.table(
    {
        "a": pa.array([1], pa.uint8()),
        "b c": pa.array([Decimal("1.50")]),
        "NO": pa.array([dt.datetime(2020, 1, 1)], pa.timestamp("ns")),
        "z": pa.array([dt.datetime(2020, 1, 1)], pa.timestamp("us", tz="UTC")),
        "l": pa.array([[1]], pa.list_(pa.int32())),
        "s": pa.array([{"x": 1, "y": [{"z": "a"}]}]),
        "m": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
        "d": pa.array(["x"]).dictionary_encode(),
        "n": pa.nulls(1),
        "t": pa.array([dt.time(1)], pa.time64("us")),
        "bytes": pa.array([b"x"]),
    }
)


@pytest.mark.parametrize("name", ["recorded.yml", "recorded.json"])
def test_what_is_recorded_matches(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    columns = dq.schema_of(WIDE)
    text = recorded(columns, "a\nplace")
    Path(name).write_text(text if name.endswith("yml") else json.dumps({"columns": columns}))
    suite = dq.load_suite({"suite": "s", "table": [{"schema": name, "ordered": True}]})
    found = dq.validate(WIDE, suite).verdicts[0]
    assert (found.outcome.value, found.details) == (PASS, {})
    assert dq.validate(WIDE.drop_columns(["m"]), suite).verdicts[0].details == {"removed": ["m"]}
    Path(name).unlink()  # it was read with the suite
    again = Suite.from_dict(suite.to_dict())
    assert (again, again.hash) == (suite, suite.hash)


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"schema": {}}, "give one of file, columns and to"),
        ({"schema": {"columns": {}}}, "must not be empty"),
        (
            {"schema": {"columns": {"a": "BIGIN"}}},
            "column 'a': 'BIGIN' is no known type. Did you mean 'BIGINT'?",
        ),
        ({"schema": {"to": "input", "columns": {"a": "BIGINT"}}}, "give one of"),
        ({"schema": "no/such.yml"}, "no/such.yml"),
        ({"schema": {"file": "x.yml", "columns": {"a": "BIGINT"}}}, "`file` and `columns` say the same"),
    ],
)
def test_impossible_arguments_are_refused(declared: Any, words: str) -> None:
    assert words in refusal(declared, table=True)


def test_a_file_of_another_form_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("list.yml").write_text("- a\n")
    assert "list.yml: expected a mapping with `columns`, got a list" in refusal(
        {"schema": "list.yml"}, table=True
    )


def test_no_file_has_no_schema(tmp_path: Path) -> None:
    (tmp_path / "date=2020-01-01").mkdir()
    with pytest.raises(dq.DQError):
        dq.schema_of(tmp_path, {"date": "2020-01-01"})
