"""What changed since the last validated partition, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from dq.rootcause.model import plain


class FileChange(str, Enum):
    """What is remarkable about a file."""

    DUPLICATE = "duplicate"
    """Same checksum as another file of the same partition."""
    STALE = "stale"
    """Same checksum as a file of the last validated partition."""
    SHRUNKEN = "shrunken"
    GROWN = "grown"
    MISSING = "missing"
    NEW = "new"


@dataclass(frozen=True)
class FileFact:
    """One remarkable file.

    Attributes:
        change: what is remarkable.
        name: the file, relative to the partition.
        other: the file that it equals; empty unless duplicate or stale.
        rows: its rows; None when unknown or missing.
        expected_rows: rows of the same-named file in the baseline, scaled by how the other files changed.
        baseline_rows: rows of the same-named file in the baseline; None when unknown.
        size: bytes; None when missing.
    """

    change: FileChange
    name: str
    other: str = ""
    rows: int | None = None
    expected_rows: int | None = None
    baseline_rows: int | None = None
    size: int | None = None


@dataclass(frozen=True)
class ColumnFact:
    """One column on both sides.

    Attributes:
        name: the column.
        nulls: NULLs today. NaN is not NULL.
        baseline_nulls: NULLs in the baseline.
        mean: mean of the finite numbers today; None for other types or without numbers.
        baseline_mean: the same in the baseline.
        mean_moved: the mean moved by 5 % at least, and by more than chance would move it.
        low: smallest number today; None where values may not be shown.
        high: largest number today; None where values may not be shown.
        baseline_low: the same in the baseline.
        baseline_high: the same in the baseline.
    """

    name: str
    nulls: int
    baseline_nulls: int
    mean: float | None = None
    baseline_mean: float | None = None
    mean_moved: bool = False
    low: float | None = None
    high: float | None = None
    baseline_low: float | None = None
    baseline_high: float | None = None


@dataclass(frozen=True)
class ValueFact:
    """The value of a column whose share moved most (L-infinity distance of the two distributions).

    Attributes:
        column: the column.
        value: the value; None where it may not be shown, or when it is NULL.
        share: its share of today's rows, 0..1.
        baseline_share: its share of the baseline's rows.
    """

    column: str
    value: str | None
    share: float
    baseline_share: float

    @property
    def moved(self) -> float:
        """Absolute change of share, 0..1."""
        return abs(self.share - self.baseline_share)


@dataclass(frozen=True)
class SchemaFact:
    """How the columns differ.

    Attributes:
        added: columns only today.
        removed: columns only in the baseline.
        retyped: `(column, type before, type now)`.
        reordered: the shared columns stand in another order.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[tuple[str, str, str], ...] = ()
    reordered: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything differs."""
        return bool(self.added or self.removed or self.retyped or self.reordered)


@dataclass(frozen=True)
class Comparison:
    """Today against the last validated partition.

    Attributes:
        rows: rows today.
        baseline_rows: rows of the baseline; None when there is none.
        baseline: the baseline's name, e.g. `date=2013-02-07`; empty when there is none.
        schema: how the columns differ.
        columns: shared columns in today's order.
        values: per categorical column the value that moved most, largest move first.
        files: remarkable files.
        files_compared: whether manifests of both sides were there to compare.
    """

    rows: int
    baseline_rows: int | None = None
    baseline: str = ""
    schema: SchemaFact = SchemaFact()
    columns: tuple[ColumnFact, ...] = ()
    values: tuple[ValueFact, ...] = ()
    files: tuple[FileFact, ...] = ()
    files_compared: bool = False

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly; read back by `from_dict` without loss."""
        return plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Comparison:
        """The inverse of `to_dict`."""
        schema = data["schema"]
        return cls(
            rows=data["rows"],
            baseline_rows=data["baseline_rows"],
            baseline=data["baseline"],
            schema=SchemaFact(
                added=tuple(schema["added"]),
                removed=tuple(schema["removed"]),
                retyped=tuple((name, old, new) for name, old, new in schema["retyped"]),
                reordered=schema["reordered"],
            ),
            columns=tuple(ColumnFact(**fact) for fact in data["columns"]),
            values=tuple(ValueFact(**fact) for fact in data["values"]),
            files=tuple(FileFact(**{**fact, "change": FileChange(fact["change"])}) for fact in data["files"]),
            files_compared=data["files_compared"],
        )
