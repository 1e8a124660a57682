"""When two metrics are the same question, across processes and days; and which may be kept at all.

A metric is kept when merging the states of partitions gives exactly what one scan over all of them gives, and
when asking again tomorrow would give the same. Whatever is not known to be so is scanned.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from dq.metrics import Metric
from dq.sql.inside import columns_of, opaque, walk
from dq.sql.words import Column, InDataset, SqlCondition, SqlTerm

VERSION = 1
"""Of what a state means; to be raised when the aggregates of a metric, or the SQL of a word, change."""

_CLOCKS = ("Current", "Local", "Rand", "Uuid", "Now", "Today", "Anonymous", "Parameter", "Placeholder")
"""Beginnings of the names of SQL nodes whose value may differ from one query to the next, or is not known."""


def why_scanned(metric: Metric, digests: Mapping[str, str]) -> str:
    """Why the states of a metric are not kept; empty when they are.

    Args:
        metric: any.
        digests: of the bytes of other datasets that are the same for every partition, by name.
    """
    if not metric.merges:
        return "it needs the rows of all partitions together"
    if metric.source:
        return "it is about another dataset"
    words = [part for f in fields(metric) for part in walk(getattr(metric, f.name))]
    if any(isinstance(word, InDataset) and word.source not in digests for word in words):
        return "it compares with a dataset whose bytes are not the same for every partition"
    if any(isinstance(word, SqlCondition | SqlTerm) and not _steady(word.text) for word in words):
        return "its SQL may look at other rows, at the clock, or call a function that is not known"
    if canonical(metric) is None:
        return "it has no name that lasts"
    return ""


def identity(metric: Metric, digests: Mapping[str, str]) -> str | None:
    """The name of a metric as a question: SHA-256, in hex; None when its states are not kept.

    Args:
        metric: any.
        digests: as in `why_scanned`; those that it compares with are part of the name.
    """
    if why_scanned(metric, digests):
        return None
    others = {
        word.source for f in fields(metric) for word in walk(getattr(metric, f.name)) if _elsewhere(word)
    }
    text = "\n".join([f"{VERSION}", canonical(metric) or "", *(f"{n}={digests[n]}" for n in sorted(others))])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def reads(metric: Metric) -> tuple[Column, ...] | None:
    """The columns that a metric reads; None when author's SQL hides them."""
    values = tuple(getattr(metric, f.name) for f in fields(metric))
    return None if opaque(values) else columns_of(values)


def canonical(value: Any) -> str | None:
    """A text that is equal for equal values and different for different ones; None for unknown kinds."""
    try:
        return _canonical(value)
    except TypeError:
        return None


def _canonical(value: Any) -> str:
    match value:
        case Enum():
            return f"{type(value).__qualname__}.{value.name}"
        case None | bool() | int() | Decimal():
            return f"{type(value).__name__}:{value}"
        case str():
            return json.dumps(value)
        case float():
            return f"float:{value!r}"
        case bytes():
            return f"bytes:{value.hex()}"
        case dt.datetime() | dt.date() | dt.time():
            return f"{type(value).__name__}:{value.isoformat()}"
        case dt.timedelta():
            return f"timedelta:{value.days}/{value.seconds}/{value.microseconds}"
        case tuple():
            return f"({','.join(map(_canonical, value))})"
        case frozenset():
            return f"{{{','.join(sorted(map(_canonical, value)))}}}"
    if is_dataclass(value) and not isinstance(value, type):
        cls = type(value)
        inside = ",".join(f"{f.name}={_canonical(getattr(value, f.name))}" for f in fields(value))
        return f"{cls.__module__}.{cls.__qualname__}({inside})"
    raise TypeError(type(value).__name__)


def _elsewhere(word: Any) -> bool:
    return isinstance(word, InDataset)


def _steady(text: str) -> bool:
    """Whether an author's condition says the same of a row, whatever the other rows and the hour are."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        parsed = sqlglot.parse_one(text, read="duckdb")
    except SqlglotError:
        return False
    wide = (exp.Query, exp.Subquery, exp.Window, exp.AggFunc, exp.Command)
    return not any(
        isinstance(node, wide) or type(node).__name__.startswith(_CLOCKS) for node in parsed.walk()
    )
