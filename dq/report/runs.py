"""Many runs as one terminal table: a line per partition, and the sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dq.lake.manifest import Partition
from dq.report import terminal, text

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

_NAMED = 3
"""Failed expectations that a line names."""
_MANY = 40
"""Partitions up to which those that passed get a line each."""


def runs_view(suite: str, rows: Sequence[Mapping[str, Any]], *, verbose: bool = False) -> RenderableType:
    """The sum in one line, then a line per partition; of many partitions only those that did not pass.

    Args:
        suite: its name.
        rows: with the keys of `PartitionRun.to_dict`.
        verbose: a line for every partition, however many.
    """
    from rich.console import Group

    shown = [row for row in rows if verbose or len(rows) <= _MANY or row["status"] != "pass"]
    blocks: list[RenderableType] = [_head(suite, rows)]
    if shown:
        blocks += [terminal.words(""), _table(shown)]
    if len(shown) < len(rows):
        blocks += [terminal.words(""), terminal.words(f"{len(rows) - len(shown):,} more passed", "dim")]
    bad = [row["run_id"] for row in rows if row["failed"] and row["note"]]
    if bad:
        blocks += [terminal.words(""), terminal.words(f"next  dq explain {bad[0]}", "dim")]
    return Group(*blocks)


def _head(suite: str, rows: Sequence[Mapping[str, Any]]) -> RenderableType:
    counts = ", ".join(f"{n:,} {status}" for status, n in Counter(row["status"] for row in rows).items())
    total = text.plural(sum(row["rows"] or 0 for row in rows), "row")
    seconds = text.duration(sum(row["seconds"] for row in rows))
    head = terminal.words(suite, "bold")
    head.append(f"  {text.plural(len(rows), 'partition')} ({counts or 'none'}), {total}, {seconds}", "dim")
    return head


def _table(rows: Sequence[Mapping[str, Any]]) -> Table:
    names = ["", "partition", "failed", "rows", "seconds", "action"]
    table = terminal.plain_table(names, right=("rows", "seconds"), whole=("", "rows", "seconds"))
    for row in rows:
        table.add_row(
            terminal.state(row["status"]),
            terminal.words(str(Partition.of(row["partition"]))),
            terminal.words(_failed(row)),
            terminal.words("" if row["rows"] is None else f"{row['rows']:,}"),
            terminal.words("" if row["skipped"] else f"{row['seconds']:.2f}"),
            terminal.words("done before" if row["skipped"] else _action(row)),
        )
    return table


def _failed(row: Mapping[str, Any]) -> str:
    ids = [one["id"] for one in row["failed"]]
    more = f", ... ({len(ids):,})" if len(ids) > _NAMED else ""
    return ", ".join(ids[:_NAMED]) + more


def _action(row: Mapping[str, Any]) -> str:
    if row["trouble"]:
        return f"{row['action']} incomplete"
    return "" if row["action"] == "none" else str(row["action"])
