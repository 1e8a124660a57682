"""Creating a file exclusively and whole on a local file system.

The bytes go to a temporary name in the same folder and are made durable. Then a hard link gives them their
final name: linking fails when that name exists, so the first writer wins, and whoever sees the name sees all
of the bytes. A crash leaves at most a temporary file, which readers ignore.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from dq.errors import StoreError
from dq.lake.local.files import make_folder, sync_folder

Steps = Callable[[str], None]
"""Called with the name of every durable action before it happens: `write`, `link`, `remove`."""

_TEMPORARY = ".partial"
_STALE = 24 * 3600.0
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


def no_steps(_name: str) -> None:
    """The hook that does nothing."""


def create(path: Path, content: bytes, steps: Steps = no_steps) -> bool:
    """Create a file with this content, or find it there with the same content.

    Returns:
        True when this call created it; False when it was there already, byte for byte the same.

    Raises:
        FileExistsError: it is there with other content; nothing was changed.
        StoreError: the folder cannot be written, or its file system has no hard links.
    """
    try:
        make_folder(path.parent)
        temporary = path.parent / f".{uuid.uuid4().hex}{_TEMPORARY}"
        try:
            steps("write")
            _write(temporary, content)
            steps("link")
            created = _link(temporary, path, content)
            sync_folder(path.parent)
            steps("remove")
        finally:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
    except FileExistsError:
        raise
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        hint = " Put the store on a file system with hard links." if error.errno in _NO_LINKS else ""
        raise StoreError(f"{path}: cannot be written: {why}.{hint}") from error
    return created


def is_temporary(name: str) -> bool:
    """Whether a file name is that of a write under way, or of one that was cut off."""
    return name.startswith(".") and name.endswith(_TEMPORARY)


def sweep(folder: Path, older_than: float = _STALE) -> int:
    """Remove temporary files that a crash left behind.

    Args:
        folder: looked at without its subfolders.
        older_than: seconds since the last write; younger ones may belong to a writer at work.

    Returns:
        How many were removed.
    """
    removed = 0
    now = time.time()
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                if is_temporary(entry.name) and now - entry.stat().st_mtime > older_than:
                    os.unlink(entry.path)
                    removed += 1
    return removed


def _write(path: Path, content: bytes) -> None:
    with open(path, "xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _link(temporary: Path, path: Path, content: bytes) -> bool:
    try:
        os.link(temporary, path)
    except FileExistsError:
        if path.read_bytes() != content:
            raise
        # A network file system may carry a link out and lose the reply: this is our own write, or its twin.
        return False
    return True
