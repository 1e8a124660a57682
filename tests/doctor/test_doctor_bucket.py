"""What a bucket promises, asked of a real server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from aws_server import Cloud
from botocore.exceptions import ClientError

from dq.aws.address import Address
from dq.aws.errors import Missing
from dq.doctor.bucket import clock
from dq.doctor.diagnose import diagnose
from dq.doctor.findings import CheckUp, Level, worst


def look(cloud: Cloud, bucket: Address) -> CheckUp:
    return diagnose(str(bucket / "orders/"), cloud.session, bucket / "_dq/")


def levels(found: CheckUp) -> dict[str, str]:
    return {finding.topic: finding.level.value for finding in found.findings}


def safe(cloud: Cloud, bucket: Address) -> None:
    """A bucket as a careful platform team has it."""
    client = cloud.session.client("s3")
    client.put_public_access_block(
        Bucket=bucket.bucket,
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
        ),
    )
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    client.put_bucket_encryption(Bucket=bucket.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


def expire_after(cloud: Cloud, bucket: Address, days: int, prefix: str = "") -> None:
    rule = {
        "ID": "tidy",
        "Status": "Enabled",
        "Filter": {"Prefix": prefix},
        "NoncurrentVersionExpiration": {"NoncurrentDays": days},
    }
    cloud.session.client("s3").put_bucket_lifecycle_configuration(
        Bucket=bucket.bucket, LifecycleConfiguration={"Rules": [rule]}
    )


def refuse(cloud: Cloud, *operations: str) -> None:
    """From now on the server answers these requests with AccessDenied."""

    def denied(model: Any, **_: Any) -> None:
        if model.name in operations:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, model.name)

    cloud.session.client("s3").meta.events.register("before-call.s3", denied)


def test_a_safe_bucket_can_be_rolled_back(cloud: Cloud) -> None:
    bucket = cloud.bucket()
    safe(cloud, bucket)
    cloud.s3.put(bucket / "orders/date=2026-01-01/a.csv", b"id\n1\n")
    before = [(one.key, one.version) for one in cloud.s3.versions(bucket)]
    found = look(cloud, bucket)
    assert found.can_roll_back is True
    assert found.answer == "yes, by layout s3-versioned"
    assert {t for t, level in levels(found).items() if level != "ok"} == {"s3:DeleteObject"}
    assert [(one.key, one.version) for one in cloud.s3.versions(bucket)] == before
    assert "Uploads" not in cloud.session.client("s3").list_multipart_uploads(Bucket=bucket.bucket)


def test_without_versions_the_answer_is_no(cloud: Cloud) -> None:
    found = look(cloud, cloud.bucket(versioned=False))
    assert found.can_roll_back is False
    assert found.answer == "no: versioning"
    (finding,) = [one for one in found.findings if one.topic == "versioning"]
    assert "is off" in finding.says
    assert "wait 15 minutes" in finding.todo


@pytest.mark.parametrize(
    ("days", "prefix", "level"),
    [(7, "", "warning"), (7, "orders/", "warning"), (7, "other/", "ok"), (90, "", "ok")],
)
def test_replaced_versions_that_expire_soon_are_named(
    cloud: Cloud, days: int, prefix: str, level: str
) -> None:
    bucket = cloud.bucket()
    expire_after(cloud, bucket, days, prefix)
    assert levels(look(cloud, bucket))["lifecycle"] == level


def test_archived_objects_block(cloud: Cloud) -> None:
    bucket = cloud.bucket()
    cloud.session.client("s3").put_object(
        Bucket=bucket.bucket, Key="orders/a.csv", Body=b"1", StorageClass="GLACIER"
    )
    found = look(cloud, bucket)
    assert levels(found)["objects"] == "blocker"
    assert found.can_roll_back is False


@pytest.mark.parametrize(
    ("operation", "topic", "level"),
    [
        ("GetBucketVersioning", "versioning", "unknown"),
        ("GetBucketEncryption", "encryption", "unknown"),
        ("ListObjectVersions", "s3:ListBucketVersions", "blocker"),
        ("GetObject", "s3:GetObject", "blocker"),
        ("CreateMultipartUpload", "s3:PutObject", "blocker"),
    ],
)
def test_a_missing_permission_is_named(cloud: Cloud, operation: str, topic: str, level: str) -> None:
    bucket = cloud.bucket()
    cloud.s3.put(bucket / "orders/a.csv", b"id\n1\n")
    refuse(cloud, operation)
    found = look(cloud, bucket)
    assert levels(found)[topic] == level
    assert found.can_roll_back is (None if level == "unknown" else False)
    says = next(one.says for one in found.findings if one.topic == topic)
    assert "is not allowed to this identity" in says


def test_a_public_unencrypted_locked_bucket_is_told(cloud: Cloud) -> None:
    name = cloud.bucket().bucket + "-locked"
    client = cloud.session.client("s3")
    client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    found = levels(look(cloud, Address(name)))
    assert found["object lock"] == "note"
    assert found["public access"] == "warning"
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "k"}}
    client.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert levels(look(cloud, Address(name)))["encryption"] == "note"


def test_a_clock_that_is_off_is_told(cloud: Cloud) -> None:
    later = dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=300)
    finding = clock(cloud.s3, cloud.bucket(), later)
    assert finding.level is Level.WARNING
    assert "s ahead of the server's" in finding.says


def test_a_bucket_that_is_not_there(cloud: Cloud) -> None:
    with pytest.raises(Missing, match="not there"):
        look(cloud, Address("no-such-bucket-anywhere"))


def test_the_worst_level_wins() -> None:
    makes: Callable[..., Any] = lambda *names: [type("F", (), {"level": Level(n)})() for n in names]  # noqa: E731
    assert worst([]) is Level.OK
    assert worst(makes("ok", "warning", "note")) is Level.WARNING
    assert worst(makes("unknown", "blocker")) is Level.BLOCKER
