"""Plain values: what both YAML and JSON can hold, and nothing else."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from os import PathLike, fspath
from typing import Any


class Unplain(Exception):  # noqa: N818 - carries a sentence to whoever knows the position
    """An object has no plain form."""


EDGES = "bins"
"""The key under which numbers may be infinite: the outermost edges of bins."""


def plain(value: Any, key: object = None) -> Any:
    """The same value as None, bool, int, float, str, list or dict with text keys.

    Keys that are numbers become text. Tuples and sets become lists (sets sorted), dates and times ISO text,
    exact decimals numbers, array scalars the Python number they stand for. An infinite edge of bins becomes
    the text `inf` or `-inf`, since JSON has no such number.

    Args:
        value: anything.
        key: the key of the mapping or list that the value is directly in.

    Raises:
        Unplain: there is no such form: NaN, infinity, a decimal with more digits than a double holds, a
            key that is no text, any other object.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float | Decimal):
        return str(float(value)) if key == EDGES and math.isinf(value) else _number(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return _container(value, key)


def _container(value: Any, key: object) -> Any:
    if isinstance(value, Mapping):
        return {_key(name): plain(item, name) for name, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=lambda item: (type(item).__name__, str(item)))
    if isinstance(value, list | tuple):
        return [plain(item, key) for item in value]
    if isinstance(value, dt.timedelta):
        return f"{value.total_seconds():.6f}".rstrip("0").rstrip(".") + "s"
    if isinstance(value, PathLike):
        return str(fspath(value))
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        return plain(value.item(), key)
    raise Unplain(f"a value of type {type(value).__name__} cannot stand in a suite")


def _key(key: Any) -> str:
    if isinstance(key, bool) or not isinstance(key, str | int | float):
        raise Unplain(f"a key must be text, got {key!r}; put it into quotes")
    return _text(str(key))


def _text(value: str) -> str:
    if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
        raise Unplain("the text holds half of a surrogate pair, which no file can store")
    return str(value)


def _number(value: float | Decimal) -> int | float:
    if not math.isfinite(value):
        raise Unplain("NaN and infinity are not accepted; leave a bound out where there is none")
    if isinstance(value, float):
        return float(value)
    if value == value.to_integral_value():
        return int(value)
    if Decimal(repr(float(value))) != value:
        raise Unplain(f"the decimal {value} has more digits than a number can hold; write it as text")
    return float(value)


def kind(value: Any) -> str:
    """What a plain value is called in a sentence, e.g. `a list`."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    names: tuple[tuple[type, str], ...] = (
        (str, "text"),
        (int, "a number"),
        (float, "a number"),
        (list, "a list"),
        (Mapping, "a mapping"),
    )
    return next((name for cls, name in names if isinstance(value, cls)), f"a {type(value).__name__}")


def shown(value: Any) -> str:
    """A value of a suite for a sentence: numbers and text, cut at 40 characters; else its kind."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        return kind(value)
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
