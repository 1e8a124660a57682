"""Copies of objects inside S3: their bytes never pass through this machine.

A copy is a new object. What readers and owners of the source rely on goes with it: headers, metadata, the
KMS key and the storage class. Beyond 5 GB it is made of parts, and then has another ETag than its source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from dq.aws.address import Address
from dq.aws.errors import Archived, Changed, asking

if TYPE_CHECKING:
    from dq.aws.s3 import S3

MOST_IN_ONE_COPY = 5 * 2**30
"""Bytes beyond which CopyObject refuses, and parts are copied instead (S3 user guide)."""
PART = 512 * 2**20
AT_ONCE = frozenset(
    (
        "STANDARD",
        "STANDARD_IA",
        "ONEZONE_IA",
        "REDUCED_REDUNDANCY",
        "GLACIER_IR",
        "EXPRESS_ONEZONE",
        "OUTPOSTS",
    )
)
"""Storage classes whose objects can be read at any time. INTELLIGENT_TIERING says it object by object."""
_CARRIED = (
    "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType",
    "ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled",
)  # fmt: skip


def copy(
    s3: S3,
    source: Address,
    target: Address,
    *,
    version: str | None,
    source_etag: str | None,
    if_none_match: bool,
    if_match: str | None,
    metadata: Mapping[str, str] | None,
    added: Mapping[str, str],
    tags: Mapping[str, str] | None,
) -> int:
    """Makes the copy; arguments as of `S3.copy`.

    Returns:
        Bytes that were copied.

    Raises:
        Missing: the source is not there.
        Archived: the source has to be restored from an archive first.
        Changed: a condition does not hold.
    """
    about = _about(s3, source, version)
    etag = about["ETag"].strip('"')
    if source_etag is not None and etag != source_etag:
        raise Changed(f"{source}: has ETag {about['ETag']}; expected {source_etag}.")
    if is_archived(about):
        raise Archived(
            f"{source}: is in the archive ({about.get('StorageClass', 'STANDARD')}) and cannot be copied. "
            "Restore it with s3:RestoreObject, wait until that is done, and try again."
        )
    asked: dict[str, Any] = {
        "Bucket": target.bucket,
        "Key": target.key,
        **{name: about[name] for name in _CARRIED if about.get(name)},
        "Metadata": {**(about.get("Metadata", {}) if metadata is None else metadata), **added},
    }
    if about.get("StorageClass") in AT_ONCE:
        asked["StorageClass"] = about["StorageClass"]
    if tags is not None:
        asked["Tagging"] = urlencode(tags)
    conditions: dict[str, str] = {
        **({"IfNoneMatch": "*"} if if_none_match else {}),
        **({"IfMatch": if_match} if if_match else {}),
    }
    origin = {"Bucket": source.bucket, "Key": source.key, **({"VersionId": version} if version else {})}
    if about["ContentLength"] > MOST_IN_ONE_COPY:
        _in_parts(s3, origin, about["ContentLength"], etag, asked, conditions)
        return int(about["ContentLength"])
    if tags is not None:
        asked["TaggingDirective"] = "REPLACE"
    with asking("s3:PutObject", f"{target} (copied from {source})"):
        s3.client.copy_object(
            **asked,
            **known(s3, "CopyObject", conditions),
            CopySource=origin,
            CopySourceIfMatch=etag,
            MetadataDirective="REPLACE",
        )
    return int(about["ContentLength"])


def is_archived(about: Mapping[str, Any]) -> bool:
    """Whether an object cannot be read now, by the reply to a HEAD; a finished restore makes it readable."""
    if about.get("ArchiveStatus"):
        return True
    slow = about.get("StorageClass", "STANDARD") in ("GLACIER", "DEEP_ARCHIVE")
    return slow and 'ongoing-request="false"' not in about.get("Restore", "")


def known(s3: S3, operation: str, wanted: Mapping[str, str]) -> dict[str, str]:
    """The conditions that the installed boto3 can send; callers read back what the others were for."""
    members = s3.client.meta.service_model.operation_model(operation).input_shape.members
    return {name: value for name, value in wanted.items() if name in members}


def _about(s3: S3, source: Address, version: str | None) -> Mapping[str, Any]:
    asked = {"Bucket": source.bucket, "Key": source.key, **({"VersionId": version} if version else {})}
    said = f"{source} in version {version}" if version else str(source)
    with asking("s3:GetObject" if version is None else "s3:GetObjectVersion", said):
        reply: Mapping[str, Any] = s3.client.head_object(**asked)
    return reply


def _in_parts(
    s3: S3,
    origin: Mapping[str, str],
    size: int,
    etag: str,
    asked: Mapping[str, Any],
    conditions: Mapping[str, str],
) -> None:
    named = {"Bucket": asked["Bucket"], "Key": asked["Key"]}
    with asking("s3:PutObject", f"s3://{named['Bucket']}/{named['Key']} (copied in parts)"):
        upload = s3.client.create_multipart_upload(**asked)["UploadId"]
        try:
            parts = []
            for number, first in enumerate(range(0, size, PART), start=1):
                last = min(first + PART, size) - 1
                reply = s3.client.upload_part_copy(
                    **named,
                    UploadId=upload,
                    PartNumber=number,
                    CopySource=dict(origin),
                    CopySourceIfMatch=etag,
                    CopySourceRange=f"bytes={first}-{last}",
                )
                parts.append({"PartNumber": number, "ETag": reply["CopyPartResult"]["ETag"]})
            s3.client.complete_multipart_upload(
                **named,
                UploadId=upload,
                MultipartUpload={"Parts": parts},
                **known(s3, "CompleteMultipartUpload", conditions),
            )
        except BaseException:
            s3.client.abort_multipart_upload(**named, UploadId=upload)
            raise
