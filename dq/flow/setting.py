"""What runs of one suite have in common: found once, used for every partition."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dq.flow import provenance
from dq.flow.place import Place, place_of
from dq.lake.local.files import describe
from dq.lake.manifest import FileEntry, Manifest, Partition
from dq.lake.source import FileSource, Source
from dq.rows.files import Output
from dq.suites import Suite, load_suite
from dq.validation import EngineOptions

if TYPE_CHECKING:
    from dq.engines.base import Engine

_Stamp = tuple[str, int, int, int, int]
"""Path, size, modification and change time in nanoseconds, inode."""


@dataclass
class Hashes:
    """Checksums of files, each taken once as long as its size, times and inode stay as they are.

    Sources of objects on S3 bring theirs along.
    """

    _known: dict[_Stamp, FileEntry] = field(default_factory=dict)

    def manifest(self, source: Source, partition: Partition) -> Manifest | None:
        """Exact bytes of the files of a source; None for a table in memory."""
        if not isinstance(source, FileSource):
            return None
        if source.remote is not None:
            from dq.lake.s3.pinning import manifest_of

            return manifest_of(source, partition)
        files = source.files
        folder = Path(os.path.commonpath([os.path.dirname(file) for file in files])) if files else Path()
        stamps = {file: _stamp(file) for file in files}
        fresh = [file for file in files if stamps[file] not in self._known]
        for file, entry in zip(fresh, describe(Path(), fresh), strict=True):
            self._known[stamps[file]] = entry
        entries = [
            replace(self._known[stamps[file]], path=Path(os.path.relpath(file, folder)).as_posix())
            for file in files
        ]
        return Manifest(partition, str(folder), tuple(sorted(entries, key=lambda entry: entry.path)))


def _stamp(file: str) -> _Stamp:
    about = os.stat(file)
    return file, about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino


@dataclass
class Setting:
    """One suite, one dataset, and everything around them.

    Attributes:
        suite: as loaded.
        place: store, journal and layout.
        data: instead of the suite's own dataset; None for that.
        input: what the dataset was made from; None for what the suite names.
        options: threads and memory.
        now: the moment that freshness and age are measured against; None for the clock.
        failing_rows: where the rows that break the suite are written; None for nowhere.
        hashes: of files that several partitions, or several steps of one run, look at.
        engine: used for one partition after the other; None to open one for each.
        incremental: whether states are kept per partition and used; None for what the suite says.
    """

    suite: Suite
    place: Place
    data: Any
    input: Any
    options: EngineOptions
    now: dt.datetime | None
    failing_rows: Output | None = None
    hashes: Hashes = field(default_factory=Hashes)
    engine: Engine | None = None
    incremental: bool | None = None

    @classmethod
    def of(
        cls,
        suite: Any,
        data: Any = None,
        *,
        params: Mapping[str, Any] | None = None,
        input: Any = None,  # noqa: A002 - the design's word for what a dataset was made from
        store: Any = None,
        options: EngineOptions | None = None,
        now: dt.datetime | None = None,
        failing_rows: Any = None,
        incremental: bool | None = None,
    ) -> Setting:
        """From what callers of `dq.run` and its like give.

        Raises:
            UsageError: failing rows cannot be written there.
            SuiteError: the suite cannot be read.
            ConfigError: the configuration is wrong.
            DataError: the store lies inside the table.
        """
        loaded = load_suite(suite, params)
        place = place_of(loaded, data, store, options)
        output = Output.of(failing_rows)
        return cls(loaded, place, data, input, place.options, now, output, incremental=incremental)

    @property
    def keeps_states(self) -> bool:
        """Whether states are kept per partition and used."""
        return self.suite.policy.incremental if self.incremental is None else self.incremental

    @property
    def moment(self) -> dt.datetime:
        """`now`, or what the clock says."""
        return self.now or dt.datetime.now(dt.timezone.utc)

    @cached_property
    def code_revision(self) -> str:
        """Of the project's checkout, when this was asked first."""
        return provenance.code_revision(self.suite.root)
