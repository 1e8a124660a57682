"""What DuckDB says went wrong, as far as it may be passed on."""

from __future__ import annotations

import re

import duckdb

_ABOUT_DATA = (duckdb.DataError, duckdb.InvalidInputException)
"""Errors whose text may quote values."""


def told(error: Exception) -> str:
    """What went wrong, without values: the text of an error about data ends before the first one."""
    text = first_line(error)
    if isinstance(error, _ABOUT_DATA) or not isinstance(error, duckdb.Error):
        text = re.split(r"""\s*['"(\[]|\s*(?<=[a-z]) -?\d""", text, maxsplit=1)[0] + " ... (values left out)"
    return f"DuckDB: {text}"


def first_line(error: Exception) -> str:
    """The first line of an error's text."""
    return str(error).splitlines()[0]
