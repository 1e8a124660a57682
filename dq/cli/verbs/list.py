"""`dq list`: the expectations that suites may name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dq.cli import options
from dq.cli.screen import Screen

if TYPE_CHECKING:
    from rich.console import RenderableType

    from dq.expectations.described import Description
    from dq.expectations.traits import Tool


@click.command(short_help="List the expectations that suites may name.")
@click.argument("word", required=False)
@click.option(
    "--from",
    "tool",
    type=click.Choice(["gx", "dqdl", "soda", "dbt", "deequ"]),
    help="Look WORD up among the names of another tool.",
)
@options.screen_options
def command(screen: Screen, word: str | None, tool: Tool | None) -> int:
    """List the expectations that suites may name.

    With the name of one, show it in full: arguments, nulls, cost, names in other tools. With any other WORD,
    list those that speak of it. Short names stand under a column or under `table:`; full names stand in
    `expectations:`.
    """
    every = _every()
    named = [] if tool or word is None else [about for about in every if _is_named(about, word)]
    found = _from(tool, word or "", every) if tool else _speaking_of(word or "", every)
    if screen.json:
        screen.document({"expectations": [about.to_dict() for about in named or found]})
    elif not found:
        screen.remark(_nothing(word or "", tool, every))
    else:
        screen.show(_view(named, found, tool, word or ""))
    return 0


def _view(named: list[Description], found: list[Description], tool: Tool | None, word: str) -> RenderableType:
    from dq.cli import expectations as views

    if tool:
        return views.names_view(found, tool, word)
    if named:
        return views.full_view(named, [about for about in found if about not in named])
    return views.list_view(found)


def _every() -> list[Description]:
    """Every expectation, those of the project too, columns' first, by short name."""
    from dq.config import find_root
    from dq.expectations import vocabulary
    from dq.expectations.described import describe
    from dq.suites.project import project_definitions

    own = project_definitions(find_root(Path()))  # imports the project's plugins first
    every = [*vocabulary().values(), *own.values()]
    return sorted(map(describe, every), key=lambda about: (about.level, about.short))


def _is_named(about: Description, word: str) -> bool:
    return word.lower() in (about.short, about.type)


def _speaking_of(word: str, every: list[Description]) -> list[Description]:
    """Those whose names, here or elsewhere, or text hold the word; all of them for an empty one."""
    return [about for about in every if word.lower() in _words(about)]


def _words(about: Description) -> str:
    elsewhere = (name for names in about.equivalents.values() for name in names)
    return " ".join([about.short, about.type, about.text, *elsewhere]).lower()


def _from(tool: Tool, word: str, every: list[Description]) -> list[Description]:
    """Those that the tool has a name for, and the word stands in it."""
    found = ((about, about.equivalents.get(tool, ())) for about in every)
    return [about for about, names in found if any(word.lower() in name.lower() for name in names)]


def _nothing(word: str, tool: Tool | None, every: list[Description]) -> str:
    from dq.errors import did_you_mean
    from dq.expectations.traits import TOOLS

    if tool:
        name = TOOLS[tool]
        return f"no expectation answers to '{word}' of {name}; `dq list --from {tool}` shows all that do"
    names = [name for about in every for name in (about.short, about.type)]
    return f"no expectation speaks of '{word}'.{did_you_mean(word, names)} `dq list` shows all of them"
