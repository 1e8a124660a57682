"""Pictures of a terminal, drawn from a real run of `dq demo`."""

from __future__ import annotations

import html
import io
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dq.cli.views import outcome_view
from dq.demo.story import Told, tell
from dq.report.notes import note_view

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

WIDTH = 116
_FAULT = "km"
_SHOWN_NOTE = ("", "Impact", "Evidence", "Since when", "Input or transformation")
"""Sections of the note that the picture holds; `""` is what stands before the first heading."""


def pictures() -> dict[str, str]:
    """SVG text by file name: the nights, a run that rolls back, the note."""
    with tempfile.TemporaryDirectory(prefix="dq-") as folder:
        demo = Path(folder, "dq-demo")
        told_on = _console()
        told = tell(demo, _FAULT, told_on)
        return {
            "nights.svg": _svg("dq demo", _nights(told_on.export_text(styles=True)), demo),
            "run.svg": _svg("dq run", _run(told), demo),
            "note.svg": _svg("dq explain", _note(told), demo),
        }


def _console() -> Console:
    from rich.console import Console

    return Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )


def _nights(styled: str) -> list[RenderableType]:
    """The table of nights, from what the demo printed."""
    from rich.text import Text

    lines = styled.split("\n")
    plain = [Text.from_ansi(line).plain for line in lines]
    first = next(i for i, line in enumerate(plain) if line.startswith("night "))
    last = next(i for i in range(first, len(plain)) if not plain[i].strip())
    return [_prompt("dq demo"), *(Text.from_ansi(line) for line in lines[first:last])]


def _run(told: Told) -> list[RenderableType]:
    partition = told.rolled_back.result.partition
    command = f"dq run suites/curated_flights.yml --partition {partition}"
    return [_prompt(command), outcome_view(told.rolled_back)]


def _note(told: Told) -> list[RenderableType]:
    assert told.refused.note is not None  # noqa: S101 - a failed publish always has a note
    text = told.refused.note.to_markdown().replace(f"{told.folder.parent}/", "")
    sections = re.split(r"(?m)^(?=## )", text)
    kept = [part for part in sections if _heading(part) in _SHOWN_NOTE]
    return [_prompt("dq explain"), note_view("".join(kept))]


def _heading(section: str) -> str:
    return section.splitlines()[0].removeprefix("## ") if section.startswith("## ") else ""


def _prompt(command: str) -> RenderableType:
    from rich.text import Text

    return Text.assemble(("$ ", "dim"), (command, "bold"), "\n")


def _svg(title: str, parts: Iterable[RenderableType], demo: Path) -> str:
    """One picture, without fonts from elsewhere and without the folder of this machine."""
    console = _console()
    for part in parts:
        console.print(part)
    svg = console.export_svg(title=title, unique_id=f"dq-{title.replace(' ', '-')}")
    # A picture in a README may not fetch fonts; readers' own monospace does.
    svg = re.sub(r"\s*@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono'")
    svg = "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"
    return _without(f"{demo.parent}/", svg)


def _without(folder: str, svg: str) -> str:
    """The picture without a folder's path; a text that becomes shorter takes less room."""

    def shorter(match: re.Match[str]) -> str:
        before, width, after, text = match.groups()
        gone = text.count(folder) * len(folder)
        fitting = float(width) * (1 - gone / len(html.unescape(text)))
        return f'{before}textLength="{fitting:.1f}"{after}>{text.replace(folder, "")}</text>'

    return re.sub(r'(<text [^>]*)textLength="([\d.]+)"([^>]*)>([^<]*)</text>', shorter, svg)
