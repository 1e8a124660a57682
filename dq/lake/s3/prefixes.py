"""Hive partitions as prefixes: `s3://lake/orders/date=2026-02-01/`."""

from __future__ import annotations

import itertools
from urllib.parse import quote

from dq.aws.address import Address
from dq.aws.s3 import S3
from dq.lake.local.hive import component, pair
from dq.lake.manifest import Partition, Values


def partitions(s3: S3, table: Address) -> tuple[Partition, ...]:
    """Every partition below a table's prefix, sorted; `(Partition(),)` for a table without partitions.

    One listing of the table, a request per thousand objects: prefixes alone would be fewer requests, but some
    servers list those of objects that are no longer there. A table without objects has none; what lies above
    the innermost partition column is in no partition.

    Raises:
        Forbidden: `s3:ListBucket` is missing.
    """
    found: set[Values] = set()
    for one in s3.list(table.folder):
        if one.size or not one.key.endswith("/"):
            found.add(_values(one.key[len(table.folder.key) :]))
    columns = {tuple(column for column, _ in values) for values in found}
    outer = {names[:depth] for names in columns for depth in range(len(names))}
    whole = [values for values in found if tuple(column for column, _ in values) not in outer]
    return tuple(Partition(values) for values in sorted(whole))


def address(s3: S3, table: Address, partition: Partition) -> Address:
    """The prefix of a partition, whatever way its writer escaped the values.

    Where there is none yet, the escaped name is answered. Values without special characters are written in
    only one way and cost no request.
    """
    here = table.folder
    for column, value in partition.values:
        exact = component(column, value)
        if quote(value, safe="") != value or quote(column, safe="") != column:
            names = s3.folders(here)
            if exact not in names:
                exact = next((name for name in names if pair(name) == (column, value)), exact)
        here = (here / exact).folder
    return here


def _values(path: str) -> Values:
    named = (pair(name) for name in path.split("/")[:-1])
    return tuple(value for value in itertools.takewhile(lambda value: value is not None, named) if value)
