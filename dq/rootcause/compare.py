"""Comparing today's partition with the last validated one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from dq.lake.manifest import Manifest
from dq.rootcause import nodes
from dq.rootcause.comparison import ColumnFact, Comparison, SchemaFact, ValueFact
from dq.rootcause.dimensions import is_number, is_text
from dq.rootcause.files import compare_files
from dq.rootcause.scanner import Scanner

_MAX_VALUES = 200
_LEAST_MOVE = 0.02
_MEAN_MOVE = 0.05
_ERRORS = 4.0


@dataclass(frozen=True)
class Side:
    """One of the two partitions.

    Attributes:
        relation: what stands in FROM.
        schema: column to DuckDB type text, in order.
        manifest: its files; None when it has none.
        file_column: column that holds each row's file name; None when there is none.
        name: how it is called, e.g. `date=2013-02-07`.
    """

    relation: exp.Expression
    schema: Mapping[str, str]
    manifest: Manifest | None = None
    file_column: str | None = None
    name: str = ""


def compare(
    scanner: Scanner, today: Side, baseline: Side | None = None, show: frozenset[str] = frozenset()
) -> Comparison:
    """Rows, schema, null rates, means, moved values and files, today against the baseline.

    Args:
        scanner: the engine; two scans per side, and one per categorical column.
        today: the partition.
        baseline: the last validated partition; None compares today's files among themselves only.
        show: columns whose values may be named.

    Returns:
        The comparison. Smallest and largest numbers, and moved values, are left out for columns not in
        `show`.
    """
    if baseline is None:
        ((rows,),) = scanner.rows(nodes.select([nodes.count_rows()], today.relation))
        alone = compare_files(today.manifest, None) if today.manifest else ()
        return Comparison(int(rows), files=alone)
    shared = [n for n in _columns(today) if n in baseline.schema and baseline.schema[n] == today.schema[n]]
    now, then = _profile(scanner, today, shared), _profile(scanner, baseline, shared)
    both = today.manifest is not None and baseline.manifest is not None
    return Comparison(
        rows=now.rows,
        baseline_rows=then.rows,
        baseline=baseline.name,
        schema=_schema(today, baseline),
        columns=tuple(_column(name, now, then, name in show) for name in shared),
        values=_moved(scanner, today, baseline, shared, now, then, show),
        files=_files(scanner, today, baseline),
        files_compared=both,
    )


def _columns(side: Side) -> list[str]:
    return [name for name in side.schema if name != side.file_column]


def _schema(today: Side, baseline: Side) -> SchemaFact:
    new, old = _columns(today), _columns(baseline)
    shared = [name for name in new if name in old]
    return SchemaFact(
        added=tuple(name for name in new if name not in old),
        removed=tuple(name for name in old if name not in new),
        retyped=tuple(
            (name, baseline.schema[name], today.schema[name])
            for name in shared
            if baseline.schema[name] != today.schema[name]
        ),
        reordered=shared != [name for name in old if name in new],
    )


@dataclass(frozen=True)
class _Moments:
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    spread: float | None = None

    @property
    def constant(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True)
class _Profile:
    rows: int
    nulls: Mapping[str, int]
    numbers: Mapping[str, _Moments]
    distinct: Mapping[str, int]


def _profile(scanner: Scanner, side: Side, columns: Sequence[str]) -> _Profile:
    """Counts and moments of every column, in one scan."""
    items: list[exp.Expression] = [nodes.count_rows()]
    for name in columns:
        items.append(exp.Count(this=nodes.column(name)))
    numeric = [name for name in columns if is_number(side.schema[name])]
    for name in numeric:
        value = _finite(name, side.schema[name])
        items += [exp.Min(this=value), exp.Max(this=value.copy()), exp.Avg(this=value.copy())]
        items.append(exp.StddevPop(this=value.copy()))
    texts = [name for name in columns if is_text(side.schema[name]) or side.schema[name] == "BOOLEAN"]
    items += [exp.ApproxDistinct(this=nodes.column(name)) for name in texts]
    (row,) = scanner.rows(nodes.select(items, side.relation))
    rows, start = int(row[0]), 1 + len(columns)
    moments = [row[start + 4 * k : start + 4 * k + 4] for k in range(len(numeric))]
    start += 4 * len(numeric)
    return _Profile(
        rows=rows,
        nulls={name: rows - int(row[1 + k]) for k, name in enumerate(columns)},
        numbers={name: _numbers(moments[k]) for k, name in enumerate(numeric)},
        distinct={name: int(row[start + k]) for k, name in enumerate(texts)},
    )


def _finite(name: str, type_text: str) -> exp.Expression:
    """The number as a double, without NaN: one NaN must not hide the other rows."""
    value = nodes.cast(nodes.column(name), "DOUBLE")
    if not type_text.upper().startswith(("DOUBLE", "FLOAT", "REAL")):
        return value
    usable = exp.Not(this=exp.IsNan(this=value.copy()))
    return exp.Case(ifs=[exp.If(this=usable, true=value)])


def _numbers(moments: Sequence[Any]) -> _Moments:
    known = (None if n is None or not math.isfinite(float(n)) else float(n) for n in moments)
    return _Moments(*known)


def _column(name: str, now: _Profile, then: _Profile, shown: bool) -> ColumnFact:
    new, old = now.numbers.get(name, _Moments()), then.numbers.get(name, _Moments())
    rows = min(now.rows - now.nulls[name], then.rows - then.nulls[name])
    moved = _mean_moved(new, old, rows)
    fact = ColumnFact(name, now.nulls[name], then.nulls[name], new.mean, old.mean, moved)
    if not shown:
        return fact
    return replace(fact, low=new.low, high=new.high, baseline_low=old.low, baseline_high=old.high)


def _mean_moved(new: _Moments, old: _Moments, rows: int) -> bool:
    """By 5 % and by four standard errors; a constant column (a partition's own date) only changes."""
    if new.mean is None or not old.mean or rows <= 0 or (new.constant and old.constant):
        return False
    error = (old.spread or 0.0) / math.sqrt(rows)
    return abs(new.mean / old.mean - 1) >= _MEAN_MOVE and abs(new.mean - old.mean) >= _ERRORS * error


def _moved(
    scanner: Scanner,
    today: Side,
    baseline: Side,
    columns: Sequence[str],
    now: _Profile,
    then: _Profile,
    show: frozenset[str],
) -> tuple[ValueFact, ...]:
    """Per categorical column the value whose share moved most, if it moved by 2 points."""
    facts = []
    for name in columns:
        few = max(now.distinct.get(name, 0), then.distinct.get(name, 0))
        # A column with one value, as a partition's own date, only changes.
        if not 1 < few <= _MAX_VALUES or not now.rows or not then.rows:
            continue
        new, old = _counts(scanner, today, name), _counts(scanner, baseline, name)
        moves = [
            (new.get(value, 0) / now.rows, old.get(value, 0) / then.rows, value) for value in {*new, *old}
        ]
        share, before, value = max(moves, key=lambda move: (abs(move[0] - move[1]), move[0], str(move[2])))
        named = str(value) if value is not None and name in show else None
        fact = ValueFact(name, named, share, before)
        if fact.moved >= _LEAST_MOVE:
            facts.append(fact)
    return tuple(sorted(facts, key=lambda fact: (-fact.moved, fact.column)))


def _counts(scanner: Scanner, side: Side, name: str) -> dict[Any, int]:
    key = nodes.column(name)
    query = nodes.grouped(nodes.select([key, nodes.count_rows()], side.relation), [key])
    return {value: int(rows) for value, rows in scanner.rows(query)}


def _files(scanner: Scanner, today: Side, baseline: Side) -> Any:
    if today.manifest is None:
        return ()
    return compare_files(
        today.manifest,
        baseline.manifest,
        _rows_per_file(scanner, today),
        _rows_per_file(scanner, baseline),
    )


def _rows_per_file(scanner: Scanner, side: Side) -> dict[str, int]:
    """Rows per file by scan, only where the manifest does not know them; keyed by the manifest's path."""
    if side.manifest is None or side.file_column is None:
        return {}
    unknown = [entry.path for entry in side.manifest.files if entry.rows is None]
    if not unknown:
        return {}
    counted = _counts(scanner, side, side.file_column)
    return {
        path: sum(rows for name, rows in counted.items() if name is not None and _same_file(str(name), path))
        for path in unknown
    }


def _same_file(name: str, path: str) -> bool:
    return name == path or name.endswith("/" + path)
