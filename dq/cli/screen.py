"""Where the words go: results to standard output, everything else to standard error.

With `--json`, standard output carries exactly one document. A reader that goes away early (`dq ... | head`)
silences the output and changes nothing else: the exit code stays true.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from dq.cli.problems import Problem


_LONGEST = 2000
"""Characters of one line on standard error; enough for any path, too few to flood a log."""


class Screen:
    """One command's output.

    Attributes:
        json: print one JSON document instead of words.
        quiet: print only what is wrong.
        verbose: print passes too, and traces of faults.
    """

    def __init__(self, json: bool = False) -> None:
        self.json = json
        self.quiet = False
        self.verbose = False
        for stream in (sys.stdout, sys.stderr):
            # A terminal without UTF-8, or a file name that is not text, must not end the command.
            getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")

    def document(self, data: Mapping[str, Any]) -> None:
        """The one JSON document of this command. ASCII, so that any reader can take it."""
        self._write(sys.stdout, json.dumps(finite(data), indent=2, allow_nan=False, default=str) + "\n")

    def show(self, *renderables: RenderableType) -> None:
        """Words and tables for people. Text in a renderable must be escaped already."""
        console = self.console()
        with console.capture() as captured:
            for renderable in renderables:
                console.print(renderable, crop=False)
        text = "\n".join(line.rstrip() for line in captured.get().split("\n"))
        self._write(sys.stdout, text)

    def text(self, text: str) -> None:
        """Text as it is, ended by one line break."""
        self._write(sys.stdout, text.rstrip("\n") + "\n")

    def console(self) -> Console:
        """A console on standard output. Colours only on a terminal, and never with NO_COLOR."""
        from dq.report.terminal import new_console

        return new_console(sys.stdout)

    @contextmanager
    def aside(self) -> Iterator[Console]:
        """A console for a long story: standard output, but standard error beside a JSON document."""
        from dq.report.terminal import new_console

        stream = sys.stderr if self.json else sys.stdout
        console = new_console(stream)
        console.quiet = self.quiet
        try:
            yield console
        except (BrokenPipeError, SystemExit):  # rich turns the one into the other, with the code of bad data
            _silence(stream)
            raise click.exceptions.Exit(0) from None

    def remark(self, message: str) -> None:
        """One line on standard error; each line of the message gets its own prefix."""
        from dq.report.text import plain

        lines = [f"dq: {plain(line, _LONGEST)}" for line in message.splitlines() if line.strip()]
        self._write(sys.stderr, "\n".join(lines) + "\n" if lines else "")

    def problem(self, problem: Problem, error: BaseException, *, trace: bool) -> None:
        """Why the command ended early: on standard error, and with `--json` on standard output as well."""
        if trace and problem.unexpected:
            self._write(sys.stderr, "".join(traceback.format_exception(error)))
        for line in (*problem.lines, problem.hint):
            self.remark(line)
        if self.json:
            self.document(problem.to_dict())

    @contextmanager
    def progress(self, text: str) -> Iterator[None]:
        """Says on standard error that work is under way; only to a person at a terminal."""
        if self.quiet or not sys.stderr.isatty():
            yield
            return
        from rich.console import Console
        from rich.text import Text

        from dq.report.text import plain

        with Console(stderr=True, highlight=False).status(Text(f"{plain(text)} ...", style="dim")):
            yield

    @contextmanager
    def bar(self, text: str) -> Iterator[Callable[[int, int], None]]:
        """A progress bar on standard error: only for a person at a terminal, and not beside a document.

        Yields:
            To be called with how many are done, and of how many.
        """
        if self.quiet or self.json or not sys.stderr.isatty():
            yield lambda _done, _total: None
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        from dq.report.terminal import new_console
        from dq.report.text import plain

        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
        with Progress(
            *columns, TimeRemainingColumn(), console=new_console(sys.stderr), transient=True
        ) as shown:
            task = shown.add_task(plain(text), total=None)
            yield lambda done, total: shown.update(task, completed=done, total=total)

    def close(self) -> None:
        """Hand everything over to the reader, if there still is one."""
        self._write(sys.stdout, "", flush=True)

    def _write(self, stream: IO[str], text: str, *, flush: bool = False) -> None:
        try:
            stream.write(text)
            if flush or stream is sys.stderr:
                stream.flush()
        except BrokenPipeError:
            _silence(stream)


def _silence(stream: IO[str]) -> None:
    """Sends the rest to nowhere, so that the interpreter's own last flush does not complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    finally:
        os.close(nowhere)


def finite(value: Any) -> Any:
    """The same with NaN and infinities, which JSON lacks, as text."""
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return repr(value)
    if isinstance(value, Mapping):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value
