"""What the reference tells of an expectation besides its description: what it costs, its name elsewhere."""

from __future__ import annotations

from enum import Enum
from typing import Literal, TypeAlias


class Cost(str, Enum):
    """What it takes to answer an expectation, from cheap to dear. The value is the word in the reference.

    A class declares the dearest that it may need; a test compares that with the metrics of its example.
    """

    SCHEMA = "schema"
    """Names and types of the columns; no row is read."""
    METADATA = "metadata"
    """Parquet footers, where their statistics are exact and no filter is set; otherwise as `scan`."""
    SCAN = "scan"
    """A few aggregates in a SELECT that is shared with other expectations."""
    VALUES = "values"
    """The different values of a column, each with its count."""
    GROUPING = "grouping"
    """A query of its own that groups by the keys."""
    ORDERING = "ordering"
    """A query of its own that puts the rows in order."""
    JOIN = "join"
    """A second dataset is read as well and matched by key."""
    OUTSIDE = "outside"
    """Values leave the engine and are judged in Python, distinct values where that is possible."""
    QUERY = "own query"
    """What the suite's author wrote."""


Tool: TypeAlias = Literal["gx", "dqdl", "soda", "dbt", "deequ"]

TOOLS: dict[Tool, str] = {
    "gx": "Great Expectations",
    "dqdl": "AWS Glue DQDL",
    "soda": "Soda",
    "dbt": "dbt",
    "deequ": "Deequ",
}
"""The tools whose names the reference knows, with their names in full."""

ALTERNATIVE = "; "
"""What stands between several names of one tool in `Expectation.equivalents`."""
