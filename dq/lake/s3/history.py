"""What readers see below a prefix, and every version that lies beneath it, at one moment."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from dq.aws.address import Address
from dq.aws.s3 import S3, Listed
from dq.lake.s3.inventory import is_hidden


@dataclass(frozen=True)
class History:
    """All versions and delete markers below a prefix, by one listing.

    Attributes:
        folder: the prefix, with its slash.
        versions: by path relative to it, the newest first. The marks that consoles make for folders (empty
            objects whose names end in a slash) are left out: no reader sees anything in them.
    """

    folder: Address
    versions: Mapping[str, tuple[Listed, ...]]

    @classmethod
    def of(cls, s3: S3, at: Address) -> History:
        """As it is now.

        Raises:
            Forbidden: `s3:ListBucketVersions` is missing.
        """
        folder = at.folder
        found: dict[str, list[Listed]] = {}
        for one in s3.versions(folder):
            path = one.key[len(folder.key) :]
            if path and not (path.endswith("/") and not one.size):
                found.setdefault(path, []).append(one)
        return cls(folder, {path: tuple(stack) for path, stack in sorted(found.items())})

    @cached_property
    def seen(self) -> Mapping[str, Listed]:
        """What readers see: by path, the latest version where it is no delete marker."""
        tops = (
            (path, next((one for one in stack if one.latest), None)) for path, stack in self.versions.items()
        )
        return {path: top for path, top in tops if top is not None and not top.marker}

    @property
    def data(self) -> Mapping[str, Listed]:
        """What engines read of it."""
        return {path: one for path, one in self.seen.items() if not is_hidden(path)}

    @property
    def foreign(self) -> Mapping[str, Listed]:
        """Hidden objects and markers such as `_SUCCESS`."""
        return {path: one for path, one in self.seen.items() if is_hidden(path)}

    @property
    def token(self) -> str | None:
        """Says which state readers see: names, ETags and versions; None when there is nothing to see."""
        if not self.seen:
            return None
        lines = (f"{path}\t{one.etag}\t{one.version}" for path, one in self.seen.items())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]

    def ids(self, path: str) -> tuple[str, ...]:
        """Version ids of everything that was ever at a path and still is."""
        return tuple(one.version or "null" for one in self.versions.get(path, ()))

    def find(self, path: str, version: str | None) -> Listed | None:
        """One version of a path; None when it is gone, or a delete marker."""
        wanted = version or "null"
        stack = self.versions.get(path, ())
        return next((one for one in stack if (one.version or "null") == wanted and not one.marker), None)

    def latest(self, path: str) -> Listed | None:
        """The version or delete marker that decides what readers see; None when there never was one."""
        return next((one for one in self.versions.get(path, ()) if one.latest), None)
