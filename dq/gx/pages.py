"""Great Expectations' pages, made to stand alone: no network, no scripts, nothing of the data as markup.

Its templates load styles and scripts from public servers, and put unexpected values into the page as they
are. Here every text is made neutral before it is rendered, and what would load or run is taken out after.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

_NEUTRAL = {"<": "\ue000", ">": "\ue001", "&": "\ue002", '"': "\ue003", "'": "\ue004", "$": "\ue005"}
"""Marks of markup and of templates, and characters for private use that stand for them meanwhile."""
_TO_NEUTRAL = str.maketrans(_NEUTRAL)
_FROM_NEUTRAL = str.maketrans({stand_in: html.escape(mark) for mark, stand_in in _NEUTRAL.items()})
_TO_PLAIN = str.maketrans({stand_in: mark for mark, stand_in in _NEUTRAL.items()})
_DROPPED = ("script", "footer")
_VOID_DROPPED = ("link",)
_REMOTE = re.compile(r"url\(\s*['\"]?https?:[^)]*\)")
_POLICY = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
)


def neutral(value: Any) -> Any:
    """The same with every text free of markup; `standing_alone` puts it back, escaped."""
    if isinstance(value, str):
        return value.translate(_TO_NEUTRAL)
    if isinstance(value, Mapping):
        return {neutral(key): neutral(item) for key, item in value.items()}
    if isinstance(value, list):
        return [neutral(item) for item in value]
    return value


def standing_alone(page: str, home: str, about: str = "") -> str:
    """A page of Great Expectations' without scripts and remote parts, with a style of its own.

    Args:
        page: as its view rendered it, from neutral texts.
        home: relative path of the folder of the index, such as `..`.
        about: HTML for the head.
    """
    cleaner = _Cleaner(home)
    cleaner.feed(page)
    cleaner.close()
    text = _REMOTE.sub("none", "".join(cleaner.kept))
    return with_style(text, about).translate(_FROM_NEUTRAL)


def with_style(page: str, about: str = "") -> str:
    """A page with the style sheet, and with the order to its reader to load and run nothing.

    Args:
        page: complete, with a head.
        about: HTML for the head.
    """
    head = f"{about}{_POLICY}\n<style>\n{style()}</style>\n</head>"
    return page.replace("</head>", head, 1)


def file_name(text: str) -> str:
    """A text as a name of a file, the same each time, that needs no escaping in a link."""
    clean = re.sub(r"[^A-Za-z0-9_-]", "_", text)
    if clean == text:
        return clean
    return f"{clean}-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:8]}"


def style() -> str:
    """The style sheet that takes the place of the remote ones."""
    return files("dq.gx").joinpath("page.css").read_text(encoding="utf-8")


class _Cleaner(HTMLParser):
    """Copies a page without what loads or runs; links within the site get their new places."""

    def __init__(self, home: str) -> None:
        super().__init__(convert_charrefs=False)
        self.home = home
        self.kept: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED:
            self.inside.append(tag)
        remote = tag == "img" and any(k == "src" and (v or "").startswith("http") for k, v in attrs)
        if self.inside or tag in _VOID_DROPPED or remote:
            return
        self.kept.append(f"<{tag}{''.join(self._attribute(*pair) for pair in attrs)}>")

    def handle_endtag(self, tag: str) -> None:
        if self.inside:
            if tag == self.inside[-1]:
                self.inside.pop()
        elif tag not in _VOID_DROPPED:
            self.kept.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._keep(data)

    def handle_entityref(self, name: str) -> None:
        self._keep(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._keep(f"&#{name};")

    def handle_decl(self, decl: str) -> None:
        self._keep(f"<!{decl}>")

    def _keep(self, text: str) -> None:
        if not self.inside:
            self.kept.append(text)

    def _attribute(self, name: str, value: str | None) -> str:
        if name.startswith("on"):
            return ""
        if name == "href" and value is not None:
            value = self._link(value)
        return f" {name}" if value is None else f' {name}="{html.escape(value)}"'

    def _link(self, target: str) -> str:
        if target.startswith("#"):
            return target
        inner = target.replace("../", "").removeprefix("./")
        if inner == "index.html":
            return f"{self.home}/{inner}"
        if inner.startswith("expectations/"):
            # The renderer makes folders of the parts of a suite's name.
            suite = inner.removeprefix("expectations/").removesuffix(".html").replace("/", ".")
            return f"{self.home}/expectations/{file_name(suite.translate(_TO_PLAIN))}.html"
        return "#"
