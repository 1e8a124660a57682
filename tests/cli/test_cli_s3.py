"""The command line on datasets on S3."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from aws_server import Cloud
from cli_lake import AT, DAY, Project

from dq.aws.address import Address
from dq.lake.s3.inventory import inventory_of
from dq.store import LocalStore


@pytest.fixture
def at(project: Project, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Address:
    """The address of a table; the environment says where the server is."""
    monkeypatch.setenv("DQ_AWS_ENDPOINT", str(cloud.options.endpoint))
    monkeypatch.setenv("DQ_AWS_REGION", str(cloud.options.region))
    table = cloud.bucket() / "orders/"
    for day, country in (("2013-02-08", "DE"), ("2013-02-09", "XX")):
        body = io.BytesIO()
        pq.write_table(pa.table({"id": [1, 2], "country": [country] * 2, "amount": [5.0] * 2}), body)
        cloud.s3.put(table / f"date={day}/a.parquet", body.getvalue())
    return table


def test_validate(project: Project, at: Address) -> None:
    assert project.dq("validate", "--data", str(at), *AT).code == 0
    ran = project.dq("validate", "--data", str(at), "--partition", "date=2013-02-09", "--json")
    assert ran.code == 1
    assert ran.json()["rows"] == 2
    assert not (project.root / ".dq").exists()


def test_run_records_versions(project: Project, at: Address, cloud: Cloud) -> None:
    ran = project.dq("run", "--data", str(at), *AT, "--json")
    assert ran.code == 0
    head = cloud.s3.head(at / f"{DAY}/a.parquet")
    assert head is not None
    (record,) = LocalStore(project.root / ".dq").runs()
    (entry,) = record.manifests[""].files
    assert entry.version == head.version


def test_many_partitions(project: Project, at: Address) -> None:
    ran = project.dq("run", "--data", str(at), "--all-partitions", "--json")
    assert ran.code == 1
    assert [one["rows"] for one in ran.json()["partitions"]] == [2, 2]
    ran = project.dq("run", "--data", str(at), "--partition", "date=2013-02-07..2013-02-08", "--json")
    assert [one["rows"] for one in ran.json()["partitions"]] == [0, 2]


def test_schema(project: Project, at: Address) -> None:
    ran = project.dq("schema", "--data", str(at), "--json")
    assert ran.json()["columns"]["amount"] == "DOUBLE"


def test_exit_codes(project: Project, at: Address, cloud: Cloud) -> None:
    ran = project.dq("validate", "--data", f"s3://{at.bucket}/order/", "--json")
    assert ran.code == 3
    assert "Did you mean 'orders'?" in ran.error()["message"]
    ran = project.dq("validate", "--data", str(at), "--partition", "dat=2013-02-08", "--json")
    assert ran.code == 2

    def denied(**_: Any) -> None:
        from botocore.exceptions import ClientError

        raise ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "ListObjectsV2")

    events = inventory_of(cloud.options).s3.client.meta.events
    events.register("before-parameter-build.s3.ListObjectsV2", denied)
    try:
        ran = project.dq("validate", "--data", str(at), *AT, "--json")
    finally:
        events.unregister("before-parameter-build.s3.ListObjectsV2", denied)
    assert ran.code == 3
    assert "s3:ListBucket is not allowed to this identity" in ran.error()["message"]


def test_a_wrong_setting_is_usage(project: Project, at: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DQ_AWS_ROLE", "quality")
    ran = project.dq("validate", "--data", str(at), *AT, "--json")
    assert ran.code == 2
    assert "DQ_AWS_ROLE must be the ARN of a role" in ran.error()["message"]
