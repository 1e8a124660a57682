"""Running a plan: questions to an engine, rows back to values; one bad question never sinks the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from dq.engines.base import Engine
from dq.errors import EngineError, PlanError, SuiteError
from dq.lake.schema import Schema
from dq.lake.source import Source
from dq.metrics import Duplicates, Foreign, Metric, State
from dq.plan import ColumnFacts, Plan, Question, RelationFacts, Route, make_plan, worth_probing
from dq.plan.ask import ask, states
from dq.sql import queries


@dataclass(frozen=True)
class Failure:
    """Why a metric has no value."""

    reason: str


@dataclass(frozen=True)
class Answers:
    """What a plan gave.

    Attributes:
        states: by metric; a `Failure` where a query failed.
        plan: what was asked.
        reach: by metric, of how many partitions a kept state was used, and how many were read; empty when
            everything was asked at once.
    """

    states: Mapping[Metric, State | Failure]
    plan: Plan
    reach: Mapping[Metric, tuple[int, int]] = field(default_factory=dict)

    def value(self, metric: Metric) -> Any:
        """The value that expectations judge, or the `Failure`."""
        state = self.states[metric]
        return state if isinstance(state, Failure) else metric.value(state)


class Partwise(Protocol):
    """Answers metrics partition by partition, where that is exact (see `dq.states.partwise`)."""

    @property
    def schema(self) -> Schema | None:
        """Columns of everything that is asked about; None when that must be opened to know them."""
        ...

    def answer(
        self,
        metrics: Sequence[Metric],
        engine: Engine,
        others: Mapping[str, Source],
        passing: Collection[Metric],
    ) -> Answers:
        """Answer all metrics; those in `passing` mean something else at another hour."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


def answer(metrics: Iterable[Metric], engine: Engine) -> Answers:
    """Plan and run all metrics on an engine. A failing query marks only the metrics that make it fail."""
    wanted = list(dict.fromkeys(metrics))
    sources = dict.fromkeys(metric.source for metric in wanted)
    facts = {source: engine.facts(source) for source in sources}
    for source, columns in worth_probing(wanted, facts, engine.ability).items():
        facts[source] = _with_probe(facts[source], *engine.probe(source, columns))
    plan = make_plan(wanted, facts, engine.ability)
    engine.expect(plan.questions)
    found: dict[Metric, State | Failure] = dict(plan.answered)
    for question in plan.questions:
        found |= _ask(question, engine)
    return Answers(found, plan)


def _with_probe(facts: RelationFacts, probed: int, distinct: Mapping[str, int]) -> RelationFacts:
    columns = dict(facts.columns)
    for name, number in distinct.items():
        columns[name] = replace(columns.get(name, ColumnFacts()), distinct=number, probed=probed)
    return replace(facts, columns=columns)


def _ask(question: Question, engine: Engine) -> Mapping[Metric, State | Failure]:
    try:
        proved = _found(question, engine)
    except (EngineError, PlanError, SuiteError) as error:
        if question.otherwise is not None:
            return _ask(question.otherwise, engine)
        if len(question.metrics) == 1:
            return {question.metrics[0]: Failure(str(error))}
        half = len(question.metrics) // 2
        first = replace(question, metrics=question.metrics[:half])
        second = replace(question, metrics=question.metrics[half:])
        return {**_ask(first, engine), **_ask(second, engine)}
    if proved is None and question.otherwise is not None:
        return _ask(question.otherwise, engine)
    return proved or {}


def _found(question: Question, engine: Engine) -> Mapping[Metric, State] | None:
    """The states of a question's metrics; None when its answer proves nothing.

    Raises:
        EngineError: a query failed.
        PlanError: the dialect cannot say it exactly.
        SuiteError: author's SQL is not what it should be.
    """
    metric = question.metrics[0]
    if isinstance(metric, Foreign):
        return _looked_at(metric, engine)
    if question.route is Route.SORTED and isinstance(metric, Duplicates):
        from dq.engines.repeats import by_sorting

        state = by_sorting(metric, question, engine)
        return None if state is None else {metric: state}
    rows = engine.rows(
        ask(question, engine.render),
        authored=question.route is Route.AUTHOR,
        pruned=question.route is Route.PRUNED,
    )
    return states(question, rows[0])


def _looked_at(metric: Foreign, engine: Engine) -> Mapping[Metric, State]:
    """The state of a metric that looks at the rows themselves.

    Raises:
        EngineError: there are more rows than it takes, or it cannot be computed.
    """
    query = ask(Question(Route.FOREIGN, metric.source, (metric,)), engine.render)
    rows = engine.arrow(queries.limited(query, metric.most + 1))
    if rows.num_rows > metric.most:
        raise EngineError(f"it looks at rows in memory, at most {metric.most:,}; there are more")
    return {metric: metric.look(rows)}
