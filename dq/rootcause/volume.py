"""Rows that came or went since the last validated partition, said as a segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlglot import exp

from dq.rootcause import nodes
from dq.rootcause.checks import Data, FailedCheck
from dq.rootcause.confidence import percent
from dq.rootcause.dimensions import Kind, plan_dimensions
from dq.rootcause.model import Cause, CauseKind, Confidence, Count
from dq.rootcause.rowcauses import SMALL, Draft
from dq.rootcause.scanner import Scanner, SearchOptions, SearchTarget
from dq.rootcause.segments import Segment, find_segments

_MIN_RATIO = 1.2
_LEAST_SHARE = 0.5
_MOST = 0.7


def volume_causes(
    scanner: Scanner, check: FailedCheck, data: Data, options: SearchOptions, show: frozenset[str]
) -> list[Draft]:
    """A segment that holds most of the rows that came or went.

    Today's and the baseline's rows are laid together, and the side that has more rows is the label. Only
    categories and hours are tried: numbers and dates differ from day to day by themselves.

    Args:
        scanner: the engine.
        check: the failed check.
        data: what was validated, and the baseline.
        options: bounds of the search.
        show: columns whose values may be named even in small segments.

    Returns:
        At most one draft; none without a baseline, or when no segment holds half of the change.
    """
    if data.baseline is None:
        return []
    now, then = _rows(scanner, data.relation), _rows(scanner, data.baseline)
    names = _usable(scanner, data)
    if not names or now == then:
        return []
    target = _together(data, data.baseline, names, grew=now > then)
    report = find_segments(scanner, target, replace(options, min_ratio=_MIN_RATIO, max_segments=1))
    drafts = []
    for segment in report.segments:
        more = segment.inside.failing
        less = segment.inside.rows - more
        share = (more - less) / abs(now - then)
        if share >= _LEAST_SHARE:
            inside, before = (more, less) if now > then else (less, more)
            cause = _cause(check, segment, Count(inside), Count(before), share, show)
            drafts.append(Draft(replace(cause, tried=report.tried), segment.condition))
    return drafts


def _rows(scanner: Scanner, relation: exp.Expression) -> int:
    ((rows,),) = scanner.rows(nodes.select([nodes.count_rows()], relation))
    return int(rows)


def _usable(scanner: Scanner, data: Data) -> tuple[str, ...]:
    """Columns of categories and hours that both sides have and that can be compared."""
    assert data.baseline is not None  # noqa: S101 - the caller has looked; this tells the type checker
    old = data.baseline_schema or data.schema
    same = {name: kind for name, kind in data.schema.items() if old.get(name) == kind}
    same.pop(data.file_column or "", None)
    plan = plan_dimensions(SearchTarget(data.relation, exp.true(), same))
    names = [d.column for d in plan if d.kind is not Kind.NUMBER and same[d.column].upper() != "DATE"]
    if not names:
        return ()
    ends = [end(this=nodes.column(name)) for name in names for end in (exp.Min, exp.Max)]
    (new,) = scanner.rows(nodes.select(ends, data.relation))
    (then,) = scanner.rows(nodes.select(ends, data.baseline))
    return tuple(
        name
        for k, name in enumerate(names)
        if _comparable(new[2 * k], new[2 * k + 1], then[2 * k], then[2 * k + 1])
    )


def _comparable(low: Any, high: Any, old_low: Any, old_high: Any) -> bool:
    """Whether a column varies on both sides and the sides overlap: the id or date of a load does not."""
    if None in (low, high, old_low, old_high) or low == high or old_low == old_high:
        return False
    return bool(low <= old_high and old_low <= high)


def _together(data: Data, baseline: exp.Expression, names: Sequence[str], grew: bool) -> SearchTarget:
    """Both sides' rows in one relation, labelled by the side that has more."""
    label = "dq more"
    while label in names:
        label += "_"
    columns = [nodes.column(name) for name in names]
    sides = [
        nodes.select([*columns, nodes.aliased(nodes.literal(side), label)], relation)
        for relation, side in ((data.relation, grew), (baseline, not grew))
    ]
    union = exp.Union(this=sides[0], expression=sides[1], distinct=False)
    relation = exp.Subquery(
        this=union, alias=exp.TableAlias(this=exp.to_identifier("both_sides", quoted=True))
    )
    schema = {name: data.schema[name] for name in names}
    return SearchTarget(relation, nodes.column(label), schema)


def _cause(
    check: FailedCheck, segment: Segment, inside: Count, before: Count, share: float, show: frozenset[str]
) -> Cause:
    named = {predicate.column for predicate in segment.predicates}
    private = max(inside.rows, before.rows) < SMALL and not named <= show
    words = " and ".join(p.general if private else p.text for p in segment.predicates)
    same = () if private else tuple(" and ".join(p.text for p in other) for other in segment.same)
    alone = _MOST <= share <= 1 / _MOST
    return Cause(
        kind=CauseKind.MISSING_ROWS if inside.rows < before.rows else CauseKind.VOLUME,
        text=f"{words}: {inside.rows:,} rows, against {before.rows:,} in the last good partition",
        confidence=Confidence.MEDIUM if alone else Confidence.LOW,
        reason=f"{percent(share)} of the change in rows is here"
        if share <= 1
        else "the change in rows is here; the other rows moved the other way",
        verdicts=(check.verdict.id,),
        inside=inside,
        last_good=before,
        coverage=min(share, 1.0),
        same=same,
        columns=() if private else tuple(sorted(named)),
        condition="" if private else segment.condition.sql(dialect="duckdb"),
    )
