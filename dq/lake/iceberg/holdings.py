"""What a table still holds: which snapshot shows some files, and what may be done with them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from dq.aws.options import AwsOptions, IcebergOptions
from dq.errors import RollbackRefused
from dq.lake.iceberg import commits
from dq.lake.iceberg.address import TableAddress
from dq.lake.iceberg.catalogs import open_catalog, open_table
from dq.lake.iceberg.contents import Contents, copies_of, plain_path
from dq.lake.iceberg.loads import renamed
from dq.lake.iceberg.sight import Sight, sight_of
from dq.lake.layout import Load, Steps
from dq.lake.manifest import Manifest, Partition

BRANCH = "dq-load-"
KEPT = "dq-kept-"
QUARANTINE = "dq-quarantine-"
_RENEWED = 600.0
"""Seconds after which a catalog is opened anew: credentials of a role that it was given end some time."""


class Holdings:
    """One table, read anew by every question.

    Args:
        address: of the table.
        options: catalogs, and how long tags last.
        aws: where S3 is.
        steps: hook around every durable action.
    """

    def __init__(self, address: TableAddress, options: IcebergOptions, aws: AwsOptions, steps: Steps) -> None:
        self.address = address
        self.options = options
        self.steps = steps
        self.contents = Contents(aws)
        self._aws = aws
        self._catalog: Any = None
        self._opened = 0.0

    def table(self) -> Any:
        """The table as it is now."""
        now = time.monotonic()
        if self._catalog is None or now - self._opened > _RENEWED:
            self._catalog, self._opened = open_catalog(self.address.catalog, self.options, self._aws), now
        return open_table(self.address, self.options, self._aws, self._catalog)

    def repeat(self, work: Callable[[Any], bool]) -> None:
        """`commits.repeated` on this table."""
        commits.repeated(self.table, work, self.options)

    def sight(self, table: Any, partition: Partition, snapshot: int | None = None) -> Sight:
        """What a snapshot shows of a partition; None for the head of the main branch."""
        return sight_of(table, partition, self.options, snapshot)

    def manifest(self, table: Any, partition: Partition, sight: Sight) -> Manifest:
        """Which bytes a sight is, deletes among them."""
        return self.contents.manifest(partition, sight.whole, table.location(), sight.snapshot)

    def shows(self, now: Sight, load: Load) -> bool:
        """Whether a sight is exactly a load's files, with nothing over them."""
        return not now.odd and sorted(map(plain_path, now.paths)) == sorted(load.manifest.paths)

    def shown(self, table: Any, manifest: Manifest) -> Sight | None:
        """The sight that a manifest was taken of, deletes included; None when no snapshot shows it."""
        at = int(manifest.snapshot or 0)
        if table.snapshot_by_id(at) is None:
            return self.find(table, manifest)
        sight = self.sight(table, manifest.partition, at)
        known = sorted(plain_path(file.file_path) for file in sight.whole) == sorted(manifest.paths)
        return sight if known else self.find(table, manifest)

    def find(self, table: Any, manifest: Manifest) -> Sight | None:
        """A snapshot that shows exactly a manifest's files; the head of the main branch if it does.

        Paths and sizes are compared, not content.
        """
        wanted = {entry.path: entry.size for entry in manifest.files}
        for snapshot in dict.fromkeys(self._candidates(table, manifest)):
            sight = self.sight(table, manifest.partition, snapshot)
            files = self.contents.within(sight.files, table.location())
            if wanted and not sight.odd and wanted == {p: f.file_size_in_bytes for p, f in files.items()}:
                return sight
        return None

    def _candidates(self, table: Any, manifest: Manifest) -> Iterator[int]:
        head = table.current_snapshot()
        if head is not None:
            yield int(head.snapshot_id)
        if manifest.snapshot and table.snapshot_by_id(int(manifest.snapshot)) is not None:
            yield int(manifest.snapshot)
        for name, ref in sorted(table.refs().items()):
            if name.startswith((KEPT, QUARANTINE)):
                yield int(ref.snapshot_id)

    def files(self, table: Any, load: Load) -> list[Any]:
        """The data files of a load, which are all there.

        Raises:
            RollbackRefused: they are not, or no snapshot names them any more.
        """
        snapshot = int(load.manifest.snapshot or 0)
        if table.snapshot_by_id(snapshot) is None:
            raise self.gone(load.manifest)
        source = self.sight(table, load.partition, snapshot)
        self.own_spec(table, source)
        found = list(source.files)
        if self.is_copy(table, load):
            found = renamed(table, self.contents.within(source.files, table.location()), load.id)
        if sorted(plain_path(file.file_path) for file in found) != sorted(load.manifest.paths):
            raise self.gone(load.manifest)
        if not self.contents.present(found):
            raise self.gone(load.manifest)
        return found

    def is_copy(self, table: Any, load: Load) -> bool:
        """Whether a load is made of copies, which no snapshot names before it is published."""
        return load.manifest.location == copies_of(plain_path(table.location()), load.id)

    def pin(self, snapshot: int | None) -> None:
        """Protects a snapshot from expiry for as long as validated bytes are kept."""
        if snapshot is None:
            return
        tag, days = f"{KEPT}{snapshot}", self.options.keep_days

        def work(table: Any) -> bool:
            left = commits.days_left(table, tag)
            if left is not None and left >= days / 2:
                return True
            commits.create_tag(table, tag, snapshot, days, self.steps)
            return False

        self.repeat(work)

    def replaceable(self, now: Sight, partition: Partition) -> None:
        """Makes sure that a partition is exactly its data files.

        Raises:
            RollbackRefused: row-level deletes lie over them, or they hold rows of other partitions too.
        """
        if now.odd:
            raise RollbackRefused(
                f"Partition {partition} of {self.address} cannot be replaced by its files: {now.odd}. "
                "Rewrite its data files first (Spark: CALL system.rewrite_data_files). What readers see was "
                "not changed."
            )

    def own_spec(self, table: Any, found: Sight) -> None:
        """Makes sure that files are partitioned as the table is now.

        Raises:
            RollbackRefused: they are not.
        """
        if any(file.spec_id != table.spec().spec_id for file in found.files):
            raise RollbackRefused(
                f"The table {self.address} was partitioned in another way when those files were written; "
                "they cannot be put into it as it is now. What readers see was not changed."
            )

    def changeable(self, table: Any) -> None:
        """Makes sure that this kind of table may be changed.

        Raises:
            RollbackRefused: it may not.
        """
        if table.metadata.format_version > 2:
            raise RollbackRefused(
                f"{self.address} has format version {table.metadata.format_version}, which gives every "
                "row an id of its own; replacing files would give them new ones. Only versions 1 and 2 are "
                "changed."
            )

    def gone(self, manifest: Manifest) -> RollbackRefused:
        """What to raise when no snapshot shows a manifest's files any more."""
        return RollbackRefused(
            f"No snapshot of {self.address} shows the files of the target manifest of partition "
            f"{manifest.partition} any more, or some of them are gone: expected {len(manifest.files)} "
            f"files of snapshot {manifest.snapshot}. What readers see was not changed."
        )
