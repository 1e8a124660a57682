"""What `dq list` shows: many expectations in a line or two, one in full, names of another tool."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dq.cli.views import line

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

    from dq.expectations.described import Argument, Description
    from dq.expectations.traits import Tool

_LABEL = 12
"""Characters of a label, with the space behind it."""
_WHERE = {"column": "a column", "table": "the table"}


def list_view(found: Sequence[Description]) -> RenderableType:
    """Short name, what it says, and the full name, by level."""
    from rich.console import Group

    parts: list[RenderableType] = []
    for level in dict.fromkeys(about.level for about in found):
        table = _columns(18)
        for about in (about for about in found if about.level == level):
            table.add_row(line(about.short, "bold"), line(_plain(about.summary)))
            table.add_row("", line(about.type, "dim"))
        parts += [line(f"{level} expectations", "dim"), table, line("")]
    return Group(*parts[:-1])


def names_view(found: Sequence[Description], tool: Tool, word: str) -> RenderableType:
    """Names of another tool, and the expectation that asks the same."""
    from rich.console import Group

    from dq.expectations.traits import TOOLS

    table = _columns(18)
    for about in found:
        names = [name for name in about.equivalents[tool] if word.lower() in name.lower()]
        table.add_row(line(about.short, "bold"), _lines(names))
        table.add_row("", line(f"{about.level}: {about.type}", "dim"))
    return Group(line(f"here, and in {TOOLS[tool]}", "dim"), table)


def full_view(found: Sequence[Description], also: Sequence[Description] = ()) -> RenderableType:
    """Everything there is to say of an expectation, or of two of the same short name.

    Args:
        found: to show.
        also: others that speak of the same; named only.
    """
    from rich.console import Group

    parts: list[RenderableType] = []
    for about in found:
        parts += [*_full(about), line("")]
    names = ", ".join(dict.fromkeys(about.short for about in also))
    return Group(*parts, line(f"see also: {names}", "dim")) if names else Group(*parts[:-1])


def _full(about: Description) -> Iterable[RenderableType]:
    from rich.text import Text

    from dq.expectations.traits import TOOLS

    yield Text.assemble((about.short, "bold"), f"  on {_WHERE[about.level]}  ", (about.type, "dim"))
    yield line("")
    for paragraph in about.text.split("\n\n"):
        yield line(_plain(paragraph.replace("\n", " ")))
        yield line("")
    facts = _columns(_LABEL)
    told = [("nulls", about.nulls), ("observed", about.measured), ("unexpected", about.unexpected)]
    for label, text in [*told, ("cost", about.cost), ("in short", about.in_short)]:
        if text:
            facts.add_row(line(label, "dim"), line(_plain(text)))
    yield facts
    if about.arguments:
        yield line("")
        yield _arguments(about.arguments)
    if about.equivalents:
        yield line("")
        elsewhere = _columns(_LABEL)
        for tool, names in about.equivalents.items():
            elsewhere.add_row(line(TOOLS[tool].removeprefix("AWS Glue "), "dim"), _lines(names))
        yield elsewhere


def _arguments(arguments: Sequence[Argument]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("argument", no_wrap=True)
    table.add_column("type", overflow="fold", ratio=2)
    table.add_column("default", no_wrap=True)
    table.add_column("", overflow="fold", ratio=3)
    for argument in arguments:
        table.add_row(
            line(", ".join([argument.name, *argument.aliases])),
            line(_plain(argument.type)),
            line("required" if argument.required else argument.default),
            line(_plain(argument.about)),
        )
    return table


def _columns(first: int) -> Table:
    """Two columns without a frame."""
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, min_width=first)
    table.add_column(overflow="fold")
    return table


def _lines(names: Iterable[str]) -> Text:
    from rich.text import Text

    return Text("\n").join(line(name) for name in names)


def _plain(markdown: str) -> str:
    """Without the marks of code, which a terminal shows as they are."""
    return markdown.replace("`", "")
