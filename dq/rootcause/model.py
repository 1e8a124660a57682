"""The plain values that root-cause work passes on: counts, causes, confidence. No engine is loaded here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any


class Answer(str, Enum):
    """What a segment search can say."""

    SEGMENTS = "segments"
    WHOLE_PARTITION = "whole_partition"
    NONE = "none"
    CLEAN = "clean"


class CauseKind(str, Enum):
    """What a cause is about."""

    DUPLICATE_FILE = "duplicate_file"
    STALE_FILE = "stale_file"
    MISSING_FILE = "missing_file"
    MISSING_ROWS = "missing_rows"
    UNKNOWN_VALUE = "unknown_reference"
    SCHEMA = "schema"
    FILE = "file"
    SEGMENT = "segment"
    VOLUME = "volume"
    WHOLE_PARTITION = "whole_partition"
    NONE = "none"


class Confidence(str, Enum):
    """How sure a cause is; the reason is always printed beside it."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"

    @property
    def rank(self) -> int:
        """0 for high, 3 for none."""
        return ("high", "medium", "low", "none").index(self.value)


@dataclass(frozen=True)
class Count:
    """Failing rows among rows.

    Attributes:
        rows: rows looked at.
        failing: failing ones; None where rows were only counted.
    """

    rows: int
    failing: int | None = None

    @property
    def rate(self) -> float | None:
        """Failing over rows, 0..1; None when there are no rows or failures were not counted."""
        return None if self.failing is None or not self.rows else self.failing / self.rows


@dataclass(frozen=True)
class Cause:
    """One explanation, with exact counts.

    Attributes:
        kind: what it is about.
        text: one line, values included where they may be shown, e.g. `carrier = 'UA'`.
        confidence: how sure.
        reason: why it is no surer.
        verdicts: ids of the failed expectations that it explains.
        inside: rows that match it; None when it is not about rows.
        outside: the other rows.
        last_good: the same segment in the last validated partition.
        partition: the whole partition in the rule's scope.
        coverage: share of the failing rows inside, 0..1.
        same: other wordings for the same rows.
        columns: columns whose values it names.
        facts: further sentences, each a measured fact.
        tried: names of dimensions that were searched.
        left_out: names of dimensions not searched because they follow the checked column.
        condition: the segment as SQL text; empty when it has none or may not be shown.
        failing_condition: the rule's failing rows as SQL text; empty when it has none.
        since: from when, as far as it is known; empty otherwise.
        counted: what the counts count: `failing` rows of a rule, or rows that are `unusual` for an aggregate.
    """

    kind: CauseKind
    text: str
    confidence: Confidence
    reason: str
    verdicts: tuple[str, ...] = ()
    inside: Count | None = None
    outside: Count | None = None
    last_good: Count | None = None
    partition: Count | None = None
    coverage: float | None = None
    same: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    condition: str = ""
    failing_condition: str = ""
    since: str = ""
    counted: str = "failing"

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly; read back by `from_dict` without loss."""
        return plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Cause:
        """The inverse of `to_dict`."""
        return cls(
            kind=CauseKind(data["kind"]),
            text=data["text"],
            confidence=Confidence(data["confidence"]),
            reason=data["reason"],
            coverage=data.get("coverage"),
            condition=data.get("condition", ""),
            failing_condition=data.get("failing_condition", ""),
            since=data.get("since", ""),
            counted=data.get("counted", "failing"),
            inside=_count(data.get("inside")),
            outside=_count(data.get("outside")),
            last_good=_count(data.get("last_good")),
            partition=_count(data.get("partition")),
            verdicts=tuple(data.get("verdicts", ())),
            same=tuple(data.get("same", ())),
            columns=tuple(data.get("columns", ())),
            facts=tuple(data.get("facts", ())),
            tried=tuple(data.get("tried", ())),
            left_out=tuple(data.get("left_out", ())),
        )


def _count(data: Mapping[str, Any] | None) -> Count | None:
    return None if data is None else Count(data["rows"], data.get("failing"))


def plain(value: Any) -> dict[str, Any]:
    """A frozen dataclass as JSON-friendly dictionaries and lists; enumerations become their text."""
    return {key: _plain(item) for key, item in asdict(value).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


@dataclass(frozen=True)
class Explanation:
    """Every cause found for one validation.

    Attributes:
        causes: the most certain and most telling first.
        ruled_out: what was looked at and is fine.
        unexplained: per failed expectation, failing rows that no cause holds.
        seconds: how long it took.
    """

    causes: tuple[Cause, ...]
    ruled_out: tuple[str, ...] = ()
    unexplained: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
