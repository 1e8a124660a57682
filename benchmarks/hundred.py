"""69 more checks, so that there are 100: the same kinds on other columns and with other bounds.

Long suites look like this: every column has its nulls, ranges and patterns looked at. No uniqueness is added,
the costliest kind of all, so what is measured is how the number of checks counts, not their weight.
"""

from __future__ import annotations

from benchmarks import checks as c

SIZE = 100

FAILING = frozenset(
    {
        "quantity-between-1",
        *(f"score-between-{step}" for step in (1, 2, 3, 4)),
        *(f"vendor_id-between-{step}" for step in (1, 2, 3, 4)),
        *(f"status-in_set-{step}" for step in (1, 2, 3)),
        "promo_code-regex-2",
        "promo_code-length",
        "email-regex-2",
    }
)
"""What fails on the failing data beside what fails of the first 31."""

_COVERED = ("order_id", "customer_id", "email", "created_at", "unit_price", "rating")
_RANGES = (
    ("quantity", 1, 20),
    ("unit_price", 0, 100_000),
    ("discount", 0, 1),
    ("score", -100, 200),
    ("rating", 1, 5),
    ("customer_id", 1, 900_000),
    ("vendor_id", 1, 500),
)
_SETS = (("status", c.STATUSES), ("currency", c.CURRENCIES), ("country", c.COUNTRIES))
_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$"


def more(rows: int) -> tuple[c.Check, ...]:
    """The checks from the 32nd to the 100th of a table of `rows` rows."""
    never_null = [name for name, _ in c.COLUMNS if name not in (*_COVERED, "note")]
    return (
        *(c.NotNull(f"{name}-not_null", name) for name in never_null),
        *(c.NotNull(f"{name}-not_null-mostly", name, mostly=0.999) for name in _COVERED if name != "rating"),
        *(
            c.Between(f"{name}-between-{step}", name, low - step, high + step)
            for step in (1, 2, 3, 4)
            for name, low, high in _RANGES
        ),
        *(
            c.InSet(f"{name}-in_set-{step}", name, (*values, *(f"{name} {i}" for i in range(step))))
            for step in (1, 2, 3)
            for name, values in _SETS
        ),
        *_texts(),
        c.Aggregate("score-mean", "score", "mean", 45, 55),
        c.Aggregate("discount-mean", "discount", "mean", 0.1, 0.3),
        c.Aggregate("discount-stdev", "discount", "stdev", 0.1, 0.13),
        c.Aggregate("score-median", "score", "median", 45, 55),
        c.Aggregate("rating-sum", "rating", "sum", 2 * rows, 4 * rows),
        c.Aggregate("country-distinct_count", "country", "distinct_count", 20, 40),
    )


def _texts() -> tuple[c.Check, ...]:
    return (
        c.Matches("order_uuid-regex", "order_uuid", _UUID),
        c.Matches("postal_txt-regex", "postal_txt", r"^[0-9]{6}$"),
        c.Matches("promo_code-regex-2", "promo_code", r"^[A-Z]+-[0-9]+$"),
        c.Matches("email-regex-2", "email", r"^user[0-9]+@"),
        c.Length("promo_code-length", "promo_code", 9),
        c.Length("currency-length", "currency", 3),
        c.Length("country-length", "country", 2),
    )
