from __future__ import annotations

from collections import Counter
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks import orders
from benchmarks.checks import COLUMNS

ROWS = 30_007
ID = 0
DATE = 20


def rows_of(folder: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as con:
        found: list[tuple[Any, ...]] = con.execute(
            "SELECT * FROM read_parquet($1, hive_partitioning = true)", [f"{folder}/orders/*/*.parquet"]
        ).fetchall()
    return found


@pytest.fixture
def three_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day costs the same however few its rows are; three show as much as thirty."""
    monkeypatch.setattr(orders, "DAYS", 3)


@pytest.mark.usefixtures("three_days")
@pytest.mark.parametrize("kind", ["passing", "shuffled", "failing"])
def test_the_same_table_every_time(kind: orders.Kind, tmp_path: Path) -> None:
    first = orders.ensure(3_000, kind, tmp_path / "first")
    second = orders.ensure(3_000, kind, tmp_path / "second")

    assert orders.fingerprint(first) == orders.fingerprint(second)
    assert first.name == second.name


def test_another_table_has_another_fingerprint(passing: Path, failing: Path) -> None:
    assert orders.fingerprint(failing) != orders.fingerprint(passing)
    assert failing.name != passing.name


def test_thirty_days_one_file_each_and_the_rest_on_the_last(passing: Path) -> None:
    files = sorted(path.relative_to(passing).as_posix() for path in passing.rglob("*.parquet"))
    days = Counter(row[DATE] for row in rows_of(passing))

    assert files[0] == "orders/order_date=2026-10-24/part-0.parquet"
    assert files[29] == "orders/order_date=2026-11-22/part-0.parquet"
    assert files[30:] == ["vendors.parquet"]
    assert [days[day] for day in sorted(days)] == [1000] * 29 + [1007]


def test_columns_and_codec(passing: Path) -> None:
    files = f"{passing}/orders/*/*.parquet"
    with duckdb.connect() as con:
        described = con.execute(
            "DESCRIBE SELECT * FROM read_parquet($1, hive_partitioning = true)", [files]
        ).fetchall()
        codecs = con.execute("SELECT DISTINCT compression FROM parquet_metadata($1)", [files]).fetchall()

    assert tuple((row[0], row[1]) for row in described) == COLUMNS
    assert codecs == [("ZSTD",)]


@pytest.mark.usefixtures("three_days")
def test_shuffled_is_the_same_rows_in_no_order(tmp_path: Path) -> None:
    in_order = rows_of(orders.ensure(3_000, "passing", tmp_path))
    shuffled = rows_of(orders.ensure(3_000, "shuffled", tmp_path))

    assert [row[ID] for row in in_order] == list(range(1_000_000, 1_003_000))
    assert shuffled != in_order
    assert sorted(shuffled, key=itemgetter(ID)) == in_order


def test_a_table_is_made_once(passing: Path, home: Path) -> None:
    made = passing.stat().st_mtime_ns

    assert orders.ensure(ROWS, "passing", home) == passing
    assert passing.stat().st_mtime_ns == made


def test_an_interrupted_table_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "_ORDERS", "SELECT no_such_column FROM range($2, $3)")

    with pytest.raises(duckdb.Error):
        orders.ensure(ROWS, "passing", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_too_few_rows(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 30"):
        orders.ensure(29, "passing", tmp_path)


def test_an_unknown_kind() -> None:
    with pytest.raises(SystemExit, match="passing, shuffled, failing"):
        orders.main(["100", "sorted", "/nowhere"])
