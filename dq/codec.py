"""Values to JSON and back without loss.

JSON knows text, numbers, true, false and null. Everything else is written as an object with one key that
starts with `$`, e.g. `{"$date": "2013-02-08"}`; mappings that would look like one are wrapped.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

JSON = None | bool | int | float | str | list["JSON"] | dict[str, "JSON"]


def encode(value: Any) -> Any:
    """A value as JSON. Tuples and sets become lists; unknown types become their text.

    NaN and infinities, which JSON lacks, are tagged as well.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else {"$float": repr(value)}
        case Decimal():
            return {"$decimal": str(value)}
        case dt.datetime():
            return {"$datetime": value.isoformat()}
        case dt.date():
            return {"$date": value.isoformat()}
        case dt.time():
            return {"$time": value.isoformat()}
        case dt.timedelta():
            return {"$seconds": value.total_seconds()}
        case bytes():
            return {"$bytes": value.hex()}
        case Mapping():
            plain = {str(key): encode(item) for key, item in value.items()}
            return {"$map": plain} if len(plain) == 1 and next(iter(plain)).startswith("$") else plain
        case list() | tuple():
            return [encode(item) for item in value]
        case set() | frozenset():
            return sorted((encode(item) for item in value), key=repr)
    return str(value)


def decode(value: Any) -> Any:
    """The inverse of `encode`; lists stay lists.

    Raises:
        ValueError: an unknown tag.
    """
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((tag, content),) = value.items()
        if tag.startswith("$"):
            return _tagged(tag, content)
    return {key: decode(item) for key, item in value.items()}


def _tagged(tag: str, content: Any) -> Any:
    match tag:
        case "$float":
            return float(content)
        case "$decimal":
            return Decimal(content)
        case "$datetime":
            return dt.datetime.fromisoformat(content)
        case "$date":
            return dt.date.fromisoformat(content)
        case "$time":
            return dt.time.fromisoformat(content)
        case "$seconds":
            return dt.timedelta(seconds=content)
        case "$bytes":
            return bytes.fromhex(content)
        case "$map":
            return {key: decode(item) for key, item in content.items()}
    raise ValueError(f"unknown tag {tag}")
