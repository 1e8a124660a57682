"""Parameters: `$name` for a whole value, `${name}` inside text.

A text that is meant to read `$name` is written `$$name`, and `$${name}` for `${name}`. Every other dollar
sign, as in a regular expression, is itself. `{"$PARAMETER": "name"}`, as Great Expectations writes it,
means the same as `$name`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from dq.markup.document import Path_

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_WHOLE = re.compile(rf"(\$+)({_NAME})")
_INSIDE = re.compile(rf"(\$+)\{{({_NAME})\}}")
GX_KEY = "$PARAMETER"

OPAQUE = frozenset({"meta", "notes", "gx"})
"""Keys below which nothing is a parameter: words for people and for other tools."""


def is_name(text: str) -> bool:
    """Whether a parameter may be called so."""
    return re.fullmatch(_NAME, text) is not None


def escape(value: Any) -> Any:
    """The same value written so that nothing in it is a parameter."""
    if isinstance(value, str):
        if _WHOLE.fullmatch(value):
            return "$" + value
        return _INSIDE.sub(lambda match: "$" + match.group(0), value)
    if isinstance(value, list):
        return [escape(item) for item in value]
    if isinstance(value, dict):
        return {key: escape(item) for key, item in value.items()}
    return value


def whole(text: str) -> str | None:
    """The name when a text is one whole parameter, `$name`; else None."""
    found = _WHOLE.fullmatch(text)
    return found.group(2) if found and found.group(1) == "$" else None


COLUMNS: Path_ = ("columns",)


class Filler:
    """Puts values in the place of parameters.

    Args:
        values: parameter values by name.
        problem: called with the place and a sentence for every parameter that cannot be filled in.

    Attributes:
        used: names that were asked for, known or not.
    """

    def __init__(self, values: Mapping[str, Any], problem: Callable[[Path_, str], None]) -> None:
        self.values = values
        self.problem = problem
        self.used: set[str] = set()

    def fill(self, value: Any, path: Path_) -> Any:
        """The value with its parameters filled in; an unknown one is reported and becomes None."""
        if isinstance(value, str):
            return self._text(value, path)
        if isinstance(value, list):
            return [self.fill(item, (*path, index)) for index, item in enumerate(value)]
        if isinstance(value, dict):
            if GX_KEY in value:
                return self._gx(value, path)
            keys = self._columns(value, path) if path == COLUMNS else {key: key for key in value}
            return {
                keys[key]: item if key in OPAQUE and path != COLUMNS else self.fill(item, (*path, key))
                for key, item in value.items()
            }
        return value

    def _columns(self, value: dict[str, Any], path: Path_) -> dict[str, str]:
        """Column names, which may be parameters although they are keys."""
        keys: dict[str, str] = {}
        for key in value:
            filled = self._text(key, (*path, key))
            if not isinstance(filled, str) or filled in keys.values():
                what = "stands here twice" if isinstance(filled, str) else "is no text"
                self.problem((*path, key), f"the column name that '{key}' stands for {what}.")
            keys[key] = str(filled)
        return keys

    def _gx(self, value: dict[str, Any], path: Path_) -> Any:
        name = value[GX_KEY]
        if len(value) > 1 or not isinstance(name, str):
            self.problem(path, f'a parameter is written {{"{GX_KEY}": "name"}}, with nothing beside it.')
            return None
        if not is_name(name):
            self.problem(
                path,
                f"the parameter {name!r} is no plain name; arithmetic and functions are not "
                "supported. Compute the value before and pass it under one name.",
            )
            return None
        return self._known(name, path)

    def _text(self, text: str, path: Path_) -> Any:
        found = _WHOLE.fullmatch(text)
        if found:
            return self._known(found.group(2), path) if found.group(1) == "$" else text[1:]

        def one(match: re.Match[str]) -> str:
            if match.group(1) != "$":
                return match.group(0)[1:]
            value = self._known(match.group(2), path)
            if isinstance(value, list | dict):
                self.problem(
                    path, f"parameter '{match.group(2)}' is no single value and cannot stand inside text."
                )
            return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)

        return _INSIDE.sub(one, text)

    def _known(self, name: str, path: Path_) -> Any:
        self.used.add(name)
        if name in self.values:
            return self.values[name]
        from dq.errors import did_you_mean

        known = ", ".join(sorted(self.values)) or "none"
        self.problem(
            path,
            f"parameter '{name}' has no value.{did_you_mean(name, self.values)} Known parameters: {known}. "
            f"Give it under `params:` or when loading; write $${name} to mean the text.",
        )
        return None
