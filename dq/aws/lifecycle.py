"""What a bucket's lifecycle rules would do to objects that a rollback may need one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dq.aws.address import Address
from dq.aws.errors import asking
from dq.aws.s3 import S3

RETENTION_DAYS = 30
"""How long validated bytes have to stay available, unless a layout is told otherwise: a month of loads."""
_ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")
_NONE = "NoSuchLifecycleConfiguration"


@dataclass(frozen=True)
class Rule:
    """One rule, as far as it takes bytes away or puts them out of reach.

    Attributes:
        name: its id.
        prefix: of the keys that it holds for; a rule that is narrowed further (tags, sizes) is taken as if it
            held for all of them.
        replaced: days after which a replaced version is expired or archived; None for never.
        archived: days after which what readers see is archived; None for never.
        expired: days after which what readers see is expired; None for never. In a bucket that keeps
            versions, its bytes then are a replaced version.
    """

    name: str
    prefix: str
    replaced: int | None
    archived: int | None
    expired: int | None

    def touches(self, at: Address) -> bool:
        """Whether it can hold for an object below a prefix."""
        return self.prefix.startswith(at.key) or at.key.startswith(self.prefix)


def rules_of(s3: S3, bucket: str) -> tuple[Rule, ...]:
    """The rules of a bucket that are switched on.

    Raises:
        Forbidden: `s3:GetLifecycleConfiguration` is missing.
    """
    with asking("s3:GetLifecycleConfiguration", f"s3://{bucket}"):
        try:
            answer = s3.client.get_bucket_lifecycle_configuration(Bucket=bucket)
        except s3.client.exceptions.ClientError as error:
            if error.response.get("Error", {}).get("Code") == _NONE:
                return ()
            raise
    return tuple(_rule(rule) for rule in answer.get("Rules", ()) if rule.get("Status") == "Enabled")


def _rule(rule: Mapping[str, Any]) -> Rule:
    about = rule.get("Filter") or {}
    prefix = about.get("Prefix") or about.get("And", {}).get("Prefix") or rule.get("Prefix") or ""
    replaced = [rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays")]
    replaced += [
        move.get("NoncurrentDays")
        for move in rule.get("NoncurrentVersionTransitions", ())
        if move.get("StorageClass") in _ARCHIVES
    ]
    archived = [_days(move) for move in rule.get("Transitions", ()) if move.get("StorageClass") in _ARCHIVES]
    name = rule.get("ID", "unnamed")
    return Rule(name, prefix, _least(replaced), _least(archived), _days(rule.get("Expiration", {})))


def _days(about: Mapping[str, Any]) -> int | None:
    # A date means that the rule holds for all objects from that day on, however new they are.
    return 0 if about.get("Date") else about.get("Days")


def _least(days: list[int | None]) -> int | None:
    known = [day for day in days if day is not None]
    return min(known) if known else None
