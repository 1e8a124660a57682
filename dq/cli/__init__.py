"""The command line: `dq VERB`. One file per verb; a verb's libraries are imported when it runs.

`dq --help` and `dq VERB --help` load click and nothing heavier.
"""

from __future__ import annotations

from collections.abc import Sequence


def main(args: Sequence[str] | None = None) -> int:
    """Carry out one command line.

    Args:
        args: the words after `dq`; None for the process's own.

    Returns:
        The exit code, see `dq.cli.exit_codes.ExitCode`. Errors are told on standard error, not raised.
    """
    from dq.cli.app import cli

    code: int = cli.main(args, prog_name="dq", standalone_mode=False)
    return code


def reference() -> str:
    """Every verb with its options, and the exit codes, as the Markdown of `docs/cli.md`."""
    from dq.cli.manual import reference as made

    return made()


__all__ = ["main", "reference"]
