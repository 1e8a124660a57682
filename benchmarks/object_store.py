"""`python -m benchmarks.object_store FOLDER`: a server that speaks S3 (moto), in a process of its own.

It holds the files below a folder in the bucket `bench`, prints two URLs, and serves until standard input
ends. Behind the second URL every request waits, as it does on the way to a real region. `GET /served` says
how many requests for objects were answered since it was asked last, and with how many bytes.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

BUCKET = "bench"
DELAY = 0.02
"""Seconds that a request behind the second URL waits: about what the first byte from S3 takes."""
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_DEFAULT_REGION": "us-east-1",
}
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Counting:
    """An application in front of another: it counts, and for one of two ports it waits.

    Args:
        inner: the application behind.
    """

    def __init__(self, inner: Application) -> None:
        self.slow_port = ""
        self._inner = inner
        self._requests = self._bytes = 0
        self._lock = threading.Lock()

    def __call__(self, environment: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        if environment["PATH_INFO"] == "/served":
            start("200 OK", [("Content-Type", "application/json")])
            with self._lock:
                told = json.dumps([self._requests, self._bytes])
                self._requests = self._bytes = 0
            return [told.encode()]
        if environment["SERVER_PORT"] == self.slow_port:
            time.sleep(DELAY)

        def counted(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            if environment["REQUEST_METHOD"] == "GET" and environment["PATH_INFO"].count("/") > 1:
                size = next((value for name, value in headers if name.lower() == "content-length"), "0")
                with self._lock:
                    self._requests, self._bytes = self._requests + 1, self._bytes + int(size)
            return start(status, headers, *rest)

        return self._inner(environment, counted)


def main(arguments: list[str]) -> int:
    """Serve one folder."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    os.environ.update(CREDENTIALS)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = Counting(DomainDispatcherApplication(create_backend_app))
    servers = [make_server("127.0.0.1", 0, application, threaded=True) for _ in range(2)]
    application.slow_port = str(servers[1].server_port)
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    urls = [f"http://127.0.0.1:{server.server_port}" for server in servers]
    _fill(urls[0], Path(arguments[0]))
    print(*urls, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        sys.stdin.read()
    return 0


def _fill(url: str, folder: Path) -> None:
    import boto3

    client = boto3.client("s3", endpoint_url=url)
    client.create_bucket(Bucket=BUCKET)
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for path in sorted(folder.rglob("*.parquet")):
        client.put_object(Bucket=BUCKET, Key=path.relative_to(folder).as_posix(), Body=path.read_bytes())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
