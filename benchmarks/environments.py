"""An environment of its own for every peer, made once from the pinned versions in `requirements/`.

Nothing here is told where packages come from: pip's own configuration decides.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements")
HOME = Path(__file__).with_name("envs")
TIME_LIMIT = 1200.0
"""Seconds that making one environment may take."""


class UnavailableError(Exception):
    """An environment cannot be made; the text says why."""


def python(peer: str, home: Path | None = None) -> Path:
    """The interpreter of a peer's environment, which is made first if it is not there.

    Args:
        peer: name of a file in `requirements/`, without `.txt`.
        home: where environments are kept; None for `benchmarks/envs`.

    Raises:
        UnavailableError: it cannot be made. What pip said is in `NAME.log` beside the environment.
    """
    home = home or HOME
    asked = (REQUIREMENTS / f"{peer}.txt").read_text()
    # The version of Python is part of it: an environment does not work with another one.
    wanted = hashlib.sha256(f"{sys.version}\n{asked}".encode()).hexdigest()
    folder, log = home / peer, home / f"{peer}.log"
    stamp = folder / "made-from"
    program = folder / "bin" / "python"
    if stamp.is_file() and stamp.read_text() == wanted:
        return program
    print(f"Making the environment of {peer} ...", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    home.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(program)]
    with log.open("w") as said:
        for command in (
            [sys.executable, "-m", "venv", "--without-pip", str(folder)],
            [*pip, "install", "--quiet", "--requirement", str(REQUIREMENTS / f"{peer}.txt")],
        ):
            try:
                subprocess.run(command, stdout=said, stderr=said, timeout=TIME_LIMIT, check=True)
            except (subprocess.SubprocessError, OSError) as error:
                raise UnavailableError(f"{peer}: no environment: {_reason(log, error)}") from error
    stamp.write_text(wanted)
    return program


def _reason(log: Path, error: Exception) -> str:
    """Last line of pip that says an error, or what went wrong with the command."""
    said = [line for line in log.read_text().splitlines() if "ERROR" in line]
    return said[-1] if said else str(error)
