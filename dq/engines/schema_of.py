"""The schema of some data, in the form in which it is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from dq.errors import DataError


def schema_of(data: Any, partition: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Types by column, in the order of the data, as `expect_schema_to_match` takes them under `columns`.

    Args:
        data: path, glob or folder, also on S3; pandas, polars or Arrow table; DuckDB relation.
        partition: the slice to look at, e.g. `{"date": "2013-02-08"}`; None for everything.

    Returns:
        Canonical types, e.g. `BIGINT`; `NULL` for a column that holds nothing but nulls and has no type.

    Raises:
        DataError: the data cannot be read, or holds no file.
        UsageError: data of an unknown kind.
    """
    from dq.config import load_config
    from dq.engines.duckdb import DuckDBEngine
    from dq.lake.manifest import Partition
    from dq.lake.opening import open_source
    from dq.lake.source import is_elsewhere

    aws = load_config().aws if is_elsewhere(data) else None
    source = open_source(data, Partition.of(partition), aws=aws)
    with closing(DuckDBEngine({"": source})) as engine:
        schema = engine.schema()
    if schema is None:
        raise DataError(f"{source.location}: there is no file, so there is no schema")
    return {column.name: column.type.strip('"') for column in schema.columns}


def recorded(columns: Mapping[str, str], location: str) -> str:
    """A schema as the YAML text of a file to keep.

    Args:
        columns: as `schema_of` gives them.
        location: where they come from, for the heading.
    """
    import io

    from ruamel.yaml import YAML

    out = io.StringIO()
    writer = YAML()
    writer.width = 10_000
    writer.dump({"columns": dict(columns)}, out)
    heading = " ".join(location.split())
    return f"# Schema of {heading}, for the expectation `schema`.\n{out.getvalue()}"
