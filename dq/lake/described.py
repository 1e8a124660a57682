"""What a catalog says about files that the files, or their paths, do not say themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dq.lake.schema import Schema, same_family
from dq.sql.words import Column

if TYPE_CHECKING:
    from dq.lake.source import Source


@dataclass(frozen=True)
class TextForm:
    """How lines of delimited text are read.

    Attributes:
        names: of the columns, in their order in the lines.
        texts: those of them that hold text, whatever their values look like.
        delimiter: between two values.
        quote: around a value; empty where nothing is quoted.
        escape: before a character that is to be taken as it is; empty for none.
        skip: lines at the beginning of each file that are no data.
        null: what stands for null, besides nothing at all.
    """

    names: tuple[str, ...]
    texts: frozenset[str] = frozenset()
    delimiter: str = ","
    quote: str = ""
    escape: str = ""
    skip: int = 0
    null: str = "\\N"


@dataclass(frozen=True)
class Described:
    """What a catalog says about the files of a source.

    Attributes:
        keys: partition columns, with canonical types. Their values are those of the catalog: a location need
            not name them, and where a file holds such a column as well, that one gets the name `column_1`.
        values: for each file of the source, in their order, one text per key; None for null.
        columns: the columns that readers by the catalog see, without the keys; a type that the engine has no
            name for is empty.
        text: how delimited text is read; None for other formats.
    """

    keys: tuple[Column, ...] = ()
    values: tuple[tuple[str | None, ...], ...] = ()
    columns: tuple[Column, ...] = ()
    text: TextForm | None = None


def remarks_on(source: Source, schema: Schema) -> tuple[str, ...]:
    """How the columns of a source differ from those of its catalog; empty for what no catalog describes."""
    described = getattr(source, "described", None)
    if described is None:
        return ()
    return differences(described, schema, exact=getattr(source, "format", "") == "parquet")


def differences(described: Described, schema: Schema, *, exact: bool) -> tuple[str, ...]:
    """How the columns of files differ from those of the catalog, one sentence each; empty when they agree.

    Args:
        described: by the catalog.
        schema: of the files, as the engine found it.
        exact: whether the files say types themselves (Parquet); else any type of the same family will do.
    """
    known = {column.name.lower() for column in (*described.columns, *described.keys)}
    said = [_difference(column, schema, exact) for column in described.columns]
    said += [
        f"column '{column.name}' ({column.type}) is in the files and not in the catalog; its readers do not "
        "see it"
        for column in schema.columns
        if column.name.lower() not in known
    ]
    return tuple(filter(None, said))


def _difference(column: Column, schema: Schema, exact: bool) -> str:
    found = schema.find(column.name)
    if found is None:
        return f"column '{column.name}' is in the catalog and in none of the files; its readers see null"
    if not column.type or _readable(found.type, column.type, exact=exact):
        return ""
    return (
        f"column '{column.name}' is {column.type} in the catalog and {found.type} in the files; its readers "
        "may fail or see other values"
    )


def _readable(found: str, wanted: str, *, exact: bool) -> bool:
    """Whether a column of the files can be read as the catalog's type without loss."""
    if found == wanted or not exact:
        return same_family(found, wanted)
    return found in _WIDTHS and wanted in _WIDTHS and _WIDTHS.index(found) <= _WIDTHS.index(wanted)


_WIDTHS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
