"""Whether a run's verdicts may take a partition away from its readers. Pure: facts in, decision out.

Only a `fail` of severity critical may. `error` and `untested` never do: not being able to look is no proof of
bad data. Every decision says why, in words.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from dq.lake.manifest import Manifest
from dq.verdict import Outcome, Severity, Verdict

_SHOWN = 3


class Action(str, Enum):
    """What happens to the partition, from nothing to most."""

    NONE = "none"
    REPORT = "report"
    QUARANTINE = "quarantine"
    """Out of readers' sight, bytes kept, nothing in its place."""
    ROLLBACK = "rollback"
    """Out of readers' sight, bytes kept, the last validated bytes in its place."""


@dataclass(frozen=True)
class Facts:
    """What a run found, as far as the decision needs it.

    Attributes:
        critical: ids of expectations that failed with severity critical.
        failed: ids of those that failed with a lower severity.
        errors: ids of those that could not be evaluated.
        untested: ids of those that saw nothing.
        before: the manifest of the bytes that were validated.
    """

    before: Manifest
    critical: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    untested: tuple[str, ...] = ()

    @classmethod
    def of(cls, verdicts: Iterable[Verdict], before: Manifest) -> Facts:
        """From a run's verdicts and the manifest of what was validated."""
        seen = list(verdicts)

        def ids(outcome: Outcome) -> tuple[str, ...]:
            return tuple(verdict.id for verdict in seen if verdict.outcome is outcome)

        critical = tuple(v.id for v in seen if v.failed and v.severity is Severity.CRITICAL)
        failed = tuple(v.id for v in seen if v.failed and v.severity is not Severity.CRITICAL)
        return cls(before, critical, failed, ids(Outcome.ERROR), ids(Outcome.UNTESTED))


@dataclass(frozen=True)
class Predecessor:
    """The last validated state of the partition.

    Attributes:
        manifest: its exact bytes.
        validated_at: when they passed; timezone-aware.
        run_id: the run that validated them.
        kept: whether the layout still has those bytes.
    """

    manifest: Manifest
    validated_at: datetime
    run_id: str = ""
    kept: bool = True


@dataclass(frozen=True)
class Limits:
    """How far an automatic rollback may go.

    Attributes:
        max_age_days: oldest predecessor that may come back; None for any age.
        max_row_change: largest |rows now - rows of predecessor| / rows of predecessor; None for any change.
        daily_limit: rollbacks of this table per 24 hours; None for any number.
    """

    max_age_days: float | None = None
    max_row_change: float | None = None
    daily_limit: int | None = None


@dataclass(frozen=True)
class Decision:
    """What to do, and why.

    Attributes:
        action: what to do.
        reason: one or two sentences for people.
    """

    action: Action
    reason: str


def decide(
    facts: Facts,
    policy: str,
    predecessor: Predecessor | None,
    limits: Limits,
    *,
    used_today: int,
    now: datetime,
) -> Decision:
    """What a run means for the partition.

    Args:
        facts: what the run found.
        policy: the suite's `on_failure`: `report`, `quarantine` or `rollback`.
        predecessor: the last validated state; None when there is none.
        limits: the suite's bounds.
        used_today: rollbacks of this table in the last 24 hours.
        now: timezone-aware.

    Returns:
        `none` when everything passed. `report` when nothing critical failed or the policy says so. With the
        policy `rollback`, `quarantine` when a bound forbids the rollback; the reason names the bound.

    Raises:
        ValueError: the policy is none of the three.
    """
    asked = Action(policy)
    if not facts.critical:
        return _nothing_critical(facts)
    failed = f"{_count(facts.critical, 'critical expectation')} failed ({_names(facts.critical)})"
    if asked in (Action.NONE, Action.REPORT):
        return Decision(Action.REPORT, f"{failed}; the suite asks for a report only.")
    if asked is Action.QUARANTINE:
        return Decision(Action.QUARANTINE, f"{failed}; the suite asks for quarantine.")
    refusal = _refusal(facts, predecessor, limits, used_today, now)
    if refusal:
        return Decision(Action.QUARANTINE, f"{failed}. Quarantine instead of rollback: {refusal}")
    return Decision(Action.ROLLBACK, f"{failed}; the last validated bytes are kept and within bounds.")


def _nothing_critical(facts: Facts) -> Decision:
    parts = [
        _count(ids, what)
        for ids, what in (
            (facts.failed, "non-critical failure"),
            (facts.errors, "expectation that could not be evaluated"),
            (facts.untested, "untested expectation"),
        )
        if ids
    ]
    if not parts:
        return Decision(Action.NONE, "Every expectation passed.")
    return Decision(Action.REPORT, f"No critical expectation failed; reported: {', '.join(parts)}.")


def _refusal(
    facts: Facts, predecessor: Predecessor | None, limits: Limits, used_today: int, now: datetime
) -> str:
    if predecessor is None:
        return "no state of this partition was ever validated, so readers see nothing in its place."
    if predecessor.manifest.same_bytes(facts.before):
        return "the last validated bytes are the very bytes that fail now."
    if not predecessor.kept:
        return "the last validated bytes are no longer kept."
    age = (now - predecessor.validated_at).total_seconds() / 86400
    if limits.max_age_days is not None and age > limits.max_age_days:
        return (
            f"the last validated bytes are {age:.1f} days old; at most {limits.max_age_days:g} are allowed."
        )
    if limits.daily_limit is not None and used_today >= limits.daily_limit:
        return f"{used_today} rollbacks of this table in 24 hours; at most {limits.daily_limit} are allowed."
    return _row_refusal(facts.before.rows, predecessor.manifest.rows, limits.max_row_change)


def _row_refusal(now: int | None, good: int | None, bound: float | None) -> str:
    if bound is None:
        return ""
    if now is None or good is None:
        return "the row counts are unknown for this format, so the bound on row changes cannot be checked."
    change = abs(now - good) / good if good else (float("inf") if now else 0.0)
    if change > bound:
        return f"the row count would change from {now:,} to {good:,}; at most {bound:.0%} is allowed."
    return ""


def _count(ids: tuple[str, ...], what: str) -> str:
    head, _, tail = what.partition(" that ")
    plural = head if len(ids) == 1 else f"{head}s"
    return f"{len(ids)} {plural}{' that ' + tail if tail else ''}"


def _names(ids: tuple[str, ...]) -> str:
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return ", ".join(ids[:_SHOWN]) + more
