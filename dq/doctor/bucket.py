"""What a bucket promises: versions, their lifetime, encryption, and who else can read it.

Every look is a reading request. A permission that is missing makes the topic `unknown` and names the action.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any

from dq.aws.address import Address
from dq.aws.errors import AwsError, Missing, asking
from dq.aws.lifecycle import RETENTION_DAYS
from dq.aws.s3 import S3
from dq.doctor.findings import Finding, Level

CLOCK_SKEW_SECONDS = 60.0
"""Leases last minutes; beyond this difference the time in records misleads people."""
_SAMPLED = 1000
_COLD = ("GLACIER", "DEEP_ARCHIVE")
_ONE_COPY = 5 * 2**30


def bucket_findings(s3: S3, table: Address, *, in_place: bool) -> Iterator[Finding]:
    """What there is to say about the bucket of a table.

    Args:
        s3: who asks.
        table: bucket and prefix.
        in_place: whether a rollback here depends on the bucket's versions.
    """
    looks: tuple[tuple[str, Callable[[], Finding]], ...] = (
        ("versioning", lambda: versioning(s3, table, in_place=in_place)),
        ("lifecycle", lambda: lifecycle(s3, table, in_place=in_place)),
        ("object lock", lambda: object_lock(s3, table)),
        ("encryption", lambda: encryption(s3, table)),
        ("public access", lambda: public_access(s3, table)),
        ("objects", lambda: objects(s3, table)),
        ("clock", lambda: clock(s3, table)),
    )
    for topic, look in looks:
        try:
            yield look()
        except Missing:
            raise  # of the bucket itself
        except AwsError as error:
            yield Finding(topic, Level.UNKNOWN, str(error))


def versioning(s3: S3, table: Address, *, in_place: bool) -> Finding:
    """Whether replaced and deleted objects are kept."""
    state = s3.versioning(table.bucket)
    if state == "Enabled":
        return Finding("versioning", Level.OK, f"s3://{table.bucket} keeps versions.")
    said = "suspended" if state == "Suspended" else "off"
    if not in_place:
        return Finding(
            "versioning",
            Level.WARNING,
            f"Versioning of s3://{table.bucket} is {said}. Loads are immutable, so a rollback does not need "
            "it; a partition that other programs overwrite is lost.",
            "Switch it on for the bucket.",
        )
    return Finding(
        "versioning",
        Level.BLOCKER,
        f"Versioning of s3://{table.bucket} is {said}: what a writer replaces in place is gone.",
        "Switch it on and wait 15 minutes before the next write, as AWS advises; or register the table in "
        "Glue, where each load has a location of its own.",
    )


def lifecycle(s3: S3, table: Address, *, in_place: bool) -> Finding:
    """Whether replaced versions are expired sooner than a rollback may want them."""
    try:
        with asking("s3:GetLifecycleConfiguration", f"s3://{table.bucket}"):
            rules = s3.client.get_bucket_lifecycle_configuration(Bucket=table.bucket)["Rules"]
    except Missing:
        return Finding("lifecycle", Level.OK, "No lifecycle rule expires anything.")
    soon = [
        (rule.get("ID", "unnamed"), days)
        for rule in rules
        if rule.get("Status") == "Enabled" and _touches(rule, table.key)
        for days in (rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays"),)
        if days is not None and days < RETENTION_DAYS
    ]
    if soon and in_place:
        name, days = min(soon, key=lambda pair: pair[1])
        return Finding(
            "lifecycle",
            Level.WARNING,
            f"Rule '{name}' expires replaced versions after {days} days, so validated bytes are copied when "
            "they pass, which costs their size once more.",
            f"Let replaced versions live {RETENTION_DAYS} days or longer.",
        )
    ends = [
        rule.get("ID", "unnamed") for rule in rules if rule.get("Expiration") and _touches(rule, table.key)
    ]
    if ends:
        return Finding(
            "lifecycle", Level.NOTE, f"Rule '{ends[0]}' expires the table's own objects; a rollback does not."
        )
    return Finding("lifecycle", Level.OK, "No rule expires replaced versions too soon.")


def object_lock(s3: S3, table: Address) -> Finding:
    """Whether objects are locked; copies and delete markers work all the same."""
    try:
        with asking("s3:GetBucketObjectLockConfiguration", f"s3://{table.bucket}"):
            reply = s3.client.get_object_lock_configuration(Bucket=table.bucket)
    except Missing:
        return Finding("object lock", Level.OK, "Objects are not locked.")
    mode = (
        reply["ObjectLockConfiguration"].get("Rule", {}).get("DefaultRetention", {}).get("Mode", "on request")
    )
    return Finding(
        "object lock",
        Level.NOTE,
        f"Object Lock is on ({mode}). A rollback adds versions and never deletes one, so it works; "
        "quarantined copies are locked too and cannot be removed before their time.",
    )


def encryption(s3: S3, table: Address) -> Finding:
    """How objects are encrypted at rest; with a key of one's own, who uses it needs permissions on it."""
    try:
        with asking("s3:GetEncryptionConfiguration", f"s3://{table.bucket}"):
            reply = s3.client.get_bucket_encryption(Bucket=table.bucket)
    except Missing:
        return Finding(
            "encryption",
            Level.WARNING,
            "The bucket names no encryption of its own.",
            "Name one; AES256 is free.",
        )
    rule = reply["ServerSideEncryptionConfiguration"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]
    if rule["SSEAlgorithm"].startswith("aws:kms"):
        return Finding(
            "encryption",
            Level.NOTE,
            "Objects are encrypted with a KMS key: their ETags are no hashes, and copies need kms:Decrypt "
            "and kms:GenerateDataKey on the key. dq compares the checksums that it keeps beside its copies.",
        )
    return Finding("encryption", Level.OK, f"Objects are encrypted ({rule['SSEAlgorithm']}).")


def public_access(s3: S3, table: Address) -> Finding:
    """Whether the bucket refuses to become public."""
    try:
        with asking("s3:GetBucketPublicAccessBlock", f"s3://{table.bucket}"):
            reply = s3.client.get_public_access_block(Bucket=table.bucket)
    except Missing:
        block: Mapping[str, bool] = {}
    else:
        block = reply["PublicAccessBlockConfiguration"]
    open_ = sorted(name for name in _BLOCKS if not block.get(name))
    if open_:
        return Finding(
            "public access",
            Level.WARNING,
            f"The bucket does not block public access ({', '.join(open_)}).",
            "Block all four kinds, unless the account does.",
        )
    return Finding("public access", Level.OK, "Public access is blocked.")


_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def objects(s3: S3, table: Address) -> Finding:
    """Whether the objects can be copied: not archived, not too large for one request."""
    seen = list(islice(s3.list(table.folder), _SAMPLED))
    cold = [one for one in seen if one.storage_class in _COLD]
    if cold:
        return Finding(
            "objects",
            Level.BLOCKER,
            f"{len(cold)} of the first {len(seen)} objects are archived ({cold[0].storage_class}): they "
            "cannot be read or copied.",
            "Restore those of the partitions that matter, and keep archiving away from fresh partitions.",
        )
    large = [one for one in seen if one.size > _ONE_COPY]
    if large:
        return Finding(
            "objects", Level.NOTE, f"{len(large)} objects are larger than 5 GB and are copied in parts."
        )
    if not seen:
        return Finding("objects", Level.NOTE, f"There is no object below {table.folder} yet.")
    return Finding("objects", Level.OK, f"The first {len(seen)} objects can be read and copied.")


def clock(s3: S3, table: Address, now: dt.datetime | None = None) -> Finding:
    """How far this machine's clock is from the server's.

    Args:
        s3: who asks.
        table: bucket and prefix.
        now: what this machine's clock says; None to look at it.
    """
    with asking("s3:ListBucket", str(table)):
        reply = s3.client.list_objects_v2(Bucket=table.bucket, Prefix=table.key, MaxKeys=1)
    date = reply["ResponseMetadata"]["HTTPHeaders"].get("date")
    if date is None:
        return Finding("clock", Level.NOTE, "The server does not tell its time.")
    off = ((now or dt.datetime.now(dt.timezone.utc)) - parsedate_to_datetime(date)).total_seconds()
    if abs(off) > CLOCK_SKEW_SECONDS:
        return Finding(
            "clock",
            Level.WARNING,
            f"This clock is {abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} the server's.",
            "Synchronise it: leases and the times in records depend on it.",
        )
    return Finding("clock", Level.OK, "This clock agrees with the server's to a minute.")


def _touches(rule: Mapping[str, Any], prefix: str) -> bool:
    """Whether a lifecycle rule can hold for an object below a prefix."""
    about = rule.get("Filter") or {}
    own = about.get("Prefix") or about.get("And", {}).get("Prefix") or rule.get("Prefix") or ""
    return bool(own.startswith(prefix) or prefix.startswith(own))
