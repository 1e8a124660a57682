"""What a check says, as DuckDB SQL: for the runner by hand, and for peers that take SQL.

It is text, made from the fixed list in `benchmarks.checks`. Only the standard library is imported.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from benchmarks import checks as c

FUNCTIONS: dict[c.Function, str] = {
    "mean": "avg({})",
    "median": "quantile_cont({}, 0.5)",
    "stdev": "stddev_samp({})",
    "distinct_count": "count(DISTINCT {})",
    "sum": "sum({})",
    "max": "max({})",
}


def literal(value: object) -> str:
    """SQL text of a constant."""
    if isinstance(value, dt.datetime):
        return f"TIMESTAMP '{value}'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value)


def bad_rows(check: c.Check, folder: Path) -> str | None:
    """Condition that is true of the rows that break the check; None if it is not about single rows."""
    match check:
        case c.NotNull(column=column):
            return f"{column} IS NULL"
        case c.InSet(column=column, values=values):
            return f"{column} NOT IN ({', '.join(map(literal, values))})"
        case c.Between(column=column, low=low, high=high):
            return f"NOT ({column} BETWEEN {literal(low)} AND {literal(high)})"
        case c.Matches(column=column, pattern=pattern):
            return f"NOT regexp_matches({column}, {literal(pattern)})"
        case c.Length(column=column, length=length):
            return f"length({column}) <> {length}"
        case c.PairGreater(column=column, other=other):
            return f"{column} < {other}"
        case c.Parses(column=column, type=type_name):
            return f"{column} IS NOT NULL AND TRY_CAST({column} AS {type_name}) IS NULL"
        case c.References(column=column, dataset=dataset, key=key):
            known = f"SELECT {key} FROM {literal(f'{folder}/{dataset}.parquet')}"
            return f"{column} IS NOT NULL AND {column} NOT IN ({known})"
        case c.Satisfies(condition=condition):
            return f"NOT ({condition})"
        case _:
            return None


def aggregate(check: c.Aggregate) -> str:
    """The number that this check is about; times as seconds since 1970."""
    number = FUNCTIONS[check.function].format(check.column)
    return f"epoch({number})" if isinstance(check.low, dt.datetime) else number


def bound(value: c.Number) -> float:
    """A bound of an aggregate as a number; times as seconds since 1970."""
    return value.replace(tzinfo=dt.timezone.utc).timestamp() if isinstance(value, dt.datetime) else value


def view(name: str, files: str) -> str:
    """A view over Parquet files with the partition column from their folders."""
    source = f"read_parquet({literal(files)}, hive_partitioning = true)"
    return f"CREATE VIEW {name} AS SELECT * FROM {source}"
