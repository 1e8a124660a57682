"""What dq does to a partition, as scenarios that any layout must go through, and what must hold afterwards.

An operation says how it is prepared, how it is run, and what must be so when it has come to its end: however
often it was interrupted, and whoever runs it again without knowing what happened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lake_worlds import BAD, BETTER, DATASET, DAY, GOOD, World, rows

from dq.errors import RollbackConflict, RollbackRefused
from dq.lake.manifest import Partition
from dq.rollback.applying import apply, resume, undo
from dq.rollback.publish import publish_load, refuse_load
from dq.rollback.statuses import RollbackStatus, status

Run = Callable[[World], object]
"""Does the whole operation with a new layout and a new journal, as one process would."""

ENDED = (RollbackConflict, RollbackRefused)
ORDER = ("planned", "quarantined", "restored", "published", "verified", "done", "undone")
CLOSED = ("done", "refused", "conflict", "failed_verify", "undone")


class Prepare(Protocol):
    """Brings a world to the state before; answers how to run the operation."""

    def __call__(self, world: World, /) -> Run: ...


@dataclass(frozen=True)
class Operation:
    """One thing that dq does to a partition.

    Attributes:
        name: in test ids.
        prepare: the state before.
        before: rows that readers see before it.
        after: rows that readers see when it is done.
        check: what else must hold then.
        in_place: whether it needs a job that overwrites what readers see without dq.
    """

    name: str
    prepare: Prepare
    before: tuple[str, ...]
    after: tuple[str, ...]
    check: Callable[[World], None]
    in_place: bool = True

    def __str__(self) -> str:
        return self.name


def passes(_partition: Partition) -> tuple[bool, str]:
    """A check of what readers see that is content with everything."""
    return True, "suite passed"


def resume_all(world: World) -> None:
    """What a person does after an interruption: waits for the lease to end, resumes what is open."""
    world.clock.skip(1000)
    for one in status(world.journal()):
        if one.state not in ("done", "undone", "refused", "conflict"):
            resume(one.id, world.layout(), world.journal(), verify=passes)


def by_kind(world: World) -> dict[str, RollbackStatus]:
    """The newest operation of each kind."""
    return {one.kind: one for one in status(world.journal())}


def nothing_is_wrong(world: World) -> None:
    """Holds at any time when nobody is at work: nothing lost, every history in order, at most one open."""
    assert world.lost() == set()
    seen = status(world.journal())
    for one in seen:
        plain = [state for state in one.history if state in ORDER]
        assert plain == sorted(set(plain), key=ORDER.index), f"{one.id}: {one.history}"
        assert one.history[0] == "planned"
    assert sum(1 for one in seen if one.state not in CLOSED) <= 1


def everything_is_done(world: World) -> None:
    """Besides: every operation is closed and no lease is held."""
    nothing_is_wrong(world)
    assert {one.state for one in status(world.journal())} <= {"done", "undone"}
    assert all(log.lease is None for log in world.journal().logs())


def _rollback(world: World) -> Run:
    plan = world.plan(world.bad_after_good())
    return lambda world: apply(plan, world.layout(), world.journal(), verify=passes)


def _rolled_back(world: World) -> None:
    done = by_kind(world)["rollback"]
    assert done.history == ("planned", "quarantined", "restored", "verified", "done")
    assert world.quarantined(done.id) == rows(BAD)


def _take_away(world: World) -> Run:
    world.write(BAD)
    plan = world.plan(None)
    return lambda world: apply(plan, world.layout(), world.journal(), verify=passes)


def _taken_away(world: World) -> None:
    done = by_kind(world)["quarantine"]
    assert done.history == ("planned", "quarantined", "restored", "verified", "done")
    assert world.quarantined(done.id) == rows(BAD)
    assert world.layout().current(DAY) is None
    assert not world.lists_truly or DAY not in world.layout().partitions()


def _undo(world: World) -> Run:
    _rollback(world)(world)
    name = by_kind(world)["rollback"].id
    return lambda world: _undo_once(world, name)


def _undo_taking_away(world: World) -> Run:
    _take_away(world)(world)
    name = by_kind(world)["quarantine"].id
    return lambda world: _undo_once(world, name)


def _undo_once(world: World, name: str) -> object:
    known = {one.id: one for one in status(world.journal())}
    return None if known[name].state == "undone" else undo(name, world.layout(), world.journal())


def _undone(world: World) -> None:
    seen = by_kind(world)
    first = seen.get("rollback") or seen["quarantine"]
    assert first.history[-2:] == ("done", "undone")
    if "rollback" in seen:
        assert world.quarantined(seen["undo"].id) == rows(GOOD)


def _publish_first(world: World) -> Run:
    load = world.stage(GOOD)
    return lambda world: publish_load(world.layout(), world.journal(), DATASET, load, None, run_id="run-1")


def _publish_over(world: World) -> Run:
    """Over rows that nobody ever validated, so that nothing but the publish keeps them."""
    world.write(BAD)
    token, load = world.layout().current(DAY), world.stage(GOOD)
    return lambda world: publish_load(world.layout(), world.journal(), DATASET, load, token, run_id="run-1")


def _published(world: World) -> None:
    done = by_kind(world)["publish"]
    assert done.state == "done"
    layout = world.layout()
    assert layout.kept(layout.manifest(DAY)) is not None


def _back_to_former(world: World) -> Run:
    """Published twice, then back to the first: what people do when a validated load turns out wrong."""
    first = world.stage(GOOD)
    publish_load(world.layout(), world.journal(), DATASET, first, world.layout().current(DAY))
    good = world.layout().manifest(DAY)
    second = world.stage(BAD)
    publish_load(world.layout(), world.journal(), DATASET, second, world.layout().current(DAY))
    plan = world.plan(good)
    return lambda world: apply(plan, world.layout(), world.journal(), verify=passes)


def _refuse(world: World) -> Run:
    world.write(GOOD)
    load = world.stage(BAD)
    return lambda world: refuse_load(
        world.layout(), world.journal(), DATASET, load, failed=("amount",), reason="amount"
    )


def _refused(world: World) -> None:
    done = by_kind(world)["refuse"]
    assert done.history == ("planned", "quarantined", "done")
    assert world.quarantined(done.id) == rows(BAD)


def _publish_again_after_rollback(world: World) -> Run:
    _rollback(world)(world)
    token, load = world.layout().current(DAY), world.stage(BETTER)
    return lambda world: publish_load(world.layout(), world.journal(), DATASET, load, token, run_id="run-2")


OPERATIONS = (
    Operation("rollback", _rollback, rows(BAD), rows(GOOD), _rolled_back),
    Operation("take-away", _take_away, rows(BAD), (), _taken_away),
    Operation("undo", _undo, rows(GOOD), rows(BAD), _undone),
    Operation("undo-take-away", _undo_taking_away, (), rows(BAD), _undone),
    Operation("publish-first", _publish_first, (), rows(GOOD), _published, in_place=False),
    Operation("publish-over", _publish_over, rows(BAD), rows(GOOD), _published),
    Operation("publish-again", _publish_again_after_rollback, rows(GOOD), rows(BETTER), _published),
    Operation("back-to-former", _back_to_former, rows(BAD), rows(GOOD), _rolled_back, in_place=False),
    Operation("refuse", _refuse, rows(GOOD), rows(GOOD), _refused),
)
"""Every way in which dq changes what readers see, or decides not to."""


def finish(world: World, run: Run) -> object:
    """Runs an operation to its end after an interruption: resumes what is open, then runs it once more."""
    resume_all(world)
    return run(world)
