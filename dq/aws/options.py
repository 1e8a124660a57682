"""Where AWS is, and as whom dq goes there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class IcebergOptions:
    """Catalogs of Iceberg tables, and how long dq's tags in those tables last.

    It holds no secret: `${NAME}` in a property stands for a variable of the environment, and is replaced
    when a catalog is opened.

    Attributes:
        catalogs: properties of each by name, as pyiceberg spells them. A catalog that is not named here is
            looked for in pyiceberg's own configuration.
        root: folder that relative warehouses and SQLite files start from.
        keep_days: how long the bytes of a validated partition stay protected from the expiry of snapshots.
        quarantine_days: the same for bad bytes; None for good.
    """

    catalogs: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False, hash=False)
    root: Path = Path()
    keep_days: float = 30
    quarantine_days: float | None = None


@dataclass(frozen=True)
class AwsOptions:
    """Settings of every client; what is left out is found by boto3's own chain.

    Credentials are never part of it: they come from the environment, profiles, containers or instances.

    Attributes:
        endpoint: URL of an S3-compatible server, or of another stand-in for AWS; None for AWS itself.
        region: such as `eu-central-1`; None for the profile's or the environment's.
        profile: name of a profile of the AWS configuration; None for the default one.
        role: ARN of a role to assume; None for none.
        path_style: the bucket in the path instead of the host name; None means with `endpoint` only.
        iceberg: catalogs of Iceberg tables. They go wherever these settings go, and make no difference to
            requests to AWS.
    """

    endpoint: str | None = None
    region: str | None = None
    profile: str | None = None
    role: str | None = None
    path_style: bool | None = None
    iceberg: IcebergOptions = field(default_factory=IcebergOptions, repr=False)
