"""The journal on S3: conditions that are tried first, lost replies, clocks that differ."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from rollback_worlds import DATASET, DAY

from dq.aws.address import Address
from dq.aws.clock import ServerClock
from dq.aws.conditions import REMEMBERED, try_conditions
from dq.aws.errors import Changed
from dq.aws.s3 import S3, Read
from dq.doctor.findings import Level
from dq.doctor.journal import journal_findings
from dq.errors import RollbackRefused, StoreError
from dq.rollback.documents import Stale
from dq.rollback.journal import Journal
from dq.rollback.log import Entry
from dq.rollback.opening import journal_of
from dq.rollback.remote import S3Documents
from dq.store.remote import S3Store

if TYPE_CHECKING:
    from aws_server import Cloud

ENTRY = Entry("rb-1", "rollback")


@pytest.fixture
def at(cloud: Cloud) -> Address:
    return cloud.bucket(versioned=False) / "dq"


def keys(s3: S3, at: Address) -> list[str]:
    return [one.key.removeprefix(at.folder.key) for one in s3.list(at.folder)]


class Weak(S3):
    """A server that ignores conditions, as some do in buckets that keep versions."""

    ignored: tuple[str, ...] = ("if_none_match", "if_match")

    def put(self, at: Address, body: bytes, **asked: Any) -> Read:
        return super().put(
            at, body, **{name: given for name, given in asked.items() if name not in self.ignored}
        )


def test_conditions_are_tried_once_and_remembered(cloud: Cloud, at: Address) -> None:
    assert try_conditions(cloud.s3, at).hold
    S3Documents(cloud.s3, at).create("journal/a.json", "1")
    before = keys(cloud.s3, at)
    assert REMEMBERED in before
    assert sum(key.startswith("probes/") for key in before) == 3
    S3Documents(cloud.s3, at).create("journal/b.json", "1")
    assert set(keys(cloud.s3, at)) - set(before) == {"journal/b.json"}
    assert S3Documents(cloud.s3, at).list("journal/") == ("journal/a.json", "journal/b.json")


@pytest.mark.parametrize(
    ("ignored", "header"), [(("if_none_match",), "If-None-Match"), (("if_match",), "If-Match")]
)
@pytest.mark.parametrize("versioned", [True, False])
def test_a_server_that_ignores_conditions_is_refused_before_the_first_write(
    cloud: Cloud, ignored: tuple[str, ...], header: str, versioned: bool
) -> None:
    at = cloud.bucket(versioned=versioned) / "dq"
    weak = Weak(cloud.session)
    weak.ignored = ignored
    advice = "bucket that never kept versions" if versioned else "a server that decides conditional writes"
    for _ in range(2):
        with pytest.raises(StoreError, match=f"ignores {header} on writes.*{advice}"):
            Journal(S3Documents(weak, at)).begin(DATASET, DAY, ENTRY)
    assert not [key for key in keys(cloud.s3, at) if not key.startswith("probes/")]
    assert REMEMBERED not in keys(cloud.s3, at), (
        "a refusal is tried again: the bucket may be another one by then"
    )


def test_a_check_up_says_whether_a_journal_may_be_kept(cloud: Cloud, at: Address) -> None:
    (good,) = journal_findings(cloud.s3, at)
    assert (good.topic, good.level) == ("conditional writes", Level.OK)
    other = cloud.bucket(versioned=True) / "dq"
    (bad,) = journal_findings(Weak(cloud.session), other)
    assert (bad.level, bad.says.partition(" on writes")[0]) == (
        Level.BLOCKER,
        f"{other}: this server ignores If-None-Match",
    )
    (unknown,) = journal_findings(cloud.s3, Address("no-such-bucket-here", "dq"))
    assert unknown.level is Level.UNKNOWN


def test_nothing_is_tried_by_reading(cloud: Cloud, at: Address) -> None:
    assert Journal(S3Documents(cloud.s3, at)).logs() == ()
    assert keys(cloud.s3, at) == []


class Conflicting(S3):
    """Answers the first writes with a conflict that wrote nothing (HTTP 409)."""

    left = 2

    def put(self, at: Address, body: bytes, **asked: Any) -> Read:
        if "journal/" in at.key and self.left:
            self.left -= 1
            raise Changed(f"{at}: ConditionalRequestConflict")
        return super().put(at, body, **asked)


def test_a_conflict_that_wrote_nothing_is_tried_again(cloud: Cloud, at: Address) -> None:
    s3 = Conflicting(cloud.session)
    documents = S3Documents(s3, at)
    documents.create("journal/a.json", "1")
    s3.left = 2
    documents.replace("journal/a.json", "1", "2")
    assert documents.read("journal/a.json") == "2"
    s3.left = 99
    with pytest.raises(StoreError, match="was refused 5 times"):
        documents.replace("journal/a.json", "2", "3")
    with pytest.raises(StoreError, match="was refused 5 times"):
        documents.create("journal/b.json", "3")
    assert S3Documents(cloud.s3, at).read("journal/a.json") == "2"


def test_the_text_is_compared_even_where_the_etag_is_not_known(cloud: Cloud, at: Address) -> None:
    S3Documents(cloud.s3, at).create("journal/a.json", "1")
    other = S3Documents(cloud.s3, at)
    other.replace("journal/a.json", "1", "2")
    for documents in (S3Documents(cloud.s3, at), other):
        with pytest.raises(Stale):
            documents.replace("journal/a.json", "1", "3")
    with pytest.raises(Stale):
        other.replace("journal/none.json", "1", "3")
    stale = S3Documents(cloud.s3, at)
    assert stale.read("journal/a.json") == "2"
    other.replace("journal/a.json", "2", "4")
    with pytest.raises(Stale):
        stale.replace("journal/a.json", "2", "5")
    assert stale.read("journal/a.json") == "4"


@pytest.fixture
def shifted(cloud: Cloud) -> list[Journal]:
    """Journals of one store from three machines: a clock that is right, one 20 minutes late, one early."""
    from dq.aws.session import Session

    at = cloud.bucket(versioned=False) / "dq"
    journals = []
    for minutes in (0, -20, 20):
        session = Session(cloud.options)

        def local(minutes: int = minutes) -> dt.datetime:
            return dt.datetime.now(dt.timezone.utc) + dt.timedelta(minutes=minutes)

        session.clock.local = local
        journals.append(journal_of(S3Store(S3(session), at)))
    return journals


def test_clocks_that_differ_take_no_lease_from_a_writer_at_work(shifted: list[Journal]) -> None:
    for holder in shifted:
        hold = holder.begin(DATASET, DAY, Entry(f"rb-{shifted.index(holder)}", "rollback"))
        for other in shifted:
            with pytest.raises(RollbackRefused, match=r"its lease ends in (2[5-9]\d|30[01]) s"):
                other.begin(DATASET, DAY, ENTRY)
        hold.advance("done")
    log = shifted[0].read(DATASET, DAY)
    times = [dt.datetime.fromisoformat(event.at) for entry in log.entries for event in entry.history]
    assert len(times) == 6
    assert max(times) - min(times) < dt.timedelta(minutes=2)
    assert abs(max(times) - dt.datetime.now(dt.timezone.utc)) < dt.timedelta(minutes=2)


def test_a_small_difference_is_left_alone() -> None:
    moment = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc)
    clock = ServerClock(lambda: moment)
    assert (clock.skew, clock.now()) == (None, moment)

    def hear(date: str | None) -> dt.timedelta:
        headers = {} if date is None else {"date": date}
        clock._heard(parsed={"ResponseMetadata": {"HTTPHeaders": headers}})
        return clock.now() - moment

    assert hear("Sun, 01 Mar 2026 12:00:09 GMT") == dt.timedelta(0)
    assert hear("Sun, 01 Mar 2026 11:00:00 GMT") == dt.timedelta(hours=-1)
    assert hear("no date") == dt.timedelta(hours=-1)
    assert hear(None) == dt.timedelta(hours=-1)
    assert clock.skew == -3600
