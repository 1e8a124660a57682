"""What one snapshot shows of one partition: its data files, and whether they are all there is to it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dq.aws.options import IcebergOptions
from dq.errors import DataError
from dq.lake.iceberg.catalogs import telling
from dq.lake.iceberg.slices import Slicing
from dq.lake.manifest import Partition


@dataclass(frozen=True)
class Sight:
    """Data files of a partition in one snapshot.

    Attributes:
        snapshot: id; None for a table without any.
        files: pyiceberg's data files, by path.
        deletes: files of row-level deletes that lie over them, by path.
        odd: why the data files are not exactly the partition's rows; empty when they are. Deletes lie over
            them, or a file holds rows of other partitions as well.
    """

    snapshot: int | None
    files: tuple[Any, ...]
    deletes: tuple[Any, ...] = ()
    odd: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """Where the data files are, as the table spells it."""
        return tuple(file.file_path for file in self.files)

    @property
    def whole(self) -> tuple[Any, ...]:
        """Data files and deletes."""
        return (*self.files, *self.deletes)

    @property
    def token(self) -> str | None:
        """Says which files these are; None when there are none.

        Data files are never written again, so equal tokens mean equal rows. The snapshot is left out on
        purpose: a commit to another partition is no change of this one.
        """
        if not self.files:
            return None
        text = "\n".join((*self.paths, *(file.file_path for file in self.deletes)))
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def sight_of(table: Any, partition: Partition, options: IcebergOptions, snapshot: int | None = None) -> Sight:
    """What a snapshot shows of a partition.

    Args:
        table: pyiceberg's table.
        partition: as `Slicing` names it; empty for the whole table.
        options: for messages without secrets.
        snapshot: id; None for the head of the main branch.

    Raises:
        DataError: the snapshot is not there any more, or cannot be read.
        UsageError: the table has no such partition field.
    """
    name = named(table)
    rows = slicing_of(table).filter(partition)
    at = snapshot if snapshot is not None else _head(table)
    if at is None:
        return Sight(None, ())
    if table.snapshot_by_id(at) is None:
        raise DataError(f"{name}: snapshot {at} is not there any more; it has expired")
    with telling(name, options):
        tasks = list(scan_of(table, rows, at).plan_files())
    odd = _odd(tasks, table, partition)
    if not odd:
        own = {id_: Slicing(table.schema(), spec, name) for id_, spec in table.specs().items()}
        tasks = [task for task in tasks if own[task.file.spec_id].holds(partition, task.file)]
    deletes = (file for task in tasks for file in task.delete_files)
    return Sight(at, _by_path(task.file for task in tasks), _by_path(deletes), odd)


def every_partition(table: Any, options: IcebergOptions) -> tuple[Partition, ...]:
    """Partitions that the head of the main branch shows, sorted; `(Partition(),)` where none can be named.

    Raises:
        DataError: files of a former partitioning are left that belong to no single partition.
    """
    slicing = slicing_of(table)
    if not slicing.fields:
        return (Partition(),)
    if _head(table) is None:
        return ()
    with telling(named(table), options):
        files = [task.file for task in table.scan().plan_files()]
    own = {id_: Slicing(table.schema(), spec, named(table)) for id_, spec in table.specs().items()}
    if any(not own[id_].covers(slicing.fields) for id_ in {file.spec_id for file in files}):
        raise DataError(
            f"{named(table)}: some data files were written before the table was partitioned by "
            f"{', '.join(slicing.columns)}, so its partitions cannot be told apart. Rewrite those files, or "
            "judge the table as a whole."
        )
    found = {own[file.spec_id].partition_of(file, slicing.columns) for file in files}
    return tuple(sorted(found, key=lambda partition: partition.values))


def _by_path(files: Iterable[Any]) -> tuple[Any, ...]:
    """Each file once, sorted."""
    found = {file.file_path: file for file in files}
    return tuple(found[path] for path in sorted(found))


def scan_of(table: Any, rows: Any, snapshot: int | None) -> Any:
    """Pyiceberg's scan of a snapshot.

    The head of the main branch has the columns that the table has now, another state those that it had then.
    """
    return table.scan(row_filter=rows, snapshot_id=None if snapshot == _head(table) else snapshot)


def slicing_of(table: Any) -> Slicing:
    """How the table is partitioned now."""
    return Slicing(table.schema(), table.spec(), named(table))


def named(table: Any) -> str:
    """`db.table`."""
    return ".".join(table.name())


def _head(table: Any) -> int | None:
    found = table.current_snapshot()
    return None if found is None else int(found.snapshot_id)


def _odd(tasks: list[Any], table: Any, partition: Partition) -> str:
    """Why files alone do not say what the partition is; empty when they do."""
    deleted = sum(1 for task in tasks if task.delete_files)
    if deleted:
        return f"row-level deletes lie over {deleted} of its {len(tasks)} data files"
    wanted = [field for field, _ in slicing_of(table).checked(partition)]
    for id_ in {task.file.spec_id for task in tasks}:
        if not Slicing(table.schema(), table.specs()[id_], named(table)).covers(wanted):
            return "some of its data files were written before the table was partitioned like that"
    return ""
