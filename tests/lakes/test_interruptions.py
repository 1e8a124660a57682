"""A fault at the moments when something changes or is asked, once and twice: nothing is lost, resume ends it.

`make test` looks at a sample that is the same every time; `make soak` at every moment.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import DEATHS, LASTING, PASSING, Crash, Faults, Kind, anything, changes
from lake_worlds import OTHER, Make, World, rows
from scenarios import (
    CLOSED,
    OPERATIONS,
    Operation,
    Run,
    everything_is_done,
    finish,
    nothing_is_wrong,
)

from dq.errors import DQError
from dq.rollback.statuses import status

SEED = 20130208
FIRST, AGAIN = 45, 15
"""Moments among which `make test` chooses; where an operation has fewer, it is not disturbed."""


def began(world: World, run: Run, faults: Faults) -> bool:
    """Runs under faults; answers whether the operation came to its end all the same."""
    world.faults = faults
    try:
        run(world)
        return True
    except (Crash, DQError, OSError):
        return False
    finally:
        world.faults = Faults()


def moments(make: Make, folder: Path, operation: Operation, counts: object = changes) -> list[str]:
    """Every moment of an undisturbed run, in order."""
    world = made(make, folder, "undisturbed")
    run = operation.prepare(world)
    faults = Faults(counts=counts)  # type: ignore[arg-type]  # one of the two functions of faults.py
    assert began(world, run, faults)
    return faults.seen


def made(make: Make, folder: Path, name: str) -> World:
    (folder / name).mkdir()
    return make(folder / name)


def came_to_its_end(world: World, operation: Operation, run: Run, story: str) -> None:
    """Interrupted as it was, nothing is lost; resumed, everything is as if nothing had happened."""
    assert world.lost() == set(), story
    finish(world, run)
    assert world.read() == operation.after, story
    operation.check(world)
    everything_is_done(world)


def interrupt(make: Make, folder: Path, operation: Operation, first: Faults, second: Faults | None) -> str:
    """One story: a fault, perhaps another one in the resumed run, then an undisturbed resume. Answers it."""
    story = f"{operation}-{first.kind}-{first.at}" + (f"-{second.kind}-{second.at}" if second else "")
    world = made(make, folder, story)
    run = operation.prepare(world)
    ended = began(world, run, first)
    assert ended or first.broke, f"{story}: it failed without a fault"
    story = f"{story}: {first.broke}"
    if ended and first.kind in PASSING:
        assert world.read() == operation.after, story
    if second:
        assert world.lost() == set(), story
        began(world, lambda world: finish(world, run), second)
        story = f"{story}, then {second.broke}"
    came_to_its_end(world, operation, run, story)
    return story


def kinds_for(moment: str) -> tuple[Kind, ...]:
    """How a moment can break: a local action before it is done, a request in every way."""
    if moment.startswith("step "):
        return ("die-before", "outage")
    if changes(moment):
        return (*DEATHS, "lost", "slow-down", *LASTING)
    return ("outage",)  # to what only asks, every other fault is the same as one at the change before


def every_fault(seen: list[str]) -> Iterator[tuple[int, Kind]]:
    for number, moment in enumerate(seen, start=1):
        for kind in kinds_for(moment):
            yield number, kind


def chosen(world: World, operation: Operation, what: str) -> random.Random:
    """The same choice in every run."""
    return random.Random(f"{SEED}-{world.kind}-{operation}-{what}")  # noqa: S311 - a test's choice


def some_fault(pick: random.Random, world: World, most: int) -> Faults:
    """One of the first moments breaks, in a way in which it can."""
    kinds = (*DEATHS, *PASSING, *LASTING) if world.is_remote() else ("die-before", "outage")
    return Faults(pick.randint(1, most), pick.choice(kinds), anything)


@pytest.mark.on_servers("rollback", "take-away", "undo", "publish-over", "back-to-former", "refuse")
@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_a_fault(make: Make, tmp_path: Path, operation: Operation) -> None:
    world = made(make, tmp_path, "asked")
    interrupt(make, tmp_path, operation, some_fault(chosen(world, operation, "one"), world, FIRST), None)


@pytest.mark.on_servers("rollback")
@pytest.mark.enforcing
@pytest.mark.parametrize("operation", [OPERATIONS[0], OPERATIONS[2], OPERATIONS[5]], ids=str)
def test_a_fault_and_another_in_the_resumed_run(make: Make, tmp_path: Path, operation: Operation) -> None:
    world = made(make, tmp_path, "asked")
    pick = chosen(world, operation, "two")
    second = some_fault(pick, world, AGAIN)
    interrupt(make, tmp_path, operation, some_fault(pick, world, FIRST), second)


@pytest.mark.soak
@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_fault(make: Make, tmp_path: Path, operation: Operation) -> None:
    seen = moments(make, tmp_path, operation, anything)
    stories = [
        interrupt(make, tmp_path, operation, Faults(number, kind, anything), None)
        for number, kind in every_fault(seen)
    ]
    assert len(stories) >= len(seen)


@pytest.mark.soak
@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_a_death_at_every_change_and_at_every_change_of_the_resumed_run(
    make: Make, tmp_path: Path, operation: Operation
) -> None:
    """With layouts on servers, at every third change of the resumed run, each time at others."""
    seen = moments(make, tmp_path, operation)
    step = 3 if made(make, tmp_path, "asked").is_remote() else 1
    for number in range(1, len(seen) + 1):
        for again in range(1 + number % step, 1000, step):
            second = Faults(again, "die-before")
            interrupt(make, tmp_path, operation, Faults(number, "die-before"), second)
            if not second.broke:
                break


def writer_comes_in(make: Make, folder: Path, operation: Operation, at: int) -> str:
    """Just before the n-th moment another job overwrites the partition. Whatever dq does then, it tells."""
    world = made(make, folder, f"{operation}-writer-{at}")
    run = operation.prepare(world)
    faults = Faults(at, "do", anything, action=lambda: world.write(OTHER))
    ended = began(world, run, faults)
    story = f"{operation}, a writer before {faults.broke}"
    assert faults.broke, story
    assert set(rows(OTHER)) <= set(world.read()), f"{story}: their rows are out of sight"
    nothing_is_wrong(world)
    newest = max(status(world.journal()), key=lambda one: one.at, default=None)
    if not ended and newest is not None:
        assert newest.state in CLOSED, story
    return story


@pytest.mark.on_servers("rollback")
@pytest.mark.enforcing
@pytest.mark.parametrize("operation", [OPERATIONS[0], OPERATIONS[1], OPERATIONS[5]], ids=str)
def test_a_writer_comes_in(make: Make, tmp_path: Path, operation: Operation) -> None:
    seen = moments(make, tmp_path, operation, anything)
    pick = random.Random(f"{SEED}-{operation}-writer")  # noqa: S311 - a test's choice
    writer_comes_in(make, tmp_path, operation, pick.randint(1, len(seen)))


@pytest.mark.soak
@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.in_place], ids=str)
def test_a_writer_comes_in_anywhere(make: Make, tmp_path: Path, operation: Operation) -> None:
    seen = moments(make, tmp_path, operation, anything)
    for at in range(1, len(seen) + 1):
        writer_comes_in(make, tmp_path, operation, at)


def between_crash_and_resume(make: Make, folder: Path, operation: Operation, at: int) -> None:
    """The process dies, another job overwrites the partition, somebody resumes: theirs is left alone."""
    world = made(make, folder, f"between-{at}")
    run = operation.prepare(world)
    faults = Faults(at, "die-before")
    assert not began(world, run, faults)
    world.write(OTHER)
    try:
        finish(world, run)
    except DQError:
        newest = max(status(world.journal()), key=lambda one: one.at, default=None)
        assert newest is None or newest.state in CLOSED, faults.broke
    nothing_is_wrong(world)
    assert set(rows(OTHER)) <= set(world.read()), faults.broke


def test_a_writer_between_crash_and_resume(make: Make, tmp_path: Path) -> None:
    seen = moments(make, tmp_path, OPERATIONS[0])
    at = random.Random(SEED).randint(1, len(seen))  # noqa: S311 - a test's choice
    between_crash_and_resume(make, tmp_path, OPERATIONS[0], at)


@pytest.mark.soak
@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.in_place], ids=str)
def test_a_writer_between_crash_and_resume_anywhere(make: Make, tmp_path: Path, operation: Operation) -> None:
    for at in range(1, len(moments(make, tmp_path, operation)) + 1):
        between_crash_and_resume(make, tmp_path, operation, at)
