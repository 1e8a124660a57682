"""Run by `test_kill.py` in a process of its own: fork, let the child work, kill -9 it, resume, look.

Prints one JSON line: rounds, how many died before they were done, and in which states they died.
"""

from __future__ import annotations

import collections
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rollback_worlds import BAD, DATASET, GOOD, World, read_tree

from dq.rollback import quarantine
from dq.rollback.applying import apply, resume, undo
from dq.rollback.publish import publish_load
from dq.rollback.statuses import status


def killed(work: Callable[[], object], seconds: float) -> bool:
    """Whether a forked child was killed before it had finished the work."""
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


def rollback_round(world: World, moment: Callable[[], float], states: collections.Counter[str]) -> bool:
    good = world.bad_after_good()
    plan = world.plan(good)
    died = killed(lambda: apply(plan, world.layout(), world.journal()), moment())
    entry = world.journal().read(DATASET, world.partition).entry(plan.id)
    states[entry.state if entry else "nothing"] += 1
    if random.random() < 0.3:  # noqa: S311 - a test's choice
        killed(lambda: apply(plan, world.layout(), world.journal()), moment())
    apply(plan, world.layout(), world.journal())
    (done,) = status(world.journal())
    assert world.visible() == GOOD
    assert done.history == ("planned", "quarantined", "restored", "verified", "done")
    assert read_tree(Path(quarantine.read_entry(world.journal().documents, plan.id).location)) == BAD
    if random.random() < 0.3:  # noqa: S311 - a test's choice
        killed(lambda: undo(plan.id, world.layout(), world.journal()), moment())
        if status(world.journal())[0].state != "undone":
            undo(plan.id, world.layout(), world.journal())
        assert world.visible() == BAD
    return died


def publish_round(world: World, moment: Callable[[], float], states: collections.Counter[str]) -> bool:
    world.write(BAD)
    token, load = world.layout().current(world.partition), world.stage(GOOD)
    died = killed(lambda: publish_load(world.layout(), world.journal(), DATASET, load, token), moment())
    seen = status(world.journal())
    states[seen[0].state if seen else "nothing"] += 1
    if seen:
        resume(seen[0].id, world.layout(), world.journal())
    else:
        publish_load(world.layout(), world.journal(), DATASET, load, token)
    assert world.visible() == GOOD
    assert world.kept_bytes() >= set(BAD.values())
    return died


def main(folder: Path, kind: str, rounds: int, seed: int) -> None:
    random.seed(seed)
    states: collections.Counter[str] = collections.Counter()
    died = 0
    warm = World(folder / "warm", kind)
    warm.folder.mkdir()
    plan = warm.plan(warm.bad_after_good())
    begun = time.perf_counter()
    apply(plan, warm.layout(), warm.journal())
    usual = time.perf_counter() - begun
    for number in range(rounds):
        world = World(folder / str(number), kind)
        world.folder.mkdir()
        one = rollback_round if number % 3 else publish_round
        died += one(world, lambda: random.uniform(0, 1.1 * usual), states)  # noqa: S311 - a test's choice
        shutil.rmtree(world.folder)
    print(json.dumps({"rounds": rounds, "died": died, "states": states}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
