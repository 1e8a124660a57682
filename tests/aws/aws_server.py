"""A server that speaks AWS's protocols, on this machine, for tests."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dq.aws.address import Address
from dq.aws.options import AwsOptions
from dq.aws.s3 import S3
from dq.aws.session import Session
from dq.demo.server import CREDENTIALS, REGION


@dataclass
class Cloud:
    """What one test sees of AWS.

    Attributes:
        options: as users would configure them.
        session: clients of its own, so that a test may break them.
    """

    options: AwsOptions
    session: Session = field(init=False)

    def __post_init__(self) -> None:
        self.session = Session(self.options)

    @classmethod
    def of(cls, url: str, setenv: Callable[[str, str], Any]) -> Cloud:
        """Against a server, with credentials in the environment."""
        for name, value in CREDENTIALS.items():
            setenv(name, value)
        return cls(AwsOptions(endpoint=url, region=REGION))

    @property
    def s3(self) -> S3:
        """Requests with this test's session."""
        return S3(self.session)

    def bucket(self, *, versioned: bool = True) -> Address:
        """A new bucket with a name of its own."""
        name = f"t-{uuid.uuid4().hex[:20]}"
        client = self.session.client("s3")
        client.create_bucket(Bucket=name)
        if versioned:
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return Address(name)

    def upload(self, folder: Path, to: Address) -> None:
        """Every file below a local folder, as other programs would write it."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                at = to / path.relative_to(folder).as_posix()
                self.session.client("s3").put_object(Bucket=at.bucket, Key=at.key, Body=path.read_bytes())
