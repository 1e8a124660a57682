"""Whole runs of a local table whose records, journal and states are on S3."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flow_lakes import DAY, NEXT, Lake, bad, good, lake

import dq
from dq.aws.address import Address
from dq.cli.app import cli
from dq.flow.publish import publish
from dq.flow.recorded import find_run, open_store, suite_of
from dq.flow.replay import replay
from dq.flow.run import run
from dq.result import Status
from dq.store.remote import S3Store

if TYPE_CHECKING:
    from aws_server import Cloud


@pytest.fixture
def at(cloud: Cloud) -> Address:
    return cloud.bucket(versioned=False) / "team/dq/"


@pytest.fixture
def here(cloud: Cloud, at: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    made = lake(tmp_path)
    (tmp_path / "dq.yml").write_text(f"store: {at}\naws: {{endpoint: '{cloud.options.endpoint}'}}\n")
    monkeypatch.delenv("DQ_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    return made


def folders(cloud: Cloud, at: Address) -> set[str]:
    return {one.key.removeprefix(at.key).partition("/")[0] for one in cloud.s3.list(at)}


def test_a_bad_rewrite_is_recorded_rolled_back_explained_undone_and_replayed(
    here: Lake, cloud: Cloud, at: Address
) -> None:
    here.write(DAY, good())
    assert run(here.suite, DAY).status is Status.PASS
    here.write(DAY, bad())
    outcome = run(here.suite, DAY)
    assert outcome.rollback is not None
    assert (outcome.rollback.state, here.read(DAY)) == ("done", good().to_pylist())
    assert Path(outcome.rollback.quarantine).is_relative_to(here.root / ".dq"), "bytes stay on their disk"
    assert folders(cloud, at) == {
        "runs",
        "verdicts",
        "events",
        "notes",
        "journal",
        "plans",
        "probes",
        "quarantine",
    }
    assert not (here.root / ".dq" / "runs").exists()
    assert not (here.root / ".dq" / "journal").exists()

    store = open_store()
    assert isinstance(store, S3Store)
    assert [event.name for event in store.events(outcome.run_id)] == ["rolled_back"]
    assert suite_of(find_run("", store), store).root == here.root
    assert dq.explain(outcome.run_id).to_dict() == (outcome.note.to_dict() if outcome.note else None)
    again = replay(outcome.run_id)
    assert (again.same, again.same_bytes) == (True, True)

    (one,) = dq.rollback.status()
    assert one.id == outcome.rollback.id
    assert dq.rollback.undo(one.id).state == "done"
    assert here.read(DAY) == bad().to_pylist()
    assert dq.rollback.status(one.id)[0].state == "undone"
    assert [row.baseline for row in dq.history("orders").rows] == [False, False]


def test_the_gate_and_the_command_line(here: Lake, at: Address, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = publish(here.staged(good()), here.suite, DAY)
    assert outcome.status is Status.PASS
    assert publish(here.staged(bad()), here.suite, DAY).status is Status.FAIL
    assert here.read(DAY) == good().to_pylist()
    elsewhere = ["--store", str(at).rstrip("/")]
    for words in (["history"], ["rollback", "status"], ["explain"], ["replay", outcome.run_id]):
        assert cli.main([*words, *elsewhere], standalone_mode=False) == 0, capsys.readouterr()
        assert capsys.readouterr().out


def test_states_are_kept_on_s3_and_read_again(here: Lake, cloud: Cloud, at: Address) -> None:
    here.suite.write_text("suite: orders\ndata: lake/orders\ncolumns:\n  amount: [{between: [0, 100]}]\n")
    for partition, start in ((DAY, 0), (NEXT, 40)):
        here.write(partition, good(start))
    for _ in range(2):
        outcome = run(here.suite, incremental=True)
        assert (outcome.status, outcome.result.rows) == (Status.PASS, 80)
    assert "states" in folders(cloud, at)
    assert not (here.root / ".dq" / "states").exists()
