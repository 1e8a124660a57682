"""Small lakes on disk for the tests of whole runs."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

DAY = {"date": "2026-03-01"}
NEXT = {"date": "2026-03-02"}

SUITE = """
suite: orders
data: lake/orders
on_failure: {on_failure}
input: {{data: lake/raw, key: [id]}}
columns:
  id: [not_null, unique]
  amount: [{{between: [0, 100]}}]
table:
  - keys_preserved: {{}}
"""


def good(start: int = 0, rows: int = 40) -> pa.Table:
    ids = list(range(start, start + rows))
    return pa.table({"id": ids, "amount": [float(i % 90) for i in ids], "shop": ["ab"[i % 2] for i in ids]})


def bad(start: int = 0, rows: int = 40) -> pa.Table:
    """The same rows; shop `b` has amounts a thousand times too large."""
    table = good(start, rows)
    amounts = [
        a * 1000 + 1000 if s == "b" else a
        for a, s in zip(table["amount"].to_pylist(), table["shop"].to_pylist(), strict=True)
    ]
    return table.set_column(1, "amount", pa.array(amounts))


@dataclass(frozen=True)
class Lake:
    """A project folder with one suite and one table."""

    root: Path

    @property
    def suite(self) -> Path:
        return self.root / "orders.yml"

    @property
    def store(self) -> Path:
        return self.root / ".dq"

    def write_suite(self, on_failure: str = "rollback", text: str = SUITE) -> None:
        self.suite.write_text(text.format(on_failure=on_failure))

    def folder(self, partition: dict[str, str], table: str = "orders") -> Path:
        ((column, value),) = partition.items()
        return self.root / "lake" / table / f"{column}={value}"

    def write(self, partition: dict[str, str], table: pa.Table, name: str = "orders") -> None:
        """Write a partition in place, as a job that knows nothing of dq does."""
        folder = self.folder(partition, name)
        if folder.is_symlink():
            folder.unlink()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        pq.write_table(table, folder / "part-0.parquet")

    def staged(self, table: pa.Table) -> Path:
        folder = self.root / "staged"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        pq.write_table(table, folder / "part-0.parquet")
        return folder

    def read(self, partition: dict[str, str]) -> list[dict[str, Any]] | None:
        """What a reader sees; None when there is no such partition."""
        folder = self.folder(partition).resolve()
        if not folder.exists():
            return None
        rows = [
            row
            for path in sorted(folder.glob("*.parquet"))
            for row in pq.ParquetFile(path).read().to_pylist()
        ]
        return sorted(rows, key=lambda row: row["id"])


def lake(root: Path, on_failure: str = "rollback") -> Lake:
    (root / "dq.yml").write_text("store: .dq\n")
    made = Lake(root)
    made.write_suite(on_failure)
    for partition, start in ((DAY, 0), (NEXT, 40)):
        made.write(partition, good(start), "raw")
    return made
