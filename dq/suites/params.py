"""Parameters: `$name` for a whole value, `${name}` inside text.

A text that is meant to read `$name` is written `$$name`, and `$${name}` for `${name}`. Every other dollar
sign, as in a regular expression, is itself. `{"$PARAMETER": "name"}`, as Great Expectations writes it,
means the same as `$name`; instead of a name it may hold arithmetic (`dq.suites.expressions`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from dq.markup.document import Path_

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_WHOLE = re.compile(rf"(\$+)({_NAME})")
_INSIDE = re.compile(rf"(\$+)\{{({_NAME})\}}")
GX_KEY = "$PARAMETER"
OPEN_TEXT = "$TEXT"
"""Key of a text with an open parameter inside, as `GX_KEY` is that of one which is a parameter as a whole."""
NOW = "now()"
"""Name of the value that records which moment `now()` stood for; giving it fixes the moment."""

OPAQUE = frozenset({"meta", "notes", "gx"})
"""Keys below which nothing is a parameter: words for people and for other tools."""


def is_name(text: str) -> bool:
    """Whether a parameter may be called so."""
    return re.fullmatch(_NAME, text) is not None


def is_open(value: Any) -> bool:
    """Whether a value, or anything in it, is a parameter that was left open."""
    if isinstance(value, dict):
        return GX_KEY in value or OPEN_TEXT in value or any(is_open(item) for item in value.values())
    return isinstance(value, list | tuple) and any(is_open(item) for item in value)


def escape(value: Any) -> Any:
    """The same value written so that nothing in it is a parameter."""
    if isinstance(value, str):
        if _WHOLE.fullmatch(value):
            return "$" + value
        return _INSIDE.sub(lambda match: "$" + match.group(0), value)
    if isinstance(value, list):
        return [escape(item) for item in value]
    if isinstance(value, dict):
        if GX_KEY in value or OPEN_TEXT in value:  # a parameter that was left open stays one
            return value.get(OPEN_TEXT, value)
        return {key: escape(item) for key, item in value.items()}
    return value


def has_parameter(value: Any) -> bool:
    """Whether a value as it was written holds a parameter, with or without a value."""
    if isinstance(value, str):
        return whole(value) is not None or any(sign == "$" for sign, _ in _INSIDE.findall(value))
    if isinstance(value, dict):
        return GX_KEY in value or any(has_parameter(item) for item in value.values())
    return isinstance(value, list) and any(has_parameter(item) for item in value)


def whole(text: str) -> str | None:
    """The name when a text is one whole parameter, `$name`; else None."""
    found = _WHOLE.fullmatch(text)
    return found.group(2) if found and found.group(1) == "$" else None


COLUMNS: Path_ = ("columns",)
ITEM_KEYS = ("columns", "table", "expectations")


class Filler:
    """Puts values in the place of parameters.

    Args:
        values: parameter values by name.
        problem: called with the place and a sentence for every parameter that cannot be filled in.
        keep_open: a parameter without a value stays what it is, instead of being reported: in expectations
            as `{"$PARAMETER": ..}` or, inside text, `{"$TEXT": ..}`; elsewhere as the text that was written.

    Attributes:
        used: names that were asked for, known or not.
        missing: names without a value.
        moment: what `now()` stood for, naive local time as in Great Expectations; None when nothing asked.
    """

    def __init__(
        self, values: Mapping[str, Any], problem: Callable[[Path_, str], None], *, keep_open: bool = False
    ) -> None:
        self.values = values
        self.problem = problem
        self.keep_open = keep_open
        self.used: set[str] = set()
        self.missing: set[str] = set()
        self.moment: dt.datetime | None = None

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
            if is_open(filled):
                filled = key
            if not isinstance(filled, str) or filled in keys.values():
                what = "stands here twice" if isinstance(filled, str) else "is no text"
                self.problem((*path, key), f"the column name that '{key}' stands for {what}.")
            keys[key] = str(filled)
        return keys

    def _gx(self, value: dict[str, Any], path: Path_) -> Any:
        text = value[GX_KEY]
        given = f"{GX_KEY}.{text}"
        if given in value and len(value) == 2:
            return value[given]  # Great Expectations' way to hand a value over in the document itself
        if len(value) > 1 or not isinstance(text, str):
            self.problem(path, f'a parameter is written {{"{GX_KEY}": "name"}}, with nothing beside it.')
            return None
        if is_name(text) or text in self.values:
            return value if self._stays_open(text) else self._known(text, path)
        return self._computed(text, value, path)

    def _computed(self, text: str, value: dict[str, Any], path: Path_) -> Any:
        from dq.suites.expressions import ExpressionError, evaluate

        def lookup(name: str) -> Any:
            if name not in self.values:
                self.used.add(name)
                raise _Missing(name)
            return self._known(name, path)

        try:
            computed = evaluate(text, lookup, self._now)
        except _Missing as missing:
            name = str(missing)
            if self.keep_open:
                self.missing.add(name)
                return value
            self._known(name, path)
        except ExpressionError as error:
            self.problem(path, f"the parameter {text!r} cannot be computed: {error}.")
        else:
            return computed.isoformat() if isinstance(computed, dt.datetime) else computed
        return None

    def _now(self) -> dt.datetime:
        given = self.values.get(NOW)
        if self.moment is None:
            self.used.add(NOW)
            # Naive local time is what Great Expectations' now() gives.
            self.moment = dt.datetime.fromisoformat(given) if isinstance(given, str) else dt.datetime.now()
        return self.moment

    def _stays_open(self, name: str) -> bool:
        if not self.keep_open or name in self.values:
            return False
        self.used.add(name)
        self.missing.add(name)
        return True

    def _text(self, text: str, path: Path_) -> Any:
        found = _WHOLE.fullmatch(text)
        in_item = bool(path) and path[0] in ITEM_KEYS
        if found and found.group(1) == "$" and self._stays_open(found.group(2)):
            return {GX_KEY: found.group(2)} if in_item else text
        if found:
            return self._known(found.group(2), path) if found.group(1) == "$" else text[1:]
        if self.keep_open and [name for sign, name in _INSIDE.findall(text) if sign == "$" and
                               self._stays_open(name)]:  # fmt: skip
            return {OPEN_TEXT: text} if in_item else text

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


class _Missing(Exception):  # noqa: N818 - carries the name of a parameter out of an expression
    """A name in an expression has no value."""
