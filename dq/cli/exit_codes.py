"""What the process says when it ends: one number, decided here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING

from dq.errors import ConfigError, ExpectationFailed, RollbackError, SuiteError, UsageError

if TYPE_CHECKING:
    from dq.flow.runs import Runs
    from dq.result import Result, Status
    from dq.verdict import Severity


class ExitCode(IntEnum):
    """The exit codes of `dq`."""

    PASSED = 0
    """The data is good, or has warnings only; or the verb did what it was asked for."""
    BAD_DATA = 1
    """A critical expectation failed, or the data is untested."""
    USAGE = 2
    """The command line, the suite or the configuration is wrong."""
    COULD_NOT_LOOK = 3
    """The data, the engine or the store could not be used, so nothing is known."""
    NOT_ROLLED_BACK = 4
    """A rollback or a publish was wanted, and was refused or is incomplete."""
    INTERRUPTED = 130
    """Stopped from the keyboard."""


def code_of_error(error: BaseException) -> ExitCode:
    """The exit code for an exception. What is not listed counts as 'could not look'."""
    import click

    if isinstance(error, KeyboardInterrupt | click.Abort):
        return ExitCode.INTERRUPTED
    if isinstance(error, UsageError | ConfigError | SuiteError | click.ClickException):
        return ExitCode.USAGE
    if isinstance(error, RollbackError):
        return ExitCode.NOT_ROLLED_BACK
    if isinstance(error, ExpectationFailed):
        return ExitCode.BAD_DATA
    return ExitCode.COULD_NOT_LOOK


def code_of_result(result: Result, fail_on: str = "critical", trouble: str = "") -> ExitCode:
    """The exit code for a result.

    Args:
        result: of a validation.
        fail_on: `critical`, or `warning` to let failed warnings count as bad data.
        trouble: why a wanted rollback was refused or is incomplete. It has no say when the data is good: then
            none was wanted.
    """
    return _code(result.status, [verdict.severity for verdict in result.failed], fail_on, trouble)


def code_of_runs(runs: Runs, fail_on: str = "critical") -> ExitCode:
    """The exit code for many runs: the worst, which is the largest.

    Args:
        runs: a summary per partition; one that could not be looked at counts as such.
        fail_on: as in `code_of_result`.
    """
    codes = [
        ExitCode.COULD_NOT_LOOK
        if one.status is None
        else _code(one.status, one.failed.values(), fail_on, one.trouble)
        for one in runs.partitions
    ]
    return max(codes, default=ExitCode.PASSED)


def _code(status: Status, failed: Iterable[Severity], fail_on: str, trouble: str) -> ExitCode:
    if trouble and not status.good:
        return ExitCode.NOT_ROLLED_BACK
    if status.value == "error":
        return ExitCode.COULD_NOT_LOOK
    if not status.good:
        return ExitCode.BAD_DATA
    warned = any(severity.value != "info" for severity in failed)
    return ExitCode.BAD_DATA if fail_on == "warning" and warned else ExitCode.PASSED


def meaning(code: ExitCode) -> str:
    """One sentence on a code, for the reference."""
    return _MEANINGS[code]


_MEANINGS = {
    ExitCode.PASSED: "The data is good or has warnings only (see `--fail-on`); the verb did its work.",
    ExitCode.BAD_DATA: "The data is bad or untested.",
    ExitCode.USAGE: "The command line, the suite or the configuration is wrong.",
    ExitCode.COULD_NOT_LOOK: "dq could not look: the data, the engine or the store cannot be used.",
    ExitCode.NOT_ROLLED_BACK: "A rollback or a publish was wanted, and was refused or is incomplete.",
    ExitCode.INTERRUPTED: "Stopped from the keyboard.",
}
