"""The stratified sample that the search works on: failing and passing rows, today and in the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from dq.rootcause import nodes
from dq.rootcause.dimensions import Dimension
from dq.rootcause.scanner import Scanner, SearchOptions, SearchTarget

if TYPE_CHECKING:
    import pyarrow as pa

_BUCKETS = 1_000_000
_HASHED_COLUMNS = 8
"""Enough columns to tell rows apart; hashing all of a wide table would cost more than the search."""


@dataclass(frozen=True)
class Population:
    """Exact counts of one relation.

    Attributes:
        rows: rows in scope.
        failing: of these, failing ones.
    """

    rows: int = 0
    failing: int = 0

    @property
    def rate(self) -> float:
        """Failing over rows, 0..1; 0 when there are no rows."""
        return self.failing / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class Stratum:
    """Sampled rows of one kind.

    Attributes:
        table: one column per dimension, in order.
        weight: how many real rows one sampled row stands for.
    """

    table: pa.Table
    weight: float


@dataclass(frozen=True)
class Sample:
    """The four strata, with what they were drawn from.

    Attributes:
        today: exact counts of the partition.
        baseline: exact counts of the baseline; None when there is none.
        strata: failing, passing, failing in the baseline, passing in the baseline.
        complete: every row of today is in the sample.
    """

    today: Population
    baseline: Population | None
    strata: tuple[Stratum, Stratum, Stratum, Stratum]
    complete: bool


def count(scanner: Scanner, relation: exp.Expression, target: SearchTarget) -> Population:
    """Rows in scope and failing rows, exactly, in one scan."""
    query = nodes.select(
        [nodes.count_rows(), nodes.count_if(nodes.is_true(target.bad))], relation, target.scope
    )
    ((rows, failing),) = scanner.rows(query)
    return Population(int(rows), int(failing))


def draw(
    scanner: Scanner,
    target: SearchTarget,
    dimensions: Sequence[Dimension],
    today: Population,
    baseline: Population | None,
    options: SearchOptions,
) -> Sample:
    """Fetch the strata. The same data always gives the same rows.

    A relation that fits is fetched whole. A larger one is thinned by a hash of row content, so the choice
    does not depend on threads or file order; rows that are equal in every hashed column stay or go together.
    """
    failing, passing = _side(
        scanner, target.relation, target, dimensions, today, options.max_failing, options.max_passing
    )
    complete = today.failing <= options.max_failing and today.rows - today.failing <= options.max_passing
    if target.baseline is None or baseline is None:
        empty = Stratum(failing.table.slice(0, 0), 1.0)
        return Sample(today, None, (failing, passing, empty, empty), complete)
    half = options.max_baseline // 2
    old_failing, old_passing = _side(scanner, target.baseline, target, dimensions, baseline, half, half)
    return Sample(today, baseline, (failing, passing, old_failing, old_passing), complete)


def _side(
    scanner: Scanner,
    relation: exp.Expression,
    target: SearchTarget,
    dimensions: Sequence[Dimension],
    population: Population,
    max_failing: int,
    max_passing: int,
) -> tuple[Stratum, Stratum]:
    bad = nodes.is_true(target.bad)
    items = [nodes.aliased(d.value, f"d{i}") for i, d in enumerate(dimensions)]
    keep = None
    passing_rows = population.rows - population.failing
    if population.failing > max_failing or passing_rows > max_passing:
        keep = _thin(
            target, bad, _buckets(max_failing, population.failing), _buckets(max_passing, passing_rows)
        )
    where = nodes.both([target.scope, keep]) if keep is not None else target.scope
    table = scanner.arrow(nodes.select([nodes.aliased(bad, "bad"), *items], relation, where))
    flag = table.column(0)
    dims = table.drop_columns(["bad"]) if hasattr(table, "drop_columns") else table.drop(["bad"])
    import pyarrow.compute as pc

    failing, passing = dims.filter(flag), dims.filter(pc.invert(flag))
    del table, dims  # the two parts are copies; a large sample need not be held twice
    return (
        Stratum(failing, population.failing / max(failing.num_rows, 1)),
        Stratum(passing, passing_rows / max(passing.num_rows, 1)),
    )


def _buckets(wanted: int, rows: int) -> int:
    return _BUCKETS if rows <= wanted else max(1, int(_BUCKETS * wanted / rows))


def _thin(target: SearchTarget, bad: exp.Expression, failing: int, passing: int) -> exp.Expression:
    """`hash(columns) % buckets < share`, with a share for failing rows and one for passing rows."""
    ranked = sorted(target.shared_columns, key=lambda name: _sameness(target.schema[name]))
    columns = [nodes.column(name) for name in ranked[:_HASHED_COLUMNS]]
    hashed = exp.Anonymous(this="hash", expressions=columns or [nodes.literal(0)])
    share = exp.Case(ifs=[exp.If(this=bad, true=nodes.literal(failing))], default=nodes.literal(passing))
    return exp.LT(this=exp.Mod(this=hashed, expression=nodes.literal(_BUCKETS)), expression=share)


def _sameness(type_text: str) -> int:
    """A rank of types by how often two rows share a value: what tells rows apart comes first."""
    kind = type_text.strip().upper()
    order = ("TIMESTAMP", "DOUBLE", "DECIMAL", "BIGINT", "FLOAT", "UUID", "VARCHAR", "INTEGER")
    return next((rank for rank, name in enumerate(order) if kind.startswith(name)), len(order))
