"""The examples of the reference say what they are said to say, and classes cost what they say they cost."""

from __future__ import annotations

import re

import pytest

from docs.equivalents_page import gaps
from docs.expectation_page import dialects
from docs.worked import Example, example, examples, rows_as_text, run, worked
from dq.expectations import vocabulary
from dq.expectations.base import Expectation, RowExpectation
from dq.expectations.described import describe, equivalents
from dq.expectations.traits import Cost
from dq.metrics import Grain

EVERY = sorted(vocabulary().values(), key=lambda cls: cls.type)
by_name = pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.type)

_NO_FILTER = {
    "expect_column_values_to_be_between": Example(
        "columns: {flight: [{between: [1, 9]}]}", data={"flight": [1, 7, None]}
    ),
    "expect_column_values_to_be_null": Example(
        "columns: {flight: [is_null]}", data={"flight": [None, 7]}, types={"flight": "BIGINT"}
    ),
}
"""Where the example shows something else: one that footers answer."""

_ALLOWED = {
    Grain.TABLE: {Cost.METADATA, Cost.SCAN, Cost.VALUES, Cost.JOIN, Cost.ORDERING, Cost.OUTSIDE},
    Grain.GROUP: {Cost.PASSES, Cost.VALUES, Cost.GROUPING, Cost.ORDERING, Cost.JOIN},
    Grain.FOREIGN: {Cost.OUTSIDE},
    Grain.SQL: {Cost.QUERY},
}
"""What a class may say it costs, by the dearest grain that its example asks for."""


def test_every_example_is_of_an_expectation() -> None:
    assert set(examples()) <= {cls.type for cls in EVERY}


@by_name
def test_examples_come_out_as_they_say(cls: type[Expectation]) -> None:
    shown = example(cls)
    how = "in docs/examples.yml, as a mapping with suite, data and outcome; see the head of that file"
    assert shown.outcome, f"write the example of {cls.type} {how}"
    verdict = worked(cls).verdict
    assert verdict.outcome.value == shown.outcome, (verdict.expected, verdict.observed, verdict.reason)


@by_name
def test_classes_cost_what_they_say(cls: type[Expectation]) -> None:
    metrics = worked(cls).metrics.values()
    grains = {metric.grain for metric in metrics}
    if not grains:
        assert cls.cost is Cost.SCHEMA
        return
    dearest = max(grains, key=list(Grain).index)
    assert cls.cost in _ALLOWED[dearest], f"cost of {cls.__name__}: its example asks for {dearest.value}"
    assert (cls.cost is Cost.JOIN) <= any(metric.source or _reads_another(metric) for metric in metrics)


def _reads_another(metric: object) -> bool:
    return "InDataset" in repr(metric) or bool(getattr(metric, "other", ""))


@by_name
def test_nulls_are_treated_as_told(cls: type[Expectation]) -> None:
    ran = worked(cls)
    if isinstance(ran.expectation, RowExpectation):
        left_out = "left out" in cls.nulls.lower() or cls.nulls.startswith("As `ignore_row_if`")
        assert left_out == (ran.expectation.ignored(ran.scope) is not None), cls.nulls


@pytest.mark.parametrize("cls", [cls for cls in EVERY if cls.cost is Cost.METADATA], ids=lambda cls: cls.type)
def test_footers_answer_what_costs_metadata(cls: type[Expectation]) -> None:
    other = _NO_FILTER.get(cls.type)
    ran = run(cls, other) if other else worked(cls)
    assert ran.open == 0, f"cost of {cls.__name__}: footers leave questions open, so it is a scan"


@by_name
def test_arguments_are_told_in_words(cls: type[Expectation]) -> None:
    about = describe(cls)
    assert about.summary.endswith(".")
    for argument in about.arguments:
        assert not re.search(r"[<>\[\]]|typing|NoneType", argument.type), (argument.name, argument.type)
    assert {"mostly", "where"} & {argument.name for argument in about.arguments} <= set(cls.model_fields)


def test_gaps_are_gaps() -> None:
    claimed = {
        (tool, name.lower())
        for cls in EVERY
        for tool, names in equivalents(cls).items()
        for name in names
        if tool != "gx"
    }
    told = {
        (tool, name.lower())
        for tool, missing in gaps().items()
        for names in missing
        for name in names.split(", ")
        if tool != "gx"
    }
    wrong = sorted(gap for gap in told for tool, name in claimed if tool == gap[0] and gap[1] in name)
    assert wrong == [], "an expectation has it now: take it out of docs/gaps.yml"


def test_every_dialect_is_asked() -> None:
    assert "duckdb" in dialects()
    assert "" not in dialects()


def test_rows_stand_below_each_other() -> None:
    assert rows_as_text({"a": [1, None], "long": ["x", float("nan")]}) == "a     1  null\nlong  x   NaN"
