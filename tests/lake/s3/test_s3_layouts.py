"""The layouts on S3, method by method, on a real server."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from aws_server import Cloud

from dq.aws import copies
from dq.aws.address import Address
from dq.aws.errors import Archived, Missing
from dq.aws.threads import THREADS, each
from dq.errors import DataError, RollbackConflict, RollbackRefused
from dq.lake.layout import Load
from dq.lake.manifest import Manifest, Partition
from dq.lake.s3.exchange import SWAP
from dq.lake.s3.inventory import CONTENT, Inventory
from dq.lake.s3.layouts import home_in, prefix_layout
from dq.lake.s3.readonly import S3Unversioned
from dq.lake.s3.versioned import S3Versioned

DAY = Partition.of({"date": "2013-02-08"})
NAME = "date=2013-02-08"


@pytest.fixture
def bucket(cloud: Cloud) -> Address:
    """A bucket that keeps versions."""
    return cloud.bucket()


@pytest.fixture
def layout(cloud: Cloud, bucket: Address) -> S3Versioned:
    """An empty table."""
    return fresh(cloud, bucket)


def fresh(cloud: Cloud, bucket: Address, **settings: Any) -> S3Versioned:
    return S3Versioned(bucket / "lake/flights", bucket / "_dq", Inventory(cloud.s3), **settings)


def rules(cloud: Cloud, bucket: Address, *some: dict[str, Any]) -> None:
    cloud.session.client("s3").put_bucket_lifecycle_configuration(
        Bucket=bucket.bucket,
        LifecycleConfiguration={
            "Rules": [{"ID": f"rule-{n}", "Status": "Enabled", **one} for n, one in enumerate(some)]
        },
    )


def test_tokens_follow_what_readers_see(cloud: Cloud, bucket: Address, layout: S3Versioned) -> None:
    at = bucket / f"lake/flights/{NAME}/part-0.csv"
    assert layout.current(DAY) is None
    cloud.s3.put(bucket / f"lake/flights/{NAME}/", b"")  # a console's mark of a folder
    assert (layout.current(DAY), layout.partitions(), layout.files(DAY)) == (None, (), ())
    cloud.s3.put(at, b"1")
    first = layout.current(DAY)
    cloud.s3.put(at, b"1")  # the same bytes again are another state: somebody was there
    second = layout.current(DAY)
    cloud.s3.put(bucket / f"lake/flights/{NAME}/_SUCCESS", b"")
    third = layout.current(DAY)
    assert len({None, first, second, third}) == 4
    assert (layout.partitions(), layout.files(DAY)) == ((DAY,), (str(at),))
    cloud.s3.hide(at)
    cloud.s3.hide(bucket / f"lake/flights/{NAME}/_SUCCESS")
    assert layout.current(DAY) is None
    assert layout.manifest(DAY).files == ()


def test_partitions_are_found_however_their_writer_escaped_them(cloud: Cloud, bucket: Address) -> None:
    table = bucket / "t"
    for path in (
        "d=a%20b/h=01/x.csv",
        "d=ü/h=02/x.csv",
        "d=c/x.csv",
        "_temporary/0/d=9/h=1/x.csv",
        "_SUCCESS",
    ):
        cloud.s3.put(table / path, b"1")
    layout = S3Versioned(table, bucket / "_dq", Inventory(cloud.s3))
    found = layout.partitions()
    assert [one.as_dict() for one in found] == [{"d": "a b", "h": "01"}, {"d": "ü", "h": "02"}]
    assert [len(layout.files(one)) for one in found] == [1, 1]
    assert layout.files(Partition.of({"d": "x y", "h": "1"})) == ()


def test_an_unpartitioned_and_an_empty_table(cloud: Cloud, bucket: Address, layout: S3Versioned) -> None:
    assert layout.partitions() == ()
    cloud.s3.put(bucket / "lake/flights/part-0.csv", b"1")
    assert layout.partitions() == (Partition(),)


def test_versions_are_pinned_and_nothing_is_copied(
    cloud: Cloud, bucket: Address, layout: S3Versioned
) -> None:
    at = bucket / f"lake/flights/{NAME}/part-0.csv"
    cloud.s3.put(at, b"good")
    good = layout.manifest(DAY)
    assert layout.kept(good) == good.location  # its own version is there, and no rule takes it
    layout.keep(good)
    cloud.s3.put(at, b"bad")
    again = fresh(cloud, bucket)
    assert again.kept(good) == good.location
    assert [one.key for one in cloud.s3.list(bucket / "_dq/") if "/files/" in one.key] == []
    with pytest.raises(RollbackConflict, match="no longer holds"):
        again.keep(good)
    cloud.session.client("s3").delete_object(Bucket=at.bucket, Key=at.key, VersionId=good.files[0].version)
    assert again.kept(good) is None
    with pytest.raises(RollbackRefused, match="is gone; a lifecycle rule may have expired it"):
        again.prepare(good, "rb-1")


def test_where_versions_do_not_stay_bytes_are_copied(cloud: Cloud, bucket: Address) -> None:
    lake = {"Filter": {"Prefix": "lake/"}}
    rules(cloud, bucket, {**lake, "NoncurrentVersionExpiration": {"NoncurrentDays": 7}})
    at = bucket / f"lake/flights/{NAME}/part-0.csv"
    cloud.s3.put(at, b"good")
    cloud.s3.put(bucket / f"lake/flights/{NAME}/_SUCCESS", b"")
    layout = fresh(cloud, bucket)
    good = layout.manifest(DAY)
    assert layout.kept(good) is None
    layout.keep(good)
    kept = layout.kept(good)
    assert kept is not None
    assert kept.startswith(str(bucket / "_dq/kept/"))
    copy = cloud.s3.get(Address.parse(kept) / "part-0.csv")
    assert (copy.body, copy.metadata[CONTENT]) == (b"good", good.files[0].checksum)
    cloud.s3.put(at, b"bad")
    token = layout.current(DAY)
    client = cloud.session.client("s3")
    client.delete_object(Bucket=at.bucket, Key=at.key, VersionId=good.files[0].version)  # the rule's work
    layout.swap(DAY, token, layout.prepare(good, "rb-1"))
    assert cloud.s3.get(at).body == b"good"
    assert layout.manifest(DAY).same_bytes(good)


@pytest.mark.parametrize(
    ("rule", "copied"),
    [
        ({"NoncurrentVersionExpiration": {"NoncurrentDays": 30}}, False),
        ({"NoncurrentVersionExpiration": {"NoncurrentDays": 29}}, True),
        ({"NoncurrentVersionTransitions": [{"NoncurrentDays": 3, "StorageClass": "GLACIER"}]}, True),
        ({"NoncurrentVersionTransitions": [{"NoncurrentDays": 3, "StorageClass": "GLACIER_IR"}]}, False),
        ({"Transitions": [{"Days": 3, "StorageClass": "DEEP_ARCHIVE"}]}, True),
        ({"Expiration": {"Days": 3}}, False),
        ({"Status": "Disabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 1}}, False),
    ],
)
def test_which_rules_take_versions(cloud: Cloud, bucket: Address, rule: dict[str, Any], copied: bool) -> None:
    rules(cloud, bucket, {"Filter": {"Prefix": "lake/flights/"}, **rule})
    cloud.s3.put(bucket / f"lake/flights/{NAME}/part-0.csv", b"good")
    layout = fresh(cloud, bucket)
    good = layout.manifest(DAY)
    layout.keep(good)
    assert (layout.kept(good) != good.location) == copied


def test_a_rule_that_takes_the_copies_too_is_refused(cloud: Cloud, bucket: Address) -> None:
    rules(
        cloud,
        bucket,
        {
            "Filter": {},
            "Expiration": {"Days": 20},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 20},
        },
    )
    cloud.s3.put(bucket / f"lake/flights/{NAME}/part-0.csv", b"good")
    layout = fresh(cloud, bucket)
    with pytest.raises(RollbackRefused, match=r"'rule-0' of s3://.* before 30 days are over"):
        layout.keep(layout.manifest(DAY))
    fresh(cloud, bucket, retention_days=20).keep(layout.manifest(DAY))


def test_archived_versions_are_not_kept_and_refused(
    cloud: Cloud, bucket: Address, layout: S3Versioned
) -> None:
    at = bucket / f"lake/flights/{NAME}/part-0.csv"
    client = cloud.session.client("s3")
    client.put_object(Bucket=at.bucket, Key=at.key, Body=b"good", StorageClass="GLACIER")
    good = layout.manifest(DAY)
    layout.keep(good)
    cloud.s3.put(at, b"bad")
    assert layout.kept(good) is None
    with pytest.raises(RollbackRefused, match=r"in the archive \(GLACIER\); restore it"):
        layout.prepare(good, "rb-1")
    with pytest.raises(Archived, match="RestoreObject"):
        cloud.s3.copy(at, bucket / "x", version=good.files[0].version)


@pytest.mark.parametrize(
    ("about", "archived"),
    [
        ({}, False),
        ({"StorageClass": "GLACIER_IR"}, False),
        ({"StorageClass": "GLACIER"}, True),
        ({"StorageClass": "GLACIER", "Restore": 'ongoing-request="true"'}, True),
        ({"StorageClass": "DEEP_ARCHIVE", "Restore": 'ongoing-request="false", expiry-date="x"'}, False),
        ({"StorageClass": "INTELLIGENT_TIERING"}, False),
        ({"StorageClass": "INTELLIGENT_TIERING", "ArchiveStatus": "ARCHIVE_ACCESS"}, True),
    ],
)
def test_what_is_in_an_archive(about: dict[str, str], archived: bool) -> None:
    assert copies.is_archived(about) == archived


def test_a_restored_object_is_as_its_job_wrote_it(cloud: Cloud, bucket: Address, layout: S3Versioned) -> None:
    at = bucket / f"lake/flights/{NAME}/part-0.csv.gz"
    client = cloud.session.client("s3")
    headers = {"ContentType": "text/csv", "ContentEncoding": "gzip", "StorageClass": "STANDARD_IA"}
    client.put_object(
        Bucket=at.bucket,
        Key=at.key,
        Body=gzip.compress(b"good"),
        Metadata={"job": "7"},
        Tagging="team=lake",
        **headers,
    )
    good = layout.manifest(DAY)
    layout.keep(good)
    cloud.s3.put(at, b"bad")
    layout.swap(DAY, layout.current(DAY), layout.prepare(good, "rb-1"))
    about = client.head_object(Bucket=at.bucket, Key=at.key)
    assert {name: about[name] for name in headers} == headers
    assert about["Metadata"]["job"] == "7"
    assert about["Metadata"][CONTENT] == good.files[0].checksum
    assert about["Metadata"][SWAP]
    tags = client.get_object_tagging(Bucket=at.bucket, Key=at.key)["TagSet"]
    assert tags == [{"Key": "team", "Value": "lake"}]


def test_large_objects_are_copied_in_parts(
    cloud: Cloud, bucket: Address, layout: S3Versioned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "MOST_IN_ONE_COPY", 6 * 2**20)
    monkeypatch.setattr(copies, "PART", 5 * 2**20)
    at = bucket / f"lake/flights/{NAME}/part-0.csv"
    cloud.s3.put(at, b"good" * (2 * 2**20))
    good = layout.manifest(DAY)
    layout.keep(good)
    cloud.s3.put(at, b"bad")
    load = layout.prepare(good, "rb-1")
    layout.swap(DAY, layout.current(DAY), load)
    now = cloud.s3.get(at)
    assert now.body == b"good" * (2 * 2**20)
    assert now.etag.endswith("-2")  # made of parts: another ETag, the same checksum
    assert layout.shows(DAY, load)
    assert layout.manifest(DAY).same_bytes(good)


def test_an_object_from_before_versions_were_kept_comes_back(cloud: Cloud) -> None:
    bucket = cloud.bucket(versioned=False)
    at = bucket / f"lake/flights/{NAME}/part-0.csv"
    cloud.s3.put(at, b"early")
    cloud.session.client("s3").put_bucket_versioning(
        Bucket=bucket.bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    layout = fresh(cloud, bucket)
    good = layout.manifest(DAY)
    layout.keep(good)
    cloud.s3.put(at, b"bad")
    layout.swap(DAY, layout.current(DAY), layout.prepare(good, "rb-1"))
    assert cloud.s3.get(at).body == b"early"


def test_a_swap_compares(cloud: Cloud, bucket: Address, layout: S3Versioned) -> None:
    at = bucket / f"lake/flights/{NAME}/part-0.csv"
    cloud.s3.put(at, b"good")
    good = layout.manifest(DAY)
    layout.keep(good)
    load, token = layout.prepare(good, "rb-1"), layout.current(DAY)
    layout.swap(DAY, token, load)  # already there: nothing happens
    assert layout.current(DAY) == token
    cloud.s3.put(at, b"theirs")
    for target in (load, None):
        with pytest.raises(RollbackConflict, match="not in the expected state"):
            layout.swap(DAY, token, target)
    assert cloud.s3.get(at).body == b"theirs"
    assert not layout.shows(DAY, load)
    assert layout.settle(DAY, token, load, frozenset(), "rb-1") is None


def test_a_load_is_staged_once_and_whole(
    cloud: Cloud, bucket: Address, layout: S3Versioned, tmp_path: Path
) -> None:
    (tmp_path / "part-0.csv").write_bytes(b"new")
    (tmp_path / "_SUCCESS").write_bytes(b"")
    load = layout.stage(DAY, tmp_path, "load-1")
    assert [(entry.path, entry.size) for entry in load.manifest.files] == [("part-0.csv", 3)]
    assert load.manifest.files[0].checksum.startswith("sha256:11507a0e")
    (tmp_path / "part-0.csv").write_bytes(b"newer")
    assert layout.stage(DAY, tmp_path, "load-1") == load
    assert Load.from_dict(load.to_dict()) == load
    layout.swap(DAY, None, load)
    seen = [one.key.rpartition("/")[2] for one in cloud.s3.list(bucket / f"lake/flights/{NAME}/")]
    assert seen == ["_SUCCESS", "part-0.csv"]
    assert layout.shows(DAY, load)
    cloud.s3.put(bucket / f"lake/flights/{NAME}/_SUCCESS", b"of another job")
    assert not layout.shows(DAY, load)


def test_a_load_from_s3_keeps_its_checksums(cloud: Cloud, bucket: Address, layout: S3Versioned) -> None:
    cloud.s3.put(bucket / "staging/part-0.csv", b"new", metadata={CONTENT: "sha256:known"})
    cloud.s3.put(bucket / "staging/sub/part-1.csv", b"more")
    load = layout.stage(DAY, str(bucket / "staging"))
    assert [entry.path for entry in load.manifest.files] == ["part-0.csv", "sub/part-1.csv"]
    assert load.manifest.files[0].checksum == "sha256:known"
    single = layout.stage(DAY, str(bucket / "staging/part-0.csv"))
    assert [entry.path for entry in single.manifest.files] == ["part-0.csv"]
    for nothing in (str(bucket / "nowhere"), "/nowhere"):
        with pytest.raises(DataError, match="holds no data file"):
            layout.stage(DAY, nothing)


def test_a_quarantine_of_what_is_no_longer_there_is_a_conflict(
    cloud: Cloud, bucket: Address, layout: S3Versioned
) -> None:
    at = bucket / f"lake/flights/{NAME}/part-0.csv"
    cloud.s3.put(at, b"bad")
    bad = layout.manifest(DAY)
    cloud.s3.put(at, b"theirs")
    with pytest.raises(RollbackConflict, match="another writer was there"):
        layout.quarantine(DAY, bad, "rb-1")
    empty = Manifest(DAY, bad.location, ())
    with pytest.raises(RollbackConflict):
        layout.quarantine(DAY, empty, "rb-1")
    assert list(cloud.s3.list(bucket / "_dq/quarantine")) == []


def test_a_load_that_is_gone_is_refused(
    cloud: Cloud, bucket: Address, layout: S3Versioned, tmp_path: Path
) -> None:
    gone = Load("load-9", DAY, Manifest(DAY, str(bucket / "_dq/loads/x/load-9/"), ()))
    assert not layout.shows(DAY, gone)
    (tmp_path / "part-0.csv").write_bytes(b"new")
    load = layout.stage(DAY, tmp_path)
    at = Address.parse(load.manifest.location) / "part-0.csv"
    cloud.s3.client.delete_object(Bucket=at.bucket, Key=at.key, VersionId=load.manifest.files[0].version)
    with pytest.raises(RollbackRefused, match="is gone; a lifecycle rule"):
        layout.quarantine_load(load, "rf-1")


def test_a_home_within_the_table_is_refused(cloud: Cloud, bucket: Address) -> None:
    for table, home in (("t", "t/_dq"), ("t/inner", "t"), ("t", "t")):
        with pytest.raises(DataError, match="lie within one another"):
            S3Versioned(bucket / table, bucket / home, Inventory(cloud.s3))


def test_which_layout_a_prefix_has(cloud: Cloud, bucket: Address) -> None:
    inventory, plain = Inventory(cloud.s3), cloud.bucket(versioned=False)
    assert isinstance(prefix_layout(str(bucket / "t"), None, inventory), S3Versioned)
    assert prefix_layout(str(bucket / "t/*.parquet"), None, inventory) is None
    assert prefix_layout(str(bucket / "t/{year}/{month}/"), None, inventory) is None
    cloud.s3.put(bucket / "t/one.csv", b"1")
    assert prefix_layout(str(bucket / "t/one.csv"), None, inventory) is None
    assert isinstance(prefix_layout(str(bucket / "t/folder.csv"), None, inventory), S3Versioned)
    whole = prefix_layout(str(bucket), None, inventory)
    assert isinstance(whole, S3Unversioned)
    assert "whole bucket" in whole.reason
    assert isinstance(prefix_layout(str(bucket), plain / "store", inventory), S3Versioned)
    off = prefix_layout(str(plain / "t"), None, inventory)
    assert isinstance(off, S3Unversioned)
    assert "is off" in off.reason
    cloud.session.client("s3").put_bucket_versioning(
        Bucket=plain.bucket, VersioningConfiguration={"Status": "Suspended"}
    )
    suspended = prefix_layout(str(plain / "t"), None, inventory)
    assert isinstance(suspended, S3Unversioned)
    assert "is suspended" in suspended.reason
    with pytest.raises(Missing):
        prefix_layout("s3://no-such-bucket-here/t", None, inventory)
    assert str(home_in("lake")) == "s3://lake/_dq/"


def test_without_versions_a_table_is_only_read(cloud: Cloud, tmp_path: Path) -> None:
    bucket = cloud.bucket(versioned=False)
    at = bucket / f"t/{NAME}/part-0.csv"
    layout = S3Unversioned(bucket / "t", Inventory(cloud.s3), "Because.")
    assert (layout.current(DAY), layout.partitions()) == (None, ())
    cloud.s3.put(at, b"one")
    token, seen = layout.current(DAY), layout.manifest(DAY)
    assert (layout.partitions(), layout.files(DAY), len(seen.files)) == ((DAY,), (str(at),), 1)
    cloud.s3.put(at, b"two")
    assert layout.current(DAY) not in (token, None)
    load = Load("load-1", DAY, seen)
    assert not layout.shows(DAY, load)
    assert layout.kept(seen) is None
    for change in (
        lambda: layout.stage(DAY, tmp_path),
        lambda: layout.prepare(seen, "rb-1"),
        lambda: layout.swap(DAY, token, None),
        lambda: layout.settle(DAY, token, None, frozenset(), "rb-1"),
        lambda: layout.keep(seen),
        lambda: layout.quarantine(DAY, seen, "rb-1"),
        lambda: layout.quarantine_load(load, "rb-1"),
    ):
        with pytest.raises(RollbackRefused, match=r"Because\. Nothing was changed"):
            change()
    assert cloud.s3.get(at).body == b"two"


def test_more_versions_than_one_listing_tells(cloud: Cloud, bucket: Address, layout: S3Versioned) -> None:
    """Hidden and brought back, 12 objects have 36 versions: listings have pages, here of five."""
    pages: list[str] = []

    def of_five(params: dict[str, Any], model: Any, **_: Any) -> None:
        params["MaxKeys"] = 5
        pages.append(model.name)

    for call in ("ListObjectsV2", "ListObjectVersions"):
        cloud.session.client("s3").meta.events.register(f"provide-client-params.s3.{call}", of_five)
    at = (bucket / f"lake/flights/{NAME}").folder
    names = [f"part-{number:02}.csv" for number in range(12)]
    each(lambda name: cloud.s3.put(at / name, name.encode()), names)
    good, token = layout.manifest(DAY), layout.current(DAY)
    assert [entry.path for entry in good.files] == names
    layout.keep(good)
    layout.swap(DAY, token, None)
    assert (layout.current(DAY), layout.manifest(DAY).files) == (None, ())
    load = layout.prepare(good, "rb-1")
    layout.swap(DAY, None, load)
    assert layout.shows(DAY, load)
    pages.clear()
    assert len(list(cloud.s3.versions(at))) == 36
    assert len(list(cloud.s3.list(at))) == 12
    assert pages == ["ListObjectVersions"] * 8 + ["ListObjectsV2"] * 3


def test_promises_are_said(layout: S3Versioned) -> None:
    assert layout.promise.atomicity.startswith("Not atomic over several objects")
    assert len(layout.promise.guards) == 3
    assert len(layout.promise.windows) == 4


def test_many_small_requests_are_bounded_and_stop_at_the_first_failure() -> None:
    import threading

    now, most, done, lock = [0], [0], [0], threading.Lock()
    gate = threading.Semaphore(0)

    def work(number: int) -> int:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        gate.acquire(timeout=0.01)
        with lock:
            now[0] -= 1
            done[0] += 1
        if number == 20:
            raise ValueError(number)
        return number

    assert each(work, range(20)) == list(range(20))
    assert most[0] <= THREADS
    done[0] = 0
    with pytest.raises(ValueError, match="20"):
        each(work, range(1000))
    assert done[0] < 100
