"""Changing one directory entry under a condition: the step that readers notice.

The entry is a symbolic link or a folder. Where Linux offers `RENAME_EXCHANGE` the new entry and the old one
change places in one step, and the displaced entry is looked at *afterwards*: if it is not the expected one,
the two change back. So a writer that came between is put back and nothing of theirs is overwritten. Elsewhere
it takes two renames, and between them the name does not exist.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path

from dq.errors import RollbackConflict
from dq.lake.layout import Steps
from dq.lake.local.files import sync_folder

_AT_FDCWD = -100
_NOREPLACE = 1
_EXCHANGE = 2
_UNSUPPORTED = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EXDEV}

Rename = Callable[[bytes, bytes, int], int]
Expected = Callable[[Path], bool]


@functools.cache
def _renameat2() -> Rename | None:
    if sys.platform != "linux":
        return None
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return None

    def rename(source: bytes, target: bytes, flags: int) -> int:
        failed = call(_AT_FDCWD, source, _AT_FDCWD, target, ctypes.c_uint(flags))
        return ctypes.get_errno() if failed else 0

    return rename


def _try(source: Path, target: Path, flags: int) -> bool:
    """Whether the flagged rename was done; False where this system or file system cannot do it."""
    call = _renameat2()
    if call is None:
        return False
    code = call(os.fsencode(source), os.fsencode(target), flags)
    if code in _UNSUPPORTED:
        return False
    if code:
        raise OSError(code, os.strerror(code), str(source), None, str(target))
    return True


def exchange(one: Path, other: Path) -> bool:
    """Lets two entries change places in one step; False where that cannot be done, and nothing happened."""
    done = _try(one, other, _EXCHANGE)
    if done:
        _sync(one, other)
    return done


def move_new(source: Path, target: Path) -> None:
    """Renames and refuses to replace anything.

    Raises:
        FileExistsError: the target name is taken.
    """
    if not _try(source, target, _NOREPLACE):
        if os.path.lexists(target):  # without the flag a writer could still come between; said in the docs
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        os.rename(source, target)
    _sync(source, target)


def swap_entry(
    path: Path,
    incoming: Path | None,
    aside: Path,
    expected: Expected | None,
    steps: Steps,
    *,
    may_exchange: bool = True,
) -> None:
    """Puts `incoming` in the place of the entry at `path`, if that is the expected one.

    Args:
        path: the name that readers use.
        incoming: the new entry, on the same file system; None takes the old one away.
        aside: a free private name. The displaced entry ends up here, or at `incoming` after an exchange.
        expected: says whether an entry is the one to displace; None when there must be none.
        steps: hook around every rename.
        may_exchange: False takes the two renames even where an exchange is possible.

    Raises:
        RollbackConflict: the entry is another one; it was put back.
    """
    if expected is None:
        if incoming is not None:
            _move_in(incoming, path, steps)
        return
    if incoming is not None and may_exchange and os.path.lexists(path):
        steps("before:exchange")
        try:
            exchanged = exchange(path, incoming)
        except FileNotFoundError:
            raise _conflict(path) from None
        if exchanged:
            if not expected(incoming):
                exchange(path, incoming)
                raise _conflict(path)
            steps("after:exchange")
            return
    if not (os.path.lexists(aside) and expected(aside)):  # a crash between two renames leaves it there
        _move_aside(path, aside, expected, steps)
    if incoming is not None:
        _move_in(incoming, path, steps)


def _move_aside(path: Path, aside: Path, expected: Expected, steps: Steps) -> None:
    steps("before:aside")
    try:
        move_new(path, aside)
    except FileNotFoundError:
        raise _conflict(path) from None
    if not expected(aside):
        try:
            move_new(aside, path)
        except FileExistsError:  # and yet another writer took the name meanwhile: both are kept
            raise _conflict(path, f" An earlier write of theirs is at {aside}.") from None
        raise _conflict(path)
    steps("after:aside")


def _move_in(incoming: Path, path: Path, steps: Steps) -> None:
    steps("before:move-in")
    try:
        move_new(incoming, path)
    except FileExistsError:
        raise _conflict(path) from None
    steps("after:move-in")


def _conflict(path: Path, more: str = "") -> RollbackConflict:
    return RollbackConflict(
        f"{path} is not in the state that was expected: another writer changed it. "
        f"What they wrote was left as it is.{more} Look at it and make a new plan."
    )


def _sync(*paths: Path) -> None:
    for folder in {path.parent for path in paths}:
        sync_folder(folder)
