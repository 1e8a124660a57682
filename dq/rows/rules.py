"""Which expectations of a result can be asked row by row, and why the others cannot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dq.errors import UsageError, did_you_mean
from dq.expectations.base import NotEvaluable, Scope
from dq.result import Result
from dq.sql.inside import opaque, walk
from dq.sql.words import Condition, DiffersFrom, Earlier, InDataset, Repeated
from dq.suites import Item, Suite
from dq.verdict import Outcome, Verdict

AS_A_WHOLE = "it judges the data as a whole; no row breaks it by itself"
NO_DATA = "there are no rows"


@dataclass(frozen=True)
class Rule:
    """One expectation, row by row.

    Attributes:
        verdict: what the validation said of it.
        condition: TRUE on the rows that break it.
    """

    verdict: Verdict
    condition: Condition

    @property
    def id(self) -> str:
        """The expectation's id."""
        return self.verdict.id

    @property
    def scatters(self) -> bool:
        """Whether finding its rows may change their order: it is looked up in, or compared with, others."""
        others = (Repeated, InDataset, DiffersFrom, Earlier)
        return opaque(self.condition) or any(isinstance(part, others) for part in walk(self.condition))


@dataclass(frozen=True)
class Rules:
    """What is asked of each row, and what is not.

    Attributes:
        asked: expectations that some row may break, in the order of the suite.
        met: ids of those that no row breaks, as the validation counted; nothing need be asked.
        left_out: id to reason, of those that cannot be asked row by row.
    """

    asked: tuple[Rule, ...]
    met: tuple[str, ...]
    left_out: Mapping[str, str]

    @property
    def scatter(self) -> bool:
        """Whether rows may come in another order than they stand in."""
        return any(rule.scatters for rule in self.asked)


def wanted_ids(result: Result, wanted: str | Iterable[str] | None) -> tuple[str, ...]:
    """The ids that a caller means; every one of the result for None.

    Raises:
        UsageError: the result has no such expectation, or none is named.
    """
    known = [verdict.id for verdict in result.verdicts]
    if wanted is None:
        return tuple(known)
    named = (wanted,) if isinstance(wanted, str) else tuple(dict.fromkeys(wanted))
    if not named:
        raise UsageError("no expectation is named; leave `id` out to mean all of them")
    for one in named:
        if one not in known:
            hint = did_you_mean(str(one), known) or f" It has: {_few(known)}."
            raise UsageError(f"suite '{result.suite}' has no expectation '{one}'.{hint}")
    return named


def rules_of(result: Result, suite: Suite, scope: Scope | None, wanted: str | Iterable[str] | None) -> Rules:
    """The rules of a result, for all expectations or some.

    Args:
        result: of the validation.
        suite: that it judged by.
        scope: what expectations see; None when the data holds no file.
        wanted: an id, several, or None for every one.

    Raises:
        UsageError: an expectation that was named does not exist, or cannot be asked row by row.
    """
    ids = set(wanted_ids(result, wanted))
    asked: list[Rule] = []
    met: list[str] = []
    left_out: dict[str, str] = {}
    for verdict in result.verdicts:
        if verdict.id not in ids:
            continue
        found = _condition(suite.item(verdict.id), verdict, scope)
        if isinstance(found, str):
            left_out[verdict.id] = found
        elif verdict.unexpected == 0:
            met.append(verdict.id)
        else:
            asked.append(Rule(verdict, found))
    if wanted is not None and left_out and scope is not None:
        id_, reason = next(iter(left_out.items()))
        others = [rule.id for rule in asked]
        hint = f" Some rows break: {_few(others)}." if others else ""
        raise UsageError(f"there are no failing rows of '{id_}': {reason}.{hint}")
    return Rules(tuple(asked), tuple(met), left_out)


def _condition(item: Item, verdict: Verdict, scope: Scope | None) -> Condition | str:
    """TRUE on the rows that break an expectation, or why there is no such condition."""
    if scope is None:
        return NO_DATA
    if verdict.outcome is Outcome.ERROR:
        return f"it could not be evaluated: {verdict.reason.rstrip('.')}"
    try:
        bad = item.expectation.breaks(scope)
    except NotEvaluable as refused:
        return refused.reason.rstrip(".")
    return AS_A_WHOLE if bad is None else bad


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
