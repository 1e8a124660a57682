"""A root-cause note on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType


def note_view(markdown: str) -> RenderableType:
    """The note's Markdown, set for the terminal's width. Links are not followed or made clickable."""
    from rich.markdown import Markdown

    return Markdown(markdown, hyperlinks=False, code_theme="bw")
