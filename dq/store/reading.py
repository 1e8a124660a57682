"""Reading and writing the JSON of a local store, and listing its folders."""

from __future__ import annotations

import datetime as dt
import json
import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from dq.errors import StoreError
from dq.lake.manifest import Partition
from dq.result import SCHEMA_VERSION, Status
from dq.store.base import Head, StoreWarning

UNREADABLE = (StoreError, OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""What reading a damaged or foreign file may raise."""

_Kept = TypeVar("_Kept")


def head_of(data: Mapping[str, Any]) -> Head:
    """The head of a record's JSON, read without building the record.

    Raises:
        StoreError: written by a newer dq.
        KeyError: not a record.
    """
    version = data["schema_version"]
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        raise StoreError(f"a record of schema version {version!r}; this dq reads up to {SCHEMA_VERSION}")
    result = data["result"]
    return Head(
        run_id=data["run_id"],
        suite=result["suite"],
        partition=Partition(tuple((column, value) for column, value in result["partition"])),
        started=dt.datetime.fromisoformat(result["started"]),
        status=Status(result["status"]),
        visible=bool(data["visible"]),
    )


def tolerant(path: Path, parse: Callable[[Mapping[str, Any]], _Kept]) -> _Kept | None:
    """What a file says; None and a warning that names the file when it cannot be read."""
    try:
        return parse(read_json(path))
    except UNREADABLE as error:
        warnings.warn(
            f"{path} was left out; it cannot be read: {why(error)}. The file is untouched.",
            StoreWarning,
            stacklevel=2,
        )
        return None


def why(error: Exception) -> str:
    """One sentence on why a file could not be read, without any of its content."""
    if isinstance(error, StoreError):
        return str(error)
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return "it is not the JSON that dq writes; it was changed by hand or the disk is damaged"


def read_json(path: Path) -> Any:
    """The JSON of a file.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not JSON.
    """
    return json.loads(path.read_bytes())


def to_json(data: Any) -> bytes:
    """One line of JSON. ASCII, so that names with lone surrogates survive.

    Raises:
        ValueError: it holds a NaN that was not encoded.
    """
    return json.dumps(data, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"


def folders_in(parent: Path) -> list[Path]:
    """Folders that are not hidden, by name; empty when the parent is missing.

    Raises:
        StoreError: the parent cannot be listed.
    """
    return sorted(Path(entry.path) for entry in _entries(parent) if entry.is_dir())


def files_in(folder: Path, ending: str) -> list[Path]:
    """Files with this ending, temporary ones left out, in no order; empty when the folder is missing.

    Raises:
        StoreError: the folder cannot be listed.
    """
    return [Path(entry.path) for entry in _entries(folder) if entry.name.endswith(ending)]


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not entry.name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreError(
            f"{folder}: cannot be listed: {why(error)}. Expected a folder of the store."
        ) from error
