"""`kill -9` at random moments."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("kill_rounds.py")


@pytest.mark.skipif(not hasattr(sys, "setdlopenflags"), reason="needs fork and signals")
@pytest.mark.parametrize(("kind", "rounds"), [("local-pointer", 100), ("local-folder", 100)])
def test_kill_at_random_moments(tmp_path: Path, kind: str, rounds: int) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path), kind, str(rounds), "20130208"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout)
    assert seen["rounds"] == rounds
    assert seen["died"] >= rounds // 3
    assert len(seen["states"]) >= 3
