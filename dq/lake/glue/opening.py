"""From `glue://database.table` to the objects that are scanned, as the catalog describes them.

Each partition lies where the catalog says, and its values are the catalog's: `column=value` in a path means
nothing here. Columns and types are those of the files; where they differ from the catalog's, the result says
so (`dq.lake.described.differences`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dq.aws.address import Address
from dq.aws.errors import Missing
from dq.aws.glue import CatalogEntry, CatalogPartition, CatalogTable, Glue, TableAddress, expression_of
from dq.aws.options import AwsOptions
from dq.aws.s3 import Listed
from dq.aws.threads import each
from dq.errors import DataError, UsageError, did_you_mean
from dq.lake.described import Described
from dq.lake.glue import table as meaning
from dq.lake.manifest import FileEntry, Manifest, Partition
from dq.lake.s3.inventory import Inventory, inventory_of
from dq.lake.s3.pinning import own_etag
from dq.lake.s3.remote import Remote
from dq.lake.schema import kind_of
from dq.lake.source import FileSource
from dq.sql.words import Column

_LOOKS = 3


@dataclass(frozen=True)
class Pinned:
    """Objects of one partition.

    Attributes:
        values: of the table's keys, in their order.
        paths: `s3://` addresses, sorted.
        entries: of each.
        etags: of each.
    """

    values: tuple[str, ...]
    paths: tuple[str, ...]
    entries: tuple[FileEntry, ...]
    etags: tuple[str, ...]


def open_named(text: str, partition: Partition, aws: AwsOptions | None) -> FileSource:
    """`open_table` with the catalog and the storage of some settings.

    Raises:
        DataError: as `open_table`.
        UsageError: as `open_table`.
    """
    inventory = inventory_of(aws or AwsOptions())
    return open_table(text, partition, Glue(inventory.s3.session), inventory)


def key_names(text: str, aws: AwsOptions | None) -> tuple[str, ...]:
    """The partition keys of a table, in their order.

    Raises:
        DataError: there is no such table.
    """
    return tuple(name for name, _ in table_at(text, Glue.of(aws or AwsOptions())).keys)


def open_table(text: str, partition: Partition, glue: Glue, inventory: Inventory) -> FileSource:
    """What to scan of a table.

    Args:
        text: `glue://database.table`.
        partition: only partitions with these values; any of the keys may be named.
        glue: who asks the catalog.
        inventory: who asks S3.

    Returns:
        A source; with no file when no partition has these values, or all of them are empty.

    Raises:
        DataError: there is no such table, or its files are not its rows (a view, Iceberg), or it uses
            partition projection and not all keys are named.
        UsageError: no key of the table has that name.
        Forbidden: a permission is missing.
    """
    table = table_at(text, glue)
    check_keys(table, partition)
    for _ in range(_LOOKS):
        entries = entries_of(table, partition, glue)
        try:
            return _source(text, table, entries, inventory)
        except Missing:
            continue
    raise DataError(f"{text}: objects kept disappearing while they were looked at; a writer is at work")


def table_at(text: str, glue: Glue) -> CatalogTable:
    """The definition of a table whose files are its rows.

    Raises:
        DataError: there is none.
    """
    try:
        table = glue.table(TableAddress.parse(text))
    except Missing as error:
        raise DataError(f"{text}: the Glue catalog has no such table") from error
    if meaning.unreadable(table):
        raise DataError(f"{text}: {meaning.unreadable(table)}")
    return table


def check_keys(table: CatalogTable, partition: Partition) -> None:
    """Makes sure that a partition names keys of the table.

    Raises:
        UsageError: one is no key.
    """
    names = [name for name, _ in table.keys]
    for column, _ in partition.values:
        if column not in names:
            told = f"is partitioned by {', '.join(names)}" if names else "has no partitions"
            raise UsageError(
                f"{table.address} {told}; '{column}' is no partition column.{did_you_mean(column, names)}"
            )


def entries_of(table: CatalogTable, partition: Partition, glue: Glue) -> tuple[CatalogEntry, ...]:
    """What the catalog says of the partitions with some values; the table itself where it has no keys.

    Raises:
        DataError: it uses partition projection, and not all keys are named.
    """
    wanted = partition.as_dict()
    if not table.keys:
        return (table,)
    if meaning.projected(table):
        missing = [name for name, _ in table.keys if name not in wanted]
        if missing:
            raise DataError(
                f"{table.address} uses partition projection, so the catalog lists no partitions; name "
                f"{', '.join(missing)} as well"
            )
        location = meaning.projected_location(table, wanted)
        storage = {**table.storage, "Location": location}
        values = [wanted[name] for name, _ in table.keys]
        return (CatalogPartition({"Values": values, "StorageDescriptor": storage}),)
    if len(wanted) == len(table.keys):
        one = glue.partition(table.address, tuple(wanted[name] for name, _ in table.keys))
        if one is not None:
            return (one,)
    return tuple(glue.partitions(table.address, expression_of(table.keys, wanted)))


def described_by(table: CatalogTable, entry: CatalogEntry, files: Sequence[tuple[str, ...]]) -> Described:
    """What the catalog says about files.

    Args:
        table: the table.
        entry: the partition, whose SerDe counts.
        files: for each file the values of the table's keys.

    Raises:
        DataError: a value is none of its key's type.
    """
    keys = meaning.keys_of(table)
    form = meaning.format_of(entry, str(table.address))
    values = {one: _typed(table, keys, one) for one in dict.fromkeys(files)}
    return Described(
        keys,
        tuple(values[one] for one in files),
        meaning.columns_of(table),
        meaning.text_form_of(entry, table) if form == "csv" else None,
    )


def described_source(
    table: CatalogTable, entry: CatalogEntry, manifest: Manifest, name: str, inventory: Inventory
) -> FileSource:
    """The bytes of one partition's manifest, read as the catalog describes them.

    Args:
        table: the table.
        entry: the partition; the table itself for a load that is in no catalog yet.
        manifest: exact bytes.
        name: what to call them in messages.
        inventory: who asks S3.
    """
    values = tuple(value for _, value in manifest.partition.values)
    manifest = replace(manifest, files=tuple(one for one in manifest.files if one.size))
    entries = zip(manifest.paths, manifest.files, strict=True)
    etags = [own_etag(path, one, inventory) for path, one in entries]
    described = described_by(table, entry, [values] * len(manifest.files))
    remote = Remote(manifest.files, tuple(etags), inventory)
    form = meaning.format_of(entry, str(table.address))
    return FileSource(form, manifest.paths, name, False, remote, described)


def _source(
    text: str, table: CatalogTable, entries: Sequence[CatalogEntry], inventory: Inventory
) -> FileSource:
    listed = each(lambda entry: _listed(entry, inventory), entries)
    filled = [(entry, objects) for entry, objects in zip(entries, listed, strict=True) if objects]
    forms = sorted({meaning.format_of(entry, text) for entry, _ in filled})
    if len(forms) > 1:
        raise DataError(f"{text}: partitions of several formats ({', '.join(forms)}); name one")
    if not filled:
        return FileSource("parquet", (), text, False, Remote((), (), inventory))
    found = [_pinned(entry, objects, inventory) for entry, objects in filled]
    return FileSource(
        forms[0],
        tuple(path for one in found for path in one.paths),
        text,
        False,
        Remote(
            tuple(entry for one in found for entry in one.entries),
            tuple(etag for one in found for etag in one.etags),
            inventory,
        ),
        described_by(table, filled[0][0], [one.values for one in found for _ in one.paths]),
    )


def _listed(entry: CatalogEntry, inventory: Inventory) -> tuple[Listed, ...]:
    return tuple(one for one in inventory.data(Address.parse(entry.location)) if one.size)


def _pinned(entry: CatalogEntry, objects: Sequence[Listed], inventory: Inventory) -> Pinned:
    at = Address.parse(entry.location).folder
    entries = inventory.entries(at, objects)
    etags = {one.key[len(at.key) :]: one.etag for one in objects}
    return Pinned(
        entry.values if isinstance(entry, CatalogPartition) else (),
        tuple(str(at / one.path) for one in entries),
        entries,
        tuple(etags[one.path] for one in entries),
    )


def _typed(table: CatalogTable, keys: Sequence[Column], values: Iterable[str]) -> tuple[str | None, ...]:
    """Values as text that the engine can turn into the keys' types.

    Raises:
        DataError: one of them is none of its type; the catalog's readers would fail on it.
    """
    found: list[str | None] = []
    for key, value in zip(keys, values, strict=True):
        if value == meaning.NULL_VALUE:
            found.append(None)
            continue
        try:
            _check(kind_of(key.type), value)
        except ValueError:
            raise DataError(
                f"{table.address}: partition key '{key.name}' is {key.type}, and the catalog has a value "
                "that is none"
            ) from None
        found.append(value)
    return tuple(found)


def _check(kind: str, value: str) -> None:
    if kind == "whole":
        int(value)
    elif kind in ("real", "decimal"):
        float(value)
    elif kind == "date":
        dt.date.fromisoformat(value)
