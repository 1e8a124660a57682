"""Every verb does its work, in words and in JSON."""

from __future__ import annotations

import json
import re

import pytest
from cli_lake import AT, DAY, Project


def test_validate_tells_and_writes_nothing(project: Project) -> None:
    project.good()
    before = sorted(project.root.rglob("*"))
    ran = project.dq("validate", *AT)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"PASS  orders  {DAY}\n5 expectations (5 pass), 10 rows, ")
    assert sorted(project.root.rglob("*")) == before


def test_validate_as_json(project: Project) -> None:
    project.bad()
    ran = project.dq("validate", "suites/orders.yml", *AT, "--json")
    document = ran.json()
    assert (ran.code, ran.err, document["status"], document["rows"]) == (1, "", "fail", 7)
    failed = [verdict for verdict in document["verdicts"] if verdict["outcome"] == "fail"]
    assert [(verdict["id"], verdict["unexpected"]) for verdict in failed] == [("country-in_set", 7)]


def test_verbose_shows_passes(project: Project) -> None:
    project.good()
    assert "id-unique" not in project.dq("validate", *AT).out
    assert "id-unique" in project.dq("validate", *AT, "-v").out


def test_quiet_says_only_what_is_wrong(project: Project) -> None:
    project.good()
    assert project.dq("run", *AT, "-q").out == ""
    project.bad()
    assert "country-in_set" in project.dq("validate", *AT, "-q").out


def test_data_and_parameters_replace_what_the_suite_says(project: Project) -> None:
    project.good()
    project.write("elsewhere", rows=3, amount=500.0)
    words = ("validate", "--data", "elsewhere/a.parquet", "--json")
    assert [
        project.dq(*words).json()["status"],
        project.dq(*words, "--param", "most=500").json()["status"],
    ] == [
        "warn",
        "pass",
    ]


def test_data_is_relative_to_the_current_folder(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("elsewhere", rows=3)
    monkeypatch.chdir(project.root / "elsewhere")
    assert project.dq("validate", "../suites/orders.yml", "--data", "a.parquet", "--json").json()["rows"] == 3


def test_run_rolls_back_and_history_says_so(project: Project) -> None:
    path = project.good()
    good = path.read_bytes()
    assert project.dq("run", *AT).code == 0
    project.bad()
    ran = project.dq("run", *AT, "--json")
    document = ran.json()
    assert (ran.code, document["record"]["action"], document["rollback"]["state"]) == (1, "rollback", "done")
    assert path.read_bytes() == good
    history = project.dq("history", "orders", "--json").json()
    assert [(run["status"], run["action"], run["baseline"]) for run in history["runs"]] == [
        ("fail", "rollback", False),
        ("pass", "none", True),
    ]
    assert project.dq("history", "suites/orders.yml").out.count(DAY) == 2


def test_run_tells_what_readers_see_and_what_is_next(project: Project) -> None:
    project.good()
    project.dq("run", *AT)
    project.bad()
    out = project.dq("run", *AT).out
    assert "readers   Rolled back" in out
    assert re.search(r"next      dq explain \S+\n +dq rollback undo rb-[0-9a-f]{16}\n", out)


def test_explain_shows_the_newest_failing_run(project: Project) -> None:
    project.bad()
    project.suite(
        (project.root / "suites/orders.yml").read_text().replace("on_failure: rollback", "on_failure: report")
    )
    run_id = project.dq("run", *AT, "--json").json()["record"]["run_id"]
    project.good()
    project.dq("run", *AT)
    ran = project.dq("explain")
    assert ran.code == 0
    assert ran.out.startswith(f"# orders / {DAY}: country-in_set failed")
    assert project.dq("explain", run_id, "--json").json()["run_id"] == run_id


def test_publish_lets_through_what_passes_and_keeps_what_does_not(project: Project) -> None:
    project.write("good")
    project.write("bad", rows=7, country="XX")
    table = project.root / "lake/orders" / DAY
    words = ("--suite", "suites/orders.yml", *AT, "--json")
    good = project.dq("publish", "good", *words)
    assert (good.code, good.json()["rollback"]["state"]) == (0, "done")
    seen = (table / "a.parquet").read_bytes()
    bad = project.dq("publish", "bad", *words)
    assert (bad.code, bad.json()["rollback"]["kind"], bad.json()["record"]["visible"]) == (1, "refuse", False)
    assert (table / "a.parquet").read_bytes() == seen


def test_replay_gives_the_same_verdicts_and_names_changed_files(project: Project) -> None:
    path = project.good()
    text = (project.root / "suites/orders.yml").read_text()
    project.suite(text.replace("on_failure: rollback", "on_failure: report"))
    run_id = project.dq("run", *AT, "--json").json()["record"]["run_id"]
    same = project.dq("replay", run_id, "--json")
    assert (same.code, same.json()["same"], same.json()["same_bytes"]) == (0, True, True)
    project.bad()
    changed = project.dq("replay", run_id, "--json")
    document = changed.json()
    assert (changed.code, document["same_bytes"], document["differing"]) == (1, False, ["country-in_set"])
    assert [file["path"].rsplit("/", 1)[-1] for file in document["changed"]] == [path.name]
    shown = project.dq("replay", run_id).out
    assert "country-in_set: recorded pass (0 rows), now fail (7 rows)" in shown


def test_schema_is_printed_or_written(project: Project) -> None:
    printed = project.dq("schema")
    assert "$schema" in printed.json()
    ran = project.dq("schema", "--out", "dq.schema.json")
    assert (ran.code, ran.out, ran.err) == (0, "", "dq: wrote dq.schema.json\n")
    assert json.loads((project.root / "dq.schema.json").read_text()) == printed.json()
    assert project.dq("schema", "--out", "x.json", "--json").json() == {"written": "x.json"}


def test_the_schema_of_data_is_recorded(project: Project) -> None:
    (project.root / "few.csv").write_text("id,name\n1,a\n")
    wanted = {"columns": {"id": "BIGINT", "name": "VARCHAR"}}
    assert project.dq("schema", "--data", "few.csv", "--json").json() == wanted
    assert project.dq("schema", "--data", "few.csv").out.endswith("columns:\n  id: BIGINT\n  name: VARCHAR\n")
    ran = project.dq("schema", "--data", "few.csv", "--out", "few.json")
    assert (ran.code, ran.err) == (0, "dq: wrote few.json\n")
    assert json.loads((project.root / "few.json").read_text()) == wanted
    assert project.dq("schema", "--partition", "a=1").code == 2


def test_the_demo_takes_only_known_faults(project: Project) -> None:
    ran = project.dq("demo", "--fault", "half-fil")
    assert (ran.code, ran.out) == (2, "")
    assert "Did you mean 'half-file'?" in ran.err


def test_verbs_that_are_not_there_do_not_appear(project: Project) -> None:
    shown = project.dq("--help").out
    assert not re.search(r"^  (init|profile|suggest) ", shown, re.MULTILINE)
    ran = project.dq("init")
    assert (ran.code, ran.out) == (2, "")
