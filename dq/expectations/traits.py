"""What the reference tells of an expectation besides its description: what it costs, its name elsewhere."""

from __future__ import annotations

from enum import Enum
from typing import Literal, TypeAlias


class Cost(str, Enum):
    """What it takes to answer an expectation, from cheap to dear. The value is the word in the reference.

    A class declares the dearest that it may need; a test compares that with what its example asks for.
    """

    SCHEMA = "schema"
    METADATA = "metadata"
    SCAN = "scan"
    PASSES = "two scans"
    VALUES = "values"
    GROUPING = "grouping"
    ORDERING = "ordering"
    JOIN = "join"
    OUTSIDE = "outside"
    QUERY = "own query"


_MEANINGS = {
    Cost.SCHEMA: "Names and types of the columns. No row is read.",
    Cost.METADATA: "Parquet footers, where they prove it and no filter is set; else as *scan*.",
    Cost.SCAN: "Aggregates in a SELECT that is shared with other expectations.",
    Cost.PASSES: "A query of its own that reads the column twice, which keeps the last digits.",
    Cost.VALUES: "The different values of a column, each with its count.",
    Cost.GROUPING: "A query of its own that groups by the keys; less where uniqueness can be proved cheaper.",
    Cost.ORDERING: "A query of its own that puts the rows in order, or looks at neighbours.",
    Cost.JOIN: "A second dataset is read as well and matched by key.",
    Cost.OUTSIDE: "Values leave the engine and are judged in Python; each different value once, if possible.",
    Cost.QUERY: "What the author of the suite wrote.",
}


def meaning(cost: Cost) -> str:
    """A cost in a sentence or two."""
    return _MEANINGS[cost]


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
