"""A failed expectation as the search sees it: what it is about, and which rows are bad."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from sqlglot import exp

from dq.rootcause import nodes
from dq.rootcause.scanner import SearchTarget
from dq.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence


class Family(str, Enum):
    """What an expectation is about, as far as the search for its cause goes."""

    ROWS = "rows"
    KNOWN_VALUES = "known_values"
    UNIQUE = "unique"
    VOLUME = "volume"
    SCHEMA = "schema"
    AGGREGATE = "aggregate"


@dataclass(frozen=True)
class FailedCheck:
    """One failed verdict with what the engine knows about its rows.

    Attributes:
        verdict: the verdict.
        bad: boolean expression, TRUE for a failing row; None when the expectation is not about single rows.
        scope: rows that the expectation looks at (its filter, non-null values); None for all.
    """

    verdict: Verdict
    bad: exp.Expression | None = None
    scope: exp.Expression | None = None


@dataclass(frozen=True)
class Data:
    """What was validated, and the last validated partition beside it.

    Attributes:
        relation: what stands in FROM.
        schema: column to DuckDB type text, in order.
        file_column: column that holds each row's file name; None when there is none.
        baseline: the last validated partition; None when there is none.
        baseline_schema: its columns.
    """

    relation: exp.Expression
    schema: Mapping[str, str]
    file_column: str | None = None
    baseline: exp.Expression | None = None
    baseline_schema: Mapping[str, str] = field(default_factory=dict)


_WORDS: tuple[tuple[Family, tuple[str, ...]], ...] = (
    (Family.VOLUME, ("row_count", "fan_out", "keys_preserved")),
    (
        Family.SCHEMA,
        ("to_exist", "column_count", "match_ordered_list", "columns_to_match", "be_of_type", "in_type_list"),
    ),
    (Family.AGGREGATE, ("unique_value_count", "proportion_of_unique")),
    (Family.UNIQUE, ("be_unique", "unique")),
    (Family.KNOWN_VALUES, ("be_in_set", "in_set", "in_dataset", "reference", "match_regex", "exist_in")),
)


def family(check: FailedCheck) -> Family:
    """The family of an expectation, by its name; with failing rows and no known name, `ROWS`."""
    name = check.verdict.expectation
    fallback = Family.ROWS if check.bad is not None else Family.AGGREGATE
    kind = next((kind for kind, words in _WORDS if any(word in name for word in words)), fallback)
    if kind is Family.KNOWN_VALUES and (check.bad is None or "_not_" in name):
        return fallback
    return kind


def columns(check: FailedCheck, schema: Mapping[str, str]) -> tuple[str, ...]:
    """Columns that the expectation speaks of: declared or named in arguments, else read by its condition.

    Columns that only its filter reads are not among them: "departed flights" may well be told apart by hour.
    """
    named = list(check.verdict.columns)
    for key in ("column", "column_A", "column_B", "column_list", "columns"):
        value = check.verdict.kwargs.get(key)
        named += (
            [value] if isinstance(value, str) else [item for item in value or () if isinstance(item, str)]
        )
    if check.bad is not None and not named:
        named += [column.name for column in check.bad.find_all(exp.Column)]
    return tuple(name for name in dict.fromkeys(named) if name in schema)


def target(check: FailedCheck, data: Data) -> SearchTarget | None:
    """The search's question for a check that has failing rows; None when it has none."""
    checked = columns(check, data.schema)
    if family(check) is Family.UNIQUE and check.bad is None:
        return _repeated_keys(check, data, checked)
    if check.bad is None:
        return None
    usable = all(name in data.baseline_schema for name in checked) or not data.baseline_schema
    return SearchTarget(
        relation=data.relation,
        bad=check.bad,
        schema=data.schema,
        file_column=data.file_column,
        check_columns=checked,
        scope=check.scope,
        baseline=data.baseline if usable else None,
        baseline_schema=data.baseline_schema,
    )


def _repeated_keys(check: FailedCheck, data: Data, keys: Sequence[str]) -> SearchTarget | None:
    """Rows whose key occurs more than once; rows with a NULL in the key are not looked at."""
    if not keys:
        return None
    counted = "dq key count"
    while counted in data.schema:
        counted += "_"
    known = nodes.both(exp.Not(this=nodes.is_null(nodes.column(key))) for key in keys)
    scope = nodes.both([known, check.scope])
    usable = data.baseline is not None and all(k in (data.baseline_schema or data.schema) for k in keys)
    return SearchTarget(
        relation=_with_key_count(data.relation, keys, scope, counted),
        bad=exp.GT(this=nodes.column(counted), expression=nodes.literal(1)),
        schema=data.schema,
        file_column=data.file_column,
        # The parts of a key may explain why it repeats: all rows of one origin, say.
        check_columns=(),
        scope=None,
        baseline=_with_key_count(data.baseline, keys, scope, counted)
        if usable and data.baseline is not None
        else None,
        baseline_schema=data.baseline_schema,
    )


def _with_key_count(
    relation: exp.Expression, keys: Sequence[str], scope: exp.Expression, name: str
) -> exp.Expression:
    window = exp.Window(this=nodes.count_rows(), partition_by=[nodes.column(key) for key in keys])
    inner = nodes.select([exp.Star(), nodes.aliased(window, name)], relation, scope)
    return inner.subquery(alias=exp.to_identifier("counted", quoted=True))
