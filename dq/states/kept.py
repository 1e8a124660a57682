"""States as they are kept: small files beside the store, each written once and never changed.

```
states/<suite>/<partition>-<token>-<content>.json
```

The three parts of a name are hashes. Equal content has an equal name, so any number of processes may write at
once; several files about one partition are read as one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dq.codec import decode, encode
from dq.errors import StoreError
from dq.lake.manifest import Manifest, Partition
from dq.lake.schema import Schema
from dq.metrics import State
from dq.sql.words import Column
from dq.store import exclusive, reading
from dq.store.names import folder_name

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
        root: the store's folder.
        suite: its name.
        engine: name and version of the engine at work; states of another are left out.
    """

    def __init__(self, root: Path, suite: str, engine: str) -> None:
        self.folder = root / "states" / folder_name(suite)
        self.engine = engine
        self._names: dict[str, set[str]] | None = None

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
        exclusive.create(self.folder / name, content)
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
        if self._names is None:
            self._names = {}
            for path in reading.files_in(self.folder, ".json"):
                self._names.setdefault(path.name[:_HASH], set()).add(path.name)
        for name in sorted(self._names.get(beginning[:_HASH], ())):
            if name.startswith(beginning):
                kept = reading.tolerant(self.folder / name, Kept.from_dict)
                if kept is not None and kept.engine == self.engine:
                    yield kept


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH]
