"""A store below a prefix on S3. What its files are is said in `dq.store.files`.

An object is created by a conditional write (`If-None-Match: *`), so the first writer wins, and whoever sees
the name sees all of the bytes. Objects are never replaced and never deleted.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import os
import time
from collections.abc import Iterator

from dq.aws.address import Address
from dq.aws.errors import AwsError, Changed, Forbidden, Missing
from dq.aws.s3 import S3
from dq.errors import StoreError
from dq.store.files import FileStore

_WIDTH = 16
"""Requests at once; half of the connections of a client."""
_TRIES = 5


class S3Shelf:
    """Objects below a prefix; implements `dq.store.shelf.Shelf`. Safe for threads.

    Args:
        s3: requests.
        at: bucket and prefix.
    """

    def __init__(self, s3: S3, at: Address) -> None:
        self.s3 = s3
        self.at = at.folder

    @property
    def address(self) -> str:
        """`s3://bucket/prefix`."""
        return str(self.at).rstrip("/")

    @property
    def width(self) -> int:
        """Requests at once."""
        return _WIDTH

    def now(self) -> dt.datetime:
        """The server's clock, once a reply has told it; UTC."""
        return self.s3.session.clock.now()

    def place(self, name: str) -> str:
        """The address of a file."""
        return str(self.at / name)

    def folders(self, folder: str) -> list[str]:
        """Names of the folders in a folder, sorted: one request per thousand.

        Raises:
            AwsError: it cannot be listed.
        """
        return list(self.s3.folders(self.at / folder))

    def names(self, folder: str, beginning: str = "", after: str = "", until: str = "") -> Iterator[str]:
        """Names of the files in a folder and below it, sorted: one request per thousand. See `Shelf.names`.

        Raises:
            AwsError: it cannot be listed.
        """
        base = (self.at / folder).folder
        start = f"{base.key}{after}" if after else ""
        for listed in self.s3.list(Address(base.bucket, f"{base.key}{beginning}"), after=start):
            name = listed.key.removeprefix(base.key)
            if until and name >= until:
                return
            if name and not name.endswith("/"):
                yield name

    def read(self, name: str) -> bytes:
        """The bytes of a file.

        Raises:
            FileNotFoundError: it is not there.
            AwsError: anything else. What cannot be asked for is not the same as what is damaged.
        """
        try:
            return self.s3.get(self.at / name).body
        except Missing as error:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.at / name)) from error

    def create(self, name: str, content: bytes) -> bool:
        """Creates a file exclusively and whole. See `Shelf.create`.

        A lost reply is recognised by the content: names hold ids or hashes, so the same bytes are our own.

        Raises:
            FileExistsError: it is there with other content.
            AwsError: the request failed, and the file is not there.
        """
        for _ in range(_TRIES):
            try:
                self.s3.put(self.at / name, content, if_none_match=True)
            except Forbidden:
                raise
            except AwsError as error:
                there = self._found(name)
                if there == content:
                    return False
                if there is not None:
                    raise FileExistsError(f"{self.at / name}: is there with other content") from error
                if not isinstance(error, Changed):
                    raise
                time.sleep(0.05)  # another writer was refused at the same moment; neither wrote
            else:
                return True
        raise StoreError(f"{self.at / name}: was refused {_TRIES} times, and is not there. Try again.")

    def sweep(self, _folder: str) -> int:
        """None: an object appears whole, so nothing is left behind."""
        return 0

    def _found(self, name: str) -> bytes | None:
        try:
            return self.read(name)
        except (FileNotFoundError, AwsError):
            return None


class S3Store(FileStore):
    """Runs, events and notes below a prefix on S3.

    Args:
        s3: requests.
        at: bucket and prefix.

    Attributes:
        s3: as given.
    """

    def __init__(self, s3: S3, at: Address) -> None:
        self.s3 = s3
        self._at = at.folder
        super().__init__(S3Shelf(s3, at))

    @property
    def home(self) -> Address:
        """The prefix."""
        return self._at

    def now(self) -> dt.datetime:
        """The server's clock; UTC. It is asked once, and what it says needs no permission."""
        if self.s3.session.clock.skew is None:
            with contextlib.suppress(AwsError):
                self.s3.head(self._at / "clock")
        return self.s3.session.clock.now()
