"""What a check-up found, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Level(str, Enum):
    """How much a finding matters, from nothing to most."""

    OK = "ok"
    NOTE = "note"
    """Worth knowing; nothing to do."""
    WARNING = "warning"
    """A rollback works today and may not tomorrow, or the data is less safe than it could be."""
    BLOCKER = "blocker"
    """A rollback would be refused, or cannot be promised."""
    UNKNOWN = "unknown"
    """It could not be looked at, mostly for want of a permission."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        topic: a word or two, e.g. `versioning`.
        level: how much it matters.
        says: what was found, in a sentence.
        todo: what to do; empty when there is nothing to do.
    """

    topic: str
    level: Level
    says: str
    todo: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly."""
        return {"topic": self.topic, "level": self.level.value, "says": self.says, "todo": self.todo}


@dataclass(frozen=True)
class CheckUp:
    """All findings about one table.

    Attributes:
        location: what was looked at, as the user named it.
        layout: the layout that a rollback would use; empty when there is none.
        findings: in the order in which they were looked at.
    """

    location: str
    layout: str
    findings: tuple[Finding, ...]

    @property
    def can_roll_back(self) -> bool | None:
        """Whether a partition can be rolled back here; None when too little could be looked at to say."""
        levels = {finding.level for finding in self.findings}
        if Level.BLOCKER in levels:
            return False
        return None if Level.UNKNOWN in levels else True

    @property
    def answer(self) -> str:
        """`yes`, `no` or `cannot say`, with the reason."""
        if self.can_roll_back:
            return f"yes, by layout {self.layout}"
        level = Level.UNKNOWN if self.can_roll_back is None else Level.BLOCKER
        topics = ", ".join(found.topic for found in self.findings if found.level is level)
        return f"{'no' if level is Level.BLOCKER else 'cannot say'}: {topics}"

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly."""
        return {
            "location": self.location,
            "layout": self.layout,
            "can_roll_back": self.can_roll_back,
            "answer": self.answer,
            "findings": [finding.to_dict() for finding in self.findings],
        }


def worst(findings: Iterable[Finding]) -> Level:
    """The level that matters most; `ok` for none."""
    order = (Level.OK, Level.NOTE, Level.WARNING, Level.UNKNOWN, Level.BLOCKER)
    return max((finding.level for finding in findings), key=order.index, default=Level.OK)
