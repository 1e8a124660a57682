"""`dq run` on several partitions: the summary, the document, the exit code, the interruption."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_lake import SUITE, Project

from dq.cli.screen import Screen
from dq.flow import many
from dq.flow.run import run_slice

ALL = ("run", "--all-partitions")


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Project:
    """Three days: good, bad and a file that is cut off."""
    monkeypatch.chdir(tmp_path)
    made = Project(tmp_path, capsys)
    made.suite(SUITE.replace("rollback", "report"))
    made.write("lake/orders/date=2013-02-08", 10)
    made.write("lake/orders/date=2013-02-09", 7, country="XX")
    made.write("lake/orders/date=2013-02-10", 10).write_bytes(b"PAR1")
    return made


def test_the_summary_and_the_worst_exit_code(project: Project) -> None:
    ran = project.dq(*ALL)
    assert ran.code == 3
    lines = [line.split() for line in ran.out.splitlines() if "date=" in line]
    assert [line[:2] for line in lines] == [
        ["pass", "date=2013-02-08"],
        ["fail", "date=2013-02-09"],
        ["unreadable", "date=2013-02-10"],
    ]
    assert "country-in_set" in ran.out
    assert "3 partitions (1 pass, 1 fail, 1 unreadable), 17 rows" in ran.out
    assert "next  dq explain" in ran.out
    assert "dq: date=2013-02-10: partition date=2013-02-10: cannot be read" in ran.err


def test_the_document(project: Project) -> None:
    ran = project.dq("run", "--partition", "date=2013-02-08..2013-02-09", "--json")
    assert ran.code == 1
    document = ran.json()
    assert (document["suite"], document["good"], document["left"]) == ("orders", False, 0)
    assert document["interrupted"] is False
    assert document["counts"] == {"pass": 1, "fail": 1}
    second = document["partitions"][1]
    assert second["partition"] == {"date": "2013-02-09"}
    assert second["failed"] == [{"id": "country-in_set", "severity": "critical"}]
    assert "XX" not in ran.out


def test_one_partition_is_told_as_before(project: Project) -> None:
    ran = project.dq("run", "--partition", "date=2013-02-08", "--json")
    assert set(ran.json()) == {"record", "rollback", "note", "trouble"}


def test_warnings_count_when_asked_for(project: Project) -> None:
    project.write("lake/orders/date=2013-02-09", 10, amount=1e6)
    words = ("run", "--partition", "date=2013-02-08,2013-02-09")
    assert project.dq(*words).code == 0
    assert project.dq(*words, "--fail-on", "warning").code == 1


def test_skip_done_says_so_and_keeps_the_exit_code(project: Project) -> None:
    project.dq("run", "--partition", "date=2013-02-08,2013-02-09")
    ran = project.dq("run", "--partition", "date=2013-02-08,2013-02-09", "--skip-done")
    assert ran.code == 1
    assert ran.out.count("done before") == 2


def test_quiet_says_nothing_of_what_passes(project: Project) -> None:
    ran = project.dq("run", "--partition", "date=2013-02-08,2013-02-08", "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--all-partitions", "--partition", "date=2013-02-08"), "do not go together"),
        (("--partition", "date=2013-02-09..2013-02-08"), "is reversed"),
        (("--partition", "dat=2013-02-*"), "Did you mean 'date'?"),
    ],
)
def test_what_is_refused(project: Project, words: tuple[str, ...], why: str) -> None:
    ran = project.dq("run", *words)
    assert ran.code == 2
    assert why in ran.err


def test_an_interruption_says_how_far_it_came(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    real = run_slice
    calls: list[object] = []

    def once(*args: object) -> object:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(many, "run_slice", once)
    ran = project.dq(*ALL, "--json")
    assert ran.code == 130
    document = ran.json()
    assert (document["interrupted"], document["left"], len(document["partitions"])) == (True, 2, 1)
    assert "interrupted after 1 of 3 partitions" in ran.err
    assert "--skip-done" in ran.err


def test_a_signal_during_a_query_is_an_interruption() -> None:
    code = """
import os, signal, threading, duckdb
from dq.engines.duckdb import DuckDBEngine
from sqlglot import parse_one
engine = DuckDBEngine({}, threads=1)
threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    engine.rows(parse_one("SELECT sum(hash(a.range + b.range)) FROM range(100000) a, range(1000000) b"))
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False, env=os.environ
    )
    assert done.stdout == "interrupted\n", done.stderr


def test_the_bar_is_for_terminals(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def drawn(screen: Screen) -> str:
        with screen.bar("Running orders") as progress:
            progress(1, 3)
        return capsys.readouterr().err

    assert drawn(Screen()) == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    shown = drawn(Screen())
    assert "Running orders" in shown
    assert "1/3" in shown
    assert "\x1b[3" not in shown  # no colour
    assert drawn(Screen(json=True)) == ""


def test_how_a_question_about_everything_was_answered(project: Project) -> None:
    project.write("lake/orders/date=2013-02-09", 7)
    project.write("lake/orders/date=2013-02-10", 5)
    project.suite(
        SUITE.replace("rollback", "report").replace("[not_null, unique]", "[not_null, {median: [0, 9]}]")
    )
    first = " ".join(project.dq("run", "--incremental").out.split())
    assert "states 5 expectations by reading every partition: id-not_null, id-median, " in first
    second = " ".join(project.dq("run", "--incremental").out.split())
    assert "states 4 expectations from the kept states of 3 partitions" in second
    assert "1 expectation by reading every partition: id-median" in second
    assert "states" not in project.dq("run").out.split()


def test_skip_done_without_a_partition_is_about_the_whole(project: Project) -> None:
    project.write("lake/orders/date=2013-02-09", 7)
    project.write("lake/orders/date=2013-02-10", 5)
    project.suite(SUITE.replace("rollback", "report").replace(", unique", ""))
    ran = project.dq("run", "--skip-done", "--json")
    assert (ran.code, [one["rows"] for one in ran.json()["partitions"]]) == (0, [22])
