"""Names in a store: run ids, and suite names as folder names."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import re
import secrets
from collections.abc import Iterable
from urllib.parse import quote

from dq.errors import StoreError

_OWN_ID = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}")
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,119}")
_EVENT = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST = 180
"""Bytes of a folder name; file systems end at 255."""
_SHORTEST_ID = 15
"""Characters of a date and a time in seconds."""


def new_run_id(now: dt.datetime | None = None) -> str:
    """A run id such as `20130208T031500123456-3f9a1c2b`: UTC to the microsecond, then 32 random bits.

    Ids sort by time as text. Two processes in the same microsecond differ by the random part.

    Args:
        now: the moment of the run; None for the clock. Without a time zone it is taken as UTC.
    """
    moment = now or dt.datetime.now(dt.timezone.utc)
    if moment.tzinfo is not None:
        moment = moment.astimezone(dt.timezone.utc)
    return f"{moment.year:04}{moment:%m%dT%H%M%S%f}-{secrets.token_hex(4)}"


def is_own_id(run_id: str) -> bool:
    """Whether `new_run_id` may have made it, so that nobody else has it."""
    return bool(_OWN_ID.fullmatch(run_id))


def checked_run_id(run_id: str) -> str:
    """The run id itself, if it can be a file name.

    Raises:
        StoreError: it holds anything but letters, digits, `-` and `_`, or is too long.
    """
    if not _RUN_ID.fullmatch(run_id):
        raise StoreError(
            f"{run_id!r} cannot be a run id: expected letters, digits, '-' and '_', at most 120 characters. "
            "Take one from new_run_id()."
        )
    return run_id


def checked_event(name: str) -> str:
    """The event's name itself, if it can be part of a file name.

    Raises:
        StoreError: it is not in lower case words.
    """
    if not _EVENT.fullmatch(name) or len(name) > 60:
        raise StoreError(f"{name!r} cannot name an event; expected lower case words such as 'rolled_back'.")
    return name


def folder_name(suite: str, safe: str = "") -> str:
    """A suite's name as the name of one folder: percent-encoded ASCII, never hidden, never `.` or `..`.

    Different names give different folders. A very long name is cut and gets a hash of the whole.

    Args:
        suite: its name.
        safe: characters that stay as they are, besides letters, digits, `_`, `.`, `-` and `~`.
    """
    encoded = quote(suite.encode("utf-8", "surrogatepass"), safe=safe) or "%"
    if encoded[0] in "._":  # hidden to engines that read the folder, or a way out of it
        encoded = f"%{ord(encoded[0]):02X}{encoded[1:]}"
    if len(encoded) <= _LONGEST:
        return encoded
    digest = hashlib.sha256(encoded.encode()).hexdigest()[:32]
    return f"{encoded[: _LONGEST - 34]}%-{digest}"


def short_ids(run_ids: Iterable[str]) -> dict[str, str]:
    """The shortest prefix of each id that no other of them has; at least date, time and seconds."""
    ordered = sorted(set(run_ids))
    length = dict.fromkeys(ordered, _SHORTEST_ID)
    for left, right in itertools.pairwise(ordered):
        common = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), len(left))
        for one in (left, right):
            length[one] = max(length[one], common + 1)
    return {run_id: run_id[:size] for run_id, size in length.items()}
