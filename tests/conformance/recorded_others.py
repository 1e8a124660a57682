"""The other tables of a recorded case, which the recording itself leaves out.

They are made again from what Great Expectations reported: a number of rows, or the rows that differ.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from sqlglot import exp

_ROWS = "expect_table_row_count_to_equal_other_table"
_QUERIES = "expect_query_results_to_match_comparison"


def needed(case: dict[str, Any]) -> bool:
    """Whether a case speaks of another table."""
    return case["expectation_type"] in (_ROWS, _QUERIES)


def datasets(expectation: Any, case: dict[str, Any], data: pa.Table, folder: Path) -> dict[str, str]:
    """The other tables by name, written into a folder; none where nothing is known of them."""
    result = case["gx"]["result"] or {}
    if case["expectation_type"] == _ROWS:
        rows = (result.get("observed_value") or {}).get("other")
        counted = None if rows is None else pa.table({"row": list(range(rows))})
        return _written({expectation.other_table_name: counted}, folder)
    names = _columns(expectation.comparison_query)
    found = sqlglot.parse_one(expectation.comparison_query).find(exp.Table)
    table: pa.Table | None = data
    if names and "details" in result:
        table = _compared(expectation.base_query, names, result["details"], data)
    elif not set(names) <= set(data.column_names):
        table = None
    source = expectation.comparison_data_source_name
    return _written({source: table, (found.name if found else source): table}, folder)


def _compared(base: str, names: list[str], details: dict[str, Any], data: pa.Table) -> pa.Table:
    """What the comparison query returned: the rows of the base query, but for those that differ."""
    picked = _columns(base.replace("{batch}", "batch"))
    rows = Counter(tuple(row[name] for name in picked) for row in data.to_pylist())
    rows -= Counter(tuple(row.values()) for row in details["unexpected_rows"])
    rows += Counter(tuple(row.values()) for row in details["missing_rows"])
    left = list(rows.elements())
    return pa.table({name: [row[i] for row in left] for i, name in enumerate(names)})


def _columns(query: str) -> list[str]:
    """The columns that a query names, without a star."""
    parsed = sqlglot.parse_one(query)
    selected = parsed.selects if isinstance(parsed, exp.Query) else []
    return [column.name for column in selected if not isinstance(column, exp.Star)]


def _written(tables: dict[str, pa.Table | None], folder: Path) -> dict[str, str]:
    paths = {}
    for i, (name, table) in enumerate(tables.items()):
        if table is not None:
            paths[name] = str(folder / f"{i}.parquet")
            pq.write_table(table, paths[name])
    return paths
