"""Faults at the moments when something outside changes or is asked: requests, and durable local actions.

`Faults` numbers those moments in the order in which they happen and breaks at one of them. It is both the
hook that layouts and documents on disk call around every durable action, and, through a `Wire`, what every
HTTP request of a session passes on its way out. Retries count as requests of their own.
"""

from __future__ import annotations

import contextlib
import threading
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

Kind = Literal[
    "none", "die-before", "die-after", "lost", "slow-down", "timeout", "outage", "lost-outage", "do"
]

DEATHS: tuple[Kind, ...] = ("die-before", "die-after")
"""The process ends before the request is sent, or when it was answered and the reply not yet read."""
PASSING: tuple[Kind, ...] = ("lost", "slow-down", "timeout")
"""One request fails and the next attempt would not; `lost` was carried out although no reply came."""
LASTING: tuple[Kind, ...] = ("outage", "lost-outage")
"""From this request on nothing is answered any more; `lost-outage` still carries this one out."""

_READING = ("Get", "Head", "List", "BatchGet", "Search")


class Crash(BaseException):
    """The process ends here. Not an `Exception`, so that no handler tidies up after it."""


def changes(moment: str) -> bool:
    """Whether a moment is one at which something may change: a durable local action, or no mere question."""
    kind, _, name = moment.partition(" ")
    return kind == "step" or not name.partition(" ")[0].partition(".")[2].startswith(_READING)


def anything(_moment: str) -> bool:
    """Every moment counts."""
    return True


@dataclass
class Faults:
    """Breaks at the n-th moment that counts.

    Attributes:
        at: number of that moment, from 1; 0 breaks nothing and only counts.
        kind: how it breaks; `do` calls `action` and goes on.
        counts: which moments are counted.
        action: for `do`.
        seen: every moment that counted: `step before:link`, `request s3.PutObject /bucket/key`.
        broke: the moment that broke; empty when none did.
    """

    at: int = 0
    kind: Kind = "none"
    counts: Callable[[str], bool] = changes
    action: Callable[[], object] = lambda: None
    seen: list[str] = field(default_factory=list)
    broke: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _own: threading.local = field(default_factory=threading.local)

    def __call__(self, step: str) -> None:
        """Around a durable local action; what fails for long is a full or broken disk.

        Raises:
            Crash: the process ends here.
            OSError: the disk does.
        """
        kind = self._kind(f"step {step}")
        if kind in DEATHS:
            raise Crash(self.broke)
        if kind in LASTING:
            raise OSError(5, "Input/output error")

    def request(self, request: Any, event_name: str, send: Callable[[Any], Any]) -> Any:
        """Around one HTTP request.

        Returns:
            The reply, when this decided it; else None, and the request is sent as usual.

        Raises:
            Crash: the process ends here.
        """
        from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

        service, operation = event_name.split(".")[1:3]
        path = request.url.partition("://")[2].partition("/")[2].partition("?")[0]
        kind = self._kind(f"request {service}.{operation} /{path}")
        if kind in ("die-after", "lost", "lost-outage"):
            send(request)
        if kind in DEATHS:
            raise Crash(self.broke)
        if kind in ("lost", "lost-outage"):
            raise ConnectionClosedError(endpoint_url=request.url)
        if kind == "timeout":
            raise ReadTimeoutError(endpoint_url=request.url)
        return _slow_down(request.url) if kind in ("slow-down", "outage") else None

    def _kind(self, moment: str) -> Kind:
        """How this moment breaks."""
        if getattr(self._own, "busy", False) or not self.counts(moment):
            return self._afterwards() if self.broke else "none"
        with self._lock:
            if self.broke:
                return self._afterwards()
            self.seen.append(moment)
            if len(self.seen) != self.at:
                return "none"
            self.broke = moment
        if self.kind != "do":
            return self.kind
        self._own.busy = True  # what the action does is not counted
        try:
            self.action()
        finally:
            self._own.busy = False
        return "none"

    def _afterwards(self) -> Kind:
        """A dead process sends nothing more, and a network that is away stays away."""
        if self.kind in DEATHS:
            return "die-before"
        return "outage" if self.kind in LASTING else "none"


class Wire:
    """Stands between the clients of a session and the network.

    Attributes:
        faults: what happens to requests now; set anew for every run.
    """

    def __init__(self) -> None:
        self.faults = Faults()

    def attach(self, client: Any) -> None:
        """Passes every request of a boto3 client, and every attempt of it."""

        def before_send(request: Any, event_name: str, **_: Any) -> Any:
            return self.faults.request(request, event_name, client._endpoint.http_session.send)

        client.meta.events.register("before-send", before_send, unique_id="dq-tests-wire")


def _slow_down(url: str) -> Any:
    """What S3 answers when it is asked too much."""
    from botocore.awsrequest import AWSResponse

    body = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
    raw = types.SimpleNamespace(
        stream=lambda *_: iter([body]), read=lambda *_: b"", release_conn=lambda: None
    )
    reply = AWSResponse(url, 503, {}, raw)
    reply._content = body
    return reply


@contextlib.contextmanager
def without_waiting() -> Iterator[None]:
    """Retries of boto3 at once, and as many as are configured, however many failed before."""
    import botocore.endpoint
    from botocore.retries.quota import RetryQuota

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.endpoint, "time", types.SimpleNamespace(sleep=lambda _seconds: None))
        patch.setattr(RetryQuota, "acquire", lambda _self, _amount: True)
        yield
