"""Validating a dataset: suite to metrics, metrics to values, values to verdicts.

`validate` is the public call. `Validation` is the same with its engine still open, for those who go on to
ask why (samples, root cause).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any

from dq.aws.options import AwsOptions
from dq.engines.base import Engine
from dq.engines.execute import Answers, Failure, Partwise, answer
from dq.errors import DataError, DQError, EngineError
from dq.expectations.base import Expectation, Judgement, NotEvaluable, Scope
from dq.lake.described import remarks_on
from dq.lake.manifest import Partition
from dq.metrics import DistinctValues, Duplicates, Metric, RowCount
from dq.origin import Origin, stamps_of
from dq.result import Result, status_of
from dq.sql import queries
from dq.suites import Item, Suite, load_suite
from dq.suites.datasets import aws_for, everything_named, slice_of, sources_of
from dq.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from dq.sql.words import Condition

SAMPLE = 20
"""Values that a verdict's sample holds at most."""

_EVERY_ROW = RowCount()
_MUCH_LATER = dt.timedelta(days=400)
"""Another hour, day, month and year."""


@dataclass(frozen=True)
class EngineOptions:
    """How much of the machine a run may take.

    Attributes:
        threads: worker threads; None for all cores.
        memory_limit: e.g. `4GB`; None for the engine's default.
        aws: where AWS is and as whom, for datasets that lie there.
    """

    threads: int | None = None
    memory_limit: str | None = None
    aws: AwsOptions = field(default_factory=AwsOptions)


def validate(
    data: Any,
    suite: Any,
    partition: Mapping[str, Any] | None = None,
    *,
    params: Mapping[str, Any] | None = None,
    input: Any = None,  # noqa: A002 - the design's word for what a dataset was made from
    options: EngineOptions | None = None,
    now: dt.datetime | None = None,
) -> Result:
    """Judge a dataset by a suite. Writes nothing.

    Args:
        data: path, glob or folder, also on S3; pandas, polars or Arrow table; DuckDB relation. None for the
            suite's own.
        suite: path, mapping, Great Expectations suite, or a loaded suite.
        partition: the slice to look at, e.g. `{"date": "2013-02-08"}`; None for everything.
        params: values of the suite's parameters.
        input: what the dataset was made from; None for what the suite names.
        options: threads and memory; where AWS is, when the project's configuration does not say it.
        now: the moment that freshness is measured against; None for the clock.

    Returns:
        All verdicts. Bad data is a result; it raises nothing.

    Raises:
        SuiteError: the suite cannot be read.
        DataError: the data cannot be looked at.
        UsageError: data of an unknown kind, or a partition column that the folders do not have.
    """
    loaded = load_suite(suite, params)
    slice_ = slice_of(loaded, partition, data, options.aws if options else None)
    with Validation(loaded, data, slice_, input, options, now) as validation:
        return validation.result()


@dataclass
class _Asked:
    """One item of the suite on its way to a verdict."""

    item: Item
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    refused: NotEvaluable | None = None


class Validation:
    """One look at one dataset, engine open until the `with` block ends.

    Attributes:
        suite: as loaded.
        partition: the slice.
        source: what is scanned.
        origin: the same, for those who look again later.
        engine: answers further questions about the same bytes.
        scope: schemas and moment that expectations see.

    Args:
        suite: as loaded.
        data: what to look at; None for the suite's own.
        partition: the slice.
        input: as in `validate`.
        options: as in `validate`.
        now: as in `validate`.
        engine: of an earlier validation, to be used again; it is not closed. None for one of its own.
        partwise: answers metrics from kept states of partitions; None to ask everything at once.

    Raises:
        DataError: the data cannot be looked at.
    """

    def __init__(
        self,
        suite: Suite,
        data: Any,
        partition: Partition,
        input: Any = None,  # noqa: A002 - as in `validate`
        options: EngineOptions | None = None,
        now: dt.datetime | None = None,
        engine: Engine | None = None,
        partwise: Partwise | None = None,
    ) -> None:
        suite.complete()
        if data is None and suite.data is None:
            raise DataError(f"suite '{suite.name}' names no data; give some")
        self.suite = suite
        self.partition = partition
        self.started = dt.datetime.now(dt.timezone.utc)
        self._clock = time.perf_counter()
        options = options or EngineOptions()
        options = replace(options, aws=aws_for(suite, options.aws, *everything_named(suite, data, input)))
        self.sources = sources_of(suite, data, partition, input, options.aws)
        self.source = self.sources[""]
        stamps = stamps_of(self.sources)  # before anything is read: a change while reading shows as well
        self.origin = Origin(suite, partition, self.sources, now or self.started, options, stamps)
        self._borrowed = engine is not None
        self._partwise = partwise
        self.engine = engine if engine is not None else idle_engine(options)
        try:
            known = partwise.schema if partwise is not None else None
            self.engine.reset({n: s for n, s in self.sources.items() if n or known is None})
            if known is not None:
                self.engine.defer("", self.source, known)
        except BaseException:
            self._close()
            raise
        scope = scope_over(self.engine, self.origin)
        self._empty = scope is None
        if scope is not None:
            self.scope = scope

    def __enter__(self) -> Validation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._partwise is not None:
            self._partwise.close()
        if not self._borrowed:
            self.engine.close()

    def result(self) -> Result:
        """Plan, ask, judge; then sample the rows that break something."""
        rows: int | None
        if self._empty:
            rows = 0
            verdicts = [
                _verdict(item, Judgement(Outcome.UNTESTED, reason="the partition holds no file"))
                for item in self.suite.items
            ]
        else:
            rows, verdicts = self._judged()
        policy = self.suite.policy
        return Result(
            suite=self.suite.name,
            suite_hash=self.suite.hash,
            partition=self.partition,
            location=self.source.location,
            status=status_of(
                verdicts,
                empty=rows == 0,
                allow_empty=policy.allow_empty,
                untested_fails=policy.on_untested == "fail",
            ),
            verdicts=tuple(verdicts),
            rows=rows,
            started=self.started,
            seconds=time.perf_counter() - self._clock,
            engine=f"{self.engine.name} {self.engine.version}",
            queries=self.engine.queries,
            show=self.suite.show,
            origin=self.origin,
            remarks=() if self._empty else remarks_on(self.source, self.scope.schema),
        )

    def _judged(self) -> tuple[int | None, list[Verdict]]:
        asked = [self._ask(item) for item in self.suite.items]
        metrics = [metric for one in asked for metric in one.metrics.values()]
        answers = self._answer([_EVERY_ROW, *metrics])
        verdicts = []
        for one in asked:
            values = {label: answers.value(metric) for label, metric in one.metrics.items()}
            judgement = self._judge(one, values)
            sample = self._sample(one, values) if judgement.outcome is Outcome.FAIL else ()
            if answers.reach:
                judgement = _with_reach(judgement, [answers.reach[m] for m in one.metrics.values()])
            verdicts.append(_verdict(one.item, judgement, sample))
        rows = answers.value(_EVERY_ROW)
        if isinstance(rows, Failure):
            raise DataError(f"{self.source.location}: cannot be read: {rows.reason}")
        return rows, verdicts

    def _answer(self, metrics: list[Metric]) -> Answers:
        if self._partwise is None:
            return answer(metrics, self.engine)
        others = {name: source for name, source in self.sources.items() if name}
        return self._partwise.answer(metrics, self.engine, others, self._passing(metrics))

    def _passing(self, metrics: list[Metric]) -> frozenset[Metric]:
        """Metrics that depend on the hour: at another one their expectations ask for others instead."""
        later = replace(self.scope, now=self.scope.now + _MUCH_LATER)
        then: set[Metric] = {_EVERY_ROW}
        for item in self.suite.items:
            with contextlib.suppress(NotEvaluable):
                then.update(item.expectation.metrics(later).values())
        return frozenset(metrics) - then

    def _ask(self, item: Item) -> _Asked:
        try:
            return _Asked(item, item.expectation.metrics(self.scope))
        except NotEvaluable as refused:
            return _Asked(item, refused=refused)

    def _judge(self, one: _Asked, values: Mapping[str, Any]) -> Judgement:
        if one.refused is not None:
            return Judgement(one.refused.outcome, reason=one.refused.reason)
        for value in values.values():
            if isinstance(value, Failure):
                return Judgement(Outcome.ERROR, reason=value.reason)
        try:
            return one.item.expectation.judge(values, self.scope)
        except NotEvaluable as refused:
            return Judgement(refused.outcome, reason=refused.reason)

    def bad_rows(self, expectation: Expectation) -> Condition | None:
        """TRUE on the rows that break an expectation; None when rows cannot be told apart."""
        try:
            return expectation.breaks(self.scope)
        except NotEvaluable:
            return None

    def _sample(self, one: _Asked, values: Mapping[str, Any]) -> tuple[Any, ...]:
        expectation = one.item.expectation
        for label, metric in one.metrics.items():
            if label == "unexpected" and isinstance(metric, Duplicates | DistinctValues):
                known: tuple[Any, ...] = values[label]["sample"]  # finding them again would cost as much
                return known
        bad = self.bad_rows(expectation)
        if bad is None:
            return ()
        found = (self.scope.schema.find(name) for name in expectation.sampled(self.scope))
        columns = [column.name for column in found if column is not None]
        try:
            rows = self.engine.rows(queries.rows_where(self.engine.render, bad, columns, SAMPLE))
        except (EngineError, DQError):
            return ()  # the count is exact without it; a sample is only a courtesy
        return tuple(row[0] if len(columns) == 1 else row for row in rows)


def _with_reach(judgement: Judgement, reach: list[tuple[int, int]]) -> Judgement:
    """The judgement with how many partitions answered from kept states, and how many had to be read."""
    if not reach:
        return judgement
    kept, read = min(k for k, _ in reach), max(r for _, r in reach)
    details = {**judgement.details, "partitions_kept": kept, "partitions_read": read}
    return replace(judgement, details=details)


def open_engine(origin: Origin) -> Engine:
    """An engine over the sources of a validation; whoever opens it closes it.

    Raises:
        DataError: a source cannot be read.
    """
    from dq.engines.duckdb import DuckDBEngine

    options: EngineOptions = origin.options
    return DuckDBEngine(origin.sources, threads=options.threads, memory_limit=options.memory_limit)


def idle_engine(options: EngineOptions) -> Engine:
    """An engine over nothing yet, for one validation after the other; whoever opens it closes it."""
    from dq.engines.duckdb import DuckDBEngine

    return DuckDBEngine({}, threads=options.threads, memory_limit=options.memory_limit)


def scope_over(engine: Engine, origin: Origin) -> Scope | None:
    """What expectations may know of the data before it is scanned; None when it holds no file."""
    own = engine.schema("")
    if own is None:
        return None
    schemas = {name: engine.schema(name) for name in origin.sources if name}
    others = {name: schema for name, schema in schemas.items() if schema is not None}
    key = origin.suite.input.key if origin.suite.input else ()
    return Scope(own, others, key, origin.now, origin.partition)


def _verdict(item: Item, judgement: Judgement, sample: tuple[Any, ...] = ()) -> Verdict:
    expectation = item.expectation
    return Verdict(
        id=item.id,
        expectation=expectation.type,
        columns=expectation.named_columns,
        outcome=judgement.outcome,
        severity=item.severity,
        observed=judgement.observed,
        expected=expectation.expected(),
        rows=judgement.rows,
        considered=judgement.considered,
        unexpected=judgement.unexpected,
        missing=judgement.missing,
        sample=sample,
        details=judgement.details,
        reason=judgement.reason,
        kwargs=expectation.model_dump(exclude_defaults=True),
        position=str(item.position) if item.position else "",
    )
