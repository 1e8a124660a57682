"""Which layout a prefix on S3 has: it depends on whether its bucket keeps versions."""

from __future__ import annotations

from dq.aws.address import Address
from dq.aws.errors import AwsError, Missing
from dq.lake.s3.globs import is_pattern
from dq.lake.s3.inventory import Inventory
from dq.lake.s3.readonly import INSTEAD, S3Unversioned
from dq.lake.s3.templates import is_template
from dq.lake.s3.versioned import S3Versioned
from dq.lake.source import format_of

HOME = "_dq"
"""Where dq keeps bytes in a table's bucket when the store is not on S3."""


def home_in(bucket: str) -> Address:
    """Where dq keeps bytes of the tables of a bucket, when its store is not on S3."""
    return Address(bucket, f"{HOME}/")


def prefix_layout(
    text: str, home: Address | None, inventory: Inventory
) -> S3Versioned | S3Unversioned | None:
    """The layout of a table's prefix; None for a pattern, a template and a single object.

    Args:
        text: `s3://bucket/prefix`.
        home: where dq keeps bytes; None for a prefix of the table's own bucket.
        inventory: who asks, and what is known of objects.

    Raises:
        DataError: the home and the table lie within one another.
        Missing: there is no such bucket.
    """
    at = Address.parse(text)
    if is_template(at.key) or is_pattern(at.key):
        return None
    if not at.key.endswith("/") and format_of(at.key) is not None and inventory.object(at) is not None:
        return None
    table = at.folder
    reason = _refusal(table, home, inventory)
    if reason:
        return S3Unversioned(table, inventory, reason)
    return S3Versioned(table, home or home_in(table.bucket), inventory)


def _refusal(table: Address, home: Address | None, inventory: Inventory) -> str:
    """Why nothing may be changed below a prefix; empty when it may."""
    if home is None and str(home_in(table.bucket)).startswith(str(table)):
        return (
            "The table is a whole bucket, so there is no place beside it for bad bytes. "
            "Name a store in another bucket (store: s3://...)."
        )
    try:
        status = inventory.s3.versioning(table.bucket)
    except Missing:
        raise
    except AwsError as error:
        return f"Whether its bucket keeps versions cannot be seen: {error}"
    if status == "Enabled":
        return ""
    said = "is suspended" if status else "is off"
    return f"Versioning of s3://{table.bucket} {said}, so what is replaced in place would be lost. {INSTEAD}"
