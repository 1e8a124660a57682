from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import environments, memory, partitions, peers, sizes, truth
from benchmarks.bench import Bench
from benchmarks.checks import FAILING, checks
from benchmarks.measure import Cost, Run
from benchmarks.orders import Kind
from benchmarks.runners import hand
from benchmarks.runners import partitions as one_day
from benchmarks.runners.report import Answer, Finding, Job

ROWS = 30_007


@pytest.fixture
def bench(home: Path) -> Bench:
    return Bench(ROWS, 1, home)


@pytest.mark.parametrize("kind", ["passing", "failing"])
def test_the_recipe_tells_how_many_rows_are_bad(kind: Kind, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(kind)
    counts = truth.unexpected(ROWS, kind)

    findings, _ = hand.run(Job(folder, ROWS, failing=True))

    assert {id_: finding.unexpected for id_, finding in findings.items() if finding.unexpected} == counts
    assert counts[truth.NULL_RATINGS] > 100
    assert counts.keys() <= FAILING | {truth.NULL_RATINGS}


def test_a_true_finding() -> None:
    assert memory.agrees(Finding("fail", 3), 3, fails=True)
    assert memory.agrees(Finding("pass"), 3, fails=False)
    assert not memory.agrees(Finding("fail", 2), 3, fails=True)
    assert not memory.agrees(Finding("pass", 0), 0, fails=True)
    assert not memory.agrees(None, 0, fails=False)


def test_little_memory(bench: Bench, passing: Path) -> None:
    lines = memory.compare(bench, ROWS, "500MB", ["passing"])

    assert bench.problems == []
    dq, by_hand = (line.split(" | ") for line in lines[2:])
    assert (dq[0], dq[1], dq[5], dq[6]) == ("| passing", "dq", "yes", "yes |")
    assert by_hand[6] == "yes |"


def test_no_memory_at_all(bench: Bench, passing: Path) -> None:
    memory.compare(bench, ROWS, "1MB", ["passing"])

    assert len(bench.problems) == 1
    assert bench.problems[0].startswith("30,007 rows in 1MB, passing: ")


def test_two_sizes(bench: Bench, passing: Path) -> None:
    lines = sizes.compare(bench, "passing")

    assert bench.problems == []
    assert [line.split(" | ")[:2] for line in lines[2:]] == [
        ["| hand", "31"],
        ["| hand", "100"],
        ["| dq", "31"],
        ["| dq", "100"],
    ]
    assert lines[2].endswith(" | 1.00 | 1.00 |")


def test_every_peer_has_a_runner_and_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, peer in peers.PEERS.items():
        assert (environments.REQUIREMENTS.parent / "runners" / f"{name}.py").is_file()
        pins = (environments.REQUIREMENTS / f"{peer.environment}.txt").read_text().splitlines()
        assert pins
        assert all("==" in pin for pin in pins)
    assert peers.named("soda3") == "Soda Core 3.5.6"
    assert peers.named("hand") == "hand"


def test_an_environment_that_cannot_be_made(
    bench: Bench, passing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "soda3.txt").write_text("no-such-package-anywhere==1.0\n")
    monkeypatch.setattr(environments, "REQUIREMENTS", tmp_path)
    monkeypatch.setattr(environments, "HOME", tmp_path / "envs")
    monkeypatch.setenv("PIP_NO_INDEX", "1")

    lines = peers.compare(bench, bench.job("passing"), ["soda3"])

    row = next(line for line in lines if "Soda" in line)
    assert "did not finish: soda3: no environment: ERROR: No matching distribution" in row
    assert bench.problems == []


def test_an_environment_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty.txt").write_text("")
    monkeypatch.setattr(environments, "REQUIREMENTS", tmp_path)

    first = environments.python("empty", tmp_path / "envs")
    made = (tmp_path / "envs" / "empty").stat().st_mtime_ns
    again = environments.python("empty", tmp_path / "envs")

    assert first == again
    assert first.is_file()
    assert (tmp_path / "envs" / "empty").stat().st_mtime_ns == made


def test_a_peer_that_says_otherwise_is_told(
    bench: Bench, passing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tells = tmp_runner(monkeypatch, passing)

    lines = peers.compare(bench, bench.job("passing"), ["soda3"])

    row = next(line for line in lines if line.startswith("| Soda")).split(" | ")
    assert row[6:] == ["7", "2 of 31", "a note |"]
    without = sorted({check.id for check in checks(ROWS)} - tells)
    said = "status-in_set: hand says pass, soda3 says fail"
    assert lines[-1] == f"- Soda Core 3.5.6: {said}; without {', '.join(without)}"
    assert lines[-2] == "- dq: as `hand`"
    assert bench.problems == []


def tmp_runner(monkeypatch: pytest.MonkeyPatch, folder: Path) -> set[str]:
    """A peer that answers two checks, one of them wrongly."""
    code = (
        "from benchmarks.runners.report import Finding, emit\n"
        "emit({'status-in_set': Finding('fail', 1), 'order_id-unique': Finding('pass')}, 7, 'a note')\n"
    )

    def module(name: str, *arguments: str, python: str | Path = sys.executable) -> list[str]:
        return [sys.executable, "-c", code]

    monkeypatch.setattr(peers, "module", module)
    monkeypatch.setattr(environments, "python", lambda name: Path(sys.executable))
    return {"status-in_set", "order_id-unique"}


def test_answer_without_runs_has_a_row() -> None:
    from benchmarks.bench import Outcome

    cost = Cost(1.0, 2.0, 3_000_000)
    hand_outcome = Outcome((Run(cost, 0, "", ""),), Answer({"a": Finding("pass")}))

    row = peers._row("gx", Outcome((), None, "ended beyond 16.0 GB"), hand_outcome, hand_outcome.answer)

    assert row[:3] == ["Great Expectations 1.24.1, pandas", "did not finish: ended beyond 16.0 GB", "-"]
    assert len(row) == len(peers.HEADER)


def test_a_day_is_judged_and_recorded(passing: Path, tmp_path: Path) -> None:
    said = one_day.statuses(passing, ROWS, str(tmp_path / "store"), "2026-10-24")

    assert said.keys() == {"2026-10-24"}
    assert said["2026-10-24"] in ("pass", "fail")  # a thousand rows are few for the bounds of a mean
    assert len(list((tmp_path / "store").rglob("*.json"))) >= 1
    assert sorted(passing.iterdir()) == [passing / "orders", passing / "vendors.parquet"]
    assert len(one_day.suite_of_a_day(passing, ROWS)["columns"]["created_at"]) == 3  # type, nulls, range


def test_partitions_one_by_one_and_together(
    bench: Bench, passing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def says(name: str, *arguments: str) -> list[str]:
        days = arguments[3:] or [f"2026-10-{day}" for day in range(24, 29)]
        code = f"print({json.dumps(dict.fromkeys(days, 'pass'))!r})"
        return [sys.executable, "-S", "-c", code]

    monkeypatch.setattr(partitions, "DAYS", 6)
    monkeypatch.setattr(partitions, "module", says)

    lines = partitions.compare(bench, "passing")

    together, one_by_one = (line.split(" | ") for line in lines[2:])
    assert together[0] == "| one call, one process"
    assert float(together[4]) < 1
    assert one_by_one[4:6] == ["1.00", "1.00"]
    assert bench.problems == ["partitions, one call, one process: not passed: 2026-10-29"]
