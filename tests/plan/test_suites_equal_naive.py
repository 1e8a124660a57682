"""Random small suites through `dq.validate`: with every shortcut and with none, the naive verdicts."""

from __future__ import annotations

import math
import re
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dq
from dq.plan import Ability

Row = dict[str, Any]
Naive = Callable[[list[Row], str], Any]

SHORTCUTS = Ability(pack_columns=2, pack_aggregates=3, shortcuts_from=0, sorts_from=0)
PLAIN = Ability(shortcuts_from=10**9)


@dataclass(frozen=True)
class RowRule:
    """A rule on rows: the columns it suits, and which non-null values break it."""

    declared: dict[str, Any]
    columns: str
    bad: Callable[[Any], bool]


@dataclass(frozen=True)
class Aggregate:
    """A rule on one number of the non-null values without NaN; it passes within 0 to 2."""

    declared: dict[str, Any]
    columns: str
    measured: Callable[[list[Any]], Any]


def outside(value: Any) -> bool:
    return math.isnan(value) or not -1 <= value <= 2


def shape(values: list[Any], least: int, name: str) -> Any:
    if len(values) < least or len({*values}) < 2:
        return None
    return getattr(pd.Series(values), name)()


ROW_RULES = [
    RowRule({"between": [-1, 2]}, "kx", outside),
    RowRule({"between": {"min": "a", "max": "b"}}, "s", lambda s: not "a" <= s <= "b"),
    RowRule({"in_set": [0, 1, 2.0]}, "k", lambda k: k not in (0, 1, 2)),
    RowRule({"in_set": ["a", "it's"]}, "s", lambda s: s not in ("a", "it's")),
    RowRule({"not_in_set": ["a", ""]}, "s", lambda s: s in ("a", "")),
    RowRule({"regex": "^[ab]"}, "s", lambda s: not re.search("^[ab]", s)),
    RowRule({"not_regex": "t"}, "s", lambda s: "t" in s),
    RowRule({"regex": "(?<!i)t"}, "s", lambda s: not re.search("(?<!i)t", s)),
    RowRule(
        {"regex_list": {"regex_list": ["^a", "'"], "match_on": "any"}}, "s", lambda s: s not in ("a", "it's")
    ),
    RowRule({"not_regex_list": ["^a$", "s$"]}, "s", lambda s: s in ("a", "it's")),
    RowRule({"like": "_"}, "s", lambda s: len(s) != 1),
    RowRule({"not_like_list": ["%t%", "b"]}, "s", lambda s: "t" in s or s == "b"),
    RowRule({"json": {}}, "s", lambda s: True),
    RowRule({"dateutil": {}}, "s", lambda s: True),
    RowRule({"format": "hostname"}, "s", lambda s: s not in ("a", "b")),
    RowRule({"no_pii": {}}, "s", lambda s: False),
    RowRule({"length_between": [1, 2]}, "s", lambda s: not 1 <= len(s) <= 2),
    RowRule({"length": 1}, "s", lambda s: len(s) != 1),
    RowRule({"not_blank": {}}, "s", lambda s: not s),
    RowRule({"any_of": [{"between": [-1, 0]}, {"in_set": [2]}]}, "k", lambda k: k not in (-1, 0, 2)),
    RowRule({"all_of": [{"length": 1}, {"not": {"in_set": ["a"]}}]}, "s", lambda s: len(s) != 1 or s == "a"),
    RowRule({"not": {"between": [-1, 2]}}, "x", lambda x: not outside(x)),
]

AGGREGATES = [
    Aggregate({"min": [0, 2]}, "kx", min),
    Aggregate({"max": [0, 2]}, "kx", max),
    Aggregate({"mean": [0, 2]}, "kx", statistics.fmean),
    Aggregate({"median": [0, 2]}, "kx", lambda v: statistics.median([float(x) for x in v])),
    Aggregate({"sum": [0, 2]}, "kx", math.fsum),
    Aggregate({"stdev": [0, 2]}, "kx", lambda v: statistics.stdev(v) if len(v) > 1 else None),
    Aggregate({"skewness": [0, 2]}, "kx", lambda v: shape(v, 3, "skew")),
    Aggregate({"kurtosis": [0, 2]}, "kx", lambda v: shape(v, 4, "kurt")),
]

SETS = ["distinct_in_set", "distinct_contains", "distinct_equals"]

WHERES: list[tuple[str | None, Callable[[Row], bool]]] = [
    (None, lambda row: True),
    ("k >= 0", lambda row: row["k"] is not None and row["k"] >= 0),
    ("s <> 'a' OR s IS NULL", lambda row: row["s"] != "a"),
    ("k > 100", lambda row: False),
]

row = st.fixed_dictionaries(
    {
        "k": st.one_of(st.none(), st.integers(-3, 3)),
        "x": st.one_of(st.none(), st.integers(-12, 12).map(lambda i: i / 4), st.just(math.nan)),
        "s": st.sampled_from(["a", "b", "it's", "", "ü", None]),
    }
)


@st.composite
def rules(draw: st.DrawFn) -> tuple[str, dict[str, Any], Callable[[list[Row]], tuple[Any, ...]]]:
    """A column, a declaration, and what it gives naively: outcome, considered, unexpected, observed."""
    where, within = draw(st.sampled_from(WHERES))
    mostly = draw(st.sampled_from([1.0, 0.5, 0.9]))
    kind = draw(st.sampled_from(["row", "row", "null", "unique", "aggregate", "distinct", "set", "share"]))
    extra: dict[str, Any] = {} if where is None else {"where": where}
    if kind == "aggregate":
        aggregate = draw(st.sampled_from(AGGREGATES))
        column = draw(st.sampled_from(aggregate.columns))
        return (
            column,
            aggregate.declared | extra,
            lambda rows: measured(aggregate, kept(rows, within), column),
        )
    column = draw(st.sampled_from("kxs"))
    if kind == "distinct":
        declared = {"distinct_count": [1, 3]} | extra
        return column, declared, lambda rows: distinct(kept(rows, within), column)
    if kind == "set":
        allowed, declared = ["a", ""] if column == "s" else [0, 1, 2], draw(st.sampled_from(SETS))
        declared = {declared: allowed} | extra
        return column, declared, lambda rows: in_set(kept(rows, within), column, declared)
    if kind == "share":
        declared = {"proportion_not_null": [0.5, 1]} | extra
        return column, declared, lambda rows: share(kept(rows, within), column)
    extra |= {} if mostly == 1 else {"mostly": mostly}
    if kind == "null":
        return column, {"not_null": {}} | extra, lambda rows: not_null(kept(rows, within), column, mostly)
    if kind == "unique":
        return column, {"unique": {}} | extra, lambda rows: unique(kept(rows, within), column, mostly)
    rule = draw(st.sampled_from(ROW_RULES))
    column = draw(st.sampled_from(rule.columns))
    return column, rule.declared | extra, lambda rows: row_rule(rule, kept(rows, within), column, mostly)


def kept(rows: list[Row], within: Callable[[Row], bool]) -> list[Row]:
    return [row for row in rows if within(row)]


def present(rows: list[Row], column: str) -> list[Any]:
    return [row[column] for row in rows if row[column] is not None]


def judged(considered: int, unexpected: int, mostly: float) -> tuple[Any, ...]:
    if not considered:
        return ("untested", 0, 0, None)
    fraction = (considered - unexpected) / considered
    return ("pass" if fraction >= mostly else "fail", considered, unexpected, fraction)


def row_rule(rule: RowRule, rows: list[Row], column: str, mostly: float) -> tuple[Any, ...]:
    values = present(rows, column)
    return judged(len(values), sum(rule.bad(value) for value in values), mostly)


def not_null(rows: list[Row], column: str, mostly: float) -> tuple[Any, ...]:
    return judged(len(rows), len(rows) - len(present(rows, column)), mostly)


def unique(rows: list[Row], column: str, mostly: float) -> tuple[Any, ...]:
    counts = Counter(str(value) if value != value else value for value in present(rows, column))
    return judged(sum(counts.values()), sum(n for n in counts.values() if n > 1), mostly)


def distinct(rows: list[Row], column: str) -> tuple[Any, ...]:
    counts = Counter(str(value) if value != value else value for value in present(rows, column))
    if not counts:
        return ("untested", None, None, None)
    return ("pass" if len(counts) <= 3 else "fail", None, None, len(counts))


def in_set(rows: list[Row], column: str, declared: dict[str, Any]) -> tuple[Any, ...]:
    values = present(rows, column)
    if not values:
        return ("untested", 0, None, None)
    how, allowed = next(iter(declared.items()))
    different = {str(value) if value != value else value for value in values}
    outside, absent = different - set(allowed), set(allowed) - different
    bad = {"distinct_in_set": outside, "distinct_contains": absent, "distinct_equals": outside | absent}[how]
    unexpected = None if how == "distinct_contains" else len(outside)
    return ("fail" if bad else "pass", len(values), unexpected, None)


def share(rows: list[Row], column: str) -> tuple[Any, ...]:
    if not rows:
        return ("untested", None, None, None)
    found = len(present(rows, column)) / len(rows)
    return ("pass" if found >= 0.5 else "fail", None, None, found)


def measured(aggregate: Aggregate, rows: list[Row], column: str) -> tuple[Any, ...]:
    values = [value for value in present(rows, column) if value == value]
    number = aggregate.measured(values) if values else None
    if number is None:
        return ("untested", None, None, None)
    return ("pass" if 0 <= number <= 2 else "fail", None, None, number)


@contextmanager
def planning(ability: Ability) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dq.engines.duckdb._ability", lambda memory_limit: ability)
        yield


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(row, min_size=1, max_size=25), st.lists(rules(), min_size=8, max_size=30), st.integers(1, 9))
def test_verdicts_equal_naive_ones(rows: list[Row], drawn: list[Any], group: int) -> None:
    schema = pa.schema([("k", pa.int32()), ("x", pa.float64()), ("s", pa.string())])
    drawn = sorted(drawn, key=lambda rule: str(rule[0]))  # verdicts come column by column
    columns: dict[str, list[dict[str, Any]]] = {column: [] for column, _, _ in drawn}
    for i, (column, declared, _) in enumerate(drawn):
        columns[column].append({**declared, "id": f"rule {i}"})
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "rows.parquet")
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, row_group_size=group)
        for ability in (SHORTCUTS, PLAIN):
            with planning(ability):
                result = dq.validate(path, {"columns": columns})
            for verdict, (column, declared, naive) in zip(result.verdicts, drawn, strict=True):
                outcome, considered, unexpected, observed = naive(rows)
                found = (verdict.outcome.value, verdict.considered, verdict.unexpected)
                assert found == (outcome, considered, unexpected), (column, declared, ability, verdict)
                assert close(verdict.observed, observed), (column, declared, ability, verdict)
                if unexpected and outcome == "fail":  # rows, or different values
                    assert 0 < len(verdict.sample) <= unexpected


def close(found: Any, wanted: Any) -> bool:
    if found is None or wanted is None:
        return found is wanted
    return math.isclose(float(found), float(wanted), rel_tol=1e-9, abs_tol=1e-9)
