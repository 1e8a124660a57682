from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import startup, table
from benchmarks.agree import disagreements
from benchmarks.measure import ROOT, Cost, Limits, Spread, interleaved, run
from benchmarks.runners.report import Finding

FINDINGS = st.dictionaries(
    st.sampled_from("abcde"),
    st.builds(Finding, st.sampled_from(["pass", "fail"]), st.none() | st.integers(0, 9)),
    min_size=1,
)


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


def test_processor_time_and_memory_are_the_childs() -> None:
    # By a small process, as in the benchmark: a child starts out with the peak of whoever started it.
    script = """
import json, sys
from dataclasses import asdict
from benchmarks.measure import run

idle = run([sys.executable, "-c", "import time; time.sleep(0.3)"])
busy = run([sys.executable, "-c", "x = bytearray(200_000_000)\\nfor i in range(0, len(x), 4096): x[i] = 1"])
print(json.dumps([asdict(idle.cost), asdict(busy.cost)]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    idle, busy = json.loads(done.stdout)

    assert idle["wall"] >= 0.3
    assert idle["cpu"] < 0.2
    assert 200e6 <= busy["peak"] < 400e6


def test_status_output_and_last_words() -> None:
    done = run(python("import sys; print('said'); sys.exit('first\\nlast')"))

    assert (done.status, done.output, done.complaint) == (1, "said\n", "last")


def test_the_error_is_told_and_not_what_stands_below_it() -> None:
    done = run(
        python("class OutOfMemoryException(Exception): pass\nraise OutOfMemoryException('full\\nSee also')")
    )

    assert done.complaint.removeprefix("__main__.") == "OutOfMemoryException: full"  # as Python 3.10 has it


def test_a_run_that_takes_too_long_is_ended() -> None:
    done = run(python("import time; time.sleep(60)"), limits=Limits(seconds=0.2))

    assert done.status == -signal.SIGKILL
    assert done.complaint == "ended after 0 s"
    assert done.cost.wall < 10


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not tell memory this way")
def test_a_run_that_takes_too_much_memory_is_ended_with_its_children() -> None:
    grow = "x = bytearray(300_000_000); import time; time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', {grow!r}])"

    done = run(python(parent), limits=Limits(memory=200_000_000))

    assert done.status == -signal.SIGKILL
    assert done.complaint == "ended beyond 0.2 GB"
    assert done.cost.wall < 10


def test_a_missing_program() -> None:
    with pytest.raises(FileNotFoundError):
        run(["/no/such/program"])


def test_rounds_are_interleaved_and_a_failure_is_not_repeated() -> None:
    clock = "import time; print(time.monotonic_ns())"
    runs = interleaved(
        {"a": python(clock), "broken": python("raise SystemExit(3)"), "b": python(clock)}, rounds=2
    )

    starts = {name: [int(each.output) for each in runs[name]] for name in ("a", "b")}
    assert starts["a"][0] < starts["b"][0] < starts["a"][1] < starts["b"][1]
    assert [each.status for each in runs["broken"]] == [3]


def test_spread() -> None:
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(1.0, 2.0, 3.0)
    assert Spread.of([4.0, 1.0]) == Spread(1.0, 2.5, 4.0)


def test_table_of_costs() -> None:
    measured = {
        "hand": [
            Cost(4.0, 8.0, 2_000_000_000),
            Cost(5.0, 10.0, 1_000_000_000),
            Cost(6.0, 12.0, 3_000_000_000),
        ],
        "dq": [Cost(2.0, 4.0, 400_000_000)],
        "raw": [Cost(1.0, 2.0, 200_000_000)],
        "absent": [],
    }

    assert table.costs(measured, {"hand": 4, "raw": 1})[2:] == [
        "| hand | 5.00 [4.00-6.00] | 10.00 [8.00-12.00] | 2000 | 1.00 | 1.00 | 5.00 | 4 |",
        "| dq | 2.00 [2.00-2.00] | 4.00 [4.00-4.00] | 400 | 0.40 | 0.40 | 2.00 | - |",
        "| raw | 1.00 [1.00-1.00] | 2.00 [2.00-2.00] | 200 | 0.20 | 0.20 | 1.00 | 1 |",
    ]


def test_table_of_costs_without_a_rival() -> None:
    assert table.costs({"dq": [Cost(2.0, 4.0, 400_000_000)]}, {})[2:] == [
        "| dq | 2.00 [2.00-2.00] | 4.00 [4.00-4.00] | 400 | - | - | - | - |"
    ]


@given(FINDINGS)
def test_a_runner_agrees_with_itself_and_with_one_that_only_reads(findings: dict[str, Finding]) -> None:
    assert disagreements({"a": findings, "b": findings, "raw": {}}, findings.keys()) == []


@given(FINDINGS, st.data())
def test_one_other_outcome_is_one_difference(findings: dict[str, Finding], data: st.DataObject) -> None:
    id_ = data.draw(st.sampled_from(sorted(findings)))
    other = {**findings, id_: Finding("error")}

    assert disagreements({"a": findings, "b": other}, findings.keys()) == [
        f"{id_}: a says {findings[id_].outcome}, b says error"
    ]


def test_counts_differ_only_where_both_count() -> None:
    a = {"x": Finding("fail", 3), "y": Finding("fail", 3)}
    b = {"x": Finding("fail", 4), "y": Finding("fail")}

    assert disagreements({"a": a, "b": b}, {"x", "y"}) == ["x: unexpected rows: a says 3, b says 4"]


def test_a_check_that_nobody_or_only_one_answered() -> None:
    a = {"x": Finding("pass"), "y": Finding("pass")}

    assert disagreements({"a": a, "b": {"x": Finding("pass")}}, {"x"}) == ["y: a says pass, b says no answer"]
    assert disagreements({"a": a}, {"x", "y", "z"}) == ["z: a says no answer"]


def test_what_a_start_loads() -> None:
    assert startup.loaded("pass") == (0, [])
    modules, heavy = startup.loaded("import sqlglot")
    assert modules > 10
    assert heavy == ["sqlglot"]


def test_a_start_that_leaves_cleanly_is_seen() -> None:
    modules, heavy = startup.loaded("import sys, colorsys; sys.exit(0)")

    assert (modules, heavy) == (1, [])


def test_a_start_that_fails() -> None:
    with pytest.raises(ValueError, match="No module named 'no_such'"):
        startup.loaded("import no_such")
