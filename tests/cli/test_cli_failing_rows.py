"""`--failing-rows`: on every verb that judges, in words and in JSON."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from cli_lake import AT, DAY, Project


def rows_in(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if name.endswith(".parquet"))


def test_validate_writes_the_rows_and_says_so(project: Project) -> None:
    project.bad()
    ran = project.dq("validate", *AT, "--failing-rows", "bad")
    (name,) = rows_in(project.root / "bad")
    assert ran.code == 1
    assert ran.err == (f"dq: 7 failing rows in bad/{name}; 2 columns are left out as private (see `show`)\n")
    rows = pq.read_table(project.root / "bad" / name)
    assert rows.column_names == ["dq_file", "dq_row", "dq_reasons", "dq_reason_count", "country", "date"]
    assert rows["dq_reasons"].to_pylist() == [["country-in_set"]] * 7


@pytest.mark.parametrize("verb", ["validate", "run"])
def test_the_document_names_the_file(project: Project, verb: str) -> None:
    project.bad()
    words = ("--failing-rows", "bad", "--max-failing-rows", "3", "--unmasked", "--json")
    said = project.dq(verb, *AT, *words).json()["failing_rows"]
    assert (said["rows"], said["complete"], said["masked"], said["hidden"]) == (3, False, False, [])
    assert pq.read_table(project.root / said["path"])["amount"].to_pylist() == [5.0] * 3
    assert (project.root / said["about"]).is_file()


def test_many_partitions_write_a_file_each(project: Project) -> None:
    project.bad()
    project.write("lake/orders/date=2013-02-09", 2, country="YY")
    project.write("lake/orders/date=2013-02-10", 2)
    ran = project.dq("run", "--all-partitions", "--failing-rows", "bad", "--json")
    written = [one["failing_rows"] for one in ran.json()["partitions"]]
    assert [one["rows"] for one in written] == [7, 2, 0]
    assert len(rows_in(project.root / "bad")) == 2
    assert [line.split(":")[1].strip() for line in ran.err.splitlines()] == [DAY, "date=2013-02-09"]


def test_publish_and_replay_write_them_too(project: Project) -> None:
    project.good()
    project.write("staged", country="XX")
    published = project.dq("publish", "staged", "--suite", "suites/orders.yml", *AT, "--failing-rows", "bad")
    assert published.code == 1
    (name,) = rows_in(project.root / "bad")
    run_id = name.removesuffix(".parquet")
    said = project.dq("replay", run_id, "--failing-rows", "again", "--json").json()["failing_rows"]
    assert said["rows"] == 10
    assert rows_in(project.root / "again")[0].startswith(run_id)


def test_bounds_without_a_folder_mean_nothing(project: Project) -> None:
    project.bad()
    for words in (("--unmasked",), ("--max-failing-rows", "5")):
        ran = project.dq("validate", *AT, *words)
        assert (ran.code, "go with --failing-rows DIR" in ran.err) == (2, True)


def test_a_file_is_no_folder(project: Project) -> None:
    project.bad()
    (project.root / "taken").touch()
    assert project.dq("run", *AT, "--failing-rows", "taken").code == 2
