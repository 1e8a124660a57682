"""A DuckDB connection as dq uses it: its settings, and Ctrl-C."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from typing import Any, TypeVar, cast

import duckdb

SETTINGS: dict[str, str | bool] = {
    # A file written by pyarrow with a NaN in it has minimum and maximum that leave the NaN out. DuckDB then
    # concludes that no value is NaN and none exceeds the maximum. Without these two optimizers it looks.
    "disabled_optimizers": "statistics_propagation,filter_pushdown",
    "enable_progress_bar": False,
    "preserve_insertion_order": True,
    # Each query of a plan opens the same files; their footers are parsed once.
    "parquet_metadata_cache": True,
    # Nothing is fetched at run time: a run must work without internet and do only what was installed.
    "autoinstall_known_extensions": False,
    "TimeZone": "UTC",
}
"""Of every connection."""

_Method = TypeVar("_Method", bound=Callable[..., Any])


def interruptible(method: _Method) -> _Method:
    """Ctrl-C during a query, which DuckDB turns into a RuntimeError, is a KeyboardInterrupt again."""

    @functools.wraps(method)
    def called(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except RuntimeError as error:
            if str(error) == "Query interrupted":
                raise KeyboardInterrupt from None
            raise

    return cast(_Method, called)


def connect(folder: str, threads: int | None, memory_limit: str | None) -> duckdb.DuckDBPyConnection:
    """A connection of its own, set as every query of dq expects it.

    Args:
        folder: for data that spills.
        threads: worker threads; None for all cores.
        memory_limit: e.g. `4GB`; None for DuckDB's own default.
    """
    settings: dict[str, Any] = {"temp_directory": folder}
    if threads:
        settings["threads"] = threads
    if memory_limit:
        settings["memory_limit"] = memory_limit
    con = duckdb.connect(":memory:", config=settings)
    for key, value in SETTINGS.items():
        put(con, key, value)
    return con


def put(con: duckdb.DuckDBPyConnection, key: str, value: str | bool) -> None:
    """Change one setting."""
    con.execute(f"SET {key} = {str(value).lower() if isinstance(value, bool) else repr(value)}")


def spill_folder() -> tempfile.TemporaryDirectory[str]:
    """A temporary folder for data that spills."""
    return tempfile.TemporaryDirectory(prefix="dq-spill-")
