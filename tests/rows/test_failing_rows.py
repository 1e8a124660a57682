"""Failing rows: all of them, every reason, where they stand; bounded, masked, of the data that was judged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dq
from dq.errors import DataError, UsageError
from dq.result import Result

TABLE = pa.table(
    {
        "k": [1, 2, 2, None, 5],
        "s": ["a", "bb", "x", None, "é"],
        "v": [1.0, float("nan"), -3.0, 4.0, 99.0],
    }
)
SUITE: dict[str, Any] = {
    "suite": "orders",
    "columns": {
        "k": ["not_null", "unique"],
        "v": [{"between": [0, 10]}],
        "s": [{"length_between": [1, 1], "mostly": 0.5}],
    },
    "table": [{"row_count": {"min": 1}}, {"satisfy": "v < 50"}],
    "show": ["k"],
}
LARGE = {"columns": {"x": [{"between": [0, 1]}]}}


def statement(table: pa.Table) -> Any:
    return json.loads(table.schema.metadata[b"dq"])


def reasons(table: pa.Table) -> dict[int, list[str]]:
    return dict(zip(table["dq_row"].to_pylist(), table["dq_reasons"].to_pylist(), strict=True))


def write(folder: Path, *parts: pa.Table) -> Path:
    folder.mkdir(exist_ok=True)
    for number, part in enumerate(parts):
        pq.write_table(part, folder / f"part-{number}.parquet", row_group_size=2)
    return folder


def test_every_row_with_every_reason() -> None:
    rows = dq.validate(TABLE, SUITE).failing_rows()
    assert rows.column_names == ["k", "dq_row", "dq_reasons", "dq_reason_count"]
    assert rows.drop_columns(["dq_reason_count"]).to_pylist() == [
        {"k": 2, "dq_row": 1, "dq_reasons": ["k-unique", "v-between", "s-length_between", "table-satisfy"]},
        {"k": 2, "dq_row": 2, "dq_reasons": ["k-unique", "v-between"]},
        {"k": None, "dq_row": 3, "dq_reasons": ["k-not_null"]},
        {"k": 5, "dq_row": 4, "dq_reasons": ["v-between", "table-satisfy"]},
    ]
    assert rows["dq_reason_count"].to_pylist() == [4, 2, 1, 2]


def test_the_statement_says_what_is_here_and_what_is_not() -> None:
    said = statement(dq.validate(TABLE, SUITE).failing_rows())
    assert said["complete"] is True
    assert (said["rows"], said["masked"], said["hidden"], said["key"]) == (4, True, ["s", "v"], ["k"])
    assert said["left_out"] == {
        "table-row_count": "it judges the data as a whole; no row breaks it by itself"
    }
    assert [(one["id"], one["outcome"], one["unexpected"], one["rows"]) for one in said["expectations"]] == [
        ("k-not_null", "fail", 1, 1),
        ("k-unique", "fail", 2, 2),
        ("v-between", "fail", 3, 3),
        ("s-length_between", "pass", 1, 1),  # tolerated by `mostly`, and still a row that breaks it
        ("table-satisfy", "fail", 2, 2),
    ]


def test_one_expectation_or_several() -> None:
    result = dq.validate(TABLE, SUITE)
    assert reasons(result.failing_rows("v-between")) == {1: ["v-between"], 2: ["v-between"], 4: ["v-between"]}
    both = reasons(result.failing_rows(["v-between", "k-not_null"]))
    assert both == {1: ["v-between"], 2: ["v-between"], 3: ["k-not_null"], 4: ["v-between"]}


def test_unmasked_rows_are_whole() -> None:
    rows = dq.validate(TABLE, SUITE).failing_rows("k-not_null", masked=False)
    assert rows.column_names == ["k", "dq_row", "dq_reasons", "dq_reason_count", "s", "v"]
    assert rows.select(["k", "s", "v"]).to_pylist() == [{"k": None, "s": None, "v": 4.0}]
    assert statement(rows)["masked"] is False


def test_masked_rows_hold_no_hidden_value(tmp_path: Path) -> None:
    table = pa.table({"email": ["ada@example.org"], "country": ["XX"]})
    suite = {"columns": {"email": [{"in_set": []}], "country": [{"in_set": ["DE"]}]}, "show": ["COUNTRY"]}
    rows = dq.validate(table, suite).failing_rows()
    pq.write_table(rows, tmp_path / "rows.parquet", compression="none")
    written = (tmp_path / "rows.parquet").read_bytes()
    assert b"XX" in written
    assert b"ada" not in written


def test_files_and_places_lead_to_the_rows(tmp_path: Path) -> None:
    lake = write(tmp_path / "lake", TABLE.slice(0, 3), TABLE.slice(3))
    rows = dq.validate(lake, SUITE).failing_rows()
    found = [(row["dq_file"], row["dq_row"], row["k"]) for row in rows.to_pylist()]
    assert [(Path(file).name, row) for file, row, _ in found] == [
        ("part-0.parquet", 1),
        ("part-0.parquet", 2),
        ("part-1.parquet", 0),
        ("part-1.parquet", 1),
    ]
    for file, row, key in found:
        assert pq.read_table(file)["k"][row].as_py() == key


def test_csv_rows_are_found_too(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("k,v\n1,5\n,7\n3,999\n")
    rows = dq.validate(path, {"columns": {"k": ["not_null"], "v": [{"between": [0, 10]}]}}).failing_rows()
    assert reasons(rows) == {1: ["k-not_null"], 2: ["v-between"]}


def test_partition_columns_are_never_hidden(tmp_path: Path) -> None:
    write(tmp_path / "date=2024-01-01", TABLE)
    rows = dq.validate(tmp_path, {**SUITE, "show": []}, {"date": "2024-01-01"}).failing_rows("k-not_null")
    assert rows.column_names == ["dq_file", "dq_row", "dq_reasons", "dq_reason_count", "date"]
    assert [str(value) for value in rows["date"].to_pylist()] == ["2024-01-01"]


def test_names_that_the_data_has_taken(tmp_path: Path) -> None:
    table = pa.table({"x": [5], "DQ_ROW": [7], "dq_reasons": ["mine"]})
    rows = dq.validate(table, LARGE).failing_rows(masked=False)
    added = {"dq_row_2": 0, "dq_reasons_2": ["x-between"], "dq_reason_count": 1}
    assert rows.to_pylist() == [{**added, "x": 5, "DQ_ROW": 7, "dq_reasons": "mine"}]
    assert statement(rows)["columns"]["row"] == "dq_row_2"


def test_the_input_key_comes_first_and_references_are_looked_up(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1, 2]}), tmp_path / "known.parquet")
    suite = {
        "columns": {"v": ["not_null"], "k": [{"references": "known.id"}]},
        "datasets": {"known": str(tmp_path / "known.parquet")},
        "input": {"key": ["s", "k"], "data": str(tmp_path / "known.parquet")},
        "show": ["k", "s"],
    }
    rows = dq.validate(TABLE, suite).failing_rows()
    assert rows.column_names[:3] == ["s", "k", "dq_row"]
    assert reasons(rows) == {4: ["k-references"]}


def test_data_without_failures_keeps_its_columns_and_types() -> None:
    suite = {"columns": {"v": ["not_null"], "k": [{"between": [0, 9]}]}, "show": ["k", "s"]}
    rows = dq.validate(TABLE, suite).failing_rows()
    assert rows.num_rows == 0
    whole = dq.validate(TABLE, {**SUITE, "show": ["k", "s"]}).failing_rows()
    assert rows.select(["k", "s", "dq_row"]).schema.types == whole.select(["k", "s", "dq_row"]).schema.types
    assert statement(rows)["complete"] is True


def test_a_partition_without_a_file_has_no_failing_row(tmp_path: Path) -> None:
    write(tmp_path / "date=2024-01-01", TABLE)
    rows = dq.validate(tmp_path, SUITE, {"date": "2024-01-02"}).failing_rows()
    assert rows.num_rows == 0
    assert rows.column_names == ["dq_file", "dq_row", "dq_reasons", "dq_reason_count"]


# --- bounds ---


def test_rows_are_cut_where_the_caller_says_and_it_is_told() -> None:
    result = dq.validate(pa.table({"x": list(range(1000))}), LARGE)
    rows = result.failing_rows(limit=10, masked=False)
    assert rows["x"].to_pylist() == list(range(2, 12))
    assert statement(rows)["cut"] == "cut after 10 rows, as `limit` says; there are more"
    assert statement(rows)["complete"] is False
    exact = result.failing_rows(limit=998)
    assert (exact.num_rows, statement(exact)["complete"]) == (998, True)
    assert result.failing_rows(limit=0).num_rows == 0
    assert result.failing_rows(limit=None, max_bytes=None).num_rows == 998


def test_bytes_are_cut_at_a_row() -> None:
    result = dq.validate(pa.table({"x": list(range(100_000)), "s": ["text " * 10] * 100_000}), LARGE)
    rows = result.failing_rows(max_bytes=500_000, masked=False)
    assert 450_000 < sum(batch.nbytes for batch in rows.to_batches()) <= 500_000
    assert rows["x"].to_pylist() == list(range(2, 2 + rows.num_rows))
    assert "500,000 bytes, as `max_bytes` says" in statement(rows)["cut"]


def test_a_cut_that_nobody_asked_for_warns() -> None:
    result = dq.validate(pa.table({"x": list(range(100_003))}), LARGE)
    with pytest.warns(UserWarning, match="not all failing rows are here: cut after 100,000 rows"):
        rows = result.failing_rows()
    assert rows.num_rows == 100_000
    assert result.failing_rows(limit=200_000).num_rows == 100_001


@pytest.mark.parametrize("bound", [{"limit": -1}, {"max_bytes": -1}, {"limit": True}])
def test_bounds_that_mean_nothing(bound: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="must be a number from 0 up"):
        dq.validate(TABLE, SUITE).failing_rows(**bound)  # type: ignore[arg-type]  # wrong on purpose


# --- refusals ---


def test_an_expectation_on_the_whole_has_no_failing_rows() -> None:
    result = dq.validate(TABLE, SUITE)
    with pytest.raises(
        UsageError, match=r"no failing rows of 'table-row_count': it judges the data as a whole"
    ):
        result.failing_rows("table-row_count")
    with pytest.raises(UsageError, match="Did you mean 'v-between'"):
        result.failing_rows("v-betwen")
    with pytest.raises(UsageError, match="no expectation is named"):
        result.failing_rows([])


def test_an_expectation_that_could_not_be_evaluated_is_left_out_with_its_reason() -> None:
    result = dq.validate(TABLE, {"columns": {"k": ["not_null"], "gone": ["not_null"]}})
    assert "does not exist" in statement(result.failing_rows())["left_out"]["gone-not_null"]
    with pytest.raises(UsageError, match="could not be evaluated"):
        result.failing_rows("gone-not_null")


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    lake = write(tmp_path / "lake", TABLE)
    result = dq.validate(lake, SUITE)
    write(lake, TABLE.slice(1))
    with pytest.raises(DataError, match=r"part-0\.parquet: changed since the validation"):
        result.failing_rows()


def test_a_result_from_a_record_says_how_to_get_its_rows() -> None:
    result = Result.from_dict(dq.validate(TABLE, SUITE).to_dict())
    with pytest.raises(UsageError, match=r"no data at hand.*dq replay RUN --failing-rows DIR"):
        result.failing_rows()


# --- the same rows as counted, on random data ---

NUMBER = st.one_of(st.none(), st.integers(-3, 3))
TEXT = st.sampled_from([None, "", "a", "B", "ab", "é"])
ROWS = st.lists(st.tuples(NUMBER, NUMBER, TEXT), min_size=1, max_size=30)
RANDOM = {
    "columns": {
        "a": ["not_null", "unique", {"between": [-1, 1], "mostly": 0.5}],
        "b": [{"in_set": [1, 2]}, {"unique": {"where": "a > 0"}}],
        "s": [{"regex": "^[a-z]", "where": "b IS NOT NULL"}, "unique"],
    },
    "table": [
        {"satisfy": "a <= b"},
        {"unique": ["a", "b"]},
        {"satisfy": "a >= (SELECT avg(a) FROM dq_batch)"},
    ],
}


def naive(rows: list[tuple[Any, Any, Any]]) -> dict[int, list[str]]:
    """Row number to the ids of what it breaks, one row at a time."""

    def repeated(keys: list[Any]) -> list[bool]:
        return [key is not None and keys.count(key) > 1 for key in keys]

    unique_a, unique_s = repeated([a for a, _, _ in rows]), repeated([s for _, _, s in rows])
    unique_b = repeated([b if a is not None and a > 0 else None for a, b, _ in rows])
    pairs = repeated([None if a is None or b is None else (a, b) for a, b, _ in rows])
    known = [a for a, _, _ in rows if a is not None]
    broken = {}
    for number, (a, b, s) in enumerate(rows):
        told = {
            "a-not_null": a is None,
            "a-unique": unique_a[number],
            "a-between": a is not None and not -1 <= a <= 1,
            "b-in_set": b is not None and b not in (1, 2),
            "b-unique": unique_b[number],
            "s-regex": b is not None and s is not None and not (s[:1].isascii() and s[:1].islower()),
            "s-unique": unique_s[number],
            "table-satisfy": a is not None and b is not None and a > b,
            "table-unique": pairs[number],
            "table-satisfy#2": a is not None and a < sum(known) / len(known),
        }
        if any(told.values()):
            broken[number] = [id_ for id_, breaks in told.items() if breaks]
    return broken


@settings(max_examples=25, deadline=None)
@given(rows=ROWS, cut=st.integers(0, 30))
def test_failing_rows_are_those_that_were_counted(
    rows: list[tuple[Any, Any, Any]], cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    types = {"a": pa.int64(), "b": pa.int64(), "s": pa.string()}
    columns = {name: pa.array([row[i] for row in rows], types[name]) for i, name in enumerate(types)}
    table = pa.table(columns)
    lake = write(tmp_path_factory.mktemp("lake"), table.slice(0, cut), table.slice(cut))
    for data, offset in ((table, 0), (lake, min(cut, len(rows)))):
        result = dq.validate(data, RANDOM)
        found = result.failing_rows()
        places = found["dq_row"].to_pylist()
        if "dq_file" in found.column_names:
            late = ["part-1" in file for file in found["dq_file"].to_pylist()]
            places = [place + offset * second for place, second in zip(places, late, strict=True)]
        assert dict(zip(places, found["dq_reasons"].to_pylist(), strict=True)) == naive(rows)
        assert places == sorted(places)
        for one in statement(found)["expectations"]:
            assert one["rows"] == one["unexpected"]
