"""Spellings of types: which canonical types a name in a suite stands for.

Names in capitals that DuckDB knows are exact: `INTEGER` is the 32-bit integer only. Names of Python (`int`,
`float`, `str`) accept every width. Names of Arrow, NumPy, pandas, Polars and Spark stand for their one type.
Capitals make a difference for two names only: `FLOAT` is 32-bit and `TIMESTAMP` has microseconds, `float` and
`timestamp` accept any width and any resolution, `Timestamp` (as pandas has it) with a zone or without.
"""

from __future__ import annotations

import re

from dq.errors import did_you_mean

_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_UNSIGNED = ("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT")
_STAMPS = ("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")
_ZONED = "TIMESTAMP WITH TIME ZONE"

CANONICAL = (
    *_WHOLE, *_UNSIGNED, "FLOAT", "DOUBLE", "DECIMAL", "VARCHAR", "ENUM", "BOOLEAN", "DATE", "TIME",
    "TIME WITH TIME ZONE", *_STAMPS, _ZONED, "INTERVAL", "BLOB", "UUID", "BIT", "JSON", "LIST", "STRUCT",
    "MAP", "UNION",
)  # fmt: skip
"""Types as engines report them, without their parameters."""

_OBJECTS = ("VARCHAR", "BLOB", "DECIMAL", "DATE", "TIME", "UUID", "LIST", "STRUCT", "MAP")
"""What pandas holds as Python objects, since NumPy has no type for it."""

SPELLINGS: dict[str, tuple[str, ...]] = {
    "int": (*_WHOLE, *_UNSIGNED),
    "long": (*_WHOLE, *_UNSIGNED),
    "whole": (*_WHOLE, *_UNSIGNED),
    "float": ("FLOAT", "DOUBLE"),
    "str": ("VARCHAR", "ENUM"),
    "bool": ("BOOLEAN",),
    "bytes": ("BLOB",),
    "datetime": (*_STAMPS, _ZONED),
    **dict.fromkeys(("object", "object_", "o"), _OBJECTS),
    "timedelta": ("INTERVAL",),
    "dict": ("STRUCT", "MAP"),
    "int8": ("TINYINT",),
    "int16": ("SMALLINT",),
    "int32": ("INTEGER",),
    "int64": ("BIGINT",),
    "uint8": ("UTINYINT",),
    "uint16": ("USMALLINT",),
    "uint32": ("UINTEGER",),
    "uint64": ("UBIGINT",),
    "float32": ("FLOAT",),
    "float64": ("DOUBLE",),
    "real": ("FLOAT",),
    "double precision": ("DOUBLE",),
    "double_precision": ("DOUBLE",),
    "numeric": ("DECIMAL",),
    "decimal128": ("DECIMAL",),
    "string": ("VARCHAR",),
    "large_string": ("VARCHAR",),
    "utf8": ("VARCHAR",),
    "text": ("VARCHAR",),
    "char": ("VARCHAR",),
    "category": ("ENUM",),
    "categorical": ("ENUM",),
    "boolean": ("BOOLEAN",),
    "logical": ("BOOLEAN",),
    "binary": ("BLOB",),
    "large_binary": ("BLOB",),
    "bytea": ("BLOB",),
    "date32": ("DATE",),
    "time64": ("TIME",),
    "datetime64": _STAMPS,
    "datetime64[s]": ("TIMESTAMP_S",),
    "datetime64[ms]": ("TIMESTAMP_MS",),
    "datetime64[us]": ("TIMESTAMP",),
    "datetime64[ns]": ("TIMESTAMP_NS",),
    "timestamp[s]": ("TIMESTAMP_S",),
    "timestamp[ms]": ("TIMESTAMP_MS",),
    "timestamp[us]": ("TIMESTAMP",),
    "timestamp[ns]": ("TIMESTAMP_NS",),
    "timestamp": _STAMPS,
    "timestamptz": (_ZONED,),
    "array": ("LIST",),
    "bytetype": ("TINYINT",),
    "shorttype": ("SMALLINT",),
    "integertype": ("INTEGER",),
    "longtype": ("BIGINT",),
    "floattype": ("FLOAT",),
    "doubletype": ("DOUBLE",),
    "decimaltype": ("DECIMAL",),
    "stringtype": ("VARCHAR",),
    "booleantype": ("BOOLEAN",),
    "binarytype": ("BLOB",),
    "datetype": ("DATE",),
    "timestamptype": (_ZONED,),
    "timestampntztype": ("TIMESTAMP",),
    "arraytype": ("LIST",),
    "structtype": ("STRUCT",),
    "maptype": ("MAP",),
}
"""Other names, in lower case, and the canonical types that each accepts."""

_WITH_PARAMETERS = {
    "decimal": "DECIMAL",
    "numeric": "DECIMAL",
    "decimal128": "DECIMAL",
    "struct": "STRUCT",
    "map": "MAP",
    "union": "UNION",
    "enum": "ENUM",
}
_ZONED_SPELLING = re.compile(r"(datetime64|timestamp)\[(s|ms|us|ns), ?(tz=)?[\w/+:-]+\]")
_SIZED_TEXT = re.compile(r"(varchar|char|string)\(\d+\)")


def accepts(spelling: str) -> frozenset[str]:
    """The canonical types, without spaces that do not matter, that a spelling in a suite accepts.

    Args:
        spelling: e.g. `BIGINT`, `int64`, `DECIMAL(10,2)`, `VARCHAR[]`, `STRUCT(a BIGINT)`.

    Raises:
        ValueError: no such type is known.
    """
    name = " ".join(spelling.split())
    lower = name.lower()
    if name.upper() in CANONICAL and (name.isupper() or lower not in SPELLINGS):
        return frozenset((name.upper(),))
    if name == "Timestamp":  # the class of pandas, with a zone or without
        return frozenset((*_STAMPS, _ZONED))
    if lower in SPELLINGS:
        return frozenset(SPELLINGS[lower])
    if _ZONED_SPELLING.fullmatch(lower):
        return frozenset((_ZONED,))
    if _SIZED_TEXT.fullmatch(lower):
        return frozenset(("VARCHAR",))
    if lower.endswith("]"):
        element, size = name[: name.rindex("[")], name[name.rindex("[") :]
        if re.fullmatch(r"\[\d*\]", size):
            return frozenset(f"{inner}{size}" for inner in accepts(element))
    head, bracket, rest = name.partition("(")
    if (
        bracket
        and rest.endswith(")")
        and head.strip().upper() in ("DECIMAL", "STRUCT", "MAP", "UNION", "ENUM")
    ):
        return frozenset((_compact(f"{head.strip().upper()}({rest}"),))
    if bracket and rest.endswith(")") and head.strip().lower() in ("numeric", "decimal128"):
        return frozenset((_compact(f"DECIMAL({rest}"),))
    raise ValueError(
        f"'{spelling}' is no known type."
        f"{did_you_mean(name.upper(), CANONICAL) or did_you_mean(lower, SPELLINGS)}"
        " Known are DuckDB's names (BIGINT, VARCHAR, TIMESTAMP, ...) and common ones (int64, string, ...)"
    )


_EXACT = {
    "int": "BIGINT", "long": "BIGINT", "float": "DOUBLE", "str": "VARCHAR",
    "INT": "INTEGER", "LONG": "BIGINT",
}  # fmt: skip
"""Names of families that stand for one type where just one is meant: NumPy's, and in capitals SQL's."""


def exactly(spelling: str) -> frozenset[str]:
    """The one canonical type that a spelling means where exactly one is meant.

    A date-time without a unit still means any resolution, and pandas' `object` all that it holds so.

    Raises:
        ValueError: no such type is known, or the name stands for several.
    """
    name = " ".join(spelling.split())
    name = name if name.isupper() else name.lower()
    if name in _EXACT:
        return frozenset((_EXACT[name],))
    found = accepts(spelling)
    if len(found) > 1 and found not in (
        frozenset(_STAMPS),
        frozenset((*_STAMPS, _ZONED)),
        frozenset(_OBJECTS),
    ):
        raise ValueError(f"'{spelling}' stands for several types: {', '.join(sorted(found))}; name one")
    return found


def is_one_of(type_text: str, accepted: frozenset[str]) -> bool:
    """Whether a canonical type is among accepted ones; a name without parameters accepts any."""
    if _compact(type_text) in accepted or type_text in accepted:
        return True
    if type_text.endswith("]"):
        return "LIST" in accepted
    return type_text.split("(")[0].strip() in accepted


def _compact(type_text: str) -> str:
    return re.sub(r"\s*([(),])\s*", r"\1", type_text)
