"""The requests to S3 that dq makes, each by one method, with its conditions.

Nothing here deletes a version of an object: `hide` puts a delete marker over it, and only in a bucket that
keeps versions. Conditional requests (`If-Match`, `If-None-Match`) are as strong as the server makes them;
callers that depend on them read back (`docs/rollback.md`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dq.aws import copies
from dq.aws.address import Address
from dq.aws.errors import AwsError, Changed, Missing, asking
from dq.aws.options import AwsOptions
from dq.aws.session import Session, session_of


@dataclass(frozen=True)
class Listed:
    """One object, or one version of it, as a listing shows it.

    Attributes:
        key: whole key.
        size: bytes; 0 for a delete marker.
        etag: without quotes; empty for a delete marker. Not a hash of the content where it holds a `-`.
        modified: when it was written; UTC.
        version: version id; None where the listing does not say it, and in a bucket that never kept versions.
        latest: whether readers without a version id see it.
        marker: whether it is a delete marker.
        storage_class: such as `STANDARD` or `GLACIER`.
    """

    key: str
    size: int
    etag: str
    modified: dt.datetime
    version: str | None = None
    latest: bool = True
    marker: bool = False
    storage_class: str = "STANDARD"


@dataclass(frozen=True)
class Read:
    """An object, or a stretch of it, with what the reply said.

    Attributes:
        body: the bytes; empty for a HEAD.
        size: of the whole object.
        etag: without quotes.
        version: version id; None in a bucket that never kept versions.
        metadata: user metadata, names in small letters.
        storage_class: such as `STANDARD`.
        archived: whether the bytes have to be restored before they can be read or copied.
    """

    body: bytes
    size: int
    etag: str
    version: str | None
    metadata: Mapping[str, str] = field(default_factory=dict)
    storage_class: str = "STANDARD"
    archived: bool = False


class S3:
    """Requests to S3 under one identity. Safe for threads.

    Args:
        session: whose client is used.
    """

    def __init__(self, session: Session) -> None:
        self.session = session

    @classmethod
    def of(cls, options: AwsOptions) -> S3:
        """From settings."""
        return cls(session_of(options))

    @property
    def client(self) -> Any:
        """boto3's client."""
        return self.session.client("s3")

    def list(self, at: Address, *, after: str = "") -> Iterator[Listed]:
        """Objects that readers see below a prefix, in the order of their keys.

        Args:
            at: bucket and prefix; the prefix is taken as it is.
            after: keys up to this one are left out.

        Raises:
            Forbidden: `s3:ListBucket` is missing.
            Missing: there is no such bucket.
        """
        more = {"StartAfter": after} if after else {}
        for page in self._pages("list_objects_v2", "s3:ListBucket", at, **more):
            for entry in page.get("Contents", ()):
                yield Listed(
                    entry["Key"],
                    entry["Size"],
                    _plain(entry["ETag"]),
                    entry["LastModified"],
                    storage_class=entry.get("StorageClass", "STANDARD"),
                )

    def folders(self, at: Address) -> tuple[str, ...]:
        """Names directly below a prefix that hold more below them, without slashes, sorted."""
        pages = self._pages("list_objects_v2", "s3:ListBucket", at.folder, Delimiter="/")
        found = (entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", ()))
        return tuple(sorted(prefix.removesuffix("/").rpartition("/")[2] for prefix in found))

    def versions(self, at: Address) -> Iterator[Listed]:
        """All versions and delete markers below a prefix, by key, the newest of each key first.

        Raises:
            Forbidden: `s3:ListBucketVersions` is missing.
        """
        for page in self._pages("list_object_versions", "s3:ListBucketVersions", at):
            entries = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            for entry in sorted(
                entries, key=lambda e: (e["Key"], not e["IsLatest"], -e["LastModified"].timestamp())
            ):
                yield Listed(
                    entry["Key"],
                    entry.get("Size", 0),
                    _plain(entry.get("ETag", "")),
                    entry["LastModified"],
                    _version(entry["VersionId"]),
                    entry["IsLatest"],
                    "ETag" not in entry,
                    entry.get("StorageClass", "STANDARD"),
                )

    def head(self, at: Address, version: str | None = None) -> Read | None:
        """What is known of an object without its bytes; None when there is none.

        Raises:
            Forbidden: `s3:GetObject` is missing; without `s3:ListBucket` also when the object is.
        """
        try:
            with asking("s3:GetObject", str(at)):
                reply = self.client.head_object(**_named(at, version))
        except Missing:
            return None
        return _read(reply, b"", reply["ContentLength"])

    def get(
        self,
        at: Address,
        version: str | None = None,
        *,
        start: int | None = None,
        length: int | None = None,
        if_match: str | None = None,
    ) -> Read:
        """An object, or a stretch of it.

        Args:
            at: the object.
            version: version id; None for what readers see.
            start: first byte; negative for that many bytes from the end; None for the beginning.
            length: bytes; None up to the end.
            if_match: ETag that it must have.

        Raises:
            Missing: it is not there.
            Changed: it has another ETag.
            Forbidden: `s3:GetObject` is missing.
        """
        asked = _named(at, version)
        if start is not None or length is not None:
            first = start or 0
            last = "" if length is None or first < 0 else first + length - 1
            asked["Range"] = f"bytes={first}" if first < 0 else f"bytes={first}-{last}"
        if if_match is not None:
            asked["IfMatch"] = if_match
        with asking("s3:GetObject" if version is None else "s3:GetObjectVersion", str(at)):
            reply = self.client.get_object(**asked)
            body: bytes = reply["Body"].read()
        whole = reply.get("ContentRange", "").rpartition("/")[2]
        return _read(reply, body, int(whole) if whole.isdigit() else reply["ContentLength"])

    def put(
        self,
        at: Address,
        body: bytes,
        *,
        if_none_match: bool = False,
        if_match: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Read:
        """Writes a whole object.

        A reply may be lost and the request repeated: `Changed` can then mean that this very call had written
        it. Callers whose content is their own read back and compare.

        Args:
            at: the object.
            body: its bytes.
            if_none_match: only where there is none.
            if_match: only where it has this ETag.
            metadata: user metadata.

        Raises:
            Changed: the condition does not hold.
            Forbidden: `s3:PutObject` is missing.
        """
        asked = {
            **_named(at),
            "Body": body,
            "Metadata": dict(metadata or {}),
            **_conditions(if_none_match, if_match),
        }
        with asking("s3:PutObject", str(at)):
            reply = self.client.put_object(**asked)
        return _read({**reply, "Metadata": metadata or {}}, b"", len(body))

    def upload(self, path: str, at: Address, *, metadata: Mapping[str, str] | None = None) -> None:
        """Writes a local file as an object, a large one in parts.

        Raises:
            Forbidden: `s3:PutObject` is missing.
        """
        from boto3.exceptions import S3UploadFailedError

        with asking("s3:PutObject", str(at)):
            try:
                self.client.upload_file(path, at.bucket, at.key, ExtraArgs={"Metadata": dict(metadata or {})})
            except S3UploadFailedError as error:
                cause = error.__context__
                raise cause if isinstance(cause, Exception) else error from error

    def download(self, at: Address, path: str, version: str | None = None) -> None:
        """Writes an object to a local file, a large one in parallel parts.

        Raises:
            Missing: it is not there.
        """
        more = {"VersionId": version} if version else None
        with asking("s3:GetObject" if version is None else "s3:GetObjectVersion", str(at)):
            self.client.download_file(at.bucket, at.key, path, ExtraArgs=more)

    def copy(
        self,
        source: Address,
        target: Address,
        *,
        version: str | None = None,
        source_etag: str | None = None,
        if_none_match: bool = False,
        if_match: str | None = None,
        metadata: Mapping[str, str] | None = None,
        added: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Read:
        """Copies one exact version of an object, without its bytes passing through this machine.

        Beyond 5 GB it is copied in parts. The copy's ETag then differs from the source's.

        Args:
            source: the object.
            target: where the copy goes.
            version: of the source; None for what readers see.
            source_etag: that the source must have.
            if_none_match: only where the target is not there.
            if_match: only where the target has this ETag.
            metadata: user metadata of the copy, in place of the source's; None keeps the source's.
            added: user metadata beside that.
            tags: of the copy, in place of the source's; None keeps them, except where it is made in parts.

        Returns:
            What is at the target now, as a HEAD shows it.

        Raises:
            Missing: the source is not there.
            Archived: the source has to be restored from an archive first.
            Changed: a condition does not hold.
            Forbidden: `s3:GetObject(Version)` or `s3:PutObject` is missing.
        """
        size = copies.copy(
            self,
            source,
            target,
            version=version,
            source_etag=source_etag,
            if_none_match=if_none_match,
            if_match=if_match,
            metadata=metadata,
            added=added or {},
            tags=tags,
        )
        made = self.head(target)
        if made is None or made.size != size:
            raise Changed(f"{target}: is not what was just copied to it; another writer is at work.")
        return made

    def hide(self, at: Address, *, if_match: str | None = None, versioned: bool = False) -> str | None:
        """Puts a delete marker over an object; its versions stay.

        Args:
            at: the object.
            if_match: ETag that it must have.
            versioned: the caller has just seen that its bucket keeps versions.

        Returns:
            Version id of the marker, where the server tells it.

        Raises:
            AwsError: the bucket keeps no versions, so the bytes would be lost.
            Changed: it has another ETag than expected, where the server checks that.
            Forbidden: `s3:DeleteObject` is missing.
        """
        if not versioned and self.versioning(at.bucket) != "Enabled":
            raise AwsError(
                f"{at}: its bucket keeps no versions, so hiding it would lose it. Nothing was done."
            )
        more = copies.known(self, "DeleteObject", {} if if_match is None else {"IfMatch": if_match})
        with asking("s3:DeleteObject", str(at)):
            return _version(self.client.delete_object(**_named(at), **more).get("VersionId"))

    def tag(self, at: Address, tags: Mapping[str, str]) -> None:
        """Replaces the tags of an object.

        Raises:
            Forbidden: `s3:PutObjectTagging` is missing.
        """
        named = [{"Key": name, "Value": value} for name, value in tags.items()]
        with asking("s3:PutObjectTagging", str(at)):
            self.client.put_object_tagging(**_named(at), Tagging={"TagSet": named})

    def versioning(self, bucket: str) -> str:
        """`Enabled`, `Suspended`, or empty where versions were never kept.

        Raises:
            Forbidden: `s3:GetBucketVersioning` is missing.
        """
        with asking("s3:GetBucketVersioning", f"s3://{bucket}"):
            return str(self.client.get_bucket_versioning(Bucket=bucket).get("Status", ""))

    def _pages(self, call: str, action: str, at: Address, **more: Any) -> Iterator[Mapping[str, Any]]:
        with asking(action, str(at)):
            pages = self.client.get_paginator(call).paginate(Bucket=at.bucket, Prefix=at.key, **more)
            yield from pages


def _named(at: Address, version: str | None = None) -> dict[str, Any]:
    return {"Bucket": at.bucket, "Key": at.key, **({"VersionId": version} if version else {})}


def _conditions(if_none_match: bool, if_match: str | None) -> dict[str, str]:
    # Without quotes: some servers compare the header with the bare ETag, and AWS takes both.
    return {**({"IfNoneMatch": "*"} if if_none_match else {}), **({"IfMatch": if_match} if if_match else {})}


def _read(reply: Mapping[str, Any], body: bytes, size: int) -> Read:
    return Read(
        body,
        size,
        _plain(reply.get("ETag", "")),
        _version(reply.get("VersionId")),
        {str(name).lower(): str(value) for name, value in reply.get("Metadata", {}).items()},
        reply.get("StorageClass", "STANDARD"),
        copies.is_archived(reply),
    )


def _plain(etag: str) -> str:
    return etag.strip('"')


def _version(version: str | None) -> str | None:
    # `null` is a real version: an object written before its bucket kept versions.
    return version or None
