"""Where dq answers otherwise than Great Expectations did in a recording, and why."""

from __future__ import annotations

IMPOSSIBLE = "arguments that no data can meet are refused when the suite is loaded"
NO_SUCH_TYPE = "a type name that nothing knows is refused when the suite is loaded"
NULL_ARGUMENT = "an argument that is null leaves an expectation untested, whatever the data"
SQL_SYNONYM = "INT is INTEGER, as in SQL; Great Expectations compares the words"
STORED_ONCE = "a type has one name in the data as stored, whatever pandas or the recording called it"
SQL_QUANTILE = "quantiles follow SQL's percentile_disc, pandas takes the nearest rank"
TYPE_OF_COLUMN = "types are those of the column; pandas looks at each value of an object column"
ANY_PARSER = "a condition that is valid SQL is taken as such, whatever parser or engine the suite names"
SQL_TYPES = "names of SQL's, Arrow's and Spark's types are known on any data; pandas knows its own only"
LIKE_ON_ALL = "LIKE patterns are matched on every kind of data; pandas has none in Great Expectations"
SQL_ON_ALL = "a query runs on every kind of data, also where Great Expectations has no engine for it"
TEXT_AND_NUMBERS = "SQL compares text with a number after turning it into one; pandas finds them different"
MIXED = "a column that mixes numbers and text, which no table of a lake has; it is not asked"

REASONS: dict[str, tuple[str, ...]] = {
    IMPOSSIBLE: ("gx01025", "gx01101", "gx01438"),
    NO_SUCH_TYPE: ("gx01246",),
    NULL_ARGUMENT: ("gx01463",),
    SQL_SYNONYM: ("gx00268",),
    TEXT_AND_NUMBERS: ("gx01176",),
}  # fmt: skip
"""Ids of cases that Great Expectations answered and dq answers otherwise, by reason."""

NOT_APPLICABLE: dict[str, tuple[str, ...]] = {
    STORED_ONCE: ("gx00257", "gx00260", "gx00263", "gx00269"),
    SQL_QUANTILE: ("gx01022", "gx01023", "gx01024"),
    TYPE_OF_COLUMN: ("gx01200",),
    ANY_PARSER: ("gx00701", "gx01109", "gx01118", "gx01178"),
    SQL_TYPES: (
        "gx01188", "gx01191", "gx01192", "gx01193", "gx01195", "gx01198", "gx01201", "gx01202", "gx01203",
        "gx01229", "gx01233", "gx01234", "gx01235", "gx01237", "gx01240",
    ),
    LIKE_ON_ALL: tuple(f"gx{case:05}" for case in (*range(1262, 1292), *range(1346, 1365))),
    SQL_ON_ALL: ("gx01478", "gx01479"),
    MIXED: (
        "gx01136", "gx01137", "gx01138", "gx01148", "gx01149", "gx01150", "gx01388", "gx01390", "gx01392",
    ),
}  # fmt: skip
"""Ids of cases that say nothing about dq, by reason.

Great Expectations had no answer on that engine, its engine follows a rule that dq does not (the recording
marks most of these), or the data is no table.
"""

DEVIATIONS = {
    case: reason for reasons in (REASONS, NOT_APPLICABLE) for reason in reasons for case in reasons[reason]
}
"""Reason by case id."""
