"""A process that records runs until it is done or killed.

Arguments: the store's folder, the writer's name, how many runs. Each recorded run id is printed.
"""

from __future__ import annotations

import sys

from store_samples import run, verdict

from dq.store import LocalStore, new_run_id


def main(root: str, writer: str, count: int) -> None:
    """Record runs, each with an event and a note."""
    store = LocalStore(root)
    for number in range(count):
        run_id = new_run_id()
        verdicts = tuple(verdict(id=f"{writer}-{number}-{index}") for index in range(20))
        note = store.put_note(run_id, f"# {writer} {number}\n" + "long " * 500, {"writer": writer})
        store.put_run(run(run_id, verdicts=verdicts, user=writer, note=note))
        store.mark(run_id, "looked_at", {"writer": writer})
        print(run_id, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
