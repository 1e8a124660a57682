"""Two at once: writers, rollbacks and readers."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from rollback_worlds import BAD, DATASET, DAY, GOOD, LAYOUTS, OTHER, At, World, data_of

from dq.errors import DQError, RollbackConflict, RollbackRefused
from dq.lake.layout import Load
from dq.lake.manifest import Partition
from dq.rollback.applying import apply, undo
from dq.rollback.planning import RollbackPlan
from dq.rollback.publish import publish_load
from dq.rollback.statuses import status

SWAP_STEPS = {
    "local-pointer": ("before:link", "after:link", "before:exchange"),
    "local-folder": ("before:copy", "after:complete", "before:exchange"),
    "local-folder-two-renames": ("after:complete", "before:aside", "after:aside", "before:move-in"),
}


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_writer_between_plan_and_apply_wins(tmp_path: Path, kind: str) -> None:
    world = World(tmp_path, kind)
    plan = world.plan(world.bad_after_good())
    world.write(OTHER)
    with pytest.raises(RollbackConflict, match="changed since plan"):
        apply(plan, world.layout(), world.journal())
    assert world.visible() == OTHER
    (one,) = status(world.journal())
    assert one.history == ("planned", "conflict")
    assert "Validate what is there now" in one.next
    with pytest.raises(RollbackConflict, match="ended in state conflict"):
        apply(plan, world.layout(), world.journal())


@pytest.mark.parametrize(("kind", "step"), [(kind, step) for kind in LAYOUTS for step in SWAP_STEPS[kind]])
def test_a_writer_within_the_swap_wins(tmp_path: Path, kind: str, step: str) -> None:
    world = World(tmp_path, kind)
    plan = world.plan(world.bad_after_good())

    def write() -> None:
        # without the layout's lock, as a job would that knows nothing of dq
        if kind != "local-pointer":
            world.write(OTHER)
            return
        load = world.stage(OTHER)
        temporary = world.table / ".new"
        temporary.symlink_to(os.path.relpath(load.manifest.location, world.table))
        os.replace(temporary, world.path)

    with pytest.raises(RollbackConflict):
        apply(plan, world.layout(At(step, write)), world.journal())
    assert world.visible() == OTHER
    assert world.kept_bytes() >= {*GOOD.values(), *OTHER.values()}
    assert status(world.journal())[0].state == "conflict"


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_writer_before_verify_is_left_alone(tmp_path: Path, kind: str) -> None:
    world = World(tmp_path, kind)
    plan = world.plan(world.bad_after_good())
    writing = At("after:write", lambda: None)

    def write_then_pass(_partition: Partition) -> tuple[bool, str]:
        world.write(OTHER)
        return True, ""

    assert apply(plan, world.layout(), world.journal(writing), verify=write_then_pass).state == "done"
    assert world.visible() == OTHER
    with pytest.raises(RollbackConflict, match="no longer see"):
        undo(plan.id, world.layout(), world.journal())
    assert world.visible() == OTHER


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_job_with_an_open_file_loses_nothing(tmp_path: Path, kind: str) -> None:
    """It goes on writing into the displaced folder; those bytes are in the quarantine or in the load."""
    world = World(tmp_path, kind)
    good = world.bad_after_good()
    path = world.path / "part-9.csv"
    path.chmod(0o644)
    plan = world.plan(good)
    with open(path, "ab") as late:
        swapped = "after:exchange" if kind != "local-folder-two-renames" else "after:move-in"

        def write() -> None:
            late.write(b", and one row more")
            late.flush()

        done = apply(plan, world.layout(At(swapped, write)), world.journal())
    assert done.state == "done"
    assert world.visible() == GOOD
    assert BAD["part-9.csv"] + b", and one row more" in world.kept_bytes()


@pytest.mark.parametrize("kind", LAYOUTS)
@pytest.mark.parametrize("_round", range(5))
def test_two_rollbacks_have_one_winner(tmp_path: Path, kind: str, _round: int) -> None:
    world = World(tmp_path, kind)
    good = world.bad_after_good()
    plans = [world.plan(good), world.plan(None), world.plan(good)]

    def run(plan: RollbackPlan) -> str:
        return apply(plan, world.layout(), world.journal()).state

    states = together([partial(run, plan) for plan in plans])
    won = {plan.id for plan, state in zip(plans, states, strict=True) if state == "done"}
    assert len(won) == 1, states
    assert set(states) <= {"done", "RollbackRefused", "RollbackConflict"}
    assert world.visible() == ({} if plans[1].id in won else GOOD)
    assert [one.state for one in status(world.journal())].count("done") == 1
    assert world.kept_bytes() >= {*GOOD.values(), *BAD.values()}


@pytest.mark.parametrize("kind", LAYOUTS)
@pytest.mark.parametrize("_round", range(5))
def test_two_publishers_have_one_winner(tmp_path: Path, kind: str, _round: int) -> None:
    world = World(tmp_path, kind)
    world.write(BAD)
    token = world.layout().current(DAY)
    loads = [world.stage(GOOD), world.stage(OTHER)]

    def run(load: Load) -> str:
        return publish_load(world.layout(), world.journal(), DATASET, load, token).state

    states = together([partial(run, load) for load in loads])
    assert sorted(states)[-1] == "done"
    assert states.count("done") == 1
    assert world.visible() == (GOOD if states[0] == "done" else OTHER)
    assert world.kept_bytes() >= {*GOOD.values(), *BAD.values(), *OTHER.values()}


def together(work: list[Callable[[], str]]) -> list[str]:
    """Runs all at once; answers a state or the name of the error, in order."""
    answers = [""] * len(work)
    barrier = threading.Barrier(len(work))

    def one(number: int) -> None:
        barrier.wait()
        try:
            answers[number] = work[number]()
        except (RollbackRefused, RollbackConflict) as error:
            answers[number] = type(error).__name__

    threads = [threading.Thread(target=one, args=(number,)) for number in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_a_reader_that_resolves_once_sees_only_whole_states(tmp_path: Path) -> None:
    world = World(tmp_path, "local-pointer")
    plan = world.plan(world.bad_after_good())
    whole = [set(data_of(GOOD).values()), set(data_of(BAD).values())]
    seen: list[set[bytes]] = []
    stop = threading.Event()

    def read() -> None:
        layout = world.layout()
        while not stop.is_set():
            seen.append({Path(path).read_bytes() for path in layout.files(DAY)})

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    name = apply(plan, world.layout(), world.journal()).id
    for _ in range(15):
        name = undo(name, world.layout(), world.journal()).id
    stop.set()
    for reader in readers:
        reader.join()
    assert len(seen) > 30
    assert all(state in whole for state in seen)
    assert all(state in seen for state in whole)


@pytest.mark.parametrize("kind", LAYOUTS)
def test_errors_of_the_check_do_not_end_the_rollback(tmp_path: Path, kind: str) -> None:
    world = World(tmp_path, kind)
    plan = world.plan(world.bad_after_good())

    def broken(_partition: Partition) -> tuple[bool, str]:
        raise OSError("disk")

    def unable(_partition: Partition) -> tuple[bool, str]:
        raise DQError("no engine")

    with pytest.raises(OSError, match="disk"):
        apply(plan, world.layout(), world.journal(), verify=broken)
    assert status(world.journal())[0].state == "restored"
    failed = apply(plan, world.layout(), world.journal(), verify=unable)
    assert (failed.state, failed.detail) == ("failed_verify", "The check could not be made: no engine")
    assert apply(plan, world.layout(), world.journal(), verify=lambda _: (True, "ok")).state == "done"
    assert world.visible() == GOOD
