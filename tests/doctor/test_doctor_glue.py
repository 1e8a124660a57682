"""What a table of the Glue catalog promises."""

from __future__ import annotations

from typing import Any

import pytest
from aws_server import Cloud
from botocore.exceptions import ClientError

from dq.doctor.diagnose import diagnose
from dq.doctor.findings import CheckUp
from dq.errors import UsageError


def table(cloud: Cloud, *, keys: tuple[str, ...] = ("dt",), parameters: dict[str, str] | None = None) -> str:
    glue, bucket = cloud.session.client("glue"), cloud.bucket()
    database = bucket.bucket.replace("-", "_")
    storage = {"Columns": [{"Name": "id", "Type": "bigint"}], "Location": str(bucket / "orders/")}
    glue.create_database(DatabaseInput={"Name": database})
    glue.create_table(
        DatabaseName=database,
        TableInput={
            "Name": "orders",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": parameters or {},
            "PartitionKeys": [{"Name": key, "Type": "string"} for key in keys],
            "StorageDescriptor": storage,
        },
    )
    if keys:
        where = {**storage, "Location": str(bucket / "orders/dt=2026-01-01/")}
        glue.create_partition(
            DatabaseName=database,
            TableName="orders",
            PartitionInput={"Values": ["2026-01-01"], "StorageDescriptor": where},
        )
    return f"glue://{database}.orders"


def levels(found: CheckUp) -> dict[str, str]:
    return {finding.topic: finding.level.value for finding in found.findings}


def test_a_partitioned_table_can_be_rolled_back_and_nothing_is_changed(cloud: Cloud) -> None:
    name = table(cloud)
    database = name.removeprefix("glue://").partition(".")[0]
    glue = cloud.session.client("glue")
    before = glue.get_partitions(DatabaseName=database, TableName="orders")["Partitions"]
    found = diagnose(name, cloud.session, None)
    assert found.can_roll_back is True
    assert found.answer == "yes, by layout glue-location"
    assert [topic for topic in levels(found) if topic.startswith("glue:")] == [
        "glue:GetPartitions",
        "glue:UpdatePartition",
        "glue:DeletePartition",
        "glue:CreatePartition",
    ]
    assert glue.get_partitions(DatabaseName=database, TableName="orders")["Partitions"] == before


@pytest.mark.parametrize(
    ("keys", "parameters", "topic"),
    [
        (("dt",), {"projection.enabled": "TRUE"}, "projection"),
        (("dt",), {"table_type": "ICEBERG"}, "table"),
    ],
)
def test_what_cannot_be_swapped_is_said(
    cloud: Cloud, keys: tuple[str, ...], parameters: dict[str, str], topic: str
) -> None:
    found = diagnose(table(cloud, keys=keys, parameters=parameters), cloud.session, None)
    assert found.can_roll_back is False
    assert levels(found)[topic] == "blocker"


def test_a_table_without_partitions_is_changed_by_its_own_location(cloud: Cloud) -> None:
    found = diagnose(table(cloud, keys=()), cloud.session, None)
    assert found.can_roll_back is True
    assert (levels(found)["partitions"], levels(found)["glue:UpdateTable"]) == ("note", "note")


def test_a_missing_permission_on_the_catalog_is_named(cloud: Cloud) -> None:
    name = table(cloud)

    def denied(model: Any, **_: Any) -> None:
        if model.name == "UpdatePartition":
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, model.name)

    cloud.session.client("glue").meta.events.register("before-call.glue", denied)
    found = diagnose(name, cloud.session, None)
    assert levels(found)["glue:UpdatePartition"] == "blocker"
    assert found.answer == "no: glue:UpdatePartition"


def test_an_address_of_another_kind_is_refused(cloud: Cloud) -> None:
    with pytest.raises(UsageError, match=r"expected glue://database.table"):
        diagnose("glue://orders", cloud.session, None)
    with pytest.raises(UsageError, match="expected a folder"):
        diagnose("gs://lake/orders", cloud.session, None)
