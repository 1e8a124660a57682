r"""Regular expressions of suites: which of them the engines know, and how they spell them.

Engines know regular expressions in the strict sense, as RE2 does (https://github.com/google/re2/wiki/Syntax).
Python's `re` knows more: look-around, back-references, conditionals, atomic groups. Such a pattern is
searched for with `re`, once per different value. What both know but read differently stays with the engine:
`\d`, `\w`, `\s` and `\b` mean ASCII there, and `$` is the very end.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from dq.sql.words import Accepted, Condition, Matches, Term

_TOKEN = re.compile(
    r"""
    (?P<escape> \\ (?: u[0-9A-Fa-f]{4} | U[0-9A-Fa-f]{8} | . ))
    | (?P<set> \[ \^? \]? (?: \\. | \[:\^?\w+:\] | [^\]\\] )* \] )
    | (?P<group> \( \? (?: P[<>=] | <[=!]? | [a-zA-Z-]* [:)] | . ) )
    | (?P<repeat> (?: [*+?] | \{\d*,?\d*\} ) \+? )
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
_GROUPS = re.compile(r"\(\?(?:P<|<|[imsU-]*[:)])")
"""Groups that engines know; `(?<` is a name there, since look-behind ends with `=` or `!`."""
_ONLY_ENGINES = re.compile(r"\\[pPQEzC]|\[\[:|\[:|\(\?[imsU-]+[:)]|\(\?<\w")
"""Syntax that engines know and Python's `re` may not: classes of Unicode, `Q to E quoting`, POSIX classes."""
_MOST = 1_000
"""Repeats that RE2 counts at most."""


class _PythonOnly(Exception):  # noqa: N818 - says which way to go; nothing is wrong
    pass


@dataclass(frozen=True)
class PythonRegex:
    """Texts in which Python's `re` finds a pattern. It may take long on a pattern that backtracks much."""

    pattern: str

    def accepts(self, values: Sequence[str]) -> list[bool]:
        """Searched for anywhere."""
        search = _compiled(self.pattern).search
        return [search(value) is not None for value in values]


def search(term: Term, pattern: str) -> Condition:
    """Whether a pattern is found anywhere in a text term: by the engine if it can, else by Python."""
    spelled = engine_spelling(pattern)
    return Accepted(term, PythonRegex(pattern)) if spelled is None else Matches(term, spelled)


def engine_spelling(pattern: str) -> str | None:
    r"""The pattern as engines write it; None when only Python's `re` knows it.

    `\Z`, `\u00e9` and `{,3}` are merely spelled differently. Repeats of more than 1000 engines refuse.
    """
    try:
        return "".join(_spelled(found) for found in _TOKEN.finditer(pattern))
    except _PythonOnly:
        return None


def checked(pattern: str) -> str:
    """The pattern itself, if it is one for the engine or for Python.

    Raises:
        ValueError: it is a regular expression for neither.
    """
    try:
        _compiled(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        if not _ONLY_ENGINES.search(pattern) or engine_spelling(pattern) is None:
            raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
    return pattern


def all_checked(patterns: Iterable[str]) -> tuple[str, ...]:
    """The patterns themselves, each of them `checked`."""
    return tuple(checked(pattern) for pattern in patterns)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    with warnings.catch_warnings():
        # Python warns of syntax that may change meaning in Python; it has a meaning all the same.
        warnings.simplefilter("ignore")
        return re.compile(pattern)


def _spelled(found: re.Match[str]) -> str:
    text = found.group()
    match found.lastgroup:
        case "escape":
            return _escape(text)
        case "set":
            return re.sub(r"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", _set_escape, text, flags=re.DOTALL)
        case "group" if not _GROUPS.fullmatch(text):
            raise _PythonOnly
        case "repeat":
            if not _known_repeat(text):
                raise _PythonOnly
            return text.replace("{,", "{0,")
    return text


def _escape(text: str) -> str:
    kind = text[1]
    if text == r"\Z":
        return r"\z"
    if len(text) > 2:
        return rf"\x{{{text[2:]}}}"
    if kind in "123456789NuU":  # back-references, names of characters
        raise _PythonOnly
    return text if kind.isascii() else kind


def _set_escape(found: re.Match[str]) -> str:
    if found.group() == r"\b":  # a backspace in Python, unknown to engines
        return r"\x08"
    return _escape(found.group())


def _known_repeat(text: str) -> bool:
    if len(text) > 1 and text.endswith("+"):
        return False  # possessive
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    return all(number <= _MOST for number in numbers)
