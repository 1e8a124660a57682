"""Two at once on one partition: exactly one wins, the other has changed nothing, no row is lost.

One round in `make test`; in `make soak` more than a thousand on each layout, and of each race.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from lake_worlds import BAD, BETTER, DATASET, DAY, GOOD, OTHER, Make, World, rows
from scenarios import CLOSED, nothing_is_wrong, passes, resume_all

from dq.errors import DQError
from dq.lake.layout import Load
from dq.rollback.applying import apply
from dq.rollback.planning import RollbackPlan
from dq.rollback.publish import publish_load
from dq.rollback.statuses import status

SEED = 20130208
FEW, MANY = 1, 350
LOSES = {"RollbackRefused", "RollbackConflict"}


def together(*work: Callable[[], str]) -> list[str]:
    """Runs all at once; answers a state or the name of the error, in order."""
    answers = [""] * len(work)
    barrier = threading.Barrier(len(work))

    def one(number: int) -> None:
        barrier.wait()
        try:
            answers[number] = work[number]()
        except DQError as error:
            answers[number] = type(error).__name__

    threads = [threading.Thread(target=one, args=(number,)) for number in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def carried_out(world: World, plan: RollbackPlan) -> str:
    return apply(plan, world.layout(), world.journal(), verify=passes).state


def published(world: World, load: Load, token: str | None) -> str:
    return publish_load(world.layout(), world.journal(), DATASET, load, token).state


def two_rollbacks(world: World, _pick: random.Random) -> None:
    good = world.bad_after_good()
    plans = [world.plan(good), world.plan(None), world.plan(good)]
    states = together(*(partial(carried_out, world, plan) for plan in plans))
    assert states.count("done") == 1, states
    assert set(states) <= {"done", *LOSES}
    assert world.read() == (() if states[1] == "done" else rows(GOOD))
    assert [one.state for one in status(world.journal())].count("done") == 1
    nothing_is_wrong(world)


def two_publishers(world: World, _pick: random.Random) -> None:
    world.write(BAD)
    token = world.layout().current(DAY)
    loads = [world.stage(GOOD), world.stage(BETTER)]
    states = together(*(partial(published, world, load, token) for load in loads))
    assert states.count("done") == 1, states
    assert set(states) <= {"done", *LOSES}
    assert world.read() == rows(GOOD if states[0] == "done" else BETTER)
    nothing_is_wrong(world)


def a_publisher_and_a_rollback(world: World, _pick: random.Random) -> None:
    plan = world.plan(world.bad_after_good())
    token, load = world.layout().current(DAY), world.stage(BETTER)
    states = together(partial(carried_out, world, plan), partial(published, world, load, token))
    assert states.count("done") == 1, states
    assert set(states) <= {"done", *LOSES}
    assert world.read() == rows(GOOD if states[0] == "done" else BETTER)
    nothing_is_wrong(world)


def a_writer_and_a_rollback(world: World, pick: random.Random) -> None:
    """The writer asks nobody. It wins wherever it comes in, or what is left is said to be a conflict."""
    plan = world.plan(world.bad_after_good())
    delay = pick.uniform(0, 0.5 if world.is_remote() else 0.02)

    def write() -> str:
        time.sleep(delay)
        world.write(OTHER)
        return "written"

    states = together(partial(carried_out, world, plan), write)
    story = f"{states} after {delay:.4f} s"
    assert states[1] == "written", story
    if states[0] not in ("done", *LOSES):  # the network's or the disk's answer to what had just gone
        resume_all_if_possible(world)
    (one,) = status(world.journal())
    assert one.state in CLOSED, story
    nothing_is_wrong(world)
    assert one.state != "done" or set(rows(OTHER)) <= set(world.read()), story


def resume_all_if_possible(world: World) -> None:
    try:
        resume_all(world)
    except DQError:
        return  # the journal says how it ended


Race = Callable[[World, random.Random], None]

RACES: tuple[Race, ...] = (
    two_rollbacks, two_publishers, a_publisher_and_a_rollback, a_writer_and_a_rollback,
)  # fmt: skip


def rounds(race: Race, make: Make, folder: Path, number: int) -> None:
    for one in range(number):
        pick = random.Random(f"{SEED}-{race.__name__}-{one}")  # noqa: S311 - a test's choice
        (folder / str(one)).mkdir()
        race(make(folder / str(one)), pick)


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
def test_race(make: Make, tmp_path: Path, race: Race) -> None:
    rounds(race, make, tmp_path, FEW)


@pytest.mark.soak
@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
def test_many_races(make: Make, tmp_path: Path, race: Race) -> None:
    rounds(race, make, tmp_path, MANY)
