"""What the footers of Parquet files say exactly.

Row counts and null counts are exact where present. Minimum and maximum are taken only for types whose
statistics are written exactly: whole numbers, decimals, dates and timestamps without a zone. Text statistics
may be truncated and float statistics may hide a NaN, so those columns are scanned. So is a column that the
files hold in different types: the order of `'10'` and `'9'` as text is not their order as numbers.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import duckdb

from dq.lake.schema import Schema, kind_of
from dq.lake.source import FileSource
from dq.plan import ColumnFacts, RelationFacts
from dq.sql.words import Column

_QUERY = """
SELECT file_name, row_group_id, path_in_schema, num_values, stats_null_count, stats_min_value,
    stats_max_value, stats_distinct_count, contains(encodings, 'DICTIONARY')
FROM parquet_metadata(?)
"""
_MIXED = """
SELECT name FROM parquet_schema(?) GROUP BY name
HAVING count(DISTINCT concat_ws('|', type, type_length, converted_type, logical_type, scale, precision)) > 1
"""
_ROWS = "SELECT coalesce(sum(num_rows), 0)::BIGINT FROM parquet_file_metadata(?)"


_MOST_GROUPS = 10_000
"""Row groups beyond which facts of each are not kept."""


@dataclass
class _Seen:
    """What one column's chunks said so far."""

    chunks: int = 0
    values: int = 0
    nulls: int | None = 0
    bounded: bool = True
    ascending: bool = True
    low: Any = None
    high: Any = None
    distinct: int | None = 0
    rows: int = 0
    plain: bool = True


def parquet_facts(con: duckdb.DuckDBPyConnection, source: FileSource, schema: Schema) -> RelationFacts:
    """Facts of files that are read as one relation.

    Args:
        con: any connection.
        source: Parquet files, at least one.
        schema: of the relation; columns that come from folder names (Hive) get no facts.

    Raises:
        duckdb.Error: a footer cannot be read.
    """
    files = list(source.files)
    ((rows,),) = con.execute(_ROWS, [files]).fetchall()
    mixed = {name for (name,) in con.execute(_MIXED, [files]).fetchall()}
    outside = _folder_columns(files) if source.hive else set()
    if source.described is not None:
        outside |= {key.name.lower() for key in source.described.keys}
    readers = {
        column.name: None if column.name in mixed else _reader(column)
        for column in schema.columns
        if column.name.lower() not in outside
    }
    seen: dict[str, _Seen] = {}
    groups: dict[tuple[str, int], dict[str, _Seen]] = {}
    dictionaries = False
    for file, group, path, values, nulls, low, high, distinct, encoded in con.execute(
        _QUERY, [files]
    ).fetchall():
        apart = groups.setdefault((file, group), {})
        if path in readers:
            chunk = apart[path] = _Seen()
            _add(chunk, readers[path], values, nulls, low, high)
            _join(seen.setdefault(path, _Seen()), chunk)
            _add_distinct(seen[path], values, distinct, encoded)
        dictionaries = dictionaries or encoded
    # A column that some file or row group lacks is null there, which no statistics say.
    whole = {name: about for name, about in seen.items() if about.chunks == len(groups)}
    columns = {name: replace(_facts(about), **_hints(about, dictionaries)) for name, about in whole.items()}
    bounded = {name for name, about in columns.items() if about.bounded}
    each = () if len(groups) > _MOST_GROUPS else tuple(_group(apart, bounded) for apart in groups.values())
    return RelationFacts(rows=rows, columns=columns, groups=each)


def _group(apart: Mapping[str, _Seen], bounded: set[str]) -> RelationFacts:
    rows = max((chunk.values for chunk in apart.values()), default=0)
    return RelationFacts(rows, {name: _facts(chunk) for name, chunk in apart.items() if name in bounded})


def _folder_columns(files: Iterable[str]) -> set[str]:
    """Names before `=` in the folders above the files, in small letters: there the folder decides."""
    parts = (part for file in files for part in os.path.dirname(file).split(os.sep))
    return {part.partition("=")[0].lower() for part in parts if "=" in part}


def _add(
    seen: _Seen, read: Callable[[str], Any] | None, values: int, nulls: int | None, low: Any, high: Any
) -> None:
    """What one chunk says, into an empty `seen`."""
    seen.chunks = 1
    seen.values = values
    if not values:
        return
    seen.nulls = nulls
    if nulls is not None and nulls == values:
        return
    if read is None or low is None or high is None:
        seen.bounded = seen.ascending = False
        return
    try:
        seen.low, seen.high = read(low), read(high)
    except (ValueError, ArithmeticError):
        seen.bounded = seen.ascending = False


def _join(seen: _Seen, chunk: _Seen) -> None:
    """What the next chunk says, added to what those before it said."""
    seen.chunks += chunk.chunks
    seen.values += chunk.values
    seen.nulls = None if chunk.nulls is None or seen.nulls is None else seen.nulls + chunk.nulls
    if not chunk.bounded:
        seen.bounded = seen.ascending = False
    elif chunk.low is not None:
        if seen.high is not None and chunk.low <= seen.high:
            seen.ascending = False
        seen.low = chunk.low if seen.low is None else min(seen.low, chunk.low)
        seen.high = chunk.high if seen.high is None else max(seen.high, chunk.high)


def _add_distinct(seen: _Seen, values: int, distinct: int | None, encoded: bool) -> None:
    if encoded:
        seen.plain = False
    if distinct is None or seen.distinct is None:
        seen.distinct = None
    elif distinct >= seen.distinct:
        seen.distinct, seen.rows = distinct, values


def _hints(seen: _Seen, dictionaries: bool) -> dict[str, Any]:
    """How many distinct values there seem to be: of the row group with the most, where each group says it.

    A writer that uses dictionaries, but none for this column, found too many values for one.
    """
    if seen.distinct:
        return {"distinct": seen.distinct, "probed": seen.rows}
    return {"varied": dictionaries and seen.plain}


def _facts(seen: _Seen) -> ColumnFacts:
    if not seen.bounded:
        return ColumnFacts(nulls=seen.nulls)
    return ColumnFacts(
        nulls=seen.nulls,
        bounded=seen.nulls is not None,
        low=seen.low,
        high=seen.high,
        ascending=seen.ascending and seen.low is not None,
    )


def _reader(column: Column) -> Callable[[str], Any] | None:
    """How the text of a statistic becomes a value; None where statistics are not exact."""
    kind = kind_of(column.type)
    if kind == "whole":
        return int
    if kind == "decimal":
        return Decimal
    if kind == "date":
        return dt.date.fromisoformat
    if column.type == "TIMESTAMP":
        return dt.datetime.fromisoformat
    return None
