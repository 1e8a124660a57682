from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pyarrow as pa
import pytest
from expectation_cases import ERROR, FAIL, PASS, UNTESTED, Case, check, refusal, table_of, verdict

import dq

JSON, SHAPE = "json", "json_schema"
POINT = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"], "title": "point"}
OF_DRAFT_4 = {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1, "exclusiveMinimum": True}
REFERRING = {"$defs": {"n": {"type": "integer"}}, "items": {"$ref": "#/$defs/n"}}
POINTS = ['{"x": 1}', '{"x": "1"}', "{}", "x", None]
TREE = {"properties": {"child": {"$ref": "#"}, "n": {"type": "integer"}}}


def shape(schema: object) -> dict[str, object]:
    return {SHAPE: {"schema": schema}}


CASES = [
    Case("any value", ['{"a": 1}', "[]", "1", '"a"', "null", None], JSON, PASS, 0, 1.0, {"missing": 1}),
    Case("none", ["{", "a", "'a'", "", "[1,]", "01"], JSON, FAIL, 6, 0.0, {"expected": "JSON"}),
    Case("as Python has it", ["NaN", ' {"a":1,"a":2} ', "9" * 400, '"\\ud800"'], JSON, PASS, 0, 1.0),
    Case("what DuckDB alone would take", ["nan", "inf", '{"a":1,}'], JSON, FAIL, 3, 0.0),
    Case("too deep", ["[" * 100_000 + "]" * 100_000, "[[]]"], JSON, FAIL, 1, 0.5),
    Case("numbers are no text", [1, 2, None], JSON, FAIL, 2, 0.0, {"missing": 1}),
    Case("mostly", ["{}", "{"], {JSON: {}, "mostly": 0.5}, PASS, 1, 0.5, {"expected": "JSON for 50 %"}),
    Case("filtered", {"x": ["{}", "{"], "y": [1, 2]}, {JSON: {}, "where": "y = 1"}, PASS, 0, 1.0),
    Case("all null", pa.table({"x": pa.array([None], pa.string())}), JSON, UNTESTED, 0),
    Case("no rows", pa.table({"x": pa.array([], pa.string())}), shape({}), UNTESTED, 0),
    Case("shape", POINTS, shape(POINT), FAIL, 3, 0.25, {"expected": "valid under the JSON Schema 'point'"}),
    Case("no shape", ["{}", "[1]", "NaN"], shape({}), PASS, 0, 1.0),
    Case("by its full name", ['{"x": 1}'], {SHAPE: {"json_schema": POINT}}, PASS, 0, 1.0),
    Case("the draft it names", ["1", "2"], shape(OF_DRAFT_4), FAIL, 1, 0.5),
    Case("references within", ["[1]", "[1.5]"], shape(REFERRING), FAIL, 1, 0.5),
    Case("recursive", ['{"child": {"n": 1}}', '{"child": {"n": "1"}}'], shape(TREE), FAIL, 1, 0.5),
    Case("formats are not asserted", ['"no date"'], shape({"format": "date"}), PASS, 0, 1.0),
    Case("structs", [{"x": 1}, {"x": None}, None], shape(POINT), FAIL, 1, 0.5, {"missing": 1}),
    Case("lists", [[1, 2], [1] * 4], shape({"maxItems": 3}), FAIL, 1, 0.5),
    Case(
        "dates in structs",
        [{"x": dt.date(2024, 1, 1)}],
        shape({"properties": {"x": {"const": "2024-01-01"}}}),
        PASS, 0, 1.0,
    ),
]  # fmt: skip


@table_of(CASES)
def test_json(case: Case) -> None:
    check(case)


def test_columns_of_the_type_json(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({"x": value}) + "\n" for value in ({"x": 1}, [1], "a")))
    result = dq.validate(str(path), {"columns": {"x": [JSON, shape(POINT)]}})
    assert [(found.outcome.value, found.unexpected) for found in result.verdicts] == [(PASS, 0), (FAIL, 2)]


@pytest.mark.parametrize(
    ("values", "declared", "reason"),
    [
        ([[1]], JSON, "which is no text"),
        ([b"{}"], JSON, "which is no text"),
        ([1], shape({}), "neither text nor nested"),
        ([b"{}"], shape({}), "neither text nor nested"),
    ],
)
def test_other_types_are_refused(
    values: list[object], declared: dict[str, object] | str, reason: str
) -> None:
    found = verdict(values, declared)
    assert (found.outcome.value, reason in found.reason) == (ERROR, True)


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "objekt"}, "no JSON Schema: 'objekt' is not valid"),
        ({"properties": {"a": {"minimum": "1"}}}, "(at properties/a/minimum)"),
        ({"pattern": "("}, "no JSON Schema: '(' is not a 'regex'"),
        ({"$ref": "#/$defs/gone"}, "$ref '#/$defs/gone' points at nothing within the schema"),
        ({"items": {"$ref": "https://example.com/x.json"}}, "other documents are not fetched"),
        ({"$ref": "#"}, "refers to itself without end"),
        ([], "json_schema"),
    ],
)
def test_impossible_schemas_are_refused(schema: object, message: str) -> None:
    assert message in refusal({SHAPE: {"json_schema": schema}})
