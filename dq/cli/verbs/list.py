"""`dq list`: the expectations that suites may name."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import click

from dq.cli import options
from dq.cli.screen import Screen

if TYPE_CHECKING:
    from rich.console import RenderableType


@click.command(short_help="List the expectations that suites may name.")
@click.argument("word", required=False)
@options.screen_options
def command(screen: Screen, word: str | None) -> int:
    """List the expectations that suites may name; with WORD, those whose name or description holds it.

    Short names stand under a column or under `table:`; full names stand in `expectations:`.
    """
    rows = [row for row in _rows() if word is None or word.lower() in " ".join(row.values()).lower()]
    if screen.json:
        screen.document({"expectations": rows})
    elif rows:
        screen.show(_view(rows))
    else:
        screen.remark(f"no expectation speaks of '{word}'; `dq list` shows all of them")
    return 0


def _rows() -> list[dict[str, str]]:
    """Every expectation, columns' first, by short name."""
    from dq.expectations import vocabulary

    rows = [
        {
            "level": cls.level,
            "short": cls.short,
            "type": cls.type,
            "description": (inspect.getdoc(cls) or "").split("\n\n")[0].replace("\n", " "),
        }
        for cls in vocabulary().values()
    ]
    return sorted(rows, key=lambda row: (row["level"], row["short"]))


def _view(rows: list[dict[str, Any]]) -> RenderableType:
    from rich.console import Group
    from rich.table import Table

    from dq.cli.views import line

    parts: list[RenderableType] = []
    for level in dict.fromkeys(row["level"] for row in rows):
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True, min_width=18)
        table.add_column(overflow="fold")
        for row in (row for row in rows if row["level"] == level):
            table.add_row(line(row["short"], "bold"), line(row["description"]))
            table.add_row("", line(row["type"], "dim"))
        parts += [line(f"{level} expectations", "dim"), table, line("")]
    return Group(*parts[:-1])
