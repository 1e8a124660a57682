"""Run by `test_lake_kill.py` in a process of its own: fork, let the child work, kill -9 it, resume, look.

Prints one JSON line: rounds, how many children died before they were done, and in which states they left the
journal. The server is in another process, and goes on with what it was asked when the child dies.
"""

from __future__ import annotations

import collections
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lake_worlds import World
from remote_worlds import REMOTE, Server, connected
from scenarios import OPERATIONS, everything_is_done, finish

from dq.rollback.statuses import status

PICKED = tuple(one for one in OPERATIONS if one.name in ("rollback", "undo", "publish-over", "take-away"))


def killed(server: Server, work: Callable[[], object], seconds: float) -> bool:
    """Whether a forked child was killed before it had finished the work."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            server.connect()  # a process shares no connections with another
            work()
            code = 0
        finally:
            os._exit(code)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    died = os.waitpid(pid, 0)[1]
    assert died == 0 or os.WIFSIGNALED(died), "the child failed by itself"
    return os.WIFSIGNALED(died)


def usual_time(server: Server, world: World) -> float:
    """Seconds that a child takes for a rollback, from its start."""
    run = PICKED[0].prepare(world)
    begun = time.perf_counter()
    server.connect()
    run(world)
    return time.perf_counter() - begun


def main(url: str, kind: str, folder: Path, rounds: int, seed: int) -> None:
    pick = random.Random(seed)  # noqa: S311 - a test's choice
    states: collections.Counter[str] = collections.Counter()
    died = 0
    with connected(url) as server:

        def made(name: str) -> World:
            (folder / name).mkdir()
            return REMOTE[kind](folder / name, server)

        usual = usual_time(server, made("warm"))
        for number in range(rounds):
            world, operation = made(str(number)), pick.choice(PICKED)
            run = operation.prepare(world)
            moment = pick.uniform(0.2, 1.1) * usual
            died += killed(server, lambda: run(world), moment)  # noqa: B023 - called within the round
            states[
                max(((one.at, one.state) for one in status(world.journal())), default=("", "nothing"))[1]
            ] += 1
            assert world.lost() == set(), operation
            finish(world, run)
            assert world.read() == operation.after, operation
            operation.check(world)
            everything_is_done(world)
    print(json.dumps({"rounds": rounds, "died": died, "states": states}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
