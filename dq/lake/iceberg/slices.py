"""Partitions of an Iceberg table by name: which data files are of one, and which rows.

A table says how it is partitioned by fields, each of a column and a transform. A partition is named by the
fields themselves, with values as Iceberg shows them: `carrier=AA` for a column as it is, `ts_day=2013-02-08`
for days of a time. Fields that split a load without meaning (buckets, truncated texts) cannot be named; the
files of all of them belong to the slice that the others name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from dq.errors import UsageError, did_you_mean
from dq.lake.manifest import Partition

NULL = "__HIVE_DEFAULT_PARTITION__"
"""The value of rows where the column is null, by Hive's word for it, as with folders."""

_TIMES = {"year": "2013", "month": "2013-02", "day": "2013-02-08", "hour": "2013-02-08-03"}
_PARSED = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d", "hour": "%Y-%m-%d-%H"}


@dataclass(frozen=True)
class Field:
    """One partition field that can be named.

    Attributes:
        name: as the table calls it.
        place: its index in a data file's partition.
        column: the column that it is made of.
        kind: type of that column, as pyiceberg's.
        transform: `identity`, `year`, `month`, `day` or `hour`.
        shown: says a value as Iceberg shows it.
    """

    name: str
    place: int
    column: str
    kind: Any
    transform: str
    shown: Any


class Slicing:
    """How a table is partitioned now.

    Args:
        schema: pyiceberg's schema.
        spec: pyiceberg's partition spec.
        table: what to call the table in messages.

    Attributes:
        fields: those that can be named, in the spec's order.
        others: names of those that cannot, with their transforms.
        spec_id: of the spec.
    """

    def __init__(self, schema: Any, spec: Any, table: str) -> None:
        self.table = table
        self.spec_id: int = spec.spec_id
        self.others: dict[str, str] = {}
        fields = []
        for place, field in enumerate(spec.fields):
            word = str(field.transform)
            if word == "identity" or word in _TIMES:
                column = schema.find_column_name(field.source_id)
                kind = schema.find_type(field.source_id)
                fields.append(Field(field.name, place, column, kind, word, field.transform.to_human_string))
            elif word != "void":
                self.others[field.name] = word
        self.fields = tuple(fields)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the fields that name a partition."""
        return tuple(field.name for field in self.fields)

    def partition_of(self, file: Any, names: tuple[str, ...] | None = None) -> Partition:
        """The partition that a data file of this spec belongs to, by these fields or by all."""
        fields = {field.name: field for field in self.fields}
        return Partition(
            tuple(
                (name, _name(fields[name], file.partition[fields[name].place]))
                for name in (self.columns if names is None else names)
            )
        )

    def covers(self, fields: Iterable[Field]) -> bool:
        """Whether every file of this spec has one value of each of some fields, maybe of another spec."""
        mine = {(field.name, field.column, field.transform) for field in self.fields}
        return all((field.name, field.column, field.transform) in mine for field in fields)

    def holds(self, partition: Partition, file: Any) -> bool:
        """Whether a data file of this spec belongs to a partition."""
        return set(partition.values) <= set(self.partition_of(file).values)

    def filter(self, partition: Partition) -> Any:
        """Exactly the rows of a partition, as pyiceberg's expression.

        Raises:
            UsageError: a name is no partition field, or a value is none that it can have.
        """
        from pyiceberg.expressions import AlwaysTrue, And

        rows: Any = AlwaysTrue()
        for field, value in self.checked(partition):
            rows = And(rows, _rows(field, value, self.table))
        return rows

    def checked(self, partition: Partition) -> Iterator[tuple[Field, str]]:
        """The fields that a partition names, and their values.

        Raises:
            UsageError: a name is no partition field that can be named.
        """
        known = {field.name: field for field in self.fields}
        for name, value in partition.values:
            if name not in known:
                raise UsageError(f"{self.table}: {self._unknown(name)}")
            yield known[name], value

    def _unknown(self, name: str) -> str:
        if name in self.others:
            return (
                f"'{name}' is {self.others[name]} of a column, which splits a load by hash or by letters; it "
                "is no slice that can be judged or rolled back by itself. Name the other fields, or none."
            )
        of_column = [field.name for field in self.fields if field.column == name]
        if of_column:
            field = next(f for f in self.fields if f.name == of_column[-1])
            return (
                f"the table is partitioned by {field.transform} of '{name}'; name it "
                f"{field.name}={_TIMES[field.transform]}"
            )
        if not self.fields:
            return f"the table has no partitions that can be named; leave '{name}' out"
        return (
            f"partitioned by {', '.join(self.columns)}; '{name}' is no partition field."
            f"{did_you_mean(name, self.columns)}"
        )


def _name(field: Field, value: Any) -> str:
    return NULL if value is None else str(field.shown(field.kind, value))


def _rows(field: Field, value: str, table: str) -> Any:
    from pyiceberg.expressions import And, EqualTo, GreaterThanOrEqual, IsNull, LessThan

    if value == NULL:
        return IsNull(field.column)
    if field.transform == "identity":
        return EqualTo(field.column, _literal(field, value, table))
    first, end = _stretch(field, value, table)
    return And(GreaterThanOrEqual(field.column, first), LessThan(field.column, end))


def _literal(field: Field, value: str, table: str) -> Any:
    """A value of the field's type; written in another way than Iceberg's it would be a second name.

    Raises:
        UsageError: the type has no such value.
    """
    from pyiceberg.expressions.literals import literal

    try:
        found = literal(value).to(field.kind)
        shown = _name(field, found.value)
    except Exception:  # noqa: BLE001 - pyiceberg raises what its parsers raise: errors of many kinds
        raise UsageError(
            f"{table}: '{field.name}' is of type {field.kind}; it has no value {value!r}"
        ) from None
    if shown != value:
        raise UsageError(f"{table}: partition {field.name}={value} is named {field.name}={shown} in Iceberg")
    return found


def _stretch(field: Field, value: str, table: str) -> tuple[str, str]:
    """First moment of a year, month, day or hour, and of the next one, as pyiceberg reads them."""
    try:
        first = dt.datetime.strptime(value, _PARSED[field.transform])
        if first.strftime(_PARSED[field.transform]).zfill(len(_TIMES[field.transform])) != value:
            raise ValueError
        end = _next(first, field.transform)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{table}: '{field.name}' is the {field.transform} of '{field.column}'; expected a value such as "
            f"{_TIMES[field.transform]}, got {value!r}"
        ) from None
    if str(field.kind) == "date":
        return first.date().isoformat(), end.date().isoformat()
    zone = "+00:00" if str(field.kind).startswith("timestamptz") else ""
    return f"{first.isoformat()}{zone}", f"{end.isoformat()}{zone}"


def _next(first: dt.datetime, transform: str) -> dt.datetime:
    if transform == "year":
        return first.replace(year=first.year + 1)
    if transform == "month":
        return first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return first + (dt.timedelta(days=1) if transform == "day" else dt.timedelta(hours=1))
