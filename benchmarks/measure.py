"""Run whole processes and read from the kernel what they cost.

Each child is started, waited for with `wait4`, and charged with all of it: interpreter start, imports, work.
The measuring process must stay small: on Linux a child's peak memory starts from that of the process which
started it. So nothing here, and nothing that imports this, may load DuckDB.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TIME_LIMIT = 1800.0
"""Seconds after which a run is ended."""


@dataclass(frozen=True)
class Cost:
    """What one process cost.

    Attributes:
        wall: seconds from start to end.
        cpu: seconds of processor time, user and system, over all threads.
        peak: largest resident memory, in bytes.
    """

    wall: float
    cpu: float
    peak: int


@dataclass(frozen=True)
class Run:
    """One process that has ended.

    Attributes:
        cost: what it cost.
        status: exit status; negative is the signal that ended it.
        output: standard output.
        errors: standard error.
    """

    cost: Cost
    status: int
    output: str
    errors: str

    @property
    def complaint(self) -> str:
        """Last line of standard error, or the exit status if there is none."""
        lines = self.errors.strip().splitlines()
        return lines[-1] if lines else f"exit status {self.status}"


@dataclass(frozen=True)
class Spread:
    """Smallest, middle and largest of several measurements."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Spread of at least one value; an even number of values has the mean of the middle two as median."""
        return cls(min(values), statistics.median(values), max(values))


def run(command: Sequence[str], time_limit: float = TIME_LIMIT) -> Run:
    """Run one command in the project's folder, to its end, and measure it.

    Args:
        command: program and arguments.
        time_limit: seconds after which the process is killed; its status is then -9.

    Raises:
        FileNotFoundError: there is no such program.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=output, stderr=errors, cwd=ROOT)
        alarm = threading.Timer(time_limit, os.kill, (child.pid, signal.SIGKILL))
        alarm.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
        finally:
            alarm.cancel()
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        cost = Cost(wall, usage.ru_utime + usage.ru_stime, resident(usage.ru_maxrss))
        return Run(cost, child.returncode, output.read(), errors.read())


def module(name: str, *arguments: str) -> list[str]:
    """Command that runs a module with this interpreter."""
    return [sys.executable, "-m", name, *arguments]


def interleaved(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, list[Run]]:
    """Run every command once per round: A B C A B C, so that a slow spell of the machine hits all alike.

    A command that fails is not run again; its list then ends with the failed run.
    """
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            if not runs[name] or runs[name][-1].status == 0:
                runs[name].append(run(command))
    return runs


def resident(maxrss: int) -> int:
    """Bytes of `ru_maxrss`. Linux counts `ru_maxrss` in KiB, macOS in bytes."""
    return maxrss if sys.platform == "darwin" else maxrss * 1024
