"""Tables of cases: data, one declaration, and the verdict that it must get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pytest

import dq

PASS, FAIL, ERROR, UNTESTED = (outcome.value for outcome in dq.Outcome)


@dataclass(frozen=True)
class Case:
    """One row of a table.

    Attributes:
        name: what it shows.
        data: values of the column `x`, or column to values, or an Arrow table.
        declared: as under `x` in a suite, or under `table:` when `table` is set.
        outcome: of the verdict, with `unexpected` and `observed` beside it.
        more: further fields of the verdict.
    """

    name: str
    data: Any
    declared: Mapping[str, Any] | str
    outcome: str
    unexpected: int | None = None
    observed: Any = None
    more: Mapping[str, Any] = field(default_factory=dict)
    table: bool = False


def arrow(data: Any) -> pa.Table:
    """The data of a case as an Arrow table."""
    if isinstance(data, pa.Table):
        return data
    return pa.table(data if isinstance(data, dict) else {"x": data})


def suite(declared: Mapping[str, Any] | str, *, table: bool = False, **head: Any) -> dict[str, Any]:
    """A suite of one declaration, on column `x` or on the table."""
    return {"suite": "cases", **({"table": [declared]} if table else {"columns": {"x": [declared]}}), **head}


def verdict(
    data: Any, declared: Mapping[str, Any] | str, *, table: bool = False, **options: Any
) -> dq.Verdict:
    """The verdict on one declaration."""
    head = options.pop("head", {})
    return dq.validate(arrow(data), suite(declared, table=table, **head), **options).verdicts[0]


def check(case: Case, **options: Any) -> None:
    """Assert every field that the case names."""
    found = verdict(case.data, case.declared, table=case.table, **options)
    assert (found.outcome.value, found.unexpected, found.observed) == (
        case.outcome,
        case.unexpected,
        case.observed,
    ), found.reason
    assert {name: getattr(found, name) for name in case.more} == dict(case.more)


def table_of(cases: Iterable[Case]) -> pytest.MarkDecorator:
    """Parametrises a test by cases, each under its name."""
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases])


def refusal(declared: Mapping[str, Any] | str, *, table: bool = False) -> str:
    """The message with which a suite of one declaration is refused."""
    with pytest.raises(dq.SuiteError) as refused:
        dq.load_suite(suite(declared, table=table))
    return str(refused.value)
