"""What the verbs `run` and `publish` say in the end, and the exit code that goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dq.cli.exit_codes import ExitCode, code_of_result, code_of_runs
from dq.cli.screen import Screen

if TYPE_CHECKING:
    from dq.flow.outcome import RunOutcome
    from dq.flow.runs import Runs

GO_ON = "what was done is recorded; to go on, give the same command with --skip-done"


def tell_outcome(screen: Screen, outcome: RunOutcome, fail_on: str) -> ExitCode:
    """Show one run, or print its document.

    Args:
        screen: where to.
        outcome: of the run.
        fail_on: as in `code_of_result`.

    Returns:
        The exit code.
    """
    from dq.cli.views import outcome_view

    code = code_of_result(outcome.result, fail_on, outcome.trouble)
    if screen.json:
        screen.document(outcome.to_dict())
    elif code or not screen.quiet:
        screen.show(outcome_view(outcome, verbose=screen.verbose))
    if outcome.failing_rows is not None:
        screen.remark(str(outcome.failing_rows))
    if outcome.trouble:
        screen.remark(outcome.trouble)
    return code


def tell_runs(screen: Screen, runs: Runs, fail_on: str, *, of: int, interrupted: bool = False) -> ExitCode:
    """Show the summary of many runs, or print its document.

    Args:
        screen: where to.
        runs: those that were done.
        fail_on: as in `code_of_result`.
        of: how many there are in all.
        interrupted: whether the rest was given up.

    Returns:
        The exit code, the worst of all.
    """
    from dq.report.runs import runs_view

    code = ExitCode.INTERRUPTED if interrupted else code_of_runs(runs, fail_on)
    if screen.json:
        screen.document(runs.to_dict() | {"interrupted": interrupted, "left": of - len(runs.partitions)})
    elif code or not screen.quiet:
        rows = [one.to_dict() for one in runs.partitions]
        screen.show(runs_view(runs.suite, rows, verbose=screen.verbose))
    for one in runs.partitions:
        if one.trouble or one.error:
            screen.remark(f"{one.partition}: {one.trouble or one.error}")
        if one.failing_rows is not None and (one.failing_rows.path or one.failing_rows.trouble):
            screen.remark(f"{one.partition}: {one.failing_rows}")
    if interrupted:
        screen.remark(f"interrupted after {len(runs.partitions):,} of {of:,} partitions; {GO_ON}")
    return code
