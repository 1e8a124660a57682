"""Run whole processes and read from the kernel what they cost.

Each child is started, waited for with `wait4`, and charged with all of it: interpreter start, imports, work.
The measuring process must stay small: on Linux a child's peak memory starts from that of the process which
started it. So nothing here, and nothing that imports this, may load DuckDB.
"""

from __future__ import annotations

import contextlib
import os
import re
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
ERROR = re.compile(r"(\w+\.)*\w*(Error|Exception)\b.*:")
"""The line of a traceback that names the error."""
LOOK = 0.1
"""Seconds between two looks at a running process."""


@dataclass(frozen=True)
class Limits:
    """What a process may take before it is ended.

    Attributes:
        seconds: wall time.
        memory: resident bytes of the process with its children; None for no limit. Seen on Linux only.
    """

    seconds: float = 1800.0
    memory: int | None = None


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
        ended: why it was ended from here; empty if it was not.
    """

    cost: Cost
    status: int
    output: str
    errors: str
    ended: str = ""

    @property
    def complaint(self) -> str:
        """Why it was ended, else the error or the last line of standard error, else the exit status."""
        if self.ended:
            return self.ended
        lines = self.errors.strip().splitlines()
        # What a library adds below its error, such as an address, does not say what happened.
        errors = [line for line in lines if ERROR.match(line)]
        return (errors or lines or [f"exit status {self.status}"])[-1]


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


def run(command: Sequence[str], limits: Limits | None = None) -> Run:
    """Run one command in the project's folder, to its end, and measure it.

    Args:
        command: program and arguments.
        limits: beyond them the process is killed with all that it started; its status is then -9.

    Raises:
        FileNotFoundError: there is no such program.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        # A session of its own, so that killing it takes its children along.
        child = subprocess.Popen(command, stdout=output, stderr=errors, cwd=ROOT, start_new_session=True)
        guard = Guard(child.pid, limits or Limits())
        guard.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            os.killpg(child.pid, signal.SIGKILL)
            raise
        finally:
            guard.stop()
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        cost = Cost(wall, usage.ru_utime + usage.ru_stime, resident(usage.ru_maxrss))
        return Run(cost, child.returncode, output.read(), errors.read(), guard.reason)


class Guard(threading.Thread):
    """Kills a session that takes more than it may.

    Attributes:
        reason: why it was killed; empty as long as it was not.
    """

    def __init__(self, pid: int, limits: Limits) -> None:
        super().__init__(daemon=True)
        self.reason = ""
        self._pid = pid
        self._limits = limits
        self._over = threading.Event()

    def run(self) -> None:
        """Look until the process has ended, or has to be."""
        end = time.monotonic() + self._limits.seconds
        while not self._over.wait(LOOK):
            memory = self._limits.memory
            if time.monotonic() > end:
                self.reason = f"ended after {self._limits.seconds:.0f} s"
            elif memory is not None and memory_of(self._pid) > memory:
                self.reason = f"ended beyond {memory / 1e9:.1f} GB"
            if self.reason:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._pid, signal.SIGKILL)
                return

    def stop(self) -> None:
        """Look no longer."""
        self._over.set()
        self.join()


def memory_of(pid: int) -> int:
    """Resident bytes of a process and its descendants; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(memory_of(int(child)) for child in children)


def module(name: str, *arguments: str, python: str | Path = sys.executable) -> list[str]:
    """Command that runs a module, with this interpreter if no other is named."""
    return [str(python), "-m", name, *arguments]


def interleaved(
    commands: Mapping[str, Sequence[str]], rounds: int, limits: Limits | None = None
) -> dict[str, list[Run]]:
    """Run every command once per round: A B C A B C, so that a slow spell of the machine hits all alike.

    A command that fails is not run again; its list then ends with the failed run.
    """
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            if not runs[name] or runs[name][-1].status == 0:
                runs[name].append(run(command, limits))
    return runs


def resident(maxrss: int) -> int:
    """Bytes of `ru_maxrss`. Linux counts `ru_maxrss` in KiB, macOS in bytes."""
    return maxrss if sys.platform == "darwin" else maxrss * 1024
