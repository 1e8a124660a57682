"""The closed vocabulary: what dq may ask of an engine, as plain values.

Words are frozen and compare by value, so equal questions collapse. They know nothing of SQL text; each
dialect renders every word explicitly (`dq.sql.render`), and a dialect that lacks a word says so when
planning. Conditions follow SQL's three-valued logic: a comparison with NULL is NULL, and NULL selects
nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, Protocol, TypeAlias

from dq.sql.aggregates import Aggregate as Aggregate
from dq.sql.aggregates import Count as Count
from dq.sql.aggregates import CountDistinct as CountDistinct
from dq.sql.aggregates import Covariance as Covariance
from dq.sql.aggregates import Fold as Fold
from dq.sql.aggregates import Quantile as Quantile
from dq.sql.aggregates import Smallest as Smallest

Scalar: TypeAlias = bool | int | float | Decimal | str | bytes | dt.date | dt.datetime | dt.time | None
"""A single value as Python holds it; NULL is None."""


# --- terms: one value per row -----------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A column of the relation at hand, by its exact name.

    Attributes:
        name: as the relation spells it.
        type: canonical type text, e.g. `BIGINT`, `DECIMAL(10,2)`, `TIMESTAMP`.
    """

    name: str
    type: str

    @property
    def floats(self) -> bool:
        """Whether its values may be NaN."""
        return self.type in ("DOUBLE", "FLOAT", "REAL")


@dataclass(frozen=True)
class Lit:
    """A literal. Its kind takes part in equality, since Python holds that `1 == True == 1.0`."""

    value: Scalar
    kind: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", type(self.value).__name__)


@dataclass(frozen=True)
class Text:
    """A term as text; the identity on text columns."""

    of: Term


@dataclass(frozen=True)
class Json:
    """A nested value (struct, list, map) as JSON text; dates and the like become text in it."""

    of: Term


@dataclass(frozen=True)
class Length:
    """Number of characters (not bytes) of a text term."""

    of: Term


@dataclass(frozen=True)
class Double:
    """A numeric term as a 64-bit float."""

    of: Term


@dataclass(frozen=True)
class Wide:
    """A whole number in the widest type there is, so that sums of it do not overflow."""

    of: Term


@dataclass(frozen=True)
class Micros:
    """A date, or a timestamp, as whole microseconds since 1970; the moment, where it has a zone."""

    of: Term


@dataclass(frozen=True)
class Arithmetic:
    """`left operator right` of numbers, as SQL computes it; `/` divides as doubles. NULL by zero."""

    operator: Literal["+", "-", "*", "/"]
    left: Term
    right: Term


@dataclass(frozen=True)
class Absolute:
    """A number without its sign."""

    of: Term


@dataclass(frozen=True)
class Overall:
    """An aggregate over the whole relation as a value: the same on every row."""

    of: Aggregate
    source: str = ""


@dataclass(frozen=True)
class Earlier:
    """A value of the rows before this one; NULL on the first.

    Attributes:
        of: what to take from them; rows on which it is NULL are passed over.
        function: `last` for the nearest row before, `max` for the largest of all rows before.
        by: only rows that agree in these; needs an order, since groups keep none.
        order: what "before" means; the order in which rows are stored when empty.
        where: only rows on which it is TRUE.
    """

    of: Term
    function: Literal["last", "max"] = "last"
    by: tuple[Column, ...] = ()
    order: tuple[Term | Descending, ...] = ()
    where: Condition | None = None


@dataclass(frozen=True)
class Descending:
    """A term by which rows are put in order, largest first; it stands in an order only."""

    of: Term


@dataclass(frozen=True)
class SqlTerm:
    """A value written by the suite's author, in the engine's own dialect; checked, never transpiled.

    `$name` in the text, outside quotes, stands for the value of that name.
    """

    text: str
    values: Given = ()


Term: TypeAlias = (
    Column
    | Lit
    | Text
    | Json
    | Length
    | Double
    | Wide
    | Micros
    | Arithmetic
    | Absolute
    | Overall
    | Earlier
    | SqlTerm
)


# --- conditions: TRUE, FALSE or NULL per row --------------------------------------------------------


@dataclass(frozen=True)
class IsNull:
    """Whether a term is NULL. NaN is not NULL."""

    of: Term


@dataclass(frozen=True)
class IsNan:
    """Whether a float term is NaN; NULL for NULL."""

    of: Term


Operator: TypeAlias = Literal["=", "<>", "<", "<=", ">", ">="]


@dataclass(frozen=True)
class Compare:
    """`left operator right`; NULL when a side is NULL."""

    operator: Operator
    left: Term
    right: Term


@dataclass(frozen=True)
class In:
    """Whether a term equals one of the values. An empty tuple is FALSE for every non-null term."""

    of: Term
    values: tuple[Lit, ...]


@dataclass(frozen=True)
class Matches:
    """Whether a regular expression is found anywhere in a text term (search, not full match)."""

    of: Term
    pattern: str


@dataclass(frozen=True)
class Like:
    """Whether a text term matches an SQL LIKE pattern as a whole; letters count as they are.

    Attributes:
        of: a text term.
        pattern: `%` for any text, `_` for one character.
        escape: one character that takes the meaning from the next; None for none.
    """

    of: Term
    pattern: str
    escape: str | None = None


class Check(Protocol):
    """A question about one text that SQL cannot answer. Frozen, and equal by value.

    It is asked once per different value where that is cheaper; it must not depend on anything else.
    """

    def accepts(self, values: Sequence[str]) -> list[bool]:
        """An answer per value; there is no null among them, and none raises."""
        ...

    def __hash__(self) -> int: ...


@dataclass(frozen=True)
class Accepted:
    """Whether a check accepts a text term; NULL for NULL. Computed in Python, so the dearest word."""

    of: Term
    check: Check


@dataclass(frozen=True)
class InDataset:
    """Whether the terms, taken together, stand in another dataset. NULL keys there never match.

    Attributes:
        of: terms of this relation; the row must have no NULL among them to be judged.
        source: name of the other dataset, as the suite calls it.
        keys: columns over there, as many as terms.
    """

    of: tuple[Column, ...]
    source: str
    keys: tuple[Column, ...]


@dataclass(frozen=True)
class Repeated:
    """Whether the row's key stands in more than one row of the relation (within a filter).

    NULL in any key column: not repeated, as SQL's `=` has it.
    """

    of: tuple[Column, ...]
    where: Condition | None = None


@dataclass(frozen=True)
class DiffersFrom:
    """Whether the row has no equal in another dataset, where it is looked up by its key; never NULL.

    NULL equals NULL. A key that stands in several rows, here or there, has no equal.

    Attributes:
        key: columns here that identify a row.
        values: what is compared besides.
        source: name of the other dataset.
        other_key: columns over there, as many as in `key`.
        other_values: terms over there, as many as `values`.
        absolute: for each value the largest difference that is none; None where it must be exact.
        relative: the same as a share of the value over there.
        where: only these rows take part.
        other_where: only these rows over there take part.
        absent: whether a row whose key is not over there counts as one without an equal.
    """

    key: tuple[Column, ...]
    values: tuple[Term, ...]
    source: str
    other_key: tuple[Column, ...]
    other_values: tuple[Term, ...]
    absolute: tuple[Scalar, ...]
    relative: tuple[Scalar, ...]
    where: Condition | None = None
    other_where: Condition | None = None
    absent: bool = True


@dataclass(frozen=True)
class IsTrue:
    """Whether a condition is TRUE; FALSE where it is NULL, so never NULL."""

    of: Condition


@dataclass(frozen=True)
class Not:
    """Negation; NULL stays NULL."""

    of: Condition


@dataclass(frozen=True)
class And:
    """Conjunction; an empty one is TRUE."""

    of: tuple[Condition, ...]


@dataclass(frozen=True)
class Or:
    """Disjunction; an empty one is FALSE."""

    of: tuple[Condition, ...]


@dataclass(frozen=True)
class SqlCondition:
    """A boolean expression written by the suite's author, in the engine's own dialect; see `SqlTerm`."""

    text: str
    values: Given = ()


Given: TypeAlias = "tuple[tuple[str, Column | Lit | tuple[Lit, ...]], ...]"
"""Names in author's SQL and what they stand for: a column, a literal, a list of literals."""

Condition: TypeAlias = (
    IsNull
    | IsNan
    | Compare
    | In
    | Matches
    | Like
    | Accepted
    | InDataset
    | Repeated
    | DiffersFrom
    | IsTrue
    | Not
    | And
    | Or
    | SqlCondition
)


def both(*conditions: Condition | None) -> Condition | None:
    """The conjunction of those that are given; None when none is."""
    given = tuple(c for c in conditions if c is not None)
    if len(given) < 2:
        return given[0] if given else None
    return And(given)


Word: TypeAlias = Term | Condition | Aggregate
