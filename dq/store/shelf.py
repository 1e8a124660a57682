"""Named files that are created once and never change: what a store stands on.

A store asks nothing else of its storage, so that another storage is one more class with these methods.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Protocol


class Shelf(Protocol):
    """Files by name; names are `/`-separated. Safe for any number of processes at once, without a lock."""

    @property
    def address(self) -> str:
        """Where the files are, for people: a folder, or `s3://bucket/prefix`."""

    @property
    def width(self) -> int:
        """How many reads at once pay off; 1 where a read costs next to nothing and listings are free."""

    def now(self) -> dt.datetime:
        """The present by the clock that all users of the shelf share; UTC."""

    def place(self, name: str) -> str:
        """Where a file is, for messages."""

    def folders(self, folder: str) -> list[str]:
        """Names of the folders in a folder, sorted; empty when it is not there.

        Raises:
            StoreError: it cannot be listed.
        """

    def names(self, folder: str, beginning: str = "", after: str = "", until: str = "") -> Iterator[str]:
        """Names of the files in a folder and below it, from that folder on, sorted.

        Args:
            folder: without a slash at its end; it need not be there.
            beginning: of the names that are wanted.
            after: names up to this one are left out.
            until: names from this one on are left out; empty for none.

        Raises:
            StoreError: it cannot be listed.
        """

    def read(self, name: str) -> bytes:
        """The bytes of a file.

        Raises:
            FileNotFoundError: it is not there.
            OSError: it cannot be read.
        """

    def create(self, name: str, content: bytes) -> bool:
        """Creates a file with this content, whole, or finds it there with the same content.

        Returns:
            True when this call created it; False when it was there already, byte for byte the same.

        Raises:
            FileExistsError: it is there with other content; nothing was changed.
            StoreError: the storage refuses.
        """

    def sweep(self, folder: str) -> int:
        """Removes what writers that died left behind in a folder, not below it; how many files."""
