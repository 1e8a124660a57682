"""Reading and writing the JSON of a store."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from dq.errors import StoreError
from dq.lake.manifest import Partition
from dq.result import SCHEMA_VERSION, Status
from dq.store.base import Head, StoreWarning
from dq.store.shelf import Shelf

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
        status=Status(result["status"]),
        visible=bool(data["visible"]),
    )


def tolerant(
    shelf: Shelf,
    names: Iterable[str],
    parse: Callable[[Mapping[str, Any]], _Kept],
    limit: int | None = None,
) -> Iterator[tuple[str, _Kept]]:
    """What files say, in order; a warning names each that cannot be read, and it is left out.

    A file that is not there is left out without a word: its writer may not have come to it yet.

    Args:
        shelf: where they are.
        names: of the files. At most `shelf.width` are read before they are asked for.
        parse: makes something of a file's JSON.
        limit: how many the caller will take at most, so that no more are read ahead.
    """
    for name, content in _contents(shelf, names, limit):
        if isinstance(content, FileNotFoundError):
            continue
        try:
            if isinstance(content, OSError):
                raise content
            yield name, parse(json.loads(content))
        except UNREADABLE as error:
            warnings.warn(
                f"{shelf.place(name)} was left out; it cannot be read: {why(error)}. The file is untouched.",
                StoreWarning,
                stacklevel=2,
            )


def _contents(shelf: Shelf, names: Iterable[str], limit: int | None) -> Iterator[tuple[str, bytes | OSError]]:
    def read(name: str) -> bytes | OSError:
        try:
            return shelf.read(name)
        except OSError as error:
            return error

    if shelf.width == 1:
        yield from ((name, read(name)) for name in names)
        return
    from concurrent.futures import ThreadPoolExecutor
    from itertools import islice

    waiting = iter(names)
    if (first := next(waiting, None)) is None:
        return
    yield first, read(first)  # whoever looks for the newest often needs no other
    taken = 1
    with ThreadPoolExecutor(shelf.width) as pool:
        while batch := list(islice(waiting, _ahead(shelf.width, limit, taken))):
            taken += len(batch)
            yield from zip(batch, pool.map(read, batch), strict=True)


def _ahead(width: int, limit: int | None, taken: int) -> int:
    """How many to read at once; one by one where the caller should be content already, but is not."""
    return width if limit is None else max(1, min(width, limit - taken))


def why(error: Exception) -> str:
    """One sentence on why a file could not be read, without any of its content."""
    if isinstance(error, StoreError):
        return str(error)
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return "it is not the JSON that dq writes; it was changed by hand or the disk is damaged"


def read_json(shelf: Shelf, name: str) -> Any:
    """The JSON of a file.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not JSON.
    """
    return json.loads(shelf.read(name))


def to_json(data: Any) -> bytes:
    """One line of JSON. ASCII, so that names with lone surrogates survive.

    Raises:
        ValueError: it holds a NaN that was not encoded.
    """
    return json.dumps(data, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"
