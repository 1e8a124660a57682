"""Where AWS is, and as whom dq goes there."""

from __future__ import annotations

from dataclasses import dataclass


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
    """

    endpoint: str | None = None
    region: str | None = None
    profile: str | None = None
    role: str | None = None
    path_style: bool | None = None
