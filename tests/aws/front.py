"""What stands before the server of the tests: enforces conditions that it ignores, writes down requests.

The server answers 200 to some conditions that AWS checks: `If-Match` and `If-None-Match` of a copy on its
target, the ETags of DeleteObjects, and `VersionId` of Glue's UpdateTable. `Enforcing` checks them before the
server sees the request and answers as AWS does. Tests run with and without it, because dq must be safe on
servers of both kinds.

`Recording` names every request as IAM names actions and resources. It sees what any program asks, whatever
library it asks with.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

Environ = dict[str, Any]
App = Callable[[Environ, Any], Iterable[bytes]]
"""A WSGI application."""
Layer = Callable[[App], App]

ACCOUNT = "123456789012"
"""The server's only account."""
_FAILED = b"<Error><Code>PreconditionFailed</Code><Message>A condition did not hold</Message></Error>"


@dataclass
class Enforcing:
    """Checks the conditions that the server ignores.

    Attributes:
        app: the server.
        refused: how many requests were refused here.
    """

    app: App
    refused: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __call__(self, environ: Environ, start: Any) -> Iterable[bytes]:
        """One request; those that change something one after the other, so that a check still holds."""
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return self.app(environ, start)
        with self._lock:
            answer = self._checked(environ)
            if answer is None:
                return list(self.app(environ, start))
            self.refused += 1
            status, kind, body = answer
            start(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
            return [body]

    def _checked(self, environ: Environ) -> tuple[str, str, bytes] | None:
        if environ.get("HTTP_X_AMZ_TARGET") == "AWSGlue.UpdateTable":
            return _stale_table(json.loads(_body(environ)))
        bucket, key = _named(environ)
        wants, wants_none = environ.get("HTTP_IF_MATCH"), environ.get("HTTP_IF_NONE_MATCH")
        if environ["REQUEST_METHOD"] == "POST" and "delete" in _query(environ):
            return _stale_objects(bucket, _body(environ))
        if not key or (wants is None and wants_none is None) or "uploadId" in _query(environ):
            return None
        present = _etag(bucket, key)
        if wants_none == "*" and present is not None:
            return "412 Precondition Failed", "application/xml", _FAILED
        if wants is not None and wants.strip('"') != present:
            status = "404 Not Found" if present is None else "412 Precondition Failed"
            return (
                status,
                "application/xml",
                _FAILED if present else _FAILED.replace(b"PreconditionFailed", b"NoSuchKey"),
            )
        return None


@dataclass
class Recording:
    """Writes down every request while `recorded` is open.

    Attributes:
        app: the server.
    """

    app: App
    _notes: list[tuple[str, str]] | None = None

    def __call__(self, environ: Environ, start: Any) -> Iterable[bytes]:
        """One request."""
        if self._notes is not None:
            self._notes.extend(actions(environ))
        return self.app(environ, start)

    @contextmanager
    def recorded(self) -> Iterator[set[tuple[str, str]]]:
        """Action and resource of every request within the block; filled when it ends."""
        self._notes = []
        found: set[tuple[str, str]] = set()
        try:
            yield found
        finally:
            found |= set(self._notes)
            self._notes = None


def actions(environ: Environ) -> list[tuple[str, str]]:
    """What IAM asks for one request: action and resource (`bucket`, `bucket/key`, or a name in the catalog).

    A copy needs two. What it needs besides for tags of its source, where there are some, is not told here.
    """
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target.startswith("AWSGlue."):
        asked = json.loads(_body(environ) or b"{}")
        names = [asked.get("DatabaseName"), asked.get("TableName") or asked.get("Name")]
        if isinstance(asked.get("TableInput"), dict):
            names[1] = asked["TableInput"].get("Name")
        return [(f"glue:{target.partition('.')[2]}", "/".join(name for name in names if name))]
    if "s3" not in environ.get("HTTP_AUTHORIZATION", "/s3/").split("/")[3:4]:
        return [(f"{environ.get('HTTP_AUTHORIZATION', '').split('/')[3]}:{environ['PATH_INFO']}", "")]
    return _s3_actions(environ)


_OF_BUCKETS = {
    "versioning": "BucketVersioning",
    "lifecycle": "LifecycleConfiguration",
    "location": "BucketLocation",
    "encryption": "EncryptionConfiguration",
    "object-lock": "BucketObjectLockConfiguration",
    "policy": "BucketPolicy",
    "policyStatus": "BucketPolicyStatus",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "acl": "BucketAcl",
}
"""Query word of a request about a bucket, to the noun of its action."""


def _s3_actions(environ: Environ) -> list[tuple[str, str]]:
    bucket, key = _named(environ)
    query, method = _query(environ), environ["REQUEST_METHOD"]
    if not key:
        word = next((word for word in query if word in _OF_BUCKETS), None)
        if word:
            return [(f"s3:{'Get' if method == 'GET' else 'Put'}{_OF_BUCKETS[word]}", bucket)]
        if method == "POST" and "delete" in query:
            return [("s3:DeleteObject", bucket)]
        listing = "s3:ListBucketVersions" if "versions" in query else "s3:ListBucket"
        return [(listing if method in ("GET", "HEAD") else f"s3:{method.title()}Bucket", bucket)]
    at, of_version = f"{bucket}/{key}", "Version" if "versionId" in query else ""
    if "tagging" in query:
        verb = {"GET": "Get", "PUT": "Put", "DELETE": "Delete"}[method]
        return [(f"s3:{verb}Object{of_version}Tagging", at)]
    if method in ("GET", "HEAD"):
        return [(f"s3:GetObject{of_version}", at)]
    if method == "DELETE":
        return [("s3:AbortMultipartUpload" if "uploadId" in query else f"s3:DeleteObject{of_version}", at)]
    written = [("s3:PutObject", at)]
    if environ.get("HTTP_X_AMZ_TAGGING"):
        written.append(("s3:PutObjectTagging", at))
    source = environ.get("HTTP_X_AMZ_COPY_SOURCE")
    if source is None:
        return written
    name, _, version = unquote(source).lstrip("/").partition("?versionId=")
    return [(f"s3:GetObject{'Version' if version else ''}", name), *written]


def _named(environ: Environ) -> tuple[str, str]:
    """Bucket and key of a request in path style."""
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    bucket, _, key = path.lstrip("/").partition("/")
    return bucket, key


def _query(environ: Environ) -> dict[str, list[str]]:
    return parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)


def _body(environ: Environ) -> bytes:
    """The whole body; the server can read it again."""
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _etag(bucket: str, key: str) -> str | None:
    """Of what readers see now; None when there is nothing, or a delete marker."""
    from moto.backends import get_backend
    from moto.s3.exceptions import S3ClientError

    try:
        found = get_backend("s3")[ACCOUNT]["aws"].get_object(bucket, key)
    except S3ClientError:
        return None
    return None if found is None else str(found.etag).strip('"')


def _stale_objects(bucket: str, body: bytes) -> tuple[str, str, bytes] | None:
    """DeleteObjects with an ETag that no longer holds; AWS would refuse that one object, not the request."""
    from xml.etree import ElementTree

    for one in ElementTree.fromstring(body).iter():  # noqa: S314 - of our own client
        if not one.tag.endswith("Object"):
            continue
        said = {child.tag.rpartition("}")[2]: child.text or "" for child in one}
        if "ETag" in said and said["ETag"].strip('"') != _etag(bucket, said["Key"]):
            return "412 Precondition Failed", "application/xml", _FAILED
    return None


def _stale_table(asked: dict[str, Any]) -> tuple[str, str, bytes] | None:
    from moto.backends import get_backend

    wanted = asked.get("VersionId")
    if wanted is None:
        return None
    for backend in get_backend("glue")[ACCOUNT].values():
        database = backend.databases.get(asked["DatabaseName"])
        table = database.tables.get(asked["TableInput"]["Name"]) if database else None
        if table is not None and str(wanted) != str(max(map(int, table.versions), default=1)):
            body = {"__type": "ConcurrentModificationException", "Message": "The version is not the latest"}
            return "400 Bad Request", "application/x-amz-json-1.1", json.dumps(body).encode()
    return None


@contextmanager
def serving(*layers: Layer) -> Iterator[str]:
    """A server in a thread of this process, on a free port, behind layers; the last one is met first.

    Servers of one process share what they store.
    """
    import logging

    from moto.moto_server import werkzeug_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app: App = werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)
    for layer in layers:
        app = layer(app)
    handler = getattr(werkzeug_app, "MotoRequestHandler", None)  # only in newer versions
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
