"""Layout `iceberg`: a partition is a set of data files in the head of a table's main branch.

A load is written to a branch of its own, judged there, and published by one commit to the main branch that
takes the partition's files out and puts the load's in. A rollback is such a commit as well, with copies of
the good files. Whatever others commit to other partitions stays: only the partition's own files are compared
and replaced. Bad and validated states are kept by tags, which protect them from the expiry of snapshots.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dq.aws.options import AwsOptions, IcebergOptions
from dq.errors import DataError, RollbackConflict, RollbackRefused, UsageError
from dq.lake.iceberg import commits
from dq.lake.iceberg.address import TableAddress
from dq.lake.iceberg.contents import plain_path
from dq.lake.iceberg.holdings import BRANCH, KEPT, QUARANTINE, Holdings
from dq.lake.iceberg.loads import copied, written
from dq.lake.iceberg.reading import opened
from dq.lake.iceberg.sight import Sight, every_partition, slicing_of
from dq.lake.layout import Load, Promise, Quarantined, Steps, no_steps
from dq.lake.local.base import new_load_id
from dq.lake.manifest import Manifest, Partition
from dq.lake.opening import open_source
from dq.lake.source import FileSource, Source

LOAD = "dq.load"
"""Property of every snapshot that dq makes: the load that it writes or shows."""
_PICKED = "source-snapshot-id"
"""Iceberg's own property of a snapshot whose files come from another one, which spares those from expiry."""


def iceberg_layout(text: str, aws: AwsOptions) -> IcebergLayout | None:
    """The layout of a table that has readers; None for a branch, a tag or a snapshot of the past.

    Raises:
        UsageError: no such address.
    """
    address = TableAddress.parse(text)
    return None if address.pinned else IcebergLayout(address, aws.iceberg, aws)


class IcebergLayout:
    """One Iceberg table.

    Args:
        address: of the table; one of a branch, tag or snapshot is refused: only the main branch has readers.
        options: catalogs, and how long tags last.
        aws: where S3 is.
        steps: hook around every durable action.

    Raises:
        UsageError: the address names another state than the main branch.
    """

    name = "iceberg"

    def __init__(
        self, address: TableAddress, options: IcebergOptions, aws: AwsOptions, *, steps: Steps = no_steps
    ) -> None:
        if address.pinned:
            raise UsageError(f"{address}: only the main branch can be published to or rolled back")
        self.address = address
        self.options = options
        self.steps = steps
        self.holds = Holdings(address, options, aws, steps)

    @property
    def promise(self) -> Promise:
        """What this layout promises."""
        return Promise(
            atomicity="Atomic: one snapshot on the main branch, by one compare-and-swap of the catalog.",
            visibility=(
                "The partition's data files are replaced by others in one snapshot; commits to other "
                "partitions stay. A query that has begun goes on with its own snapshot."
            ),
            guards=(
                "The catalog accepts the commit only on top of the snapshot that was compared; after another "
                "commit all is compared again, and a change of the same partition is a conflict.",
                "The bytes of the target are compared by checksum, and tags protect both states from expiry.",
            ),
            windows=(
                "Bytes whose snapshot expired before they were validated and tagged cannot come back.",
                "A tag that somebody removes by hand protects nothing any more.",
            ),
        )

    def partitions(self) -> tuple[Partition, ...]:
        """Every partition that the main branch shows, sorted; `(Partition(),)` where none can be named."""
        return every_partition(self.holds.table(), self.options)

    def current(self, partition: Partition) -> str | None:
        """Says which data files the main branch shows; None when there are none."""
        return self.holds.sight(self.holds.table(), partition).token

    def manifest(self, partition: Partition) -> Manifest:
        """Which bytes the main branch shows, files of row-level deletes among them, and in which snapshot."""
        table = self.holds.table()
        return self.holds.manifest(table, partition, self.holds.sight(table, partition))

    def files(self, partition: Partition) -> tuple[str, ...]:
        """Paths of the data files that the main branch shows."""
        return tuple(
            sorted(plain_path(path) for path in self.holds.sight(self.holds.table(), partition).paths)
        )

    def is_one(self, partition: Partition) -> bool:
        """Whether every field that names a partition has a value."""
        return {name for name, _ in partition.values} == set(slicing_of(self.holds.table()).columns)

    def source(self, manifest: Manifest, name: str) -> Source:
        """What to scan for the bytes of a manifest: its files, or rows where files do not say them.

        Raises:
            DataError: no snapshot shows those files any more.
        """
        if not manifest.files:
            return FileSource("parquet", (), name)
        table = self.holds.table()
        sight = self.holds.shown(table, manifest)
        if sight is None:
            raise DataError(
                f"{name}: no snapshot of {self.address} shows these files any more; expected "
                f"{len(manifest.files)} files of snapshot {manifest.snapshot}"
            )
        return opened(table, manifest.partition, sight, self.holds.contents, self.options, name)

    def stage(self, partition: Partition, source: str | Path, load_id: str | None = None) -> Load:
        """Writes staged Parquet files to a branch `dq-load-<id>`, in place of the partition's files there.

        Raises:
            DataError: the source is missing, holds no row, or rows of another partition, or does not fit the
                table.
            RollbackRefused: the partition cannot be replaced as a whole.
        """
        name = load_id or new_load_id()
        branch = BRANCH + name
        made: list[Any] = []

        def work(table: Any) -> bool:
            ref = table.refs().get(branch)
            if ref is None:
                commits.create_branch(table, branch, self.steps)
            elif _properties(table, ref.snapshot_id).get(LOAD) == name:
                return True
            else:
                self.holds.changeable(table)
                made[:] = made or self._written(table, partition, source)
                now = self.holds.sight(table, partition, int(ref.snapshot_id))
                self.holds.replaceable(now, partition)
                commits.replace_files(table, now.files, made, {LOAD: name}, self.steps, branch)
            return False

        slicing_of(self.holds.table()).filter(partition)
        self.holds.repeat(work)
        table = self.holds.table()
        return self._load(table, partition, name, int(table.refs()[branch].snapshot_id))

    def prepare(self, manifest: Manifest, load_id: str) -> Load:
        """A load with the bytes of a kept or quarantined manifest: copies, unless all of them are visible.

        Raises:
            RollbackRefused: those bytes are no longer available, or differ.
        """
        table, partition = self.holds.table(), manifest.partition
        self.holds.changeable(table)
        found = self.holds.find(table, manifest)
        if found is None:
            raise self.holds.gone(manifest)
        self.holds.pin(found.snapshot)
        bytes_ = self.holds.manifest(table, partition, found)
        if not bytes_.same_bytes(manifest):
            raise RollbackRefused(
                f"Data files of the target manifest of partition {partition} of {self.address} were changed "
                "where they lie; their checksums differ. What readers see was not changed."
            )
        self.holds.own_spec(table, found)
        if set(found.paths) <= set(self.holds.sight(table, partition).paths):
            return Load(load_id, partition, bytes_, found.token or "")
        files = self.holds.contents.within(found.files, table.location())
        copies = copied(table, bytes_, files, load_id, self.holds.contents, self.steps)
        sight = Sight(found.snapshot, tuple(sorted(copies, key=lambda file: str(file.file_path))))
        return Load(load_id, partition, self.holds.manifest(table, partition, sight), sight.token or "")

    def shows(self, partition: Partition, load: Load) -> bool:
        """Whether the main branch shows exactly the load's files, with no deletes over them."""
        return self.holds.shows(self.holds.sight(self.holds.table(), partition), load)

    def swap(self, partition: Partition, expected: str | None, load: Load | None) -> None:
        """Replaces the partition's files by a load's in one snapshot, or takes them out.

        Raises:
            RollbackConflict: readers see neither the expected state nor the load.
            RollbackRefused: the load is gone, or the partition cannot be replaced as a whole.
            DataError: other writers were faster every time; it can be resumed.
        """

        def work(table: Any) -> bool:
            now = self.holds.sight(table, partition)
            if self.holds.shows(now, load) if load else now.token is None:
                return True
            if now.token != expected:
                raise RollbackConflict(
                    f"Partition {partition} of {self.address} has other data files than the plan expects: "
                    "another writer committed. Nothing of theirs was touched. Make a new plan."
                )
            self.holds.changeable(table)
            self.holds.replaceable(now, partition)
            add = self.holds.files(table, load) if load else []
            there, wanted = set(now.paths), {file.file_path for file in add}
            properties = {LOAD: load.id if load else "none", "dq.partition": str(partition)}
            new = [file for file in add if file.file_path not in there]
            if load and new and not self.holds.is_copy(table, load):
                properties[_PICKED] = str(load.manifest.snapshot)
            old = [file for file in now.files if file.file_path not in wanted]
            commits.replace_files(table, old, new, properties, self.steps)
            return False

        self.holds.repeat(work)

    def settle(
        self, partition: Partition, expected: str | None, load: Load | None, safe: frozenset[str], name: str
    ) -> str | None:
        """Takes the load's branch away. Displaced files are named by older snapshots; nothing is deleted."""
        if load is not None:
            self._drop_branch(load.id)
        return None

    def keep(self, manifest: Manifest) -> str:
        """Tags the snapshot that shows the manifest's files: `dq-kept-<snapshot>`. Nothing is copied.

        Raises:
            RollbackConflict: no snapshot shows those files any more.
            RollbackRefused: row-level deletes lie over the files, or they hold other partitions' rows too.
        """
        table = self.holds.table()
        self.holds.replaceable(self.holds.sight(table, manifest.partition), manifest.partition)
        found = self.holds.find(table, manifest)
        if found is None or not self.holds.contents.present(found.files):
            raise RollbackConflict(
                f"No snapshot of {self.address} shows the validated files of partition {manifest.partition} "
                "any more. Validate it again; only what was validated can be a rollback's target."
            )
        self.holds.pin(found.snapshot)
        return f"{self.address}@{KEPT}{found.snapshot}"

    def kept(self, manifest: Manifest) -> str | None:
        """The tag or snapshot that shows the manifest's files, when all of them are there; else None."""
        table = self.holds.table()
        found = self.holds.find(table, manifest)
        if found is None or not self.holds.contents.present(found.files):
            return None
        tag = f"{KEPT}{found.snapshot}"
        return f"{self.address}@{tag}" if tag in table.refs() else f"{self.address}#snapshot={found.snapshot}"

    def quarantine(self, partition: Partition, manifest: Manifest, name: str) -> Quarantined:
        """Tags the head of the main branch: `dq-quarantine-<id>`. Nothing is copied.

        Raises:
            RollbackConflict: readers no longer see those bytes.
            RollbackRefused: row-level deletes lie over the files, or they hold other partitions' rows too.
        """
        tag = QUARANTINE + name

        def work(table: Any) -> bool:
            ref = table.refs().get(tag)
            now = self.holds.sight(table, partition, None if ref is None else int(ref.snapshot_id))
            self.holds.replaceable(now, partition)
            if not self.holds.manifest(table, partition, now).same_bytes(manifest):
                raise RollbackConflict(
                    f"Partition {partition} of {self.address} changed since the plan was made. Nothing was "
                    "touched. Make a new plan."
                )
            if ref is None and now.snapshot is not None:
                commits.create_tag(table, tag, now.snapshot, self.options.quarantine_days, self.steps)
                return False
            return True

        self.holds.repeat(work)
        return Quarantined(manifest, copied=False)

    def quarantine_load(self, load: Load, name: str) -> Quarantined:
        """Tags the load's branch, and takes the branch away.

        Raises:
            RollbackRefused: the load is gone.
        """
        tag, branch = QUARANTINE + name, BRANCH + load.id

        def work(table: Any) -> bool:
            refs = table.refs()
            if tag in refs:
                return True
            if branch not in refs:
                raise RollbackRefused(
                    f"Load {load.id} of partition {load.partition} of {self.address} has no branch {branch} "
                    "any more; expected the staged files there. Nothing was changed."
                )
            snapshot = int(refs[branch].snapshot_id)
            commits.create_tag(table, tag, snapshot, self.options.quarantine_days, self.steps)
            return False

        self.holds.repeat(work)
        self._drop_branch(load.id)
        return Quarantined(load.manifest, copied=False)

    def _load(self, table: Any, partition: Partition, name: str, snapshot: int) -> Load:
        sight = self.holds.sight(table, partition, snapshot)
        return Load(name, partition, self.holds.manifest(table, partition, sight), sight.token or "")

    def _written(self, table: Any, partition: Partition, source: str | Path) -> list[Any]:
        staged = open_source(source)
        if not isinstance(staged, FileSource) or not staged.files:
            raise DataError(f"{source} holds no data file; expected a folder or a file to publish.")
        slicing = slicing_of(table)
        says = {f.column: value for f, value in slicing.checked(partition) if f.transform == "identity"}
        files = written(table, staged, says)
        others = {str(slicing.partition_of(file)) for file in files if not slicing.holds(partition, file)}
        if others:
            raise DataError(
                f"{source}: rows of {len(others)} other partitions of {self.address} are among those staged "
                f"for {partition}, e.g. {min(others)}"
            )
        if not files:
            raise DataError(f"{source} holds no row; expected rows of partition {partition} to publish.")
        return files

    def _drop_branch(self, load_id: str) -> None:
        def work(table: Any) -> bool:
            if BRANCH + load_id not in table.refs():
                return True
            commits.remove_branch(table, BRANCH + load_id, self.steps)
            return False

        self.holds.repeat(work)


def _properties(table: Any, snapshot: int) -> dict[str, str]:
    """Properties in the summary of a snapshot."""
    summary = table.snapshot_by_id(snapshot).summary
    return dict(summary.additional_properties) if summary else {}
