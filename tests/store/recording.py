"""Processes that record runs until they are done or killed.

Arguments: the store's folder, or a server's URL and an address on S3 with a space between; the writer's name;
how many runs; how many processes. Several are forked from this one once everything is imported, and begin at
the same moment. Each recorded run id is printed with the writer's name.
"""

from __future__ import annotations

import os
import sys

from store_samples import run, verdict

from dq.aws.options import AwsOptions
from dq.store import FileStore, LocalStore, new_run_id
from dq.store.opening import store_in

SHARED = "shared"
"""Id of a run that all writers mark."""


def opened(root: str) -> FileStore:
    """The store, as each process opens it for itself."""
    if not root.startswith("http"):
        return LocalStore(root)
    endpoint, _, address = root.partition(" ")
    return store_in(address, aws=AwsOptions(endpoint=endpoint))


def record(root: str, writer: str, count: int) -> None:
    """Record runs, each with an event and a note."""
    store = opened(root)
    for number in range(count):
        run_id = new_run_id()
        verdicts = tuple(verdict(id=f"{writer}-{number}-{index}") for index in range(20))
        note = store.put_note(run_id, f"# {writer} {number}\n" + "long " * 500, {"writer": writer})
        store.put_run(run(run_id, verdicts=verdicts, user=writer, note=note))
        store.mark(run_id, "looked_at", {"writer": writer})
        if root.startswith("http"):
            store.mark(SHARED, "shared", {"writer": writer})
        os.write(1, f"{writer} {run_id}\n".encode())  # one call, so that lines of many writers do not mix


def crowd(root: str, writer: str, count: int, processes: int) -> int:
    """Fork writers, let all of them go at once; how many failed."""
    import boto3  # noqa: F401 - imported once here instead of in every fork
    import pyarrow.parquet  # noqa: F401 - the same

    gate, opener = os.pipe()
    children = []
    for number in range(processes):
        child = os.fork()
        if child == 0:
            os.close(opener)
            os.read(gate, 1)  # returns when the last opener is closed
            record(root, f"{writer}{number}", count)
            os._exit(0)
        children.append(child)
    os.close(opener)
    return sum(os.waitpid(child, 0)[1] != 0 for child in children)


if __name__ == "__main__":
    folder, name, runs, forks = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    if forks == 1:
        record(folder, name, runs)
    else:
        sys.exit(crowd(folder, name, runs, forks))
