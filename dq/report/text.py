"""Words, numbers and text from data as a terminal shows them. No terminal library is needed here."""

from __future__ import annotations

import datetime as dt
import math
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dq.verdict import Outcome, Verdict

_INVISIBLE = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
"""Control and direction characters, line ends, lone surrogates: they could move the cursor or hide text."""
_LONGEST = 200
_FEW = 5


def plain(text: object, longest: int = _LONGEST) -> str:
    """Text from data on one line: invisible characters are written out as escapes, long text is cut.

    Args:
        text: anything; `str()` is taken of it.
        longest: characters at most; a cut text ends with ` ...`.
    """
    shown = str(text)
    shown = shown if len(shown) <= longest else shown[: longest - 4] + " ..."
    return "".join(
        character.encode("unicode_escape").decode()
        if unicodedata.category(character) in _INVISIBLE
        else character
        for character in shown
    )


def value(item: Any) -> str:
    """A measured value, short: `0.9982`, `1,234`, `2013-02-08`, `AA, B6, ... (12)`; None is `nothing`."""
    match item:
        case None:
            return "nothing"
        case bool():
            return "yes" if item else "no"
        case int():
            return f"{item:,}"
        case float():
            return number(item)
        case Decimal():
            return f"{item:,f}" if item.is_finite() else str(item)
        case dt.datetime():
            return item.isoformat(" ", "auto")
        case Mapping():
            return _several([f"{plain(key, 40)}: {value(one)}" for key, one in item.items()])
        case list() | tuple() | set() | frozenset():
            return _several([value(one) for one in item])
    return plain(item, 80)


def number(item: float) -> str:
    """A real number with at most six significant digits, whole ones without a point."""
    if not math.isfinite(item):
        return {"inf": "infinity", "-inf": "-infinity"}.get(str(item), "NaN")
    if item == int(item) and abs(item) < 1e15:
        return f"{int(item):,}"
    return f"{item:,.6g}"


def share(part: int, whole: int) -> str:
    """`1.36 %`. A share that is not nothing and not everything never reads as 0 % or 100 %."""
    if part in (0, whole):
        return "0 %" if part == 0 else "100 %"
    percent = 100 * part / whole
    for digits in (2, 4, 6):
        text = f"{percent:.{digits}f}"
        if 0 < float(text) < 100:
            return f"{text} %"
    return "< 0.000001 %" if percent < 50 else "> 99.999999 %"


def found(verdict: Verdict) -> str:
    """What was found, with exact counts; the reason where nothing was judged."""
    if verdict.outcome in (Outcome.ERROR, Outcome.UNTESTED):
        return plain(verdict.reason or verdict.outcome.value)
    if verdict.unexpected is not None and verdict.considered:
        rows = plural(verdict.considered, "row")
        part = share(verdict.unexpected, verdict.considered)
        text = f"{verdict.unexpected:,} of {rows} ({part})" if verdict.unexpected else f"none of {rows}"
    else:
        text = value(verdict.observed)
    nan = verdict.details.get("nan")
    return f"{text}, {nan:,} NaN" if isinstance(nan, int) and nan else text


def duration(seconds: float) -> str:
    """`0.42 s`, `12 s`, `3 min 05 s`."""
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes:,} min {rest:02} s"


def plural(count: int, noun: str) -> str:
    """`1 row`, `1,234 rows`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _several(items: list[str]) -> str:
    if len(items) <= _FEW:
        return ", ".join(items) or "nothing"
    return f"{', '.join(items[:_FEW])}, ... ({len(items):,})"
