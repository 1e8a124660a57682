"""Sources of exactly the bytes that a manifest names, on disk or on S3."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dq.aws.address import is_remote
from dq.lake.layout import Describing, Layout
from dq.lake.manifest import Manifest
from dq.lake.source import FileSource, Source, source_of_files

if TYPE_CHECKING:
    from dq.aws.options import AwsOptions


def source_of_manifest(
    manifest: Manifest,
    location: str,
    hive: bool,
    aws: AwsOptions | None = None,
    layout: Layout | Describing | None = None,
) -> Source:
    """The files of a manifest as one relation; on S3 exactly the bytes that it names.

    Args:
        manifest: of a folder or a prefix.
        location: as in `source_of_files`.
        hive: as in `source_of_files`.
        aws: where S3 is, and as whom.
        layout: of the table, which may say more about its files than their paths do.

    Raises:
        DataError: as `source_of_files`; or an object is no longer what the manifest says.
    """
    if isinstance(layout, Describing):
        return layout.source(manifest, location)
    if not is_remote(manifest.location):
        return source_of_files(manifest.paths, location, hive)
    from dq.lake.s3 import pinning

    return pinning.pinned(manifest, location, hive, aws)


def source_at(
    folder: str,
    manifest: Manifest,
    location: str,
    aws: AwsOptions | None,
    layout: Layout | Describing | None = None,
) -> Source | None:
    """The bytes of a manifest as they lie in some folder or prefix now; None unless all are there.

    Args:
        folder: the manifest's own, or where its bytes are kept.
        manifest: which bytes; local files are told by their sizes, objects by versions and checksums.
        location: what to call them in messages.
        aws: where S3 is, and as whom.
        layout: as in `source_of_manifest`.
    """
    if is_remote(folder):
        from dq.lake.s3 import pinning

        there_now: Manifest | None = pinning.found_at(folder, manifest, aws)
        return source_of_manifest(there_now, location, True, aws, layout) if there_now else None
    paths = [Path(folder, entry.path) for entry in manifest.files]
    there = all(
        path.is_file() and path.stat().st_size == entry.size
        for path, entry in zip(paths, manifest.files, strict=True)
    )
    if not (there and paths):
        return None
    return source_of_manifest(replace(manifest, location=folder), location, True, aws, layout)


def together(sources: Sequence[FileSource], location: str) -> FileSource:
    """Files of several partitions of one table as one relation.

    Raises:
        DataError: they are of several formats.
    """
    if any(one.remote is not None for one in sources):
        from dq.lake.s3 import pinning

        return pinning.together(sources, location)
    hive = any(one.hive for one in sources)
    return source_of_files([file for one in sources for file in one.files], location, hive)


def size_of(source: Source) -> int:
    """Bytes of all files; 0 for a table in memory. Files that are gone count nothing."""
    if not isinstance(source, FileSource):
        return 0
    if source.remote is not None:
        return sum(entry.size for entry in source.remote.entries)
    return sum(os.path.getsize(file) for file in source.files if os.path.exists(file))
