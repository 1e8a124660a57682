"""`dq.publish`: write, audit, publish. Readers see a load only when it has passed."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from typing import Any

from dq.errors import UsageError
from dq.flow.audit import audit, release
from dq.flow.layouts import to_publish
from dq.flow.outcome import RunOutcome
from dq.flow.setting import Setting
from dq.lake.from_manifest import source_of_manifest
from dq.lake.layout import Layout
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

    What passes is exactly what is published: the copy is immutable from the moment it is judged. How readers
    come to see it is what the table's layout promises (docs/rollback.md).

    Args:
        staged: folder or file with the new bytes of the partition; for a table on S3 also `s3://...`.
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
        RollbackRefused: nothing may be changed in the table, with the reason.
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
    load = layout.stage(slice_, os.fspath(staged))
    files = source_of_manifest(load.manifest, load.manifest.location, True, setting.options.aws, layout)
    return release(audit(setting, layout, load, expected, files, str(staged)))


def _gate(setting: Setting) -> Layout:
    suite = setting.suite
    if suite.data is None:
        raise UsageError(f"suite '{suite.name}' names no data, so there is no table to publish to")
    if setting.place.layout is None:
        raise UsageError(f"{suite.data} is no table; only a table's folder or prefix can be published to")
    return to_publish(setting.place.layout)
