"""How many rows break each check, from the recipe of the orders table and not from its files.

`python -m benchmarks.truth ROWS KIND` prints the counts as JSON. Checks that are not named have none.
"""

from __future__ import annotations

import json
import sys

from benchmarks.orders import Kind

NULL_RATINGS = "rating-not_null"
_COUNTS = """
SELECT count_if(h(i, 20) % 200 = 0) AS "rating-not_null",
       count_if($1 AND hash(i * 17 + 2) % 20000 = 0) AS "vendor_id-references",
       count_if($1 AND hash(i * 17 + 3) % 10000 = 0) AS "status-in_set",
       count_if($1 AND hash(i * 17 + 4) % 5000 = 0) AS "email-regex",
       count_if($1 AND hash(i * 17 + 5) % 20000 = 0) AS "promo_code-regex",
       count_if($1 AND hash(i * 17 + 6) % 10000 = 0) AS "updated_at-pair_greater",
       count_if($1 AND hash(i * 17 + 7) % 25000 = 0) AS "quantity-between",
       count_if($1 AND hash(i * 17 + 8) % 30000 = 0) AS "score-between",
       -- A spoiled id is that of the row before, unless that row is spoiled too and has moved on.
       2 * count_if($1 AND i > 0 AND hash(i * 17 + 1) % 50000 = 0
                    AND hash((i - 1) * 17 + 1) % 50000 <> 0) AS "order_id-unique"
FROM range($2) t(i)
"""


def unexpected(rows: int, kind: Kind) -> dict[str, int]:
    """Rows that break a check, by id of the checks that are broken; `rating` has nulls that are allowed."""
    import duckdb

    with duckdb.connect() as con:
        con.execute("CREATE TEMP MACRO h(i, stream) AS hash(i * 31 + stream)")
        cursor = con.execute(_COUNTS, [kind == "failing", rows])
        names = [column[0] for column in cursor.description or ()]
        counts = cursor.fetchall()[0]
    return {name: count for name, count in zip(names, counts, strict=True) if count}


def main(arguments: list[str]) -> int:
    """`ROWS KIND`."""
    rows, kind = arguments
    print(json.dumps(unexpected(int(rows), kind)))  # type: ignore[arg-type]  # a word of the command line
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
