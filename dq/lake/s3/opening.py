"""From an address on S3 to the objects that are scanned, each pinned to its exact bytes.

An address is an object (`s3://lake/orders/one.parquet`), a prefix, with or without `column=value` folders
below it (`s3://lake/orders/`), a pattern (`s3://lake/orders/**/*.parquet`) or a template
(`s3://lake/events/{year}/{month}/{day}/`). What is looked at is listed once, and no further than the
partition that is asked for.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from dq.aws.address import Address, is_remote
from dq.aws.errors import AwsError, Missing
from dq.aws.options import AwsOptions
from dq.aws.s3 import Listed
from dq.errors import DataError, UsageError, did_you_mean
from dq.lake.manifest import Partition
from dq.lake.s3 import globs, hive
from dq.lake.s3.inventory import Inventory, inventory_of, is_hidden
from dq.lake.s3.pinning import source_of
from dq.lake.s3.templates import Template, is_template
from dq.lake.source import FileSource, format_of, of_one_format

_LOOKS = 3

_Found = tuple[Sequence[Listed], bool]
"""Objects, and whether their folders are columns."""


def open_remote(data: str | Sequence[Any], partition: Partition, aws: AwsOptions | None) -> FileSource:
    """What to scan for one address or for a list of objects.

    Args:
        data: as above; several only as a list of objects.
        partition: with one address, only this slice of it.
        aws: where S3 is, and as whom; None for what boto3's chain finds.

    Raises:
        DataError: as `open_object_or_prefix` and `open_objects`.
        UsageError: the list holds something else than addresses.
        Forbidden: a permission is missing.
    """
    inventory = inventory_of(aws or AwsOptions())
    if isinstance(data, str):
        return open_object_or_prefix(data, partition, inventory)
    for item in data:
        if not isinstance(item, str) or not is_remote(item):
            raise UsageError(f"{item}: local files and objects on S3 in one list; expected one kind")
    return open_objects(data, inventory)


def open_object_or_prefix(text: str, partition: Partition, inventory: Inventory) -> FileSource:
    """What to scan at an address.

    Args:
        text: object, prefix, pattern or template.
        partition: only this slice of it.
        inventory: who asks, and what is known already.

    Returns:
        A source; with no file when the partition, or the prefix, holds no data.

    Raises:
        DataError: nothing is there, the files are of several formats, or they keep changing.
        UsageError: the partition's columns are not those of the folders.
        Forbidden: a permission is missing.
    """
    at = Address.parse(text)
    return _steady(text, at, lambda: _found(text, at, partition, inventory), inventory)


def listed_at(text: str, partition: Partition, aws: AwsOptions | None) -> set[str]:
    """Addresses of the objects that `open_remote` would open, by a listing alone.

    Raises:
        DataError: as `open_object_or_prefix`.
        Forbidden: `s3:ListBucket` is missing.
    """
    at, inventory = Address.parse(text), inventory_of(aws or AwsOptions())
    with _bucket(text, at):
        found, _ = _found(text, at, partition, inventory)
    return set(of_one_format([str(Address(at.bucket, one.key)) for one in found], text)[1])


def open_objects(texts: Sequence[str], inventory: Inventory) -> FileSource:
    """Several objects as one relation.

    Raises:
        DataError: one of them is not there.
        UsageError: they lie in several buckets.
        Forbidden: `s3:GetObject` is missing.
    """
    addresses = [Address.parse(text) for text in dict.fromkeys(texts)]
    buckets = sorted({at.bucket for at in addresses})
    if len(buckets) > 1:
        raise UsageError(f"the objects lie in several buckets ({', '.join(buckets)}); expected one")

    def find() -> _Found:
        found = inventory.objects(addresses)
        for at, one in zip(addresses, found, strict=True):
            if one is None:
                raise DataError(f"{at}: no such object")
        return [one for one in found if one is not None], any(hive.values_in(at.key) for at in addresses)

    return _steady(f"{len(addresses)} objects", addresses[0], find, inventory)


def columns_at(text: str, aws: AwsOptions | None) -> tuple[str, ...]:
    """Partition columns of what lies at an address, from the outermost on; empty when there are none."""
    at = Address.parse(text)
    if is_template(at.key):
        return Template.of(at.key, text).columns
    if globs.is_pattern(at.key):
        return ()
    with contextlib.suppress(Missing):
        return hive.columns_of(inventory_of(aws or AwsOptions()).s3, at)
    return ()


def partitions_at(text: str, aws: AwsOptions | None) -> tuple[Partition, ...]:
    """Every partition with data at a prefix or a template, sorted; `(Partition(),)` where nothing tells them.

    Raises:
        DataError: there is no such bucket.
        Forbidden: `s3:ListBucket` is missing.
    """
    at, inventory = Address.parse(text), inventory_of(aws or AwsOptions())
    with _bucket(text, at):
        if is_template(at.key):
            template = Template.of(at.key, text)
            every = (template.partition(one.key) for one in _below(template, at, Partition(), inventory))
            return tuple(sorted({one for one in every if one is not None}, key=str))
        keys = (one.key for one in hive.objects_of(inventory.s3, at, Partition()) if format_of(one.key))
        found = {Partition(tuple(hive.values_in(key).items())) for key in keys}
    return tuple(sorted(found, key=str)) or (Partition(),)


# --- what lies at an address ------------------------------------------------------------------------


def _found(text: str, at: Address, partition: Partition, inventory: Inventory) -> _Found:
    if is_template(at.key):
        return _of_template(text, at, partition, inventory)
    if globs.is_pattern(at.key):
        return _of_pattern(text, at, partition, inventory)
    if not at.key.endswith("/") and format_of(at.key) is not None:
        one = inventory.object(at)
        if one is not None:
            return [one], False
    return _of_prefix(text, at, partition, inventory)


def _of_template(text: str, at: Address, partition: Partition, inventory: Inventory) -> _Found:
    template = Template.of(at.key, text)
    found = list(_below(template, at, partition, inventory))
    if not found and not _any(_below(template, at, Partition(), inventory)):
        raise DataError(f"{text}: no object lies in such a folder")
    return found, any(hive.values_in(one.key) for one in found)


def _below(template: Template, at: Address, partition: Partition, inventory: Inventory) -> Iterator[Listed]:
    """Objects of a template's partition, with one listing of what its values begin with."""
    wanted = set(partition.values)
    for one in inventory.s3.list(Address(at.bucket, template.prefix(partition))):
        named = template.partition(one.key)
        if named is not None and wanted <= set(named.values) and not is_hidden(template.below(one.key)):
            yield one


def _of_pattern(text: str, at: Address, partition: Partition, inventory: Inventory) -> _Found:
    matches = globs.matcher(at.key)
    listed = inventory.s3.list(Address(at.bucket, globs.beginning(at.key)))
    found = [one for one in listed if not one.key.endswith("/") and matches(one.key)]
    if not found:
        raise DataError(f"{text}: no object matches")
    kept = [one for one in found if hive.holds(one.key, partition)]
    return kept, any(hive.values_in(one.key) for one in found)


def _of_prefix(text: str, at: Address, partition: Partition, inventory: Inventory) -> _Found:
    found = tuple(hive.objects_of(inventory.s3, at, partition))
    if not found:
        found = _of_other_order(text, at, partition, inventory)
    return found, any(hive.values_in(one.key) for one in found)


def _of_other_order(text: str, at: Address, partition: Partition, inventory: Inventory) -> tuple[Listed, ...]:
    """Nothing was found: the folders nest in another order, have other columns, or there is no such value."""
    if not _any(inventory.s3.list(at.folder)):
        raise DataError(f"{text}: {_absent(at, inventory)}")
    if not partition.values:
        return ()
    columns = hive.columns_of(inventory.s3, at)
    if not columns:
        if _any(hive.objects_of(inventory.s3, at, Partition())):
            raise DataError(
                f"{text}: no column=value folders here, so there is no partition {partition}; leave it out"
            )
        return ()
    refuse_other_columns(text, columns, partition)
    values = partition.as_dict()
    leading = [column for column in columns if column in values]
    if tuple(leading) == tuple(values) == columns[: len(values)]:
        return ()  # as it was looked for already
    ordered = Partition(tuple((column, values[column]) for column in leading))
    narrow = Partition(tuple(_leading_run(columns, ordered)))
    return tuple(one for one in hive.objects_of(inventory.s3, at, narrow) if hive.holds(one.key, partition))


def refuse_other_columns(text: str, columns: Sequence[str], partition: Partition) -> None:
    """Makes sure that a partition's columns are among those of the folders.

    Raises:
        UsageError: one is not.
    """
    for column, _ in partition.values:
        if columns and column not in columns:
            raise UsageError(
                f"{text} is partitioned by {', '.join(columns)}; "
                f"'{column}' is no partition column.{did_you_mean(column, columns)}"
            )


def _leading_run(columns: Sequence[str], partition: Partition) -> Iterable[tuple[str, str]]:
    values = partition.as_dict()
    for column in columns:
        if column not in values:
            return
        yield column, values[column]


def _absent(at: Address, inventory: Inventory) -> str:
    """Why there is nothing below a prefix, in words."""
    if not at.key.endswith("/") and inventory.object(at) is not None:
        return "no Parquet, CSV or JSON lines"
    parent, _, name = at.folder.key.rstrip("/").rpartition("/")
    nearest = ""
    with contextlib.suppress(AwsError):
        nearest = did_you_mean(name, inventory.s3.folders(Address(at.bucket, parent)))
    return f"no such object, and none below it.{nearest}"


def _any(found: Iterator[Listed]) -> bool:
    return next(found, None) is not None


# --- looking again ----------------------------------------------------------------------------------


def _steady(text: str, at: Address, find: Callable[[], _Found], inventory: Inventory) -> FileSource:
    """Looks again when an object went away between listing and looking.

    Raises:
        DataError: objects kept disappearing.
    """
    for _ in range(_LOOKS):
        with _bucket(text, at):
            found, columns = find()
        try:
            return source_of(text, at.bucket, found, columns, inventory)
        except Missing:
            continue
    raise DataError(f"{text}: objects kept disappearing while they were looked at; a writer is at work")


@contextlib.contextmanager
def _bucket(text: str, at: Address) -> Iterator[None]:
    try:
        yield
    except Missing as error:
        raise DataError(f"{text}: there is no bucket {at.bucket}") from error
