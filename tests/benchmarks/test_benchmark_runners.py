from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

from benchmarks.__main__ import main as benchmark
from benchmarks.agree import disagreements
from benchmarks.checks import COUNTRIES, CURRENCIES, EMAIL, FAILING, PROMO_CODE, STATUSES, checks
from benchmarks.checks import failing as planted
from benchmarks.measure import module
from benchmarks.measure import run as run_process
from benchmarks.runners import dq, hand, raw
from benchmarks.runners.report import USAGE, Finding, Job, job_from, read
from benchmarks.suite import suite_of

ROWS = 30_007
IDS = {check.id for check in checks(ROWS)}

# Written from the description of each check, not from the runner: what one bad row looks like in Python.
BAD_ROW: dict[str, Callable[[dict[str, Any]], bool]] = {
    "rating-not_null": lambda row: row["rating"] is None,
    "status-in_set": lambda row: row["status"] not in STATUSES,
    "currency-in_set": lambda row: row["currency"] not in CURRENCIES,
    "country-in_set": lambda row: row["country"] not in COUNTRIES,
    "quantity-between": lambda row: not 1 <= row["quantity"] <= 20,
    "score-between": lambda row: not -100 <= row["score"] <= 200,
    "created_at-between": lambda row: not dt.datetime(2026, 10, 24) <= row["created_at"],
    "email-regex": lambda row: re.search(EMAIL, row["email"]) is None,
    "promo_code-regex": lambda row: re.search(PROMO_CODE, row["promo_code"]) is None,
    "order_uuid-length": lambda row: len(row["order_uuid"]) != 36,
    "updated_at-pair_greater": lambda row: row["updated_at"] < row["created_at"],
    "postal_txt-parses": lambda row: not row["postal_txt"].isdigit(),
    "vendor_id-references": lambda row: not 1 <= row["vendor_id"] <= 500,
    "table-satisfy": lambda row: row["ship_date"] <= row["order_date"],
}


def rows_of(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ds.dataset(folder / "orders", partitioning="hive").to_table().to_pylist()
    for row in rows:
        row["order_date"] = dt.date.fromisoformat(row["order_date"])
    return rows


def test_arguments_say_the_job() -> None:
    plain = Job(Path("a b"), 5)
    asked = Job(Path("a b"), 5, failing=True, checks=100, memory_limit="256MB")

    assert job_from("x", plain.arguments()) == plain
    assert job_from("x", asked.arguments()) == asked


@pytest.mark.parametrize("word", ["--checks=30", "--fast", "more"])
def test_a_job_that_is_not_understood(word: str) -> None:
    with pytest.raises(SystemExit, match="usage"):
        job_from("x", ["folder", "5", word])


def test_100_checks_begin_with_the_31(failing: Path) -> None:
    hundred = checks(ROWS, 100)
    job = Job(failing, ROWS, failing=True, checks=100)

    by_hand, queries = hand.run(job)
    by_dq, _ = dq.run(job)

    assert hundred[:31] == checks(ROWS)
    assert len({check.id for check in hundred}) == 100
    assert disagreements({"hand": by_hand, "dq": by_dq}, {check.id for check in hundred}) == []
    failed = {id_ for id_, finding in by_hand.items() if finding.outcome == "fail"}
    assert failed <= planted(100)
    assert len(failed) > 10
    assert queries == 4 + len(failed)  # the samples


def test_31_checks_with_ids_of_their_own() -> None:
    assert len(checks(ROWS)) == len(IDS) == 31
    assert IDS > FAILING


def test_hand_passes_good_data_in_four_queries(passing: Path) -> None:
    findings, queries = hand.run(Job(passing, ROWS, failing=False))

    assert findings.keys() == IDS
    assert {finding.outcome for finding in findings.values()} == {"pass"}
    assert queries == 4


def test_hand_counts_bad_rows_exactly(failing: Path) -> None:
    rows = rows_of(failing)
    repeats = Counter(row["order_id"] for row in rows)
    truth = {id_: sum(map(bad, rows)) for id_, bad in BAD_ROW.items()}
    truth["order_id-unique"] = sum(count for count in repeats.values() if count > 1)

    findings, _ = hand.run(Job(failing, ROWS, failing=True))

    assert {id_: findings[id_].unexpected for id_ in truth} == truth
    failed = {id_ for id_, finding in findings.items() if finding.outcome == "fail"}
    assert failed == {id_ for id_, count in truth.items() if count} - {"rating-not_null"}
    assert len(failed) >= 5


@pytest.mark.parametrize("runner", ["hand", "raw"])
def test_a_runner_is_a_process(runner: str, passing: Path) -> None:
    done = run_process(module(f"benchmarks.runners.{runner}", str(passing), str(ROWS)))

    assert (done.status, done.errors) == (0, "")
    assert read(done.output).findings.keys() == (IDS if runner == "hand" else set())
    assert done.cost.cpu > 0


def test_a_runner_called_wrongly_says_how() -> None:
    done = run_process(module("benchmarks.runners.hand", "--failing"))

    assert done.status == 1
    assert done.complaint == "usage: python -m benchmarks.runners.hand " + USAGE


def test_raw_reads_eighteen_columns(passing: Path, failing: Path) -> None:
    before, after = (raw.run(Job(folder, ROWS, failing=False)) for folder in (passing, failing))

    assert len(before) == 18
    unspoiled = 1  # order_uuid
    assert before[unspoiled] == after[unspoiled]
    email = 7
    assert before[email] != after[email]


def test_the_suite_says_all_checks_once(tmp_path: Path) -> None:
    suite = suite_of(checks(ROWS), tmp_path)
    columns = [said["id"] for declared in suite["columns"].values() for said in declared]
    ids = columns + [said["id"] for said in suite["table"]]

    schema = {id_ for id_ in ids if id_.startswith("table-schema")}
    assert len(schema) == 22
    assert set(ids) - schema == IDS - {"table-schema"}
    assert len(ids) == len(set(ids)) == 52
    assert suite["columns"]["rating"] == [
        {"of_type": "SMALLINT", "id": "table-schema-rating"},
        {"not_null": {}, "mostly": 0.99, "id": "rating-not_null"},
    ]


def test_the_whole_benchmark_on_a_small_table(
    failing: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = str(ROWS / 1_000_000)
    words = ["--tables", "own", "--rows", rows, "--runs", "1", "--data", "failing", "--only", "hand", "raw"]

    assert benchmark([*words, "--home", str(home)]) == 0
    printed = capsys.readouterr().out
    assert "### 30,007 rows, failing data\n\n| runner | wall s [min-max] |" in printed
    assert re.search(r"^\| hand \|.* 1\.00 \| 1\.00 \|.*\|$", printed, re.MULTILINE)
    assert re.search(r"^\| raw \|.* 1\.00 \| 1 \|$", printed, re.MULTILINE)


def test_an_answer_is_the_last_line() -> None:
    answer = read('a word before\n{"verdicts": {"a": ["fail", 3]}, "queries": 2}\n')

    assert answer.findings == {"a": Finding("fail", 3)}
    assert answer.queries == 2


@pytest.mark.parametrize("text", ["", "\n", "[]", '{"queries": 1}', "not json"])
def test_no_answer(text: str) -> None:
    with pytest.raises((ValueError, json.JSONDecodeError)):
        read(text)
