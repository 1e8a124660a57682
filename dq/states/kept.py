"""States as they are kept: small files beside the store, each written once and never changed.

```
states/<suite>/<partition>-<token>-<content>.json
```

The three parts of a name are hashes. Equal content has an equal name, so any number of processes may write at
once; several files about one partition are read as one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dq.codec import decode, encode
from dq.errors import StoreError
from dq.lake.manifest import Manifest, Partition
from dq.lake.schema import Schema
from dq.metrics import State
from dq.sql.words import Column
from dq.store import reading
from dq.store.names import folder_name
from dq.store.shelf import Shelf

SCHEMA_VERSION = 1
"""Of the files."""
_HASH = 16


@dataclass(frozen=True)
class Kept:
    """What is known of one partition's bytes.

    Attributes:
        partition: the slice.
        token: of the layout, when the bytes were read.
        manifest: the exact bytes.
        schema: their columns; None when there is no file.
        engine: name and version; another engine's states are not taken.
        states: by the identity of the metric.
    """

    partition: Partition
    token: str
    manifest: Manifest
    schema: Schema | None
    engine: str
    states: Mapping[str, State] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """JSON-friendly; read back by `from_dict` without loss."""
        columns = None if self.schema is None else [[c.name, c.type] for c in self.schema.columns]
        return {
            "schema_version": SCHEMA_VERSION,
            "partition": [list(pair) for pair in self.partition.values],
            "token": self.token,
            "manifest": self.manifest.to_dict(),
            "schema": columns,
            "engine": self.engine,
            "states": {name: encode(state) for name, state in sorted(self.states.items())},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Kept:
        """The inverse of `to_dict`.

        Raises:
            StoreError: written by a newer dq.
            KeyError: not kept states.
        """
        version = data["schema_version"]
        if not isinstance(version, int) or version > SCHEMA_VERSION:
            raise StoreError(f"states of schema version {version!r}; this dq reads up to {SCHEMA_VERSION}")
        columns = data["schema"]
        return cls(
            Partition(tuple((column, value) for column, value in data["partition"])),
            data["token"],
            Manifest.from_dict(data["manifest"]),
            None if columns is None else Schema(tuple(Column(name, type_) for name, type_ in columns)),
            data["engine"],
            {name: tuple(decode(state)) for name, state in data["states"].items()},
        )


def lasts(state: State) -> bool:
    """Whether a state comes back from a file exactly as it was, types included."""
    try:
        back = tuple(decode(encode(state)))
    except (TypeError, ValueError):
        return False
    return [(type(v), repr(v)) for v in back] == [(type(v), repr(v)) for v in state]


class StateFiles:
    """The kept states of one suite's dataset.

    Args:
        shelf: of the store.
        suite: its name.
        engine: name and version of the engine at work; states of another are left out.
    """

    def __init__(self, shelf: Shelf, suite: str, engine: str) -> None:
        self._shelf = shelf
        self._folder = f"states/{folder_name(suite)}"
        self.engine = engine
        self._names: dict[str, set[str]] | None = None
        self._fetched: dict[str, Kept] = {}

    def fetch(self, wanted: Iterable[tuple[Partition, str]]) -> None:
        """Read what is known of many partitions at once, where reading them one by one would take long.

        Args:
            wanted: partitions and their layout's tokens, as `find` will be asked for.
        """
        if self._shelf.width == 1:
            return
        beginnings = [f"{_short(str(partition))}-{_short(token)}-" for partition, token in wanted]
        names = [f"{self._folder}/{name}" for beginning in beginnings for name in self._named(beginning)]
        self._fetched |= dict(reading.tolerant(self._shelf, names, Kept.from_dict))

    def find(self, partition: Partition, token: str) -> Kept | None:
        """What is known of the bytes that a layout calls by this token; None when nothing is."""
        return self._joined(
            partition, f"{_short(str(partition))}-{_short(token)}-", lambda k: k.token == token
        )

    def find_bytes(self, partition: Partition, digest: str) -> Kept | None:
        """What is known of these very bytes, wherever they lay; None when nothing is."""
        return self._joined(partition, f"{_short(str(partition))}-", lambda k: k.manifest.digest == digest)

    def put(self, kept: Kept) -> None:
        """Keep states. Nothing is written when there are none.

        Raises:
            StoreError: the storage refuses.
        """
        if not kept.states:
            return
        content = reading.to_json(kept.to_dict())
        hashed = hashlib.sha256(content).hexdigest()[:_HASH]
        name = f"{_short(str(kept.partition))}-{_short(kept.token)}-{hashed}.json"
        self._shelf.create(f"{self._folder}/{name}", content)
        if self._names is not None:
            self._names.setdefault(name[:_HASH], set()).add(name)

    def _joined(self, partition: Partition, beginning: str, wanted: Callable[[Kept], bool]) -> Kept | None:
        found = [kept for kept in self._read(beginning) if kept.partition == partition and wanted(kept)]
        if not found:
            return None
        first = found[0]
        states: dict[str, State] = {}
        for kept in found:
            if kept.schema == first.schema and kept.manifest.same_bytes(first.manifest):
                states.update(kept.states)
        return Kept(partition, first.token, first.manifest, first.schema, self.engine, states)

    def _read(self, beginning: str) -> Iterator[Kept]:
        names = [f"{self._folder}/{name}" for name in self._named(beginning)]
        ready = [self._fetched[name] for name in names if name in self._fetched]
        rest = [name for name in names if name not in self._fetched]
        for kept in (*ready, *(kept for _, kept in reading.tolerant(self._shelf, rest, Kept.from_dict))):
            if kept.engine == self.engine:
                yield kept

    def _named(self, beginning: str) -> list[str]:
        if self._names is None:
            self._names = {}
            for name in self._shelf.names(self._folder):
                self._names.setdefault(name[:_HASH], set()).add(name)
        return sorted(n for n in self._names.get(beginning[:_HASH], ()) if n.startswith(beginning))


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH]
