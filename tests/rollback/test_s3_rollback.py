"""The protocol on layout `s3-versioned`, against a real server: in place, object by object."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from aws_server import Cloud
from rollback_worlds import BAD, DATASET, DAY, GOOD, OTHER, At, Crash, CrashAt, data_of
from s3_worlds import S3World

from dq.aws.address import Address
from dq.aws.errors import AwsError
from dq.errors import RollbackConflict, RollbackRefused
from dq.lake.layout import Layout
from dq.lake.manifest import Partition
from dq.rollback import quarantine
from dq.rollback.applying import apply, resume, undo
from dq.rollback.journal import Journal
from dq.rollback.publish import publish_load, refuse_load
from dq.rollback.statuses import status

FULL = ("planned", "quarantined", "restored", "verified", "done")
Run = Callable[[Layout, Journal], object]


@pytest.fixture
def world(cloud: Cloud, tmp_path: Path) -> S3World:
    """A table in a bucket of its own."""
    return S3World(cloud, tmp_path)


def quarantined(world: S3World, name: str) -> dict[str, bytes]:
    found = quarantine.read_entry(world.journal().documents, name)
    return world.below(Address.parse(found.location))


def test_good_bytes_come_back_and_bad_ones_are_kept(world: S3World) -> None:
    plan = world.plan(world.bad_after_good())
    actions = {one.path: one.action for one in plan.objects}
    assert actions == {"part-0.csv": "restore", "part-1.csv": "restore", "part-9.csv": "remove"}
    done = apply(plan, world.layout(), world.journal(), verify=lambda _: (True, "suite passed"))
    assert (done.state, done.history) == ("done", FULL)
    assert world.visible() == GOOD
    assert quarantined(world, plan.id) == BAD
    assert world.s3.head(world.home / f"quarantine/{plan.id}/files/part-9.csv") is not None
    assert apply(plan, world.layout(), world.journal()).state == "done"


def test_undo_brings_the_bad_state_back_and_can_be_undone(world: S3World) -> None:
    plan = world.plan(world.bad_after_good())
    apply(plan, world.layout(), world.journal())
    undone = undo(plan.id, world.layout(), world.journal())
    assert world.visible() == BAD
    client = world.cloud.session.client("s3")
    for path in BAD:  # the tag of quarantined bytes must not reach the table: a rule may expire by it
        at = world.at / path
        assert client.get_object_tagging(Bucket=at.bucket, Key=at.key)["TagSet"] == []
    undo(undone.id, world.layout(), world.journal())
    assert world.visible() == GOOD


def test_a_partition_is_taken_out_of_sight_and_comes_back(world: S3World) -> None:
    world.write(BAD)
    plan = world.plan(None)
    assert apply(plan, world.layout(), world.journal()).state == "done"
    assert world.visible() == {}
    assert world.layout().current(DAY) is None
    undo(plan.id, world.layout(), world.journal())
    assert world.visible() == BAD


def test_a_partition_that_a_job_emptied_comes_back(world: S3World) -> None:
    good = world.write(GOOD)
    world.layout().keep(good)
    world.write({})
    plan = world.plan(good)
    assert plan.expected_token is None
    assert apply(plan, world.layout(), world.journal()).state == "done"
    assert world.visible() == GOOD
    assert undo(plan.id, world.layout(), world.journal()).state == "done"
    assert world.visible() == {}


def test_an_unpartitioned_table(cloud: Cloud, tmp_path: Path) -> None:
    world = S3World(cloud, tmp_path, Partition())
    plan = world.plan(world.bad_after_good())
    assert apply(plan, world.layout(), world.journal()).state == "done"
    assert world.visible() == GOOD


def test_a_writer_between_plan_and_apply_is_left_alone(world: S3World) -> None:
    plan = world.plan(world.bad_after_good())
    world.write(OTHER)
    before = list(world.s3.versions(world.at.folder))
    with pytest.raises(RollbackConflict, match="changed since plan"):
        apply(plan, world.layout(), world.journal())
    assert world.visible() == OTHER
    assert list(world.s3.versions(world.at.folder)) == before


@pytest.mark.parametrize("step", ["before:restore", "after:restore", "before:hide", "after:hide"])
def test_a_writer_within_the_change_is_left_alone(world: S3World, step: str) -> None:
    """It overwrites one object that the plan hides or restores, and adds one that the plan does not know."""

    def write() -> None:
        world.s3.put(world.at / "part-0.csv", b"theirs")
        world.s3.put(world.at / "part-5.csv", b"theirs too")

    plan = world.plan(world.bad_after_good())
    with pytest.raises(RollbackConflict):
        apply(plan, world.layout(At(step, write)), world.journal())
    assert world.visible() == {**BAD, "part-0.csv": b"theirs", "part-5.csv": b"theirs too"}
    assert status(world.journal())[0].state == "conflict"
    assert world.kept_bytes() >= {*GOOD.values(), *BAD.values()}


def test_bytes_that_a_weak_server_let_us_cover_are_shown_again(world: S3World) -> None:
    """The server ignores conditions on copies (as moto and Ceph do), and a writer comes just before ours."""
    plan = world.plan(world.bad_after_good())
    s3 = world.s3
    real = s3.client.copy_object

    def late(**asked: object) -> object:
        if asked["Key"] == (world.at / "part-0.csv").key:
            s3.client.copy_object = real
            s3.put(world.at / "part-0.csv", b"theirs")
        return real(**asked)

    s3.client.copy_object = late
    with pytest.raises(RollbackConflict, match="another writer was there"):
        apply(plan, world.layout(), world.journal())
    assert world.visible() == {**BAD, "part-0.csv": b"theirs"}


def test_versioning_that_was_suspended_meanwhile_is_refused(world: S3World) -> None:
    plan = world.plan(world.bad_after_good())
    world.cloud.session.client("s3").put_bucket_versioning(
        Bucket=world.bucket.bucket, VersioningConfiguration={"Status": "Suspended"}
    )
    with pytest.raises(RollbackRefused, match="is suspended"):
        apply(plan, world.layout(), world.journal())
    assert world.visible() == BAD


def test_a_change_that_was_begun_stays_open_while_versioning_is_suspended(world: S3World) -> None:
    plan = world.plan(world.bad_after_good())

    def switch(status: str) -> None:
        world.cloud.session.client("s3").put_bucket_versioning(
            Bucket=world.bucket.bucket, VersioningConfiguration={"Status": status}
        )

    def crash() -> None:
        raise Crash("here")

    with pytest.raises(Crash):
        apply(plan, world.layout(At("before:hide", crash)), world.journal())
    world.clock.skip(1000)
    switch("Suspended")
    with pytest.raises(AwsError, match="until it is switched on"):
        apply(plan, world.layout(), world.journal())
    assert status(world.journal())[0].state == "quarantined"
    switch("Enabled")
    assert apply(plan, world.layout(), world.journal()).state == "done"
    assert world.visible() == GOOD


def test_a_target_whose_versions_are_gone_is_refused(world: S3World) -> None:
    good = world.bad_after_good()
    client, lost = world.cloud.session.client("s3"), good.files[0]
    at = world.at / lost.path
    client.delete_object(Bucket=at.bucket, Key=at.key, VersionId=lost.version)  # as a lifecycle rule does
    assert world.layout().kept(good) is None
    with pytest.raises(RollbackRefused, match="not kept any more"):
        world.plan(good)


def test_publish_shows_a_load_and_keeps_what_it_displaces(world: S3World) -> None:
    world.write(BAD)
    token, load = world.layout().current(DAY), world.stage(GOOD)
    assert world.visible() == BAD
    assert load.manifest.location.startswith(str(world.home.folder))
    assert "/date=2013-02-08/" in load.manifest.location
    done = publish_load(world.layout(), world.journal(), DATASET, load, token, run_id="run-1")
    assert (done.state, world.visible()) == ("done", GOOD)
    assert world.layout().shows(DAY, load)
    assert world.layout().kept(load.manifest) is not None
    assert world.kept_bytes() >= set(BAD.values())


def test_a_refused_load_is_quarantined_where_it_is(world: S3World) -> None:
    world.write(GOOD)
    load = world.stage(BAD)
    done = refuse_load(world.layout(), world.journal(), DATASET, load, failed=("amount",), reason="amount")
    assert (done.state, world.visible()) == ("done", GOOD)
    assert quarantined(world, done.id) == BAD
    at = Address.parse(load.manifest.location) / "part-9.csv"
    tags = world.cloud.session.client("s3").get_object_tagging(Bucket=at.bucket, Key=at.key)["TagSet"]
    assert tags == [{"Key": "dq", "Value": "quarantined"}]


def resume_all(layout: Layout, journal: Journal) -> None:
    for one in status(journal):
        if one.state not in ("done", "undone"):
            resume(one.id, layout, journal)


def crash_everywhere(
    cloud: Cloud,
    folder: Path,
    prepare: Callable[[S3World], Run],
    check: Callable[[S3World], None],
    *,
    first: int,
    second: int,
) -> int:
    """Runs, crashes at every fourth step from `first` on, crashes in the resume, resumes, checks."""
    for at in range(first, 200, 4):
        world = S3World(cloud, folder / f"{at}")
        world.folder.mkdir()
        run, steps = prepare(world), CrashAt(at)
        try:
            run(world.layout(steps), world.journal())
            check(world)
            return at - 1
        except Crash:
            world.clock.skip(1000)
        again = CrashAt(second)
        try:
            resume_all(world.layout(again), world.journal())
        except Crash:
            world.clock.skip(1000)
        resume_all(world.layout(), world.journal())
        run(world.layout(), world.journal())
        check(world)
    raise AssertionError("the operation never came to its end")


def test_a_crash_anywhere_is_resumed(cloud: Cloud, tmp_path: Path) -> None:
    def prepare(world: S3World) -> Run:
        plan = world.plan(world.bad_after_good())
        return lambda layout, journal: apply(plan, layout, journal)

    def check(world: S3World) -> None:
        assert world.visible() == GOOD
        (done,) = status(world.journal())
        assert done.history == FULL
        assert quarantined(world, done.id) == BAD

    assert crash_everywhere(cloud, tmp_path, prepare, check, first=2, second=3) >= 16


def test_a_crash_in_a_publish_is_resumed(cloud: Cloud, tmp_path: Path) -> None:
    def prepare(world: S3World) -> Run:
        world.write(BAD)
        token, load = world.layout().current(DAY), world.stage(GOOD)
        return lambda layout, journal: publish_load(layout, journal, DATASET, load, token, run_id="r")

    def check(world: S3World) -> None:
        assert world.visible() == GOOD
        assert world.kept_bytes() >= set(BAD.values())
        assert world.layout().kept(world.layout().manifest(DAY)) is not None

    assert crash_everywhere(cloud, tmp_path, prepare, check, first=3, second=2) >= 10


def test_a_writer_between_crash_and_resume_is_never_overwritten(cloud: Cloud, tmp_path: Path) -> None:
    seen = 0
    for at in range(3, 200, 4):
        world = S3World(cloud, tmp_path / f"{at}")
        world.folder.mkdir()
        plan, steps = world.plan(world.bad_after_good()), CrashAt(at)
        try:
            apply(plan, world.layout(steps), world.journal())
            break
        except Crash:
            world.clock.skip(1000)
        world.write(OTHER)
        with pytest.raises(RollbackConflict):
            resume_all(world.layout(), world.journal())
        assert world.visible() == OTHER, steps.name
        assert world.kept_bytes() >= {*GOOD.values(), *OTHER.values()}, steps.name
        seen += 1
    assert seen >= 4


def test_data_only_is_what_a_manifest_names(world: S3World) -> None:
    good = world.write(GOOD)
    assert {entry.path for entry in good.files} == set(data_of(GOOD))
