"""A store in a folder of the local file system.

```
runs/<suite>/<run_id>.json                  the record
verdicts/suite=<suite>/<run_id>.parquet     its twin for queries, see `dq.store.twin`
events/<suite>/<run_id>.<event>.<n>.json    what became known later
notes/<run_id>.md, notes/<run_id>.json      the root-cause note
```

Every file is created once, exclusively and whole (`dq.store.exclusive`), and never changed. Suite names are
percent-encoded (`dq.store.names.folder_name`).
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dq.codec import decode, encode
from dq.errors import StoreError, did_you_mean
from dq.lake.manifest import Partition
from dq.result import RunRecord
from dq.store import exclusive, reading, twin
from dq.store.base import Event, Head, Note, is_baseline
from dq.store.names import checked_event, checked_run_id, folder_name

_SHOWN = 5
_TRIES = 1000


class LocalStore:
    """Runs, events and notes in a folder; implements `dq.store.base.Store`.

    Args:
        root: the store's folder, made on the first write. Reading a store that is not there finds nothing.
        steps: called before every durable action; for tests.

    Raises:
        StoreError: the path is a file.
    """

    def __init__(self, root: str | os.PathLike[str], steps: exclusive.Steps = exclusive.no_steps) -> None:
        self.root = Path(root)
        self._steps = steps
        self._heads: dict[Path, Head] = {}  # files never change, so what was read once stays true
        if self.root.exists() and not self.root.is_dir():
            raise StoreError(f"{self.root} is a file; expected the folder of a store.")

    def put_run(self, record: RunRecord) -> None:
        """Record a run: whole, or not at all. The same record again is no error.

        The twin follows the record; when it could not be written, recording again completes it.

        Raises:
            StoreError: another record has this run id, or the storage refuses.
        """
        run_id, folder = checked_run_id(record.run_id), folder_name(record.result.suite)
        path = self.root / "runs" / folder / f"{run_id}.json"
        taken = f"{path}: a different run is recorded under this id. Take a fresh id from new_run_id()."
        if any(other != path for other in self._paths_of(run_id)):
            raise StoreError(taken)
        try:
            exclusive.create(path, reading.to_json(record.to_dict()), self._steps)
        except FileExistsError as error:
            raise StoreError(taken) from error
        self._put_twin(record)

    def get_run(self, run_id: str) -> RunRecord:
        """The record of a run id, or of a prefix that only one run id has.

        Raises:
            StoreError: no run or several runs; unreadable; written by a newer dq.
        """
        path = self._path_of(run_id)
        try:
            return RunRecord.from_dict(reading.read_json(path))
        except reading.UNREADABLE as error:
            raise StoreError(f"{path}: cannot be read as a run: {reading.why(error)}") from error

    def heads(self, suite: str | None = None, partition: Partition | None = None) -> Iterator[Head]:
        """Heads of all runs, newest first; None stands for every suite or partition."""
        return (head for _, head in self._found(suite, partition))

    def runs(
        self, suite: str | None = None, partition: Partition | None = None, limit: int | None = None
    ) -> list[RunRecord]:
        """Whole records, newest first, at most `limit`; records that cannot be read warn and are left out."""
        found: list[RunRecord] = []
        for path, _ in self._found(suite, partition):
            if limit is not None and len(found) >= limit:
                break
            record = reading.tolerant(path, RunRecord.from_dict)
            if record is not None:
                found.append(record)
        return found

    def latest(
        self, suite: str, partition: Partition, good: bool = True, before: str | None = None
    ) -> RunRecord | None:
        """The newest run of a partition; None when there is none. See `Store.latest`."""
        for path, head in self._found(suite, partition):
            if before is not None and head.run_id >= before:
                continue
            if good and not (head.status.good and is_baseline(head, self.events(head.run_id))):
                continue
            record = reading.tolerant(path, RunRecord.from_dict)
            if record is not None:
                return record
        return None

    def count(self, suite: str | None = None) -> int:
        """Number of recorded runs."""
        return len(self._paths(suite))

    def mark(self, run_id: str, event: str, detail: Mapping[str, Any] | None = None) -> Event:
        """Add an event to a run.

        Raises:
            StoreError: no such run, or the event's name is not in lower case words.
        """
        run = self._path_of(run_id)
        folder = self.root / "events" / run.parent.name
        number = 1 + max((one.number for one in self.events(run.stem)), default=0)
        for attempt in range(number, number + _TRIES):
            made = Event(
                run.stem, checked_event(event), dt.datetime.now(dt.timezone.utc), attempt, dict(detail or {})
            )
            try:
                exclusive.create(
                    folder / f"{run.stem}.{event}.{attempt}.json",
                    reading.to_json(made.to_dict()),
                    self._steps,
                )
            except FileExistsError:  # another process took this number
                continue
            return made
        raise StoreError(f"{folder}: no free number for '{event}' of run {run.stem} in {_TRIES} attempts.")

    def events(self, run_id: str) -> tuple[Event, ...]:
        """Events of a run in the order of their numbers; empty when there are none."""
        found: list[Event] = []
        for folder in reading.folders_in(self.root / "events"):
            for path in reading.files_in(folder, ".json"):
                if path.name.startswith(f"{run_id}."):
                    event = reading.tolerant(path, Event.from_dict)
                    if event is not None:
                        found.append(event)
        return tuple(sorted(found, key=lambda event: (event.number, event.at, event.name)))

    def put_note(self, run_id: str, markdown: str, data: Mapping[str, Any]) -> str:
        """Keep the note of a run, before or after the run itself is recorded.

        Returns:
            Its path relative to the store, for `RunRecord.note`.

        Raises:
            StoreError: another note is kept under this run id.
        """
        path = self.root / "notes" / f"{checked_run_id(run_id)}.md"
        try:
            exclusive.create(path.with_suffix(".json"), reading.to_json(encode(data)), self._steps)
            exclusive.create(path, markdown.encode("utf-8", "backslashreplace"), self._steps)
        except FileExistsError as error:
            raise StoreError(
                f"{path}: a different note is kept for this run; notes do not change."
            ) from error
        return path.relative_to(self.root).as_posix()

    def get_note(self, run_id: str) -> Note | None:
        """The note of a run, by its id or a unique prefix of it; None when there is none.

        Raises:
            StoreError: the note is there and cannot be read.
        """
        known = self._paths_of(run_id) or [path for path in self._paths(None) if path.stem.startswith(run_id)]
        name = known[0].stem if len(known) == 1 else checked_run_id(run_id)
        path = self.root / "notes" / f"{name}.md"
        try:
            return Note(
                path.read_text(encoding="utf-8"), decode(reading.read_json(path.with_suffix(".json")))
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StoreError(f"{path}: cannot be read: {reading.why(error)}") from error

    def repair(self) -> int:
        """Complete what a crash cut off: write missing twins, remove temporary files of dead writers.

        Returns:
            How many twins were written.
        """
        written = 0
        for path in self._paths(None):
            if not self._twin(path.parent.name, path.stem).exists():
                record = reading.tolerant(path, RunRecord.from_dict)
                if record is not None:
                    self._put_twin(record)
                    written += 1
        for kind in ("runs", "verdicts", "events", "states"):
            for folder in reading.folders_in(self.root / kind):
                exclusive.sweep(folder)
        exclusive.sweep(self.root / "notes")
        return written

    def _put_twin(self, record: RunRecord) -> None:
        path = self._twin(folder_name(record.result.suite), record.run_id)
        try:
            exclusive.create(path, twin.parquet(record), self._steps)
        except FileExistsError:
            return  # of the same record, written by another version of the Parquet library

    def _twin(self, folder: str, run_id: str) -> Path:
        return self.root / "verdicts" / f"suite={folder}" / f"{run_id}.parquet"

    def _found(self, suite: str | None, partition: Partition | None) -> Iterator[tuple[Path, Head]]:
        for path in self._paths(suite):
            head = self._heads.get(path) or reading.tolerant(path, reading.head_of)
            if head is None:
                continue
            self._heads[path] = head
            # Names that differ only in case share a folder on some file systems, hence the look inside.
            if suite in (None, head.suite) and partition in (None, head.partition):
                yield path, head

    def _paths(self, suite: str | None) -> list[Path]:
        """Records, newest first."""
        runs = self.root / "runs"
        folders = reading.folders_in(runs) if suite is None else [runs / folder_name(suite)]
        paths = [path for folder in folders for path in reading.files_in(folder, ".json")]
        return sorted(paths, key=lambda path: path.stem, reverse=True)

    def _paths_of(self, run_id: str) -> list[Path]:
        paths = (folder / f"{run_id}.json" for folder in reading.folders_in(self.root / "runs"))
        return [path for path in paths if os.sep not in run_id and path.is_file()]

    def _path_of(self, run_id: str) -> Path:
        paths = self._paths(None)
        found = [path for path in paths if path.stem == run_id] or [
            path for path in paths if run_id and path.stem.startswith(run_id)
        ]
        if len(found) == 1:
            return found[0]
        there = f"{len(paths):,} run{'' if len(paths) == 1 else 's'} in {self.root}"
        if found:
            some = ", ".join(path.stem for path in found[:_SHOWN])
            more = ", ..." if len(found) > _SHOWN else ""
            raise StoreError(f"{len(found)} runs begin with '{run_id}': {some}{more}. Give more of the id.")
        hint = did_you_mean(run_id, [path.stem for path in paths])
        raise StoreError(f"No run '{run_id}' among the {there}.{hint} `dq history` lists them.")
