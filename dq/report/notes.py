"""A root-cause note on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType


def note_view(markdown: str) -> RenderableType:
    """The note's Markdown, set for the terminal's width. Links are not followed or made clickable."""
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.markdown import Heading, Markdown

    class Plain(Heading):
        """A heading that starts at the left, like everything else here."""

        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            self.text.justify = "left"
            self.text.stylize("bold")
            yield self.text

    class Page(Markdown):
        """Markdown with such headings."""

        elements = {**Markdown.elements, "heading_open": Plain}  # noqa: RUF012 - a constant of rich's class

    return Page(markdown, hyperlinks=False, code_theme="bw")
