"""The faults that other tests rely on are what they claim to be."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from aws_server import Cloud
from faults import DEATHS, LASTING, Crash, Faults, Kind, Wire, anything, changes, without_waiting

from dq.aws.address import Address
from dq.aws.errors import AwsError, Changed


@pytest.fixture
def wire(cloud: Cloud) -> Iterator[Wire]:
    made = Wire()
    made.attach(cloud.session.client("s3"))
    with without_waiting():
        yield made


@pytest.fixture
def there(cloud: Cloud) -> Address:
    """A versioned bucket with one object."""
    at = cloud.bucket() / "one"
    cloud.s3.put(at, b"before")
    return at


def versions(cloud: Cloud, at: Address) -> list[bytes]:
    return [cloud.s3.get(at, one.version).body for one in cloud.s3.versions(at)]


@pytest.mark.parametrize("kind", DEATHS)
def test_a_dead_process_sends_nothing_more(cloud: Cloud, wire: Wire, there: Address, kind: Kind) -> None:
    wire.faults = Faults(1, kind)
    with pytest.raises(Crash, match=r"s3.PutObject /t-.*/one"):
        cloud.s3.put(there, b"after")
    with pytest.raises(Crash):
        cloud.s3.get(there)
    wire.faults = Faults()
    assert versions(cloud, there) == ([b"after"] if kind == "die-after" else []) + [b"before"]


@pytest.mark.parametrize("kind", ["slow-down", "timeout"])
def test_one_failed_attempt_is_made_good_by_the_next(
    cloud: Cloud, wire: Wire, there: Address, kind: Kind
) -> None:
    wire.faults = Faults(1, kind)
    cloud.s3.put(there, b"after")
    assert len(wire.faults.seen) == 1
    assert versions(cloud, there) == [b"after", b"before"]


def test_a_lost_reply_is_asked_again_and_the_condition_fails(
    cloud: Cloud, wire: Wire, there: Address
) -> None:
    """The very case that a writer must recognise by looking: refused, and yet written by itself."""
    wire.faults = Faults(1, "lost")
    with pytest.raises(Changed):
        cloud.s3.put(there.__class__(there.bucket, "new"), b"mine", if_none_match=True)
    assert versions(cloud, Address(there.bucket, "new")) == [b"mine"]
    wire.faults = Faults(1, "lost")
    cloud.s3.put(there, b"twice")
    assert versions(cloud, there) == [b"twice", b"twice", b"before"]


@pytest.mark.parametrize("kind", LASTING)
def test_an_outage_outlasts_all_attempts(cloud: Cloud, wire: Wire, there: Address, kind: Kind) -> None:
    wire.faults = Faults(1, kind)
    with pytest.raises(AwsError, match="s3:PutObject failed"):
        cloud.s3.put(there, b"after")
    with pytest.raises(AwsError, match="SlowDown"):
        cloud.s3.get(there)
    wire.faults = Faults()
    assert versions(cloud, there) == ([b"after"] if kind == "lost-outage" else []) + [b"before"]


def test_moments_are_numbered(cloud: Cloud, wire: Wire, there: Address) -> None:
    def some(s3: object = None) -> None:
        cloud.s3.get(there)
        cloud.s3.put(there, b"2")
        list(cloud.s3.versions(there))
        cloud.s3.hide(there)

    wire.faults = Faults(counts=anything)
    some()
    names = [moment.split()[1] for moment in wire.faults.seen]
    assert names == [
        "s3.GetObject", "s3.PutObject", "s3.ListObjectVersions", "s3.GetBucketVersioning", "s3.DeleteObject",
    ]  # fmt: skip
    wire.faults = Faults()
    cloud.s3.put(there, b"3")
    some()
    assert [moment.split()[1] for moment in wire.faults.seen] == [
        "s3.PutObject", "s3.PutObject", "s3.DeleteObject",
    ]  # fmt: skip
    assert changes("step before:link")


def test_something_else_may_happen_at_a_moment(cloud: Cloud, wire: Wire, there: Address) -> None:
    other = Cloud(cloud.options).s3
    wire.faults = Faults(1, "do", action=lambda: other.put(there, b"theirs"))
    cloud.s3.put(there, b"mine")
    assert versions(cloud, there) == [b"mine", b"theirs", b"before"]


def test_durable_local_actions_are_moments_too() -> None:
    faults = Faults(2, "die-before")
    faults("before:link")
    with pytest.raises(Crash, match="after:link"):
        faults("after:link")
    with pytest.raises(Crash):
        faults("before:exchange")
    broken = Faults(1, "outage")
    with pytest.raises(OSError, match="Input/output"):
        broken("before:link")
