"""The words that stand for one value per relation; `dq.sql.words` hands them out with the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from dq.sql.words import Condition, Term


@dataclass(frozen=True)
class Count:
    """Number of rows on which the condition is TRUE; of all rows when None."""

    condition: Condition | None = None


@dataclass(frozen=True)
class CountDistinct:
    """Number of different values among the rows where the condition is TRUE; NULLs do not count.

    With several terms, of different tuples without a NULL.
    """

    of: tuple[Term, ...]
    condition: Condition | None = None


@dataclass(frozen=True)
class Fold:
    """An aggregate of a term over the rows where the condition is TRUE; NULL on none.

    `stddev_samp` is NULL on one value, too.
    """

    function: Literal["min", "max", "sum", "avg", "var_pop", "stddev_samp"]
    of: Term
    condition: Condition | None = None


@dataclass(frozen=True)
class Quantile:
    """Exact quantile of a term.

    Attributes:
        q: 0..1.
        method: `cont` interpolates linearly (as a double), `disc` gives a value that occurs.
    """

    of: Term
    q: float
    method: Literal["cont", "disc"]
    condition: Condition | None = None


@dataclass(frozen=True)
class Covariance:
    """Population covariance, as a double, over the rows where neither term is NULL; NULL on none."""

    left: Term
    right: Term
    condition: Condition | None = None


@dataclass(frozen=True)
class Smallest:
    """The smallest different values of a term, in order, as a list; NULL on none."""

    of: Term
    number: int
    condition: Condition | None = None


Aggregate: TypeAlias = Count | CountDistinct | Fold | Quantile | Covariance | Smallest
