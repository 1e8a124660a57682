"""Which bytes a run looks at, named before anything is read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from dq.aws.options import AwsOptions
from dq.errors import DataError
from dq.flow.place import Place
from dq.flow.setting import Setting
from dq.lake.from_manifest import source_of_manifest, together
from dq.lake.layout import Layout, names_many
from dq.lake.manifest import Manifest, Partition
from dq.lake.opening import check_partition, files_of
from dq.lake.source import FileSource, Source
from dq.states.kept import Kept, StateFiles
from dq.states.partwise import Keeping, Part, Partwise, whole_manifest
from dq.validation import idle_engine

_THREADS = 16
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Look:
    """One partition as it stood when the run began.

    Attributes:
        token: of the layout, to notice a change.
        manifest: the exact bytes.
        source: those files, and no others; their rows in memory where a table format lays deletes over them.
    """

    token: str | None
    manifest: Manifest
    source: Source


def look_at(place: Place, partition: Partition) -> Look | None:
    """The partition's bytes, named once, so that what is recorded is what was judged.

    None where no layout names them: frames, single files, globs, a whole table of partitions.
    """
    layout = place.layout
    if layout is None or names_many(layout, partition):
        return None
    if not (partition.values or layout.partitions() in ((), (Partition(),))):
        return None
    table = getattr(layout, "table", None)
    if isinstance(table, Path):
        check_partition(table, partition)
    token = layout.current(partition)
    if token is None and not partition.values:
        return None
    manifest = layout.manifest(partition)
    address = getattr(layout, "address", None)
    if not manifest.files and address is not None:
        check_partition(str(address), partition, place.options.aws)  # there may be no such column
    name = manifest.location if not partition.values else f"partition {partition}"
    source = source_of_manifest(manifest, name, bool(partition.values), place.options.aws, layout)
    return Look(token, manifest, source)


@dataclass(frozen=True)
class Parts:
    """The partitions of a question about many, or the one that is run by itself.

    Attributes:
        layout: of the table.
        partition: the slice that they make up together.
        partwise: answers from their states.
        every: all of them, those without files included.
    """

    layout: Layout
    partition: Partition
    partwise: Partwise
    every: tuple[Part, ...]

    @property
    def source(self) -> FileSource:
        """All files as one relation."""
        return together([part.source for part in self.every], f"{len(self.every)} partitions")

    @property
    def manifest(self) -> Manifest:
        """All files as one manifest."""
        return whole_manifest(self.every, self.partition)

    def finish(self) -> None:
        """Keep the states that were read.

        Raises:
            DataError: a partition changed meanwhile; nothing is kept.
            StoreError: the storage refuses.
        """
        now = _each(self.layout, lambda one: _token(self.layout, one), [one.partition for one in self.every])
        for part, token in zip(self.every, now, strict=True):
            if token != part.token:
                raise DataError(
                    f"partition {part.partition} changed while it was validated; nothing was recorded or "
                    "touched; run again"
                )
        self.partwise.keep()


def parts_of(setting: Setting, slice_: Partition, look: Look | None) -> Parts | None:
    """The partitions whose states are used or kept.

    None where states are not wanted, or no layout tells partitions apart, or files lie beside them.

    Args:
        setting: suite and place.
        slice_: what is run.
        look: at the slice, where it is one partition; None where it may be many.

    Raises:
        DataError: files kept disappearing while they were read.
    """
    layout = setting.place.layout
    if not setting.keeps_states or layout is None:
        return None
    files = StateFiles(setting.place.store.shelf, setting.suite.name, _engine_label())
    if look is not None:
        if not slice_.values or not isinstance(look.source, FileSource):
            return None
        one = Part(slice_, _token(layout, slice_), look.source, look.manifest)
        return Parts(layout, slice_, _partwise(setting, Keeping, (one,), files), (one,))
    inside = [p for p in layout.partitions() if p.values and set(slice_.values) <= set(p.values)]
    if not inside:
        return None
    tokens = dict(zip(inside, _each(layout, lambda one: _token(layout, one), inside), strict=True))
    files.fetch(tokens.items())
    known = {one: files.find(one, token) for one, token in tokens.items()}
    manifests = _each(layout, lambda one: _manifest(layout, one, known[one]), inside)
    found = [
        _part(layout, files, token, known[one], manifest, setting.options.aws)
        for (one, token), manifest in zip(tokens.items(), manifests, strict=True)
    ]
    every = tuple(part for part in found if part is not None)
    where = setting.suite.data if setting.data is None else setting.data
    listed = {file for part in every for file in part.source.files}
    if len(every) < len(inside):
        return None
    if files_of(where, slice_, setting.suite.root, setting.options.aws) != listed:
        return None  # files that belong to no partition count as well
    return Parts(layout, slice_, _partwise(setting, Partwise, every, files), every)


def _partwise(setting: Setting, kind: type[Partwise], parts: tuple[Part, ...], files: StateFiles) -> Partwise:
    def digest(source: Source) -> str | None:
        manifest = setting.hashes.manifest(source, Partition())
        return manifest.digest if manifest is not None else None

    return kind(parts, files, lambda: idle_engine(setting.options), digest, setting.suite.show)


def _manifest(layout: Layout, partition: Partition, kept: Kept | None) -> Manifest:
    """The bytes of one partition; they are hashed only when their token is new."""
    if kept is None or not kept.manifest.files:
        return layout.manifest(partition)
    if not _on_disk(layout):
        return kept.manifest
    paths = layout.files(partition)
    if len(paths) != len(kept.manifest.files):
        return layout.manifest(partition)
    folder = paths[0].removesuffix(kept.manifest.files[0].path).rstrip("/")  # the table may have moved
    return replace(kept.manifest, location=folder)


def _part(
    layout: Layout, files: StateFiles, token: str, kept: Kept | None, manifest: Manifest, aws: AwsOptions
) -> Part | None:
    """One partition, with what is known of its bytes; None where its files alone do not say its rows."""
    partition = manifest.partition
    if kept is None or not kept.manifest.same_bytes(manifest):
        kept = files.find_bytes(partition, manifest.digest) if manifest.files else None
    source = source_of_manifest(manifest, f"partition {partition}", True, aws, layout)
    if not isinstance(source, FileSource):
        return None
    if kept is None:
        return Part(partition, token, source, manifest)
    return Part(partition, token, source, manifest, kept.states, kept.schema)


def _token(layout: Layout, partition: Partition) -> str:
    """Which bytes these are without reading them: the layout's token, and sizes, times and inodes of files.

    A file that is gone since it was listed makes a token of its own, equal to no other.
    """
    lines = [layout.current(partition) or ""]
    if not _on_disk(layout):
        return lines[0]  # elsewhere it names every object with its version
    for path in layout.files(partition):
        try:
            about = os.stat(path)
        except FileNotFoundError:
            lines.append(f"{path}\tgone")
            continue
        facts = (about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino)
        lines.append(f"{os.path.basename(path)}\t{facts}")
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _on_disk(layout: Layout) -> bool:
    return isinstance(getattr(layout, "table", None), Path)


def _each(layout: Layout, ask: Callable[[Partition], _Answer], every: Sequence[Partition]) -> list[_Answer]:
    """Asks about every partition, about several at once where each answer is a request."""
    if _on_disk(layout):
        return [ask(one) for one in every]
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="dq-looks") as pool:
        return list(pool.map(ask, every))


def _engine_label() -> str:
    from importlib.metadata import version

    return f"duckdb {version('duckdb')}"
