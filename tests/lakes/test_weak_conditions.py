"""Servers that ignore the conditions of writes are found out, and no journal is kept where they do."""

from __future__ import annotations

import uuid

import pytest
from all_worlds import SECOND_SERVER
from lake_worlds import DATASET, DAY
from remote_worlds import Server

from dq.aws.address import Address
from dq.aws.errors import Changed
from dq.aws.s3 import S3
from dq.errors import StoreError
from dq.rollback.journal import Journal
from dq.rollback.log import Entry
from dq.rollback.remote import S3Documents

pytestmark = pytest.mark.s3_server


def writes_over(s3: S3, at: Address) -> bool:
    """Whether a second object is written where one was to be created only."""
    s3.put(at / "tried", b"1", if_none_match=True)
    try:
        s3.put(at / "tried", b"2", if_none_match=True)
    except Changed:
        return False
    return True


@pytest.mark.parametrize("versioned", [True, False])
def test_a_journal_is_kept_only_where_conditions_hold(server: Server, versioned: bool) -> None:
    at = (server.data if versioned else server.plain) / uuid.uuid4().hex
    weak = writes_over(server.s3, at / "by-hand")
    journal = Journal(S3Documents(server.s3, at / "store"))
    if weak:
        with pytest.raises(StoreError, match=r"ignores If-None-Match.*bucket that never kept versions"):
            journal.begin(DATASET, DAY, Entry("rb-1", "rollback"))
        assert list(server.s3.list(at / "store/journal/")) == []
    else:
        journal.begin(DATASET, DAY, Entry("rb-1", "rollback")).release()
        assert [one.key.rpartition("/")[2] for one in server.s3.list(at / "store/journal/")] != []
    assert versioned or not weak, "no server is known whose conditions do not hold without versions"
    assert weak is (versioned and bool(SECOND_SERVER)), (
        "the servers of these tests: one holds, the other does not"
    )
