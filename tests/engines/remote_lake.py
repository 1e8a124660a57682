"""Tables on S3 for tests of reading: pinned sources made by hand, and a count of what is asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from aws_server import Cloud

from dq.aws.address import Address
from dq.lake.manifest import Partition
from dq.lake.s3.inventory import Inventory
from dq.lake.s3.remote import Remote
from dq.lake.source import FileSource, Format


def pinned_source(
    cloud: Cloud, at: Address, form: Format = "parquet", *, hive: bool = False, forget: bool = False
) -> FileSource:
    """Everything below a prefix, in the state of this moment; `forget` leaves out what the look has read."""
    inventory = Inventory(cloud.s3)
    listed = {one.key: one for one in inventory.data(at)}
    manifest = inventory.manifest(Partition(), at)
    if forget:
        inventory.tails.clear()
    etags = tuple(listed[at.folder.key + entry.path].etag for entry in manifest.files)
    return FileSource(form, manifest.paths, str(at), hive, Remote(manifest.files, etags, inventory))


@dataclass
class Served:
    """What was asked of S3, and what came.

    Attributes:
        ranges: `(key, first, last)` of every reply to a GET; None and None for a whole object.
        size: bytes of all bodies.
        calls: names of all requests, as botocore calls them.
    """

    ranges: list[tuple[str, int, int]] = field(default_factory=list)
    size: int = 0
    calls: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def by(cls, cloud: Cloud) -> Served:
        """Counts from now on."""
        made = cls()
        events = cloud.session.client("s3").meta.events
        events.register("before-parameter-build.s3", made._asked)
        events.register("after-call.s3.GetObject", made._got)
        return made

    def clear(self) -> None:
        """Begin again."""
        self.ranges, self.size, self.calls = [], 0, []

    def _asked(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        with self._lock:
            self.calls.append(model.name)

    def _got(self, parsed: dict[str, Any], **_: Any) -> None:
        with self._lock:
            self.size += parsed["ContentLength"]
            span = parsed.get("ContentRange", "bytes 0-0/").removeprefix("bytes ").partition("/")[0]
            first, _, last = span.partition("-")
            self.ranges.append((str(parsed.get("ETag")), int(first), int(last)))


def write_parts(folder: Path, make: Callable[[int], pa.Table], parts: int, *, group: int = 50_000) -> None:
    """Parquet files `part-N.parquet`, zstd, in row groups of `group` rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(parts):
        pq.write_table(
            make(number), folder / f"part-{number}.parquet", row_group_size=group, compression="zstd"
        )
