"""Hive partitions as prefixes: `s3://lake/orders/date=2026-02-01/`."""

from __future__ import annotations

from urllib.parse import quote

from dq.aws.address import Address
from dq.aws.s3 import S3
from dq.aws.threads import each
from dq.lake.local.hive import component, pair
from dq.lake.manifest import Partition


def partitions(s3: S3, table: Address) -> tuple[Partition, ...]:
    """Every partition below a table's prefix, sorted; `(Partition(),)` for a table without partitions.

    One request for each prefix above the innermost partition column, and three to know that it is the
    innermost. A table without objects has none; a prefix beside partitions that ends before the innermost
    column is no partition.

    Raises:
        Forbidden: `s3:ListBucket` is missing.
    """
    level = [(Partition(), table)]
    inside = _below(s3, *level[0])
    while inside:
        level = inside
        probes = {0, len(level) // 2, len(level) - 1}
        inner = any(_below(s3, *level[number]) for number in probes)
        inside = [one for found in each(lambda at: _below(s3, *at), level) for one in found] if inner else []
    if level == [(Partition(), table)] and next(iter(s3.list(table.folder)), None) is None:
        return ()
    return tuple(sorted((partition for partition, _ in level), key=lambda one: one.values))


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


def _below(s3: S3, partition: Partition, at: Address) -> list[tuple[Partition, Address]]:
    named = ((pair(name), name) for name in s3.folders(at))
    return [(Partition((*partition.values, value)), at / name) for value, name in named if value]
