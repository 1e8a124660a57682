from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, refusal, table_of, verdict

DAY, ANY = "strftime", "dateutil"
ISO = {DAY: "%Y-%m-%d"}
HUGE = "9" * 30
CASES = [
    Case("dates", ["2024-02-29", "2023-02-29", None], ISO, FAIL, 1, 0.5, {"sample": ("2023-02-29",)}),
    Case("the whole text", ["2024-01-01 ", "2024-01-01T00:00"], ISO, FAIL, 2, 0.0),
    Case("no leading zeros", ["2024-1-1"], ISO, PASS, 0, 1.0, {"expected": "written as %Y-%m-%d"}),
    Case("times", ["23:59:59", "24:00:00"], {DAY: {"format": "%H:%M:%S"}}, FAIL, 1, 0.5),
    Case("zones", ["2024-01-01T10:00+0200"], {DAY: "%Y-%m-%dT%H:%M%z"}, PASS, 0, 1.0),
    Case("mostly", ["2024-01-01", "x"], {**ISO, "mostly": 0.5}, PASS, 1, 0.5),
    Case("any date", ["2024-02-29", "5 May 2020", "10", "Tuesday 10am UTC", None], ANY, PASS, 0, 1.0),
    Case("no date", ["x", "", "2023-02-29", "13/13/2020", HUGE], ANY, FAIL, 5, 0.0),
    Case("what breaks the parser", [f"{HUGE}m{HUGE}mT{HUGE * 2}"], ANY, FAIL, 1, 0.0),
    Case("unknown zones", ["2024-01-01 10:00 ABC"], ANY, PASS, 0, 1.0, {"expected": "a date in text"}),
    Case("filtered away", {"x": ["x"], "y": [1]}, {**ISO, "where": "y = 2"}, UNTESTED, 0),
    Case("all null", pa.table({"x": pa.array([None], pa.string())}), ANY, UNTESTED, 0),
]


@table_of(CASES)
def test_dates_in_text(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("values", [[1], [dt.date(2024, 1, 1)], [[1]]])
@pytest.mark.parametrize("declared", [ISO, ANY])
def test_other_types_are_refused(values: list[object], declared: dict[str, object] | str) -> None:
    found = verdict(values, declared)
    assert (found.outcome.value, "which is no text" in found.reason) == (ERROR, True)


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({DAY: "%D"}, "'%D' cannot be read back"),
        ({DAY: "%Y-%"}, "cannot be read back"),
        ({DAY: ""}, "strftime_format"),
        ({DAY: 5}, "strftime_format"),
        (DAY, "strftime_format"),
        ({ANY: "x"}, "dateutil takes named arguments only"),
    ],
)
def test_impossible_arguments_are_refused(declared: dict[str, object] | str, message: str) -> None:
    assert message in refusal(declared)
