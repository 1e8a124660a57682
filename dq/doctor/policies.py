"""The least that an identity must be allowed to do, role by role, as an IAM policy.

A test records every request of a validation, a publish and a rollback and compares: a request that no
statement allows fails it, and so does an action that nothing used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from dq.aws.address import Address
from dq.errors import UsageError, did_you_mean

Role = Literal["validate", "publish", "rollback"]

_LIST = ("s3:ListBucket",)
_LIST_VERSIONS = ("s3:ListBucket", "s3:ListBucketVersions")
_READ = ("s3:GetObject", "s3:GetObjectVersion")
_WRITE = ("s3:AbortMultipartUpload", "s3:PutObject")
_TAG = ("s3:PutObjectTagging",)
_COPY_TAGS = ("s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:PutObjectTagging")
"""S3 itself asks for these where an object that is copied has tags."""
_LOAD_TAGS = ("s3:DeleteObjectTagging", "s3:GetObjectTagging", "s3:PutObjectTagging")
"""A load stays where it is; whether it is quarantined is a tag of its objects."""
_SETTINGS = ("s3:GetBucketVersioning",)
_KEEPING = ("s3:GetLifecycleConfiguration",)


@dataclass(frozen=True)
class Around:
    """What a policy is about.

    Attributes:
        table: prefix of the table's objects.
        home: prefix of the store, and of the bytes that dq keeps.
        database: of the Glue catalog; empty for a table that is named by its prefix.
        name: of the table in it.
        partitioned: whether that table has partitions; one without is changed by its own location.
    """

    table: Address
    home: Address
    database: str = ""
    name: str = ""
    partitioned: bool = True

    @property
    def loads(self) -> Address:
        """Prefix of the immutable loads of a table in the catalog."""
        return Address(self.table.bucket, f"{self.table.key.rstrip('/')}.loads/")


def policy(role: str, around: Around) -> dict[str, Any]:
    """An IAM policy document.

    Args:
        role: `validate` (look and record), `publish` (also make loads visible) or `rollback` (also take
            partitions out of sight and put bytes back).
        around: table and store.

    Raises:
        UsageError: no such role.
    """
    roles = get_args(Role)
    if role not in roles:
        raise UsageError(f"no role '{role}'.{did_you_mean(role, roles)} There are: {', '.join(roles)}.")
    statements = [
        *_store(around),
        *(_catalog(role, around) if around.database else _in_place(role, around)),
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _store(around: Around) -> list[dict[str, Any]]:
    """Records, notes, states and journals: listed, read, and written."""
    return [
        _bucket("StoreList", _LIST, [around.home]),
        _objects("StoreObjects", (*_READ, *_WRITE), [around.home]),
    ]


def _in_place(role: str, around: Around) -> list[dict[str, Any]]:
    listing, table = (*_LIST_VERSIONS, *_SETTINGS), [around.table]
    looked_at = _bucket("TableList", (*listing, *_KEEPING), table)
    if role == "validate":
        return [looked_at, _objects("TableRead", _READ, table)]
    return [
        looked_at,
        _objects("TableChange", (*_READ, *_WRITE, *_COPY_TAGS, "s3:DeleteObject"), table),
        _objects("QuarantineTag", _TAG, [around.home]),
    ]


def _catalog(role: str, around: Around) -> list[dict[str, Any]]:
    both = [around.table, around.loads]
    partitions = ("glue:GetPartition", "glue:GetPartitions") if around.partitioned else ()
    looking = ("glue:GetTable", *partitions)
    read = [
        _bucket("TableList", _LIST, [around.table]),
        _objects("TableRead", _READ, both),
    ]
    if role == "validate":
        return [_glue("CatalogRead", looking, around), *read]
    changing: tuple[str, ...] = ("glue:CreatePartition", "glue:UpdatePartition")
    if not around.partitioned:
        changing = ("glue:UpdateTable",)
    elif role == "rollback":
        changing = (*changing, "glue:DeletePartition")
    return [
        _glue("CatalogChange", (*looking, *changing), around),
        *read,
        _objects("LoadsChange", (*_WRITE, *_LOAD_TAGS), [around.loads]),
        _objects("QuarantineTag", _TAG, [around.home]),
    ]


def _bucket(name: str, actions: Sequence[str], below: Iterable[Address]) -> dict[str, Any]:
    return {
        "Sid": name,
        "Effect": "Allow",
        "Action": sorted(actions),
        "Resource": sorted({f"arn:aws:s3:::{at.bucket}" for at in below}),
    }


def _objects(name: str, actions: Sequence[str], below: Iterable[Address]) -> dict[str, Any]:
    resources = sorted({f"arn:aws:s3:::{at.bucket}/{at.folder.key}*" for at in below})
    return {"Sid": name, "Effect": "Allow", "Action": sorted(actions), "Resource": resources}


def _glue(name: str, actions: Sequence[str], around: Around) -> dict[str, Any]:
    arn = "arn:aws:glue:*:*:"
    return {
        "Sid": name,
        "Effect": "Allow",
        "Action": sorted(actions),
        "Resource": [
            f"{arn}catalog",
            f"{arn}database/{around.database}",
            f"{arn}table/{around.database}/{around.name}",
        ],
    }


def allows(document: Mapping[str, Any], action: str, resource: str) -> bool:
    """Whether a policy of `policy` allows an action on a resource; `*` stands for any text.

    Args:
        document: the policy.
        action: as IAM spells it.
        resource: its ARN.
    """
    from fnmatch import fnmatchcase

    return any(
        action in statement["Action"]
        and any(fnmatchcase(resource, pattern) for pattern in statement["Resource"])
        for statement in document["Statement"]
    )
