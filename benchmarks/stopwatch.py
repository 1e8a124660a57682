"""A stopwatch for the stages of one process: every moment is charged to exactly one stage.

Stages nest; time goes to the innermost, so the sum over all stages is the whole. Only the standard library
is imported.
"""

from __future__ import annotations

import builtins
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Stage:
    """What one stage cost so far.

    Attributes:
        label: its name.
        wall: seconds.
        cpu: seconds of processor time over all threads.
        peak: largest resident memory of the process when the stage last ended, in KiB on Linux.
        columns: names of the columns that its queries read.
        asked: how many metrics it answers; 0 for a stage that is no question.
    """

    label: str
    wall: float = 0.0
    cpu: float = 0.0
    peak: int = 0
    columns: set[str] = field(default_factory=set)
    asked: int = 0


class Stopwatch:
    """Charges wall and processor time to the innermost open stage, from the moment it is made.

    Attributes:
        stages: by label, in the order of first use.
        cpu_before: processor seconds that the process had taken by then.
    """

    def __init__(self, first: str) -> None:
        self.stages: dict[str, Stage] = {}
        self.cpu_before = time.process_time()
        self._open = [self.stage(first)]
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def stage(self, label: str) -> Stage:
        """The stage of this name, in the order of first use."""
        return self.stages.setdefault(label, Stage(label))

    @property
    def current(self) -> str:
        """Label of the innermost open stage."""
        return self._open[-1].label

    @contextmanager
    def during(self, label: str) -> Iterator[Stage]:
        """Charge this block to a stage."""
        self.charge()
        stage = self.stage(label)
        self._open.append(stage)
        try:
            yield stage
        finally:
            self.charge()
            self._open.pop()

    def charge(self) -> None:
        """Charge the time since the last charge to the innermost stage."""
        wall, cpu = time.perf_counter(), time.process_time()
        stage = self._open[-1]
        stage.wall += wall - self._wall
        stage.cpu += cpu - self._cpu
        stage.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self._wall, self._cpu = wall, cpu

    def watch_imports(self, split: str) -> None:
        """From now on charge the loading of packages to stages `import NAME`.

        Modules of the standard library, and relative imports, are charged to whoever imports them.

        Args:
            split: the package whose subpackages have stages of their own.
        """
        plain = builtins.__import__

        def timed(name: str, *others: Any, **named: Any) -> Any:
            package = name.partition(".")[0]
            if name in sys.modules or package in sys.stdlib_module_names or (others[3:] or (0,))[0]:
                return plain(name, *others, **named)
            with self.during(f"import {'.'.join(name.split('.')[:2]) if package == split else package}"):
                return plain(name, *others, **named)

        builtins.__import__ = timed
