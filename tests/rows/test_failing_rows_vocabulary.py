"""Every expectation that judges rows finds exactly the rows that it counted: on its worked example."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import dq
from docs import worked
from dq.expectations import vocabulary
from dq.expectations.base import Expectation, RowExpectation
from dq.verdict import Outcome

ROW_RULES = sorted(
    (cls for cls in vocabulary().values() if issubclass(cls, RowExpectation)), key=lambda cls: cls.type
)


@pytest.mark.parametrize("cls", ROW_RULES, ids=lambda cls: cls.type)
def test_the_rows_are_those_that_were_counted(cls: type[Expectation], tmp_path: Path) -> None:
    shown = worked.example(cls)
    (tmp_path / "dq.yml").write_text("{}\n")
    (tmp_path / "suite.yml").write_text(shown.suite)
    for path, rows in {"data.parquet": shown.data, **shown.others}.items():
        worked._write(tmp_path / path, rows, shown.types)
    result = dq.validate(tmp_path / "data.parquet", tmp_path / "suite.yml", now=worked.NOW)
    said = json.loads(result.failing_rows().schema.metadata[b"dq"])
    assert {one["id"]: one["rows"] for one in said["expectations"]} == {
        one["id"]: one["unexpected"] for one in said["expectations"]
    }
    mine = [verdict for verdict in result.verdicts if verdict.expectation == cls.type]
    assert any(verdict.outcome is not Outcome.ERROR for verdict in mine)
    without = [reason for verdict in mine if (reason := said["left_out"].get(verdict.id))]
    assert without == [] or "judges the data as a whole" in without[0]
