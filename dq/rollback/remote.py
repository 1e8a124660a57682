"""Documents as objects on S3, replaced by compare-and-swap on their ETag.

S3 reads what was last written (strong consistency), and decides conditions itself. Servers that only speak
its protocol may ignore a condition, so none is trusted before it was tried (`dq.aws.conditions`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from dq.aws.address import Address
from dq.aws.conditions import check_conditions
from dq.aws.errors import Changed, Missing
from dq.aws.s3 import S3
from dq.errors import StoreError
from dq.rollback.documents import Stale

_TRIES = 5
_WIDTH = 16
"""Requests at once."""
_PAUSE = 0.05
"""Seconds; after a conflict between writers none of which has written (HTTP 409)."""


class S3Documents:
    """Documents below a prefix; implements `dq.rollback.documents.Documents`.

    Args:
        s3: requests.
        at: the store's prefix.
    """

    def __init__(self, s3: S3, at: Address) -> None:
        self._s3 = s3
        self.at = at.folder
        self._seen: dict[str, tuple[str, str]] = {}  # text and its ETag, as last read or written here
        self._checked = False

    def read(self, key: str) -> str | None:
        """The document's text; None when there is none.

        Raises:
            AwsError: it cannot be asked for.
        """
        found = self._get(key)
        return found[0] if found else None

    def create(self, key: str, text: str) -> None:
        """Writes a new document.

        Raises:
            Stale: there is one already; after a lost reply that may be this very text.
            StoreError: conditions do not hold on this server.
            AwsError: the request failed, or its reply was lost.
        """
        self._check()
        for _ in range(_TRIES):
            try:
                self._put(key, text, None)
            except Changed:
                if self._get(key) is not None:
                    raise Stale(key) from None
                time.sleep(_PAUSE)
            else:
                return
        raise StoreError(f"{self._address(key)}: was refused {_TRIES} times, and is not there. Try again.")

    def replace(self, key: str, old: str, new: str) -> None:
        """Writes `new` where `old` is.

        Raises:
            Stale: the present text is not `old`; after a lost reply it may be `new`.
            StoreError: conditions do not hold on this server.
            AwsError: the request failed, or its reply was lost.
        """
        self._check()
        for _ in range(_TRIES):
            seen = self._seen.get(key)
            if seen is None or seen[0] != old:
                seen = self._get(key)
            if seen is None or seen[0] != old:
                raise Stale(key)
            try:
                self._put(key, new, seen[1])
            except (Changed, Missing):
                if self._get(key) != seen:
                    raise Stale(key) from None
                time.sleep(_PAUSE)
            else:
                return
        raise StoreError(f"{self._address(key)}: was refused {_TRIES} times, though nobody changed it.")

    def list(self, prefix: str) -> tuple[str, ...]:
        """Keys of all `.json` documents that begin with a prefix ending in `/`, sorted."""
        found = self._s3.list(self.at / prefix)
        keys = (listed.key.removeprefix(self.at.key) for listed in found)
        return tuple(key for key in keys if key.endswith(".json"))

    def read_all(self, keys: Sequence[str]) -> Sequence[str | None]:
        """The texts of many documents, in the order of the keys, read in parallel."""
        if len(keys) < 2:
            return tuple(self.read(key) for key in keys)
        with ThreadPoolExecutor(_WIDTH) as pool:
            return tuple(pool.map(self.read, keys))

    def _get(self, key: str) -> tuple[str, str] | None:
        try:
            found = self._s3.get(self._address(key))
        except Missing:
            self._seen.pop(key, None)
            return None
        self._seen[key] = found.body.decode("utf-8"), found.etag
        return self._seen[key]

    def _put(self, key: str, text: str, etag: str | None) -> None:
        written = self._s3.put(
            self._address(key), text.encode("utf-8"), if_none_match=etag is None, if_match=etag
        )
        if written.etag:
            self._seen[key] = text, written.etag
        else:
            self._seen.pop(key, None)

    def _check(self) -> None:
        if not self._checked:
            check_conditions(self._s3, self.at)
            self._checked = True

    def _address(self, key: str) -> Address:
        if ".." in key.split("/"):
            raise StoreError(f"Document name {key!r} leaves the store; expected a name below {self.at}.")
        return self.at / key
