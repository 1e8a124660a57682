"""What is known of runs, told by the names of files alone, so that a listing answers for all of them.

```
events/<suite>/<partition>~<hash>/<run_id>.<status>.0.json     the head of a run; `<status>_unseen` when
                                                               readers did not see its bytes
events/<suite>/<partition>~<hash>/<run_id>.<event>.<n>.json    what became known later; n counts from 1
```

Suite and partition are percent-encoded. The hash is of both: a file system may not tell `A` from `a`, and
very long names are cut.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from dq.errors import StoreError
from dq.lake.manifest import Partition
from dq.result import Status
from dq.store.base import PUBLISHED, RESTORED, ROLLED_BACK, SUPERSEDED, Head
from dq.store.names import folder_name

SCHEMA_VERSION = 1
"""Of the JSON of a head."""
EVENTS = "events"
_UNSEEN = "_unseen"
_NAME = re.compile(r"(?P<run>[A-Za-z0-9][A-Za-z0-9_-]*)\.(?P<event>[a-z0-9_]+)\.(?P<number>\d{1,9})\.json")
_LAST = {PUBLISHED: -2, RESTORED: -2, SUPERSEDED: -1, ROLLED_BACK: 0}
"""Of events with one number the one that takes most away counts last."""


@dataclass
class Known:
    """What the names in one folder say of one run.

    Attributes:
        heads: status and whether readers saw the bytes; more than one only when an id was used twice.
        events: number and name of each event.
    """

    heads: list[tuple[Status, bool]] = field(default_factory=list)
    events: list[tuple[int, str]] = field(default_factory=list)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the events, in order."""
        return tuple(name for _, name in sorted(self.events, key=lambda one: order(*one)))


def order(number: int, name: str) -> tuple[int, int, str]:
    """What events are sorted by."""
    return number, _LAST.get(name, -3), name


def slice_name(suite: str, partition: Partition) -> str:
    """The folder of a partition in the folder of its suite."""
    text = str(partition)
    return f"{folder_name(text, safe='=')}~{_hash(suite, text)}"


def folder_of(suite: str, partition: Partition) -> str:
    """The folder of what is known about the runs of a partition."""
    return f"{EVENTS}/{folder_name(suite)}/{slice_name(suite, partition)}"


def slice_of(suite_folder: str, slice_folder: str) -> tuple[str, Partition] | None:
    """Suite and partition by the names of their folders; None where these do not tell."""
    text, _, hashed = slice_folder.rpartition("~")
    try:
        suite, partition = plain(suite_folder), plain(text)
    except UnicodeDecodeError:
        return None
    parsed = Partition.parse(partition)
    same = _hash(suite, partition) == hashed and str(parsed) == partition
    return (suite, parsed) if same else None


def head_name(head: Head) -> str:
    """The name of a head's file within its partition's folder."""
    return file_name(head.run_id, head.status, head.visible)


def file_name(run_id: str, status: Status, visible: bool) -> str:
    """The name of the file of a head with these facts."""
    return f"{run_id}.{status.value}{'' if visible else _UNSEEN}.0.json"


def head_to_dict(head: Head) -> dict[str, Any]:
    """What the file of a head holds, JSON-friendly."""
    return {
        "schema_version": SCHEMA_VERSION,
        "run_id": head.run_id,
        "suite": head.suite,
        "partition": [list(pair) for pair in head.partition.values],
        "status": head.status.value,
        "visible": head.visible,
    }


def slice_from_dict(data: Mapping[str, Any]) -> tuple[str, Partition]:
    """Suite and partition, from the file of a head.

    Raises:
        StoreError: written by a newer dq.
        KeyError: not a head.
    """
    version = data["schema_version"]
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        raise StoreError(f"a head of schema version {version!r}; this dq reads up to {SCHEMA_VERSION}")
    return data["suite"], Partition(tuple((column, value) for column, value in data["partition"]))


def known_by(names: Iterable[str]) -> dict[str, dict[str, Known]]:
    """What names say: by folder, then by run id. Names that say nothing are passed over.

    Args:
        names: of files, `/`-separated; what stands before the last slash is the folder, empty when none does.
    """
    found: dict[str, dict[str, Known]] = {}
    for name in names:
        folder, _, last = name.rpartition("/")
        match = _NAME.fullmatch(last)
        if match is None:
            continue
        known = found.setdefault(folder, {}).setdefault(match["run"], Known())
        number = int(match["number"])
        if number:
            known.events.append((number, match["event"]))
            continue
        status = match["event"].removesuffix(_UNSEEN)
        if status in _STATUSES:
            known.heads.append((Status(status), status == match["event"]))
    return found


_STATUSES = frozenset(status.value for status in Status)


def _hash(suite: str, partition: str) -> str:
    return hashlib.sha256(f"{suite}\0{partition}".encode("utf-8", "surrogatepass")).hexdigest()[:8]


def plain(folder: str) -> str:
    """The inverse of `folder_name`, for names that were not cut.

    Raises:
        UnicodeDecodeError: no such name.
    """
    return "" if folder == "%" else unquote(folder, errors="surrogatepass")
