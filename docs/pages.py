"""The documentation in the parts that tests look at: pages, fenced blocks, headings, links, commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

PAGES = sorted(
    path.relative_to(ROOT)
    for pattern in ("*.md", "docs/*.md", "docs/adr/*.md", "benchmarks/*.md", "sample_data/*.md")
    for path in ROOT.glob(pattern)
)

_BLOCK = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block: `yaml suite` is a suite, `python run` runs, `sh demo` runs in the demo's folder."""

    page: Path
    line: int
    info: str
    text: str

    @property
    def name(self) -> str:
        """Where it stands."""
        return f"{self.page}:{self.line}"


def text_of(page: Path) -> str:
    """The text of a page, named from the project's folder."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(*infos: str) -> list[Block]:
    """Every fenced block with one of these info texts; all of them when none is named."""
    found = []
    for page in PAGES:
        text = text_of(page)
        for match in _BLOCK.finditer(text):
            if not infos or match["info"] in infos:
                line = text.count("\n", 0, match.start()) + 1
                found.append(Block(page, line, match["info"], match["text"]))
    return found


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _BLOCK.sub("", text_of(page))


def links(page: Path) -> Iterator[str]:
    """Targets of links and pictures within the project."""
    for match in _LINK.finditer(prose(page)):
        if not match["target"].startswith(("http://", "https://", "mailto:")):
            yield match["target"]


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    found: set[str] = set()
    for title in re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        number = 0
        while (unique := f"{slug}-{number}" if number else slug) in found:
            number += 1
        found.add(unique)
    return found


def commands() -> list[tuple[str, list[str]]]:
    """Every `dq ...` in a shell block or between backticks: where it stands, and its words."""
    found = []
    for page in PAGES:
        for block in blocks():
            if block.page == page and block.info.split(" ")[0] in ("sh", "console", ""):
                lines = [line.removeprefix("$ ") for line in block.text.splitlines()]
                found += [(block.name, line) for line in lines if line.startswith("dq ")]
        for quoted in re.findall(r"`((?:\.venv/bin/)?dq [^`\n]+)`", prose(page)):
            found.append((str(page), quoted.removeprefix(".venv/bin/")))
    return [(where, shlex.split(line, comments=True)[1:]) for where, line in found]
