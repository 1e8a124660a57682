"""Tables on S3 whose folders are named `column=value`: their columns, and listings of one partition only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from dq.aws.address import Address
from dq.aws.s3 import S3, Listed
from dq.lake.manifest import Partition
from dq.lake.s3.inventory import is_hidden

_AS_IT_IS = re.compile(r"[A-Za-z0-9_.~-]*")
"""No writer of partitions encodes these (RFC 3986, unreserved)."""
_SKIPPED = 1000
_LAST = "\U0010ffff"
"""Sorts behind every other character of a key."""


def values_in(key: str) -> dict[str, str]:
    """Partition values that the folders of a key name, from the outermost on, decoded."""
    parts = (part.partition("=") for part in key.split("/")[:-1])
    return {unquote(column): unquote(value) for column, equals, value in parts if equals}


def columns_of(s3: S3, table: Address) -> tuple[str, ...]:
    """Partition columns from the outermost on: those above, then as the first partition below names them.

    Empty when no `column=value` folder lies below.
    """
    first = next(_partitioned(s3, table), None)
    return tuple(values_in(first)) if first is not None else ()


def _partitioned(s3: S3, table: Address) -> Iterator[str]:
    """Keys of data in partitions. Folders with much that is none are left behind by a new listing."""
    folder, after = table.folder, ""
    while True:
        name, run = "", 0
        for one in s3.list(folder, after=after):
            path = one.key[len(folder.key) :]
            top, slash, _ = path.partition("/")
            if slash and "=" in top and not is_hidden(path):
                yield one.key
                continue
            name, run = top, run + 1 if top == name else 1
            if slash and run > _SKIPPED:
                after = f"{folder.key}{top}/{_LAST}"
                break
        else:
            return


def objects_of(s3: S3, table: Address, partition: Partition) -> Iterator[Listed]:
    """Objects of one partition, or of all, with one listing of nothing but what its values begin with.

    Args:
        s3: who asks.
        table: prefix of the table.
        partition: values in the order in which the folders nest; from the first one on that is not next, they
            no longer narrow the listing, and are compared only.
    """
    folder = table.folder
    above = values_in(folder.key)
    narrowed = folder.key + _narrowed([pair for pair in partition.values if pair[0] not in above])
    for one in s3.list(Address(table.bucket, narrowed)):
        if not is_hidden(one.key[len(folder.key) :]) and holds(one.key, partition):
            yield one


def holds(key: str, partition: Partition) -> bool:
    """Whether the folders of a key name these values."""
    if not partition.values:
        return True
    named = values_in(key)
    return all(named.get(column) == value for column, value in partition.values)


def _narrowed(values: Sequence[tuple[str, str]]) -> str:
    """What keys of the partition begin with, however their writer encodes the values."""
    done = ""
    for column, value in values:
        for text, end in ((column, "="), (value, "/")):
            plain = _AS_IT_IS.match(text)
            done += plain[0] if plain else ""
            if plain is None or plain.end() < len(text):
                return done
            done += end
    return done
