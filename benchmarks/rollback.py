"""Rollbacks of partitions of 1, 100 and 1,000 objects: time, and requests to AWS, on every layout.

A job writes a good state and then a bad one, every object under a new name. Measured are the plan, the
rollback from it, and the undo. The server stands in a process of its own; it answers in a few milliseconds,
so the times say what dq and the server need, not what a network does. The journal lies on disk, so that the
requests are those of the layout.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import table
from benchmarks.bench import Bench
from dq.lake.layout import Layout
from dq.lake.manifest import Manifest, Partition
from dq.rollback.applying import apply, undo
from dq.rollback.documents import LocalDocuments
from dq.rollback.journal import Journal
from dq.rollback.planning import plan_rollback

DAY = Partition.of({"date": "2013-02-08"})
HEADER = ("layout", "objects", "plan s", "rollback s", "requests", "by kind", "undo s", "requests of undo")
_SERVER = "from dq.demo.server import serving\nwith serving() as url:\n print(url, flush=True)\n input()"


@dataclass
class Table:
    """One table on one layout.

    Attributes:
        layout: as dq finds it.
        write: what a job does: after it, readers see these files, by name.
        calls: requests so far by operation; stays empty where there are none.
    """

    layout: Layout
    write: Callable[[dict[str, bytes]], None]
    calls: Counter[str] = field(default_factory=Counter)


Make = Callable[[Path], contextlib.AbstractContextManager[Table]]


def compare(bench: Bench, sizes: Sequence[int]) -> list[str]:
    """Roll back and undo on every layout.

    Args:
        bench: takes problems.
        sizes: how many objects the partition has.

    Returns:
        The lines of a Markdown table. A rollback that does not end as `done`, or readers that do not see the
        right bytes afterwards, is a problem.
    """
    rows = []
    for name, make in LAYOUTS.items():
        for objects in sizes:
            with tempfile.TemporaryDirectory() as folder, make(Path(folder)) as made:
                rows.append([name, f"{objects:,}", *_measured(bench, name, made, Path(folder), objects)])
    return table.lines(HEADER, rows)


def _measured(bench: Bench, name: str, made: Table, folder: Path, objects: int) -> list[str]:
    layout, journal = made.layout, Journal(LocalDocuments(folder / "journal"))
    made.write({f"good-{number:05}.csv": f"good {number}\n".encode() for number in range(objects)})
    good = layout.manifest(DAY)
    layout.keep(good)
    made.write({f"bad-{number:05}.csv": f"bad {number}\n".encode() for number in range(objects)})
    bad = layout.manifest(DAY)
    made.calls.clear()
    planned, plan = _timed(
        lambda: plan_rollback(layout, "benchmark", DAY, good, reason="measured", failed=("measured",))
    )
    made.calls.clear()
    taken, _ = _timed(lambda: apply(plan, layout, journal))
    calls = Counter(made.calls)
    _expect(bench, name, layout, good)
    made.calls.clear()
    back, _ = _timed(lambda: undo(plan.id, layout, journal))
    undone = made.calls.total()
    _expect(bench, name, layout, bad)
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in calls.most_common())
    seconds = [f"{each:.2f}" for each in (planned, taken, back)]
    return [*seconds[:2], f"{calls.total():,}", kinds or "-", seconds[2], f"{undone:,}"]


def _expect(bench: Bench, name: str, layout: Layout, wanted: Manifest) -> None:
    if not layout.manifest(DAY).same_bytes(wanted):
        bench.problems.append(f"rollback, {name}: readers do not see the {len(wanted.files):,} right files")


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.perf_counter()
    answer = work()
    return time.perf_counter() - begun, answer


@contextlib.contextmanager
def _local_pointer(folder: Path) -> Iterator[Table]:
    from dq.lake.local.pointer import LocalPointer

    layout = LocalPointer(folder / "lake/orders", folder / "store")

    def write(files: dict[str, bytes]) -> None:
        staged = folder / uuid.uuid4().hex
        staged.mkdir()
        for name, data in files.items():
            (staged / name).write_bytes(data)
        layout.swap(DAY, layout.current(DAY), layout.stage(DAY, staged))

    yield Table(layout, write)


@contextlib.contextmanager
def _local_folder(folder: Path) -> Iterator[Table]:
    from dq.lake.local.folder import LocalFolder

    place = folder / f"lake/orders/{DAY}"

    def write(files: dict[str, bytes]) -> None:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        for name, data in files.items():
            (place / name).write_bytes(data)

    yield Table(LocalFolder(folder / "lake/orders", folder / "store"), write)


@contextlib.contextmanager
def _s3_versioned(folder: Path) -> Iterator[Table]:
    from dq.aws.address import Address
    from dq.aws.s3 import S3
    from dq.aws.threads import each
    from dq.lake.s3.inventory import Inventory
    from dq.lake.s3.versioned import S3Versioned

    with counted_session() as (session, calls):
        client = session.client("s3")
        bucket = f"b-{uuid.uuid4().hex[:20]}"
        client.create_bucket(Bucket=bucket)
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        s3, place = S3(session), Address(bucket, f"lake/orders/{DAY}/")

        def write(files: dict[str, bytes]) -> None:
            each(lambda one: s3.hide(Address(bucket, one.key), versioned=True), list(s3.list(place)))
            each(lambda name: s3.put(place / name, files[name]), files)

        inventory = Inventory(s3)
        yield Table(
            S3Versioned(Address(bucket, "lake/orders"), Address(bucket, "_dq"), inventory), write, calls
        )


@contextlib.contextmanager
def counted_session() -> Iterator[tuple[Any, Counter[str]]]:
    """A session on a server of its own, and how often it was asked for what, lost requests included."""
    from dq.aws.options import AwsOptions
    from dq.aws.session import Session
    from dq.demo.server import REGION, made_up_credentials

    command = [sys.executable, "-c", _SERVER]
    with (
        made_up_credentials(),
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
    ):
        assert server.stdin is not None and server.stdout is not None  # noqa: S101, PT018 - asked for above
        calls: Counter[str] = Counter()

        class Counting(Session):
            def _made(self, service: str) -> Any:
                client = super()._made(service)

                def count(event_name: str = "", **_: Any) -> None:
                    calls[event_name.rpartition(".")[2]] += 1

                client.meta.events.register(f"before-send.{service}", count)
                return client

        try:
            yield Counting(AwsOptions(endpoint=server.stdout.readline().strip(), region=REGION)), calls
        finally:
            server.stdin.write("\n")
            server.stdin.close()


LAYOUTS: dict[str, Make] = {
    "local-pointer": _local_pointer,
    "local-folder": _local_folder,
    "s3-versioned": _s3_versioned,
}
"""Every layout that is measured; a new one is one function that makes a `Table`."""
