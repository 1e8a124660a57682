"""Names and types of a relation's columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from dq.errors import did_you_mean
from dq.sql.words import Column

_TEMPORAL = ("DATE", "TIME", "TIMESTAMP", "INTERVAL")
_WHOLE = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT",
    "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "BIGNUM", "VARINT",
)  # fmt: skip
_REAL = ("DOUBLE", "FLOAT", "REAL")


def kind_of(type_text: str) -> str:
    """The family of a type: `whole`, `real`, `decimal`, `text`, `bool`, `date`, `time` or `other`.

    Args:
        type_text: canonical type, e.g. `DECIMAL(10,2)`. `time` stands for every type with a clock.
    """
    head = type_text.split("(")[0].strip().upper()
    if type_text.endswith("]"):
        return "other"
    if head in _WHOLE:
        return "whole"
    if head in _REAL:
        return "real"
    if head == "DECIMAL":
        return "decimal"
    if head == "VARCHAR" or head == "ENUM":
        return "text"
    if head == "BOOLEAN":
        return "bool"
    if head == "DATE":
        return "date"
    if head.startswith(_TEMPORAL) and head != "INTERVAL":
        return "time"
    return "other"


def same_family(left: str, right: str) -> bool:
    """Whether values of two types may be compared without turning one family into another.

    All numbers are one family, and dates with timestamps; a type that holds nothing but null fits any.
    """

    def family(type_text: str) -> str:
        own = kind_of(type_text)
        if own in ("whole", "real", "decimal"):
            return "number"
        if own in ("date", "time"):
            return "clock" if type_text.startswith("TIME") and "STAMP" not in type_text else "moment"
        return type_text if own == "other" else own

    return "NULL" in (_plain(left), _plain(right)) or family(left) == family(right)


def _plain(type_text: str) -> str:
    return type_text.strip('"').upper()


@dataclass(frozen=True)
class Schema:
    """Columns of a relation in their order.

    Attributes:
        columns: names as the data spells them, with canonical types.
    """

    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def _exact(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def _folded(self) -> dict[str, list[Column]]:
        folded: dict[str, list[Column]] = {}
        for column in self.columns:
            folded.setdefault(column.name.lower(), []).append(column)
        return folded

    def find(self, name: str) -> Column | None:
        """The column of that name, or None.

        Case is ignored where that is not ambiguous, as in SQL; it counts for a name in double quotes, as in
        SQL too.
        """
        if name in self._exact:
            return self._exact[name]
        if len(name) > 2 and name[0] == name[-1] == '"':
            return self._exact.get(name[1:-1].replace('""', '"'))
        near = self._folded.get(name.lower(), [])
        return near[0] if len(near) == 1 else None

    def missing(self, name: str) -> str:
        """The sentence that says a column is not there, with the nearest name and the columns there are."""
        shown = ", ".join(self.names[:12]) + (", ..." if len(self.names) > 12 else "")
        return f"column '{name}' does not exist.{did_you_mean(name, self.names)} Columns: {shown}"

    def to_list(self) -> list[list[str]]:
        """`[[name, type], ...]`, JSON-friendly."""
        return [[column.name, column.type] for column in self.columns]
