"""What the definition of a table means: its format, the types of its columns, what can be done with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dq.aws.glue import CatalogEntry, CatalogTable
from dq.errors import DataError
from dq.lake.described import TextForm
from dq.lake.source import Format
from dq.sql.words import Column

_SERDES: Mapping[str, Format] = {
    "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe": "parquet",
    "org.apache.hadoop.hive.serde2.OpenCSVSerde": "csv",
    "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe": "csv",
    "org.openx.data.jsonserde.JsonSerDe": "json",
    "org.apache.hive.hcatalog.data.JsonSerDe": "json",
    "com.amazonaws.glue.serde.JsonSerDe": "json",
}
_OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"

_TYPES: Mapping[str, str] = {
    "string": "VARCHAR",
    "char": "VARCHAR",
    "varchar": "VARCHAR",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "long": "BIGINT",
    "boolean": "BOOLEAN",
    "float": "FLOAT",
    "double": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "binary": "BLOB",
}
NULL_VALUE = "__HIVE_DEFAULT_PARTITION__"
"""What Hive writes for a partition whose value is null."""


def engine_type(kind: str) -> str:
    """The canonical type for a Hive type, e.g. `DECIMAL(10,2)`; empty for nested and unknown ones."""
    head, _, inner = kind.lower().replace(" ", "").partition("(")
    if head == "decimal":
        return f"DECIMAL({inner.rstrip(')') or '10,0'})"
    return _TYPES.get(head, "")


def keys_of(table: CatalogTable) -> tuple[Column, ...]:
    """Partition keys with canonical types.

    Raises:
        DataError: a key is of a type that no partition value has.
    """
    found = tuple(Column(name, engine_type(kind)) for name, kind in table.keys)
    for key, (_, kind) in zip(found, table.keys, strict=True):
        if not key.type:
            raise DataError(f"{table.address}: partition key '{key.name}' is of type {kind}, unknown to dq")
    return found


def columns_of(entry: CatalogEntry) -> tuple[Column, ...]:
    """Columns with canonical types, those of nested types with an empty one."""
    return tuple(Column(name, engine_type(kind)) for name, kind in entry.columns)


def format_of(entry: CatalogEntry, what: str) -> Format:
    """The format of a table's or partition's files, by its SerDe.

    Args:
        entry: table or partition.
        what: it is called in messages.

    Raises:
        DataError: another format than Parquet, delimited text and JSON lines.
    """
    serde = _serde(entry).get("SerializationLibrary") or ""
    if "SymlinkTextInputFormat" in str(entry.storage.get("InputFormat")):
        raise DataError(
            f"{what}: its files are lists of other files (symlink manifests); dq does not read those"
        )
    if serde not in _SERDES:
        raise DataError(
            f"{what}: format {serde.rpartition('.')[2] or 'unnamed'} is not one that dq reads; "
            "expected Parquet, delimited text or JSON lines"
        )
    return _SERDES[serde]


def text_form_of(entry: CatalogEntry, table: CatalogTable) -> TextForm:
    """How the delimited text of a table or partition is read.

    Args:
        entry: whose SerDe counts.
        table: whose columns name those in the lines, and whose properties say how many lines to skip.
    """
    serde = _serde(entry)
    asked: Mapping[str, str] = serde.get("Parameters") or {}
    skip = {**table.parameters, **entry.parameters, **asked}.get("skip.header.line.count", "0")
    columns = columns_of(entry) or columns_of(table)
    open_csv = serde.get("SerializationLibrary") == _OPEN_CSV
    delimiter = asked.get("separatorChar") or asked.get("field.delim") or asked.get("serialization.format")
    return TextForm(
        tuple(column.name for column in columns),
        frozenset(column.name for column in columns if column.type == "VARCHAR"),
        _character(delimiter, "," if open_csv else "\x01"),
        _character(asked.get("quoteChar"), '"') if open_csv else _character(asked.get("quote.delim"), ""),
        _character(asked.get("escapeChar"), "\\") if open_csv else _character(asked.get("escape.delim"), ""),
        int(skip) if skip.isdigit() else 0,
        asked.get("serialization.null.format") or "\\N",
    )


def unreadable(table: CatalogTable) -> str:
    """Why the files of a table are not its rows; empty where they are."""
    kind = table.parameters.get("table_type", "").upper()
    provider = table.parameters.get("spark.sql.sources.provider", "").lower()
    if table.kind == "VIRTUAL_VIEW":
        return "it is a view, which has no files; name the tables that it reads"
    if kind == "ICEBERG":
        return "it is an Iceberg table; name it iceberg://, so that deleted rows and snapshots count"
    if "DELTA" in kind or provider == "delta":
        return "it is a Delta table; its files hold rows that were deleted"
    if "hudi" in str(table.storage.get("InputFormat")).lower() or provider == "hudi":
        return "it is a Hudi table; its files hold rows that were replaced"
    if not table.location:
        return "the catalog names no location"
    return ""


def projected(table: CatalogTable) -> bool:
    """Whether readers compute partitions by rules and never look at those in the catalog."""
    return table.parameters.get("projection.enabled", "").lower() == "true"


def projected_location(table: CatalogTable, values: Mapping[str, str]) -> str:
    """Where readers look for a partition of a table with partition projection.

    Args:
        table: with `projection.enabled`.
        values: of every key.
    """
    padded = {name: _padded(table, name, values[name]) for name, _ in table.keys}
    template = table.parameters.get("storage.location.template")
    if template is None:
        return table.location.rstrip("/") + "".join(f"/{name}={text}" for name, text in padded.items()) + "/"
    return re.sub(r"\$\{(\w+)\}", lambda found: padded.get(found.group(1), found.group(0)), template)


def _padded(table: CatalogTable, name: str, value: str) -> str:
    digits = table.parameters.get(f"projection.{name}.digits", "")
    return value.zfill(int(digits)) if digits.isdigit() else value


def _serde(entry: CatalogEntry) -> Mapping[str, Any]:
    found: Mapping[str, Any] = entry.storage.get("SerdeInfo") or {}
    return found


def _character(text: object, default: str) -> str:
    """One character, as SerDe properties spell it: itself, a backslash and a letter, or a number."""
    found = str(text) if text else default
    named = {"\\t": "\t", "\\n": "\n", "\\\\": "\\", "\\001": "\x01", "\\u0001": "\x01"}
    if found in named:
        return named[found]
    return chr(int(found)) if found.isdigit() and len(found) < 4 and int(found) < 32 else found
