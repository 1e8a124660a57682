"""Row conditions: Great Expectations' forms to and from SQL text.

Every identifier and value goes through a sqlglot node. SQL text is rendered in DuckDB's dialect.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node

_LEGACY = re.compile(
    r"""\s*col\(\s*(?P<q>["'])(?P<column>.+?)(?P=q)\s*\)\s*
    (?: \.(?P<null>notnull|notNull|isnull|isNull)\(\s*\)
      | (?P<op>==|!=|<=|>=|<|>)\s*(?P<value>.+?) )\s*""",
    re.VERBOSE | re.DOTALL,
)
_DATE = re.compile(r"""date\(\s*(["'])(?P<text>[^"']+)\1\s*\)""")
_INCOMPLETE = re.compile(r"Required keyword: '\w+' missing for <class '[\w.]*?(\w+)'>")
_OPERATORS = {"==": "EQ", "!=": "NEQ", "<": "LT", "<=": "LTE", ">": "GT", ">=": "GTE"}
_NOT_SQL = re.compile(r"[\"`&|~@]")
_MOST = 100
"""Comparisons in one condition; Great Expectations' limit."""


def to_sql(condition: Any) -> str:
    """The SQL of a `row_condition`.

    Args:
        condition: SQL text; the form `col("x") > 5`; or a condition tree as Great Expectations 1.x writes
            it.

    Raises:
        ValueError: it is none of these; the message is a sentence for the suite's author.
    """
    if isinstance(condition, str):
        if not condition.lstrip().startswith("col("):
            return condition
        return _render(_legacy(condition))
    if isinstance(condition, dict):
        if condition.get("type") == "pass_through":
            return foreign_to_sql(condition.get("pass_through_filter"), condition.get("condition_parser"))
        if _size(condition) > _MOST:
            raise ValueError(f"a row condition has at most {_MOST} comparisons")
        return _render(_tree(condition))
    raise ValueError("a row condition must be SQL text or a condition tree")


def foreign_to_sql(text: Any, parser: Any = None) -> str:
    """A filter written for pandas or Spark, where SQL says the same.

    Args:
        text: the filter.
        parser: `spark` for Spark's SQL; otherwise it is read as pandas would, and failing that, unless it
            is said to be for `pandas`, as SQL without functions.

    Raises:
        ValueError: it may mean something else in SQL.
    """
    from dq.suites.pandas_query import NotPandas, NotTranslated, to_node

    reason = "it is no text"
    try:
        if isinstance(text, str) and parser == "spark":
            return _plain_sql(text, "spark")
        if isinstance(text, str):
            try:
                return _render(to_node(text))
            except NotPandas:
                if parser is not None or _NOT_SQL.search(text):
                    raise
                return _plain_sql(text, "duckdb")
    except NotTranslated as problem:
        reason = str(problem)
    raise ValueError(
        f"the row condition {text!r} was written for pandas or Spark ({reason}); write it as SQL in `where`"
    )


def _plain_sql(text: str, dialect: str) -> str:
    """SQL made of comparisons alone; as it was written when it is in DuckDB's dialect.

    Raises:
        NotTranslated: it is not.
    """
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    from dq.suites.pandas_query import NotTranslated

    try:
        parsed = _parse(text, dialect)
    except (SqlglotError, ValueError):
        raise NotTranslated("it does not parse") from None
    for node in parsed.walk():
        called = isinstance(node, exp.Func) and not isinstance(node, exp.Connector)
        nested = isinstance(node, exp.Dot | exp.Subquery) or (isinstance(node, exp.Column) and node.table)
        if called or nested:
            raise NotTranslated(f"{node.sql(dialect)!r} is no plain comparison")
    return text if dialect == "duckdb" else _render(parsed)


def check_sql(text: str) -> str | None:
    """Why a text is no SQL condition; None when it is one."""
    from sqlglot.errors import SqlglotError

    if not text.strip():
        return "it is empty"
    try:
        _parse(text)
    except SqlglotError as error:
        details = getattr(error, "errors", None) or [{}]
        first = details[0]
        near = f" near {first['highlight']!r}" if first.get("highlight") else ""
        what = str(first.get("description") or "it cannot be read").strip().rstrip(".")
        what = _INCOMPLETE.sub(r"a part of \1 is missing", what)
        return f"{what[:1].lower()}{what[1:]}{near}"
    except ValueError as error:
        return str(error)
    return None


def to_tree(sql: str) -> dict[str, Any] | None:
    """The condition tree of a SQL condition; None when Great Expectations has no such form."""
    from sqlglot import exp

    try:
        tree = _from_node(_parse(sql).unnest(), (exp.And, exp.Or))
    except ValueError:
        return None
    return tree if _size(tree) <= _MOST else None


def fits_gx(condition: Any) -> bool:
    """Whether Great Expectations accepts a condition tree: at most 100 comparisons, `or` of `and`s only."""
    if not isinstance(condition, dict) or condition.get("type") not in ("and", "or"):
        return True
    return _size(condition) <= _MOST and _depth_fits(condition)


def _depth_fits(tree: dict[str, Any]) -> bool:
    parts = [part for part in tree.get("conditions") or () if isinstance(part, dict)]
    if any(part.get("type") == "or" for part in parts):
        return False
    return all(_depth_fits(part) for part in parts)


def _size(tree: Any) -> int:
    """Comparisons in a tree."""
    parts = tree.get("conditions") if isinstance(tree, dict) else None
    return sum(_size(part) for part in parts) if isinstance(parts, list) else 1


def _parse(text: str, dialect: str = "duckdb") -> Node:
    import sqlglot
    from sqlglot import exp

    parsed = sqlglot.parse(text, read=dialect)
    if len(parsed) != 1 or parsed[0] is None:
        raise ValueError("it must be one condition, without a semicolon")
    if not isinstance(parsed[0], exp.Condition):
        raise ValueError("it must be a condition, not a statement")
    return parsed[0]


def _render(node: Node) -> str:
    text: str = node.sql(dialect="duckdb")
    return text


def _legacy(text: str) -> Node:
    from sqlglot import exp

    found = _LEGACY.fullmatch(text)
    if not found:
        raise ValueError(
            f'the row condition {text!r} is not understood; expected col("name") with a comparison, '
            "or .notnull()"
        )
    column = exp.column(found["column"], quoted=True)
    if found["null"]:
        null = exp.Is(this=column, expression=exp.Null())
        return exp.Not(this=null) if found["null"].lower() == "notnull" else null
    node: Node = _comparison(found["op"])(this=column, expression=_legacy_value(found["value"], text))
    return node


def _legacy_value(written: str, text: str) -> Node:
    from sqlglot import exp

    date = _DATE.fullmatch(written)
    if date:
        return exp.cast(exp.Literal.string(date["text"]), "DATE")
    quote = written[0]
    if quote in "\"'" and len(written) > 1 and written[-1] == quote and quote not in written[1:-1]:
        return exp.Literal.string(written[1:-1])
    try:
        value = json.loads(written)
    except ValueError:
        value = None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"the value {written!r} in the row condition {text!r} is not understood")
    return exp.convert(value)


def _tree(node: dict[str, Any]) -> Node:
    from sqlglot import exp

    kinds: dict[str, Callable[[dict[str, Any]], Node]] = {
        "comparison": _tree_comparison,
        "nullity": _tree_nullity,
    }
    kind = node.get("type")
    if kind in ("and", "or"):
        parts = node.get("conditions")
        if not isinstance(parts, list) or not parts or not all(isinstance(p, dict) for p in parts):
            raise ValueError(f"a row condition of type '{kind}' needs a list of conditions")
        built = [_tree(part) for part in parts]
        return exp.and_(*built, copy=False) if kind == "and" else exp.or_(*built, copy=False)
    if kind == "pass_through":
        text = foreign_to_sql(node.get("pass_through_filter"), node.get("condition_parser"))
        return exp.paren(_parse(text))
    if not isinstance(kind, str) or kind not in kinds:
        raise ValueError(
            f"a row condition of type {kind!r} is unknown; expected comparison, nullity, and, or"
        )
    return kinds[kind](node)


def _tree_column(node: dict[str, Any]) -> Node:
    from sqlglot import exp

    column = node.get("column")
    name = column.get("name") if isinstance(column, dict) else column
    if not isinstance(name, str) or not name:
        raise ValueError("a row condition needs a column with a name")
    return exp.column(name, quoted=True)


def _tree_nullity(node: dict[str, Any]) -> Node:
    from sqlglot import exp

    if not isinstance(node.get("is_null"), bool):
        raise ValueError("a row condition of type 'nullity' needs is_null: true or false")
    null = exp.Is(this=_tree_column(node), expression=exp.Null())
    return null if node["is_null"] else exp.Not(this=null)


def _tree_comparison(node: dict[str, Any]) -> Node:
    from sqlglot import exp

    column, operator, value = _tree_column(node), node.get("operator"), node.get("parameter")
    if operator in ("IN", "NOT_IN"):
        if not isinstance(value, list) or any(v is None or isinstance(v, list | dict) for v in value):
            raise ValueError(f"a row condition with {operator} needs a list of values, none of them null")
        if not value:
            return exp.false() if operator == "IN" else exp.true()
        inside = exp.In(this=column, expressions=[exp.convert(item) for item in value])
        return inside if operator == "IN" else exp.Not(this=inside)
    if not isinstance(operator, str) or operator not in _OPERATORS:
        expected = ", ".join([*_OPERATORS, "IN", "NOT_IN"])
        raise ValueError(f"the operator {operator!r} of a row condition is unknown; expected {expected}")
    if value is None or isinstance(value, list | dict):
        raise ValueError("a row condition compares with one value that is not null")
    return _comparison(operator)(this=column, expression=exp.convert(value))


def _comparison(operator: str) -> Callable[..., Node]:
    from sqlglot import exp

    made: Callable[..., Node] = getattr(exp, _OPERATORS[operator])
    return made


def _from_node(node: Node, joins: tuple[type[Node], ...]) -> dict[str, Any]:
    """A node as a tree; `and` holds no `or`, `or` no second `or`."""
    from sqlglot import exp

    if isinstance(node, exp.And | exp.Or):
        if not isinstance(node, joins):
            raise ValueError("not in the form that Great Expectations takes")
        kind = exp.And if isinstance(node, exp.And) else exp.Or
        inner: tuple[type[Node], ...] = () if kind is exp.And else (exp.And,)
        parts = [_from_node(part.unnest(), inner) for part in node.flatten()]
        return {"type": "and" if kind is exp.And else "or", "conditions": parts}
    negated = isinstance(node, exp.Not)
    inside = node.this.unnest() if negated else node
    if isinstance(inside, exp.Is) and isinstance(inside.expression, exp.Null):
        return {"type": "nullity", "column": _named(inside.this), "is_null": not negated}
    if isinstance(inside, exp.In) and inside.expressions:
        values = [_value(item) for item in inside.expressions]
        if len({isinstance(value, str) for value in values}) > 1 or any(isinstance(v, bool) for v in values):
            raise ValueError("a list must hold numbers or texts")
        return _comparison_tree(inside, "NOT_IN" if negated else "IN", values)
    for operator, name in _OPERATORS.items():
        if not negated and type(inside) is getattr(exp, name):
            return _comparison_tree(inside, operator, _value(inside.expression))
    raise ValueError("no such form")


def _comparison_tree(node: Node, operator: str, value: Any) -> dict[str, Any]:
    column = _named(node.this)
    return {"type": "comparison", "column": column, "operator": operator, "parameter": value}


def _named(node: Node) -> dict[str, str]:
    from sqlglot import exp

    if not isinstance(node, exp.Column) or node.table:
        raise ValueError("not a plain column")
    return {"name": node.name}


def _value(node: Node) -> Any:
    from sqlglot import exp

    if isinstance(node, exp.Literal):
        return node.this if node.is_string else json.loads(node.this)
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal) and not node.this.is_string:
        return -json.loads(node.this.this)
    raise ValueError("not a plain value")
