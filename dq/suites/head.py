"""The top level of a suite: its keys, and what each of them must hold."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any, TypeVar

from dq.errors import did_you_mean
from dq.markup.document import Path_
from dq.markup.plain import kind, shown
from dq.suites.model import InputRef, OnFailure, OnUntested, Policy
from dq.suites.problems import Problems

KEYS = (
    "suite", "data", "partition_by", "input", "on_failure", "allow_empty", "on_untested", "incremental",
    "params", "datasets", "rollback", "severity", "definitions", "columns", "table", "expectations", "show",
    "notes", "meta", "gx",
)  # fmt: skip
"""Every key that may stand at the top level."""

_Choice = TypeVar("_Choice", bound=Enum)


class Head:
    """Reads the values at the top level; a wrong one is noted and its default taken.

    Args:
        content: the document with parameters filled in.
        problems: takes what is wrong.
    """

    def __init__(self, content: dict[str, Any], problems: Problems) -> None:
        self.content = content
        self.problems = problems

    def known_keys(self) -> None:
        """Note every key that means nothing."""
        self._known(self.content, (), KEYS, "a suite")

    def name(self, default: str) -> str:
        """`suite:`, or the default."""
        name = self.text("suite") or default
        if re.search(r"[\x00-\x1f\x7f]", name):
            self.problems.add(("suite",), "`suite` must not contain control characters.")
        return name

    def text(self, key: str) -> str | None:
        """A text; None when it is left out."""
        return self._text(self.content.get(key), (key,))

    def names(self, key: str) -> tuple[str, ...]:
        """A list of names; a single one may stand without the list."""
        return self._names(self.content.get(key), (key,))

    def mapping(self, key: str) -> dict[str, Any]:
        """A mapping; empty when it is left out."""
        value = self.content.get(key)
        if value is None or isinstance(value, dict):
            return value or {}
        self.problems.add((key,), f"`{key}` must be a mapping, got {kind(value)}.")
        return {}

    def datasets(self) -> dict[str, str]:
        """`datasets:`: URI or path by name."""
        found = {}
        for name, uri in self.mapping("datasets").items():
            if name == "input":
                self.problems.add(
                    ("datasets", name), "'input' is what `input:` names; call it otherwise.", key=True
                )
            text = self._text(uri, ("datasets", name))
            if text:
                found[name] = text
        return found

    def input(self) -> InputRef | None:
        """`input:`; None when it is left out."""
        value = self.content.get("input")
        if isinstance(value, str):
            return InputRef(data=value)
        given = self.mapping("input")
        self._known(given, ("input",), ("suite", "key", "data"), "`input`")
        if not given:
            return None
        suite = self._text(given.get("suite"), ("input", "suite"))
        data = self._text(given.get("data"), ("input", "data"))
        if suite is None and data is None:
            self.problems.add(("input",), "`input` needs `suite:` or `data:`.")
        return InputRef(suite, self._names(given.get("key"), ("input", "key")), data)

    def policy(self) -> Policy:
        """What follows from a result."""
        limits = self.mapping("rollback")
        default = Policy()
        self._known(limits, ("rollback",), ("max_age_days", "max_row_change", "daily_limit"), "`rollback`")
        daily = self._limit(limits, "daily_limit", default.daily_limit)
        if isinstance(daily, float):
            self.problems.add(
                ("rollback", "daily_limit"), f"`daily_limit` must be a whole number, got {daily:g}."
            )
        return Policy(
            on_failure=self._choice("on_failure", OnFailure.REPORT),
            allow_empty=self._flag("allow_empty"),
            on_untested=self._choice("on_untested", OnUntested.REPORT),
            max_age_days=self._limit(limits, "max_age_days", default.max_age_days),
            max_row_change=self._limit(limits, "max_row_change", default.max_row_change),
            daily_limit=None if daily is None else int(daily),
            incremental=self._flag("incremental"),
        )

    def _flag(self, key: str) -> bool:
        value = self.content.get(key, False)
        if not isinstance(value, bool):
            self.problems.add((key,), f"`{key}` must be true or false, got {shown(value)}.")
        return value is True

    def _known(self, given: dict[str, Any], path: Path_, known: tuple[str, ...], owner: str) -> None:
        for key in given:
            if key not in known:
                hint = did_you_mean(key, known) or f" Expected: {', '.join(k for k in known if k != 'gx')}."
                self.problems.add((*path, key), f"'{key}' is no key of {owner}.{hint}", key=True)

    def _text(self, value: Any, path: Path_) -> str | None:
        if value is None or (isinstance(value, str) and value):
            return value
        self.problems.add(path, f"`{path[-1]}` must be text, got {shown(value)}.")
        return None

    def _names(self, value: Any, path: Path_) -> tuple[str, ...]:
        items = [] if value is None else [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) and item for item in items):
            self.problems.add(path, f"`{path[-1]}` must be a list of names, got {shown(value)}.")
            return ()
        for item in items:
            if items.count(item) > 1:
                self.problems.add(path, f"`{path[-1]}` names '{item}' twice.")
        return tuple(items)

    def _limit(self, limits: dict[str, Any], key: str, default: float | None) -> float | None:
        value = limits.get(key, default)
        good = value is None or (
            isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        )
        if good:
            return value
        self.problems.add(
            ("rollback", key), f"`{key}` must be a number from 0 up, or null, got {shown(value)}."
        )
        return default

    def _choice(self, key: str, default: _Choice) -> _Choice:
        value = self.content.get(key)
        if value is None:
            return default
        choices: list[_Choice] = list(type(default))
        for choice in choices:
            if choice.value == value:
                return choice
        known = [str(choice.value) for choice in choices]
        hint = did_you_mean(value, known) if isinstance(value, str) else ""
        listed = ", ".join(known[:-1]) + " or " + known[-1]
        self.problems.add((key,), f"`{key}` must be {listed}, got {shown(value)}.{hint}")
        return default
