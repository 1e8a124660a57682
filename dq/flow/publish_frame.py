"""`dq.aws.publish`: rows in memory become a load of a Glue table, and are seen only if they pass."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dq.aws.glue import SCHEME
from dq.errors import RollbackError, UsageError
from dq.flow.audit import Audited, audit, outcome_of, release
from dq.flow.outcome import RunOutcome
from dq.flow.runs import PartitionRun, Runs
from dq.flow.setting import Setting
from dq.lake.frames import arrow_table
from dq.lake.glue import frames
from dq.lake.glue.location import GlueLocation
from dq.lake.manifest import Partition
from dq.suites import load_suite
from dq.validation import EngineOptions

if TYPE_CHECKING:
    import pyarrow as pa


def publish(
    frame: Any,
    suite: Any,
    partition: Mapping[str, Any] | None = None,
    *,
    database: str | None = None,
    table: str | None = None,
    params: Mapping[str, Any] | None = None,
    input: Any = None,  # noqa: A002 - the design's word for what a dataset was made from
    store: Any = None,
    options: EngineOptions | None = None,
    now: dt.datetime | None = None,
    failing_rows: Any = None,
) -> RunOutcome:
    """Publish the rows of one partition to a table of the Glue catalog, if they pass.

    The rows are written as Parquet with the table's types to a load of their own. Exactly these bytes are
    validated. If they pass, the partition's location becomes the load's: readers see the old rows or the new
    ones, never none and never both. If not, the load is quarantined, and readers see nothing of it.

    Args:
        frame: pandas, polars or Arrow table; DuckDB relation.
        suite: path, mapping, Great Expectations suite, or a loaded suite.
        partition: values of the table's keys; a key that is left out must be a column of the frame with one
            value. None for a table without keys, too.
        database: of the table; None for the table that the suite names as its data.
        table: its name; given with `database`.
        params: values of the suite's parameters.
        input: what the rows were made from; None for what the suite names.
        store: folder or address of the store; None for the configured one.
        options: threads, memory, and where AWS is; None for the configured ones.
        now: the moment that freshness is measured against; None for the clock.
        failing_rows: folder for the rows that break the suite, as Parquet; or a `dq.rows.files.Output`.

    Returns:
        The outcome.

    Raises:
        SuiteError: the suite cannot be read.
        UsageError: no table of the catalog is named, or the frame holds rows of several partitions.
        DataError: the frame's columns are not those of the table.
        RollbackRefused: the table's locations must not be changed; another operation is not finished.
        RollbackConflict: the partition moved while the rows were judged; nothing of theirs was touched.
    """
    setting = _setting(suite, database, table, params, input, store, options, now, failing_rows)
    layout = _gate(setting)
    found = _split(frame, layout, partition)
    if len(found) != 1:
        raise UsageError(
            f"the frame holds rows of {len(found)} partitions of {layout.address}; name one, or call "
            "dq.aws.publish_partitions"
        )
    (slice_, rows), name = found[0], _name(frame)
    return release(_staged(setting, layout, slice_, rows, name))


def publish_partitions(
    frame: Any,
    suite: Any,
    *,
    database: str | None = None,
    table: str | None = None,
    params: Mapping[str, Any] | None = None,
    input: Any = None,  # noqa: A002 - the design's word for what a dataset was made from
    store: Any = None,
    options: EngineOptions | None = None,
    now: dt.datetime | None = None,
) -> Runs:
    """Publish the rows of several partitions, each if it passes and all the others do.

    Every partition is written and judged before readers see any. If one fails, none is published: the
    failing loads are quarantined and the others are left unseen. If all pass, one location after the other
    is changed; each change is atomic, all of them together are not.

    Args:
        frame: as in `publish`; it holds the table's keys as columns.
        suite: as in `publish`.
        database: as in `publish`.
        table: as in `publish`.
        params: as in `publish`.
        input: as in `publish`.
        store: as in `publish`.
        options: as in `publish`.
        now: as in `publish`.

    Returns:
        One summary per partition, in their order. `trouble` says why a partition that passed was not
        published.

    Raises:
        SuiteError: as in `publish`.
        UsageError: as in `publish`.
        DataError: as in `publish`.
    """
    setting = _setting(suite, database, table, params, input, store, options, now, None)
    layout = _gate(setting)
    name = _name(frame)
    judged = [_staged(setting, layout, slice_, rows, name) for slice_, rows in _split(frame, layout, None)]
    failed = [str(one.load.partition) for one in judged if not one.passed]
    held = f"not published, because {', '.join(failed[:3])} of the same frame failed" if failed else ""
    outcomes = [_released(one, held) for one in judged]
    return Runs(setting.suite.name, tuple(map(_summary, outcomes)))


def _released(audited: Audited, held: str) -> RunOutcome:
    if audited.passed and held:
        return outcome_of(audited, None, held)
    try:
        return release(audited)
    except RollbackError as error:
        return outcome_of(audited, None, str(error))


def _summary(outcome: RunOutcome) -> PartitionRun:
    done = outcome.rollback
    run = PartitionRun.of_record(outcome.record)
    return replace(run, rollback_id=done.id if done is not None else "", trouble=outcome.trouble)


def _setting(
    suite: Any,
    database: str | None,
    table: str | None,
    params: Mapping[str, Any] | None,
    given: Any,
    store: Any,
    options: EngineOptions | None,
    now: dt.datetime | None,
    failing_rows: Any,
) -> Setting:
    loaded = load_suite(suite, params)
    if (database is None) != (table is None):
        raise UsageError("database and table belong together; give both, or neither")
    if database is not None:
        loaded = replace(loaded, data=f"{SCHEME}{database}.{table}")
    return Setting.of(loaded, input=given, store=store, options=options, now=now, failing_rows=failing_rows)


def _gate(setting: Setting) -> GlueLocation:
    layout = setting.place.layout
    if not isinstance(layout, GlueLocation):
        raise UsageError(
            f"suite '{setting.suite.name}': its data is {setting.suite.data or 'not named'}, no table of the "
            "Glue catalog; expected data: glue://database.table, or database= and table="
        )
    return layout


def _split(
    frame: Any, layout: GlueLocation, partition: Mapping[str, Any] | None
) -> list[tuple[Partition, pa.Table]]:
    from dq.lake.glue.opening import check_keys

    wanted = Partition.of(partition)
    check_keys(layout.described, wanted)
    return list(frames.split(arrow_table(frame), layout.described, wanted))


def _name(frame: Any) -> str:
    return f"<{type(frame).__module__.split('.')[0]} {type(frame).__name__}>"


def _staged(setting: Setting, layout: GlueLocation, slice_: Partition, rows: Any, name: str) -> Audited:
    expected = layout.current(slice_)
    with tempfile.TemporaryDirectory(prefix="dq-publish-") as folder:
        load = layout.stage(slice_, frames.write(rows, layout.described, Path(folder)))
    source = layout.source(load.manifest, name)
    return audit(setting, layout, load, expected, source, name)
