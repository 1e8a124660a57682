"""Patterns over keys: `*`, `?`, `[...]` within a name, `**` for any number of folders. Pure.

A name that begins with `_` or `.` is no data, so a mark does not match it; a pattern that spells out its
beginning does. A mark is meant literally in brackets: `[*]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import translate

_MARK = re.compile(r"[*?\[]")
_ANY = "**"


def is_pattern(key: str) -> bool:
    """Whether a key holds marks of a pattern."""
    return _MARK.search(key) is not None


def beginning(pattern: str) -> str:
    """What every key that matches begins with: as far as a listing can be narrowed."""
    found = _MARK.search(pattern)
    return pattern[: found.start()] if found else pattern


def matcher(pattern: str) -> Callable[[str], bool]:
    """Tells whether a whole key matches a pattern, name by name."""
    parts = [_part(text) for text in pattern.split("/")]

    def matches(key: str) -> bool:
        return _matches(parts, key.split("/"))

    return matches


def _part(text: str) -> Callable[[str], bool] | None:
    """Tells whether one name matches; None stands for any number of folders."""
    if text == _ANY:
        return None
    found = re.compile(translate(text))
    spelled = text.startswith(("_", "."))
    return lambda name: (spelled or not _hidden(name)) and found.match(name) is not None


def _matches(parts: Sequence[Callable[[str], bool] | None], names: Sequence[str]) -> bool:
    """Follows all ways at once: the places in the pattern that the names so far can have reached."""
    reached = _onward({0}, parts)
    for number, name in enumerate(names):
        after = set()
        for place in reached:
            part = parts[place] if place < len(parts) else _NOTHING
            if part is None:
                if not _hidden(name):
                    after.add(place)
            elif part(name):
                after.add(place + 1)
        # The last name is an object's, which a final `**` stands for as well.
        reached = _onward(after, parts)
        if not reached:
            return False
        if number == len(names) - 1:
            return len(parts) in reached
    return False


def _onward(places: set[int], parts: Sequence[Callable[[str], bool] | None]) -> set[int]:
    found = set(places)
    for place in sorted(places):
        while place < len(parts) and parts[place] is None:
            place += 1
            found.add(place)
    return found


def _NOTHING(_name: str) -> bool:  # noqa: N802 - a constant that happens to be a function
    return False


def _hidden(name: str) -> bool:
    return name.startswith(("_", "."))
