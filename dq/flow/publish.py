"""`dq.publish`: write, audit, publish. Readers see a load only when it has passed."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dq.errors import UsageError
from dq.flow.audit import audit, release
from dq.flow.outcome import RunOutcome
from dq.flow.place import remember_pointer
from dq.flow.setting import Setting
from dq.lake.local.pointer import LocalPointer
from dq.lake.manifest import Partition
from dq.lake.source import FileSource, open_source
from dq.suites.datasets import slice_of
from dq.validation import EngineOptions


def publish(
    staged: str | os.PathLike[str],
    suite: Any,
    partition: Mapping[str, Any] | None = None,
    *,
    params: Mapping[str, Any] | None = None,
    input: Any = None,  # noqa: A002 - the design's word for what a dataset was made from
    store: Any = None,
    options: EngineOptions | None = None,
    now: dt.datetime | None = None,
    failing_rows: Any = None,
) -> RunOutcome:
    """Copy staged files beside the table, validate the copy, and let readers see it if it passes.

    What passes is exactly what is published: the copy is immutable from the moment it is judged.

    Args:
        staged: folder or file with the new bytes of the partition.
        suite: path, mapping, Great Expectations suite, or a loaded suite; it names the table.
        partition: the slice; None for an unpartitioned table.
        params: values of the suite's parameters.
        input: what the dataset was made from; None for what the suite names.
        store: folder of the store; None for the configured one.
        options: threads and memory; None for the configured ones.
        now: the moment that freshness is measured against; None for the clock.
        failing_rows: folder for the rows that break the suite, as Parquet; or a `dq.rows.files.Output`.

    Returns:
        The outcome; with a status that is not good the load is in quarantine and readers saw nothing of it.

    Raises:
        SuiteError: the suite cannot be read, or names no table.
        DataError: the staged files cannot be read.
        RollbackConflict: the partition moved while the load was judged; the load stays beside the table.
    """
    setting = Setting.of(
        suite,
        params=params,
        input=input,
        store=store,
        options=options,
        now=now,
        failing_rows=failing_rows,
    )
    slice_ = slice_of(setting.suite, partition, aws=setting.options.aws)
    layout = _gate(setting)
    expected = layout.current(slice_)
    load = layout.stage(slice_, Path(os.fspath(staged)))
    files = open_source(load.manifest.location, Partition(), aws=setting.options.aws)
    assert isinstance(files, FileSource)  # noqa: S101 - a location names files
    return release(audit(setting, layout, load, expected, files, str(staged)))


def _gate(setting: Setting) -> LocalPointer:
    suite = setting.suite
    if suite.data is None:
        raise UsageError(f"suite '{suite.name}' names no data, so there is no table to publish to")
    if setting.place.layout is None:
        raise UsageError(f"{suite.data} is no folder; only a table's folder can be published to")
    layout = LocalPointer(Path(suite.root, suite.data), setting.place.store.folder(suite.root))
    remember_pointer(layout)
    return layout
