"""Replies of AWS that say no, as errors that help.

What a caller can act upon has a class of its own; everything else says which action failed on which
resource, and what AWS answered. Nothing of a request's headers gets into a message.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dq.errors import DQError


class AwsError(DQError):
    """A request to AWS failed."""


class Forbidden(AwsError):  # noqa: N818 - HTTP's word for it
    """A permission is missing; the message names the action and the resource."""


class Missing(AwsError):  # noqa: N818 - a statement about the resource
    """The bucket, object, table or partition is not there."""


class Changed(AwsError):  # noqa: N818 - a statement about the resource
    """A condition of the request does not hold: somebody else was first."""


class Archived(AwsError):  # noqa: N818 - a statement about the resource
    """The object is in an archive and has to be restored before it can be read."""


_FORBIDDEN = (
    "403",
    "AccessDenied",
    "AccessDeniedException",
    "Forbidden",
    "AllAccessDisabled",
    "UnauthorizedAccess",
)
_MISSING = ("404", "NotFound")
_GONE = ("NotFoundException", "NotFoundError")
"""How codes end that say there is none of something; those of S3 begin with `NoSuch`."""
_CHANGED = (
    "412", "PreconditionFailed", "AlreadyExistsException", "ConcurrentModificationException",
    "409", "ConditionalRequestConflict", "OperationAborted",
)  # fmt: skip
_KEYS = (
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
)


@contextmanager
def asking(action: str, resource: str) -> Iterator[None]:
    """Around one request: what botocore raises becomes an `AwsError`.

    Args:
        action: as IAM spells it, e.g. `s3:GetObject`.
        resource: what it was asked of, e.g. `s3://lake/orders/`.

    Raises:
        Forbidden: the permission is missing.
        Missing: the resource is not there.
        Changed: a condition does not hold.
        AwsError: anything else; also when no credentials are found or the network is away.
    """
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        yield
    except ClientError as error:
        raise _told(error.response.get("Error", {}), action, resource) from error
    except NoCredentialsError as error:
        raise AwsError(
            f"{resource}: no AWS credentials were found for {action}. Set AWS_PROFILE, run where a role is "
            "attached, or name `aws: {profile: ...}` in dq.yml."
        ) from error
    except BotoCoreError as error:
        raise AwsError(f"{resource}: {action} failed: {error}") from error


def _told(answer: dict[str, str], action: str, resource: str) -> AwsError:
    code, said = str(answer.get("Code", "")), answer.get("Message", "")
    if code in _FORBIDDEN:
        return Forbidden(
            f"{resource}: {action} is not allowed to this identity. Add {action} on {resource} to its policy."
        )
    if code in _KEYS:
        return Forbidden(f"{resource}: AWS did not accept the credentials for {action} ({code}).")
    if code == "InvalidObjectState":
        return Archived(f"{resource}: is in an archive; restore it with s3:RestoreObject ({action}).")
    if code in _MISSING or code.startswith("NoSuch") or code.endswith(_GONE):
        return Missing(f"{resource}: not there ({action}: {code}).")
    if code in _CHANGED:
        return Changed(f"{resource}: {action} was refused: {code}.")
    return AwsError(f"{resource}: {action} failed: {code}{f': {said}' if said else ''}")
