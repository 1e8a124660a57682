"""Each exit code, each with its words, and one JSON document whatever happens."""

from __future__ import annotations

import pytest
from cli_lake import AT, DAY, Project

from dq.cli import exit_codes
from dq.cli.exit_codes import ExitCode, code_of_error
from dq.errors import (
    ConfigError,
    DataError,
    DQError,
    EngineError,
    ExpectationFailed,
    RollbackConflict,
    RollbackError,
    RollbackRefused,
    StoreError,
    SuiteError,
    UnsupportedMetric,
    UsageError,
)
from dq.rollback.documents import LocalDocuments
from dq.rollback.journal import Journal
from dq.rollback.log import Entry


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError, 2),
        (ConfigError, 2),
        (SuiteError, 2),
        (DataError, 3),
        (UnsupportedMetric, 3),
        (EngineError, 3),
        (StoreError, 3),
        (DQError, 3),
        (RollbackError, 4),
        (RollbackRefused, 4),
        (RollbackConflict, 4),
        (ExpectationFailed, 1),
        (ValueError, 3),
        (KeyboardInterrupt, 130),
    ],
)
def test_every_exception_has_its_code(error: type[BaseException], code: int) -> None:
    assert code_of_error(error("x")) == code


def test_every_code_has_a_meaning() -> None:
    assert all(exit_codes.meaning(code).endswith(".") for code in ExitCode)


def test_warnings_count_when_asked(project: Project) -> None:
    project.write(f"lake/orders/{DAY}", amount=500.0)
    ran = project.all_of([("validate", *AT), ("validate", *AT, "--fail-on", "warning")])
    assert [one.code for one in ran] == [0, 1]


def test_an_empty_partition_is_untested(project: Project) -> None:
    project.good()
    ran = project.dq("validate", "--partition", "date=2013-02-09", "--json")
    assert (ran.code, ran.json()["status"]) == (1, "untested")


USAGE = {
    "broken YAML": "suite: [a\nb: 1\n",
    "unknown expectation": "suite: s\ndata: lake/orders\ncolumns:\n  id: [not_nul]\n",
    "unknown key": "suite: s\ndatas: lake/orders\ncolumns:\n  id: [not_null]\n",
    "wrong type": "suite: s\ndata: lake/orders\ncolumns:\n  id: [{between: [a, []]}]\n",
}


@pytest.mark.parametrize("text", USAGE.values(), ids=USAGE.keys())
def test_a_wrong_suite_is_2_with_its_position(project: Project, text: str) -> None:
    path = project.suite(text, "wrong.yml")
    ran = project.dq("validate", path, "--json")
    assert ran.code == 2
    first = ran.err.splitlines()[0]
    error = ran.error()
    assert first.startswith(f"dq: {path}:")
    assert first == f"dq: {error['problems'][0]['position']}: {error['problems'][0]['message']}"
    assert error["type"] == "SuiteError"


def test_several_problems_stand_on_a_line_each(project: Project) -> None:
    path = project.suite("suite: s\ndata: x\ncolumns:\n  id: [not_nul]\n  a: [uniqe]\n", "two.yml")
    ran = project.dq("validate", path)
    assert [line.split(" ")[1] for line in ran.err.splitlines()] == [f"{path}:4:8:", f"{path}:5:7:"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("valdate",), "no verb 'valdate'. Did you mean 'validate'?"),
        (("validate", "--jsn"), "No such option"),
        (("rollback", "undo"), "there is nothing to undo"),
        (("run", "--partition", "2013-02-08"), "Write --partition date=2013-02-08"),
        (("run", "--partition", "dat=2013-02-08"), "Did you mean 'date'?"),
        (("run", *AT, "--partition", "date=2013-02-09"), "'date' is given twice"),
        (("run", "--param", "most"), "Write --param least=600"),
        (("run", "a.yml", "--suite", "b.yml"), "two suites are named"),
        (("run", *AT, "--memory", "lots"), "Write --memory 2GB"),
        (("run", "missing.yml"), "missing.yml: there is no such file"),
        (("rollback", "plan", *AT, "--to", "x", "--quarantine"), "exclude each other"),
        (("rollback", "apply", "rb-1"), "there is no plan 'rb-1'"),
        (("rollback", "apply", "dq.yml"), "this is no rollback plan"),
        (("rollback", "undo", "rb-1"), "rb-1"),
        (("rollback", "status", "rb-1"), "rb-1"),
    ],
)
def test_wrong_words_are_2(project: Project, words: tuple[str, ...], said: str) -> None:
    ran = project.dq(*words, "--json")
    assert ran.code == 2
    assert said in ran.err
    assert said in ran.error()["message"]
    assert all(line.startswith("dq: ") for line in ran.err.splitlines())


def test_a_wrong_configuration_is_2(project: Project) -> None:
    project.good()
    (project.root / "dq.yml").write_text("threads: many\n")
    ran = project.dq("validate", *AT, "--json")
    assert (ran.code, ran.error()["type"]) == (2, "ConfigError")
    assert "dq.yml:1:1" in ran.err


def test_without_a_suite_the_choices_are_named(project: Project) -> None:
    project.suite("suite: b\ndata: x\ncolumns: {id: [not_null]}\n", "b.yml")
    assert "there are suites/b.yml, suites/orders.yml" in project.dq("validate").err


def test_what_cannot_be_looked_at_is_3(project: Project) -> None:
    project.good()
    ran = project.all_of(
        [
            ("validate", *AT, "--data", "nowhere", "--json"),
            ("publish", "nowhere", *AT, "--json"),
            ("explain", "--json"),
            ("replay", "20130208", "--json"),
            ("schema", "--out", "no/such/folder.json", "--json"),
        ]
    )
    assert [one.code for one in ran] == [3] * 5
    assert [one.error()["type"] for one in ran] == [
        "DataError",
        "DataError",
        "StoreError",
        "StoreError",
        "FileNotFoundError",
    ]
    assert all(one.err.startswith("dq: ") and "Traceback" not in one.err for one in ran)


def test_a_missing_column_is_3(project: Project) -> None:
    project.good()
    path = project.suite("suite: s\ndata: lake/orders\ncolumns:\n  idd: [not_null]\n", "column.yml")
    ran = project.dq("validate", path, *AT, "--json")
    assert (ran.code, ran.json()["status"]) == (3, "error")
    assert "'id'" in ran.json()["verdicts"][0]["reason"]


def test_a_rollback_that_is_refused_is_4(project: Project) -> None:
    project.good()
    project.dq("run", *AT)
    nothing = project.dq("rollback", "plan", *AT, "--json")
    assert (nothing.code, nothing.error()["type"]) == (4, "RollbackRefused")
    project.bad()
    plan = project.dq("rollback", "plan", *AT, "--json").json()["id"]
    project.bad(rows=3)
    moved = project.dq("rollback", "apply", plan, "--json")
    assert (moved.code, moved.error()["type"]) == (4, "RollbackConflict")


def test_a_run_whose_rollback_is_refused_is_4_and_resume_completes_it(project: Project) -> None:
    project.good()
    project.dq("run", *AT)
    project.bad()
    plan = project.dq("rollback", "plan", *AT, "--json").json()
    interrupted(project, plan["id"])
    ran = project.dq("run", *AT, "--json")
    assert (ran.code, ran.json()["rollback"]) == (4, None)
    assert f"dq rollback resume {plan['id']}" in ran.err
    resumed = project.dq("rollback", "resume", "--json")
    assert (resumed.code, [one["state"] for one in resumed.json()["rollbacks"]]) == (0, ["done"])
    assert project.dq("rollback", "resume").out == "Nothing is unfinished.\n"


def interrupted(project: Project, plan: str) -> None:
    """Leaves a rollback as a killed process leaves it: begun, and its lease free."""
    journal = Journal(LocalDocuments(project.root / ".dq"))
    from dq.lake.manifest import Partition

    journal.begin("orders", Partition.parse(DAY), Entry(plan, "rollback")).release()


def test_a_rollback_that_does_not_verify_is_4(project: Project) -> None:
    project.good()
    project.dq("run", *AT)
    project.bad()
    plan = project.dq("rollback", "plan", *AT, "--json").json()["id"]
    text = (project.root / "suites/orders.yml").read_text()
    project.suite(text.replace("row_count: [1, 1000]", "row_count: [100, 1000]"))
    ran = project.dq("rollback", "apply", plan, "--suite", "suites/orders.yml", "--json")
    assert (ran.code, ran.json()["state"]) == (4, "failed_verify")
    assert "table-row_count" in ran.json()["detail"]


def test_a_fault_of_dq_is_3_calm_and_without_the_message(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object, **__: object) -> None:
        raise RuntimeError("a private value")

    # No input is known that makes dq itself fail.
    monkeypatch.setattr("dq.validation.validate", fault)
    ran = project.dq("validate", *AT, "--json")
    assert (ran.code, ran.error()["type"]) == (3, "RuntimeError")
    assert ran.err.splitlines() == [
        line for line in ran.err.splitlines() if line.startswith("dq: ") and "private" not in line
    ]
    assert "unexpected RuntimeError in dq/cli/verbs/validate.py:" in ran.err
    assert "Traceback" in project.dq("validate", *AT, "--verbose").err
    monkeypatch.setenv("DQ_DEBUG", "1")
    assert "Traceback" in project.dq("validate", *AT).err
