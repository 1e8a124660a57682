"""Who ran what, with which code, on how much of the machine."""

from __future__ import annotations

import functools
import getpass
import platform
import resource
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PARTS = ("duckdb", "pyarrow", "sqlglot")


def user() -> str:
    """The name of who runs this; empty where the system does not say."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def code_revision(folder: Path) -> str:
    """Commit of the checkout around a folder, with `-dirty` when it has changes; empty without one."""
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command on a folder of the caller
            [  # noqa: S607 - git as the user has it
                "git",
                "-C",
                str(folder),
                "describe",
                "--always",
                "--dirty",
                "--abbrev=40",
                "--exclude=*",
            ],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def versions() -> dict[str, str]:
    """Versions of Python, dq and the libraries that a verdict depends on."""
    return dict(_versions())


@functools.cache
def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in ("dq-lake", *_PARTS):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found


def peak_memory() -> int:
    """Largest resident size of this process so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
