"""Results and records: status, round trips, and what must never be written."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dq
from dq.errors import ExpectationFailed, StoreError
from dq.lake.manifest import FileEntry, Manifest, Partition
from dq.result import Result, RunRecord, Status, status_of
from dq.verdict import Outcome, Severity, Verdict

PASS, FAIL, ERROR, UNTESTED = Outcome.PASS, Outcome.FAIL, Outcome.ERROR, Outcome.UNTESTED
CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
Pair = tuple[Outcome, Severity]


def verdicts(*pairs: Pair) -> list[Verdict]:
    return [
        Verdict(f"v{i}", "expect_x", (), outcome, severity) for i, (outcome, severity) in enumerate(pairs)
    ]


@pytest.mark.parametrize(
    ("pairs", "plain", "empty", "strict"),
    [
        # pairs, status; of an empty partition; where untested expectations gate
        ([], "pass", "untested", "pass"),
        ([(PASS, CRITICAL)], "pass", "untested", "pass"),
        ([(FAIL, INFO)], "warn", "untested", "warn"),
        ([(FAIL, WARNING)], "warn", "untested", "warn"),
        ([(FAIL, CRITICAL)], "fail", "fail", "fail"),
        ([(FAIL, WARNING), (FAIL, CRITICAL)], "fail", "fail", "fail"),
        ([(ERROR, INFO)], "error", "error", "error"),
        ([(ERROR, CRITICAL), (FAIL, WARNING)], "error", "error", "error"),
        ([(ERROR, CRITICAL), (FAIL, CRITICAL)], "fail", "fail", "fail"),
        ([(UNTESTED, CRITICAL)], "pass", "untested", "untested"),
        ([(UNTESTED, CRITICAL), (FAIL, WARNING)], "warn", "untested", "untested"),
        ([(UNTESTED, CRITICAL), (FAIL, CRITICAL)], "fail", "fail", "fail"),
        ([(UNTESTED, CRITICAL), (ERROR, INFO)], "error", "error", "error"),
    ],
)
def test_status(pairs: list[Pair], plain: str, empty: str, strict: str) -> None:
    for order in itertools.permutations(pairs):
        seen = verdicts(*order)
        assert status_of(seen, empty=False).value == plain
        assert status_of(seen, empty=True).value == empty
        assert status_of(seen, empty=True, allow_empty=True).value == plain
        assert status_of(seen, empty=False, untested_fails=True).value == strict


def test_good_statuses() -> None:
    assert [status.value for status in Status if status.good] == ["pass", "warn"]


VALUE = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.decimals(allow_nan=False)
    | st.dates()
    | st.datetimes()
    | st.binary(max_size=8)
    | st.text(max_size=8)
)
COLUMN = st.sampled_from(["a", "b", 'c"; --', "$date"])
JSON_VALUE = st.recursive(
    VALUE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(COLUMN, inner, max_size=3),
    max_leaves=5,
)
COUNT = st.none() | st.integers(0, 2**62)
VERDICT = st.builds(
    Verdict,
    id=st.text(max_size=10),
    expectation=st.text(max_size=10),
    columns=st.lists(COLUMN, max_size=2).map(tuple),
    outcome=st.sampled_from(Outcome),
    severity=st.sampled_from(Severity),
    observed=JSON_VALUE,
    expected=st.text(max_size=10),
    rows=COUNT,
    considered=COUNT,
    unexpected=COUNT,
    missing=COUNT,
    sample=st.lists(VALUE, max_size=3).map(tuple),
    details=st.dictionaries(COLUMN, JSON_VALUE, max_size=2),
    reason=st.text(max_size=10),
    kwargs=st.dictionaries(COLUMN, JSON_VALUE, max_size=2),
    position=st.text(max_size=10),
)
PARTITION = st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=2).map(
    lambda pairs: Partition(tuple(pairs))
)
RESULT = st.builds(
    Result,
    suite=st.text(max_size=10),
    suite_hash=st.text(max_size=10),
    partition=PARTITION,
    location=st.text(max_size=10),
    status=st.sampled_from(Status),
    verdicts=st.lists(VERDICT, max_size=3).map(tuple),
    rows=COUNT,
    started=st.datetimes(timezones=st.just(dt.timezone.utc)),
    seconds=st.floats(0, 1e6),
    engine=st.text(max_size=10),
    queries=st.integers(0, 100),
    show=st.frozensets(COLUMN, max_size=3),
)
FILE = st.builds(
    FileEntry, path=st.text(max_size=10), size=st.integers(0), checksum=st.text(max_size=8), rows=COUNT
)
MANIFEST = st.builds(
    Manifest, partition=PARTITION, location=st.text(max_size=8), files=st.lists(FILE, max_size=2).map(tuple)
)
RECORD = st.builds(
    RunRecord,
    run_id=st.text(max_size=8),
    result=RESULT.map(Result.masked),
    suite=st.dictionaries(COLUMN, JSON_VALUE, max_size=2),
    params=st.dictionaries(COLUMN, VALUE, max_size=2),
    manifests=st.dictionaries(st.sampled_from(["", "input"]), MANIFEST),
    versions=st.dictionaries(COLUMN, st.text(max_size=5), max_size=2),
    visible=st.booleans(),
)


@settings(max_examples=40)
@given(RESULT)
def test_a_result_comes_back_masked_and_otherwise_as_it_was(result: Result) -> None:
    text = json.dumps(result.to_dict(), allow_nan=False)
    assert Result.from_dict(json.loads(text)) == result.masked()


@settings(max_examples=40)
@given(RECORD)
def test_a_record_comes_back_as_it_was(record: RunRecord) -> None:
    text = json.dumps(record.to_dict(), allow_nan=False)
    assert RunRecord.from_dict(json.loads(text)) == record


@settings(max_examples=40)
@given(RESULT)
def test_masking_twice_is_masking_once(result: Result) -> None:
    assert result.masked().masked() == result.masked()
    assert result.masked().counts() == result.counts()


def verdict(columns: tuple[str, ...] = ("name",), **changes: Any) -> Verdict:
    return Verdict("name-x", "expect_x", columns, FAIL, CRITICAL, expected="demand", **changes)


def result(*seen: Verdict, show: Sequence[str] = (), status: Status = Status.FAIL) -> Result:
    return Result(
        suite="people",
        suite_hash="",
        partition=Partition.parse("date=2013-02-08"),
        location="people.csv",
        status=status,
        verdicts=seen,
        rows=10,
        started=dt.datetime(2013, 2, 8, tzinfo=dt.timezone.utc),
        seconds=0.5,
        engine="duckdb 2.0.0",
        queries=1,
        show=frozenset(show),
    )


SECRET = "Zoe Secret"  # noqa: S105 - stands for a value of the data


@pytest.mark.parametrize(
    "leak",
    [
        {"observed": SECRET},
        {"observed": [SECRET, 1]},
        {"observed": (1, (SECRET,))},
        {"observed": {SECRET: 3}},
        {"observed": {"top": [SECRET]}},
        {"observed": frozenset({SECRET})},
        {"details": {"top": SECRET}},
        {"details": {"values": {SECRET: 3}}},
        {"sample": (SECRET, SECRET)},
        {"sample": ((1, SECRET),)},
    ],
)
@pytest.mark.parametrize("columns", [("name",), ("name", "shown")])
def test_no_value_of_a_hidden_column_is_written_anywhere(
    leak: dict[str, Any], columns: tuple[str, ...]
) -> None:
    one = result(verdict(columns, **leak), show=["shown"])
    text = json.dumps(one.to_dict()) + json.dumps(RunRecord("r1", one).to_dict())
    assert SECRET not in text


def test_numbers_measured_on_a_hidden_column_stay() -> None:
    one = result(verdict(observed=0.97, unexpected=3, considered=100, details={"nan": 2}))
    (kept,) = Result.from_dict(one.to_dict()).verdicts
    assert (kept.observed, kept.unexpected, dict(kept.details)) == (0.97, 3, {"nan": 2})


@pytest.mark.parametrize("observed", [dt.date(2013, 2, 8), Decimal("1.50"), dt.datetime(2013, 2, 8, 3)])
def test_a_measured_value_that_json_lacks_comes_back(observed: Any) -> None:
    (kept,) = Result.from_dict(result(verdict(observed=observed), show=["name"]).to_dict()).verdicts
    assert kept.observed == observed
    assert type(kept.observed) is type(observed)


def test_shown_columns_keep_their_values() -> None:
    one = verdict(observed=SECRET, sample=(SECRET,))
    assert Result.from_dict(result(one, show=["name"]).to_dict()).verdicts == (one,)


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        ("result", {"schema_version": 2}, "a result of schema version 2; this dq reads up to 1"),
        ("result", {"schema_version": None}, "a result of schema version None"),
        ("result", {"rows": ...}, "not a result: 'rows' is missing"),
        ("record", {"schema_version": 2}, "a record of schema version 2; this dq reads up to 1"),
        ("record", {"manifests": ...}, "not a run record: 'manifests' is missing"),
    ],
)
def test_what_cannot_be_read_is_said(kind: str, change: dict[str, Any], message: str) -> None:
    one = result()
    data = one.to_dict() if kind == "result" else RunRecord("r1", one).to_dict()
    changed = {key: item for key, item in (data | change).items() if item is not ...}
    with pytest.raises(StoreError, match=message):
        (Result if kind == "result" else RunRecord).from_dict(changed)


def test_raise_if_failed_says_what_failed() -> None:
    good = result(status=Status.WARN)
    assert good.raise_if_failed() is good
    bad = result(verdict(unexpected=1200, considered=4800))
    with pytest.raises(ExpectationFailed) as caught:
        bad.raise_if_failed()
    assert str(caught.value) == (
        "people partition date=2013-02-08: fail\n"
        "  fail     name-x (critical): expected demand; 1,200 of 4,800 rows (25.00%) break it"
    )


def test_a_result_shows_itself() -> None:
    passed = replace(verdict(), outcome=PASS, id="name-y")
    one = result(passed, replace(verdict(reason="no column 'name'"), outcome=ERROR))
    assert str(one) == (
        "FAIL  people date=2013-02-08: 1 pass, 1 error, 10 rows, 0.50 s\n  error    name-x: no column 'name'"
    )


def test_failed_verdicts_come_critical_first() -> None:
    seen = verdicts((FAIL, INFO), (PASS, CRITICAL), (FAIL, CRITICAL), (FAIL, WARNING))
    one = result(*seen)
    assert [v.id for v in one.failed] == ["v2", "v3", "v0"]
    assert one.counts() == {"pass": 1, "fail": 3, "error": 0, "untested": 0}
    assert one.verdict("v1") is seen[1]
    with pytest.raises(KeyError, match="no expectation 'v9' in suite 'people'"):
        one.verdict("v9")


def test_measured_quantiles_are_numbers_and_stay() -> None:
    data = pa.table({"x": [1, 2, 3], "s": ["a", "b", "c"]})
    ranges = {"quantiles": [0.5], "value_ranges": [[1, 3]]}
    (verdict,) = (
        dq.validate(data, {"columns": {"x": [{"quantiles": {"quantile_ranges": ranges}}]}}).masked().verdicts
    )
    assert verdict.observed == {"quantiles": [0.5], "values": [2]}
