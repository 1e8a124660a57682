"""One question about all partitions, answered from kept states: exact, and reading only what is new."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from flow_lakes import Lake, lake

import dq
from dq.engines.duckdb import DuckDBEngine
from dq.errors import DataError
from dq.flow.run import run
from dq.lake.manifest import FileEntry, Manifest, Partition
from dq.lake.schema import Schema
from dq.result import Result
from dq.sql.render import BATCH
from dq.sql.words import Column
from dq.states.kept import Kept, StateFiles, lasts
from dq.states.partwise import Partwise
from dq.store import StoreWarning
from dq.store.local import LocalShelf

SUITE = """
suite: orders
data: lake/orders
datasets: {{shops: shops.parquet}}
show: []
on_failure: {on_failure}
columns:
  id: [not_null, unique, {{between: [0, 1000]}}, {{mean: [0, 1000]}}, {{stdev: [0, 1000]}}]
  amount: [{{between: [0, 100]}}, {{median: [0, 100]}}, {{sum: [0, 100000]}}, {{max: [0, 100]}}]
  shop: [{{in_set: [a, b]}}, {{references: shops.name}}]
table:
  - {{row_count: [1, 10000]}}
  - satisfy: amount >= 0
"""
DAYS = [f"2026-03-0{day}" for day in (1, 2, 3)]
ALL = "date=2026-03-0*"


def orders(day: int, rows: int = 40, top: float = 90.0) -> pa.Table:
    ids = list(range(100 * day, 100 * day + rows))
    return pa.table(
        {
            "id": ids,
            "amount": [min(float(i % 90) + 0.1, top) if i % 7 else None for i in ids],
            "shop": ["ab"[i % 2] for i in ids],
        }
    )


@pytest.fixture
def here(tmp_path: Path) -> Lake:
    made = lake(tmp_path, "report")
    made.write_suite("report", SUITE)
    pq.write_table(pa.table({"name": ["a", "b"]}), tmp_path / "shops.parquet")
    for number, day in enumerate(DAYS):
        made.write({"date": day}, orders(number))
    return made


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The files of the dataset that were opened, per opening, as folder names."""
    found: list[tuple[str, ...]] = []
    real = DuckDBEngine._offer

    def offer(self: DuckDBEngine, table: str, source: Any, *more: Any) -> Any:
        if table == BATCH:
            found.append(tuple(os.path.basename(os.path.dirname(file)) for file in source.files))
        return real(self, table, source, *more)

    monkeypatch.setattr(DuckDBEngine, "_offer", offer)
    return found


def verdicts(result: Result) -> dict[str, Any]:
    """Verdicts without how they were answered; doubles to nine digits."""

    def plain(value: Any) -> Any:
        return f"{value:.9g}" if isinstance(value, float) else value

    return {
        v.id: (
            v.outcome,
            plain(v.observed),
            v.rows,
            v.considered,
            v.unexpected,
            v.missing,
            {key: plain(item) for key, item in v.details.items() if not key.startswith("partitions_")},
        )
        for v in result.verdicts
    }


def reach(result: Result) -> dict[str, tuple[int, int]]:
    told = [v for v in result.verdicts if "partitions_read" in v.details]
    return {v.id: (v.details["partitions_kept"], v.details["partitions_read"]) for v in told}


SCANNED = {"id-unique", "amount-median"}


def test_verdicts_are_those_of_one_scan(here: Lake) -> None:
    plain = run(here.suite)
    first = run(here.suite, incremental=True)
    second = run(here.suite, incremental=True)
    assert verdicts(plain.result) == verdicts(first.result) == verdicts(second.result)
    assert plain.result.rows == second.result.rows == 120
    assert plain.record.manifests == second.record.manifests
    assert set(reach(first.result).values()) == {(0, 3)}
    found = reach(second.result)
    assert {id_ for id_, counts in found.items() if counts == (0, 3)} == SCANNED
    assert {id_ for id_, counts in found.items() if counts == (3, 0)} == set(found) - SCANNED
    assert "partitions_kept" not in plain.result.verdicts[0].details


def mergeable(here: Lake) -> None:
    """Leave only what merges in the suite."""
    text = SUITE.replace(" unique,", "").replace(" {{median: [0, 100]}},", "")
    here.write_suite("report", text)


def test_only_the_new_partition_is_opened(here: Lake, opened: list[tuple[str, ...]]) -> None:
    mergeable(here)
    run(here.suite, incremental=True)
    here.write({"date": "2026-03-04"}, orders(3))
    opened.clear()
    outcome = run(here.suite, incremental=True)
    assert outcome.result.rows == 160
    assert set(opened) == {("date=2026-03-04",)}
    assert set(reach(outcome.result).values()) == {(3, 1)}
    opened.clear()
    again = run(here.suite, incremental=True)
    assert opened == []
    assert again.result.queries <= 1  # the rows of the reference
    assert verdicts(again.result) == verdicts(run(here.suite).result)


def test_a_nightly_run_keeps_what_the_whole_needs(here: Lake, opened: list[tuple[str, ...]]) -> None:
    mergeable(here)
    runs = dq.run_many(here.suite, ALL, incremental=True)
    assert runs.good
    opened.clear()
    outcome = run(here.suite, incremental=True)
    assert opened == []
    assert set(reach(outcome.result).values()) == {(3, 0)}
    assert verdicts(outcome.result) == verdicts(run(here.suite).result)


def test_a_partition_that_was_written_again_leaves_the_sum(here: Lake, opened: list[tuple[str, ...]]) -> None:
    mergeable(here)
    run(here.suite, incremental=True)
    here.write({"date": DAYS[1]}, orders(1, rows=11))
    opened.clear()
    outcome = run(here.suite, incremental=True)
    assert outcome.result.rows == 91
    assert set(opened) == {(f"date={DAYS[1]}",)}
    here.folder({"date": DAYS[1]}).joinpath("part-0.parquet").unlink()
    here.folder({"date": DAYS[1]}).rmdir()
    assert run(here.suite, incremental=True).result.rows == 80
    assert verdicts(run(here.suite, incremental=True).result) == verdicts(run(here.suite).result)


def test_the_same_bytes_at_another_time_are_known(here: Lake, opened: list[tuple[str, ...]]) -> None:
    mergeable(here)
    run(here.suite, incremental=True)
    here.write({"date": DAYS[1]}, orders(1, rows=11))
    run(here.suite, incremental=True)
    here.write({"date": DAYS[1]}, orders(1))  # as a rollback does
    opened.clear()
    assert run(here.suite, incremental=True).result.rows == 120
    assert opened == []


def test_a_failure_is_counted_from_states_and_sampled_from_rows(here: Lake) -> None:
    here.write({"date": DAYS[2]}, orders(2, top=500.0).set_column(1, "amount", pa.array([200.0] * 40)))
    run(here.suite, incremental=True)
    outcome = run(here.suite, incremental=True)
    verdict = outcome.result.verdict("amount-between")
    assert (verdict.outcome, verdict.unexpected) == (dq.Outcome.FAIL, 40)
    assert set(verdict.sample) == {200.0}
    assert reach(outcome.result)["amount-between"] == (3, 0)
    assert outcome.note is not None


def test_a_changed_suite_reads_only_its_new_questions(here: Lake) -> None:
    mergeable(here)
    run(here.suite, incremental=True)
    here.suite.write_text(here.suite.read_text().replace("[0, 1000]}", "[0, 999]}", 1))
    found = reach(run(here.suite, incremental=True).result)
    assert {id_ for id_, counts in found.items() if counts == (0, 3)} == {"id-between"}


def test_a_changed_reference_is_another_question(here: Lake) -> None:
    mergeable(here)
    assert run(here.suite, incremental=True).status is dq.Status.PASS
    pq.write_table(pa.table({"name": ["a"]}), here.root / "shops.parquet")
    outcome = run(here.suite, incremental=True)
    assert outcome.result.verdict("shop-references").unexpected == 60
    assert verdicts(outcome.result) == verdicts(run(here.suite).result)


def test_a_column_of_another_type_is_read_whole(here: Lake) -> None:
    run(here.suite, incremental=True)
    wider = orders(3).set_column(0, "id", pa.array([f"{i}" for i in range(300, 340)]))
    here.write({"date": "2026-03-04"}, wider)
    outcome = run(here.suite, incremental=True)
    assert verdicts(outcome.result) == verdicts(run(here.suite).result)
    assert reach(outcome.result)["id-not_null"] == (0, 4)
    assert reach(outcome.result)["amount-between"] == (3, 1)


def test_what_depends_on_the_hour_is_not_kept(here: Lake) -> None:
    clock = "id < 1000 AND now() > DATE '2020-01-01'"
    head = "suite: orders\ndata: lake/orders\ncolumns:\n  id: [not_null]\n"
    here.suite.write_text(f"{head}table:\n  - satisfy: {clock}\n")
    run(here.suite, incremental=True)
    found = reach(run(here.suite, incremental=True).result)
    assert found == {"id-not_null": (3, 0), "table-satisfy": (0, 3)}


def test_texts_stay_out_of_the_store(here: Lake) -> None:
    text = "suite: orders\ndata: lake/orders\n{show}columns:\n  shop: [{{max: {{max: z}}}}]\n"
    here.suite.write_text(text.format(show=""))
    run(here.suite, incremental=True)
    assert reach(run(here.suite, incremental=True).result) == {"shop-max": (0, 3)}
    assert not any('"b"' in path.read_text() for path in here.store.rglob("states/*/*.json"))
    here.suite.write_text(text.format(show="show: [shop]\n"))
    run(here.suite, incremental=True)
    assert reach(run(here.suite, incremental=True).result) == {"shop-max": (3, 0)}


def test_the_suite_may_ask_for_it(here: Lake) -> None:
    here.suite.write_text("incremental: true\n" + here.suite.read_text())
    assert dq.load_suite(here.suite).policy.incremental
    run(here.suite)
    assert reach(run(here.suite).result)["id-not_null"] == (3, 0)
    assert "partitions_kept" not in run(here.suite, incremental=False).result.verdicts[0].details


def test_a_partition_that_moves_meanwhile_keeps_nothing(here: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Partwise.answer

    def answer(self: Partwise, *words: Any) -> Any:
        found = real(self, *words)
        here.write({"date": DAYS[0]}, orders(0, rows=3))
        return found

    monkeypatch.setattr(Partwise, "answer", answer)
    with pytest.raises(DataError, match="date=2026-03-01 changed while it was validated"):
        run(here.suite, incremental=True)
    assert not list(here.store.rglob("states/*/*.json"))
    assert not list(here.store.rglob("runs/*/*.json"))


def test_an_empty_partition_adds_nothing(here: Lake) -> None:
    here.folder({"date": "2026-03-04"}).mkdir()
    here.write({"date": "2026-03-05"}, orders(5, rows=0))
    run(here.suite, incremental=True)
    outcome = run(here.suite, incremental=True)
    assert outcome.result.rows == 120
    assert verdicts(outcome.result) == verdicts(run(here.suite).result)


# --- files --------------------------------------------------------------------------------------------

PARTITION = Partition.of({"date": "2026-03-01"})
MANIFEST = Manifest(PARTITION, "lake", (FileEntry("a.parquet", 3, "sha256:1", 2),))


def kept(states: dict[str, tuple[Any, ...]], manifest: Manifest = MANIFEST) -> Kept:
    return Kept(PARTITION, "t", manifest, Schema((Column("id", "BIGINT"),)), "duckdb 2.0.0", states)


def test_files_are_joined_and_found_by_token_or_bytes(tmp_path: Path) -> None:
    files = StateFiles(LocalShelf(tmp_path), "orders", "duckdb 2.0.0")
    assert files.find(PARTITION, "t") is None
    files.put(kept({"one": (1,)}))
    files.put(kept({"two": (2.5, None)}))
    files.put(kept({"one": (1,)}))
    files.put(kept({}))
    assert len(list((tmp_path / "states" / "orders").iterdir())) == 2
    for again in (files, StateFiles(LocalShelf(tmp_path), "orders", "duckdb 2.0.0")):
        found = again.find(PARTITION, "t")
        assert found == kept({"one": (1,), "two": (2.5, None)})
        assert again.find_bytes(PARTITION, MANIFEST.digest) == found
        assert again.find(PARTITION, "u") is None
        assert again.find(Partition(), "t") is None
    assert StateFiles(LocalShelf(tmp_path), "orders", "duckdb 9").find(PARTITION, "t") is None
    assert StateFiles(LocalShelf(tmp_path), "other", "duckdb 2.0.0").find(PARTITION, "t") is None


def test_writers_do_not_disturb_each_other(tmp_path: Path) -> None:
    def write(number: int) -> None:
        files = StateFiles(LocalShelf(tmp_path), "orders", "duckdb 2.0.0")
        for turn in range(10):
            files.put(kept({f"m{turn}": (turn,)}))
            files.put(kept({f"own{number}": (number,)}))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = StateFiles(LocalShelf(tmp_path), "orders", "duckdb 2.0.0").find(PARTITION, "t")
    assert found is not None
    assert len(found.states) == 14
    assert {path.suffix for path in (tmp_path / "states" / "orders").iterdir()} == {".json"}


def test_a_damaged_file_is_left_out(tmp_path: Path) -> None:
    files = StateFiles(LocalShelf(tmp_path), "orders", "duckdb 2.0.0")
    files.put(kept({"one": (1,)}))
    files.put(kept({"two": (2,)}))
    next(iter(sorted((tmp_path / "states" / "orders").iterdir()))).write_text("{")
    with pytest.warns(StoreWarning, match="was left out"):
        found = files.find(PARTITION, "t")
    assert found is not None
    assert len(found.states) == 1


def test_a_newer_file_is_left_out(tmp_path: Path) -> None:
    files = StateFiles(LocalShelf(tmp_path), "orders", "duckdb 2.0.0")
    files.put(kept({"one": (1,)}))
    (path,) = (tmp_path / "states" / "orders").iterdir()
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema_version": 99}))
    with pytest.warns(StoreWarning, match="schema version 99"):
        assert files.find(PARTITION, "t") is None


def test_states_that_last() -> None:
    import datetime as dt
    from decimal import Decimal

    assert lasts((1, 2.5, None, Decimal("1.50"), dt.date(2026, 3, 1), float("nan"), "a"))
    assert not lasts((object(),))
    assert not lasts(((1, 2),))
