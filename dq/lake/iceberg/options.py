"""How catalogs are reached, as configured. Holds no secret: values are expanded when a catalog is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class IcebergOptions:
    """Catalogs of Iceberg tables.

    Attributes:
        catalogs: properties of each by name, as pyiceberg spells them; `${NAME}` stands for a variable of
            the environment. A catalog that is not named here is looked for in pyiceberg's own configuration.
        root: folder that relative warehouses and SQLite files start from.
        keep_days: how long the bytes of a validated partition stay protected from the expiry of snapshots.
        quarantine_days: the same for bad bytes; None for good.
    """

    catalogs: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False, hash=False)
    root: Path = Path()
    keep_days: float = 30
    quarantine_days: float | None = None
