"""What a validation looked at, kept with its result: who looks again sees exactly the same data."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dq.errors import DataError
from dq.lake.manifest import Partition
from dq.lake.source import FileSource, Source
from dq.suites import Suite

Stamp = tuple[int, int, int]
"""Of one file: size in bytes, modification time in nanoseconds, inode."""


@dataclass(frozen=True, eq=False)
class Origin:
    """A suite and the sources it was asked of. `Result.origin` holds one; it is never written anywhere.

    A table in memory is held as it was judged, for as long as the result lives.

    Attributes:
        suite: as loaded.
        partition: the slice.
        sources: datasets by name; `""` is the one under test.
        now: the moment that freshness was measured against.
        options: threads and memory, as the caller gave them (`dq.validation.EngineOptions`).
        stamps: of every local file, taken before it was read.
    """

    suite: Suite
    partition: Partition
    sources: Mapping[str, Source]
    now: dt.datetime
    options: Any
    stamps: Mapping[str, Stamp]

    def unchanged(self) -> None:
        """Makes sure that every file is still the one that was judged.

        Raises:
            DataError: a file is gone, or its size, time or inode is another.
        """
        for file, stamp in self.stamps.items():
            try:
                now = _stamp(file)
            except OSError:
                raise DataError(
                    f"{file}: gone since the validation, so its rows cannot be looked at again; validate anew"
                ) from None
            if now != stamp:
                raise DataError(
                    f"{file}: changed since the validation, so other rows may break the suite now; "
                    "validate anew"
                )


def stamps_of(sources: Mapping[str, Source]) -> dict[str, Stamp]:
    """The stamps of all local files of some sources; a file that is not there is left to whoever opens it.

    Objects on S3 need none: their source names exactly the bytes, and a reader takes no others.
    """
    local = [one for one in sources.values() if isinstance(one, FileSource) and one.remote is None]
    files = [file for source in local for file in source.files]
    return {file: _stamp(file) for file in files if os.path.exists(file)}


def _stamp(file: str) -> Stamp:
    about = os.stat(file)
    return about.st_size, about.st_mtime_ns, about.st_ino
