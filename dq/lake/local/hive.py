"""Partition values as folder names: `date=2013-02-08/hour=03`, escaped so that none can leave its place."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote, unquote

from dq.lake.manifest import Partition


def component(column: str, value: str) -> str:
    """One folder name. Everything but letters, digits, `-._~` is percent-encoded, as Arrow and DuckDB do."""
    return f"{quote(column, safe='')}={quote(value, safe='')}"


def pair(name: str) -> tuple[str, str] | None:
    """The inverse of `component`; None when the name is not of the form `column=value`."""
    column, sign, value = name.partition("=")
    if not sign or not column or column.startswith((".", "_")):
        return None
    return unquote(column), unquote(value)


def relative(partition: Partition) -> Path:
    """The escaped relative path of a partition; `.` for a whole table."""
    return Path(*(component(column, value) for column, value in partition.values))


def find(base: Path, partition: Partition) -> Path:
    """The folder or link of a partition below `base`, whatever way its writer escaped the values.

    Spark, Hive and Arrow escape different characters. An existing name that decodes to the wanted values is
    taken; where there is none, the escaped name is returned, which then does not exist.
    """
    here = base
    for column, value in partition.values:
        exact = here / component(column, value)
        here = exact if os.path.lexists(exact) else _decoded(here, (column, value)) or exact
    return here


def _decoded(folder: Path, wanted: tuple[str, str]) -> Path | None:
    try:
        names = sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return next((folder / name for name in names if pair(name) == wanted), None)


def walk(table: Path) -> list[Partition]:
    """Every partition below a table folder; `[Partition()]` when its folders are not named `column=value`.

    A link is a partition and is not looked into. A missing table has no partitions.
    """
    if not os.path.lexists(table):
        return []
    if table.is_symlink():
        return [Partition()]
    found: list[Partition] = []
    _walk(table, (), found)
    inner = {tuple(columns[:depth]) for columns in _columns(found) for depth in range(len(columns))}
    whole = [
        partition for partition, columns in zip(found, _columns(found), strict=True) if columns not in inner
    ]
    return sorted(whole, key=lambda partition: partition.values)


def _columns(found: list[Partition]) -> list[tuple[str, ...]]:
    """Column names of each; an emptied outer folder shows itself by having fewer than the others."""
    return [tuple(column for column, _ in partition.values) for partition in found]


def _walk(folder: Path, values: tuple[tuple[str, str], ...], found: list[Partition]) -> None:
    children, empty = [], True
    with os.scandir(folder) as entries:
        for entry in entries:
            empty = False
            named = pair(entry.name)
            if named and (entry.is_symlink() or entry.is_dir(follow_symlinks=False)):
                children.append((entry, named))
    if not children and (values or not empty):
        found.append(Partition(values))
    for entry, named in children:
        if entry.is_symlink():
            found.append(Partition((*values, named)))
        else:
            _walk(Path(entry.path), (*values, named), found)
