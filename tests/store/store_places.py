"""Places for stores, so that one test holds for all of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from dq.aws.address import Address
from dq.aws.s3 import S3
from dq.aws.session import Session
from dq.store import FileStore, LocalStore
from dq.store.remote import S3Store


class StorePlace(Protocol):
    """Where a store is, and its bytes as they lie there."""

    def open(self) -> FileStore:
        """The store as a new process sees it."""

    def files(self) -> dict[str, bytes]:
        """Content by name."""

    def write(self, name: str, content: bytes) -> None:
        """Damages or plants a file."""

    def remove(self, name: str) -> None:
        """Takes a file away."""


@dataclass
class LocalPlace:
    """In a folder."""

    root: Path

    def open(self) -> LocalStore:
        return LocalStore(self.root)

    def files(self) -> dict[str, bytes]:
        found = (path for path in self.root.rglob("*") if path.is_file())
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in found}

    def write(self, name: str, content: bytes) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_bytes(content)

    def remove(self, name: str) -> None:
        (self.root / name).unlink()


@dataclass
class S3Place:
    """Below a prefix."""

    session: Session
    at: Address
    s3: S3 = field(init=False)

    def __post_init__(self) -> None:
        self.s3 = S3(self.session)

    def open(self) -> S3Store:
        return S3Store(self.s3, self.at)

    def files(self) -> dict[str, bytes]:
        found = list(self.s3.list(self.at.folder))
        named = {one.key.removeprefix(self.at.folder.key): Address(self.at.bucket, one.key) for one in found}
        return {name: self.s3.get(address).body for name, address in named.items()}

    def write(self, name: str, content: bytes) -> None:
        self.s3.put(self.at / name, content)

    def remove(self, name: str) -> None:
        self.session.client("s3").delete_object(Bucket=self.at.bucket, Key=(self.at / name).key)


class Requests:
    """Counts the requests of a client, by operation; `stop` ends the world at one of them.

    Args:
        session: whose S3 client is watched.
    """

    def __init__(self, session: Session) -> None:
        self.counts: dict[str, int] = {}
        self.stop_before: int | None = None
        self.stop_after: int | None = None
        self.seen = 0
        self._lock = threading.Lock()
        self._writes_only = ("PutObject",)
        events = session.client("s3").meta.events
        events.register("before-call.s3", self._before)
        events.register("after-call.s3", self._after)

    def reset(self) -> None:
        """Forget what was counted."""
        self.counts.clear()
        self.seen = 0

    def _before(self, model: Any, **_: Any) -> None:
        with self._lock:
            self.counts[model.name] = self.counts.get(model.name, 0) + 1
        if model.name in self._writes_only:
            self.seen += 1
            if self.seen == self.stop_before:
                raise Stop

    def _after(self, model: Any, **_: Any) -> None:
        if model.name in self._writes_only and self.seen == self.stop_after:
            raise Stop


class Stop(BaseException):  # not an Exception, so that nothing tidies up after it
    """The process ends here."""
