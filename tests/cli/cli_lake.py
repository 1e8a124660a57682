"""A small project on disk, and `dq` called inside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dq.cli import main

DAY = "date=2013-02-08"
AT = ("--partition", DAY)
SUITE = """\
suite: orders
data: lake/orders
partition_by: [date]
on_failure: rollback
show: [country]
params: {most: 100}
columns:
  id: [not_null, unique]
  country: [{in_set: [DE, FR]}]
  amount: [{between: [0, $most], severity: warning}]
table:
  - row_count: [1, 1000]
"""


@dataclass(frozen=True)
class Ran:
    """What one command said."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Standard output as exactly one JSON document."""
        return json.loads(self.out)

    def error(self) -> dict[str, Any]:
        """The error document; nothing else is in it."""
        document = self.json()
        assert list(document) == ["error"]
        error: dict[str, Any] = document["error"]
        assert error["exit_code"] == self.code
        return error


class Project:
    """A folder with a suite and a lake; the current folder of every command."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capsys = capsys
        (root / "dq.yml").write_text("threads: 1\n")
        self.suite(SUITE)

    def suite(self, text: str, name: str = "orders.yml") -> str:
        """Writes a suite; answers its path as a command takes it."""
        path = self.root / "suites" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return f"suites/{name}"

    def write(self, folder: str, rows: int = 10, country: str = "DE", amount: float = 5.0) -> Path:
        """Writes one Parquet file of orders into a folder."""
        columns = {"id": list(range(rows)), "country": [country] * rows, "amount": [amount] * rows}
        path = self.root / folder / "a.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), path)
        return path

    def good(self, rows: int = 10) -> Path:
        """A day of orders that passes, written in place."""
        return self.write(f"lake/orders/{DAY}", rows)

    def bad(self, rows: int = 7) -> Path:
        """The same day, overwritten with orders of an unknown country."""
        return self.write(f"lake/orders/{DAY}", rows, country="XX")

    def dq(self, *words: str) -> Ran:
        """One command line, in this process."""
        code = main(words)
        captured = self._capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    def all_of(self, commands: Sequence[Sequence[str]]) -> list[Ran]:
        """Several command lines, one after the other."""
        return [self.dq(*words) for words in commands]
