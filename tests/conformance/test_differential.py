"""Random tables and random expectations: dq against the row-by-row oracle."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import naive_oracle as oracle
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from naive_oracle import Answer, Row

import dq

DAY = dt.date(2024, 1, 30)
WHOLE = st.integers(-3, 4)
QUARTERS = st.integers(-8, 8).map(lambda n: n / 4)
WORDS = st.sampled_from(["", "a", "ab", "b", "Z", "é", "a'b", "10", "\n", "日本"])
DAYS = st.integers(0, 4).map(lambda n: DAY + dt.timedelta(days=n))
TYPES: dict[str, tuple[Any, Any]] = {
    "i": (pa.int64(), WHOLE),
    "j": (pa.int32(), WHOLE),
    "f": (pa.float64(), QUARTERS | st.just(math.nan)),
    "g": (pa.float64(), QUARTERS | st.sampled_from([math.nan, math.inf, -math.inf, -0.0])),
    "s": (pa.string(), WORDS),
    "d": (pa.date32(), DAYS),
}
ROWS = st.lists(
    st.fixed_dictionaries({c: st.none() | values for c, (_, values) in TYPES.items()}), max_size=9
)
FILTERS: dict[str | None, Callable[[Row], bool]] = {
    None: lambda row: True,
    "i > 0": lambda row: row["i"] is not None and row["i"] > 0,
    "s IS NULL OR j < 2": lambda row: row["s"] is None or (row["j"] is not None and row["j"] < 2),
    "NOT (d = DATE '2024-01-30')": lambda row: row["d"] is not None and row["d"] != DAY,
}
MOSTLY = st.sampled_from([1.0, 1.0, 0.75, 0.5, 0.0])
PATTERNS = ["^a", "b$", "[0-9]+", "^$", "é|Z", "^.{2}$", "'"]


@dataclass(frozen=True)
class Ask:
    """One declaration and the oracle's answer to it, from the rows within the filter."""

    declared: dict[str, Any]
    answer: Callable[[Sequence[Row]], Answer]


def filtered(ask: Ask, where: str | None) -> Ask:
    """The same question within a filter."""
    if where is None:
        return ask
    keep = FILTERS[where]
    return Ask({**ask.declared, "where": where}, lambda rows: ask.answer([r for r in rows if keep(r)]))


def a_row_rule(
    name: str, column: str, bad: Callable[[Any], bool], mostly: float, *, nulls: bool = False, **kwargs: Any
) -> Ask:
    ignored = oracle.never if nulls else oracle.null_in(column)
    return Ask(
        {"expectation": name, "column": column, "mostly": mostly, **kwargs},
        lambda rows: oracle.rule(rows, ignored, lambda row: bad(row[column]), mostly),
    )


@st.composite
def between(draw: st.DrawFn) -> Ask:
    column = draw(st.sampled_from(sorted(TYPES)))
    values = {"f": QUARTERS, "g": QUARTERS}.get(column, TYPES[column][1])
    low, high = sorted(draw(st.tuples(values, values)))
    kwargs = draw(
        st.sampled_from([{"min_value": low, "max_value": high}, {"min_value": low}, {"max_value": high}])
    )
    strict = draw(st.fixed_dictionaries({"strict_min": st.booleans(), "strict_max": st.booleans()}))
    if low == high and len(kwargs) == 2:
        strict = {}

    def bad(value: Any) -> bool:
        return not oracle.within(value, kwargs.get("min_value"), kwargs.get("max_value"), **strict)

    return a_row_rule("between", column, bad, draw(MOSTLY), **kwargs, **strict)


@st.composite
def sets(draw: st.DrawFn) -> Ask:
    column = draw(st.sampled_from(sorted(TYPES)))
    own = TYPES[column][1] if column not in "fg" else QUARTERS
    value_set = draw(st.lists(st.none() | own | WORDS | QUARTERS, max_size=5))
    negated = draw(st.booleans())

    def member(value: Any) -> bool:
        number = isinstance(value, int | float)
        return any(v == value and isinstance(v, int | float) == number for v in value_set if v is not None)

    name = "not_in_set" if negated else "in_set"
    return a_row_rule(name, column, lambda v: member(v) is negated, draw(MOSTLY), value_set=value_set)


@st.composite
def nulls(draw: st.DrawFn) -> Ask:
    column = draw(st.sampled_from(sorted(TYPES)))
    name = draw(st.sampled_from(["not_null", "is_null"]))
    bad = {"not_null": lambda v: v is None, "is_null": lambda v: v is not None}[name]
    return a_row_rule(name, column, bad, draw(MOSTLY), nulls=True)


@st.composite
def text(draw: st.DrawFn) -> Ask:
    column = draw(st.sampled_from(["s", "i", "d"]))
    name = draw(st.sampled_from(["regex", "not_regex", "length", "length_between"]))
    pattern, low, more = draw(st.sampled_from(PATTERNS)), draw(st.integers(0, 3)), draw(st.integers(0, 2))
    kwargs: dict[str, dict[str, Any]] = {
        "regex": {"regex": pattern},
        "not_regex": {"regex": pattern},
        "length": {"value": low},
        "length_between": {"min_value": low, "max_value": low + more},
    }
    bad: dict[str, Callable[[Any], bool]] = {
        "regex": lambda v: not oracle.found(pattern, v),
        "not_regex": lambda v: oracle.found(pattern, v),
        "length": lambda v: len(str(v)) != low,
        "length_between": lambda v: not low <= len(str(v)) <= low + more,
    }
    return a_row_rule(name, column, bad[name], draw(MOSTLY), **kwargs[name])


@st.composite
def unique(draw: st.DrawFn) -> Ask:
    column, mostly = draw(st.sampled_from(sorted(TYPES))), draw(MOSTLY)
    return Ask(
        {"expectation": "expect_column_values_to_be_unique", "column": column, "mostly": mostly},
        lambda rows: oracle.rule(rows, oracle.null_in(column), oracle.copies(rows, [column]), mostly),
    )


@st.composite
def compound(draw: st.DrawFn) -> Ask:
    columns = draw(st.lists(st.sampled_from(sorted(TYPES)), min_size=2, max_size=3, unique=True))
    mostly = draw(MOSTLY)
    ignores = {
        "all_values_are_missing": oracle.nulls_in_all(*columns),
        "any_value_is_missing": oracle.null_in(*columns),
        "never": oracle.never,
    }
    how = draw(st.sampled_from(sorted(ignores)))
    declared = {
        "expectation": "expect_compound_columns_to_be_unique",
        "column_list": columns,
        "mostly": mostly,
    }
    return Ask(
        {**declared, "ignore_row_if": how},
        lambda rows: oracle.rule(rows, ignores[how], oracle.copies(rows, columns), mostly),
    )


@st.composite
def pairs(draw: st.DrawFn) -> Ask:
    a, b = draw(st.sampled_from([("i", "j"), ("f", "i"), ("g", "f"), ("s", "s"), ("d", "d"), ("j", "g")]))
    mostly, or_equal = draw(MOSTLY), draw(st.booleans())
    ignores = {
        "both_values_are_missing": oracle.nulls_in_all(a, b),
        "either_value_is_missing": oracle.null_in(a, b),
        "neither": oracle.never,
    }
    how = draw(st.sampled_from(sorted(ignores)))
    declared = {"column_A": a, "column_B": b, "ignore_row_if": how, "mostly": mostly}
    if draw(st.booleans()):
        return Ask(
            {"expectation": "pair_greater", "or_equal": or_equal, **declared},
            lambda rows: oracle.rule(
                rows, ignores[how], lambda row: not oracle.greater(row, a, b, or_equal), mostly
            ),
        )
    return Ask(
        {"expectation": "pair_equal", **declared},
        lambda rows: oracle.rule(rows, ignores[how], lambda row: not oracle.equal(row, a, b), mostly),
    )


@st.composite
def measured(draw: st.DrawFn) -> Ask:
    name = draw(
        st.sampled_from(
            ["min", "max", "sum", "mean", "median", "stdev", "distinct_count", "proportion_unique"]
        )
    )
    every = {"min": "ijfgsd", "max": "ijfgsd", "distinct_count": "ijfgsd", "proportion_unique": "ijfgsd"}
    column = draw(st.sampled_from(every.get(name, "ijf")))
    bounds: Any = QUARTERS if column in "fg" else TYPES[column][1]
    if name in ("stdev", "proportion_unique", "mean", "median"):
        bounds = st.integers(0, 9).map(lambda n: n / 7 + 0.0123)  # no measured number comes near these
    if name in ("distinct_count", "sum"):
        bounds = WHOLE.map(abs)
    low, high = sorted(draw(st.tuples(bounds, bounds)))
    return Ask(
        {"expectation": name, "column": column, "min_value": low, "max_value": high},
        lambda rows: oracle.aggregate(rows, column, name, low, high),
    )


@st.composite
def quantiles(draw: st.DrawFn) -> Ask:
    column, q = draw(st.sampled_from("ijfd")), draw(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]))
    values = QUARTERS if column == "f" else TYPES[column][1]
    low, high = sorted(draw(st.tuples(values, values)))

    def answer(rows: Sequence[Row]) -> Answer:
        seen = [r[column] for r in rows if r[column] is not None]
        missing = len(rows) - len(seen)
        seen = [value for value in seen if not oracle.is_nan(value)]
        if not seen:
            return Answer("untested", missing=missing)
        value = oracle.quantile(seen, q)
        outcome = "pass" if low <= value <= high else "fail"
        return Answer(outcome, {"quantiles": [q], "values": [value]}, missing=missing)

    return Ask({"expectation": "quantiles", "column": column, "quantile_ranges": [[q, low, high]]}, answer)


@st.composite
def counts(draw: st.DrawFn) -> Ask:
    low, high = sorted(draw(st.tuples(st.integers(0, 9), st.integers(0, 9))))

    def answer(rows: Sequence[Row]) -> Answer:
        return Answer("pass" if low <= len(rows) <= high else "fail", len(rows))

    return Ask({"expectation": "row_count", "min_value": low, "max_value": high}, answer)


@st.composite
def satisfied(draw: st.DrawFn) -> Ask:
    mostly = draw(MOSTLY)
    return Ask(
        {"expectation": "satisfy", "condition": "i >= j", "mostly": mostly},
        lambda rows: oracle.rule(rows, oracle.null_in("i", "j"), lambda row: row["i"] < row["j"], mostly),
    )


QUESTIONS = st.one_of(
    between(),
    sets(),
    nulls(),
    text(),
    unique(),
    compound(),
    pairs(),
    measured(),
    quantiles(),
    counts(),
    satisfied(),
)
ASKED = st.lists(st.builds(filtered, QUESTIONS, st.sampled_from(list(FILTERS))), min_size=8, max_size=14)


def agrees(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, float) and ours is not None:
        return math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=1e-12)
    return bool(ours == theirs)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(rows=ROWS, asked=ASKED)
def test_dq_answers_as_the_naive_oracle_does(rows: list[Row], asked: list[Ask]) -> None:
    data = pa.table({c: pa.array([row[c] for row in rows], kind) for c, (kind, _) in TYPES.items()})
    result = dq.validate(data, {"suite": "random", "expectations": [ask.declared for ask in asked]})
    for ask, verdict in zip(asked, result.verdicts, strict=True):
        expected = ask.answer(rows)
        for field in ("outcome", "unexpected", "considered", "missing"):
            wanted = getattr(expected, field)
            found = getattr(verdict, field)
            found = found.value if field == "outcome" else found
            if wanted is not None and not (field == "missing" and found is None):
                assert found == wanted, (field, ask.declared, verdict, expected)
        if verdict.failed and verdict.unexpected is not None:
            shown = verdict.details.get("duplicated_keys", verdict.unexpected)  # a repeated key is shown once
            assert len(verdict.sample) == shown, (ask.declared, verdict)
        assert agrees(verdict.observed, expected.observed), (ask.declared, verdict, expected)


KEYS = st.lists(st.none() | st.integers(0, 4), max_size=8)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(now=KEYS, before=KEYS)
def test_laws_agree_with_counting(now: list[int | None], before: list[int | None]) -> None:
    def table(keys: list[int | None]) -> pa.Table:
        return pa.table({"k": pa.array(keys, pa.int64())})

    laws = [{"keys_preserved": "k"}, {"no_fan_out": "k"}, {"row_count_matches": 1}, {"sum_conserved": "k"}]
    result = dq.validate(table(now), {"suite": "laws", "table": laws}, input=table(before))
    kept, fanned, counted, summed = result.verdicts
    lost = set(before) - set(now)
    assert (kept.unexpected, kept.considered) == (len(lost), len(set(before)))
    more = {k: now.count(k) - before.count(k) for k in set(now) & set(before)}
    surplus = [n for n in more.values() if n > 0]
    assert (fanned.unexpected, fanned.details["fanned_out_rows"]) == (len(surplus), sum(surplus))
    if now or before:
        assert (counted.outcome.value == "pass") is (abs(len(now) - len(before)) <= 1)
    values = [[k for k in keys if k is not None] for keys in (now, before)]
    if any(values):
        assert (summed.outcome.value == "pass") is (sum(values[0]) == sum(values[1]))
