"""Clients of AWS, made once per service and shared by threads."""

from __future__ import annotations

import functools
import threading
from typing import Any

from dq.aws.clock import ServerClock
from dq.aws.errors import asking
from dq.aws.options import AwsOptions

_ATTEMPTS = 8
"""Of every request: throttled and broken ones are asked again, waiting longer each time (up to 20 s)."""
_CONNECTIONS = 32
_ROLE_SESSION = "dq"


class Session:
    """Clients with the same settings.

    Args:
        options: where AWS is, and as whom.

    Attributes:
        options: as given.
        clock: what the servers of its clients say the time is.
    """

    def __init__(self, options: AwsOptions) -> None:
        self.options = options
        self.clock = ServerClock()
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:
        """The boto3 client of a service, e.g. `s3`. It may be used by several threads at once.

        Raises:
            AwsError: the profile is not there, or the role cannot be assumed.
        """
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._made(service)
            return self._clients[service]

    @functools.cached_property
    def boto3(self) -> Any:
        """The boto3 session, with the role assumed where one is named; its credentials renew themselves."""
        import boto3

        with asking("configuration", f"profile {self.options.profile or 'default'}"):
            base = boto3.Session(profile_name=self.options.profile, region_name=self.options.region)
        return base if self.options.role is None else _assumed(base, self.options)

    def _made(self, service: str) -> Any:
        from botocore.config import Config

        options = self.options
        path = options.path_style if options.path_style is not None else options.endpoint is not None
        config = Config(
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            max_pool_connections=_CONNECTIONS,
            s3={"addressing_style": "path" if path else "auto"},
            # Servers other than AWS know no checksums in trailers.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        client = self.boto3.client(service, endpoint_url=options.endpoint, config=config)
        self.clock.watch(client)
        return client


@functools.lru_cache(maxsize=8)
def session_of(options: AwsOptions) -> Session:
    """The session for some settings: always the same one in a process."""
    return Session(options)


def _assumed(base: Any, options: AwsOptions) -> Any:
    """A session as another role, whose credentials are fetched when needed and renewed before they end."""
    import boto3
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
    from botocore.session import get_session

    def client(name: str, **settings: Any) -> Any:
        return base.client(name, **{"endpoint_url": options.endpoint, **settings})

    fetcher = AssumeRoleCredentialFetcher(
        client_creator=client,
        source_credentials=base.get_credentials(),
        role_arn=options.role,
        extra_args={"RoleSessionName": _ROLE_SESSION},
    )
    inner = get_session()
    inner._credentials = DeferredRefreshableCredentials(
        refresh_using=fetcher.fetch_credentials, method="assume-role"
    )
    return boto3.Session(botocore_session=inner, region_name=base.region_name)
