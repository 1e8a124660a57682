"""The checks of the benchmark, said once and neutrally, so that every runner answers the same questions.

Each check has a stable `id`. A runner reports one finding per id, and `benchmarks.agree` compares them.
Only the standard library is imported, and the checks are tuples: the list must cost a runner next to nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal, NamedTuple, TypeAlias

Number: TypeAlias = int | float | dt.datetime
Function = Literal["mean", "median", "stdev", "distinct_count", "sum", "max"]


class RowCount(NamedTuple):
    """The table has `low` to `high` rows."""

    id: str
    low: int
    high: int


class Schema(NamedTuple):
    """The table has exactly these columns, in this order, with these DuckDB types."""

    id: str
    columns: tuple[tuple[str, str], ...]


class NotNull(NamedTuple):
    """At least the fraction `mostly` of the column is not null."""

    id: str
    column: str
    mostly: float = 1.0


class Unique(NamedTuple):
    """No two rows share the values of these columns. Every row of a shared value counts as unexpected."""

    id: str
    columns: tuple[str, ...]


class InSet(NamedTuple):
    """Non-null values are among `values`."""

    id: str
    column: str
    values: tuple[str, ...]


class Between(NamedTuple):
    """Non-null values lie in `low` to `high`, both included."""

    id: str
    column: str
    low: Number
    high: Number


class Matches(NamedTuple):
    """The regular expression is found in every non-null value."""

    id: str
    column: str
    pattern: str


class Length(NamedTuple):
    """Non-null values are `length` characters long."""

    id: str
    column: str
    length: int


class Aggregate(NamedTuple):
    """One number over the whole column lies in `low` to `high`; a `high` of None is open."""

    id: str
    column: str
    function: Function
    low: Number
    high: Number | None


class PairGreater(NamedTuple):
    """In every row `column` is at least `other`; a null on either side is no failure."""

    id: str
    column: str
    other: str


class Parses(NamedTuple):
    """Non-null text can be read as this DuckDB type."""

    id: str
    column: str
    type: str


class References(NamedTuple):
    """Non-null values occur in the column `key` of the other dataset."""

    id: str
    column: str
    dataset: str
    key: str


class Satisfies(NamedTuple):
    """Every row makes the SQL condition true or null."""

    id: str
    column: str
    condition: str


Check: TypeAlias = (
    RowCount
    | Schema
    | NotNull
    | Unique
    | InSet
    | Between
    | Matches
    | Length
    | Aggregate
    | PairGreater
    | Parses
    | References
    | Satisfies
)

PER_ROW = (NotNull, InSet, Between, Matches, Length, PairGreater, Parses, References, Satisfies)
"""Kinds that every row meets or breaks by itself."""

COLUMNS = (
    ("order_id", "BIGINT"),
    ("order_uuid", "VARCHAR"),
    ("customer_id", "INTEGER"),
    ("vendor_id", "INTEGER"),
    ("status", "VARCHAR"),
    ("currency", "VARCHAR"),
    ("country", "VARCHAR"),
    ("email", "VARCHAR"),
    ("promo_code", "VARCHAR"),
    ("created_at", "TIMESTAMP"),
    ("updated_at", "TIMESTAMP"),
    ("ship_date", "DATE"),
    ("quantity", "INTEGER"),
    ("unit_price", "DECIMAL(10,2)"),
    ("discount", "DOUBLE"),
    ("score", "DOUBLE"),
    ("rating", "SMALLINT"),
    ("is_gift", "BOOLEAN"),
    ("postal_txt", "VARCHAR"),
    ("note", "VARCHAR"),
    ("order_date", "DATE"),
)
"""Name and DuckDB type of every column; `order_date` is the partition column, last as DuckDB reads it."""

READ = tuple(name for name, _ in COLUMNS if name not in {"is_gift", "note", "order_date"})
"""Columns that the 31 checks read from the files; `order_date` is in the folder names."""

SIZE = 31
"""Checks in the usual list."""

STATUSES = ("placed", "paid", "shipped", "delivered", "cancelled", "returned")
CURRENCIES = ("EUR", "USD", "GBP", "CHF")
# fmt: off
COUNTRIES = (
    "AT", "BE", "CH", "DE", "DK", "ES", "FI", "FR", "GB", "IE",
    "IT", "LU", "NL", "NO", "PL", "PT", "SE", "US", "CA", "MX",
    "BR", "JP", "KR", "AU", "NZ", "IN", "SG", "ZA", "GR", "CZ",
)
# fmt: on
EMAIL = r"^[a-z0-9._]+@[a-z0-9.-]+\.[a-z]{2,}$"
PROMO_CODE = r"^[A-Z]{2}-[0-9]{6}$"
FIRST_DAY = dt.datetime(2026, 10, 24)
LAST_DAY = dt.datetime(2026, 11, 22)
DAY_AFTER = dt.datetime(2026, 11, 23)

FAILING = frozenset(
    {
        "order_id-unique",
        "status-in_set",
        "quantity-between",
        "score-between",
        "email-regex",
        "promo_code-regex",
        "updated_at-pair_greater",
        "vendor_id-references",
    }
)
"""What fails of the 31 checks on the failing data."""


def checks(rows: int, size: int = 31) -> tuple[Check, ...]:
    """The checks of a table of `rows` rows. Names, order and types of the columns count as one check.

    Args:
        rows: of the table; some bounds depend on it.
        size: 31, or 100 for these and 69 more.
    """
    first = (*_table_checks(rows), *_row_checks(), *_aggregate_checks(rows))
    if size == SIZE:
        return first
    from benchmarks.hundred import more

    return (*first, *more(rows))


def failing(size: int = SIZE) -> frozenset[str]:
    """The ids that fail on the failing data, given rows enough for every planted fault (a million)."""
    if size == SIZE:
        return FAILING
    from benchmarks import hundred

    return FAILING | hundred.FAILING


def _table_checks(rows: int) -> tuple[Check, ...]:
    return (
        RowCount("table-row_count", int(rows * 0.9), int(rows * 1.1)),
        Schema("table-schema", COLUMNS),
        Unique("order_id-unique", ("order_id",)),
        Unique("customer_created-unique", ("customer_id", "created_at")),
    )


def _row_checks() -> tuple[Check, ...]:
    required = ("order_id", "customer_id", "email", "created_at", "unit_price")
    return (
        *(NotNull(f"{column}-not_null", column) for column in required),
        NotNull("rating-not_null", "rating", mostly=0.99),
        InSet("status-in_set", "status", STATUSES),
        InSet("currency-in_set", "currency", CURRENCIES),
        InSet("country-in_set", "country", COUNTRIES),
        Between("quantity-between", "quantity", 1, 20),
        Between("unit_price-between", "unit_price", 0, 100_000),
        Between("discount-between", "discount", 0, 1),
        Between("score-between", "score", -100, 200),
        Between("created_at-between", "created_at", FIRST_DAY, DAY_AFTER),
        Matches("email-regex", "email", EMAIL),
        Matches("promo_code-regex", "promo_code", PROMO_CODE),
        Length("order_uuid-length", "order_uuid", 36),
        PairGreater("updated_at-pair_greater", "updated_at", "created_at"),
        Parses("postal_txt-parses", "postal_txt", "INTEGER"),
        References("vendor_id-references", "vendor_id", "vendors", "vendor_id"),
        Satisfies("table-satisfy", "ship_date", "ship_date > order_date AND unit_price * quantity < 1000000"),
    )


def _aggregate_checks(rows: int) -> tuple[Check, ...]:
    return (
        Aggregate("unit_price-mean", "unit_price", "mean", 20, 26),
        Aggregate("unit_price-median", "unit_price", "median", 10, 15),
        Aggregate("score-stdev", "score", "stdev", 13, 17),
        Aggregate("vendor_id-distinct_count", "vendor_id", "distinct_count", 400, 520),
        Aggregate("quantity-sum", "quantity", "sum", 5 * rows, 6 * rows),
        Aggregate("created_at-max", "created_at", "max", LAST_DAY, None),
    )
