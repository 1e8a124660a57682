"""`dq import` and `dq export`."""

from __future__ import annotations

import json

import pytest
from cli_lake import AT, Project

THEIRS = {
    "name": "theirs",
    "expectations": [
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "amount", "min_value": {"$PARAMETER": "low"}},
        }
    ],
    "meta": {"great_expectations_version": "1.24.1"},
}


def test_a_suite_goes_to_yaml_and_back(project: Project) -> None:
    (project.root / "theirs.json").write_text(json.dumps(THEIRS))
    printed = project.dq("import", "theirs.json")
    assert (printed.code, printed.out.splitlines()[-3:]) == (
        0,
        ["columns:", "  amount:", "    - between: {min: $low}"],
    )
    assert printed.err == "dq: to be given when it is run: low\n"
    written = project.dq("import", "theirs.json", "-o", "suites/theirs.yml", "--json")
    assert written.json() == {
        "suite": "theirs",
        "expectations": 1,
        "parameters": ["low"],
        "written": "suites/theirs.yml",
    }
    assert (project.root / "suites" / "theirs.yml").read_text() == printed.out
    exported = project.dq("export", "suites/theirs.yml").json()
    assert exported["expectations"][0]["kwargs"] == THEIRS["expectations"][0]["kwargs"]  # type: ignore[index]  # a dict
    told = project.dq("validate", "suites/theirs.yml", "--data", "lake")
    assert told.code == 2
    assert "parameter 'low' has no value" in told.err


def test_files_that_are_there_stay_as_they_are(project: Project) -> None:
    taken = project.dq("export", "-o", "dq.yml")
    assert taken.code == 2
    assert taken.err.startswith("dq: dq.yml: is there already")
    written = project.dq("export", "-o", "orders.json")
    assert written.err == "dq: wrote orders.json: 5 expectations\n"
    document = json.loads((project.root / "orders.json").read_text())
    assert document["suite_parameters"] == {"most": 100}
    assert document["meta"]["dq"]["head"]["on_failure"] == "rollback"


def test_recorded_runs_become_pages(project: Project) -> None:
    pytest.importorskip("great_expectations", reason="the extra [gx] is not installed")
    nothing = project.dq("report", "--gx-data-docs", "site")
    assert nothing.code == 3
    project.good()
    first = project.dq("run", "suites/orders.yml", *AT, "--json").json()
    project.dq("run", "suites/orders.yml", *AT)
    one = project.dq("report", "--gx-data-docs", "site", "--json").json()
    assert one["index"] == "site/index.html"
    assert len(one["runs"]) == 1
    every = project.dq("report", "--all", "--gx-data-docs", "site")
    assert (every.code, every.err) == (0, "dq: wrote site/index.html: 2 runs\n")
    assert len(list((project.root / "site" / "validations").iterdir())) == 2
    assert json.dumps(first).count(one["runs"][0]) == 0
    assert project.dq("report", "nope", "--gx-data-docs", "site").code == 3
    assert project.dq("report", "nope", "--all", "--gx-data-docs", "site").code == 2
