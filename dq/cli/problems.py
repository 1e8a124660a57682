"""Exceptions in words: what is told on standard error, and its JSON twin."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dq.cli.exit_codes import ExitCode, code_of_error
from dq.errors import DQError

_POSITION = re.compile(r"(?P<position>[^\n]+?:\d+:\d+): (?P<message>.*)", re.DOTALL)


@dataclass(frozen=True)
class Problem:
    """Why a verb ended without doing its work.

    Attributes:
        code: the exit code.
        type: name of the exception.
        lines: one problem each, positions first.
        hint: what to do next; empty when the lines say it.
        unexpected: whether it is a fault of dq itself.
    """

    code: ExitCode
    type: str
    lines: tuple[str, ...]
    hint: str = ""
    unexpected: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The document that `--json` prints instead of a result."""
        problems = [
            found.groupdict() if (found := _POSITION.fullmatch(line)) else {"position": "", "message": line}
            for line in self.lines
        ]
        return {
            "error": {
                "type": self.type,
                "exit_code": int(self.code),
                "message": "\n".join(self.lines),
                "problems": problems,
                "hint": self.hint,
            }
        }


@dataclass(frozen=True)
class Debug:
    """Whether traces are wanted.

    Attributes:
        verbose: `--verbose` was given.
        environ: the environment; `DQ_DEBUG` asks for traces, unless it is empty or `0`.
    """

    verbose: bool = False
    environ: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    @property
    def wanted(self) -> bool:
        """Whether a trace is to be printed."""
        return self.verbose or self.environ.get("DQ_DEBUG", "0") not in ("", "0")


def problem_of(error: BaseException) -> Problem:
    """What to tell about an exception. Data values never come in: unexpected messages are left out."""
    import click

    code, name = code_of_error(error), type(error).__name__
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return Problem(code, "Interrupted", ("interrupted",))
    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx else "dq"
        return Problem(code, "UsageError", (_sentence(error),), f"try: {path} --help")
    if isinstance(error, click.ClickException):
        return Problem(code, "UsageError", (_sentence(error),))
    if isinstance(error, DQError):
        return Problem(code, name, tuple(line for line in str(error).splitlines() if line.strip()) or (name,))
    if isinstance(error, ModuleNotFoundError) and not str(error.name).startswith("dq"):
        return Problem(code, name, (f"the package '{error.name}' is needed for this and is not installed",))
    if isinstance(error, OSError) and error.errno is not None:
        what = os.strerror(error.errno)
        return Problem(code, name, (f"{os.fsdecode(error.filename)}: {what}" if error.filename else what,))
    text = f"unexpected {name}{_place(error)}; this is a fault in dq, not in your data"
    return Problem(code, name, (text,), "to see the trace, add --verbose or set DQ_DEBUG=1", True)


def _sentence(error: Any) -> str:
    return str(error.format_message()).rstrip(".")


def _place(error: BaseException) -> str:
    """The last line of dq's own code that the exception went through."""
    own, place, trace = Path(__file__).parents[1], "", error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if own in file.parents:
            place = f" in dq/{file.relative_to(own).as_posix()}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
