"""How DuckDB spells the words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlglot import exp

from dq.sql import words as w
from dq.sql.render import Renderer

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node


_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
"""Types whose every value is a BIGINT."""


class DuckDBRenderer(Renderer):
    """DuckDB 1.2 and later."""

    dialect = "duckdb"
    widest = "HUGEINT"

    def __init__(self, tables: Mapping[str, Node] | None = None) -> None:
        super().__init__(tables)
        self.checks: dict[w.Check, str] = {}
        """Function by check, of every check rendered so far."""

    def count_where(self, condition: w.Condition) -> Node:
        """`count_if` is the cheapest of the spellings that mean the same here (see benchmarks).

        It is NULL, not 0, over no rows.
        """
        counted = exp.CountIf(this=self._counted(condition))
        return exp.Coalesce(this=counted, expressions=[exp.Literal.number(0)])

    def _counted(self, condition: w.Condition) -> Node:
        """A condition that is TRUE on the same rows, where only that matters.

        DuckDB moves a NOT into an author's condition. It then shares no work any more with the count of rows
        on which the condition is NULL, and is computed twice (measured); behind IS FALSE it stays whole.
        The cast, which NOT implies, does nothing to a boolean.
        """
        match condition:
            case w.Not(of=w.SqlCondition() as written):
                return exp.Is(this=exp.cast(self.condition(written), "BOOLEAN"), expression=exp.false())
        return self.condition(condition)

    def matches(self, of: w.Term, pattern: str) -> Node:
        """RE2 search."""
        return exp.Anonymous(this="regexp_matches", expressions=[self.text(of), exp.Literal.string(pattern)])

    def json(self, of: w.Term) -> Node:
        """`to_json`, as text."""
        return exp.cast(exp.Anonymous(this="to_json", expressions=[self.term(of)]), "TEXT")

    def micros(self, of: w.Term) -> Node:
        """`epoch_us`, which takes dates and timestamps, with or without a zone."""
        return exp.Anonymous(this="epoch_us", expressions=[self.term(of)])

    def accepted(self, of: w.Term, check: w.Check) -> Node:
        """A function of that name, which the engine defines before it runs the query."""
        function = self.checks.setdefault(check, f"dq_check_{len(self.checks)}")
        return exp.Anonymous(this=function, expressions=[self.text(of)])

    def row(self, terms: tuple[w.Term, ...]) -> Node:
        """A struct; structs compare field by field."""
        if len(terms) == 1:
            return self.term(terms[0])
        return exp.Anonymous(this="row", expressions=[self.term(term) for term in terms])

    def struct(self, parts: Mapping[str, Node]) -> Node:
        """`struct_pack`."""
        named = [exp.PropertyEQ(this=exp.to_identifier(key), expression=part) for key, part in parts.items()]
        return exp.Struct(expressions=named)

    def log2(self, of: Node) -> Node:
        """`log2`."""
        return exp.Anonymous(this="log2", expressions=[of])

    def quantile(self, of: w.Term, q: float, method: str, condition: w.Condition | None) -> Node:
        """`quantile_cont` on doubles, `quantile_disc` on the values themselves; both exact."""
        term = self._guarded(self.term(w.Double(of) if method == "cont" else of), condition)
        return exp.Anonymous(this=f"quantile_{method}", expressions=[term, exp.Literal.number(repr(q))])

    def fold(self, function: str, term: Node) -> Node:
        """`var_pop` by DuckDB's own name."""
        if function == "var_pop":
            return exp.Anonymous(this="var_pop", expressions=[term])
        return super().fold(function, term)

    def key_code(self, key: tuple[w.Column, ...]) -> Node:
        """The number itself where the key is one; else a hash, which differs between versions of DuckDB."""
        if len(key) == 1 and key[0].type in _NUMBERS:
            return exp.cast(self.term(key[0]), "BIGINT")
        return exp.Anonymous(this="hash", expressions=[self.term(column) for column in key])

    def smallest(self, term: Node, number: int) -> Node:
        """`min` with a second argument."""
        return exp.Anonymous(this="min", expressions=[term, exp.Literal.number(number)])
