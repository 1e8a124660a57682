"""Addresses of Iceberg tables: `iceberg://catalog/db.table`, and which state of it is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dq.errors import UsageError

SCHEME = "iceberg://"
MAIN = "main"
"""The branch that readers see."""

_FORM = re.compile(
    r"iceberg://(?P<catalog>[^/@#\s]+)/(?P<table>[^/@#\s]+)(?:@(?P<ref>[^@#\s]+)|#snapshot=(?P<snapshot>\d+))?"
)


@dataclass(frozen=True)
class TableAddress:
    """An Iceberg table in a catalog.

    Attributes:
        catalog: its name in dq's or pyiceberg's configuration.
        table: namespace and name, e.g. `sales.orders`.
        ref: a branch or tag to look at; None for the main branch.
        snapshot: id of a snapshot to look at; None for the newest one.
    """

    catalog: str
    table: str
    ref: str | None = None
    snapshot: int | None = None

    @classmethod
    def parse(cls, text: str) -> TableAddress:
        """From `iceberg://catalog/db.table`, with `@branch`, `@tag` or `#snapshot=id` behind it.

        Raises:
            UsageError: it is no such address.
        """
        found = _FORM.fullmatch(text)
        if found is None or "." not in found["table"].strip("."):
            raise UsageError(
                f"{text}: no address of an Iceberg table; expected iceberg://catalog/db.table, "
                "iceberg://catalog/db.table@branch or iceberg://catalog/db.table#snapshot=123"
            )
        snapshot = int(found["snapshot"]) if found["snapshot"] else None
        return cls(found["catalog"], found["table"], found["ref"], snapshot)

    @property
    def pinned(self) -> bool:
        """Whether a state of the past or beside the main branch is meant, which nobody can roll back."""
        return self.snapshot is not None or self.ref not in (None, MAIN)

    def __str__(self) -> str:
        state = f"@{self.ref}" if self.ref else f"#snapshot={self.snapshot}" if self.snapshot else ""
        return f"{SCHEME}{self.catalog}/{self.table}{state}"


def is_iceberg(text: str) -> bool:
    """Whether a path names an Iceberg table."""
    return text.startswith(SCHEME)
