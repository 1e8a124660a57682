"""Small pieces of Markdown that generated pages are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, ending with a line break. Bars in cells are escaped; line breaks become spaces."""
    lines = [_row(head), "|" + "---|" * len(head), *(_row(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("\n", " ").replace("|", r"\|") for cell in cells) + " |"


def code(text: str) -> str:
    """Text as code, whatever backticks it holds."""
    fence = "``" if "`" in text else "`"
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def linked(text: str, target: str) -> str:
    """Code that is a link."""
    return f"[{code(text)}]({target})"
