"""The server's clock, told by the `Date` header of its replies.

Machines that share a lease must agree on the time. They all talk to one server, so its clock is taken where
this machine's is clearly wrong.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

TOLERATED = 10.0
"""Seconds. Headers tell whole seconds, and a reply travels; below this the local clock is taken as it is."""


def utc_now() -> dt.datetime:
    """This machine's clock."""
    return dt.datetime.now(dt.timezone.utc)


class ServerClock:
    """Watches replies, and tells the time.

    Args:
        local: this machine's clock; for tests.

    Attributes:
        skew: seconds that the server is ahead of this machine, by the last reply; None before the first.
    """

    def __init__(self, local: Callable[[], dt.datetime] = utc_now) -> None:
        self.local = local
        self.skew: float | None = None

    def now(self) -> dt.datetime:
        """The server's time where this machine's is off by more than `TOLERATED` seconds, else the latter."""
        ahead = self.skew or 0.0
        return self.local() + dt.timedelta(seconds=ahead if abs(ahead) > TOLERATED else 0.0)

    def watch(self, client: Any) -> None:
        """Learns from every reply to a boto3 client."""
        client.meta.events.register("after-call", self._heard)

    def _heard(self, parsed: dict[str, Any], **_: Any) -> None:
        date = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        try:
            told = parsedate_to_datetime(date) if date else None
        except ValueError:
            return
        if told is not None and told.tzinfo is not None:
            self.skew = (told - self.local()).total_seconds()
