"""The rollback verbs, from plan to undo."""

from __future__ import annotations

import json

from cli_lake import AT, DAY, Project


def published(project: Project) -> None:
    """A good day published twice: first 10 rows, then 12."""
    for rows in (10, 12):
        project.write(f"staged-{rows}", rows)
        words = ("--suite", "suites/orders.yml", *AT)
        assert project.dq("publish", f"staged-{rows}", *words).code == 0


def rows_seen(project: Project) -> int:
    rows = project.dq("validate", *AT, "--json").json()["rows"]
    assert isinstance(rows, int)
    return rows


def test_plan_names_every_object_and_changes_nothing(project: Project) -> None:
    project.good()
    project.dq("run", *AT)
    project.bad()
    project.write(f"lake/orders/{DAY}/more", rows=2)
    ran = project.dq("rollback", "plan", *AT, "--reason", "by hand")
    assert (ran.code, ran.err) == (0, "")
    for words in (
        "now       2 files, 9 rows",
        "after     1 file, 10 rows",
        "          validated ",
        "why       by hand",
        "restore  a.parquet         10",
        "remove   more/a.parquet     2",
        "atomic    Not atomic for readers",
        "windows   ",
        "guards    ",
    ):
        assert words in ran.out
    assert rows_seen(project) == 9


def test_the_plan_in_a_file_is_applied_exactly(project: Project) -> None:
    project.good()
    project.dq("run", *AT)
    project.bad()
    printed = project.dq("rollback", "plan", *AT, "--out", "plan.json", "--json").json()
    assert json.loads((project.root / "plan.json").read_text()) == printed
    done = project.dq("rollback", "apply", "plan.json", "--json")
    assert (done.code, done.json()["id"], done.json()["state"]) == (0, printed["id"], "done")
    assert rows_seen(project) == 10


def test_a_changed_plan_is_refused(project: Project) -> None:
    project.good()
    project.dq("run", *AT)
    project.bad()
    project.dq("rollback", "plan", *AT, "--out", "plan.json")
    text = (project.root / "plan.json").read_text()
    (project.root / "plan.json").write_text(text.replace("asked for by hand", "asked for by nobody"))
    ran = project.dq("rollback", "apply", "plan.json", "--json")
    assert (ran.code, ran.error()["type"]) == (4, "RollbackRefused")
    assert rows_seen(project) == 7


def test_back_to_an_earlier_run_and_undo(project: Project) -> None:
    published(project)
    first = project.dq("history", "--json").json()["runs"][-1]["run_id"]
    plan = project.dq("rollback", "plan", *AT, "--to", first, "--json").json()["id"]
    assert project.dq("rollback", "apply", plan).code == 0
    assert rows_seen(project) == 10
    undone = project.dq("rollback", "undo", plan, "--reason", "the newer load was right", "--json")
    assert (undone.code, undone.json()["kind"], undone.json()["state"]) == (0, "undo", "done")
    assert rows_seen(project) == 12
    states = {
        one["id"]: one["state"] for one in project.dq("rollback", "status", "--json").json()["rollbacks"]
    }
    assert (states[plan], states[undone.json()["id"]]) == ("undone", "done")


def test_nothing_validated_needs_quarantine(project: Project) -> None:
    project.bad()
    refused = project.dq("rollback", "plan", *AT)
    assert refused.code == 4
    ran = project.dq("rollback", "plan", *AT, "--quarantine")
    assert "after     nothing: the partition is taken out of sight" in ran.out


def test_status_of_one_and_of_all(project: Project) -> None:
    assert project.dq("rollback", "status").out.startswith("Nothing was rolled back")
    published(project)
    found = project.dq("rollback", "status", "--json").json()["rollbacks"]
    assert [one["kind"] for one in found] == ["publish", "publish"]
    one = project.dq("rollback", "status", found[0]["id"])
    assert (one.code, f"publish of orders {DAY}" in one.out) == (0, True)
    assert project.dq("rollback", "status", "-q").out == ""
