"""Where dq answers otherwise than Great Expectations did in a recording, and why."""

from __future__ import annotations

TYPE_NAMES = "SQL, Arrow and Spark names of types are all known; pandas' object is not"
STORED_TYPE = "SQLite's INTEGER holds 64 bits and is BIGINT in Arrow; dq's INTEGER has 32"
SQL_QUANTILE = "the SQL rule, percentile_disc, where pandas takes the nearest rank"
IMPOSSIBLE = "impossible or missing arguments are refused when the suite is loaded"
PANDAS_FILTER = "a filter in pandas' language is refused unless it reads the same in SQL"
ANY_PARSER = "a condition that is valid SQL is taken as such, whatever parser or engine the suite names"
PARAMETER = "a parameter is a plain name; what it stands for is computed by the caller"
QUOTED = "a column name is a name: quotation marks belong to it"
LIKE_ON_ALL = "LIKE patterns are matched on every kind of data; pandas has none in Great Expectations"
SQL_ON_ALL = "a query runs on every kind of data, also where Great Expectations has no engine for it"

REASONS: dict[str, tuple[str, ...]] = {
    TYPE_NAMES: (
        "gx01188", "gx01191", "gx01192", "gx01193", "gx01195", "gx01198", "gx01201", "gx01202", "gx01203",
        "gx01229", "gx01233", "gx01234", "gx01235", "gx01237", "gx01240", "gx01241", "gx01242", "gx01243",
        "gx01245", "gx01246",
    ),
    STORED_TYPE: ("gx00391", "gx00752"),
    SQL_QUANTILE: ("gx01022", "gx01023", "gx01024"),
    IMPOSSIBLE: (
        "gx01025", "gx01101", "gx01204", "gx01438", "gx01452", "gx01463", "gx01464",
    ),
    PANDAS_FILTER: (
        "gx00664", "gx00665", "gx00667", "gx00668", "gx01116", "gx01117", "gx01148", "gx01176", "gx01409",
    ),
    ANY_PARSER: ("gx00701", "gx01109", "gx01178"),
    PARAMETER: ("gx00973", "gx01151", "gx01152", "gx01153", "gx01154", "gx01155", "gx01156"),
    QUOTED: ("gx00623",),
    LIKE_ON_ALL: tuple(f"gx{case:05}" for case in (*range(1262, 1292), *range(1346, 1365))),
    SQL_ON_ALL: ("gx01478", "gx01479"),
}  # fmt: skip
"""Case ids by reason."""

MIXED = (
    "gx01136", "gx01137", "gx01138", "gx01149", "gx01150", "gx01388", "gx01390", "gx01392",
)  # fmt: skip
"""Cases on a column that mixes numbers and text, which no table of a lake has; they are not asked."""

DEVIATIONS = {case: reason for reason, ids in REASONS.items() for case in ids}
"""Reason by case id."""
