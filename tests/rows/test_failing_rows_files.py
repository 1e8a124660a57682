"""Failing rows on disk: whole or not at all, never over another file, said what they are; within runs too."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dq
from dq.errors import StoreError, UsageError
from dq.rows.failing import Extent
from dq.rows.files import Output, name_for, write_failing_rows

TABLE = pa.table({"id": [1, 2, 2], "name": ["Ada", "Bob", "Eve"]})
SUITE = {"suite": "people", "columns": {"id": ["unique"]}, "show": ["id"]}


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_rows_and_what_they_are(tmp_path: Path) -> None:
    result = dq.validate(TABLE, SUITE)
    written = write_failing_rows(result, Output(tmp_path), "first")
    assert names(tmp_path) == ["first.json", "first.parquet"]
    rows, said = pq.read_table(written.path), json.loads(Path(written.about).read_text())
    assert rows.select(["id", "dq_row"]).to_pylist() == [{"id": 2, "dq_row": 1}, {"id": 2, "dq_row": 2}]
    assert (said["file"], said["rows"], said["hidden"]) == ("first.parquet", 2, ["name"])
    assert {**json.loads(rows.schema.metadata[b"dq"]), "file": "first.parquet"} == said
    assert b"Bob" not in (tmp_path / "first.parquet").read_bytes()
    assert str(written) == f"2 failing rows in {written.path}; 1 column is left out as private (see `show`)"


def test_nothing_is_written_when_no_row_fails(tmp_path: Path) -> None:
    written = write_failing_rows(dq.validate(TABLE.slice(0, 2), SUITE), Output(tmp_path), "first")
    assert (written.path, written.statement["rows"], names(tmp_path)) == ("", 0, [])
    assert "no row breaks" in str(written)


def test_a_file_that_is_there_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "first.parquet").write_text("mine")
    with pytest.raises(StoreError, match="there already; it was not touched"):
        write_failing_rows(dq.validate(TABLE, SUITE), Output(tmp_path), "first")
    assert names(tmp_path) == ["first.parquet"]
    assert (tmp_path / "first.parquet").read_text() == "mine"


@pytest.mark.parametrize("at", ["write_table", "link"])
def test_a_crash_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    result = dq.validate(TABLE, SUITE)
    module: Any = pq if at == "write_table" else os
    monkeypatch.setattr(module, at, full)
    with pytest.raises(StoreError, match=r"first\.parquet: cannot be written: No space left on device"):
        write_failing_rows(result, Output(tmp_path), "first")
    assert names(tmp_path) == []


def test_bounds_and_masking_are_passed_on(tmp_path: Path) -> None:
    output = Output(tmp_path, Extent(rows=1, masked=False), ("id-unique",))
    written = write_failing_rows(dq.validate(TABLE, SUITE), output, "first")
    assert pq.read_table(written.path)["name"].to_pylist() == ["Bob"]
    assert written.to_dict()["complete"] is False
    assert "cut after 1 rows" in str(written)


def test_what_is_no_folder_is_refused_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for wanted in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UsageError, match="failing rows"):
            Output.of(wanted)
    with pytest.raises(UsageError, match="got a int"):
        Output.of(5)


def test_names_are_safe() -> None:
    result = dq.validate(TABLE, {**SUITE, "suite": "../x y"})
    assert name_for(result, "20240101") == "___x_y-20240101"


# --- within a run ---


def lake(root: Path, ids: list[int], on_failure: str = "rollback") -> Path:
    day = root / "lake" / "date=2024-01-01"
    day.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"id": ids}), day / "a.parquet")
    (root / "dq.yml").write_text("threads: 1\n")
    path = root / "people.yml"
    path.write_text(
        f"data: lake\npartition_by: [date]\non_failure: {on_failure}\ncolumns: {{id: [unique]}}\n"
    )
    return path


def test_a_run_writes_them_while_the_bytes_are_there(tmp_path: Path) -> None:
    day = {"date": "2024-01-01"}
    good = dq.run(lake(tmp_path, [1, 2]), day, failing_rows=tmp_path / "bad")
    assert good.failing_rows is not None
    assert (good.failing_rows.path, good.to_dict()["failing_rows"]["path"]) == ("", None)
    bad = dq.run(lake(tmp_path, [1, 2, 2]), day, failing_rows=tmp_path / "bad")
    assert bad.rollback is not None
    assert bad.rollback.is_complete
    assert names(tmp_path / "bad") == [f"{bad.run_id}.json", f"{bad.run_id}.parquet"]
    assert bad.failing_rows is not None
    assert pq.read_table(bad.failing_rows.path)["dq_row"].to_pylist() == [1, 2]


def test_rows_that_cannot_be_written_stop_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = {"date": "2024-01-01"}
    dq.run(lake(tmp_path, [1, 2]), day)

    write = pq.write_table

    def full(table: pa.Table, path: Any, **options: Any) -> None:
        if "bad" in str(path):
            raise OSError(28, "No space left on device")
        write(table, path, **options)

    suite = lake(tmp_path, [2, 2])
    monkeypatch.setattr(pq, "write_table", full)
    bad = dq.run(suite, day, failing_rows=tmp_path / "bad")
    assert bad.rollback is not None
    assert bad.rollback.is_complete
    assert bad.failing_rows is not None
    assert "No space left" in bad.failing_rows.trouble
    assert "could not be written" in str(bad.failing_rows)


def test_a_replay_has_the_rows_of_the_recorded_run(tmp_path: Path) -> None:
    run = dq.run(lake(tmp_path, [1, 2, 2], "report"), {"date": "2024-01-01"}, store=tmp_path / ".dq")
    again = dq.replay(run.run_id, store=tmp_path / ".dq")
    assert again.result.failing_rows()["dq_row"].to_pylist() == [1, 2]
