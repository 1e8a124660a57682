"""Whether a store on S3 can keep a journal."""

from __future__ import annotations

from collections.abc import Iterator

from dq.aws.address import Address
from dq.aws.conditions import check_conditions
from dq.aws.errors import AwsError
from dq.aws.s3 import S3
from dq.doctor.findings import Finding, Level
from dq.errors import StoreError

TOPIC = "conditional writes"


def journal_findings(s3: S3, store: Address) -> Iterator[Finding]:
    """One finding: whether the server decides conditional writes below the store's prefix.

    It is tried as before the first write to the journal: on a small object of its own, once, and remembered
    in the store when they hold.

    Args:
        s3: who asks.
        store: the store's prefix.
    """
    try:
        check_conditions(s3, store)
    except StoreError as error:
        yield Finding(TOPIC, Level.BLOCKER, str(error), "Name another store.")
    except AwsError as error:
        yield Finding(TOPIC, Level.UNKNOWN, str(error))
    else:
        yield Finding(TOPIC, Level.OK, f"{store}: conditional writes hold; a journal may stand on them.")
