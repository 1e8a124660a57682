"""Choosing a route for every metric."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from dq.metrics import (
    CountWhere,
    DistinctCount,
    Duplicates,
    Foreign,
    Metric,
    QuantileOf,
    QueryMetric,
    State,
    TableMetric,
)
from dq.plan.facts import RelationFacts, known, share_in_reach
from dq.plan.packs import packs
from dq.sql import words as w
from dq.sql.inside import columns_of, opaque, relational, walk, windows

FEW = 1_000
"""Distinct values up to which a column counts as low-cardinality."""
_FEW_TOGETHER = 4_096
"""Combined distinct values up to which low-cardinality columns share one grouping."""
_REPEATS = 0.4
"""Share of distinct values in a probe below which grouping beats sorting for a quantile."""


_FEW_GROUPS = 0.3
"""Share of rows in reach up to which a query for one count is cheaper than a place in a shared scan."""


class Route(str, Enum):
    """How a question is asked."""

    SCAN = "scan"
    """Aggregates over the rows, several metrics in one SELECT."""
    PRUNED = "pruned"
    """One count over the few row groups in which its condition may be true."""
    VALUES = "values"
    """Aggregates over the distinct values of a few columns and their counts."""
    QUANTILE = "quantile"
    """One quantile from value counts."""
    INCREASING = "increasing"
    """Proof of uniqueness: a column that only goes up."""
    SORTED = "sorted"
    """Sort codes of the keys in this process; group by the key and count only where codes repeat."""
    DUPLICATES = "duplicates"
    """Group by the key and count."""
    QUERY = "query"
    """The metric's own query."""
    AUTHOR = "author"
    """The author's own query."""
    FOREIGN = "foreign"
    """The rows themselves, read into this process."""


@dataclass(frozen=True)
class Ability:
    """What an engine can do, and what pays off on it.

    Attributes:
        pack_columns: columns that one scan may read before a second scan is cheaper.
        pack_aggregates: aggregates that one scan may hold.
        shortcuts_from: rows from which probing and shortcuts pay; below it one plain scan is best.
        sorts_from: rows from which sorting codes in this process beats grouping; None for an engine that
            hands over no codes.
        sorted_keys: keys that are sorted at once, by memory; more are sorted in parts, each of which reads
            the key again.
    """

    pack_columns: int = 6
    pack_aggregates: int = 200
    shortcuts_from: int = 200_000
    sorts_from: int | None = 1_500_000
    sorted_keys: int = 1 << 25


@dataclass(frozen=True)
class Question:
    """One query of a plan.

    Attributes:
        route: how it is asked.
        source: which relation.
        metrics: what it answers.
        columns: grouping columns of `values`, the proving column of `increasing`.
        parts: of `sorted`: how many disjoint sets of keys are looked at one after the other.
        otherwise: asked instead when this one proves nothing, or fails.
    """

    route: Route
    source: str
    metrics: tuple[Metric, ...]
    columns: tuple[w.Column, ...] = ()
    parts: int = 1
    otherwise: Question | None = None


@dataclass(frozen=True)
class Plan:
    """Answers that needed no scan, and the questions that remain.

    Attributes:
        answered: state by metric, from metadata alone.
        questions: in the order in which they are asked.
    """

    answered: Mapping[Metric, State]
    questions: tuple[Question, ...]


def worth_probing(
    metrics: Iterable[Metric], facts: Mapping[str, RelationFacts], ability: Ability
) -> dict[str, tuple[w.Column, ...]]:
    """Columns whose number of distinct values would change the plan, by relation.

    Empty where the relation is small or of unknown size: a probe would cost more than it saves.
    """
    wanted: dict[str, dict[w.Column, None]] = {}
    for metric in dict.fromkeys(metrics):
        about = facts.get(metric.source, RelationFacts())
        if (about.rows or 0) < ability.shortcuts_from or known(metric, about) is not None:
            continue
        column = _single_column(metric)
        if column is None or about.of(column).probed:
            continue
        if isinstance(metric, QuantileOf) or (_costly(metric) and not about.of(column).varied):
            wanted.setdefault(metric.source, {})[column] = None
    return {source: tuple(columns) for source, columns in wanted.items()}


def make_plan(metrics: Iterable[Metric], facts: Mapping[str, RelationFacts], ability: Ability) -> Plan:
    """The plan that answers all metrics exactly.

    Args:
        metrics: in any order, repeats allowed.
        facts: by relation; a relation without facts is scanned.
        ability: of the engine.
    """
    answered: dict[Metric, State] = {}
    open_: list[Metric] = []
    for metric in dict.fromkeys(metrics):
        state = known(metric, facts.get(metric.source, RelationFacts()))
        if state is None:
            open_.append(metric)
        else:
            answered[metric] = state
    questions: list[Question] = []
    for source in dict.fromkeys(metric.source for metric in open_):
        of_source = [metric for metric in open_ if metric.source == source]
        questions += _questions(source, of_source, facts.get(source, RelationFacts()), ability)
    return Plan(answered, tuple(questions))


def _questions(source: str, metrics: list[Metric], facts: RelationFacts, ability: Ability) -> list[Question]:
    questions: list[Question] = []
    table: list[TableMetric] = []
    for metric in metrics:
        match metric:
            case CountWhere(condition=condition, where=where) if _few_groups(w.both(where, condition), facts):
                questions.append(Question(Route.PRUNED, source, (metric,)))
            case Duplicates():
                questions.append(_uniqueness(metric, facts, ability))
            case QueryMetric(authored=authored):
                questions.append(Question(Route.AUTHOR if authored else Route.QUERY, source, (metric,)))
            case Foreign():
                questions.append(Question(Route.FOREIGN, source, (metric,)))
            case QuantileOf() if _repeats(metric, facts):
                questions.append(Question(Route.QUANTILE, source, (metric,)))
            case TableMetric():
                table.append(metric)
    grouped, rest = _on_values(source, table, facts)
    looking: dict[tuple[w.Earlier, ...], list[TableMetric]] = {}
    for metric in rest:
        looking.setdefault(windows(metric.aggregates()), []).append(metric)
    scans = [
        Question(Route.SCAN, source, pack)
        for together in looking.values()  # equal windows are computed once, others not without need
        for pack in packs(together, ability.pack_columns, ability.pack_aggregates)
    ]
    return scans + grouped + questions


def _few_groups(condition: w.Condition | None, facts: RelationFacts) -> bool:
    share = None if condition is None else share_in_reach(condition, facts)
    return share is not None and share <= _FEW_GROUPS


# --- distinct values --------------------------------------------------------------------------------


def _on_values(
    source: str, metrics: list[TableMetric], facts: RelationFacts
) -> tuple[list[Question], list[TableMetric]]:
    """Metrics that are cheaper on the distinct values of their column, and the others."""
    few: dict[w.Column, int] = {}
    for metric in metrics:
        column = _single_column(metric)
        if column is not None and _costly(metric) and _weighable(metric):
            distinct = facts.of(column).distinct
            if distinct is not None and distinct <= FEW and not column.floats:
                few[column] = max(distinct, 1)
            elif _checked(metric):  # so dear that it is asked once per value, however many there are
                few[column] = _FEW_TOGETHER
    chosen = {column: [m for m in metrics if _single_column(m) == column and _weighable(m)] for column in few}
    taken = {metric for group in chosen.values() for metric in group}
    questions = []
    for columns in _shared(few):
        asked = tuple(metric for column in columns for metric in chosen[column])
        questions.append(Question(Route.VALUES, source, asked, columns))
    return questions, [metric for metric in metrics if metric not in taken]


def _shared(few: Mapping[w.Column, int]) -> list[tuple[w.Column, ...]]:
    """Columns that share a grouping: smallest first, as long as the combinations stay few."""
    groups: list[tuple[list[w.Column], int]] = []
    for column, distinct in sorted(few.items(), key=lambda item: item[1]):
        if groups and groups[-1][1] * distinct <= _FEW_TOGETHER:
            groups[-1] = ([*groups[-1][0], column], groups[-1][1] * distinct)
        else:
            groups.append(([column], distinct))
    return [tuple(columns) for columns, _ in groups]


def _single_column(metric: Metric) -> w.Column | None:
    """The only column a table metric reads; None when it reads several, none or unknown ones."""
    if not isinstance(metric, TableMetric):
        return None
    asked = metric.aggregates()
    columns = columns_of(asked)
    alone = len(columns) == 1 and not opaque(asked) and not relational(asked)
    return columns[0] if alone else None


def _checked(metric: TableMetric) -> bool:
    """Whether a metric asks a check that is computed in Python."""
    return any(isinstance(part, w.Accepted) for part in walk(metric.aggregates()))


def _costly(metric: Metric) -> bool:
    """Whether a metric costs clearly more per row than reading its column."""
    if isinstance(metric, DistinctCount):
        return True
    costly = w.In | w.Matches | w.Like | w.Accepted | w.Length | w.InDataset
    return isinstance(metric, TableMetric) and any(
        isinstance(part, costly) for part in walk(metric.aggregates())
    )


def _weighable(metric: TableMetric) -> bool:
    from dq.sql.queries import weighable

    return all(weighable(aggregate) for aggregate in metric.aggregates())


def _repeats(metric: QuantileOf, facts: RelationFacts) -> bool:
    column = _single_column(metric)
    if column is None:
        return False
    about = facts.of(column)
    return about.distinct is not None and about.probed > 0 and about.distinct <= _REPEATS * about.probed


# --- uniqueness -------------------------------------------------------------------------------------


def _uniqueness(metric: Duplicates, facts: RelationFacts, ability: Ability) -> Question:
    """The cheapest exact route, with a plainer one behind it where it may prove nothing.

    A rising member of the key proves uniqueness at the price of reading it. Sorting codes takes 8 bytes per
    key and a quarter of the time of grouping (see benchmarks); only keys whose codes repeat are compared.
    """
    rows = facts.rows or 0
    question = Question(Route.DUPLICATES, metric.source, (metric,))
    if rows < ability.shortcuts_from:
        return question
    if ability.sorts_from is not None and rows >= ability.sorts_from:
        parts = 1
        while parts * ability.sorted_keys < rows:
            parts *= 2
        question = Question(Route.SORTED, metric.source, (metric,), parts=parts, otherwise=question)
    for column in metric.of:
        if facts.of(column).ascending:
            return Question(Route.INCREASING, metric.source, (metric,), (column,), otherwise=question)
    return question
