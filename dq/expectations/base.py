"""The base of every expectation: what it declares, what it asks for, how it judges.

An expectation is a frozen value. `metrics` says which numbers it needs, `judge` turns those numbers into a
judgement without looking at data, `breaks` says which rows are bad. Everything else (deduplication, SQL,
engines, storage, notes) is somebody else's work, so a new expectation is one class in one file.
"""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dq.expectations.traits import Cost, Tool
from dq.lake.manifest import Partition
from dq.lake.schema import Schema
from dq.metrics import CountWhere, Metric, RowCount
from dq.sql.words import Column, Condition, SqlCondition, both
from dq.verdict import Outcome, Severity


class NotEvaluable(Exception):  # noqa: N818 - carries a reason to the verdict, never reaches a user
    """An expectation cannot be asked of this data: the column is missing, the type makes no sense.

    Args:
        reason: one sentence for the verdict.
        outcome: `error`, or `untested` where there is merely nothing to compare with.
    """

    def __init__(self, reason: str, outcome: Outcome = Outcome.ERROR) -> None:
        self.reason = reason
        self.outcome = outcome
        super().__init__(reason)


@dataclass(frozen=True)
class Scope:
    """What an expectation may know about the data before it is scanned.

    Attributes:
        schema: of the dataset under test.
        others: schemas of the other datasets by name; `input` is what the dataset was made from.
        key: columns that identify a row of the input, as the suite declares them.
        now: the moment of the run, UTC.
        partition: the slice under test.
    """

    schema: Schema
    others: Mapping[str, Schema] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.timezone.utc))
    partition: Partition = field(default_factory=Partition)

    def column(self, name: str) -> Column:
        """The column of that name in the dataset under test.

        Raises:
            NotEvaluable: it does not exist.
        """
        found = self.schema.find(name)
        if found is None:
            raise NotEvaluable(self.schema.missing(name))
        return found

    def other(self, dataset: str) -> Schema:
        """The schema of another dataset.

        Raises:
            NotEvaluable: the run has no such dataset; the outcome is `untested`.
        """
        if dataset not in self.others:
            what = "no input dataset was given" if dataset == "input" else f"dataset '{dataset}' is not there"
            raise NotEvaluable(f"nothing to compare with: {what}", Outcome.UNTESTED)
        return self.others[dataset]

    def other_column(self, dataset: str, name: str) -> Column:
        """A column of another dataset.

        Raises:
            NotEvaluable: the dataset or the column does not exist.
        """
        found = self.other(dataset).find(name)
        if found is None:
            raise NotEvaluable(f"in dataset '{dataset}': {self.others[dataset].missing(name)}")
        return found


@dataclass(frozen=True)
class Judgement:
    """What `judge` says; the fields are those of `dq.verdict.Verdict`."""

    outcome: Outcome
    observed: Any = None
    rows: int | None = None
    considered: int | None = None
    unexpected: int | None = None
    missing: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


class Expectation(BaseModel):
    """One declared statement about a dataset.

    Class attributes:
        type: full name, in Great Expectations' vocabulary where that has one.
        short: name in suites, unique within its level.
        level: `column` names stand under a column, `table` names under `table:`.
        positional: fields that a bare value or a list fills, in order; see `arguments_from`.
        aliases: other names of fields, e.g. `min` for `min_value`.
        members: the field that holds other expectations; empty for most.
        files: fields that name a file of the project, to the field that it stands for; the suite's loader
            reads it. The file is a mapping with the latter's name as a key.
        in_gx: whether Great Expectations knows the type.
        usual_severity: of an item that does not say; None for that of its suite.
        nulls: what happens to nulls in a few words, then to NaN where a column may hold it.
        cost: the dearest that answering it may need.
        equivalents: what other tools call it: a name or a short snippet, several with `; ` between. A tool
            that is not there has nothing like it. Great Expectations' own name need not be repeated.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    type: ClassVar[str]
    short: ClassVar[str]
    level: ClassVar[Literal["column", "table"]]
    positional: ClassVar[tuple[str, ...]] = ()
    aliases: ClassVar[Mapping[str, str]] = {}
    members: ClassVar[str] = ""
    files: ClassVar[Mapping[str, str]] = {}
    in_gx: ClassVar[bool] = True
    usual_severity: ClassVar[Severity | None] = None
    nulls: ClassVar[str] = ""
    cost: ClassVar[Cost] = Cost.SCAN
    equivalents: ClassVar[Mapping[Tool, str]] = {}

    where: str | None = Field(default=None, description="SQL condition; only rows on which it is true count.")

    @field_validator("where")
    @classmethod
    def _where_is_a_condition(cls, text: str | None) -> str | None:
        from dq.expectations.authored import check_condition

        return None if text is None else check_condition(text)

    @classmethod
    def arguments_from(cls, value: Any) -> dict[str, Any]:
        """Keyword arguments from the value that stands behind the short name in a suite.

        A mapping is taken as it is, with aliases replaced. A list fills several positional fields in
        order, or the only one as a whole. Anything else fills the first. None means no arguments.

        Raises:
            ValueError: more values than fields, or a value where none is taken.
        """
        if value is None:
            return {}
        if isinstance(value, Mapping):
            return {cls.aliases.get(str(key), str(key)): item for key, item in value.items()}
        if not cls.positional:
            raise ValueError(f"{cls.short} takes named arguments only")
        if len(cls.positional) > 1 and isinstance(value, list | tuple):
            if len(value) > len(cls.positional):
                raise ValueError(f"{cls.short} takes at most {len(cls.positional)} values, got {len(value)}")
            return dict(zip(cls.positional, value, strict=False))
        return {cls.positional[0]: value}

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The columns it speaks of, as declared; empty for the table as a whole."""
        return ()

    @property
    def filter(self) -> Condition | None:
        """`where` as a condition; None when there is none."""
        return SqlCondition(self.where) if self.where else None

    @abstractmethod
    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """The metrics it needs, under names that `judge` knows.

        Raises:
            NotEvaluable: it cannot be asked of this data.
        """

    @abstractmethod
    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """The judgement on the metrics' values. Pure: equal values give equal judgements."""

    def breaks(self, scope: Scope) -> Condition | None:
        """TRUE on the rows that break it, filter included; None when rows cannot be told apart."""
        return None

    def sampled(self, scope: Scope) -> tuple[str, ...]:
        """The columns whose values a sample of bad rows shows."""
        return self.named_columns

    @abstractmethod
    def expected(self) -> str:
        """The demand in words, without the column name, e.g. `between 1 and 20`."""


class RowExpectation(Expectation):
    """An expectation that each row meets or breaks.

    Rows with `ignored` are left out first; `bad` is TRUE on rows that break it and never on ignored ones; a
    row on which it is NULL does not break it. The expectation passes when the passing fraction,
    (considered - unexpected) / considered, is at least `mostly`; with no row considered it is `untested`, for
    the reason `left_out` when there are rows.
    """

    left_out: ClassVar[str] = "every value is null"

    mostly: float = Field(default=1.0, ge=0, le=1, description="Least fraction of considered rows that pass.")

    @abstractmethod
    def bad(self, scope: Scope) -> Condition:
        """TRUE on rows that break it, before the filter."""

    def ignored(self, scope: Scope) -> Condition | None:
        """TRUE on rows that are not judged; None when every row is."""
        return None

    def extra_metrics(self, scope: Scope) -> dict[str, Metric]:
        """By-products to report under `details`."""
        return {}

    def prerequisites(self, scope: Scope) -> dict[str, Metric]:
        """What must be known besides the counts before rows can be judged, for `lacking`."""
        return {}

    def lacking(self, values: Mapping[str, Any]) -> str:
        """Why there is nothing to judge rows by, from the prerequisites; empty when there is."""
        return ""

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """Rows, ignored rows and bad rows within the filter; prerequisites."""
        where = self.filter
        wanted: dict[str, Metric] = {
            "rows": RowCount(where=where),
            "unexpected": CountWhere(condition=self.bad(scope), where=where),
            **self.prerequisites(scope),
        }
        ignored = self.ignored(scope)
        if ignored is not None:
            wanted["missing"] = CountWhere(condition=ignored, where=where)
        return wanted | {f"detail_{name}": metric for name, metric in self.extra_metrics(scope).items()}

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """Compare the passing fraction with `mostly`."""
        rows, unexpected = values["rows"], values["unexpected"]
        lacking = self.lacking(values)
        if lacking:
            return Judgement(Outcome.UNTESTED, rows=rows, reason=lacking)
        missing = values.get("missing")
        considered = rows - (missing or 0)
        details = {name[7:]: value for name, value in values.items() if name.startswith("detail_") and value}
        if considered == 0:
            return Judgement(
                Outcome.UNTESTED,
                rows=rows,
                considered=0,
                unexpected=0,
                missing=missing,
                details=details,
                reason=nothing_considered(rows, self.where, self.left_out),
            )
        fraction = (considered - unexpected) / considered
        return Judgement(
            Outcome.PASS if fraction >= self.mostly else Outcome.FAIL,
            observed=fraction,
            rows=rows,
            considered=considered,
            unexpected=unexpected,
            missing=missing,
            details=details,
        )

    def breaks(self, scope: Scope) -> Condition | None:
        """The bad rows within the filter."""
        return both(self.filter, self.bad(scope))

    def share(self) -> str:
        """` for 99.9 %` when `mostly` is below 1, else nothing."""
        return "" if self.mostly >= 1 else f" for {self.mostly * 100:.10g} %"


def nothing_considered(rows: int, where: str | None, left_out: str = "every value is null") -> str:
    """Why an expectation saw nothing; `left_out` says it when there are rows, but none to judge."""
    if rows:
        return left_out
    return "the filter selects no row" if where else "there are no rows"


_E = TypeVar("_E", bound=type[Expectation])
_registered: dict[str, type[Expectation]] = {}


def register(cls: _E) -> _E:
    """Make an expectation class known under its type and short name.

    Raises:
        ValueError: the type, or the short name at that level, belongs to another class.
    """
    if not cls.__module__.startswith("dq."):
        from dq.expectations import import_named

        import_named(cls.type, cls.short)  # one of dq's own may have the name, not imported yet
    for other in _registered.values():
        same_short = (other.level, other.short) == (cls.level, cls.short)
        if other is not cls and (other.type == cls.type or same_short):
            raise ValueError(f"{cls.__name__} and {other.__name__} share a name: {cls.type} / {cls.short}")
    _registered[cls.type] = cls
    return cls


@contextmanager
def registered_by(module: str) -> Iterator[None]:
    """Forget the classes of a module while it is imported again; they come back if that fails."""
    before = {key: cls for key, cls in _registered.items() if cls.__module__ == module}
    for key in before:
        del _registered[key]
    try:
        yield
    except BaseException:
        for key in [key for key, cls in _registered.items() if cls.__module__ == module]:
            del _registered[key]
        _registered.update(before)
        raise
