"""How expectations made of others are judged: row by row, or by verdicts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import Field, field_serializer, field_validator, model_validator

from dq.expectations.base import Expectation, Judgement, NotEvaluable, RowExpectation, Scope
from dq.expectations.column import ColumnName
from dq.expectations.traits import Cost
from dq.metrics import CountWhere, Metric
from dq.sql.words import And, Condition, IsTrue, Not, Or, both
from dq.verdict import Outcome

_HERE = "Expectations, in short or in flat form."


class Composite(RowExpectation):
    """Row by row where every member judges rows, and none has a `mostly` of its own; else by verdicts.

    Row by row a member takes part where its filter is TRUE. Among those that do it is logic with three
    values, as in SQL: a member is true on a row that meets it, false on one that breaks it, and unknown on
    one that it leaves out, such as a null.
    """

    positional: ClassVar[tuple[str, ...]] = ("of",)
    members: ClassVar[str] = "of"
    in_gx: ClassVar[bool] = False
    left_out: ClassVar[str] = "on no row do the members say yes or no"
    nulls: ClassVar[str] = "As each member says. A row that no member judges is left out."
    cost: ClassVar[Cost] = Cost.SCAN
    joined: ClassVar[str]

    of: tuple[Expectation, ...] = Field(min_length=1, description=_HERE)

    @field_validator("of", mode="before")
    @classmethod
    def _expectations(cls, value: Any) -> Any:
        given = value if isinstance(value, list | tuple) else (value,)
        if not all(isinstance(one, Expectation) for one in given):
            raise ValueError("must be expectations; only a suite reads them from text")
        return tuple(given)

    @model_validator(mode="after")
    def _fits_its_members(self) -> Composite:
        if not self.by_row and self.mostly != 1:
            raise ValueError("mostly needs members that judge rows, none with a mostly of its own")
        if not self.by_row and self.where is not None:
            raise ValueError("where needs members that judge rows; write it on the members")
        return self

    @field_serializer("of")
    def _flat(self, members: tuple[Expectation, ...]) -> list[dict[str, Any]]:
        return [{"expectation": one.type, "kwargs": one.model_dump(exclude_defaults=True)} for one in members]

    @property
    def by_row(self) -> bool:
        """Whether rows are judged one by one."""
        return all(
            isinstance(one, RowExpectation)
            and one.mostly == 1
            and (not isinstance(one, Composite) or one.by_row)
            for one in self.of
        )

    @property
    def named_columns(self) -> tuple[str, ...]:
        """Those of the members, each once."""
        return tuple(dict.fromkeys(name for one in self.of for name in one.named_columns))

    # --- row by row ---

    @abstractmethod
    def combined(self, parts: list[Part]) -> tuple[Condition, Condition]:
        """When a row breaks the whole and when it meets it; never NULL."""

    def _states(self, scope: Scope) -> tuple[Condition, Condition]:
        return self.combined([_part(one, scope) for one in self.of if isinstance(one, RowExpectation)])

    def bad(self, scope: Scope) -> Condition:
        """Rows on which the whole is false."""
        return self._states(scope)[0]

    def ignored(self, scope: Scope) -> Condition | None:
        """Rows on which it is unknown."""
        return Not(Or(self._states(scope)))

    def breaks(self, scope: Scope) -> Condition | None:
        """The bad rows; None where verdicts are combined."""
        return super().breaks(scope) if self.by_row else None

    def prerequisites(self, scope: Scope) -> dict[str, Metric]:
        """Those of the members."""
        return {
            f"{i} {name}": metric
            for i, one in enumerate(self.of)
            if isinstance(one, RowExpectation)
            for name, metric in one.prerequisites(scope).items()
        }

    def lacking(self, values: Mapping[str, Any]) -> str:
        """What the first member lacks."""
        rows = [(i, one) for i, one in enumerate(self.of) if isinstance(one, RowExpectation)]
        return next((why for i, one in rows if (why := one.lacking(_own(i, values)))), "")

    # --- by verdicts ---

    @abstractmethod
    def outcome(self, members: list[Outcome]) -> Outcome:
        """The outcome of the whole, where no member is untested or an error."""

    @abstractmethod
    def decided(self, members: list[Outcome]) -> bool:
        """Whether an untested member makes no difference."""

    def metrics(self, scope: Scope) -> dict[str, Metric]:
        """Counts of rows, also those that break each member; or what every member needs."""
        if self.by_row:
            each = {
                f"broken {i}": CountWhere(condition=_part(one, scope).broken, where=self.filter)
                for i, one in enumerate(self.of)
                if isinstance(one, RowExpectation)
            }
            return {**super().metrics(scope), **each}
        asked = [self._asked(one, scope) for one in self.of]
        return {
            f"{i} {name}": metric
            for i, found in enumerate(asked)
            if not isinstance(found, NotEvaluable)
            for name, metric in found.items()
        }

    def judge(self, values: Mapping[str, Any], scope: Scope) -> Judgement:
        """The share of considered rows that meet the whole; or how many members pass."""
        if self.by_row:
            counts = [values[f"broken {i}"] for i in range(len(self.of))]
            own = {name: value for name, value in values.items() if not name.startswith("broken ")}
            return super().judge({**own, "detail_broken": counts if any(counts) else None}, scope)
        found = [self._judged(i, one, values, scope) for i, one in enumerate(self.of)]
        outcomes = [one.outcome for one in found]
        details = {
            "passed": outcomes.count(Outcome.PASS),
            "failed": outcomes.count(Outcome.FAIL),
            "untested": outcomes.count(Outcome.UNTESTED),
            "members": [
                {"expectation": member.short, "outcome": one.outcome.value, "observed": one.observed}
                for member, one in zip(self.of, found, strict=True)
            ],
        }
        for bad in (Outcome.ERROR, Outcome.UNTESTED):
            first = next((i for i, outcome in enumerate(outcomes) if outcome is bad), None)
            if first is not None and not (bad is Outcome.UNTESTED and self.decided(outcomes)):
                reason = f"{self.of[first].short}: {found[first].reason}"
                return Judgement(bad, details=details, reason=reason)
        return Judgement(self.outcome(outcomes), observed=details["passed"], details=details)

    def _asked(self, member: Expectation, scope: Scope) -> dict[str, Metric] | NotEvaluable:
        """The metrics of a member, or why it is untested.

        Raises:
            NotEvaluable: it is an error.
        """
        try:
            return member.metrics(scope)
        except NotEvaluable as refused:
            if refused.outcome is Outcome.ERROR:
                raise NotEvaluable(f"{member.short}: {refused.reason}") from None
            return refused

    def _judged(self, i: int, member: Expectation, values: Mapping[str, Any], scope: Scope) -> Judgement:
        asked = self._asked(member, scope)
        if isinstance(asked, NotEvaluable):
            return Judgement(asked.outcome, reason=asked.reason)
        try:
            return member.judge(_own(i, values), scope)
        except NotEvaluable as refused:
            return Judgement(refused.outcome, reason=refused.reason)

    def expected(self) -> str:
        """`any of: in 'a', 'b'; null; for 99 %`."""
        named = self.level == "table"
        told = []
        for one in self.of:
            on = f"{one.named_columns[0]} " if named and one.level == "column" else ""
            told.append(f"{on}{one.expected()}")
        return f"{self.joined}{'; '.join(told)}{self.share()}"


def _own(i: int, values: Mapping[str, Any]) -> dict[str, Any]:
    head = f"{i} "
    return {name.removeprefix(head): value for name, value in values.items() if name.startswith(head)}


@dataclass(frozen=True)
class Part:
    """What a member says of a row. The conditions are never NULL, and FALSE where it takes no part.

    Attributes:
        broken: the row breaks it.
        met: it judges the row, and the row does not break it.
        takes_part: its filter selects the row; None where it has none.
    """

    broken: Condition
    met: Condition
    takes_part: Condition | None = None


def _part(member: RowExpectation, scope: Scope) -> Part:
    within = None if member.filter is None else IsTrue(member.filter)
    ignored, broken = member.ignored(scope), IsTrue(member.bad(scope))
    judged = None if ignored is None else Not(IsTrue(ignored))
    met = both(within, judged, Not(broken)) or Not(broken)
    return Part(both(within, broken) or broken, met, within)


def _everywhere(parts: list[Part], conditions: list[Condition]) -> Condition:
    """Whether a condition holds for every member that takes part, and one does."""
    needed = []
    for part, condition in zip(parts, conditions, strict=True):
        needed.append(condition if part.takes_part is None else Or((Not(part.takes_part), condition)))
    asked = [part.takes_part for part in parts if part.takes_part is not None]
    if len(asked) == len(parts):
        needed.append(Or(tuple(asked)))
    return And(tuple(needed))


class AllOf(Composite):
    """Every member holds."""

    joined: ClassVar[str] = "all of: "

    def combined(self, parts: list[Part]) -> tuple[Condition, Condition]:
        """Broken by any, met by all."""
        return Or(tuple(part.broken for part in parts)), _everywhere(parts, [part.met for part in parts])

    def outcome(self, members: list[Outcome]) -> Outcome:
        """Pass if all pass."""
        return Outcome.FAIL if Outcome.FAIL in members else Outcome.PASS

    def decided(self, members: list[Outcome]) -> bool:
        """One that fails is enough."""
        return Outcome.FAIL in members


class AnyOf(Composite):
    """At least one member holds."""

    joined: ClassVar[str] = "any of: "

    def combined(self, parts: list[Part]) -> tuple[Condition, Condition]:
        """Broken by all, met by any."""
        return _everywhere(parts, [part.broken for part in parts]), Or(tuple(part.met for part in parts))

    def outcome(self, members: list[Outcome]) -> Outcome:
        """Pass if one passes."""
        return Outcome.PASS if Outcome.PASS in members else Outcome.FAIL

    def decided(self, members: list[Outcome]) -> bool:
        """One that passes is enough."""
        return Outcome.PASS in members


class Negation(Composite):
    """The one member does not hold."""

    joined: ClassVar[str] = "not: "

    of: tuple[Expectation, ...] = Field(min_length=1, max_length=1, description="One expectation.")

    @classmethod
    def arguments_from(cls, value: Any) -> dict[str, Any]:
        """What stands behind the name is the member, whatever its form."""
        if isinstance(value, Mapping) and not value.keys() <= {*cls.model_fields, "row_condition"}:
            return {"of": value}
        return super().arguments_from(value)

    def combined(self, parts: list[Part]) -> tuple[Condition, Condition]:
        """The other way round."""
        return parts[0].met, parts[0].broken

    def outcome(self, members: list[Outcome]) -> Outcome:
        """The other one."""
        return Outcome.PASS if members[0] is Outcome.FAIL else Outcome.FAIL

    def decided(self, members: list[Outcome]) -> bool:
        """Never."""
        return False


class OnColumn(Composite):
    """Members all speak of one column."""

    level: ClassVar[Literal["column", "table"]] = "column"

    column: ColumnName

    @model_validator(mode="after")
    def _one_column(self) -> OnColumn:
        for one in self.of:
            if one.level != "column" or one.named_columns[0] != self.column:
                raise ValueError(f"'{one.short}' does not speak of column '{self.column}'")
        return self

    @property
    def named_columns(self) -> tuple[str, ...]:
        """The column, and what members compare it with."""
        return tuple(dict.fromkeys((self.column, *super().named_columns)))


class OnTable(Composite):
    """Members speak of anything."""

    level: ClassVar[Literal["column", "table"]] = "table"
