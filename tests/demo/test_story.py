"""The demo tells the truth: for every fault the gate holds, the note's first cause is the planted one."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from dq.demo.faults import FAULTS
from dq.demo.lake import Lake
from dq.demo.story import LAST, tell
from dq.errors import UsageError
from dq.report.terminal import new_console
from dq.result import Status
from dq.rootcause.model import Confidence
from dq.rootcause.stage import StageName

FIRST_CAUSE = {
    "km": "carrier = 'UA'",
    "null-delays": "origin = 'JFK' and hour of sched_dep_local >= 15",
    "duplicate-file": "in the input raw_flights, file LGA.parquet was delivered twice",
    "half-file": "in the input raw_flights, file EWR.parquet holds 170 rows, against 331",
    "unknown-carrier": "carrier = 'XE'",
}


def test_every_fault_has_its_story() -> None:
    assert set(FIRST_CAUSE) == {fault.name for fault in FAULTS.values()}


@pytest.mark.parametrize("name", FIRST_CAUSE)
def test_the_story_of_a_fault(name: str, tmp_path: Path) -> None:
    text = io.StringIO()
    told = tell(tmp_path / "demo", name, new_console(text, width=100))
    refused, rolled_back = told.refused, told.rolled_back
    assert refused.status is Status.FAIL
    assert refused.note is not None
    assert refused.note.causes[0].text.startswith(FIRST_CAUSE[name])
    assert refused.note.causes[0].confidence is Confidence.HIGH
    assert refused.note.stage is not None
    assert refused.note.stage.stage is StageName.INPUT
    assert rolled_back.status is Status.FAIL
    assert rolled_back.rollback is not None
    assert (rolled_back.rollback.kind, rolled_back.rollback.state) == ("rollback", "done")
    assert rolled_back.trouble == ""
    shown = text.getvalue()
    assert "readers see the 918 validated rows of 2013-02-13 again" in shown
    assert f"dq rollback undo {rolled_back.rollback.id}" in shown
    head = refused.note.to_markdown().split("\n## ")[0]
    assert len(head.strip().splitlines()) <= 12


def test_the_clean_nights_pass_and_only_the_storm_warns(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "demo")
    lake.deliver(LAST)
    assert lake.check_raw(LAST).status is Status.PASS
    assert lake.through_the_gate(LAST).status is Status.PASS
    assert lake.rows(LAST) == 918
    assert lake.visible() == [("date=2013-02-13", 918)]


def test_a_folder_that_is_not_the_demos_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(UsageError, match="was not made by the demo"):
        Lake(tmp_path)
    assert (tmp_path / "precious.txt").read_text() == "mine"
