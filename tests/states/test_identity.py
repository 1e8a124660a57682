"""When two metrics are the same question, and which are kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from dq.metrics import (
    AuthorRows,
    CountWhere,
    DistinctCount,
    Duplicates,
    Extreme,
    Metric,
    QuantileOf,
    RowCount,
)
from dq.sql import words as w
from dq.states.identity import canonical, identity, reads, why_scanned

K, S = w.Column("k", "INTEGER"), w.Column("s", "VARCHAR")


def sql(text: str) -> Metric:
    return CountWhere(condition=w.SqlCondition(text))


def test_the_name_of_a_question_lasts() -> None:
    """Other versions of dq look for this name: when it changes, every kept state is read again."""
    assert identity(RowCount(), {}) == "40367e02754e3aedf4bb923fe0cc803c335505839477b049affddef291b585f2"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (RowCount(), RowCount(where=w.IsNull(K))),
        (Extreme(which="min", of=K), Extreme(which="max", of=K)),
        (Extreme(which="min", of=K), Extreme(which="min", of=w.Column("k", "BIGINT"))),
        (
            CountWhere(condition=w.Compare("=", K, w.Lit(1))),
            CountWhere(condition=w.Compare("=", K, w.Lit(True))),
        ),
        (
            CountWhere(condition=w.Compare("=", K, w.Lit(1))),
            CountWhere(condition=w.Compare("=", K, w.Lit(1.0))),
        ),
        (CountWhere(condition=w.IsNull(K)), CountWhere(condition=w.IsNan(K))),
        (sql("k > 1"), sql("k > 2")),
    ],
)
def test_different_questions_have_different_names(left: Metric, right: Metric) -> None:
    assert identity(left, {}) is not None
    assert identity(left, {}) != identity(right, {})


@pytest.mark.parametrize(
    "values",
    [
        (1, True, 1.0, "1", Decimal(1), b"1", None, ("1",), ()),
        (dt.date(2013, 2, 8), dt.datetime(2013, 2, 8), "2013-02-08"),
        (("a", "b"), ("ab",), ("a,b",), (("a",), "b")),
        (frozenset({"a"}), ("a",)),
        ("\u00e9", "e\u0301", "\ud800"),
    ],
)
def test_texts_tell_values_apart(values: tuple[Any, ...]) -> None:
    assert len({canonical(value) for value in values}) == len(values)
    assert None not in {canonical(value) for value in values}


def test_an_unknown_kind_has_no_text() -> None:
    assert canonical(object()) is None
    assert canonical((1, {"a": 1})) is None


TOGETHER = "needs the rows of all partitions together"
LOOKS = "may look at other rows"


@pytest.mark.parametrize(
    ("metric", "why"),
    [
        (QuantileOf(of=K, q=0.5), TOGETHER),
        (DistinctCount(of=(K,)), TOGETHER),
        (Duplicates(of=(K,)), TOGETHER),
        (AuthorRows(text="SELECT 1 FROM {batch}"), TOGETHER),
        (CountWhere(condition=w.Repeated((K,))), TOGETHER),
        (RowCount(source="input"), "about another dataset"),
        (CountWhere(condition=w.InDataset((K,), "shops", (K,))), "whose bytes are not the same"),
        (sql("k > (SELECT avg(k) FROM batch)"), LOOKS),
        (sql("k IN (SELECT 1)"), LOOKS),
        (sql("t > now()"), LOOKS),
        (sql("t > today()"), LOOKS),
        (sql("t > current_timestamp"), LOOKS),
        (sql("random() < 0.5"), LOOKS),
        (sql("my_function(k) = 1"), LOOKS),
        (sql("k > 1"), ""),
        (sql("upper(s) = 'X' AND date_trunc('day', t) = d"), ""),
        (RowCount(), ""),
    ],
)
def test_what_is_scanned_and_why(metric: Metric, why: str) -> None:
    found = why_scanned(metric, {})
    assert (why in found) if why else found == ""
    assert (identity(metric, {}) is None) == bool(why)


def test_a_reference_is_part_of_the_question() -> None:
    metric = CountWhere(condition=w.InDataset((K,), "shops", (K,)))
    assert identity(metric, {"shops": "sha256:1"}) != identity(metric, {"shops": "sha256:2"})
    assert identity(metric, {"shops": "sha256:1"}) == identity(metric, {"shops": "sha256:1", "other": "x"})


def test_columns_that_are_read() -> None:
    assert reads(Extreme(which="min", of=K, where=w.IsNull(S))) == (S, K)
    assert reads(sql("k > 1")) is None


def test_a_check_in_python_needs_fields_that_last() -> None:
    @dataclass(frozen=True)
    class Even:
        base: int

        def accepts(self, values: Any) -> list[bool]:
            return [int(value) % self.base == 0 for value in values]

    def metric(base: int) -> Metric:
        return CountWhere(condition=w.Accepted(S, Even(base)))

    assert identity(metric(2), {}) != identity(metric(3), {})
