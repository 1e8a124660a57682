"""Which permissions are really held, tried without harm.

Reading requests are simply made. Whether objects may be written is tried by beginning an upload in parts and
breaking it off: no reader sees anything, and nothing is left. Deleting in a table has no harmless form and is
never tried; it is named instead.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator
from itertools import islice

from dq.aws.address import Address
from dq.aws.errors import AwsError, Forbidden, Missing, asking
from dq.aws.s3 import S3
from dq.doctor.findings import Finding, Level


def access_findings(s3: S3, table: Address, home: Address) -> Iterator[Finding]:
    """One finding for each action that validating, publishing and rolling back need.

    Args:
        s3: who asks.
        table: bucket and prefix of the table.
        home: where dq keeps bytes.
    """
    first = _first_object(s3, table)
    tries: list[tuple[str, Address, Callable[[], object]]] = [
        ("s3:ListBucket", table, lambda: list(islice(s3.list(table), 1))),
        ("s3:ListBucketVersions", table, lambda: list(islice(s3.versions(table), 1))),
    ]
    if first is not None:
        tries.append(("s3:GetObject", first, lambda: s3.get(first, start=0, length=1)))
    tries += [
        ("s3:PutObject", table, lambda: _begin_upload(s3, table)),
        ("s3:PutObject", home, lambda: _begin_upload(s3, home)),
    ]
    for action, where, attempt in tries:
        yield tried(action, where, attempt)
    yield Finding(
        "s3:DeleteObject",
        Level.NOTE,
        f"Not tried on {table.folder}: there is no harmless way. A rollback in place needs it, to put delete "
        "markers over bad objects.",
    )


def tried(action: str, where: object, attempt: Callable[[], object]) -> Finding:
    """The finding of one attempt. That something is not there says the action itself is allowed."""
    try:
        attempt()
    except Forbidden:
        return Finding(
            action,
            Level.BLOCKER,
            f"{action} on {where} is not allowed to this identity.",
            f"Allow {action} there.",
        )
    except Missing:
        pass
    except AwsError as error:
        return Finding(action, Level.UNKNOWN, str(error))
    return Finding(action, Level.OK, f"{action} on {where} is allowed.")


def _first_object(s3: S3, table: Address) -> Address | None:
    with contextlib.suppress(AwsError):
        for one in s3.list(table.folder):
            if one.size:
                return Address(table.bucket, one.key)
    return None


def _begin_upload(s3: S3, below: Address) -> None:
    at = below / f"dq-doctor-{uuid.uuid4().hex}"
    with asking("s3:PutObject", str(at)):
        begun = s3.client.create_multipart_upload(Bucket=at.bucket, Key=at.key)["UploadId"]
    with asking("s3:AbortMultipartUpload", str(at)):
        s3.client.abort_multipart_upload(Bucket=at.bucket, Key=at.key, UploadId=begun)
