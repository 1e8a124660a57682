"""Words to sqlglot nodes, one explicit rendering per dialect.

`Renderer` spells what every supported dialect shares. What a dialect spells differently it overrides; what
it cannot say exactly raises `UnsupportedMetric`. Names and literals become nodes, never pasted text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dq.errors import SuiteError, UnsupportedMetric
from dq.sql import author
from dq.sql import words as w
from dq.sql.inside import walk
from dq.sql.literals import literal_node
from dq.sql.made import Made

BATCH = "dq_batch"
"""The name under which every engine offers the dataset under test."""

_COMPARE: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    "<>": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node


def name(text: str) -> exp.Identifier:
    """A quoted identifier, whatever characters the name holds."""
    return exp.to_identifier(text, quoted=True)


class Renderer:
    """Shared spelling; subclasses are dialects.

    Args:
        tables: relation name in words (`""`, `input`, a dataset's name) to the table the engine offers.
    """

    dialect = ""
    widest = "DECIMAL(38, 0)"
    """The widest type of whole numbers."""

    def __init__(self, tables: Mapping[str, Node] | None = None) -> None:
        self.tables = dict(tables if tables is not None else {"": exp.to_table(BATCH)})
        self.describe: Callable[[Node], tuple[w.Column, ...]] | None = None
        """Names and types of what a query returns; set by an engine that can tell."""
        self.made = Made()

    # --- relations ---

    def table(self, source: str) -> Node:
        """The table expression of a relation.

        Raises:
            SuiteError: the engine was not given that relation.
        """
        if source not in self.tables:
            raise SuiteError(f"dataset '{source}' is not known to this run")
        return self.tables[source].copy()

    # --- terms ---

    def term(self, term: w.Term) -> Node:
        """A value per row."""
        match term:
            case w.Column(name=column):
                return exp.column(name(column))
            case w.Lit():
                return self.literal(term.value)
            case w.Text(of=of):
                return self.text(of)
            case w.Json(of=of):
                return self.json(of)
            case w.Length(of=of):
                return exp.Length(this=self.term(of))
            case w.Double(of=of):
                if isinstance(of, w.Column) and of.type == "DOUBLE":
                    return self.term(of)
                return exp.cast(self.term(of), "DOUBLE")
            case w.Wide(of=of):
                return exp.cast(self.term(of), self.widest)
            case w.Micros(of=of):
                return self.micros(of)
            case w.Arithmetic(operator=operator, left=left, right=right):
                return exp.paren(self.arithmetic(operator, left, right), copy=False)
            case w.Absolute(of=of):
                return exp.Abs(this=self.term(of))
            case w.Overall(of=of, source=source):
                return exp.Subquery(this=exp.select(self.aggregate(of)).from_(self.table(source)))
            case w.Earlier():
                return self.earlier(term)
            case w.SqlTerm(text=text, values=values):
                return exp.paren(self.author_expression(text, values), copy=False)
        raise UnsupportedMetric(f"{self.dialect} has no rendering for {type(term).__name__}")

    def text(self, of: w.Term) -> Node:
        """A term as text."""
        if isinstance(of, w.Text) or (isinstance(of, w.Column) and of.type == "VARCHAR"):
            return self.term(of)
        return exp.cast(self.term(of), "TEXT")

    def json(self, of: w.Term) -> Node:
        """A nested value as JSON text."""
        raise UnsupportedMetric(f"{self.dialect} writes no JSON in dq")

    def micros(self, of: w.Term) -> Node:
        """Whole microseconds since 1970."""
        raise UnsupportedMetric(f"{self.dialect} has no microseconds in dq")

    def arithmetic(self, operator: str, left: w.Term, right: w.Term) -> Node:
        """A number from two; a division by zero is NULL."""
        nodes: dict[str, type[exp.Binary]] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}
        if operator in nodes:
            return nodes[operator](this=self.term(left), expression=self.term(right))
        divisor = exp.Nullif(this=self.term(w.Double(right)), expression=exp.Literal.number(0))
        return exp.Div(this=self.term(w.Double(left)), expression=divisor, typed=False, safe=False)

    def earlier(self, word: w.Earlier) -> Node:
        """A window over the rows before this one.

        Raises:
            UnsupportedMetric: groups without an order, which engines read in any order.
        """
        if word.by and not word.order:
            raise UnsupportedMetric("rows of a group have no order of their own: name what to order them by")
        of = self._guarded(self.term(word.of), word.where)
        window: dict[str, Node | list[Node]] = {}
        if word.by:
            window["partition_by"] = [self.term(column) for column in word.by]
        if word.order:
            window["order"] = exp.Order(expressions=[self._ordered(term) for term in word.order])
        if word.function == "last":
            return exp.Window(this=exp.IgnoreNulls(this=exp.Lag(this=of)), **window)
        before = exp.WindowSpec(
            kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="1", end_side="PRECEDING"
        )
        return exp.Window(this=exp.Max(this=of), spec=before, **window)

    def _ordered(self, term: w.Term | w.Descending) -> Node:
        falling = isinstance(term, w.Descending)
        of = self.term(term.of if isinstance(term, w.Descending) else term)
        return exp.Ordered(this=of, desc=falling or None, nulls_first=False)

    def literal(self, value: w.Scalar) -> Node:
        """A literal with its exact value and an explicit type where SQL would guess."""
        return literal_node(value)

    # --- conditions ---

    def condition(self, condition: w.Condition) -> Node:
        """A boolean per row, NULL included."""
        match condition:
            case w.IsNull(of=of):
                return exp.Is(this=self.term(of), expression=exp.null())
            case w.IsNan(of=of):
                return exp.IsNan(this=self.term(of))
            case w.Compare(operator=operator, left=left, right=right):
                return _COMPARE[operator](this=self.term(left), expression=self.term(right))
            case w.In(of=of, values=values):
                return self.membership(of, values)
            case w.Matches(of=of, pattern=pattern):
                return self.matches(of, pattern)
            case w.Like(of=of, pattern=pattern, escape=escape):
                return self.like(of, pattern, escape)
            case w.Accepted(of=of, check=check):
                return self.accepted(of, check)
            case w.InDataset():
                return self.in_dataset(condition)
            case w.Repeated():
                return self.repeated(condition)
            case w.DiffersFrom():
                return self.differs_from(condition)
            case w.IsTrue(of=of):
                return exp.Coalesce(this=self.condition(of), expressions=[exp.false()])
            case w.Not(of=of):
                return exp.not_(exp.paren(self.condition(of), copy=False), copy=False)
            case w.And(of=of):
                return self.conjunction(of)
            case w.Or(of=of):
                return self._join(exp.Or, of, exp.false())
            case w.SqlCondition(text=text, values=values):
                return exp.paren(self.author_expression(text, values), copy=False)
        raise UnsupportedMetric(f"{self.dialect} has no rendering for {type(condition).__name__}")

    def conjunction(self, of: tuple[w.Condition, ...]) -> Node:
        """All of them. A check is asked only where the others are not FALSE: engines may try every part."""
        dear = tuple(part for part in of if any(isinstance(inner, w.Accepted) for inner in walk(part)))
        cheap = tuple(part for part in of if part not in dear)
        if not (dear and cheap):
            return self._join(exp.And, of, exp.true())
        first, then = (self._join(exp.And, parts, exp.true()) for parts in (cheap, dear))
        failed = exp.not_(first.copy() if len(cheap) == 1 else exp.paren(first))
        guarded = exp.Case().when(failed, exp.false()).else_(then)
        return exp.And(this=first, expression=guarded)

    def _join(self, node: type[exp.Connector], parts: tuple[w.Condition, ...], none: Node) -> Node:
        joined: Node | None = None
        for part in parts:
            rendered: Node = exp.paren(self.condition(part), copy=False)
            joined = rendered if joined is None else node(this=joined, expression=rendered)
        return none if joined is None else joined

    def membership(self, of: w.Term, values: tuple[w.Lit, ...]) -> Node:
        """`of IN (...)`; an empty set is FALSE on every non-null term."""
        if not values:
            return exp.NEQ(this=self.term(of), expression=self.term(of))
        return exp.In(this=self.term(of), expressions=[self.term(value) for value in values])

    def matches(self, of: w.Term, pattern: str) -> Node:
        """Search for a regular expression."""
        raise UnsupportedMetric(f"{self.dialect} has no regular expressions in dq")

    def like(self, of: w.Term, pattern: str, escape: str | None) -> Node:
        """LIKE as the standard has it."""
        like = exp.Like(this=self.text(of), expression=exp.Literal.string(pattern))
        return like if escape is None else exp.Escape(this=like, expression=exp.Literal.string(escape))

    def accepted(self, of: w.Term, check: w.Check) -> Node:
        """A check that is computed in Python."""
        raise UnsupportedMetric(f"{self.dialect} cannot call a check from SQL in dq")

    def row(self, terms: tuple[w.Term, ...]) -> Node:
        """One comparable value from several; the term itself when it is alone."""
        raise UnsupportedMetric(f"{self.dialect} has no row values in dq")

    def struct(self, parts: Mapping[str, Node]) -> Node:
        """One comparable value from several, which have names; compared in their order."""
        raise UnsupportedMetric(f"{self.dialect} has no structs in dq")

    def log2(self, of: Node) -> Node:
        """Logarithm to the base 2, as a double."""
        raise UnsupportedMetric(f"{self.dialect} has no logarithm in dq")

    def key_code(self, key: tuple[w.Column, ...]) -> Node:
        """A whole number of 64 bits such that equal keys have equal numbers."""
        raise UnsupportedMetric(f"{self.dialect} has no key codes in dq")

    def smallest(self, term: Node, number: int) -> Node:
        """An aggregate: the smallest values as a list, at most `number`; NULL on no rows."""
        raise UnsupportedMetric(f"{self.dialect} has no list of smallest values in dq")

    def in_dataset(self, word: w.InDataset) -> Node:
        """Membership of the row's key in another dataset; NULL keys over there never match."""
        inner = exp.select(self.row(word.keys)).from_(self.table(word.source))
        for key in word.keys:
            inner = inner.where(exp.not_(self.condition(w.IsNull(key))), copy=False)
        return exp.In(this=self.row(word.of), query=exp.Subquery(this=inner))

    def differs_from(self, word: w.DiffersFrom) -> Node:
        """Membership of the row's key among those whose rows have no equal."""
        from dq.sql import row_match

        return row_match.differs(self, word)

    def repeated(self, word: w.Repeated) -> Node:
        """Membership of the row's key among the keys that stand in several rows."""
        several = exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1))
        inner = self.group_keys("", word.of, word.where).having(several, copy=False)
        inner = inner.select(self.row(word.of), append=False, copy=False)
        return exp.In(this=self.row(word.of), query=exp.Subquery(this=inner))

    def rows_with_keys(
        self, source: str, keys: tuple[w.Column, ...], where: w.Condition | None
    ) -> exp.Select:
        """`SELECT .. FROM source WHERE no key is null and where`, without a select list."""
        query = exp.select().from_(self.table(source))
        for key in keys:
            query = query.where(exp.not_(self.condition(w.IsNull(key))), copy=False)
        return query if where is None else query.where(self.condition(where), copy=False)

    def group_keys(self, source: str, keys: tuple[w.Column, ...], where: w.Condition | None) -> exp.Select:
        """`rows_with_keys` with `GROUP BY keys`, without a select list."""
        query = self.rows_with_keys(source, keys, where)
        return query.group_by(*(self.term(key) for key in keys), copy=False)

    # --- aggregates ---

    def aggregate(self, aggregate: w.Aggregate) -> Node:
        """One value over the relation."""
        match aggregate:
            case w.Count(condition=None):
                return exp.Count(this=exp.Star())
            case w.Count(condition=condition):
                assert condition is not None  # noqa: S101 - tells the type checker what the case says
                return self.count_where(condition)
            case w.CountDistinct(of=of, condition=condition):
                return exp.Count(
                    this=exp.Distinct(expressions=[self._guarded(self.distinct_key(of), condition)])
                )
            case w.Fold(function=function, of=of, condition=condition):
                return self.fold(function, self._guarded(self.term(of), condition))
            case w.Quantile(of=of, q=q, method=method, condition=condition):
                return self.quantile(of, q, method, condition)
            case w.Covariance(left=left, right=right, condition=condition):
                terms = [self._guarded(self.term(w.Double(term)), condition) for term in (left, right)]
                return exp.CovarPop(this=terms[0], expression=terms[1])
            case w.Smallest(of=of, number=number, condition=condition):
                different = exp.Distinct(expressions=[self._guarded(self.term(of), condition)])
                return self.smallest(different, number)
        raise UnsupportedMetric(f"{self.dialect} has no rendering for {type(aggregate).__name__}")

    def count_where(self, condition: w.Condition) -> Node:
        """Rows on which the condition is TRUE."""
        case = exp.Case().when(self.condition(condition), exp.Literal.number(1))
        return exp.Count(this=case)

    def fold(self, function: str, term: Node) -> Node:
        """min, max, sum, avg, var_pop or stddev_samp."""
        nodes: dict[str, type[exp.AggFunc]] = {
            "min": exp.Min,
            "max": exp.Max,
            "sum": exp.Sum,
            "avg": exp.Avg,
            "var_pop": exp.VariancePop,
            "stddev_samp": exp.StddevSamp,
        }
        return nodes[function](this=term)

    def quantile(self, of: w.Term, q: float, method: str, condition: w.Condition | None) -> Node:
        """An exact quantile."""
        raise UnsupportedMetric(f"{self.dialect} has no exact quantile in dq")

    def distinct_key(self, terms: tuple[w.Term, ...]) -> Node:
        """What COUNT(DISTINCT ..) counts: NULL when any of several terms is NULL."""
        if len(terms) == 1:
            return self.term(terms[0])
        present = w.And(tuple(w.Not(w.IsNull(term)) for term in terms))
        return exp.Case().when(self.condition(present), self.row(terms))

    def _guarded(self, term: Node, condition: w.Condition | None) -> Node:
        return term if condition is None else exp.Case().when(self.condition(condition), term)

    # --- author's SQL ---

    def author_expression(self, text: str, values: w.Given = ()) -> Node:
        """A boolean or scalar expression from a suite, checked to be just that.

        Args:
            text: in this dialect.
            values: what the names in it stand for; put in as nodes, never as text.

        Raises:
            SuiteError: it does not parse, or it is a statement.
        """
        parsed = author.expression(self.dialect, text)
        return author.filled(parsed, {key: self._given(value) for key, value in values}) if values else parsed

    def _given(self, value: w.Column | w.Lit | tuple[w.Lit, ...]) -> Node:
        if isinstance(value, tuple):
            return exp.Array(expressions=[self.term(item) for item in value])
        return self.term(value) if isinstance(value, w.Column) else exp.paren(self.term(value), copy=False)

    def author_query(self, text: str, source: str = "") -> exp.Query:
        """A query from a suite, checked to be one SELECT.

        `{batch}` stands for the dataset under test, `{source_table}` for the dataset of a name.

        Raises:
            SuiteError: it does not parse, or it is not one SELECT.
        """
        return author.query(self.dialect, text, name(BATCH), name(source or BATCH))

    def to_sql(self, query: Node) -> str:
        """The text of a query in this dialect, without comments: an author's could close itself early.

        Raises:
            UnsupportedMetric: a node has no spelling in this dialect.
        """
        return self.made.text(query, self._spelled)

    def _spelled(self, query: Node) -> str:
        try:
            return query.sql(dialect=self.dialect, comments=False, unsupported_level=sqlglot.ErrorLevel.RAISE)
        except SqlglotError as error:
            raise UnsupportedMetric(f"{self.dialect}: {author.first_line(error)}") from error
