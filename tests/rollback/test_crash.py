"""A crash at every durable step, single and double: after resume the state is good and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rollback_worlds import BAD, DATASET, GOOD, LAYOUTS, OTHER, Crash, CrashAt, World, data_of, read_tree

from dq.lake.layout import Layout
from dq.lake.manifest import Partition
from dq.rollback import quarantine
from dq.rollback.applying import apply, resume, undo
from dq.rollback.journal import Journal
from dq.rollback.publish import publish_load, refuse_load
from dq.rollback.statuses import status

Run = Callable[[Layout, Journal], object]

FULL = ("planned", "quarantined", "restored", "verified", "done")


def good(_partition: Partition) -> tuple[bool, str]:
    return True, "suite passed"


def resume_all(layout: Layout, journal: Journal) -> None:
    for one in status(journal):
        if one.state not in ("done", "undone"):
            resume(one.id, layout, journal, verify=good)


def crash_everywhere(
    folder: Path, kind: str, prepare: Callable[[World], Run], check: Callable[[World], None], *, second: int
) -> int:
    """Runs, crashes at step n, crashes again `second` steps into the resume, resumes, checks; for every n."""
    crashes = 0
    for at in range(1, 1000):
        world = World(folder / f"{at}", kind)
        world.folder.mkdir()
        run = prepare(world)
        steps = CrashAt(at)
        try:
            run(world.layout(steps), world.journal(steps))
            check(world)
            return crashes
        except Crash:
            crashes += 1
        world.clock.skip(1000)
        if second:
            again = CrashAt(second)
            try:
                resume_all(world.layout(again), world.journal(again))
            except Crash:
                crashes += 1
            world.clock.skip(1000)
        resume_all(world.layout(), world.journal())
        run(world.layout(), world.journal())  # as a caller would who does not know what happened
        check(world)
    raise AssertionError("the operation never came to its end")


def quarantined(world: World, name: str) -> dict[str, bytes]:
    found = quarantine.read_entry(world.journal().documents, name)
    return read_tree(Path(found.location))


def rollback_of(world: World) -> Run:
    plan = world.plan(world.bad_after_good())
    return lambda layout, journal: apply(plan, layout, journal, verify=good)


def check_rollback(world: World) -> None:
    assert world.visible() == GOOD
    (done,) = status(world.journal())
    assert done.history == FULL
    (entry,) = quarantine.entries(world.journal().documents)
    assert quarantined(world, done.id) == BAD
    assert entry.failed == ("amount-between",)
    assert world.journal().read(DATASET, world.partition).lease is None


@pytest.mark.parametrize(
    ("kind", "second"), [(LAYOUTS[0], 0), (LAYOUTS[1], 0), (LAYOUTS[1], 9), (LAYOUTS[2], 7)]
)
def test_rollback(tmp_path: Path, kind: str, second: int) -> None:
    crashes = crash_everywhere(tmp_path, kind, rollback_of, check_rollback, second=second)
    assert crashes >= 20


def take_away_of(world: World) -> Run:
    world.write(BAD)
    plan = world.plan(None)
    return lambda layout, journal: apply(plan, layout, journal, verify=good)


def check_taken_away(world: World) -> None:
    assert world.visible() == {}
    assert world.layout().current(world.partition) is None
    (done,) = status(world.journal())
    assert (done.kind, done.history) == ("quarantine", FULL)
    assert quarantined(world, done.id) == BAD


@pytest.mark.parametrize("kind", LAYOUTS[:2])
@pytest.mark.parametrize("second", [3])
def test_taking_out_of_sight(tmp_path: Path, kind: str, second: int) -> None:
    assert crash_everywhere(tmp_path, kind, take_away_of, check_taken_away, second=second) >= 16


def undo_of(world: World) -> Run:
    plan = world.plan(world.bad_after_good())
    apply(plan, world.layout(), world.journal())

    def run(layout: Layout, journal: Journal) -> object:
        if any(one.kind == "undo" and one.state == "done" for one in status(journal)):
            return None
        return undo(plan.id, layout, journal)

    return run


def check_undone(world: World) -> None:
    assert world.visible() == BAD
    first, second = status(world.journal())
    by_kind = {one.kind: one for one in (first, second)}
    assert by_kind["rollback"].history == (*FULL, "undone")
    assert by_kind["undo"].history == FULL
    assert quarantined(world, by_kind["undo"].id) == GOOD


@pytest.mark.parametrize("kind", LAYOUTS[:2])
@pytest.mark.parametrize("second", [4])
def test_undo(tmp_path: Path, kind: str, second: int) -> None:
    assert crash_everywhere(tmp_path, kind, undo_of, check_undone, second=second) >= 20


def undo_taking_away_of(world: World) -> Run:
    take_away_of(world)(world.layout(), world.journal())
    (done,) = status(world.journal())

    def run(layout: Layout, journal: Journal) -> object:
        return None if world.visible() else undo(done.id, layout, journal)

    return run


@pytest.mark.parametrize("kind", LAYOUTS[:2])
def test_undo_of_taking_out_of_sight(tmp_path: Path, kind: str) -> None:
    def check(world: World) -> None:
        assert world.visible() == BAD
        assert {one.state for one in status(world.journal())} == {"done", "undone"}

    assert crash_everywhere(tmp_path, kind, undo_taking_away_of, check, second=3) >= 16


def publish_of(world: World) -> Run:
    world.write(BAD)
    token = world.layout().current(world.partition)
    load = world.stage(GOOD)
    return lambda layout, journal: publish_load(layout, journal, DATASET, load, token, run_id="run-1")


def check_published(world: World) -> None:
    assert world.visible() == GOOD
    (done,) = status(world.journal())
    assert (done.kind, done.state) == ("publish", "done")
    assert world.layout().kept(world.layout().manifest(world.partition)) is not None
    assert world.kept_bytes() >= set(BAD.values())


@pytest.mark.parametrize("kind", LAYOUTS)
@pytest.mark.parametrize("second", [5])
def test_publish(tmp_path: Path, kind: str, second: int) -> None:
    assert crash_everywhere(tmp_path, kind, publish_of, check_published, second=second) >= 12


def refuse_of(world: World) -> Run:
    world.write(GOOD)
    load = world.stage(BAD)
    return lambda layout, journal: refuse_load(
        layout, journal, DATASET, load, failed=("amount-between",), reason="amount"
    )


def check_refused(world: World) -> None:
    assert world.visible() == GOOD
    (done,) = status(world.journal())
    assert (done.kind, done.history) == ("refuse", ("planned", "quarantined", "done"))
    assert quarantined(world, done.id) == BAD


@pytest.mark.parametrize("kind", LAYOUTS[:2])
@pytest.mark.parametrize("second", [2])
def test_refuse(tmp_path: Path, kind: str, second: int) -> None:
    assert crash_everywhere(tmp_path, kind, refuse_of, check_refused, second=second) >= 8


@pytest.mark.parametrize("kind", LAYOUTS)
def test_crash_while_keeping(tmp_path: Path, kind: str) -> None:
    def prepare(world: World) -> Run:
        manifest = world.write(GOOD)
        return lambda layout, _journal: layout.keep(manifest)

    def check(world: World) -> None:
        manifest = world.layout().manifest(world.partition)
        assert data_of(world.visible()) == data_of(GOOD)
        assert world.layout().kept(manifest) is not None

    crashes = crash_everywhere(tmp_path, kind, prepare, check, second=0)
    assert crashes == (0 if kind == "local-pointer" else 8)


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_writer_between_crash_and_resume_is_never_overwritten(tmp_path: Path, kind: str) -> None:
    """At every step: crash, another job writes, resume. Its bytes stay, whatever the rollback's state."""
    seen: dict[str, int] = {}
    for at in range(1, 1000):
        world = World(tmp_path / f"{at}", kind)
        world.folder.mkdir()
        run, steps = rollback_of(world), CrashAt(at)
        try:
            run(world.layout(steps), world.journal(steps))
            break
        except Crash:
            world.clock.skip(1000)
        world.write(OTHER)
        try:
            resume_all(world.layout(), world.journal())
        except Exception as error:  # noqa: BLE001 - which one depends on the step; only their bytes matter here
            seen[type(error).__name__] = seen.get(type(error).__name__, 0) + 1
        assert world.visible() == OTHER, steps.name
        assert world.kept_bytes() >= {*GOOD.values(), *OTHER.values()} - {b""}, steps.name
    assert set(seen) == {"RollbackConflict"}
    assert seen["RollbackConflict"] >= 15
