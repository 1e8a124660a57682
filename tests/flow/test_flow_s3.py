"""Whole runs on S3, with awswrangler as the job that writes in place and as the reader."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from aws_server import Cloud
from flow_lakes import bad, good

import dq
from dq.aws.address import Address
from dq.cli import main
from dq.errors import RollbackConflict, RollbackRefused

DAY = {"date": "2026-03-01"}
SUITE = """
suite: orders
data: {table}
partition_by: [date]
on_failure: rollback
columns:
  id: [not_null, unique]
  amount: [{{between: [0, 100]}}]
"""


@dataclass
class Lake:
    """A project on disk whose table lies on S3, written and read by awswrangler."""

    cloud: Cloud
    root: Path
    table: Address

    @property
    def suite(self) -> str:
        return str(self.root / "orders.yml")

    def write(self, table: Any) -> None:
        """As a job does: new names, what was there is deleted."""
        frame = table.to_pandas().assign(date=DAY["date"])
        with _awswrangler(self.cloud) as wr:
            wr.s3.to_parquet(
                frame, str(self.table), dataset=True, partition_cols=["date"], mode="overwrite_partitions"
            )

    def read(self) -> list[tuple[int, float]]:
        """What a reader sees of the partition: ids and amounts, by id."""
        with _awswrangler(self.cloud) as wr:
            seen = wr.s3.read_parquet(str(self.table / f"date={DAY['date']}/"), dataset=True)
        return sorted(zip(seen["id"].tolist(), seen["amount"].tolist(), strict=True))

    def run(self) -> dq.RunOutcome:
        return dq.run(self.suite, DAY)

    def quarantined(self, name: str) -> list[bytes]:
        """Bytes of everything in a quarantine."""
        at = Address(self.table.bucket, f"_dq/quarantine/{name}/files/")
        return [self.cloud.s3.get(Address(at.bucket, one.key)).body for one in self.cloud.s3.list(at)]


@contextmanager
def _awswrangler(cloud: Cloud) -> Iterator[Any]:
    """awswrangler against the test's server; it uses what newer pandas versions call deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import awswrangler

        awswrangler.config.s3_endpoint_url = cloud.options.endpoint
        yield awswrangler


@pytest.fixture
def lake(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A project with an empty table in a versioned bucket."""
    return made(cloud, tmp_path, monkeypatch, versioned=True)


def made(cloud: Cloud, root: Path, monkeypatch: pytest.MonkeyPatch, *, versioned: bool) -> Lake:
    table = (cloud.bucket(versioned=versioned) / "curated/orders").folder
    (root / "orders.yml").write_text(SUITE.format(table=table))
    (root / "dq.yml").write_text(f"aws: {{endpoint: {cloud.options.endpoint}, region: us-east-1}}\n")
    monkeypatch.chdir(root)
    return Lake(cloud, root, table)


def numbers(table: Any) -> list[tuple[int, float]]:
    return sorted(zip(table["id"].to_pylist(), table["amount"].to_pylist(), strict=True))


def test_a_bad_overwrite_is_rolled_back_and_can_be_brought_back(lake: Lake) -> None:
    lake.write(good())
    first = lake.run()
    assert (first.record.result.status.value, first.trouble) == ("pass", "")
    lake.write(bad())
    judged = [one.key for one in lake.cloud.s3.list(lake.table)]
    there = [lake.cloud.s3.get(Address(lake.table.bucket, key)).body for key in judged]
    second = lake.run()
    assert second.record.result.status.value == "fail"
    assert second.trouble == ""
    assert second.rollback is not None
    assert second.rollback.state == "done"
    assert lake.read() == numbers(good())
    assert lake.quarantined(second.rollback.id) == there
    assert lake.run().record.result.status.value == "pass"
    undone = dq.rollback.undo(second.rollback.id)
    assert undone.state == "done"
    assert lake.read() == numbers(bad())


def test_a_plan_says_what_is_promised_and_a_writer_in_between_is_left_alone(lake: Lake) -> None:
    lake.write(good())
    lake.run()
    lake.write(bad())
    plan = dq.rollback.plan(lake.suite, DAY)
    assert plan.layout == "s3-versioned"
    assert plan.atomicity.startswith("Not atomic over several objects")
    assert [one.action for one in plan.objects].count("restore") == 1
    assert [one.action for one in plan.objects].count("remove") == 1
    lake.write(good(100))
    before = list(lake.cloud.s3.versions(lake.table))
    with pytest.raises(RollbackConflict):
        dq.rollback.apply(plan)
    assert list(lake.cloud.s3.versions(lake.table)) == before
    assert lake.read() == numbers(good(100))


def test_with_the_store_on_s3_bad_bytes_are_kept_beside_the_records(lake: Lake) -> None:
    records = lake.cloud.bucket(versioned=False) / "quality"
    with open("dq.yml", "a", encoding="utf-8") as config:
        config.write(f"store: {records}\n")
    lake.write(good())
    assert lake.run().trouble == ""
    lake.write(bad())
    outcome = lake.run()
    assert outcome.rollback is not None
    assert (outcome.rollback.state, lake.read()) == ("done", numbers(good()))
    kept = list(lake.cloud.s3.list(records / f"quarantine/{outcome.rollback.id}/files/"))
    assert [one.size for one in kept] == [outcome.record.manifests[""].files[0].size]
    assert list(lake.cloud.s3.list(Address(lake.table.bucket, "_dq/"))) == []
    assert dq.rollback.undo().state == "done"
    assert lake.read() == numbers(bad())


def test_publish_from_disk_and_from_s3(lake: Lake, tmp_path: Path) -> None:
    staged = tmp_path / "staged"
    staged.mkdir()
    pq.write_table(good(), staged / "part-0.parquet")
    outcome = dq.publish(staged, lake.suite, DAY)
    assert outcome.rollback is not None
    assert (outcome.rollback.kind, outcome.rollback.state) == ("publish", "done")
    assert lake.read() == numbers(good())
    pq.write_table(bad(), staged / "part-0.parquet")
    lake.cloud.upload(staged, Address(lake.table.bucket, "staging/one"))
    refused = dq.publish(f"s3://{lake.table.bucket}/staging/one/", lake.suite, DAY)
    assert refused.rollback is not None
    assert (refused.record.result.status.value, refused.rollback.kind) == ("fail", "refuse")
    assert lake.read() == numbers(good())
    pq.write_table(good(500), staged / "part-0.parquet")
    lake.cloud.upload(staged, Address(lake.table.bucket, "staging/two"))
    assert dq.publish(f"s3://{lake.table.bucket}/staging/two/", lake.suite, DAY).trouble == ""
    assert lake.read() == numbers(good(500))
    back = dq.rollback.plan(lake.suite, DAY, to=outcome.record.run_id)
    assert dq.rollback.apply(back).state == "done"
    assert lake.read() == numbers(good())


def test_on_the_command_line(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    lake.write(good())
    assert main(["run", "--suite", lake.suite, "--partition", "date=2026-03-01"]) == 0
    lake.write(bad())
    capsys.readouterr()
    asked = [
        "rollback",
        "plan",
        "--suite",
        lake.suite,
        "--partition",
        "date=2026-03-01",
        "--out",
        "plan.json",
    ]
    assert main(asked) == 0
    assert "Not atomic over several objects" in " ".join(capsys.readouterr().out.split())
    assert main(["rollback", "apply", "plan.json"]) == 0
    assert lake.read() == numbers(good())
    capsys.readouterr()
    assert main(["rollback", "status", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["rollbacks"]
    assert (told["kind"], told["state"]) == ("rollback", "done")
    assert main(["rollback", "undo", told["id"]]) == 0
    assert lake.read() == numbers(bad())


def test_without_versions_everything_is_judged_and_nothing_is_changed(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = made(cloud, tmp_path, monkeypatch, versioned=False)
    lake.write(good())
    passed = lake.run()
    assert passed.record.result.status.value == "pass"
    assert "Versioning of s3://" in passed.trouble
    lake.write(bad())
    failed = lake.run()
    assert failed.record.result.status.value == "fail"
    assert failed.rollback is None
    assert "Switch versioning on" in failed.trouble
    assert lake.read() == numbers(bad())
    with pytest.raises(RollbackRefused):
        dq.rollback.plan(lake.suite, DAY)
