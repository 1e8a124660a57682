"""`dq.replay`: a recorded run again. Same bytes, same verdicts; other bytes, and which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dq.flow.recorded import bytes_of, find_run, open_store, place_around, suite_of
from dq.flow.setting import Hashes
from dq.lake.manifest import Manifest, Partition
from dq.result import Result
from dq.validation import EngineOptions, Validation


@dataclass(frozen=True)
class ChangedFile:
    """One file that is not what it was.

    Attributes:
        dataset: name of the dataset; empty for the one under test.
        path: relative to the dataset's folder.
        change: `added`, `removed` or `changed`.
    """

    dataset: str
    path: str
    change: str


@dataclass(frozen=True)
class Replay:
    """A run and the same run again.

    Attributes:
        run_id: of the recorded run.
        recorded: its result.
        result: of the replay; with the recorded suite, parameters and moment.
        same_bytes: whether the replay looked at exactly the recorded bytes of the dataset.
        changed: files of any dataset that differ now from what the run looked at.
        differing: ids of expectations with another outcome or count than recorded.
    """

    run_id: str
    recorded: Result
    result: Result
    same_bytes: bool
    changed: tuple[ChangedFile, ...]
    differing: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether every verdict is the recorded one."""
        return not self.differing

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly, masked."""
        return {
            "run_id": self.run_id,
            "same": self.same,
            "same_bytes": self.same_bytes,
            "changed": [vars(file) for file in self.changed],
            "differing": list(self.differing),
            "recorded": self.recorded.to_dict(),
            "result": self.result.to_dict(),
        }


def replay(run_id: str, *, store: Any = None, options: EngineOptions | None = None) -> Replay:
    """Judge the recorded bytes again by the recorded suite, at the recorded moment.

    Where the recorded bytes are kept (in place, behind the pointer, or in quarantine) those are judged; where
    they are gone, what lies there now is, and `changed` says what differs.

    Args:
        run_id: of a recorded run, or a unique beginning of it.
        store: folder of the store; None for the configured one.
        options: threads and memory.

    Raises:
        StoreError: no such run.
        DataError: neither the recorded bytes nor others are there.
    """
    opened = open_store(store)
    record = find_run(run_id, opened)
    suite = suite_of(record, opened)
    partition = record.result.partition
    source = bytes_of(record, place_around(record, opened))
    now = source if source is not None else suite.data
    with Validation(suite, now, partition, None, options, record.result.started) as again:
        result = again.result()
        changed: list[ChangedFile] = []
        for name, recorded in record.manifests.items():
            about = again.sources.get(name)
            of = partition if name in ("", "input") else Partition()
            found = None if about is None else Hashes().manifest(about, of)
            changed += _changes(name, recorded, found)
    return Replay(
        run_id=record.run_id,
        recorded=record.result,
        result=result,
        same_bytes=source is not None and not any(file.dataset == "" for file in changed),
        changed=tuple(changed),
        differing=_differing(record.result, result),
    )


def _changes(dataset: str, recorded: Manifest, found: Manifest | None) -> list[ChangedFile]:
    then = {entry.path: entry.checksum for entry in recorded.files}
    now = {entry.path: entry.checksum for entry in found.files} if found else {}
    if sorted(then.values()) == sorted(now.values()):
        return []
    changes = []
    for path in sorted(then.keys() | now.keys()):
        if path not in now:
            changes.append(ChangedFile(dataset, path, "removed"))
        elif path not in then:
            changes.append(ChangedFile(dataset, path, "added"))
        elif then[path] != now[path]:
            changes.append(ChangedFile(dataset, path, "changed"))
    return changes


def _differing(recorded: Result, again: Result) -> tuple[str, ...]:
    then = {verdict.id: (verdict.outcome, verdict.unexpected) for verdict in recorded.verdicts}
    now = {verdict.id: (verdict.outcome, verdict.unexpected) for verdict in again.verdicts}
    return tuple(id_ for id_ in sorted(then.keys() | now.keys()) if then.get(id_) != now.get(id_))
