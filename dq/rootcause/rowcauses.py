"""Causes that lie in rows: segments, unknown values, and rows that are unusual for what they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from dq.rootcause import nodes
from dq.rootcause.checks import Data, FailedCheck, Family, family
from dq.rootcause.confidence import judge, percent
from dq.rootcause.model import Answer, Cause, CauseKind, Confidence, Count
from dq.rootcause.sample import Population, count
from dq.rootcause.scanner import Scanner, SearchOptions, SearchTarget
from dq.rootcause.segments import Segment, SegmentReport, count_each, find_segments
from dq.rootcause.unusual import Unusual, unusual_rows
from dq.rootcause.wording import Predicate, quote

SMALL = 10
"""Rows. Segments with fewer are described without values, unless their columns may be shown."""
_MAX_NAMED = 8
_AS_GOOD = 0.9
_MOSTLY = 0.5


@dataclass(frozen=True)
class Draft:
    """A cause with the SQL that it rests on.

    Attributes:
        cause: the cause.
        condition: rows of the data that it holds; None when it is not about rows.
        unexplained: failing rows that no cause of the check holds; set on the first draft of a check.
        question: what was searched; None when no rows were.
    """

    cause: Cause
    condition: exp.Expression | None = None
    unexplained: int | None = None
    question: SearchTarget | None = None


def row_causes(
    scanner: Scanner, check: FailedCheck, target: SearchTarget, options: SearchOptions, show: frozenset[str]
) -> list[Draft]:
    """Segments of a check with failing rows, or the answer that there are none."""
    report = find_segments(scanner, target, options)
    if report.answer is Answer.CLEAN:
        return []
    unusual = _unusual_segment(scanner, target, report, options)
    segments = list(report.segments)
    fact = ""
    if unusual is not None:
        segments[0:1], fact = [unusual[0]], unusual[1]
    if not segments:
        return [Draft(_no_segment(check, report))]
    left = _left_over(scanner, target, report, segments)
    drafts = [_segment_draft(check, target, report, segment, show) for segment in segments]
    if fact:
        drafts[0] = replace(drafts[0], cause=replace(drafts[0].cause, facts=(fact, *drafts[0].cause.facts)))
    drafts[0] = replace(drafts[0], unexplained=left)
    return drafts


def aggregate_causes(
    scanner: Scanner, check: FailedCheck, data: Data, options: SearchOptions, show: frozenset[str]
) -> list[Draft]:
    """Segments of unusual rows for a check on an aggregate; empty when nothing is unusual."""
    column = next((name for name in check.verdict.columns if name in data.schema), None)
    if column is None:
        return []
    target = _whole(data, column, check.scope)
    label = unusual_rows(scanner, target, column)
    if label is None:
        return []
    target = replace(target, bad=label.bad)
    report = find_segments(scanner, target, options)
    drafts = []
    for segment in report.segments:
        draft = _segment_draft(check, target, report, segment, show, "unusual")
        # A label with one range per category is too long to print; the segment's own condition says enough.
        cause = replace(
            draft.cause, facts=(*draft.cause.facts, _unusual_fact(label, segment)), failing_condition=""
        )
        drafts.append(replace(draft, cause=cause, question=None))
    return drafts


def _whole(data: Data, column: str, scope: exp.Expression | None) -> SearchTarget:
    usable = not data.baseline_schema or column in data.baseline_schema
    return SearchTarget(
        data.relation,
        exp.false(),
        data.schema,
        data.file_column,
        (column,),
        scope,
        data.baseline if usable else None,
        data.baseline_schema,
    )


def unknown_values(
    scanner: Scanner, check: FailedCheck, target: SearchTarget, show: frozenset[str]
) -> Draft | None:
    """The values that are not among the known ones, when they are few; None when they are many."""
    names = [name for name in check.verdict.columns if name in target.schema]
    if len(names) != 1:
        return None
    key, rows = nodes.column(names[0]), exp.to_identifier("n", quoted=True)
    query = nodes.grouped(
        nodes.select(
            [key, nodes.aliased(nodes.count_rows(), "n")],
            target.relation,
            nodes.both([target.bad, target.scope]),
        ),
        [key],
    )
    query = query.order_by(exp.Ordered(this=exp.column(rows), desc=True), key.copy()).limit(_MAX_NAMED + 1)
    found = scanner.rows(query)
    if not 0 < len(found) <= _MAX_NAMED or any(value is None for value, _ in found):
        return None
    values = sorted(value for value, _ in found)
    known = [nodes.literal(value) for value in values]
    condition: exp.Expression = exp.In(this=key.copy(), expressions=known)
    if len(values) == 1:
        condition = exp.EQ(this=key.copy(), expression=known[0])
    text = f"{names[0]} = {quote(values[0])}" if len(values) == 1 else ""
    text = text or f"{names[0]} in ({', '.join(quote(value) for value in values)})"
    general = f"one value of {names[0]}" if len(values) == 1 else f"{len(values)} values of {names[0]}"
    word = Predicate(names[0], "text", text, general, condition, tuple(values))
    return _unknown_draft(scanner, check, target, word, show)


def _unknown_draft(
    scanner: Scanner, check: FailedCheck, target: SearchTarget, word: Predicate, show: frozenset[str]
) -> Draft:
    today = count(scanner, target.relation, target)
    (inside,) = count_each(scanner, target.relation, target, [word.condition])
    old = None
    baseline = None
    if target.baseline is not None:
        baseline = count(scanner, target.baseline, target)
        (old,) = count_each(scanner, target.baseline, target, [word.condition])
    report = SegmentReport(Answer.SEGMENTS, today, baseline)
    segment = Segment((word,), word.condition, inside, old)
    draft = _segment_draft(check, target, report, segment, show)
    new = old is not None and old.rows == 0
    told = "no such value in the last good partition" if new else draft.cause.reason
    cause = replace(
        draft.cause,
        kind=CauseKind.UNKNOWN_VALUE,
        text=f"{draft.cause.text}, not among the known values",
        confidence=Confidence.HIGH if new else draft.cause.confidence,
        reason=f"these values are all the failing rows; {told}" if new else told,
    )
    return replace(draft, cause=cause, unexplained=0)


def _no_segment(check: FailedCheck, report: SegmentReport) -> Cause:
    partition = _count(report.today)
    if report.answer is Answer.WHOLE_PARTITION:
        kind, text = CauseKind.WHOLE_PARTITION, "the whole partition: nearly every row fails"
        reason = f"{percent(report.today.rate)} of the rows fail, in every part alike"
    else:
        kind, text = CauseKind.NONE, "no segment explains it: the failing rows are spread evenly"
        reason = "no value, range or combination of the columns tried stands out"
    return Cause(
        kind,
        text,
        Confidence.NONE,
        reason,
        verdicts=(check.verdict.id,),
        partition=partition,
        last_good=_count(report.baseline),
        tried=report.tried,
        left_out=report.proxies,
        failing_condition=_sql(check.bad),
    )


def _segment_draft(
    check: FailedCheck,
    target: SearchTarget,
    report: SegmentReport,
    segment: Segment,
    show: frozenset[str],
    counted: str = "failing",
) -> Draft:
    inside, today = segment.inside, report.today
    outside = Count(today.rows - inside.rows, today.failing - inside.failing)
    coverage = inside.failing / today.failing if today.failing else 0.0
    old = _count(segment.last_good)
    level, reason = judge(coverage, _exact(inside), outside, old, report.baseline is not None, counted)
    named = {predicate.column for predicate in segment.predicates}
    small = min(inside.rows, inside.failing) < SMALL
    private = (small or check_is_about(check, named)) and not named <= show
    words = [p.general if private else p.text for p in segment.predicates]
    files_only = all(predicate.kind == "file" for predicate in segment.predicates)
    cause = Cause(
        kind=CauseKind.FILE if files_only else CauseKind.SEGMENT,
        text=" and ".join(words),
        confidence=level,
        reason=reason,
        verdicts=(check.verdict.id,),
        inside=_exact(inside),
        outside=outside,
        last_good=old,
        partition=_count(today),
        coverage=coverage,
        same=() if private else tuple(" and ".join(p.text for p in other) for other in segment.same),
        columns=() if private else tuple(sorted(named)),
        facts=_facts(check, outside, private, counted),
        tried=report.tried,
        left_out=report.proxies,
        condition="" if private else _sql(segment.condition),
        failing_condition=_sql(target.bad),
        since=_since(segment, old, private, counted),
        counted=counted,
    )
    return Draft(cause, segment.condition, question=target)


def check_is_about(check: FailedCheck, named: set[str]) -> bool:
    """Whether a cause names values of the very column that failed: those are private unless shown.

    A rule about repeated keys fails for their combination, not for the value of one column.
    """
    return family(check) is not Family.UNIQUE and bool(named & set(check.verdict.columns))


def _facts(check: FailedCheck, outside: Count, private: bool, counted: str) -> tuple[str, ...]:
    """Whether the check would pass on the other rows, and why values are missing."""
    facts = []
    mostly = check.verdict.kwargs.get("mostly", 1.0)
    if (
        counted == "failing"
        and outside.rate is not None
        and isinstance(mostly, (int, float))
        and 1 - outside.rate >= mostly
    ):
        facts.append("Without these rows the check would pass.")
    if private:
        facts.append(f"Fewer than {SMALL} rows: values are not shown.")
    return tuple(facts)


def _since(segment: Segment, old: Count | None, private: bool, counted: str) -> str:
    """From when, as far as one partition and its predecessor tell."""
    times = [p.text for p in segment.predicates if p.kind == "time"]
    parts = [f"within the partition: {times[0]}"] if times and not private else []
    if old is not None and old.failing is not None:
        clean = f"{old.failing:,} of {old.rows:,} rows" if old.rows else "no such rows"
        parts.append(f"{counted} in the same segment of the last good partition: {clean}")
    return "; ".join(parts)


def _unusual_segment(
    scanner: Scanner, target: SearchTarget, report: SegmentReport, options: SearchOptions
) -> tuple[Segment, str] | None:
    """A segment whose numbers moved as a whole and which holds the failing rows as well as the row search's.

    Limits see only the extreme rows of a change of unit. Where the baseline tells what is usual, the change
    itself is found, and it is preferred if it says as much about the failing rows in no more words.
    """
    names = [name for name in target.check_columns if name in target.schema]
    if len(names) != 1 or target.baseline is None:
        return None
    label = unusual_rows(scanner, target, names[0])
    if label is None or not label.yardstick:
        return None
    wider = find_segments(scanner, replace(target, bad=label.bad), options)
    if not wider.segments:
        return None
    segment = wider.segments[0]
    (inside,) = count_each(scanner, target.relation, target, [segment.condition])
    (old,) = count_each(scanner, target.baseline, target, [segment.condition])
    best = report.segments[0].inside.failing if report.segments else 0
    words = len(report.segments[0].predicates) if report.segments else options.max_order
    telling = segment.inside.rate >= _MOSTLY and segment.inside.failing >= _MOSTLY * wider.today.failing
    enough = inside.failing >= max(_AS_GOOD * best, _MOSTLY * report.today.failing)
    if not (telling and enough and len(segment.predicates) <= words):
        return None
    fact = _unusual_fact(label, segment)
    return replace(segment, inside=inside, last_good=old), fact


def _unusual_fact(label: Unusual, segment: Segment) -> str:
    beside = f" for its {label.yardstick}" if label.yardstick else ""
    inside = segment.inside
    return (
        f"{label.column} is outside the last good partition's range{beside} "
        f"in {inside.failing:,} of {inside.rows:,} of these rows ({percent(inside.rate)})."
    )


def _left_over(
    scanner: Scanner, target: SearchTarget, report: SegmentReport, segments: Sequence[Segment]
) -> int:
    """Failing rows that no segment holds, exactly."""
    any_of = nodes.either(*[nodes.is_true(segment.condition) for segment in segments])
    (held,) = count_each(scanner, target.relation, target, [any_of])
    return report.today.failing - held.failing


def _exact(population: Population) -> Count:
    return Count(population.rows, population.failing)


def _count(population: Population | None) -> Count | None:
    return None if population is None else _exact(population)


def _sql(expression: exp.Expression | None) -> str:
    return "" if expression is None else expression.sql(dialect="duckdb")
