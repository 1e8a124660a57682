"""Who may be rolled back, and who may not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dq.lake.manifest import FileEntry, Manifest, Partition
from dq.rollback.decide import Action, Facts, Limits, Predecessor, decide
from dq.verdict import Outcome, Severity, Verdict

NOW = datetime(2013, 2, 9, 6, tzinfo=timezone.utc)
DAY = Partition.of({"date": "2013-02-08"})


def manifest(rows: int | None, checksum: str) -> Manifest:
    return Manifest(DAY, "somewhere", (FileEntry("a.parquet", 10, checksum, rows),))


BEFORE = manifest(500, "sha256:bad")
FAILED = Facts(BEFORE, critical=("amount-between",))
LAST = Predecessor(manifest(1000, "sha256:good"), NOW - timedelta(days=2), "run-1")


def test_rollback_when_everything_allows_it() -> None:
    limits = Limits(max_age_days=3, max_row_change=0.5, daily_limit=2)
    decision = decide(FAILED, "rollback", LAST, limits, used_today=1, now=NOW)
    assert decision.action is Action.ROLLBACK
    assert decision.reason == (
        "1 critical expectation failed (amount-between); the last validated bytes are kept and within bounds."
    )


@pytest.mark.parametrize(
    ("last", "limits", "used", "why"),
    [
        (None, Limits(), 0, "no state of this partition was ever validated"),
        (replace(LAST, kept=False), Limits(), 0, "no longer kept"),
        (replace(LAST, manifest=BEFORE), Limits(), 0, "the very bytes that fail now"),
        (LAST, Limits(max_age_days=1.5), 0, "2.0 days old; at most 1.5 are allowed"),
        (LAST, Limits(daily_limit=2), 2, "2 rollbacks of this table in 24 hours; at most 2"),
        (LAST, Limits(daily_limit=0), 0, "at most 0"),
        (LAST, Limits(max_row_change=0.49), 0, "from 500 to 1,000; at most 49% is allowed"),
        (
            replace(LAST, manifest=manifest(None, "x")),
            Limits(max_row_change=0.9),
            0,
            "row counts are unknown",
        ),
        (replace(LAST, manifest=manifest(0, "x")), Limits(max_row_change=9), 0, "from 500 to 0"),
    ],
)
def test_quarantine_only_and_why(last: Predecessor | None, limits: Limits, used: int, why: str) -> None:
    decision = decide(FAILED, "rollback", last, limits, used_today=used, now=NOW)
    assert decision.action is Action.QUARANTINE
    assert why in decision.reason


def test_policies() -> None:
    def of(policy: str) -> Action:
        return decide(FAILED, policy, LAST, Limits(), used_today=0, now=NOW).action

    assert (of("report"), of("quarantine"), of("rollback")) == (
        Action.REPORT,
        Action.QUARANTINE,
        Action.ROLLBACK,
    )
    with pytest.raises(ValueError, match="retry"):
        of("retry")


def test_rows_equal_to_an_empty_predecessor_are_no_change() -> None:
    facts = replace(FAILED, before=manifest(0, "sha256:bad"))
    last = replace(LAST, manifest=manifest(0, "sha256:good"))
    limits = Limits(max_row_change=0.0)
    assert decide(facts, "rollback", last, limits, used_today=0, now=NOW).action is Action.ROLLBACK


def verdict(outcome: Outcome, severity: Severity) -> Verdict:
    return Verdict(f"{outcome.value}-{severity.value}", "expect_x", (), outcome, severity)


verdicts = st.lists(st.builds(verdict, st.sampled_from(Outcome), st.sampled_from(Severity)), max_size=6)


@given(verdicts, st.sampled_from(["report", "quarantine", "rollback"]))
def test_only_a_critical_fail_touches_the_partition(seen: list[Verdict], policy: str) -> None:
    facts = Facts.of(seen, BEFORE)
    decision = decide(facts, policy, LAST, Limits(), used_today=0, now=NOW)
    critical = any(v.outcome is Outcome.FAIL and v.severity is Severity.CRITICAL for v in seen)
    touched = decision.action in (Action.QUARANTINE, Action.ROLLBACK)
    assert touched == (critical and policy != "report")
    assert (decision.action is Action.NONE) == all(v.outcome is Outcome.PASS for v in seen)
    assert decision.reason.endswith(".")


def test_a_report_counts_what_it_reports() -> None:
    facts = Facts(BEFORE, failed=("a",), errors=("b", "c"), untested=("d",))
    decision = decide(facts, "rollback", LAST, Limits(), used_today=0, now=NOW)
    assert decision.reason == (
        "No critical expectation failed; reported: 1 non-critical failure, "
        "2 expectations that could not be evaluated, 1 untested expectation."
    )


def test_many_failures_are_named_briefly() -> None:
    facts = replace(FAILED, critical=("a", "b", "c", "d", "e"))
    decision = decide(facts, "report", LAST, Limits(), used_today=0, now=NOW)
    assert decision.reason.startswith("5 critical expectations failed (a, b, c and 2 more)")
