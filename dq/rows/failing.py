"""`result.failing_rows()`: all rows that break a suite, with the reasons why."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dq.errors import UsageError
from dq.expectations.uniqueness import ExpectColumnValuesToBeUnique, ExpectCompoundColumnsToBeUnique
from dq.lake.schema import Schema
from dq.origin import Origin
from dq.result import FAILING_BYTES, FAILING_ROWS, Result
from dq.rows.look import Look, Names
from dq.rows.rules import Rules

if TYPE_CHECKING:
    import pyarrow as pa

METADATA = b"dq"
"""Key of the schema's metadata under which a table says what it holds, as JSON."""
STATEMENT_VERSION = 1


@dataclass(frozen=True)
class Extent:
    """How much to hand out.

    Attributes:
        rows: at most; None for any number.
        bytes: at most, as Arrow holds them; None for any number.
        masked: leave out the columns that the suite does not mark `show`.
    """

    rows: int | None = FAILING_ROWS
    bytes: int | None = FAILING_BYTES
    masked: bool = True

    def __post_init__(self) -> None:
        for name, value in (("rows", self.rows), ("bytes", self.bytes)):
            if value is not None and (isinstance(value, bool) or value < 0):
                raise UsageError(f"the limit of {name} must be a number from 0 up, or None for none")


def failing_rows(
    result: Result,
    id: str | Iterable[str] | None = None,  # noqa: A002 - the word that suites and results use
    *,
    limit: int | None = FAILING_ROWS,
    max_bytes: int | None = FAILING_BYTES,
    masked: bool = True,
) -> pa.Table:
    """All rows that break an expectation; see `dq.Result.failing_rows`."""
    table, statement = gathered(result, id, Extent(limit, max_bytes, masked))
    if statement["cut"] and (limit, max_bytes) == (FAILING_ROWS, FAILING_BYTES):
        warnings.warn(
            f"not all failing rows are here: {statement['cut']}", stacklevel=3
        )  # the caller of Result
    return table


def gathered(
    result: Result, wanted: str | Iterable[str] | None, extent: Extent
) -> tuple[pa.Table, dict[str, Any]]:
    """The rows, and the statement that the table carries as metadata.

    Raises:
        as `dq.Result.failing_rows`.
    """
    import pyarrow as pa

    with Look(result) as look:
        rules = look.rules(wanted)
        seen, hidden = _columns(look.schema, look.origin, extent.masked)
        asked = [*seen, *look.names.place]
        kept = _Kept(extent)
        if rules.asked:
            limit = None if extent.rows is None else extent.rows + 1  # one more tells that there are more
            with closing(look.rows(rules.asked, asked, ordered=rules.scatter, limit=limit)) as batches:
                for batch in batches:
                    if not kept.take(batch):
                        break
        schema = look.types(asked)
        look.origin.unchanged()
        keys = [column for column in _keys(look.origin, look.schema) if column in seen]
        table = pa.Table.from_batches(kept.batches, schema).select(_order(schema.names, keys, look.names))
        statement = _statement(result, rules, table, look.names, hidden, extent, kept.cut, keys)
    about = {**(table.schema.metadata or {}), METADATA: json.dumps(statement).encode()}
    return table.replace_schema_metadata(about), statement


class _Kept:
    """Batches, up to a number of rows and of bytes."""

    def __init__(self, extent: Extent) -> None:
        self.extent = extent
        self.batches: list[pa.RecordBatch] = []
        self.cut = ""
        self._rows = self._bytes = 0

    def take(self, batch: pa.RecordBatch) -> bool:
        """Keep what fits of a batch; False when something did not."""
        rows, size = self.extent.rows, self.extent.bytes
        fits = batch.num_rows
        if rows is not None and self._rows + fits > rows:
            fits = rows - self._rows
            self.cut = f"cut after {rows:,} rows, as `limit` says; there are more"
        if size is not None and self._bytes + batch.slice(0, fits).nbytes > size:
            fits = _fitting(batch, fits, size - self._bytes)
            self.cut = (
                f"cut after {self._rows + fits:,} rows, {size:,} bytes, as `max_bytes` says; there are more"
            )
        kept = batch.slice(0, fits)
        if fits:
            self.batches.append(kept)
            self._rows, self._bytes = self._rows + fits, self._bytes + kept.nbytes
        return not self.cut


def _fitting(batch: pa.RecordBatch, most: int, size: int) -> int:
    """How many of the first rows take at most so many bytes."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if batch.slice(0, middle).nbytes <= size else (low, middle - 1)
    return low


def _columns(schema: Schema | None, origin: Origin, masked: bool) -> tuple[list[str], list[str]]:
    """Columns that may be seen, and those that may not, in the order of the data."""
    if schema is None:
        return [], []
    if not masked:
        return list(schema.names), []
    suite = origin.suite
    # Partition values are in the names of folders and runs; everything else is private unless shown.
    named = {*suite.show, *suite.partition_by, *(column for column, _ in origin.partition.values)}
    found = {column.name for name in named if (column := schema.find(name)) is not None}
    seen = [name for name in schema.names if name in found]
    return seen, [name for name in schema.names if name not in found]


def _keys(origin: Origin, schema: Schema | None) -> list[str]:
    """What identifies a row: the input's key, else the columns that the suite first calls unique."""
    suite = origin.suite
    names: Sequence[str] = suite.input.key if suite.input else ()
    if not names:
        unique = (ExpectColumnValuesToBeUnique, ExpectCompoundColumnsToBeUnique)
        rules = (item.expectation for item in suite.items if isinstance(item.expectation, unique))
        names = next((rule.named_columns for rule in rules if rule.where is None), ())
    found = [schema.find(name) for name in names] if schema is not None else []
    return list(dict.fromkeys(column.name for column in found if column is not None))


def _order(columns: Sequence[str], keys: Sequence[str], names: Names) -> list[str]:
    """Key columns, place, reasons, and then the rest as it stands in the data."""
    first = [name for name in (*keys, *names.place, names.reasons, names.count) if name in columns]
    return [*first, *(column for column in columns if column not in first)]


def _statement(
    result: Result,
    rules: Rules,
    table: pa.Table,
    names: Names,
    hidden: Sequence[str],
    extent: Extent,
    cut: str,
    keys: Sequence[str],
) -> dict[str, Any]:
    """What a table of failing rows holds, JSON-friendly, without values."""
    import pyarrow.compute as pc

    counted: Mapping[str, int] = {}
    if rules.asked and table.num_rows:
        listed = pc.list_flatten(table.column(names.reasons))
        counted = {one["values"]: one["counts"] for one in pc.value_counts(listed).to_pylist()}
    asked = {rule.id for rule in rules.asked} | set(rules.met)
    return {
        "schema_version": STATEMENT_VERSION,
        "holds": "failing rows",
        "suite": result.suite,
        "suite_hash": result.suite_hash,
        "partition": [list(pair) for pair in result.partition.values],
        "location": result.location,
        "validated": result.started.isoformat(),
        "rows": table.num_rows,
        "complete": not cut,
        "cut": cut,
        "limits": {"rows": extent.rows, "bytes": extent.bytes},
        "masked": extent.masked,
        "hidden": list(hidden),
        "key": list(keys),
        "columns": {"file": names.file, "row": names.row, "reasons": names.reasons, "count": names.count},
        "expectations": [
            {
                "id": verdict.id,
                "outcome": verdict.outcome.value,
                "severity": verdict.severity.value,
                "unexpected": verdict.unexpected,
                "rows": counted.get(verdict.id, 0),
            }
            for verdict in result.verdicts
            if verdict.id in asked
        ],
        "left_out": dict(rules.left_out),
    }
