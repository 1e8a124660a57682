"""Requests to S3, asked of a real server."""

from __future__ import annotations

import pytest
from aws_server import Cloud

from dq.aws.address import Address
from dq.aws.errors import AwsError, Changed, Forbidden, Missing, asking
from dq.errors import UsageError


def test_an_address_is_read_and_joined() -> None:
    at = Address.parse("s3a://lake/orders/date=2026-01-01/")
    assert (at.bucket, at.key) == ("lake", "orders/date=2026-01-01/")
    assert str(at / "part-0.parquet") == "s3://lake/orders/date=2026-01-01/part-0.parquet"
    assert str(Address("lake").folder) == "s3://lake/"
    for wrong in ("lake/orders", "s3://", "http://lake/orders"):
        with pytest.raises(UsageError):
            Address.parse(wrong)


def test_objects_are_written_listed_and_read(cloud: Cloud) -> None:
    s3, bucket = cloud.s3, cloud.bucket()
    written = s3.put(bucket / "a/one", b"0123456789", metadata={"dq-content": "x"})
    s3.put(bucket / "a/b/two", b"22")
    s3.put(bucket / "c", b"3")
    assert [(one.key, one.size) for one in s3.list(bucket / "a/")] == [("a/b/two", 2), ("a/one", 10)]
    assert s3.folders(bucket) == ("a",)
    assert s3.folders(bucket / "a") == ("b",)
    read = s3.get(bucket / "a/one", start=-3)
    assert (read.body, read.size, read.metadata) == (b"789", 10, {"dq-content": "x"})
    assert s3.get(bucket / "a/one", start=2, length=3).body == b"234"
    assert read.version == written.version is not None
    assert s3.head(bucket / "none") is None
    with pytest.raises(Missing, match="/none: not there"):
        s3.get(bucket / "none")


def test_a_condition_that_does_not_hold_changes_nothing(cloud: Cloud) -> None:
    s3, at = cloud.s3, cloud.bucket() / "one"
    first = s3.put(at, b"first", if_none_match=True)
    with pytest.raises(Changed):
        s3.put(at, b"second", if_none_match=True)
    with pytest.raises(Changed):
        s3.put(at, b"second", if_match="0" * 32)
    assert s3.get(at).body == b"first"
    s3.put(at, b"second", if_match=first.etag)
    with pytest.raises(Changed):
        s3.get(at, if_match=first.etag)


def test_an_exact_version_is_copied_back_and_nothing_is_lost(cloud: Cloud) -> None:
    s3, at = cloud.s3, cloud.bucket() / "one"
    good = s3.put(at, b"good")
    bad = s3.put(at, b"bad")
    made = s3.copy(at, at, version=good.version, if_match=bad.etag, metadata={"dq-content": "etag:x"})
    assert (s3.get(at).body, made.etag, made.metadata) == (b"good", good.etag, {"dq-content": "etag:x"})
    assert [one.version for one in s3.versions(at)] == [made.version, bad.version, good.version]
    with pytest.raises(Changed):
        s3.copy(at, at, version=good.version, source_etag=bad.etag)


def test_hiding_keeps_the_versions_and_refuses_where_none_are_kept(cloud: Cloud) -> None:
    s3, at = cloud.s3, cloud.bucket() / "one"
    kept = s3.put(at, b"bad")
    s3.hide(at)
    assert s3.head(at) is None
    assert s3.get(at, kept.version).body == b"bad"
    assert [one.marker for one in s3.versions(at)] == [True, False]
    plain = cloud.bucket(versioned=False) / "one"
    s3.put(plain, b"only")
    with pytest.raises(AwsError, match="keeps no versions"):
        s3.hide(plain)
    assert s3.get(plain).body == b"only"


def test_an_object_from_before_versions_were_kept_has_a_version_too(cloud: Cloud) -> None:
    bucket = cloud.bucket(versioned=False)
    s3, at = cloud.s3, bucket / "one"
    assert s3.put(at, b"early").version is None
    cloud.session.client("s3").put_bucket_versioning(
        Bucket=bucket.bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    s3.put(at, b"late")
    early = [one.version for one in s3.versions(at)][-1]
    assert early == "null"
    assert s3.get(at, early).body == b"early"


def test_a_missing_permission_names_action_and_resource() -> None:
    from botocore.exceptions import ClientError

    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "secret details"}}, "PutObject")
    with pytest.raises(Forbidden) as caught, asking("s3:PutObject", "s3://lake/orders/"):
        raise denied
    assert str(caught.value) == (
        "s3://lake/orders/: s3:PutObject is not allowed to this identity. "
        "Add s3:PutObject on s3://lake/orders/ to its policy."
    )
