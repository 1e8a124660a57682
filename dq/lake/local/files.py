"""Files on disk: listing, hashing, durable copies.

Names that begin with `_` or `.` (in any folder of the path) are *foreign*: engines skip them, so they are no
data and are left out of manifests, but they are kept and restored together with the data.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import uuid
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from dq.errors import DataError
from dq.lake.layout import Steps, no_steps
from dq.lake.manifest import FileEntry, Manifest, Partition

_CHUNK = 1 << 20
_WORKERS = min(4, os.cpu_count() or 1)
_TRIES = 5

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Listing:
    """Relative paths below a folder, `/`-separated, sorted.

    Attributes:
        data: what engines read.
        foreign: hidden files and markers.
        odd: what is no regular file (a dangling link, a socket); never read, never deleted.
    """

    data: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()


def scan(folder: Path) -> Listing:
    """Lists a folder and everything below it; links to folders are followed once. A missing folder is empty.

    Raises:
        DataError: the path is a file.
    """
    data: list[str] = []
    foreign: list[str] = []
    odd: list[str] = []
    seen: set[str] = set()

    def visit(here: Path, prefix: str, hidden: bool) -> None:
        real = os.path.realpath(here)
        if real in seen:
            return
        seen.add(real)
        with os.scandir(here) as entries:
            for entry in entries:
                path, private = prefix + entry.name, hidden or entry.name.startswith((".", "_"))
                if entry.is_dir():
                    visit(here / entry.name, path + "/", private)
                elif entry.is_file():
                    (foreign if private else data).append(path)
                else:
                    odd.append(path)

    try:
        visit(folder, "", False)
    except FileNotFoundError:
        if os.path.lexists(folder) and folder.exists():
            raise
    except NotADirectoryError as error:
        raise DataError(f"{folder} is a file; expected the folder of a partition.") from error
    return Listing(tuple(sorted(data)), tuple(sorted(foreign)), tuple(sorted(odd)))


def fingerprint(folder: Path) -> str | None:
    """A cheap token of a folder's state, from names, sizes, times and inodes; None when it is missing.

    It survives a rename of the folder and changes whenever a file below it is written, added or removed.
    """
    if not folder.is_dir():
        return None
    listing = _steady(lambda: scan(folder), folder)
    digest = hashlib.sha256()
    for path in (*listing.data, *listing.foreign):
        try:
            stat = os.stat(folder / path)
        except FileNotFoundError:  # gone since it was listed: a state of its own, equal to no plan's token
            digest.update(f"{path}\tgone\n".encode())
            continue
        facts = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
        digest.update(f"{path}\t{facts}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:32]


def hash_file(path: Path) -> tuple[int, str]:
    """Bytes read and `sha256:<hex>` of them."""
    digest, size = hashlib.sha256(), 0
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, f"sha256:{digest.hexdigest()}"


def describe(folder: Path, paths: Iterable[str], *, rows: bool = True) -> tuple[FileEntry, ...]:
    """File entries in the order of the paths; row counts come from Parquet footers, else they are None."""

    def one(path: str) -> FileEntry:
        size, checksum = hash_file(folder / path)
        return FileEntry(path, size, checksum, footer_rows(folder / path) if rows else None)

    return tuple(in_pool(one, list(paths)))


def manifest_of(partition: Partition, folder: Path) -> Manifest:
    """The manifest of what lies in a folder now; without files when it is missing or empty.

    Raises:
        DataError: files kept disappearing while they were read.
    """
    entries = _steady(lambda: describe(folder, scan(folder).data), folder)
    return Manifest(partition, str(folder), entries)


def footer_rows(path: Path) -> int | None:
    """Rows of a Parquet file by its footer; None for other formats and for a file that is cut short."""
    if path.suffix.lower() not in {".parquet", ".pq"}:
        return None
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError):
        return None


def in_pool(work: Callable[[Item], Answer], items: Sequence[Item]) -> list[Answer]:
    """Applies `work` to every item in a bounded thread pool, in order."""
    if len(items) < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(max_workers=min(_WORKERS, len(items))) as pool:
        return list(pool.map(work, items))


def copy_file(
    source: Path, target: Path, *, read_only: bool = False, steps: Steps = no_steps
) -> tuple[int, str]:
    """Copies one file durably: a temporary name, fsync, rename.

    Returns:
        Size and checksum of the bytes that were copied.
    """
    steps("before:copy")
    digest, size = hashlib.sha256(), 0
    partial = _partial(target)
    with open(source, "rb") as reader, open(partial, "xb") as writer:
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            writer.write(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    if read_only:
        os.chmod(partial, 0o444)
    os.replace(partial, target)
    sync_folder(target.parent)
    steps("after:copy")
    return size, f"sha256:{digest.hexdigest()}"


def copy_tree(
    source: Path, target: Path, paths: Sequence[str], *, read_only: bool = False, steps: Steps = no_steps
) -> dict[str, tuple[int, str]]:
    """Copies the named files below `source` to the same names below `target`, durably.

    Returns:
        Size and checksum of every copy, by path.
    """
    for folder in sorted({(target / path).parent for path in paths} | {target}):
        make_folder(folder)

    def one(path: str) -> tuple[int, str]:
        return copy_file(source / path, target / path, read_only=read_only, steps=steps)

    return dict(zip(paths, in_pool(one, paths), strict=True))


def write_text(path: Path, text: str, steps: Steps = no_steps) -> None:
    """Writes a small file so that a reader sees the old or the new text and never a part."""
    make_folder(path.parent)
    partial = _partial(path)
    steps("before:write")
    with open(partial, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)
    sync_folder(path.parent)
    steps("after:write")


def make_folder(folder: Path) -> None:
    """Makes a folder and its parents, each durable before the next."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with contextlib.suppress(FileExistsError):
        folder.mkdir()
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _partial(path: Path) -> Path:
    return path.with_name(f".{path.name[:80]}.{uuid.uuid4().hex[:8]}.partial")


def _steady(look: Callable[[], Answer], folder: Path) -> Answer:
    """Looks again when a file went away between listing and reading."""
    for _ in range(_TRIES):
        try:
            return look()
        except FileNotFoundError:
            continue
    raise DataError(
        f"{folder} changed during each of {_TRIES} attempts to read it; expected a writer to be finished. "
        "Run again when it is."
    )
