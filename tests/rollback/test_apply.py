"""The protocol, step by step, without accidents."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from rollback_worlds import BAD, DATASET, DAY, GOOD, LAYOUTS, OTHER, At, World, data_of, read_tree

from dq.errors import RollbackConflict, RollbackRefused, StoreError, UsageError
from dq.lake.manifest import Partition
from dq.rollback import quarantine
from dq.rollback.applying import apply, plan_undo, resume, undo
from dq.rollback.log import Entry
from dq.rollback.planning import PlannedObject, RollbackPlan, plan_rollback
from dq.rollback.publish import publish_load, refuse_load
from dq.rollback.statuses import status

PARTITIONS = (Partition(), DAY, Partition.of({"date": "2013-02-08", "hour": "03"}))


@pytest.mark.parametrize("partition", PARTITIONS, ids=("whole", "one", "two"))
@pytest.mark.parametrize("kind", LAYOUTS)
def test_rollback_and_undo(tmp_path: Path, kind: str, partition: Partition) -> None:
    world = World(tmp_path, kind, partition)
    plan = world.plan(world.bad_after_good())
    done = apply(plan, world.layout(), world.journal(), verify=lambda _: (True, "suite passed"))
    assert done.state == "done"
    assert world.visible() == GOOD
    assert world.layout().partitions() == (partition,)
    assert apply(plan, world.layout(), world.journal()).history == done.history
    entry = quarantine.read_entry(world.journal().documents, plan.id)
    assert data_of(read_tree(Path(entry.location))) == data_of(BAD)
    assert world.root in Path(entry.location).parents or kind == "local-pointer"
    assert world.table not in Path(entry.location).parents
    undone = undo(plan.id, world.layout(), world.journal())
    assert undone.state == "done"
    assert world.visible() == BAD
    redone = undo(undone.id, world.layout(), world.journal())
    assert redone.state == "done"
    assert world.visible() == GOOD


def test_plan_names_every_object(tmp_path: Path) -> None:
    world = World(tmp_path, "local-folder")
    good = world.write({"a.csv": b"same", "b.csv": b"good"})
    world.layout().keep(good)
    bad = world.write({"a.csv": b"same", "b.csv": b"bad", "c.csv": b"new"})
    plan = world.plan(good)
    sums = {entry.path: entry.checksum for entry in good.files}
    assert plan.objects == (
        PlannedObject("keep", "a.csv", 4, sums["a.csv"]),
        PlannedObject("restore", "b.csv", 4, sums["b.csv"]),
        PlannedObject("remove", "c.csv", 3, bad.files[2].checksum),
    )
    assert plan.effect == "Readers see 2 files, 8 bytes; now they see 3 files, 10 bytes."
    assert plan.quarantine == f"quarantine/{plan.id}"
    assert "Not atomic" in plan.atomicity
    assert RollbackPlan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    assert world.plan(good).id != plan.id
    with pytest.raises(RollbackRefused, match="changed after it was made"):
        RollbackPlan.from_dict({**plan.to_dict(), "reason": "other"})


def test_a_plan_that_takes_away_says_so(tmp_path: Path) -> None:
    world = World(tmp_path, "local-pointer")
    world.write({"a.csv": b"bad"})
    plan = world.plan(None)
    assert (plan.kind, plan.id[:3]) == ("quarantine", "qt-")
    assert plan.effect == "Readers see no such partition any more; now it has 1 file, 3 bytes."
    assert [entry.action for entry in plan.objects] == ["remove"]


@pytest.mark.parametrize("kind", LAYOUTS)
def test_plans_that_are_refused(tmp_path: Path, kind: str) -> None:
    world = World(tmp_path, kind)
    with pytest.raises(RollbackRefused, match="nothing to take away"):
        world.plan(None)
    good = world.write(GOOD)
    with pytest.raises(RollbackRefused, match="already see"):
        world.plan(good)
    other = replace(good, partition=Partition.of({"date": "2013-02-09"}))
    with pytest.raises(RollbackRefused, match="expected one of"):
        plan_rollback(world.layout(), DATASET, DAY, other, reason="")
    world.write(BAD)
    lost = replace(good, files=(replace(good.files[0], size=99, checksum="sha256:00"),))
    with pytest.raises(RollbackRefused, match="not kept"):
        world.plan(lost)


@pytest.mark.parametrize("kind", LAYOUTS)
def test_damaged_kept_bytes_are_never_restored(tmp_path: Path, kind: str) -> None:
    world = World(tmp_path, kind)
    good = world.bad_after_good()
    plan = world.plan(good)
    for folder in (world.root / "kept", Path(good.location)):
        for path in folder.rglob("*"):
            if path.is_file() and path.read_bytes() == GOOD["part-1.csv"]:
                path.chmod(0o644)
                path.write_bytes(b"evil 1")
    with pytest.raises(RollbackRefused, match=r"changed: expected|neither kept nor in quarantine"):
        apply(plan, world.layout(), world.journal())
    assert world.visible() == BAD
    (one,) = status(world.journal())
    assert one.history == ("planned", "quarantined", "refused")


@pytest.mark.parametrize("kind", LAYOUTS)
def test_failed_verify_is_described_and_can_be_checked_again_or_undone(tmp_path: Path, kind: str) -> None:
    world = World(tmp_path, kind)
    plan = world.plan(world.bad_after_good())
    failed = apply(plan, world.layout(), world.journal(), verify=lambda _: (False, "2 of 9 failed"))
    assert (failed.state, failed.detail) == ("failed_verify", "2 of 9 failed")
    assert f"dq rollback undo {plan.id}" in failed.next
    assert failed.history == ("planned", "quarantined", "restored", "failed_verify")
    again = resume(plan.id, world.layout(), world.journal(), verify=lambda _: (False, "1 of 9 failed"))
    assert again.state == "failed_verify"
    assert undo(plan.id, world.layout(), world.journal()).state == "done"
    assert world.visible() == BAD
    assert status(world.journal())[0].state == "undone"


def test_another_operation_waits_for_an_open_one(tmp_path: Path) -> None:
    world = World(tmp_path, "local-pointer")
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
    assert resume(first.id, world.layout(), journal).state == "done"


def test_undo_is_refused_where_it_means_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, "local-pointer")
    load = world.stage(GOOD)
    published = publish_load(world.layout(), world.journal(), DATASET, load, None)
    with pytest.raises(UsageError, match="only a rollback"):
        undo(published.id, world.layout(), world.journal())
    with pytest.raises(UsageError, match="No rollback 'rb-0'"):
        undo("rb-0", world.layout(), world.journal())
    good = world.layout().manifest(DAY)
    world.write(BAD)
    plan = world.plan(good)
    apply(plan, world.layout(), world.journal())
    assert plan_undo(plan.id, world.layout(), world.journal()).undoes == plan.id
    undo(plan.id, world.layout(), world.journal())
    with pytest.raises(RollbackRefused, match="state undone"):
        undo(plan.id, world.layout(), world.journal())


def test_a_plan_is_for_one_layout(tmp_path: Path) -> None:
    world = World(tmp_path, "local-pointer")
    plan = world.plan(world.bad_after_good())
    with pytest.raises(RollbackRefused, match="local-pointer, not for local-folder"):
        apply(plan, World(tmp_path, "local-folder").layout(), world.journal())


@pytest.mark.parametrize("kind", LAYOUTS)
def test_rollback_of_a_partition_that_is_missing(tmp_path: Path, kind: str) -> None:
    """A job that emptied the partition: the good state comes back, and undo takes it away again."""
    world = World(tmp_path, kind)
    good = world.write(GOOD)
    layout = world.layout()
    layout.keep(good)
    layout.swap(DAY, layout.current(DAY), None)
    plan = world.plan(good)
    assert plan.expected_token is None
    assert apply(plan, layout, world.journal()).state == "done"
    assert world.visible() == GOOD
    assert undo(plan.id, layout, world.journal()).state == "done"
    assert world.visible() == {}


def test_rollback_of_an_emptied_folder(tmp_path: Path) -> None:
    world = World(tmp_path, "local-folder")
    good = world.bad_after_good()
    world.write({})
    plan = world.plan(good)
    assert plan.before.files == ()
    assert apply(plan, world.layout(), world.journal()).state == "done"
    assert world.visible() == GOOD


@pytest.mark.parametrize("kind", LAYOUTS)
def test_quarantine_manifest(tmp_path: Path, kind: str) -> None:
    world = World(tmp_path, kind)
    refused = refuse_load(
        world.layout(),
        world.journal(),
        DATASET,
        world.stage(BAD),
        failed=("amount-between",),
        reason="1 critical expectation failed",
        run_id="run-7",
        note="notes/run-7.md",
    )
    text = (world.root / "quarantine" / refused.id / "manifest.json").read_text()
    data = json.loads(text)
    assert [entry["path"] for entry in data["manifest"]["files"]] == ["part-0.csv", "part-9.csv"]
    assert [entry[0] for entry in data["foreign"]] == [".part-9.csv.crc"]
    assert data["size"] == len(BAD["part-0.csv"]) + len(BAD["part-9.csv"])
    assert (data["failed"], data["run_id"], data["note"]) == (["amount-between"], "run-7", "notes/run-7.md")
    (entry,) = quarantine.entries(world.journal().documents)
    assert quarantine.QuarantineEntry.from_dict(data) == entry
    assert entry.location == refused.quarantine
    changed = replace(entry, bytes=replace(entry.bytes, manifest=replace(entry.bytes.manifest, files=())))
    with pytest.raises(StoreError, match="other bytes"):
        quarantine.write_entry(world.journal().documents, changed)
    with pytest.raises(UsageError, match="Nothing is quarantined"):
        quarantine.read_entry(world.journal().documents, "rb-0")


@pytest.mark.parametrize("kind", LAYOUTS)
def test_publish_over_another_state_is_a_conflict(tmp_path: Path, kind: str) -> None:
    world = World(tmp_path, kind)
    load = world.stage(GOOD)
    world.write(BAD)
    with pytest.raises(RollbackConflict):
        publish_load(world.layout(), world.journal(), DATASET, load, None)
    assert world.visible() == BAD
    assert set(GOOD.values()) <= world.kept_bytes()


def test_status_is_json_and_ordered(tmp_path: Path) -> None:
    world = World(tmp_path, "local-folder")
    plan = world.plan(world.bad_after_good())
    apply(plan, world.layout(), world.journal())
    world.write(BAD)
    apply(world.plan(None), world.layout(), world.journal())
    found = status(world.journal())
    assert [one.kind for one in found] == ["rollback", "quarantine"]
    assert json.loads(json.dumps(found[0].to_dict()))["partition"] == "date=2013-02-08"
    assert found[0].is_complete
    assert world.journal().used(DATASET, world.clock()) == 1
    world.clock.skip(86400)
    assert world.journal().used(DATASET, world.clock()) == 0
    assert world.journal().used("other", world.clock()) == 0


def test_a_visible_load_cannot_be_refused(tmp_path: Path) -> None:
    world = World(tmp_path, "local-pointer")
    load = world.stage(GOOD)
    publish_load(world.layout(), world.journal(), DATASET, load, None)
    with pytest.raises(RollbackRefused, match="Plan a rollback instead"):
        refuse_load(world.layout(), world.journal(), DATASET, load, failed=("a",), reason="")
    assert world.visible() == GOOD


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_store_on_another_file_system(tmp_path: Path, kind: str) -> None:
    shared = Path("/dev/shm")  # noqa: S108 - the one place that is another file system on most Linux machines
    if not shared.is_dir() or shared.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second file system")
    with tempfile.TemporaryDirectory(dir=shared) as store:
        world = World(tmp_path, kind)
        world.root = Path(store)
        refused = refuse_load(
            world.layout(), world.journal(), DATASET, world.stage(OTHER), failed=("a",), reason=""
        )
        assert read_tree(Path(refused.quarantine)) == OTHER
        plan = world.plan(world.bad_after_good())
        late = At(
            "after:exchange" if kind == "local-folder" else "after:move-in",
            lambda: next(world.loads().rglob("part-9.csv")).write_bytes(b"late"),
        )
        layout = world.layout() if kind == "local-pointer" else world.layout(late)
        assert apply(plan, layout, world.journal()).state == "done"
        assert world.visible() == GOOD
        assert (b"late" in world.kept_bytes()) == (kind != "local-pointer")
        undo(plan.id, world.layout(), world.journal())
        assert world.visible() == BAD
