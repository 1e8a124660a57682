"""What the search asks of an engine, and what it is told about the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlglot import exp


_NUMERIC = (
    *(
        "TINYINT",
        "SMALLINT",
        "INT",
        "BIGINT",
        "HUGEINT",
        "UTINYINT",
        "USMALLINT",
        "UINT",
        "UBIGINT",
        "UHUGEINT",
    ),
    *("DECIMAL", "NUMERIC", "DOUBLE", "FLOAT", "REAL"),
)


class Scanner(Protocol):
    """The two questions an engine answers for the search.

    Queries are sqlglot nodes with quoted identifiers; the engine renders them in its own dialect. Its
    settings (memory, threads, optimizer switches) are its own business.
    """

    def rows(self, query: exp.Expression) -> list[tuple[Any, ...]]:
        """Every row of a small answer."""
        ...

    def arrow(self, query: exp.Expression) -> pa.Table:
        """A bounded sample as one Arrow table, columns in the order of the SELECT."""
        ...


@dataclass(frozen=True)
class SearchTarget:
    """One question: which rows break this rule?

    Attributes:
        relation: what stands in FROM, e.g. a table or an aliased subquery.
        bad: boolean expression, TRUE for a failing row; NULL counts as not failing.
        schema: column to DuckDB type text, in the relation's order.
        file_column: column that holds each row's file name; None when there is none.
        check_columns: columns that the rule speaks of; never used as an explanation.
        scope: boolean expression for the rows that the rule looks at; None for all of them.
        baseline: the same relation of the last validated partition; None when there is none.
        baseline_schema: its columns; empty when it is the same as `schema`.
    """

    relation: exp.Expression
    bad: exp.Expression
    schema: Mapping[str, str]
    file_column: str | None = None
    check_columns: tuple[str, ...] = ()
    scope: exp.Expression | None = None
    baseline: exp.Expression | None = None
    baseline_schema: Mapping[str, str] = field(default_factory=dict)

    @property
    def shared_columns(self) -> tuple[str, ...]:
        """Columns that today and the baseline both have, in today's order; all when there is no baseline."""
        if self.baseline is None or not self.baseline_schema:
            return tuple(self.schema)
        old = self.baseline_schema
        return tuple(name for name, kind in self.schema.items() if name in old and _alike(kind, old[name]))


def _alike(one: str, other: str) -> bool:
    """Whether two DuckDB types can be compared with the same literals: equal, or both numeric."""
    first, second = one.strip().upper(), other.strip().upper()
    both_numeric = first.startswith(_NUMERIC) and second.startswith(_NUMERIC)
    return first == second or (both_numeric and not first.endswith("]") and not second.endswith("]"))


@dataclass(frozen=True)
class SearchOptions:
    """Bounds of the search. The defaults are measured (ADR 0005).

    Attributes:
        max_failing: failing rows fetched at most.
        max_passing: passing rows fetched at most.
        max_baseline: rows of the baseline fetched at most, half of them failing ones.
        max_order: predicates in one segment at most.
        max_segments: segments reported at most.
        min_support: share of the failing rows that a segment must hold.
        min_rows: failing rows that a segment must hold.
        min_bits: description length that a segment must save.
        min_ratio: failure rate inside over outside that a segment must reach.
        stop_share: the search stops when fewer than this share of failing rows is unexplained.
        whole_share: failure rate from which "the whole partition" is the answer when nothing stands out.
        max_values: values of one categorical column looked at.
        columns: only these columns are tried; empty for all.
    """

    max_failing: int = 50_000
    max_passing: int = 100_000
    max_baseline: int = 40_000
    max_order: int = 3
    max_segments: int = 4
    min_support: float = 0.03
    min_rows: int = 5
    min_bits: float = 15.0
    min_ratio: float = 1.5
    stop_share: float = 0.05
    whole_share: float = 0.9
    max_values: int = 24
    columns: tuple[str, ...] = ()
