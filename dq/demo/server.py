"""A server that speaks AWS's protocols, started by this process, on this machine only.

Its data lives in memory and ends with it. Whoever asks it uses made-up credentials: real ones, if there are
any, are put aside meanwhile, so that nothing of a real account is touched.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from dq.errors import UsageError

REGION = "us-east-1"

CREDENTIALS: Mapping[str, str] = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_DEFAULT_REGION": REGION,
}
"""Environment of whoever asks the server."""

_REAL = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ROLE_ARN", "AWS_CONFIG_FILE")


@contextmanager
def serving() -> Iterator[str]:
    """Starts the server on a free port of the loopback interface, and stops it at the end.

    Yields:
        Its URL.

    Raises:
        UsageError: the package that brings it is not installed.
    """
    try:
        from moto.server import ThreadedMotoServer
    except ImportError as error:
        raise UsageError(
            "this needs a server that stands in for AWS: install it with pip install 'dq-lake[demo]'"
        ) from error

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def made_up_credentials() -> Iterator[None]:
    """The environment of whoever asks the server, until the block ends."""
    before = {name: os.environ.get(name) for name in (*CREDENTIALS, *_REAL)}
    for name in _REAL:
        os.environ.pop(name, None)
    os.environ.update(CREDENTIALS)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
