"""`dq.run_many`: many partitions, one after the other, each recorded as if it had been run alone."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dq.errors import DQError, UsageError, did_you_mean
from dq.flow.done import done_before
from dq.flow.run import run_slice
from dq.flow.runs import PartitionRun, Runs
from dq.flow.setting import Setting
from dq.lake.manifest import Partition
from dq.lake.opening import check_partition, partitions_of
from dq.lake.selection import in_order, parse
from dq.result import Status
from dq.suites.datasets import nested, partition_order, values_of
from dq.validation import EngineOptions, idle_engine

if TYPE_CHECKING:
    from dq.flow.outcome import RunOutcome

Tell = Callable[[PartitionRun, int], None]
"""Called after every partition with its summary and the number of partitions in all."""


def run_many(
    suite: Any,
    partitions: str | Iterable[str | Mapping[str, Any]] | None = None,
    data: Any = None,
    *,
    params: Mapping[str, Any] | None = None,
    input: Any = None,  # noqa: A002 - the design's word for what a dataset was made from
    store: Any = None,
    options: EngineOptions | None = None,
    now: dt.datetime | None = None,
    failing_rows: Any = None,
    skip_done: bool = False,
    incremental: bool | None = None,
    tell: Tell | None = None,
) -> Runs:
    """Run a suite on many partitions in one process.

    Every partition gets its own result, record, decision, rollback and note, exactly as `dq.run` gives them.
    The suite is loaded once; the engine, files that several partitions look at (references) and what is known
    of the store are used again. One partition that is bad or cannot be read does not stop the others. When
    the process is interrupted, what was done is recorded; call again with `skip_done=True` to go on.

    Args:
        suite: path, mapping, Great Expectations suite, or a loaded suite.
        partitions: a selection such as `"date=2013-02-01..2013-02-28"` (see `dq.lake.selection`), several
            of them for several columns, or mappings such as `{"date": "2013-02-08"}`, run in their order;
            None for every partition that readers can see.
        data: instead of the suite's own dataset.
        params: values of the suite's parameters.
        input: what the dataset was made from; None for what the suite names.
        store: folder of the store; None for the configured one.
        options: threads and memory; None for the configured ones.
        now: the moment that freshness and age are measured against; None for the clock at each partition.
        failing_rows: folder for the rows that break the suite, a file per run, as Parquet; or a
            `dq.rows.files.Output`.
        skip_done: leave out partitions that this very suite has judged since their bytes last changed; their
            recorded status counts.
        incremental: keep the states of metrics per partition, for a later question about all of them; None
            for what the suite says.
        tell: called after every partition.

    Returns:
        A summary per partition, in order. Bad data raises nothing.

    Raises:
        SuiteError: the suite cannot be read.
        UsageError: the selection cannot be understood, or no partition can be told from another.
        DataError: nothing is there that the selection means.
    """
    setting = Setting.of(
        suite,
        data,
        params=params,
        input=input,
        store=store,
        options=options,
        now=now,
        failing_rows=failing_rows,
        incremental=incremental,
    )
    slices = slices_of(setting, partitions)
    done: list[PartitionRun] = []
    try:
        for slice_ in slices:
            done.append(_one(setting, slice_, skip_done))
            if tell is not None:
                tell(done[-1], len(slices))
    finally:
        _close(setting)
    return Runs(setting.suite.name, tuple(done))


def slices_of(
    setting: Setting, partitions: str | Iterable[str | Mapping[str, Any]] | None
) -> tuple[Partition, ...]:
    """The partitions that are meant, in the order in which they are run, each once.

    Raises:
        UsageError: the selection cannot be understood, or no partition can be told from another.
        DataError: nothing is there that the selection means.
    """
    if isinstance(partitions, Mapping):
        raise UsageError(f"partitions={dict(partitions)!r}: give a list of mappings, or call dq.run")
    given = [partitions] if isinstance(partitions, str) else None if partitions is None else list(partitions)
    if given is None:
        return _every(setting)
    texts = [one for one in given if isinstance(one, str)]
    mappings = [one for one in given if not isinstance(one, str)]
    if texts and mappings:
        raise UsageError("partitions are either texts such as 'date=2013-02-*' or mappings, not both")
    if not given:
        raise UsageError("no partition is named; leave `partitions` out for every partition")
    chosen = _selected(setting, texts) if texts else [Partition.of(one) for one in mappings]
    columns = partition_order(setting.suite, setting.data, setting.options.aws)
    checked = (values_of(setting.suite, one.as_dict()) for one in chosen)
    return tuple(dict.fromkeys(nested(one, columns) for one in checked))


def _selected(setting: Setting, texts: Sequence[str]) -> Sequence[Partition]:
    selection = parse(texts)
    named = values_of(setting.suite, dict.fromkeys(selection.terms, ""))
    table = getattr(setting.place.layout, "table", None)
    if isinstance(table, Path):
        check_partition(table, named)
    existing = _existing(setting)
    known = {column for one in existing for column, _ in one.values}
    for column in selection.terms:
        if known and column not in known:
            hint = did_you_mean(column, known) or f" Expected: {', '.join(sorted(known))}."
            raise UsageError(f"'{column}' is no partition column of suite '{setting.suite.name}'.{hint}")
    return selection.choose(existing)


def _existing(setting: Setting) -> tuple[Partition, ...]:
    """Every partition that readers can see; of prefixes on S3 also where no layout tells them apart."""
    if setting.place.layout is not None:
        return setting.place.layout.partitions()
    where = setting.suite.data if setting.data is None else setting.data
    return partitions_of(where, setting.options.aws)


def _every(setting: Setting) -> tuple[Partition, ...]:
    found = _existing(setting)
    if not [one for one in found if one.values]:
        raise UsageError(
            f"suite '{setting.suite.name}': its data has no partitions to run one by one; use dq.run"
        )
    return in_order(found)


def _one(setting: Setting, slice_: Partition, skip_done: bool) -> PartitionRun:
    clock = time.perf_counter()
    try:
        known = done_before(setting, slice_) if skip_done else None
        if known is not None:
            return PartitionRun.of_record(known, skipped=True)
        if setting.engine is None:
            setting.engine = idle_engine(setting.options)
        outcome = run_slice(setting, slice_)
    except Exception as error:  # noqa: BLE001 - one partition must not stop the others
        _close(setting)  # whatever state it is in
        return PartitionRun(slice_, seconds=time.perf_counter() - clock, error=_told(error))
    if outcome.status is Status.ERROR:
        _close(setting)
    return _summary(outcome, time.perf_counter() - clock)


def _summary(outcome: RunOutcome, seconds: float) -> PartitionRun:
    return replace(
        PartitionRun.of_record(outcome.record),
        seconds=seconds,
        trouble=outcome.trouble,
        failing_rows=outcome.failing_rows,
    )


def _told(error: Exception) -> str:
    """What went wrong. The text of an error that is not ours might quote values, so only its kind is told."""
    if isinstance(error, DQError):
        return str(error)
    return f"unexpected {type(error).__name__}; run this partition alone to see where"


def _close(setting: Setting) -> None:
    if setting.engine is not None:
        setting.engine.close()
        setting.engine = None
