"""Causes that lie in files and volume rather than in rows: delivered twice, stale, cut short, missing."""

from __future__ import annotations

from collections.abc import Sequence

from dq.rootcause.comparison import Comparison, FileChange, FileFact
from dq.rootcause.confidence import percent
from dq.rootcause.model import Cause, CauseKind, Confidence, Count

_MOST = 0.7


def surplus_files(comparison: Comparison | None) -> list[Cause]:
    """One cause per file that was delivered twice; equal checksums are proof, so the confidence is high."""
    if comparison is None:
        return []
    return [_duplicate(fact) for fact in comparison.files if fact.change is FileChange.DUPLICATE]


def _duplicate(fact: FileFact) -> Cause:
    rows = "" if fact.rows is None else f", {fact.rows:,} rows"
    return Cause(
        kind=CauseKind.DUPLICATE_FILE,
        text=f"file {fact.other} was delivered twice, also as {fact.name}{rows}",
        confidence=Confidence.HIGH,
        reason="the two files have the same checksum",
        facts=(
            f"Size {fact.size:,} bytes, the same checksum." if fact.size is not None else "Same checksum.",
        ),
        columns=("file",),
    )


def stale_files(comparison: Comparison | None) -> list[Cause]:
    """One cause for all files that repeat the last validated partition's content."""
    facts = [f for f in comparison.files if f.change is FileChange.STALE] if comparison else []
    if comparison is None or not facts:
        return []
    names = ", ".join(fact.name for fact in facts[:5]) + (" and others" if len(facts) > 5 else "")
    return [
        Cause(
            kind=CauseKind.STALE_FILE,
            text=f"file {names} repeats the content of {comparison.baseline or 'the last good partition'}",
            confidence=Confidence.HIGH,
            reason="the checksums are those of the last good partition",
            columns=("file",),
        )
    ]


def lost_rows(comparison: Comparison | None) -> list[Cause]:
    """Files that are missing or hold clearly fewer rows than expected, the greatest loss first."""
    if comparison is None or comparison.baseline_rows is None:
        return []
    facts = [f for f in comparison.files if f.change in (FileChange.SHRUNKEN, FileChange.MISSING)]
    lost = sum(_loss(fact) for fact in facts)
    ranked = sorted(facts, key=lambda fact: (-_loss(fact), fact.name))
    return [_lost(fact, lost, comparison) for fact in ranked if _loss(fact)]


def _loss(fact: FileFact) -> int:
    expected = fact.expected_rows if fact.expected_rows is not None else fact.baseline_rows
    return max((expected or 0) - (fact.rows or 0), 0)


def _lost(fact: FileFact, lost: int, comparison: Comparison) -> Cause:
    share = _loss(fact) / lost
    level = Confidence.HIGH if share >= _MOST else Confidence.MEDIUM
    before = f"{fact.baseline_rows or 0:,} in {comparison.baseline or 'the last good partition'}"
    if fact.change is FileChange.MISSING:
        kind, text = CauseKind.MISSING_FILE, f"file {fact.name} is missing; it had {before}"
    else:
        kind = CauseKind.MISSING_ROWS
        text = f"file {fact.name} holds {fact.rows or 0:,} rows, against {before}"
    return Cause(
        kind=kind,
        text=text,
        confidence=level,
        reason=f"{percent(share)} of the rows missing from files are missing here; other files changed alike"
        if level is Confidence.HIGH
        else "rows are missing from other files too",
        inside=Count(fact.rows or 0),
        last_good=Count(fact.baseline_rows) if fact.baseline_rows is not None else None,
        coverage=share,
        facts=(f"About {_loss(fact):,} rows fewer than the other files lead one to expect.",),
        columns=("file",),
    )


def volume(comparison: Comparison | None) -> Cause:
    """The answer when the row count is off and no file accounts for it."""
    if comparison is None or comparison.baseline_rows is None:
        return Cause(
            CauseKind.NONE,
            "the row count is outside its limits; there is no last good partition to compare with",
            Confidence.NONE,
            "nothing to compare with",
        )
    now, then = comparison.rows, comparison.baseline_rows
    files = "no single file accounts for it" if comparison.files_compared else "files were not compared"
    return Cause(
        kind=CauseKind.VOLUME,
        text=f"{now:,} rows, against {then:,} in {comparison.baseline or 'the last good partition'}",
        confidence=Confidence.LOW,
        reason=files,
        inside=Count(now),
        last_good=Count(then),
    )


def schema_change(comparison: Comparison | None, columns: Sequence[str]) -> Cause | None:
    """The schema's difference that touches these columns; any difference when no column is named."""
    if comparison is None or not comparison.schema.changed:
        return None
    schema, parts = comparison.schema, []
    touched = {*columns}
    for name in schema.removed:
        if not touched or name in touched:
            parts.append(f"column {name} was removed")
    for name, old, new in schema.retyped:
        if not touched or name in touched:
            parts.append(f"column {name} changed its type from {old} to {new}")
    if not touched:
        parts += [f"column {name} was added" for name in schema.added]
        parts += ["the columns stand in another order"] if schema.reordered else []
    if not parts:
        return None
    return Cause(
        kind=CauseKind.SCHEMA,
        text="; ".join(parts),
        confidence=Confidence.HIGH,
        reason="the schemas of the two partitions differ",
    )
