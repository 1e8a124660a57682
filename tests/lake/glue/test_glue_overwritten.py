"""A load that another program wrote over in place comes back from the versions beneath, on a real server."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from aws_server import Cloud
from glue_tables import DAY, Catalog, parquet

import dq
from dq.aws.address import Address
from dq.aws.glue import TableAddress
from dq.errors import RollbackRefused
from dq.flow.outcome import RunOutcome
from dq.lake.layout import Load
from dq.lake.manifest import FileEntry, Manifest
from dq.result import Status
from dq.rollback.applying import apply, resume
from dq.rollback.documents import LocalDocuments
from dq.rollback.journal import Journal
from dq.rollback.planning import RollbackPlan, plan_rollback
from dq.rollback.publish import publish_load

GOOD = {"part-0": [1, 2], "part-1": [3]}


class Lake:
    """A table with one partition, and programs that write to where the catalog sends its readers."""

    def __init__(self, cloud: Cloud, folder: Path, *, versioned: bool = True) -> None:
        self.catalog, self.folder = Catalog(cloud), folder
        self.catalog.bucket = cloud.bucket(versioned=versioned)
        self.table: TableAddress = self.catalog.table()

    @property
    def place(self) -> Address:
        entry = self.catalog.glue.partition(self.table, ("2026-01-01",))
        assert entry is not None
        return Address.parse(entry.location).folder

    def ids(self) -> list[int] | None:
        return self.catalog.ids(self.table, DAY)

    def staged(self, files: dict[str, list[int]]) -> Path:
        folder = self.folder / uuid.uuid4().hex[:8]
        folder.mkdir()
        for name, ids in files.items():
            (folder / f"{name}.parquet").write_bytes(parquet(ids))
        return folder

    def load(self, files: dict[str, list[int]], name: str | None = None) -> Load:
        return self.catalog.layout(self.table).stage(DAY, self.staged(files), name)

    def show(self, load: Load) -> None:
        layout = self.catalog.layout(self.table)
        layout.swap(DAY, layout.current(DAY), load)

    def put(self, name: str, ids: list[int]) -> None:
        self.catalog.cloud.s3.put(self.place / f"{name}.parquet", parquet(ids))

    def delete_all(self) -> None:
        client, at = self.catalog.cloud.session.client("s3"), self.place
        for one in list(self.catalog.cloud.s3.list(at)):
            client.delete_object(Bucket=at.bucket, Key=one.key)

    def anywhere(self) -> set[int]:
        """Every id that lies in an object that is visible somewhere in the bucket."""
        return set(self.catalog.read(f"s3://{self.catalog.bucket.bucket}/"))


def overwrite(lake: Lake) -> None:
    lake.delete_all()
    lake.put("new-0", [-1, -2])


def add(lake: Lake) -> None:
    lake.put("new-0", [-3])


def replace(lake: Lake) -> None:
    lake.put("part-1", [-3])  # of the same size as what it replaces


Foreign = Callable[[Lake], None]
FOREIGN: dict[Foreign, list[int]] = {overwrite: [-2, -1], add: [-3, 1, 2, 3], replace: [-3, 1, 2]}
"""What other programs do to a load, and what readers see then."""
each_foreign = pytest.mark.parametrize("foreign", FOREIGN, ids=lambda work: work.__name__)


@each_foreign
def test_the_sealed_versions_are_copied_to_a_new_load(foreign: Foreign, cloud: Cloud, tmp_path: Path) -> None:
    lake = Lake(cloud, tmp_path)
    good = lake.load(GOOD, "good")
    lake.show(good)
    foreign(lake)
    layout = lake.catalog.layout(lake.table)
    bad = layout.manifest(DAY)
    assert layout.kept(bad) is None
    assert layout.kept(good.manifest) == good.manifest.location
    load = layout.prepare(good.manifest, "rb-1")
    assert (load.id, load.manifest.digest) == ("rb-1", good.manifest.digest)
    assert load.manifest.location == f"{lake.catalog.bucket}orders.loads/dt=2026-01-01/rb-1/"
    assert lake.ids() == FOREIGN[foreign]
    assert layout.prepare(good.manifest, "rb-1") == load
    quarantined = layout.quarantine(DAY, bad, "rb-1")
    assert quarantined.copied
    assert lake.catalog.read(quarantined.manifest.location) == FOREIGN[foreign]
    token = layout.current(DAY)
    layout.swap(DAY, token, load)
    lake.catalog.cloud.s3.put(Address.parse(good.manifest.location) / "late.parquet", parquet([9]))
    assert layout.settle(DAY, token, load, quarantined.checksums, "rb-1") == good.manifest.location
    assert lake.ids() == [1, 2, 3]


@each_foreign
def test_without_versions_it_is_refused_with_the_reason(
    foreign: Foreign, cloud: Cloud, tmp_path: Path
) -> None:
    lake = Lake(cloud, tmp_path, versioned=False)
    good = lake.load(GOOD, "good")
    lake.show(good)
    foreign(lake)
    layout = lake.catalog.layout(lake.table)
    assert layout.kept(good.manifest) is None
    with pytest.raises(RollbackRefused, match=r"is changed: .* its bucket kept no versions"):
        layout.prepare(good.manifest, "rb-1")
    assert lake.ids() == FOREIGN[foreign]


def test_a_version_that_is_gone_or_another_is_refused(cloud: Cloud, tmp_path: Path) -> None:
    lake = Lake(cloud, tmp_path)
    good = lake.load(GOOD, "good")
    lake.show(good)
    overwrite(lake)
    at, first = lake.place, good.manifest.files[0]
    client = cloud.session.client("s3")
    client.delete_object(Bucket=at.bucket, Key=f"{at.key}{first.path}", VersionId=first.version)
    layout = lake.catalog.layout(lake.table)
    assert layout.kept(good.manifest) is None
    with pytest.raises(RollbackRefused, match=f"in version {first.version} is gone"):
        layout.prepare(good.manifest, "rb-1")


def test_bytes_of_an_archive_are_refused(cloud: Cloud, tmp_path: Path) -> None:
    lake = Lake(cloud, tmp_path)
    lake.show(lake.load({"part-0": [7]}, "other"))
    at, client = lake.place, cloud.session.client("s3")
    key = f"{at.key}part-0.parquet"
    client.put_object(Bucket=at.bucket, Key=key, Body=parquet([1]), StorageClass="GLACIER")
    about = cloud.s3.head(Address(at.bucket, key))
    assert about is not None
    entry = FileEntry("part-0.parquet", about.size, f"etag:{about.etag}", None, about.version)
    archived = Manifest(DAY, str(at), (entry,))
    cloud.s3.put(Address(at.bucket, f"{at.key.rstrip('/')}.json"), archived.to_json().encode())
    layout = lake.catalog.layout(lake.table)
    lake.put("part-0", [2])
    assert layout.kept(archived) is None
    with pytest.raises(RollbackRefused, match=r"is in the archive \(GLACIER\)"):
        layout.prepare(archived, "rb-1")


@each_foreign
def test_publishing_over_it_keeps_what_readers_saw(foreign: Foreign, cloud: Cloud, tmp_path: Path) -> None:
    lake = Lake(cloud, tmp_path)
    lake.show(lake.load(GOOD, "good"))
    foreign(lake)
    layout = lake.catalog.layout(lake.table)
    token, seen = layout.current(DAY), layout.manifest(DAY)
    journal = Journal(LocalDocuments(tmp_path / "journal"))
    done = publish_load(layout, journal, "orders", lake.load({"part-0": [4]}, "next"), token)
    assert (done.state, lake.ids()) == ("done", [4])
    kept = f"{lake.catalog.bucket}_dq/quarantine/{done.id}/files/"
    assert lake.catalog.read(kept) == FOREIGN[foreign]
    assert layout.inventory.manifest(DAY, Address.parse(kept)).same_bytes(seen)


class Stop(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("foreign", [overwrite], ids=lambda work: work.__name__)
def test_a_crash_at_every_step_is_resumed(foreign: Foreign, cloud: Cloud, tmp_path: Path) -> None:
    at, now = 0, datetime.now(timezone.utc)

    def clock() -> datetime:
        return now + timedelta(hours=times)  # no lease outlives an hour

    while True:
        times = 0
        lake, at = Lake(cloud, tmp_path), at + 1
        good = lake.load(GOOD, "good")
        lake.show(good)
        foreign(lake)
        journal = Journal(LocalDocuments(tmp_path / f"journal-{at}"), clock=clock)
        plan = plan_rollback(
            lake.catalog.layout(lake.table), "orders", DAY, good.manifest, reason="ids are negative"
        )
        passed = _stopped(lake, journal, plan, at)
        if passed < at:
            break
        times = 1
        assert lake.ids() in (FOREIGN[foreign], [1, 2, 3])
        layout = lake.catalog.layout(lake.table)
        assert resume(plan.id, layout, journal).state == "done"
        assert lake.ids() == [1, 2, 3]
        assert lake.anywhere() >= {*FOREIGN[foreign], 1, 2, 3}
    assert at == 9  # quarantine, objects, seal, update: before and after


def _stopped(lake: Lake, journal: Journal, plan: RollbackPlan, at: int) -> int:
    """Applies a plan until the step of that number; the number of steps that were passed."""
    passed = 0

    def steps(_name: str) -> None:
        nonlocal passed
        passed += 1
        if passed == at:
            raise Stop

    with contextlib.suppress(Stop):
        apply(plan, lake.catalog.layout(lake.table, steps), journal)
    return passed


@pytest.fixture
def project(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dq.yml").write_text(f"aws:\n  endpoint: {cloud.options.endpoint}\n  region: us-east-1\n")
    return tmp_path


def suite(lake: Lake) -> dict[str, object]:
    checks = {"id": ["not_null", "unique", {"between": {"min": 0}}]}
    return {"suite": "orders", "data": str(lake.table), "on_failure": "rollback", "columns": checks}


def run(lake: Lake) -> RunOutcome:
    return dq.run(suite(lake), DAY.as_dict())


@each_foreign
def test_a_run_brings_the_good_rows_back(foreign: Foreign, cloud: Cloud, project: Path) -> None:
    lake = Lake(cloud, project)
    dq.publish(lake.staged(GOOD), suite(lake), DAY.as_dict()).result.raise_if_failed()
    former = lake.place
    foreign(lake)
    outcome = run(lake)
    assert outcome.rollback is not None
    assert (outcome.status, outcome.rollback.kind, outcome.rollback.state) == (
        Status.FAIL,
        "rollback",
        "done",
    )
    assert lake.ids() == [1, 2, 3]
    assert lake.place != former
    assert lake.anywhere() >= {*FOREIGN[foreign]}
    assert run(lake).status is Status.PASS
    assert dq.rollback.undo(outcome.rollback.id, suite(lake)).state == "done"
    assert lake.ids() == FOREIGN[foreign]


def test_a_run_without_versions_quarantines_and_says_why(cloud: Cloud, project: Path) -> None:
    lake = Lake(cloud, project, versioned=False)
    dq.publish(lake.staged(GOOD), suite(lake), DAY.as_dict()).result.raise_if_failed()
    replace(lake)
    outcome = run(lake)
    assert outcome.rollback is not None
    assert (outcome.rollback.kind, outcome.rollback.state) == ("quarantine", "done")
    assert "Quarantine instead of rollback: the last validated bytes are no longer kept." in (
        outcome.record.reason
    )
    assert lake.ids() is None
    assert dq.rollback.undo(outcome.rollback.id, suite(lake)).state == "done"
    assert lake.ids() == [-3, 1, 2]
