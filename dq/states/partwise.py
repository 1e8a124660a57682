"""Answering metrics partition by partition: kept states are merged, and only what lacks one is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, cast

from dq.engines.execute import Answers, Failure, answer
from dq.lake.manifest import Manifest, Partition, joined
from dq.lake.schema import Schema, kind_of
from dq.lake.source import FileSource, Source
from dq.metrics import Metric, State, TableMetric
from dq.plan import Plan
from dq.sql.words import Column, Fold, Length
from dq.states.identity import identity, reads
from dq.states.kept import Kept, StateFiles, lasts

if TYPE_CHECKING:
    from dq.engines.base import Engine


Opener = Callable[[], "Engine"]
"""Opens an engine over nothing yet."""
Digest = Callable[[Source], "str | None"]
"""The digest of the bytes of a source; None for a table in memory."""

_PLAIN = ("whole", "real", "decimal", "bool", "date", "time")
"""Kinds of columns whose extremes are no text."""


@dataclass
class Part:
    """One partition of those that are asked about together.

    Attributes:
        partition: the slice.
        token: of the layout, before anything was read.
        source: its files, and no others.
        manifest: the same files with checksums.
        states: kept ones, by the identity of the metric.
        schema: columns; None when they are not known, or there is no file.
    """

    partition: Partition
    token: str
    source: FileSource
    manifest: Manifest
    states: Mapping[str, State] = field(default_factory=dict)
    schema: Schema | None = None


class Partwise:
    """Metrics over several partitions, answered from kept states where that is exact.

    Args:
        parts: the partitions; together they are everything that is asked about.
        files: where states are kept.
        opener: opens the engine that reads single partitions.
        digest: tells the bytes of other datasets.
        show: columns whose texts may be written down.
    """

    def __init__(
        self,
        parts: Sequence[Part],
        files: StateFiles,
        opener: Opener,
        digest: Digest,
        show: Collection[str] = (),
    ) -> None:
        self.parts = [part for part in parts if part.source.files]
        self._files = files
        self._opener = opener
        self._digest = digest
        self._show = show
        self._reader: Engine | None = None
        self._fresh: list[Kept] = []

    @property
    def schema(self) -> Schema | None:
        """Columns of all partitions together, when every one has the same; else None.

        A partition of which nothing is known is opened for it; its rows are not read.

        Raises:
            DataError: it cannot be opened.
        """
        for part in self.parts:
            if part.schema is None:
                part.schema = self._open(part, {}).schema("")
        schemas = {part.schema for part in self.parts}
        return schemas.pop() if len(schemas) == 1 else None

    def answer(
        self,
        metrics: Sequence[Metric],
        engine: Engine,
        others: Mapping[str, Source],
        passing: Collection[Metric],
    ) -> Answers:
        """Answer all metrics.

        Args:
            metrics: in any order, repeats allowed.
            engine: over all partitions together; queried only for what no states answer.
            others: the other datasets, by name.
            passing: metrics that mean something else at another hour; they are not kept.
        """
        wanted = list(dict.fromkeys(metrics))
        names = self._names(wanted, others, passing)
        schema = engine.schema("")
        states: dict[Metric, list[State]] = {metric: [] for metric in names}
        read: Counter[Metric] = Counter()
        for part in self.parts:
            asked = {metric: names[metric] for metric in states}
            kept, fresh = self._of(part, asked, engine, schema, others)
            for metric in asked:
                if metric in kept or metric in fresh:
                    states[metric].append(kept[metric] if metric in kept else fresh[metric])
                    read[metric] += metric in fresh
                else:
                    del states[metric]  # one partition that cannot answer it leaves it to the scan
        merged = {metric: _merged(metric, found) for metric, found in states.items()}
        known = {metric: state for metric, state in merged.items() if state is not None}
        rest = [metric for metric in wanted if metric not in known]
        scanned = answer(rest, engine) if rest else Answers({}, Plan({}, ()))
        reach = {metric: (len(self.parts) - read[metric], read[metric]) for metric in known}
        every = len(self.parts)
        reach |= {metric: (every, 0) if metric.source else (0, every) for metric in rest}
        return Answers({**scanned.states, **known}, scanned.plan, reach)

    def keep(self) -> None:
        """Write down what was read. To be called once it is sure that no partition moved meanwhile.

        Raises:
            StoreError: the storage refuses.
        """
        for kept in self._fresh:
            self._files.put(kept)
        self._fresh.clear()

    def close(self) -> None:
        """Close the engine that read single partitions, if one was needed."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _open(self, part: Part, others: Mapping[str, Source]) -> Engine:
        if self._reader is None:
            self._reader = self._opener()
        self._reader.reset({"": part.source, **others})
        return self._reader

    def _names(
        self, metrics: Sequence[Metric], others: Mapping[str, Source], passing: Collection[Metric]
    ) -> dict[Metric, str]:
        """The identities of the metrics that may be answered from states."""
        # What the dataset was made from is another one for every partition.
        known = {name: self._digest(source) for name, source in others.items() if name != "input"}
        digests = {name: digest for name, digest in known.items() if digest}
        found: dict[Metric, str] = {}
        for metric in metrics:
            name = identity(metric, digests)
            if name and metric not in passing and self._open_to_all(metric):
                found[metric] = name
        return found

    def _open_to_all(self, metric: Metric) -> bool:
        """Whether a state can hold no text, or only of columns that may be shown."""
        if self._shown(metric) or not isinstance(metric, TableMetric):
            return True  # states of other metrics are looked at one by one
        extremes = [a.of for a in metric.aggregates() if isinstance(a, Fold) and a.function in ("min", "max")]
        return all(
            isinstance(term, Length) or (isinstance(term, Column) and kind_of(term.type) in _PLAIN)
            for term in extremes
        )

    def _shown(self, metric: Metric) -> bool:
        columns = reads(metric)
        return columns is not None and all(column.name in self._show for column in columns)

    def _lasting(self, answers: Answers) -> dict[Metric, State]:
        """The states that come back from a file as they are, and may be written down."""
        return {
            metric: state
            for metric, state in answers.states.items()
            if not isinstance(state, Failure)
            and lasts(state)
            and (self._shown(metric) or not any(isinstance(value, str | bytes | list) for value in state))
        }

    def _of(
        self,
        part: Part,
        names: Mapping[Metric, str],
        engine: Engine,
        schema: Schema | None,
        others: Mapping[str, Source],
    ) -> tuple[dict[Metric, State], dict[Metric, State]]:
        """The states of one partition: kept ones, and those that are read for want of them."""
        kept = {
            metric: part.states[name]
            for metric, name in names.items()
            if name in part.states and _fits(metric, part.schema, schema)
        }
        lacking = [metric for metric in names if metric not in kept]
        if not lacking:
            return kept, {}
        reader = self._open(part, others)
        part.schema = reader.schema("")
        fitting = [metric for metric in lacking if _fits(metric, part.schema, schema)]
        answers = answer(fitting, reader) if fitting else Answers({}, Plan({}, ()))
        engine.queries += reader.queries
        fresh = self._lasting(answers)
        self._note(part, {names[metric]: state for metric, state in fresh.items()})
        return kept, fresh

    def _note(self, part: Part, states: Mapping[str, State]) -> None:
        kept = Kept(part.partition, part.token, part.manifest, part.schema, self._files.engine, states)
        self._fresh.append(kept)


class Keeping(Partwise):
    """One partition that is run by itself: read as ever, and its states are kept for questions about more."""

    @property
    def schema(self) -> Schema | None:
        """None: the partition is opened as ever."""
        return None

    def answer(
        self,
        metrics: Sequence[Metric],
        engine: Engine,
        others: Mapping[str, Source],
        passing: Collection[Metric],
    ) -> Answers:
        """Answer all metrics from the rows, and note the states of those that may be kept."""
        answers = answer(metrics, engine)
        names = self._names(list(dict.fromkeys(metrics)), others, passing)
        for part in self.parts:
            part.schema = engine.schema("")
            self._note(part, {names[m]: state for m, state in self._lasting(answers).items() if m in names})
        return answers


def _fits(metric: Metric, own: Schema | None, whole: Schema | None) -> bool:
    """Whether a metric means the same on a partition as on all together: its columns have the same types.

    Author's SQL may read any column, so all must be alike.
    """
    if own is None or whole is None:
        return False
    columns = reads(metric)
    if columns is None:
        return own == whole
    types = {column.name: column.type for column in own.columns}
    return all(types.get(column.name) == column.type for column in columns)


class _Mergeable(Protocol):
    """What every metric with `mergeable` has."""

    @property
    def empty(self) -> State: ...

    def merge(self, a: State, b: State) -> State: ...


def _merged(metric: Metric, states: Sequence[State]) -> State | None:
    """The state of all partitions; None when these cannot be merged after all."""
    mergeable = cast(_Mergeable, metric)
    merged = mergeable.empty
    try:
        for state in states:
            merged = mergeable.merge(merged, state)
    except (TypeError, ArithmeticError, ValueError):  # a date that Python cannot hold came back as text
        return None
    return merged


def whole_manifest(parts: Sequence[Part], partition: Partition) -> Manifest:
    """The manifest of several partitions as one, paths from the folder that they share."""
    return joined([part.manifest for part in parts], partition)
