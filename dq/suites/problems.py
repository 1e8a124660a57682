"""All that is wrong with a suite, collected and raised at once."""

from __future__ import annotations

from pathlib import Path

from dq.errors import Position, SuiteError
from dq.markup.document import Document, Path_

MOST_SHOWN = 10


class Problems:
    """What was found wrong in one document.

    Args:
        document: where positions come from.
        root: the project root, for files that a suite names.
    """

    def __init__(self, document: Document, root: Path | None = None) -> None:
        self.document = document
        self.root = root or Path()
        self.found: list[tuple[Position | None, str]] = []

    def add(self, path: Path_, message: str, *, key: bool = False) -> None:
        """Note a problem at a value, or at its key."""
        position = self.document.position(path, key=key)
        text = _printable(message if position or not path else f"{place(path)}: {message}")
        if (position, text) not in self.found:
            self.found.append((position, text))

    def stop(self) -> None:
        """Raise what was found, if anything, in the order of the file; at most ten are listed.

        Raises:
            SuiteError: something was found. Its position is that of the first problem.
        """
        if not self.found:
            return
        found = sorted(self.found, key=lambda item: (item[0].line, item[0].column) if item[0] else (0, 0))
        lines = [found[0][1]]
        lines += [f"{position}: {text}" if position else text for position, text in found[1:MOST_SHOWN]]
        if len(found) > MOST_SHOWN:
            lines.append(f"and {len(found) - MOST_SHOWN} more.")
        raise SuiteError("\n".join(lines), found[0][0])


def place(path: Path_) -> str:
    """Where something stands, for people: `columns.amount[0]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _printable(text: str) -> str:
    """The text with control characters written out, so that no name in a suite can steer a terminal."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
