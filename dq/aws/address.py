"""Addresses of objects: `s3://bucket/key`."""

from __future__ import annotations

from dataclasses import dataclass

from dq.errors import UsageError

SCHEME = "s3://"


@dataclass(frozen=True)
class Address:
    """A bucket and a key or prefix in it.

    Attributes:
        bucket: its name.
        key: without a leading slash; empty for the whole bucket. It is taken as it is: nothing is decoded.
    """

    bucket: str
    key: str = ""

    @classmethod
    def parse(cls, text: str) -> Address:
        """From `s3://bucket/key`; `s3a://` and `s3n://`, as Spark and Hive write it, mean the same.

        Raises:
            UsageError: no such address.
        """
        scheme, mark, rest = text.partition("://")
        bucket, _, key = rest.partition("/")
        if not mark or scheme not in ("s3", "s3a", "s3n") or not bucket:
            raise UsageError(f"{text}: no address of an object; expected s3://bucket/key")
        return cls(bucket, key)

    @property
    def folder(self) -> Address:
        """The same as a prefix: with one slash at the end, unless it is the whole bucket."""
        return Address(self.bucket, f"{self.key.rstrip('/')}/" if self.key.rstrip("/") else "")

    def __truediv__(self, name: str) -> Address:
        """What lies below it, as with paths."""
        return Address(self.bucket, f"{self.folder.key}{name}")

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.key}"


def is_remote(text: str) -> bool:
    """Whether a path names an object rather than a local file."""
    return text.startswith(("s3://", "s3a://", "s3n://"))
