"""Keeping data values private, and keeping markup in them harmless."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Any

_MAX_SHAPE = 24
_INVISIBLE = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
_MARKUP = re.compile(r"([\\`*\[\]|~]|(?<!\w)_|_(?!\w))")
_BLOCK = re.compile(r"^(\s*)([#>+=-]|(\d+)(?=[.)]))")
_TAG = re.compile(r"<(?![ =])|&(?=[#\w])")
_LINK = re.compile(r"(https?|ftp):|www\.|@", re.IGNORECASE)


def shape(value: Any) -> str:
    """The form of a value without its content: letters become `A` or `a`, digits `9`.

    Args:
        value: anything; None is `NULL`. Text of more than 24 characters is cut, with its length.

    Returns:
        Text such as `Aa-99`, `99.99` or `Aaaa... (120 characters)`.
    """
    if value is None:
        return "NULL"
    text = str(value)
    if not text:
        return "empty text"
    form = "".join(_shape_of(character) for character in text[:_MAX_SHAPE])
    return form if len(text) <= _MAX_SHAPE else f"{form}... ({len(text)} characters)"


def _shape_of(character: str) -> str:
    kind = unicodedata.category(character)
    if kind.startswith("L"):
        return "A" if kind == "Lu" else "a"
    if kind.startswith("N"):
        return "9"
    return character if character in " .,:;-_/+@#()" else "?"


def key_hash(value: Any, salt: str) -> str:
    """Six hexadecimal digits that stand for a value within one note.

    The salt (the run's id) keeps hashes of different notes apart. This hides a value from a reader, not from
    somebody who can try every value.
    """
    return hashlib.sha256(f"{salt}\x1f{value!r}".encode("utf-8", "backslashreplace")).hexdigest()[:6]


def visible(text: str) -> str:
    """The text on one line: line breaks, control and direction characters are written out as escapes."""
    return "".join(
        character.encode("unicode_escape").decode()
        if unicodedata.category(character) in _INVISIBLE
        else character
        for character in text
    )


def markdown(text: str) -> str:
    """Text from data, safe inside a line or a table cell of Markdown, and in the HTML made from it.

    Markup characters are escaped, whatever could open a tag or an entity becomes one, links are not made. A
    plain comparison such as `hour >= 15` or `x < 3` stays readable.
    """
    safe = _MARKUP.sub(r"\\\1", visible(text))
    safe = _TAG.sub(lambda match: "&lt;" if match.group(0) == "<" else "&amp;", safe)
    safe = _BLOCK.sub(_escape_block, safe)
    return _LINK.sub(lambda match: match.group(0)[:-1] + f"&#{ord(match.group(0)[-1])};", safe)


def _escape_block(match: re.Match[str]) -> str:
    """What would begin a heading, a quote or a list at the start of a line."""
    space, mark, number = match.group(1), match.group(2), match.group(3)
    return f"{space}&#{ord(mark[0])};{mark[1:]}" if number else f"{space}\\{mark}"


def fenced(text: str, language: str) -> str:
    """A code block that its content cannot close. Control characters other than line breaks are replaced."""
    clean = "".join(
        c if c == "\n" or unicodedata.category(c) not in _INVISIBLE else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )
    runs = (len(run) for run in re.findall(r"`+", clean))
    fence = "`" * max(3, max(runs, default=0) + 1)
    return f"{fence}{language}\n{clean}\n{fence}"
