"""Which validated bytes may come back, and which partition to compare with."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable

from dq.errors import StoreError
from dq.lake.manifest import Partition
from dq.result import RunRecord
from dq.store.base import Head, Store, StoreWarning, is_baseline, may_be_restored

_DIGITS = re.compile(r"(\d+)")

Order = tuple[tuple[int, int, str], ...]


def last_validated(
    store: Store, suite: str, partition: Partition, before: str | None = None
) -> RunRecord | None:
    """The newest good run of the same partition whose exact bytes may be put back.

    It passed, was not rolled back, and its record names files. Superseded bytes may come back: they were
    right until newer ones took their place.

    Args:
        store: where runs are recorded.
        suite: its name.
        partition: exactly this slice.
        before: only runs older than this run id.

    Returns:
        The record; None when no bytes of this partition were ever validated.
    """
    for head in store.heads(suite, partition):
        if not _good_before(head, before) or not may_be_restored(head, head.events):
            continue
        record = _readable(store, head)
        manifest = record.manifests.get("") if record else None
        if manifest is not None and (manifest.files or manifest.snapshot):
            return record
    return None


def last_good_other(
    store: Store, suite: str, partition: Partition, before: str | None = None
) -> RunRecord | None:
    """The newest good run of the nearest earlier partition: what a partition is compared with.

    Args:
        store: where runs are recorded.
        suite: its name.
        partition: the slice to compare.
        before: only runs older than this run id.

    Returns:
        The record; None for a whole dataset, and when nothing earlier is good.
    """
    others = store.partitions(suite)
    while (nearest := nearest_earlier(partition, others)) is not None:
        others.remove(nearest)
        for head in store.heads(suite, nearest):
            if _good_before(head, before) and is_baseline(head, head.events):
                record = _readable(store, head)
                if record is not None:
                    return record
    return None


def nearest_earlier(partition: Partition, others: Iterable[Partition]) -> Partition | None:
    """The partition that lies just before another one; None when none does. Pure.

    Columns whose value begins with a digit (dates, hours, numbers) give the order: numbers in them compare as
    numbers. Of the other columns (a region, a source) as many as possible are to be the same. Partitions
    with other columns are left out.
    """
    at = _order(partition)
    same = [one for one in others if _columns(one) == _columns(partition) and _order(one) < at]
    return max(same, key=lambda one: (_agreeing(one, partition), _order(one), str(one)), default=None)


def _good_before(head: Head, before: str | None) -> bool:
    """Whether a run is good and old enough."""
    return head.status.good and (before is None or head.run_id < before)


def _readable(store: Store, head: Head) -> RunRecord | None:
    """The whole record; None when there is none, with a warning when only its head can be read."""
    try:
        return store.record_of(head)
    except StoreError as error:
        warnings.warn(f"Run {head.run_id} was left out: {error}", StoreWarning, stacklevel=3)
        return None


def _columns(partition: Partition) -> tuple[tuple[str, bool], ...]:
    return tuple((column, value[:1].isdecimal()) for column, value in partition.values)


def _order(partition: Partition) -> Order:
    """Comparable parts of the values that begin with a digit; all values when none does."""
    moving = [value for _, value in partition.values if value[:1].isdecimal()]
    parts: list[tuple[int, int, str]] = []
    for value in moving or [value for _, value in partition.values]:
        for part in _DIGITS.split(value):
            parts.append((1, int(part), "") if part.isdecimal() else (0, 0, part))
    return tuple(parts)


def _agreeing(one: Partition, other: Partition) -> int:
    values = other.as_dict()
    return sum(values[column] == value for column, value in one.values if not value[:1].isdecimal())
