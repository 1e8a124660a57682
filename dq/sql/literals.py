"""Values of a suite as literals of SQL, the same in every dialect."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from dq.errors import UnsupportedMetric

if TYPE_CHECKING:
    from sqlglot.expressions import Expr as Node

    from dq.sql.words import Scalar


def literal_node(value: Scalar) -> Node:
    """A literal with its exact value and an explicit type where SQL would guess.

    Raises:
        UnsupportedMetric: there is no literal for values of that type.
    """
    match value:
        case None:
            return exp.null()
        case bool():
            return exp.true() if value else exp.false()
        case int():
            return exp.Literal.number(value)
        case float():
            if math.isfinite(value):
                return exp.cast(exp.Literal.string(repr(value)), "DOUBLE")
            special = "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
            return exp.cast(exp.Literal.string(special), "DOUBLE")
        case Decimal():
            return exp.Literal.number(format(value, "f"))
        case dt.datetime():
            kind = "TIMESTAMPTZ" if value.tzinfo else "TIMESTAMP"
            return exp.cast(exp.Literal.string(value.isoformat(sep=" ")), kind)
        case dt.date():
            return exp.cast(exp.Literal.string(value.isoformat()), "DATE")
        case dt.time():
            return exp.cast(exp.Literal.string(value.isoformat()), "TIME")
        case str():
            return exp.Literal.string(value)
    raise UnsupportedMetric(f"a {type(value).__name__} cannot be written as a literal")
