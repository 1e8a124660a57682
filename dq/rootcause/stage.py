"""Where the failing rows were born: in the input, or in the transformation. Says what was not looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from dq.rootcause.model import plain

_MOSTLY = 0.9


class StageName(str, Enum):
    """The stage that the evidence matches."""

    INPUT = "input"
    TRANSFORMATION = "transformation"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class InputRun:
    """The input suite's run on the same partition.

    Attributes:
        suite: name of the input suite.
        run_id: its run.
        status: `pass`, `warn`, `fail`, `untested` or `error`.
        failed: ids of its failed expectations.
    """

    suite: str
    run_id: str
    status: str
    failed: tuple[str, ...] = ()


@dataclass(frozen=True)
class StageFacts:
    """What is known about the step before.

    Attributes:
        has_input: whether the dataset is made from another one; a raw dataset is not.
        input_run: the input suite's run on the same partition; None when there is none.
        input_failing: rows of the input on which the failing condition is already true; None when not
            counted.
        output_failing: failing rows of the output, counted with the same condition.
    """

    has_input: bool = True
    input_run: InputRun | None = None
    input_failing: int | None = None
    output_failing: int | None = None


@dataclass(frozen=True)
class StageFinding:
    """The stage, why, and what was looked at.

    Attributes:
        stage: the stage that the evidence matches.
        text: one or two sentences.
        looked_at: what was looked at.
        not_looked_at: what was not.
    """

    stage: StageName
    text: str
    looked_at: tuple[str, ...] = ()
    not_looked_at: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly; read back by `from_dict` without loss."""
        return plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> StageFinding:
        """The inverse of `to_dict`."""
        return cls(
            StageName(data["stage"]), data["text"], tuple(data["looked_at"]), tuple(data["not_looked_at"])
        )


_REPLAY = "the transformation was not replayed"
_ROWS = "the failing rows were not traced to rows of the input"
_RUN = "no run of the input suite on these bytes of the partition"


def judge_stage(facts: StageFacts) -> StageFinding:
    """Match the evidence with a stage.

    Rows outrank runs: when the failing condition was counted on the input, that decides. Without it, the
    input suite's run on the same partition does. Nothing here proves a cause; only a replay would.
    """
    if not facts.has_input:
        text = "The dataset is raw: no transformation of this pipeline ran before the check."
        return StageFinding(StageName.INPUT, text, ("the suite, which names no input",), ())
    looked, missing = _looked(facts)
    stage, text = _by_rows(facts) or _by_run(facts.input_run)
    return StageFinding(stage, text, looked, missing)


def _looked(facts: StageFacts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    looked: list[str] = []
    missing: list[str] = []
    run = facts.input_run
    if run is not None:
        looked.append(f"run {run.run_id} of input suite {run.suite} on this partition")
    else:
        missing.append(_RUN)
    if facts.input_failing is not None:
        looked.append("the failing condition, counted on the input")
    else:
        missing.append(_ROWS)
    return tuple(looked), (*missing, _REPLAY)


def _by_rows(facts: StageFacts) -> tuple[StageName, str] | None:
    already, failing = facts.input_failing, facts.output_failing
    if already is None or not failing:
        return None
    count = f"{already:,} input rows already meet the failing condition; {failing:,} output rows do."
    if already >= _MOSTLY * failing:
        return StageName.INPUT, f"Matches the input. {count}"
    if already <= (1 - _MOSTLY) * failing:
        return StageName.TRANSFORMATION, f"Matches the transformation. {count}"
    return StageName.UNKNOWN, f"Matches both the input and the transformation. {count}"


def _by_run(run: InputRun | None) -> tuple[StageName, str]:
    if run is None:
        return StageName.UNKNOWN, "Not known: the input suite has no run on this partition."
    if run.status == "fail":
        failed = ", ".join(run.failed) or "unnamed expectations"
        return StageName.INPUT, f"Matches the input: its suite failed on this partition too ({failed})."
    if run.status in ("pass", "warn"):
        also = f" with warnings ({', '.join(run.failed)})" if run.failed else ""
        return (
            StageName.TRANSFORMATION,
            f"Matches the transformation: the input suite passed on this partition{also}.",
        )
    return StageName.UNKNOWN, f"Not known: the input suite's run on this partition ended as {run.status}."
