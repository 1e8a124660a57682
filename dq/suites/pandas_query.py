"""Filters in the language of `DataFrame.query`, as SQL.

Great Expectations hands such filters to pandas as they are. What has one meaning in SQL is translated, null
included: a comparison with null is false in pandas, `!=` and `not in` are true. Everything else is refused:
arithmetic beyond `+ - *`, indexing, attributes, functions, variables of the caller (`@x`).

Source: the pandas user guide on `query()`; `&` and `|` bind there like `and` and `or`.
"""

from __future__ import annotations

import ast
import datetime as dt
import io
import re
import tokenize
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node

_BACKTICKS = re.compile(r"`([^`]+)`")
_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_COMPARISONS = {
    ast.Eq: "EQ", ast.NotEq: "NEQ", ast.Lt: "LT", ast.LtE: "LTE", ast.Gt: "GT", ast.GtE: "GTE",
}  # fmt: skip
_ARITHMETIC = {ast.Add: "Add", ast.Sub: "Sub", ast.Mult: "Mul"}
_NULL_CALLS = {"isnull": True, "isna": True, "notnull": False, "notna": False}


class NotTranslated(ValueError):  # noqa: N818 - says what was met, not that something broke
    """A filter means nothing in SQL, or not the same; the message is a clause for a sentence."""


class NotPandas(NotTranslated):
    """A text is not in the language of pandas at all."""


def to_node(text: str) -> Node:
    """The SQL condition of a pandas filter.

    Raises:
        NotPandas: it is no such filter.
        NotTranslated: it uses what is not translated.
    """
    columns: dict[str, str] = {}
    try:
        tree = ast.parse(_python(text, columns), mode="eval")
    except (SyntaxError, ValueError, tokenize.TokenError, MemoryError, RecursionError):
        raise NotPandas("it does not parse") from None
    return _Translator(columns).condition(tree.body)


def _python(text: str, columns: dict[str, str]) -> str:
    """The filter as Python: names in backticks become plain names, `&` and `|` become words."""
    kept, at = [], 0
    for literal in _LITERAL.finditer(text):
        kept += [_named(text[at : literal.start()], columns), literal.group()]
        at = literal.end()
    source = "".join(kept) + _named(text[at:], columns)
    words = {"&": "and", "|": "or"}
    tokens = [
        (tokenize.NAME, words[token.string]) if token.string in words else token[:2]
        for token in tokenize.generate_tokens(io.StringIO(source.strip()).readline)
    ]
    return tokenize.untokenize(tokens).strip()


def _named(text: str, columns: dict[str, str]) -> str:
    def one(found: re.Match[str]) -> str:
        name = f"_dq_column_{len(columns)}"
        columns[name] = found.group(1)
        return name

    return _BACKTICKS.sub(one, text)


class _Translator:
    def __init__(self, columns: dict[str, str]) -> None:
        self.columns = columns

    def condition(self, node: ast.expr) -> Node:
        """A node that is true or false, never null when it is negated."""
        from sqlglot import exp

        if isinstance(node, ast.BoolOp):
            parts = [self.condition(part) for part in node.values]
            joined = exp.and_ if isinstance(node.op, ast.And) else exp.or_
            return joined(*parts, copy=False)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
            return _not_true(self.condition(node.operand))
        if isinstance(node, ast.Compare):
            return self.compared(node)
        if isinstance(node, ast.Call):
            return self.called(node)
        if isinstance(node, ast.Name):  # a column of true and false
            return exp.EQ(this=self.column(node), expression=exp.true())
        raise NotTranslated(f"{ast.unparse(node)!r} is no comparison")

    def compared(self, node: ast.Compare) -> Node:
        from sqlglot import exp

        sides = [node.left, *node.comparators]
        parts = [self.pair(a, op, b) for a, op, b in zip(sides, node.ops, sides[1:], strict=False)]
        return exp.and_(*parts, copy=False) if len(parts) > 1 else parts[0]

    def pair(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Node:
        from sqlglot import exp

        listed = isinstance(right, ast.List | ast.Tuple)
        if listed and isinstance(op, ast.In | ast.Eq):
            return self.member(left, right)
        if listed and isinstance(op, ast.NotIn | ast.NotEq):
            return _not_true(self.member(left, right))
        if type(op) not in _COMPARISONS:
            raise NotTranslated("only comparisons with values, and `in` with a list, are translated")
        a, b = self.term(left), self.term(right)
        if isinstance(op, ast.NotEq):
            return _not_true(exp.EQ(this=a, expression=b))
        made: Node = getattr(exp, _COMPARISONS[type(op)])(this=a, expression=b)
        return made

    def member(self, left: ast.expr, right: ast.expr) -> Node:
        from sqlglot import exp

        values = [exp.convert(self.value(item)) for item in getattr(right, "elts", ())]
        return exp.In(this=self.term(left), expressions=values) if values else exp.false()

    def called(self, node: ast.Call) -> Node:
        from sqlglot import exp

        method = node.func
        if not isinstance(method, ast.Attribute) or node.keywords or not isinstance(method.value, ast.Name):
            raise NotTranslated(f"the call {ast.unparse(node)!r} is not translated")
        if method.attr in _NULL_CALLS and not node.args:
            null = exp.Is(this=self.column(method.value), expression=exp.Null())
            return null if _NULL_CALLS[method.attr] else exp.Not(this=null)
        if method.attr == "isin" and len(node.args) == 1 and isinstance(node.args[0], ast.List | ast.Tuple):
            return self.member(method.value, node.args[0])
        raise NotTranslated(f"the method {method.attr!r} is not translated")

    def term(self, node: ast.expr) -> Node:
        from sqlglot import exp

        if isinstance(node, ast.Name):
            return self.column(node)
        if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
            a, b = (exp.paren(self.term(side)) for side in (node.left, node.right))
            made: Node = getattr(exp, _ARITHMETIC[type(node.op)])(this=a, expression=b)
            return made
        if isinstance(node, ast.Call):
            moment = self.moment(node)
            kind = (
                ("TIMESTAMPTZ" if moment.tzinfo else "TIMESTAMP")
                if isinstance(moment, dt.datetime)
                else "DATE"
            )
            return exp.cast(exp.Literal.string(moment.isoformat()), kind)
        return exp.convert(self.value(node))

    def moment(self, node: ast.Call) -> dt.date:
        """`datetime.date(2021, 1, 30)`, and `datetime.datetime` without a zone or in UTC."""
        called, refusal = ast.unparse(node.func), NotTranslated(f"{ast.unparse(node)!r} is no plain value")
        numbers = [self.value(argument) for argument in node.args]
        zone = {word.arg: ast.unparse(word.value) for word in node.keywords}
        try:
            if called == "datetime.date" and not zone:
                return dt.date(*numbers)
            if called == "datetime.datetime" and zone in ({}, {"tzinfo": "datetime.timezone.utc"}):
                moment = dt.datetime(*numbers)
                return moment.replace(tzinfo=dt.timezone.utc) if zone else moment
        except (TypeError, ValueError):
            raise refusal from None
        raise refusal

    def value(self, node: ast.expr) -> Any:
        negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
        inner = node.operand if isinstance(node, ast.UnaryOp) and negative else node
        if isinstance(inner, ast.Constant) and isinstance(inner.value, bool | int | float | str):
            if not negative:
                return inner.value
            if not isinstance(inner.value, bool | str):
                return -inner.value
        raise NotTranslated(f"{ast.unparse(node)!r} is no plain value")

    def column(self, node: ast.Name) -> Node:
        from sqlglot import exp

        return exp.column(self.columns.get(node.id, node.id), quoted=True)


def _not_true(condition: Node) -> Node:
    """True where a condition is false or null."""
    from sqlglot import exp

    return exp.Not(this=exp.Is(this=exp.paren(condition), expression=exp.true()))
