"""The scenario suite, without faults, on every layout."""

from __future__ import annotations

import pytest
from lake_worlds import BAD, BETTER, DATASET, DAY, GOOD, OTHER, World, rows
from scenarios import OPERATIONS, Operation, by_kind, everything_is_done, nothing_is_wrong, passes

from dq.errors import RollbackConflict, RollbackRefused
from dq.rollback.applying import apply, resume, undo
from dq.rollback.log import Entry
from dq.rollback.publish import publish_load, refuse_load
from dq.rollback.statuses import status


@pytest.mark.on_servers
@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_operation(world: World, operation: Operation) -> None:
    run = operation.prepare(world)
    assert world.read() == operation.before
    run(world)
    assert world.read() == operation.after
    operation.check(world)
    everything_is_done(world)
    run(world)  # as a caller would who does not know that it was done
    assert world.read() == operation.after
    operation.check(world)
    everything_is_done(world)


@pytest.mark.on_servers
@pytest.mark.enforcing
def test_there_and_back_again(world: World) -> None:
    """Every undo can itself be undone, and what is published afterwards can be rolled back as well."""
    good = world.bad_after_good()
    name = apply(world.plan(good), world.layout(), world.journal()).id
    for expected in (BAD, GOOD, BAD, GOOD):
        name = undo(name, world.layout(), world.journal()).id
        assert world.read() == rows(expected)
    token, load = world.layout().current(DAY), world.stage(BETTER)
    publish_load(world.layout(), world.journal(), DATASET, load, token)
    assert world.read() == rows(BETTER)
    better = world.layout().manifest(DAY)
    world.write(OTHER)
    apply(world.plan(better), world.layout(), world.journal())
    assert world.read() == rows(BETTER)
    apply(world.plan(good), world.layout(), world.journal())
    assert world.read() == rows(GOOD)
    everything_is_done(world)


@pytest.mark.enforcing
def test_a_writer_between_plan_and_apply_is_left_alone(world: World) -> None:
    plan = world.plan(world.bad_after_good())
    world.write(OTHER)
    with pytest.raises(RollbackConflict, match="changed since plan"):
        apply(plan, world.layout(), world.journal())
    assert world.read() == rows(OTHER)
    nothing_is_wrong(world)
    assert by_kind(world)["rollback"].history == ("planned", "conflict")
    with pytest.raises(RollbackConflict, match="ended in state conflict"):
        apply(plan, world.layout(), world.journal())


def test_a_writer_between_publishing_and_the_look_before_is_left_alone(world: World) -> None:
    world.write(BAD)
    token, load = world.layout().current(DAY), world.stage(GOOD)
    world.write(OTHER)
    with pytest.raises(RollbackConflict):
        publish_load(world.layout(), world.journal(), DATASET, load, token)
    assert world.read() == rows(OTHER)
    nothing_is_wrong(world)


def test_a_writer_while_it_is_verified_is_left_alone(world: World) -> None:
    plan = world.plan(world.bad_after_good())

    def write_then_pass(partition: object) -> tuple[bool, str]:
        world.write(OTHER)
        return True, ""

    assert apply(plan, world.layout(), world.journal(), verify=write_then_pass).state == "done"
    with pytest.raises(RollbackConflict, match="no longer see"):
        undo(plan.id, world.layout(), world.journal())
    assert world.read() == rows(OTHER)
    nothing_is_wrong(world)


@pytest.mark.on_servers
def test_a_second_rollback_waits_for_an_open_one(world: World) -> None:
    good = world.bad_after_good()
    first, second = world.plan(good), world.plan(None)
    journal = world.journal()
    journal.save_plan(first.id, first.to_dict())
    hold = journal.begin(DATASET, DAY, Entry(first.id, "rollback"), "")
    with pytest.raises(RollbackRefused, match="Another process is at work"):
        apply(second, world.layout(), world.journal())
    hold.release()
    with pytest.raises(RollbackRefused, match=f"dq rollback resume {first.id}"):
        apply(second, world.layout(), world.journal())
    assert resume(first.id, world.layout(), world.journal()).state == "done"
    assert world.read() == rows(GOOD)
    everything_is_done(world)


@pytest.mark.on_servers
def test_bytes_that_do_not_pass_are_said_and_can_be_taken_back(world: World) -> None:
    plan = world.plan(world.bad_after_good())
    failed = apply(plan, world.layout(), world.journal(), verify=lambda _: (False, "2 of 9 failed"))
    assert (failed.state, failed.detail) == ("failed_verify", "2 of 9 failed")
    assert world.read() == rows(GOOD)
    assert undo(plan.id, world.layout(), world.journal()).state == "done"
    assert world.read() == rows(BAD)
    everything_is_done(world)


def test_a_partition_that_a_job_took_away_comes_back(world: World) -> None:
    good = world.write(GOOD)
    world.layout().keep(good)
    apply(world.plan(None), world.layout(), world.journal())
    assert world.read() == ()
    plan = world.plan(good)
    assert plan.expected_token is None
    assert apply(plan, world.layout(), world.journal(), verify=passes).state == "done"
    assert world.read() == rows(GOOD)
    assert undo(plan.id, world.layout(), world.journal()).state == "done"
    assert world.read() == ()
    nothing_is_wrong(world)


def test_what_is_not_kept_is_not_promised(world: World) -> None:
    good = world.write(GOOD)
    with pytest.raises(RollbackRefused, match="already see"):
        world.plan(good)
    apply(world.plan(None), world.layout(), world.journal())
    with pytest.raises(RollbackRefused, match="nothing to take away"):
        world.plan(None)
    assert [one.kind for one in status(world.journal())] == ["quarantine"]


def test_only_a_load_that_nobody_sees_can_be_refused(world: World) -> None:
    load = world.stage(GOOD)
    publish_load(world.layout(), world.journal(), DATASET, load, None)
    with pytest.raises(RollbackRefused, match="Plan a rollback instead"):
        refuse_load(world.layout(), world.journal(), DATASET, load, failed=("a",), reason="")
    assert world.read() == rows(GOOD)
    nothing_is_wrong(world)
