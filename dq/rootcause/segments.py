"""Segment search: which rows fail, said in as few words as the data allows.

After DIFF (Abuzaid et al., PVLDB 12(4), 2018) and Data X-Ray (Wang, Dong, Meliou, SIGMOD 2015); ADR 0005
holds the choices. The search runs on a sample, every printed count is exact.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from dq.rootcause import nodes
from dq.rootcause.coding import Coded, code_all
from dq.rootcause.dimensions import Dimension, Kind, plan_dimensions
from dq.rootcause.model import Answer
from dq.rootcause.proxies import proxies
from dq.rootcause.sample import Population, Sample, count, draw
from dq.rootcause.scanner import Scanner, SearchOptions, SearchTarget
from dq.rootcause.search import Line, cover
from dq.rootcause.view import View
from dq.rootcause.wording import Predicate, predicate

_CHRONIC_SHARE = 0.5


@dataclass(frozen=True)
class Segment:
    """Rows that a conjunction of predicates holds, counted exactly.

    Attributes:
        predicates: the conjunction.
        condition: it as SQL, for FROM the target's relation or its baseline.
        inside: rows in the segment, and failing ones among them.
        last_good: the same in the baseline; None when there is none.
        same: other wordings for the same rows, each a conjunction.
        bits: score on the sample.
    """

    predicates: tuple[Predicate, ...]
    condition: exp.Expression
    inside: Population
    last_good: Population | None
    same: tuple[tuple[Predicate, ...], ...] = ()
    bits: float = 0.0


@dataclass(frozen=True)
class SegmentReport:
    """What the search found.

    Attributes:
        answer: whether segments, the whole partition, nothing or no failure at all.
        today: exact counts of the partition in scope.
        baseline: exact counts of the baseline; None when there is none.
        segments: most telling first; empty unless the answer is `segments`.
        tried: names of the dimensions searched.
        proxies: names of dimensions left out because they follow the checked column.
        sampled: rows that the search looked at.
        complete: whether these were all rows.
        seconds: how long it took.
    """

    answer: Answer
    today: Population
    baseline: Population | None
    segments: tuple[Segment, ...] = ()
    tried: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    sampled: int = 0
    complete: bool = True
    seconds: float = 0.0


def find_segments(
    scanner: Scanner, target: SearchTarget, options: SearchOptions | None = None
) -> SegmentReport:
    """Find the segments that hold the failing rows of one rule.

    Args:
        scanner: the engine, asked for two counts, one or two samples and one verification.
        target: relation, rule and baseline.
        options: bounds; the measured defaults when left out.

    Returns:
        The report. An empty relation, or one without failing rows, is `clean`. When at least `whole_share` of
        the rows in scope fail and nothing stands out, the answer is `whole_partition`; otherwise `none`.

    Raises:
        EngineError: from the scanner, when a query fails.
    """
    options = options or SearchOptions()
    started = time.perf_counter()
    today = count(scanner, target.relation, target)
    baseline = count(scanner, target.baseline, target) if target.baseline is not None else None
    if not today.failing:
        return SegmentReport(Answer.CLEAN, today, baseline, seconds=time.perf_counter() - started)
    dimensions = plan_dimensions(target, options.columns)
    checked = _checked(target)
    sample = draw(scanner, target, [*dimensions, *checked], today, baseline, options)
    coded, left_out = _useful(sample, dimensions, len(checked), options)
    lines = cover(_view(coded, sample), options) if coded else []
    segments = _verify(scanner, target, coded, lines, baseline)
    return SegmentReport(
        answer=_answer(segments, today, options),
        today=today,
        baseline=baseline,
        segments=segments,
        tried=tuple(dim.dimension.name for dim in coded),
        proxies=left_out,
        sampled=sum(stratum.table.num_rows for stratum in sample.strata[:2]),
        complete=sample.complete,
        seconds=time.perf_counter() - started,
    )


def _checked(target: SearchTarget) -> list[Dimension]:
    """The checked columns, fetched beside the dimensions so that proxies can be told."""
    names = [name for name in target.check_columns if name in target.shared_columns]
    scalar = [name for name in names if not target.schema[name].endswith("]")]
    return [Dimension(name, name, Kind.NUMBER, nodes.column(name)) for name in scalar]


def _useful(
    sample: Sample, dimensions: Sequence[Dimension], checked: int, options: SearchOptions
) -> tuple[tuple[Coded, ...], tuple[str, ...]]:
    """Coded dimensions without constants, identifiers and proxies; and the proxies' names."""
    coded = code_all(sample, dimensions, options)
    columns = [dimensions.index(dim.dimension) for dim in coded]
    targets = range(len(dimensions), len(dimensions) + checked)
    follow = set(proxies(sample, coded, columns, targets))
    kept = tuple(dim for position, dim in enumerate(coded) if position not in follow)
    return kept, tuple(coded[position].dimension.name for position in sorted(follow))


def _view(coded: tuple[Coded, ...], sample: Sample) -> View:
    """All rows; compared with the baseline's failures only when today's are clearly more."""
    chronic = None
    if sample.baseline is not None and sample.baseline.failing:
        rate = sample.baseline.rate
        chronic = rate if rate < _CHRONIC_SHARE * sample.today.rate else None
    return View.of(coded, tuple(stratum.weight for stratum in sample.strata), chronic)


def _verify(
    scanner: Scanner,
    target: SearchTarget,
    coded: tuple[Coded, ...],
    lines: Sequence[Line],
    baseline: Population | None,
) -> tuple[Segment, ...]:
    """Exact counts of every segment, in one scan of today and one of the baseline."""
    if not lines:
        return ()
    worded = [tuple(predicate(coded[item.dim], item) for item in line.best.items) for line in lines]
    conditions = [nodes.both(p.condition for p in predicates) for predicates in worded]
    inside = count_each(scanner, target.relation, target, conditions)
    old = (
        count_each(scanner, target.baseline, target, conditions)
        if target.baseline is not None and baseline is not None
        else [None] * len(lines)
    )
    return tuple(
        Segment(
            predicates=predicates,
            condition=condition,
            inside=now,
            last_good=then,
            same=tuple(tuple(predicate(coded[i.dim], i) for i in c.items) for c in line.same),
            bits=line.best.score,
        )
        for line, predicates, condition, now, then in zip(lines, worded, conditions, inside, old, strict=True)
    )


def count_each(
    scanner: Scanner, relation: exp.Expression, target: SearchTarget, conditions: Sequence[exp.Expression]
) -> list[Population]:
    """Rows and failing rows that meet each condition, in one scan; empty when there are no conditions."""
    if not conditions:
        return []
    items = []
    for condition in conditions:
        items.append(nodes.count_if(condition))
        items.append(nodes.count_if(nodes.both([target.bad, condition])))
    (row,) = scanner.rows(nodes.select(items, relation, target.scope))
    return [Population(int(row[k]), int(row[k + 1])) for k in range(0, len(row), 2)]


def _answer(segments: Sequence[Segment], today: Population, options: SearchOptions) -> Answer:
    if segments:
        return Answer.SEGMENTS
    return Answer.WHOLE_PARTITION if today.rate >= options.whole_share else Answer.NONE
