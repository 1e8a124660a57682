"""`kill -9` at random moments of a process that talks to a server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from all_worlds import REMOTE_KINDS
from remote_worlds import Server

import dq

SCRIPT = Path(__file__).with_name("kill_lakes.py")
FEW, MANY = 2, 500


def kill(server: Server, kind: str, folder: Path, rounds: int) -> dict[str, int]:
    assert server.options.endpoint is not None
    command = [
        sys.executable,
        str(SCRIPT),
        server.options.endpoint,
        kind,
        str(folder),
        str(rounds),
        "20130208",
    ]
    places = [str(Path(dq.__file__).parents[1]), str(SCRIPT.parent), str(SCRIPT.parents[1] / "aws")]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60 + 10 * rounds,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, int] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and signals")
@pytest.mark.parametrize("kind", REMOTE_KINDS)
def test_kill(server: Server, kind: str, tmp_path: Path) -> None:
    assert kill(server, kind, tmp_path, FEW)["rounds"] == FEW


@pytest.mark.soak
@pytest.mark.parametrize("kind", REMOTE_KINDS)
def test_many_kills(server: Server, kind: str, tmp_path: Path) -> None:
    seen = kill(server, kind, tmp_path, MANY)
    assert seen["died"] >= MANY // 3
