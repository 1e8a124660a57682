"""SQL that a suite's author wrote: parsed in one dialect, and checked to be what its place asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dq.errors import SuiteError

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node

_SOURCE = "dq_source_table"
"""What `{source_table}` in a query reads as until it gets the name of its dataset."""

_STATEMENTS = (exp.Query, exp.DDL, exp.DML, exp.Command, exp.Set, exp.Pragma, exp.Attach, exp.Drop, exp.Alter)


def expression(dialect: str, text: str) -> Node:
    """A boolean or scalar expression, checked to be just that.

    Raises:
        SuiteError: it does not parse, or it is a statement.
    """
    try:
        parsed = sqlglot.parse(text, read=dialect)
    except SqlglotError as error:
        raise SuiteError(f"SQL condition does not parse: {first_line(error)} in: {text}") from error
    if len(parsed) != 1 or parsed[0] is None or isinstance(parsed[0], _STATEMENTS):
        raise SuiteError(f"expected one SQL condition, got something else: {text}")
    return parsed[0]


def filled(parsed: Node, values: Mapping[str, Node]) -> Node:
    """An expression with nodes in the place of `$name`; other placeholders stay."""

    def put(node: Node) -> Node:
        return values[node.name].copy() if isinstance(node, exp.Placeholder) and node.name in values else node

    return parsed.transform(put)


def query(dialect: str, text: str, batch: exp.Identifier, source: exp.Identifier) -> exp.Query:
    """A query, checked to be one SELECT.

    Args:
        dialect: in which it is written.
        text: with `{batch}` and `{source_table}` for tables.
        batch: the table that `{batch}` stands for.
        source: the table that `{source_table}` stands for.

    Raises:
        SuiteError: it does not parse, or it is not one SELECT.
    """
    filled = text.replace("{batch}", batch.name).replace("{source_table}", _SOURCE)
    try:
        parsed = sqlglot.parse(filled, read=dialect)
    except SqlglotError as error:
        raise SuiteError(f"SQL query does not parse: {first_line(error)} in: {text}") from error
    statements = [statement for statement in parsed if statement is not None]
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise SuiteError(f"expected one SELECT, got something else: {text}")
    if any(statements[0].find_all(exp.DDL, exp.DML, exp.Command, exp.Into)):
        raise SuiteError(f"a query in a suite may only read: {text}")
    for table in statements[0].find_all(exp.Table):
        if table.name == _SOURCE:
            table.set("this", source)
    return statements[0]


def first_line(error: Exception) -> str:
    """What an error says, without the lines that quote the text around."""
    return str(error).splitlines()[0].rstrip(". ")
