"""Whether a server decides conditional writes, found out by trying.

The journal of a store is only as safe as these conditions. A server may ignore them: some do in buckets that
keep versions. Then two processes would each believe that they hold the lease, so the store is refused before
the first write to its journal.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass

from dq.aws.address import Address
from dq.aws.errors import AwsError, Changed, Missing
from dq.aws.s3 import S3
from dq.errors import StoreError

FOLDER = "probes"
REMEMBERED = f"{FOLDER}/conditional-writes.json"


@dataclass(frozen=True)
class Conditions:
    """What a server does with the conditions of a write.

    Attributes:
        create: whether `If-None-Match: *` refuses to write over an object.
        replace: whether `If-Match` refuses an ETag that is no longer the object's, and takes the right one.
    """

    create: bool
    replace: bool

    @property
    def hold(self) -> bool:
        """Whether a journal may stand on them."""
        return self.create and self.replace


def check_conditions(s3: S3, at: Address) -> None:
    """Make sure that conditional writes hold below a prefix; tried once, then remembered in the store.

    Args:
        s3: requests.
        at: the store's prefix.

    Raises:
        StoreError: they do not hold.
        AwsError: it cannot be tried.
    """
    remembered = at / REMEMBERED
    if _says_yes(s3, remembered):
        return
    found = try_conditions(s3, at)
    if not found.hold:
        raise StoreError(_refusal(s3, at, found))
    try:
        s3.put(remembered, json.dumps({"conditional_writes": True}).encode("ascii"), if_none_match=True)
    except Changed:
        return  # another process found the same


def try_conditions(s3: S3, at: Address) -> Conditions:
    """Try conditional writes on an object of its own below `<prefix>/probes/`, which stays there.

    Raises:
        AwsError: it cannot be tried, e.g. because writing is not allowed.
    """
    probe = at / f"{FOLDER}/{uuid.uuid4().hex}.json"
    first = s3.put(probe, b'{"probe": 1}\n', if_none_match=True).etag
    create = _refused(s3, probe, b'{"probe": 2}\n', None)
    if not create:
        return Conditions(create=False, replace=False)
    try:
        s3.put(probe, b'{"probe": 3}\n', if_match=first)
    except (Changed, Missing):
        return Conditions(create=True, replace=False)
    return Conditions(create=True, replace=_refused(s3, probe, b'{"probe": 4}\n', first))


def _refused(s3: S3, probe: Address, body: bytes, etag: str | None) -> bool:
    try:
        s3.put(probe, body, if_none_match=etag is None, if_match=etag)
    except Changed:
        return True
    return False


def _says_yes(s3: S3, remembered: Address) -> bool:
    try:
        return json.loads(s3.get(remembered).body).get("conditional_writes") is True
    except (Missing, ValueError, AttributeError):
        return False


def _refusal(s3: S3, at: Address, found: Conditions) -> str:
    header = "If-Match" if found.create else "If-None-Match"
    try:
        versioned = s3.versioning(at.bucket) != ""
    except AwsError:
        versioned = False
    advice = (
        "This bucket keeps versions, where some servers ignore conditions: put the store into a bucket that "
        "never kept versions."
        if versioned
        else "Put the store on a server that decides conditional writes, or into a local folder."
    )
    return (
        f"{at}: this server ignores {header} on writes, so two processes could change the journal at once "
        f"and neither would notice. Nothing was written to the journal. {advice}"
    )
