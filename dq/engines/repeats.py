"""Uniqueness by sorting: codes of all keys in one array, neighbours compared.

A code is a whole number of 64 bits, equal for equal keys. Where no code repeats, no key does, which is a
proof. Where some do, the keys behind them are grouped and counted exactly, so that two keys that merely
share a code never count as repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from dq.engines.base import Engine
from dq.lake.source import TableSource
from dq.metrics import Duplicates, State
from dq.plan import Question
from dq.sql import queries
from dq.sql import words as w

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SUSPECTS = "dq repeated codes"
_WRITTEN_OUT = 20_000
"""Repeated codes up to which they stand in the text of the query: an Arrow table costs the import of pyarrow
and, by DuckDB's own doing, of pandas, together half a second."""
_MOST_SUSPECTS = 2_000_000
"""Repeated codes beyond which grouping everything is no dearer."""


def by_sorting(metric: Duplicates, question: Question, engine: Engine) -> State | None:
    """The state of a uniqueness metric; None when so many codes repeat that plain grouping is as good.

    Args:
        metric: key and filter.
        question: says in how many parts, to bound memory at 8 bytes per key of a part.
        engine: hands over the codes.

    Raises:
        EngineError: a query failed.
        UnsupportedMetric: the engine's dialect has no codes.
    """
    import numpy as np

    found = []
    for part in range(question.parts):
        query = queries.key_codes(engine.render, metric.source, metric.of, metric.where, part, question.parts)
        codes = engine.codes(query)
        codes.sort()
        found.append(np.unique(codes[1:][codes[1:] == codes[:-1]]))
    if sum(map(len, found)) == 0:
        return (0, 0, ())
    if sum(map(len, found)) > _MOST_SUSPECTS:
        return None
    repeated = w.Repeated(metric.of, metric.where)
    suspects = _relation_of(np.concatenate(found), engine)
    ((rows, keys, sample),) = engine.rows(
        queries.duplicates(engine.render, metric.source, repeated, suspects)
    )
    return (rows, keys, tuple(sample or ()))


def _relation_of(codes: NDArray[Any], engine: Engine) -> exp.Select:
    """A query with the codes as its only column."""
    if len(codes) <= _WRITTEN_OUT:
        kind = "UBIGINT" if codes.dtype.kind == "u" else "BIGINT"
        return queries.numbers_given(engine.render, codes.tolist(), kind)
    import pyarrow as pa

    engine.add(_SUSPECTS, TableSource(pa.table({"code": codes}), "repeated codes"))
    return exp.select(exp.column("code")).from_(engine.render.table(_SUSPECTS))
