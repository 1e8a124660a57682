"""Tables in memory, of whichever library, as Arrow tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dq.errors import DataError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_table(data: Any) -> pa.Table:
    """Any frame as an Arrow table, recognised by its module so that no library is imported in vain.

    Args:
        data: pandas, polars or Arrow table; DuckDB relation.

    Raises:
        DataError: a pandas column mixes types.
        UsageError: the kind of data is not known.
    """
    family = type(data).__module__.split(".")[0]
    import pyarrow as pa

    if isinstance(data, pa.Table):
        return data
    if isinstance(data, pa.RecordBatch):
        return pa.Table.from_batches([data])
    if isinstance(data, pa.RecordBatchReader):
        return data.read_all()
    if family == "pandas" and hasattr(data, "columns"):
        try:
            return pa.Table.from_pandas(data, preserve_index=False)
        except pa.ArrowException as error:  # its text may quote a value, so only the column is passed on
            columns = [str(c) for c in data.columns if str(getattr(data[c], "dtype", "")) == "object"]
            raise DataError(
                f"the pandas frame cannot be read: a column mixes types, one of {', '.join(columns)}; "
                "give it one type, e.g. by astype(str)"
            ) from error
    if family == "polars" and hasattr(data, "collect"):
        data = data.collect()
    if family == "polars" and hasattr(data, "to_arrow"):
        table: pa.Table = data.to_arrow()
        return table
    if family in ("duckdb", "_duckdb"):
        fetch = getattr(data, "to_arrow_table", None) or getattr(data, "fetch_arrow_table", None)
        if fetch is not None:
            fetched: pa.Table = fetch()
            return fetched
    raise UsageError(
        f"cannot read a {type(data).__module__}.{type(data).__qualname__}; expected a path, a pandas, polars "
        "or Arrow table, or a DuckDB relation"
    )
