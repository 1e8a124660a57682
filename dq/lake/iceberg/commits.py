"""Commits to an Iceberg table, each under a condition that the catalog checks.

A commit to the main branch asserts the snapshot that its files were compared with. If any other commit came
between, the catalog refuses it; then the table is read again, the partition compared again, and the commit
tried again. pyiceberg's own retries are switched off for this: they would keep a commit that was made for
another state of the same partition where the table asks for snapshot isolation.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dq.aws.options import IcebergOptions
from dq.errors import DataError
from dq.lake.iceberg.address import MAIN
from dq.lake.iceberg.catalogs import telling
from dq.lake.iceberg.sight import named
from dq.lake.layout import Steps

_TRIES = 10
_COMMITS = 5
"""Commits that a piece of work makes at most, one after the other, when none is refused."""
_PAUSE = 0.05
_RETRIES = "commit.retry.num-retries"
_DAY_MS = 24 * 60 * 60 * 1000


def repeated(look: Callable[[], Any], work: Callable[[Any], bool], options: IcebergOptions) -> None:
    """Does something to the newest state of a table until it needs no doing any more.

    Args:
        look: reads the table.
        work: given the table, answers True when all is as it should be, else commits and answers False, so
            that what the commit did is read back.
        options: for messages without secrets.

    Raises:
        DataError: other writers were faster every time; it can be done again.
    """
    from pyiceberg.exceptions import CommitFailedException, CommitStateUnknownException, ValidationException

    table, refused = look(), 0
    for _ in range(_TRIES + _COMMITS):
        try:
            with telling(named(table), options):
                if work(table):
                    return
        except (CommitFailedException, CommitStateUnknownException, ValidationException):
            refused += 1
            time.sleep(_PAUSE * min(2**refused, 20) * random.uniform(0.5, 1.0))  # noqa: S311 - a pause
            if refused == _TRIES:
                break
        table = look()
    raise DataError(
        f"{named(table)}: {refused} commits were refused, because other writers committed meanwhile. Nothing "
        "of theirs was touched; resume it, or try again, when fewer are at work."
    )


def replace_files(
    table: Any,
    remove: Iterable[Any],
    add: Iterable[Any],
    properties: Mapping[str, str],
    steps: Steps,
    branch: str = MAIN,
) -> None:
    """One snapshot on a branch with other data files; it is on top of the state that `table` holds.

    Raises:
        CommitFailedException: the branch moved since the table was read.
    """
    steps("before:commit")
    with _once(table).transaction() as transaction:
        update = transaction.update_snapshot(snapshot_properties=dict(properties), branch=branch)
        with update.overwrite() as change:
            for file in remove:
                change.delete_data_file(file)
            for file in add:
                change.append_data_file(file)
    steps("after:commit")


def create_tag(table: Any, name: str, snapshot: int, days: float | None, steps: Steps) -> None:
    """A tag on a snapshot, or a later end of one that is there.

    Args:
        table: pyiceberg's table.
        name: of the tag.
        snapshot: id.
        days: from now on, until the expiry of snapshots may take it away; None for good.
        steps: hook.
    """
    age = None
    if days is not None:  # Iceberg counts a reference's age from its snapshot's birth
        born = table.snapshot_by_id(snapshot).timestamp_ms
        age = max(1, int(time.time() * 1000) - born) + int(days * _DAY_MS)
    steps("before:tag")
    table.manage_snapshots().create_tag(snapshot, name, max_ref_age_ms=age).commit()
    steps("after:tag")


def days_left(table: Any, name: str) -> float | None:
    """Days until the expiry of snapshots may take a tag away; infinite where it may not; None without it."""
    ref = table.refs().get(name)
    if ref is None:
        return None
    if ref.max_ref_age_ms is None:
        return float("inf")
    born = table.snapshot_by_id(ref.snapshot_id).timestamp_ms
    return float(born + ref.max_ref_age_ms - time.time() * 1000) / _DAY_MS


def create_branch(table: Any, name: str, steps: Steps) -> None:
    """A branch at the head of the main one. A table without any snapshot gets an empty one first.

    Raises:
        CommitFailedException: somebody else committed meanwhile.
    """
    head = table.current_snapshot()
    if head is None:  # Iceberg keeps no branch beside a main one that has no snapshot
        steps("before:first-snapshot")
        with _once(table).transaction() as transaction, transaction.update_snapshot().fast_append():
            pass
        steps("after:first-snapshot")
        return
    steps("before:branch")
    table.manage_snapshots().create_branch(head.snapshot_id, name).commit()
    steps("after:branch")


def remove_branch(table: Any, name: str, steps: Steps) -> None:
    """Takes a branch away; its snapshots stay until they expire."""
    steps("before:remove-branch")
    table.manage_snapshots().remove_branch(name).commit()
    steps("after:remove-branch")


def _once(table: Any) -> Any:
    """The same table, whose commits are tried once. They carry changes only, so the property stays here."""
    from pyiceberg.table import Table

    properties = {**table.metadata.properties, _RETRIES: "0"}
    metadata = table.metadata.model_copy(update={"properties": properties})
    return Table(table.name(), metadata, table.metadata_location, table.io, table.catalog)
