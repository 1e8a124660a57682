"""What an expectation must answer, worked out row by row in plain Python.

Nothing here is shared with dq: rows are dicts, null is None, NaN is a float. Each function takes the rows
within the filter and returns the answer that the verdict must give.
"""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
Test = Callable[[Row], bool]


@dataclass(frozen=True)
class Answer:
    """What is compared with a verdict; None is not compared, except `observed`."""

    outcome: str
    observed: Any = None
    unexpected: int | None = None
    considered: int | None = None
    missing: int | None = None


def is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def key(value: Any) -> Any:
    """Equal for values that count as the same: NaN equals NaN, 0.0 equals -0.0."""
    return "NaN" if is_nan(value) else value


def rule(rows: Sequence[Row], ignored: Test, bad: Test, mostly: float) -> Answer:
    considered = [row for row in rows if not ignored(row)]
    missing = len(rows) - len(considered)
    if not considered:
        return Answer("untested", None, 0, 0, missing)
    unexpected = sum(1 for row in considered if bad(row))
    fraction = (len(considered) - unexpected) / len(considered)
    return Answer("pass" if fraction >= mostly else "fail", fraction, unexpected, len(considered), missing)


def within(value: Any, low: Any, high: Any, strict_min: bool = False, strict_max: bool = False) -> bool:
    if is_nan(value):
        return False
    above = low is None or (value > low if strict_min else value >= low)
    below = high is None or (value < high if strict_max else value <= high)
    return bool(above and below)


def null_in(*columns: str) -> Test:
    return lambda row: any(row[column] is None for column in columns)


def nulls_in_all(*columns: str) -> Test:
    return lambda row: all(row[column] is None for column in columns)


def never(row: Row) -> bool:
    return False


def copies(rows: Sequence[Row], columns: Sequence[str]) -> Test:
    """Whether a row's key stands in several rows; with a null in it, it never does."""
    counts = Counter(tuple(key(row[c]) for c in columns) for row in rows if not null_in(*columns)(row))
    return lambda row: counts[tuple(key(row[c]) for c in columns)] > 1


def greater(row: Row, a: str, b: str, or_equal: bool) -> bool:
    """Whether `a > b` holds or is unknown."""
    if row[a] is None or row[b] is None:
        return True
    if is_nan(row[a]) or is_nan(row[b]):
        return False
    return bool(row[a] >= row[b] if or_equal else row[a] > row[b])


def equal(row: Row, a: str, b: str) -> bool:
    """Whether both are equal; null equals nothing."""
    return row[a] is not None and row[b] is not None and key(row[a]) == key(row[b])


def found(pattern: str, value: Any) -> bool:
    """Whether a pattern is found; `$` is the very end, not also the place before a last line feed."""
    return re.search(pattern.replace("$", r"\Z"), str(value)) is not None


def aggregate(rows: Sequence[Row], column: str, name: str, low: Any, high: Any) -> Answer:
    present = [row[column] for row in rows if row[column] is not None]
    missing = len(rows) - len(present)
    observed = measure(name, present)
    if observed is None:
        return Answer("untested", missing=missing)
    return Answer("pass" if within(observed, low, high) else "fail", observed, missing=missing)


def measure(name: str, present: list[Any]) -> Any:
    different = len({key(value) for value in present})
    if name == "distinct_count":
        return different if present else None
    if name == "proportion_unique":
        return different / len(present) if present else None
    values = [value for value in present if not is_nan(value)]
    if not values or (name == "stdev" and len(values) < 2):
        return None
    measures: dict[str, Callable[[list[Any]], Any]] = {
        "min": min,
        "max": max,
        "sum": sum,
        "mean": lambda v: sum(v) / len(v),
        "median": statistics.median,
        "stdev": statistics.stdev,
    }
    return measures[name](values)


def quantile(values: list[Any], q: float) -> Any:
    """The smallest value whose cumulative share reaches q."""
    ordered = sorted(values)
    return next(v for i, v in enumerate(ordered, 1) if i / len(ordered) >= q or i == len(ordered))
