"""What a catalog says about files that the files, or their paths, do not say themselves."""

from __future__ import annotations

from dataclasses import dataclass

from dq.sql.words import Column


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
