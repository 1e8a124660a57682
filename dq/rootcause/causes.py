"""From failed checks to ranked causes; several checks that share a cause become one finding."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from dq.rootcause import filecauses, nodes
from dq.rootcause.checks import Data, FailedCheck, Family, family, target
from dq.rootcause.comparison import Comparison, FileChange
from dq.rootcause.filenames import Style
from dq.rootcause.model import Cause, CauseKind, Confidence, Count, Explanation
from dq.rootcause.rowcauses import Draft, aggregate_causes, row_causes, unknown_values
from dq.rootcause.sample import count
from dq.rootcause.scanner import Scanner, SearchOptions, SearchTarget
from dq.rootcause.segments import count_each
from dq.rootcause.volume import volume_causes
from dq.verdict import Verdict

_SAME_ROWS = 0.9
_PROOF = (CauseKind.DUPLICATE_FILE, CauseKind.STALE_FILE, CauseKind.MISSING_FILE, CauseKind.MISSING_ROWS)


def explain(
    scanner: Scanner,
    data: Data,
    failed: Sequence[FailedCheck],
    comparison: Comparison | None = None,
    options: SearchOptions | None = None,
    show: frozenset[str] = frozenset(),
) -> Explanation:
    """Find and rank the causes of failed checks.

    Args:
        scanner: the engine.
        data: what was validated and the last validated partition.
        failed: failed checks; others are ignored.
        comparison: today against the last validated partition; file and schema causes need it.
        options: bounds of the search.
        show: columns whose values may be named even in small segments.

    Returns:
        Causes, the surest first; each failed check is named by at least one of them.

    Raises:
        EngineError: from the scanner, when a query fails.
    """
    started = time.perf_counter()
    options = options or SearchOptions()
    checks = [check for check in failed if check.verdict.failed]
    drafts: list[Draft] = []
    unexplained: dict[str, int] = {}
    for check in checks:
        found = _for_check(scanner, data, check, comparison, options, show)
        drafts += found
        if found and found[0].unexplained is not None:
            unexplained[check.verdict.id] = found[0].unexplained
    merged = _merge(scanner, data, _absorb(scanner, drafts))
    severity = {check.verdict.id: check.verdict.severity.rank for check in checks}
    order = {check.verdict.id: position for position, check in enumerate(checks)}
    causes = sorted((draft.cause for draft in merged), key=lambda cause: _rank(cause, severity, order))
    return Explanation(
        tuple(causes), _ruled_out(comparison, causes), unexplained, time.perf_counter() - started
    )


def _for_check(
    scanner: Scanner,
    data: Data,
    check: FailedCheck,
    comparison: Comparison | None,
    options: SearchOptions,
    show: frozenset[str],
) -> list[Draft]:
    kind = family(check)
    question = target(check, data)
    if kind is Family.SCHEMA:
        change = filecauses.schema_change(comparison, check.verdict.columns)
        return [Draft(_for(change, check.verdict))] if change else [_nothing(check.verdict, "the schema")]
    if kind is Family.VOLUME and question is None:
        return _volume(scanner, data, check, comparison, options, show)
    if kind is Family.AGGREGATE:
        return _aggregate(scanner, data, check, comparison, options, show)
    if question is None:
        return [_nothing(check.verdict, "its rows")]
    first: list[Draft] = []
    if kind is Family.KNOWN_VALUES:
        known = unknown_values(scanner, check, question, show)
        if known is not None:
            return [known]
    if kind in (Family.UNIQUE, Family.VOLUME):
        first = _twice(scanner, check, question, comparison)
        if any((draft.cause.coverage or 0) >= _SAME_ROWS for draft in first):
            return first
    return first + row_causes(scanner, check, question, options, show)


def _aggregate(
    scanner: Scanner,
    data: Data,
    check: FailedCheck,
    comparison: Comparison | None,
    options: SearchOptions,
    show: frozenset[str],
) -> list[Draft]:
    """Unusual rows first, then rows that came twice or not at all."""
    found = aggregate_causes(scanner, check, data, options, show)
    if found:
        return found
    causes = filecauses.surplus_files(comparison) or filecauses.lost_rows(comparison)
    if causes:
        return [Draft(_for(cause, check.verdict)) for cause in causes]
    change = filecauses.schema_change(comparison, check.verdict.columns) if check.verdict.columns else None
    return [Draft(_for(change, check.verdict))] if change else [_nothing(check.verdict, "an aggregate")]


def _volume(
    scanner: Scanner,
    data: Data,
    check: FailedCheck,
    comparison: Comparison | None,
    options: SearchOptions,
    show: frozenset[str],
) -> list[Draft]:
    """Files that explain too many or too few rows; else segments that came or went; else the plain counts."""
    causes = _by_files(check.verdict, comparison)
    found = [] if causes else volume_causes(scanner, check, data, options, show)
    return found or [Draft(_for(cause, check.verdict)) for cause in causes or [filecauses.volume(comparison)]]


def _by_files(verdict: Verdict, comparison: Comparison | None) -> list[Cause]:
    """Files that came twice or are cut short or missing, as the count is too high or too low.

    Where the limits do not tell which, a copy comes first: equal checksums are proof, a small file is a hint.
    """
    more = filecauses.surplus_files(comparison)
    less = filecauses.lost_rows(comparison)
    if _outside(verdict, "max_value"):
        return more
    if _outside(verdict, "min_value"):
        return less or filecauses.stale_files(comparison)
    return more or less or filecauses.stale_files(comparison)


def _outside(verdict: Verdict, limit: str) -> bool:
    """Whether the observed number breaks this limit; False when either is not known."""
    bound, observed = verdict.kwargs.get(limit), verdict.observed
    if not isinstance(bound, (int, float)) or not isinstance(observed, (int, float)):
        return False
    return observed > bound if limit == "max_value" else observed < bound


def _twice(
    scanner: Scanner, check: FailedCheck, question: SearchTarget, comparison: Comparison | None
) -> list[Draft]:
    """Files delivered twice, with the failing rows that they hold."""
    facts = [f for f in comparison.files if f.change is FileChange.DUPLICATE] if comparison else []
    causes = filecauses.surplus_files(comparison)
    if not facts or question.file_column is None:
        return [Draft(_for(cause, check.verdict)) for cause in causes]
    style = Style(1, True, False)
    column = question.file_column
    pairs = [nodes.either(style.condition(column, f.name), style.condition(column, f.other)) for f in facts]
    today = count(scanner, question.relation, question)
    drafts = []
    for cause, pair, inside in zip(
        causes, pairs, count_each(scanner, question.relation, question, pairs), strict=True
    ):
        if not inside.failing:
            # Files that the file column does not know under these names cannot be counted; the proof stands.
            drafts += [] if inside.rows else [Draft(_for(cause, check.verdict))]
            continue
        counted = replace(
            _for(cause, check.verdict),
            inside=Count(inside.rows, inside.failing),
            outside=Count(today.rows - inside.rows, today.failing - inside.failing),
            partition=Count(today.rows, today.failing),
            coverage=inside.failing / today.failing,
            condition=pair.sql(dialect="duckdb"),
        )
        drafts.append(Draft(counted, pair))
    return drafts


def _for(cause: Cause, verdict: Verdict) -> Cause:
    return replace(cause, verdicts=(verdict.id,))


def _nothing(verdict: Verdict, what: str) -> Draft:
    text = f"not found: nothing that was compared explains {what}"
    return Draft(Cause(CauseKind.NONE, text, Confidence.NONE, "no finding", verdicts=(verdict.id,)))


def _absorb(scanner: Scanner, drafts: Sequence[Draft]) -> list[Draft]:
    """Let a cause of one check explain another check, where it does so at least as well as that check's own.

    An unknown carrier code and a missing carrier name fail on the same rows: the code is the better
    wording, and the second check's search could not use it.
    """
    kept = list(drafts)
    for strong in sorted(drafts, key=lambda d: d.cause.kind is not CauseKind.UNKNOWN_VALUE):
        for weak in list(kept):
            if weak is not strong and strong in kept and _explains(scanner, strong, weak):
                kept.remove(weak)
                position = kept.index(strong)
                verdicts = tuple(dict.fromkeys((*strong.cause.verdicts, *weak.cause.verdicts)))
                joined = replace(strong, cause=replace(strong.cause, verdicts=verdicts))
                kept[position] = joined
                strong = joined
    return kept


def _explains(scanner: Scanner, strong: Draft, weak: Draft) -> bool:
    """Whether one draft's rows hold a check's failing rows as fully and purely as its own segment."""
    question, own = weak.question, weak.cause
    if (
        strong.question is None
        or strong.condition is None
        or question is None
        or own.inside is None
        or own.coverage is None
    ):
        return False
    if {*strong.cause.verdicts} & {*own.verdicts} or not _usable(strong, question):
        return False
    if _wordiness(strong) > _wordiness(weak):
        return False
    (inside,) = count_each(scanner, question.relation, question, [strong.condition])
    failing = (own.inside.failing or 0) / own.coverage if own.coverage else 0.0
    covered = inside.failing / failing if failing else 0.0
    return covered >= 0.98 * own.coverage and inside.rate >= 0.98 * (own.inside.rate or 0.0)


def _usable(strong: Draft, question: SearchTarget) -> bool:
    assert strong.condition is not None  # noqa: S101 - the caller has looked; this tells the type checker
    names = {column.name for column in strong.condition.find_all(exp.Column)}
    return names <= {*question.schema, question.file_column}


def _wordiness(draft: Draft) -> int:
    return 0 if draft.condition is None else sum(1 for _ in draft.condition.find_all(exp.Column, exp.Literal))


def _merge(scanner: Scanner, data: Data, drafts: Sequence[Draft]) -> list[Draft]:
    """One draft per cause: equal texts or conditions, or at least 90 % of the rows in common."""
    merged: list[Draft] = []
    for draft in sorted(drafts, key=_wording_rank):
        for position, other in enumerate(merged):
            if _equal(scanner, data, draft, other):
                merged[position] = _joined(other, draft)
                break
        else:
            merged.append(draft)
    return merged


def _wording_rank(draft: Draft) -> tuple[bool, bool, bool]:
    """Whose wording and counts stand for merged causes.

    Proof, then unknown values, then counted failing rows.
    """
    kind = draft.cause.kind
    return (kind not in _PROOF, kind is not CauseKind.UNKNOWN_VALUE, draft.question is None)


def _equal(scanner: Scanner, data: Data, one: Draft, other: Draft) -> bool:
    if one.cause.kind in (CauseKind.NONE, CauseKind.WHOLE_PARTITION):
        return one.cause.kind is other.cause.kind and one.cause.text == other.cause.text
    if one.cause.text == other.cause.text:
        return True
    if one.condition is None or other.condition is None:
        return False
    if one.condition == other.condition:
        return True
    if set(one.cause.verdicts) & set(other.cause.verdicts):
        return False
    shared = nodes.both([one.condition, other.condition])
    either = nodes.either(nodes.is_true(one.condition), nodes.is_true(other.condition))
    ((both, any_of),) = scanner.rows(
        nodes.select([nodes.count_if(shared), nodes.count_if(either)], data.relation)
    )
    return bool(any_of) and both >= _SAME_ROWS * any_of


def _joined(first: Draft, second: Draft) -> Draft:
    """The first wording for both; the surer of the two confidences."""
    one, two = first.cause, second.cause
    surer = min(one, two, key=lambda cause: cause.confidence.rank)
    counted = one if one.inside is not None and one.inside.failing is not None else two
    others = [text for text in (two.text, *two.same) if text != one.text and two.kind is CauseKind.SEGMENT]
    known = {*one.same}
    cause = replace(
        one,
        confidence=surer.confidence,
        reason=surer.reason,
        verdicts=tuple(dict.fromkeys((*one.verdicts, *two.verdicts))),
        inside=one.inside or two.inside,
        facts=tuple(dict.fromkeys((*one.facts, *two.facts))),
        same=(*one.same, *[text for text in others if text not in known and not one.text.startswith(text)]),
    )
    if counted is two and one.kind in _PROOF and two.inside is not None:
        cause = replace(cause, inside=two.inside, outside=two.outside, partition=two.partition)
        cause = replace(cause, coverage=two.coverage, condition=two.condition)
    return Draft(cause, first.condition if first.condition is not None else second.condition)


def _rank(
    cause: Cause, severity: dict[str, int], order: dict[str, int]
) -> tuple[int, int, int, float, int, str]:
    worst = max((severity.get(name, 0) for name in cause.verdicts), default=0)
    first = min((order.get(name, 0) for name in cause.verdicts), default=0)
    return (
        cause.confidence.rank,
        -worst,
        cause.kind not in _PROOF,
        -round(cause.coverage or 0.0, 6),
        first,
        cause.text,
    )


def _ruled_out(comparison: Comparison | None, causes: Sequence[Cause]) -> tuple[str, ...]:
    """What was looked at and is fine, so that nobody looks again."""
    said: list[str] = []
    if comparison is not None and comparison.baseline_rows is not None:
        if not comparison.schema.changed:
            said.append("Schema: the same columns, types and order as in the last good partition.")
        if comparison.files_compared and not comparison.files:
            said.append("Files: none missing, none delivered twice, none repeated, none much smaller.")
        if comparison.baseline_rows and abs(comparison.rows / comparison.baseline_rows - 1) <= 0.1:
            said.append(f"Row count: {comparison.rows:,}, against {comparison.baseline_rows:,}.")
    tried = [name for cause in causes[:1] for name in cause.tried]
    if tried and causes[0].kind in (CauseKind.SEGMENT, CauseKind.FILE):
        said.append(f"No better wording in: {', '.join(tried)}.")
    left = [name for cause in causes[:1] for name in cause.left_out]
    if left:
        said.append(f"Not searched, because they follow the checked column: {', '.join(left)}.")
    return tuple(said)
