"""Heads of runs and their events, by listing.

Events are listed every time: other processes add them. On a shelf where listings are free, records without a
head are read instead (they were put there by hand, or by a dq that wrote none); on a remote shelf that would
cost a request for each, and `FileStore.repair` writes the missing heads.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from dq.lake.manifest import Partition
from dq.store import reading, standing
from dq.store.base import Head
from dq.store.names import folder_name
from dq.store.shelf import Shelf

_WINDOWS = (1, 8, 64)
"""Days back from now; the newest runs are looked for in the shortest first."""

Slice = tuple[str, Partition]
"""A suite's name and a partition."""


class Heads:
    """Finds heads.

    Args:
        shelf: of the store.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._slices: dict[str, Slice] = {}  # by run id
        self._folders: dict[tuple[str, str], Slice] = {}  # by the names of the folders
        self._headed: set[str] = set()  # ids of runs with a head
        self._read: dict[str, Head] = {}  # by the name of the record: heads that had to be read

    def put(self, head: Head) -> None:
        """Keep a head. The same again is no error.

        Raises:
            StoreError: the storage refuses.
        """
        name = f"{standing.folder_of(head.suite, head.partition)}/{standing.head_name(head)}"
        with contextlib.suppress(FileExistsError):  # by another version of dq; the name says the same
            self._shelf.create(name, reading.to_json(standing.head_to_dict(head)))
        self._headed.add(head.run_id)
        self._slices[head.run_id] = (head.suite, head.partition)

    def take_over(self, head: Head) -> None:
        """Keep the head of a run that was recorded without one, and its events where they are looked for."""
        folder = standing.folder_of(head.suite, head.partition)
        for name in self._without_slice(folder_name(head.suite)).get(head.run_id, ()):
            content = self._shelf.read(name)
            self._shelf.create(f"{folder}/{name.rpartition('/')[2]}", content)
        self.put(head)

    def slice_of(self, run_id: str) -> Slice | None:
        """Suite and partition of a run; None when they are not known yet."""
        return self._slices.get(run_id)

    def suites(self) -> list[str]:
        """Names of the suites with runs, sorted."""
        found: set[str] = set()
        for folder in self._shelf.folders("runs"):
            name = standing.plain(folder)
            if self._shelf.width > 1 and folder_name(name) == folder:
                found.add(name)  # else it was cut, or may stand for names that differ only in case
            else:
                found |= {head.suite for head in self._of_suite(folder, None, None)}
        return sorted(found)

    def partitions(self, suite: str) -> set[Partition]:
        """Partitions of a suite of which there are runs, by the names of their folders where these tell."""
        if self._shelf.width > 1:
            folder = folder_name(suite)
            inner = self._shelf.folders(f"{standing.EVENTS}/{folder}")
            slices = [standing.slice_of(folder, name) for name in inner]
            told = {slice_[1] for slice_ in slices if slice_ is not None}
            if len(told) == len(inner):
                return told
        return {head.partition for head in self.find(suite, None)}

    def find(self, suite: str | None, partition: Partition | None) -> list[Head]:
        """Heads, newest first; None stands for every suite or partition."""
        folders = self._shelf.folders("runs") if suite is None else [folder_name(suite)]
        found = [head for folder in folders for head in self._of_suite(folder, suite, partition)]
        return sorted(found, key=lambda head: head.run_id, reverse=True)

    def newest_names(self, suite: str | None) -> Iterator[str]:
        """Names of records, newest first. Where listing costs requests, recent days are listed first."""
        folders = self._shelf.folders("runs") if suite is None else [folder_name(suite)]
        until = ""
        for after in self._bounds():
            names = [
                f"runs/{folder}/{name}"
                for folder in folders
                for name in self._shelf.names(f"runs/{folder}", after=after, until=until)
                if name.endswith(".json")
            ]
            yield from sorted(
                names, key=lambda name: name.rpartition("/")[2].removesuffix(".json"), reverse=True
            )
            until = f"{after}\0" if after else ""

    def _bounds(self) -> Iterator[str]:
        """Names between which to look. Ids begin with the time; a wrong clock only costs requests."""
        if self._shelf.width > 1:
            for days in _WINDOWS:
                yield f"{self._shelf.now() - dt.timedelta(days=days):%Y%m%dT}"
        yield ""

    def _of_suite(self, folder: str, suite: str | None, partition: Partition | None) -> list[Head]:
        of_all = f"{standing.EVENTS}/{folder}"
        if suite is not None and partition is not None:
            inner = standing.slice_name(suite, partition)
            names = iter([f"{inner}/{name}" for name in self._shelf.names(f"{of_all}/{inner}")])
        else:
            names = self._shelf.names(of_all)
        known = self._known(folder, names)
        if self._shelf.width == 1:
            found = self._with_records(folder, known)
        else:
            found = [head for heads in known.values() for head in heads]
        return [h for h in found if suite in (None, h.suite) and partition in (None, h.partition)]

    def _known(self, folder: str, names: Iterator[str]) -> dict[str, list[Head]]:
        """What names below the folder of a suite say, by run id; without a status where a run has no head."""
        found: dict[str, list[Head]] = {}
        for inner, runs in standing.known_by(names).items():
            slice_ = self._slice(folder, inner, runs) if inner else None
            if slice_ is None:
                continue
            for run_id, one in runs.items():
                self._slices[run_id] = slice_
                if one.heads:
                    self._headed.add(run_id)
                found.setdefault(run_id, []).extend(
                    Head(run_id, *slice_, status, visible, one.names) for status, visible in one.heads
                )
        return found

    def _slice(self, folder: str, inner: str, runs: Mapping[str, standing.Known]) -> Slice | None:
        """Suite and partition of a folder, by its name, else by a head in it."""
        if (folder, inner) not in self._folders:
            slice_ = standing.slice_of(folder, inner)
            if slice_ is None:
                names = (
                    f"{standing.EVENTS}/{folder}/{inner}/{standing.file_name(run_id, status, visible)}"
                    for run_id, one in runs.items()
                    for status, visible in one.heads
                )
                slice_ = next(
                    (s for _, s in reading.tolerant(self._shelf, names, standing.slice_from_dict)), None
                )
            if slice_ is None:
                return None
            self._folders[folder, inner] = slice_
        return self._folders[folder, inner]

    def _with_records(self, folder: str, known: Mapping[str, list[Head]]) -> list[Head]:
        """The heads of all records that are there, whether or not a head was written."""
        ids = {
            name.removesuffix(".json"): f"runs/{folder}/{name}"
            for name in self._shelf.names(f"runs/{folder}")
        }
        found = [head for run_id, heads in known.items() if run_id in ids for head in heads]
        if not ids.keys() <= self._headed:
            known = self._known(folder, self._shelf.names(f"{standing.EVENTS}/{folder}"))
        lacking = [name for run_id, name in ids.items() if run_id not in self._headed]
        if lacking:
            found += self._from_records(folder, lacking)
        return found

    def _from_records(self, folder: str, names: Sequence[str]) -> Iterator[Head]:
        unread = [name for name in names if name not in self._read]
        self._read |= dict(reading.tolerant(self._shelf, unread, reading.head_of))
        aside = self._without_slice(folder)
        for head in (self._read[name] for name in names if name in self._read):
            slice_ = (head.suite, head.partition)
            self._slices[head.run_id] = slice_
            inner = self._shelf.names(standing.folder_of(*slice_), f"{head.run_id}.")
            here = (*aside.get(head.run_id, ()), *inner)
            said = standing.known_by(name.rpartition("/")[2] for name in here).get("", {})
            yield replace(head, events=said[head.run_id].names if said else ())

    def _without_slice(self, folder: str) -> dict[str, list[str]]:
        """Events that lie in the folder of the suite, where they were kept at first, by run id."""
        found: dict[str, list[str]] = {}
        for name in self._shelf.names(f"{standing.EVENTS}/{folder}"):
            if "/" not in name:
                found.setdefault(name.partition(".")[0], []).append(f"{standing.EVENTS}/{folder}/{name}")
        return found
