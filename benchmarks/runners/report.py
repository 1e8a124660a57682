"""What every runner is told and what it answers: arguments in, one line of JSON out.

Only the standard library is imported, and little of it: this is on the clock of every runner.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

USAGE = "DATADIR ROWS [--failing] [--checks=31|100] [--memory-limit=SIZE]"


@dataclass(frozen=True)
class Job:
    """One run's task.

    Attributes:
        folder: what `benchmarks.orders` made.
        rows: how many rows it was made with; some bounds depend on it.
        failing: whether counts and samples of bad rows are wanted from runners that must be told.
        checks: how many checks, 31 or 100.
        memory_limit: what an engine may take, such as `256MB`; empty for its own default.
    """

    folder: Path
    rows: int
    failing: bool = False
    checks: int = 31
    memory_limit: str = ""

    def arguments(self) -> list[str]:
        """This task as the arguments that `job_from` reads."""
        return [
            str(self.folder),
            str(self.rows),
            f"--checks={self.checks}",
            *(["--failing"] if self.failing else []),
            *([f"--memory-limit={self.memory_limit}"] if self.memory_limit else []),
        ]


@dataclass(frozen=True)
class Finding:
    """One check's answer.

    Attributes:
        outcome: `pass`, `fail`, `error` or `untested`.
        unexpected: exact number of rows that break the check; None where the runner does not count them.
    """

    outcome: str
    unexpected: int | None = None

    @classmethod
    def of(cls, passed: bool, unexpected: int | None = None) -> Finding:
        """A pass or a fail."""
        return cls("pass" if passed else "fail", unexpected)


@dataclass(frozen=True)
class Answer:
    """What a runner said.

    Attributes:
        findings: by check id; empty for a runner that only reads.
        queries: how many queries it sent; None when it does not know.
        notes: what it says otherwise than the list of checks does, in a few words.
    """

    findings: Mapping[str, Finding]
    queries: int | None = None
    notes: str = ""


def job_from(runner: str, arguments: list[str]) -> Job:
    """Read `DATADIR ROWS` and options; leaves the process with a usage line if that is not what was given."""
    words = [word for word in arguments if not word.startswith("--")]
    options = dict(word[2:].partition("=")[::2] for word in arguments if word.startswith("--"))
    checks, limit = options.pop("checks", "31"), options.pop("memory-limit", "")
    failing = options.pop("failing", None) is not None
    if len(words) != 2 or not words[1].isdigit() or checks not in ("31", "100") or options:
        raise SystemExit(f"usage: python -m benchmarks.runners.{runner} {USAGE}")
    return Job(Path(words[0]), int(words[1]), failing, int(checks), limit)


def emit(findings: Mapping[str, Finding], queries: int | None = None, notes: str = "") -> None:
    """Print the answer as one line of JSON."""
    verdicts = {id_: [finding.outcome, finding.unexpected] for id_, finding in findings.items()}
    print(json.dumps({"verdicts": verdicts, "queries": queries, "notes": notes}))


def read(text: str) -> Answer:
    """Read what `emit` printed; it is the last line, so that a runner may say other things before it.

    Raises:
        ValueError: the last line is not an answer.
    """
    lines = text.strip().splitlines()
    if not lines:
        raise ValueError("The runner printed nothing; expected one line of JSON.")
    document = json.loads(lines[-1])
    if not isinstance(document, dict) or "verdicts" not in document:
        raise ValueError("The runner's last line is not an answer; expected an object with `verdicts`.")
    findings = {id_: Finding(outcome, count) for id_, (outcome, count) in document["verdicts"].items()}
    return Answer(findings, document.get("queries"), document.get("notes", ""))
