"""`dq.validate`: the right status, the right error, and nothing left behind."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dq
from dq.errors import DataError, SuiteError, UsageError
from dq.lake.manifest import Partition
from dq.suites import load_suite
from dq.validation import SAMPLE, EngineOptions, Validation

NUMBERS = pa.table({"x": [1, 2, None], "y": [3, 2, 1]})
NO_ROWS = NUMBERS.slice(0, 0)
NOT_NULL = {"columns": {"x": ["not_null"]}}


def status(data: Any, suite: dict[str, Any], **options: Any) -> str:
    return dq.validate(data, suite, **options).status.value


def under_x(*declared: Any, **head: Any) -> dict[str, Any]:
    return {"columns": {"x": list(declared)}, **head}


WARNING = {"not_null": {}, "severity": "warning"}
NOWHERE = {"datasets": {"nowhere": "no/such/file.csv"}}
NO_COLUMN = {"columns": {"z": ["not_null"]}}


@pytest.mark.parametrize(
    ("data", "suite", "expected"),
    [
        (NUMBERS, under_x({"between": [1, 2]}), "pass"),
        (NUMBERS, under_x("not_null"), "fail"),
        (NUMBERS, under_x(WARNING), "warn"),
        (NUMBERS, NO_COLUMN, "error"),
        (NUMBERS, {"columns": {"z": ["not_null"], "x": [WARNING]}}, "error"),
        (NUMBERS, {"columns": {"z": ["not_null"], "x": ["not_null"]}}, "fail"),
        (NO_ROWS, under_x("not_null"), "untested"),
        (NO_ROWS, under_x("not_null", allow_empty=True), "pass"),
        (NO_ROWS, under_x("not_null", allow_empty=True, on_untested="fail"), "untested"),
        (NO_ROWS, {"table": [{"row_count": {"min": 1}}]}, "fail"),
        (NO_ROWS, {"table": [{"row_count": {"min": 1}}], "allow_empty": True}, "fail"),
        (NUMBERS, under_x({"between": [0, 9], "where": "y > 5"}), "pass"),
        (NUMBERS, under_x({"between": [0, 9], "where": "y > 5"}, on_untested="fail"), "untested"),
        (NUMBERS, under_x({"references": "nowhere.x"}, **NOWHERE), "pass"),
        (
            NUMBERS,
            under_x({"references": "nowhere.x"}, **NOWHERE, on_untested="fail"),
            "untested",
        ),
    ],
)  # fmt: skip
def test_status(data: Any, suite: dict[str, Any], expected: str) -> None:
    assert status(data, suite) == expected


def lake(folder: Path, **days: pa.Table) -> str:
    """A table of Hive folders `day=...`, one file in each."""
    for day, table in days.items():
        (folder / f"day={day}").mkdir(parents=True)
        pq.write_table(table, folder / f"day={day}" / "a.parquet")
    return str(folder)


def test_partitions(tmp_path: Path) -> None:
    root = lake(tmp_path / "t", one=NUMBERS, two=pa.table({"x": [1], "y": [1]}))
    assert status(root, NOT_NULL, partition={"day": "one"}) == "fail"
    result = dq.validate(root, NOT_NULL, {"day": "two"})
    assert (result.status.value, result.rows, str(result.partition)) == ("pass", 1, "day=two")
    assert dq.validate(root, NOT_NULL).rows == 4


def test_a_missing_or_emptied_partition_is_untested_and_a_missing_table_an_error(tmp_path: Path) -> None:
    root = lake(tmp_path / "t", one=NUMBERS)
    (tmp_path / "t" / "day=two").mkdir()
    for day in ("two", "three"):
        result = dq.validate(root, NOT_NULL, {"day": day})
        assert (result.status.value, result.rows) == ("untested", 0)
        assert [v.reason for v in result.verdicts] == ["the partition holds no file"]
        assert status(root, {**NOT_NULL, "allow_empty": True}, partition={"day": day}) == "pass"
    with pytest.raises(DataError, match="no such file or folder Did you mean 't'"):
        dq.validate(str(tmp_path / "tt"), NOT_NULL, {"day": "one"})


def test_a_wrong_partition_column_does_not_check_everything(tmp_path: Path) -> None:
    root = lake(tmp_path / "t", one=NUMBERS, two=NUMBERS)
    with pytest.raises(UsageError, match=r"'dya' is no partition column\. Did you mean 'day'\?"):
        dq.validate(root, NOT_NULL, {"dya": "one"})
    words: Any = "day=one"
    with pytest.raises(UsageError, match="give a mapping"):
        dq.validate(root, NOT_NULL, words)


def test_values_of_a_partition_may_be_dates_and_numbers(tmp_path: Path) -> None:
    root = lake(tmp_path / "t", **{"2013-02-08": NUMBERS, "7": NUMBERS})
    assert dq.validate(root, NOT_NULL, {"day": dt.date(2013, 2, 8)}).rows == 3
    assert dq.validate(root, NOT_NULL, {"day": 7}).rows == 3


def test_a_missing_column_is_named_with_the_nearest() -> None:
    (verdict,) = dq.validate(
        NUMBERS.rename_columns(["carrier", "y"]), {"columns": {"carier": ["not_null"]}}
    ).verdicts
    assert verdict.outcome.value == "error"
    assert verdict.reason.startswith("column 'carier' does not exist. Did you mean 'carrier'?")


def damaged(path: Path, how: str) -> str:
    pq.write_table(pa.table({"x": list(range(2000))}), path, use_dictionary=False, compression="none")
    content = path.read_bytes()
    half = len(content) // 2
    path.write_bytes({"cut": content[:half], "text": b"x,y\n1,2\n", "nothing": b""}[how])
    return str(path)


@pytest.mark.parametrize("how", ["cut", "text", "nothing"])
def test_what_is_no_parquet_file_is_said_so_with_its_name(tmp_path: Path, how: str) -> None:
    with pytest.raises(DataError, match=r"a\.parquet: cannot be read"):
        dq.validate(damaged(tmp_path / "a.parquet", how), NOT_NULL)


def test_damaged_pages_are_errors_of_those_who_read_them(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"x": list(range(2000))}), path)
    content = path.read_bytes()
    path.write_bytes(content[:4] + b"\xff" * 40 + content[44:])
    result = dq.validate(str(path), under_x("not_null", "unique"))
    assert [v.outcome.value for v in result.verdicts] == ["pass", "error"]
    assert result.status.value == "error"


def test_a_second_file_with_other_columns_or_types_never_passes_unseen(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [1, 2]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"y": ["a"]}), tmp_path / "2.parquet")
    pq.write_table(pa.table({"x": ["secret"]}), tmp_path / "3.parquet")
    one, two, three = (str(tmp_path / f"{i}.parquet") for i in (1, 2, 3))
    missing = dq.validate([one, two], {**NOT_NULL, "table": [{"columns": ["x"]}]})
    assert [v.outcome.value for v in missing.verdicts] == ["fail", "fail"]
    assert missing.verdicts[0].unexpected == 1
    mixed = dq.validate([one, three], under_x({"between": [0, 9]}, {"of_type": "BIGINT"}))
    assert [v.outcome.value for v in mixed.verdicts] == ["error", "fail"]
    assert "secret" not in str(mixed.to_dict())


def test_parameters_and_input() -> None:
    at_most = under_x({"between": {"max": "$high"}}, params={"high": 1})
    assert status(NUMBERS, at_most) == "fail"
    assert status(NUMBERS, at_most, params={"high": 2}) == "pass"
    law = {"table": [{"keys_preserved": {"key": ["y"]}}]}
    assert status(NUMBERS, law, input=NUMBERS) == "pass"
    assert status(NUMBERS.slice(1), law, input=NUMBERS) == "fail"
    assert dq.validate(NUMBERS, law).verdicts[0].outcome.value == "untested"


def test_an_input_that_the_caller_names_must_be_there() -> None:
    with pytest.raises(DataError, match="no such file"):
        dq.validate(NUMBERS, {"table": ["row_count_matches"]}, input="no/such/file.csv")


def test_no_data_at_all() -> None:
    with pytest.raises(DataError, match="names no data"):
        dq.validate(None, NOT_NULL)
    with pytest.raises(UsageError, match=r"cannot read a builtins\.int"):
        dq.validate(7, NOT_NULL)
    with pytest.raises(SuiteError, match="Did you mean 'not_null'"):
        dq.validate(NUMBERS, under_x("not_nul"))


def test_samples_are_bounded_and_masked() -> None:
    many = pa.table({"x": [f"secret {i}" for i in range(100)] * 2})
    rules = ({"in_set": ["a"]}, "unique")
    result = dq.validate(many, under_x(*rules))
    for verdict in result.verdicts:
        assert len(verdict.sample) == SAMPLE
        assert all(str(value).startswith("secret") for value in verdict.sample)
        assert verdict.unexpected == 200
    assert "secret" not in str(result.to_dict())
    assert "secret" not in str(result)
    shown = dq.validate(many, under_x(*rules, show=["x"])).to_dict()
    assert len(shown["verdicts"][0]["sample"]) == SAMPLE


def test_the_moment_of_the_run_is_given() -> None:
    table = pa.table({"x": [dt.datetime(2013, 2, 8, 12)]})
    suite = under_x({"fresh": "1 day"})
    for hour, expected in ((13, "pass"), (11, "pass")):
        now = dt.datetime(2013, 2, 8 if hour == 13 else 9, hour, tzinfo=dt.timezone.utc)
        assert status(table, suite, now=now) == expected
    assert status(table, suite, now=dt.datetime(2013, 2, 10, tzinfo=dt.timezone.utc)) == "fail"


def test_a_result_says_what_counts_in_a_few_lines() -> None:
    result = dq.validate(NUMBERS, {"suite": "s", **under_x("not_null", {"between": [0, 9]})})
    head, line = str(result).splitlines()
    assert head.startswith("FAIL  s: 1 pass, 1 fail, 3 rows, ")
    assert line == "  fail     x-not_null (critical): expected not null; 1 of 3 rows (33.33%) break it"


@pytest.mark.parametrize("name", ['"', "'; DROP TABLE dq_batch; --", "a\nb", "<b>", "dq_n", "$x", "{batch}"])
def test_hostile_names_and_values(tmp_path: Path, name: str) -> None:
    column = name.replace("$", "$$")
    rules = ["not_null", "unique", {"in_set": [name.replace("$", "$$")]}, {"regex": "^no$"}, {"length": 99}]
    path = str(tmp_path / "a.parquet")
    pq.write_table(pa.table({name: [name, name]}), path)
    result = dq.validate(path, {"columns": {column: rules}})
    assert [v.outcome.value for v in result.verdicts] == ["pass", "fail", "pass", "fail", "fail"]
    assert result.verdicts[1].sample == (name,)


def test_a_suite_that_breaks_off_half_way_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spill = tmp_path / "spill"
    spill.mkdir()
    bad = tmp_path / "bad.parquet"
    bad.write_bytes(b"PAR1 and nothing else")
    monkeypatch.setattr(tempfile, "tempdir", str(spill))
    suite = under_x({"references": "bad.x"}, datasets={"bad": str(bad)})
    with pytest.raises(DataError, match=r"bad\.parquet"):
        dq.validate(NUMBERS, suite)
    assert list(spill.iterdir()) == []
    with Validation(
        load_suite(NOT_NULL), NUMBERS, Partition(), options=EngineOptions(1, "1GB")
    ) as validation:
        assert len(list(spill.iterdir())) == 1
        assert validation.result().rows == 3
    assert list(spill.iterdir()) == []
