from __future__ import annotations

import builtins
import sys
import time
from pathlib import Path

import pytest

from benchmarks import profiling
from benchmarks.measure import resident
from benchmarks.runners.report import Job
from benchmarks.stopwatch import Stopwatch

ROWS = 30_007


def test_time_goes_to_the_innermost_stage() -> None:
    watch = Stopwatch("rest")
    with watch.during("outer"):
        time.sleep(0.05)
        with watch.during("inner"):
            time.sleep(0.1)
    with watch.during("outer"):
        time.sleep(0.05)
    watch.charge()

    assert list(watch.stages) == ["rest", "outer", "inner"]
    assert 0.1 <= watch.stages["outer"].wall < 0.15
    assert 0.1 <= watch.stages["inner"].wall < 0.15
    assert watch.stages["rest"].wall < 0.03
    assert watch.stages["inner"].cpu < 0.05
    assert watch.current == "rest"


def test_loading_a_package_is_a_stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "slow_pkg"
    package.mkdir()
    (package / "__init__.py").write_text("import time, slow_other\ntime.sleep(0.05)\n")
    (package / "part.py").write_text("import time\ntime.sleep(0.05)\n")
    (tmp_path / "slow_other.py").write_text("import time\ntime.sleep(0.1)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(builtins, "__import__", builtins.__import__)
    watch = Stopwatch("rest")

    watch.watch_imports(split="slow_pkg")
    exec("import slow_pkg.part")  # noqa: S102 - a plain import statement would be an unused one

    monkeypatch.undo()
    walls = {label: stage.wall for label, stage in watch.stages.items()}
    assert walls.keys() == {"rest", "import slow_pkg.part", "import slow_other"}
    assert 0.1 <= walls["import slow_pkg.part"] < 0.15
    assert 0.1 <= walls["import slow_other"] < 0.15
    for name in ("slow_pkg", "slow_pkg.part", "slow_other"):
        del sys.modules[name]


def test_the_profile_of_dq(passing: Path) -> None:
    lines, problems = profiling.measure(Job(passing, ROWS), rounds=1)
    rows = {line.split(" | ")[0].removeprefix("| "): line.split(" | ")[1:] for line in lines[2:]}

    assert problems == []  # a seam of dq that has moved belongs into benchmarks/runners/profiled.py
    assert {"import duckdb", "footers", "plan", "**queries**", "**whole process**"} <= rows.keys()
    scan = next(cells for stage, cells in rows.items() if stage.startswith("1. "))
    assert "created_at" in scan[0]
    assert float(scan[2]) > 0 < float(scan[6])
    stages = ("**imports**", "**stages without queries**", "**queries**")
    parts = [float(rows[name][2]) for name in (*stages, "interpreter starts", "interpreter ends")]
    assert sum(parts) == pytest.approx(float(rows["**whole process**"][2]), abs=len(rows))


def test_a_seam_that_is_gone_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.runners import profiled

    monkeypatch.setattr(profiled, "STAGES", (("dq.plan", "no_such", "plan"), ("dq.no_such", "x", "y")))
    for name in ("QUESTION", "SAMPLE"):
        monkeypatch.setattr(profiled, name, ("dq.verdict", "Verdict.no_such"))
    monkeypatch.setattr(profiled, "QUERIES", ())
    seams = profiled.Seams(Stopwatch("rest"))

    seams.place()

    assert seams.missing == [
        "dq.plan.no_such",
        "dq.no_such.x",
        "dq.verdict.Verdict.no_such",
        "dq.verdict.Verdict.no_such",
    ]


def test_medians_over_profiles() -> None:
    def stage(wall: float, peak: int) -> dict[str, object]:
        return {"wall": wall, "cpu": wall * 2, "peak": peak, "columns": ["a"], "asked": 3}

    once, twice = {"x": stage(1.0, 10)}, {"x": stage(4.0, 30), "y": stage(8.0, 5)}

    assert profiling.medians([once, twice, twice]) == [
        profiling.Line("x", 4.0, 8.0, resident(30), ("a",), 3),
        profiling.Line("y", 8.0, 16.0, resident(5), ("a",), 3),
    ]
