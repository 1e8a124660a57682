"""Checks on the SQL that a suite's author writes: it must parse, and be what its place asks for.

The engine's dialect is not known while a suite is loaded, so text is accepted if any supported dialect can
read it. The engine reads it again in its own.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from dq.lake.schema import Schema

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node

_DIALECTS = ("duckdb", "athena", "spark")


def check_condition(text: str) -> str:
    """A condition on one row, as it was written.

    Raises:
        ValueError: it does not parse, is a statement, or aggregates over rows.
    """
    from sqlglot import exp

    parsed = _parsed(text)
    if not isinstance(parsed, exp.Condition) or isinstance(parsed, exp.Query):
        raise ValueError(f"expected one SQL condition, got something else: {text}")
    inside = parsed.find(exp.AggFunc, exp.Window)
    if inside is not None and inside.find_ancestor(exp.Query) is None:
        raise ValueError(f"a condition speaks of one row, this one looks at several: {text}")
    return text


def check_aggregate(text: str) -> str:
    """An expression that makes one value of many rows, as it was written.

    Raises:
        ValueError: it does not parse, is a statement, or looks at single rows only.
    """
    from sqlglot import exp

    parsed = _parsed(text)
    if not isinstance(parsed, exp.Condition | exp.Func) or isinstance(parsed, exp.Query):
        raise ValueError(f"expected one SQL aggregate, got something else: {text}")
    # A function that the parser does not know may well be an aggregate.
    if parsed.find(exp.AggFunc, exp.Anonymous) is None:
        raise ValueError(f"an aggregate sums up rows, as sum(a * b) does; this one does not: {text}")
    return text


def no_filter(where: str | None) -> str | None:
    """No filter beside a query that its author writes whole.

    Raises:
        ValueError: there is one.
    """
    if where is not None:
        raise ValueError("write the filter into the query itself")
    return where


def check_query(text: str) -> str:
    """One SELECT with `{batch}` for the dataset, `{source_table}` for another, as it was written.

    Raises:
        ValueError: it does not parse, or is not one SELECT.
    """
    from sqlglot import exp

    parsed = _parsed(text.replace("{batch}", "dq_batch").replace("{source_table}", "dq_source_table"))
    if not isinstance(parsed, exp.Query) or any(parsed.find_all(exp.DDL, exp.DML, exp.Command)):
        raise ValueError(f"expected one SELECT, got something else: {text}")
    return text


def columns_in(text: str, schema: Schema) -> tuple[str, ...]:
    """The columns of the schema that a condition names, each once, in the order of the schema."""
    named = columns_named(text)
    return tuple(name for name in schema.names if name.lower() in named)


def columns_named(text: str) -> frozenset[str]:
    """What a condition names as columns, in small letters; whether they exist is not known.

    Raises:
        ValueError: it does not parse.
    """
    from sqlglot import exp

    return frozenset(column.name.lower() for column in _parsed(text).find_all(exp.Column))


def names_in(text: str) -> tuple[str, ...]:
    """The names that stand in a condition as `$name`, each once, in order; a name in quotes is text."""
    from sqlglot import exp

    return tuple(dict.fromkeys(node.name for node in _parsed(text).find_all(exp.Placeholder, bfs=False)))


@functools.lru_cache(maxsize=256)
def _parsed(text: str) -> Node:
    import sqlglot
    from sqlglot.errors import SqlglotError

    reason = ""
    for dialect in _DIALECTS:
        try:
            statements = [statement for statement in sqlglot.parse(text, read=dialect) if statement]
        except SqlglotError as error:
            reason = reason or str(error).splitlines()[0].rstrip(". ")
            continue
        if len(statements) != 1:
            raise ValueError(f"expected one SQL expression, got {len(statements)}: {text}")
        return statements[0]
    raise ValueError(f"SQL does not parse: {reason} in: {text}")
