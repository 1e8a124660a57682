"""Which layout the data of a suite has: told by its scheme, and by what is found there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dq.aws.address import is_remote
from dq.aws.options import AwsOptions
from dq.lake.layout import Layout
from dq.lake.local.folder import LocalFolder
from dq.lake.local.pointer import LocalPointer
from dq.lake.source import in_catalog, in_iceberg
from dq.store import FileStore

if TYPE_CHECKING:
    from dq.aws.address import Address

_POINTER = ".pointer"
"""In the folder of loads: readers of this table look through links, even while none is there."""


def layout_of(data: Any, root: Path, store: FileStore, aws: AwsOptions | None = None) -> Layout | None:
    """The layout of a table.

    A folder: behind links once dq has published to it, else plain folders. A prefix on S3: in place, where
    its bucket keeps versions; else one that refuses every change. A table of the Glue catalog: a location per
    load.

    None for what is no table: frames, single files and objects, patterns.

    Args:
        data: as a suite names it, or as the caller gave it.
        root: where a relative folder starts.
        store: that keeps bytes of tables, or at least their journal.
        aws: where AWS is, and as whom.

    Raises:
        DataError: the store lies inside the table.
        AwsError: the table's bucket cannot be asked.
    """
    if not isinstance(data, str | os.PathLike):
        return None
    text = os.fspath(data)
    if is_remote(text):
        from dq.lake.s3.inventory import inventory_of
        from dq.lake.s3.layouts import prefix_layout

        return prefix_layout(text, home_of(store), inventory_of(aws or AwsOptions()))
    if in_catalog(text):
        from dq.lake.glue.layouts import table_layout
        from dq.lake.s3.inventory import inventory_of

        return table_layout(text, home_of(store), inventory_of(aws or AwsOptions()))
    if in_iceberg(text):
        from dq.lake.iceberg.layout import iceberg_layout

        return iceberg_layout(text, aws or AwsOptions())
    if "://" in text or any(mark in text for mark in "*?["):
        return None
    table, kept = Path(root, os.path.expanduser(text)), store.folder(root)
    if table.is_file():
        return None
    pointer = LocalPointer(table, kept)
    return pointer if (pointer.loads / _POINTER).exists() else LocalFolder(table, kept)


def home_of(store: FileStore) -> Address | None:
    """Where dq keeps bytes of tables on S3: beside the records of a store on S3; else None."""
    from dq.store.remote import S3Store

    return store.home if isinstance(store, S3Store) else None


def to_publish(layout: Layout) -> Layout:
    """The layout that a table has from its first publish on: a folder becomes links to loads."""
    if not isinstance(layout, LocalFolder | LocalPointer):
        return layout
    pointer = LocalPointer(layout.table, layout.root)
    pointer.loads.mkdir(parents=True, exist_ok=True)
    (pointer.loads / _POINTER).touch()
    return pointer
