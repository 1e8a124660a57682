"""Objects as sources that name exactly their bytes, and the manifests that belong to such sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dq.aws.address import Address
from dq.aws.options import AwsOptions
from dq.aws.s3 import Listed
from dq.aws.threads import each
from dq.errors import DataError
from dq.lake.manifest import FileEntry, Manifest, Partition, common_folder
from dq.lake.s3.inventory import Inventory, inventory_of
from dq.lake.s3.remote import Remote
from dq.lake.source import FileSource, of_one_format


def source_of(
    text: str, bucket: str, found: Sequence[Listed], columns: bool, inventory: Inventory
) -> FileSource:
    """Objects of a listing as one relation, pinned to what they are now.

    Args:
        text: what the user named.
        bucket: that they lie in.
        found: as listed; others than Parquet, CSV and JSON lines among them are left out.
        columns: whether `column=value` folders above them are columns.
        inventory: who asks.

    Raises:
        DataError: several formats, or none that is known.
        Missing: an object is gone, or is another one than was listed.
    """
    by_path = {str(Address(bucket, one.key)): one for one in found}
    form, paths = of_one_format(tuple(by_path), text)
    kept = sorted(paths)
    folder = Address.parse(common_folder(kept)) if kept else Address(bucket)
    entries = inventory.entries(folder, [by_path[path] for path in kept])
    etags = tuple(by_path[path].etag for path in kept)
    return FileSource(form, tuple(kept), text, columns, Remote(entries, etags, inventory))


def pinned(manifest: Manifest, location: str, hive_columns: bool, aws: AwsOptions | None) -> FileSource:
    """The objects of a manifest, exactly those bytes.

    Args:
        manifest: of a prefix.
        location: what to call them in messages.
        hive_columns: whether `column=value` folders above them are columns.
        aws: where S3 is, and as whom.

    Raises:
        DataError: an object is no longer what the manifest says, in a bucket that keeps no versions.
    """
    inventory = inventory_of(aws or AwsOptions())
    entries = dict(zip(manifest.paths, manifest.files, strict=True))
    form, paths = of_one_format(manifest.paths, location)
    kept = sorted(paths)
    etags = each(lambda path: own_etag(path, entries[path], inventory), kept)
    remote = Remote(tuple(entries[path] for path in kept), tuple(etags), inventory)
    return FileSource(form, tuple(kept), location, hive_columns, remote)


def together(sources: Sequence[FileSource], location: str) -> FileSource:
    """Several sources of objects as one relation.

    Args:
        sources: each with `remote`.
        location: what to call it in messages.

    Raises:
        DataError: they are of several formats.
    """
    if any(one.described is not None for one in sources):
        return _described_together([one for one in sources if one.files], location)
    about = {
        file: (entry, etag)
        for one in sources
        if one.remote is not None
        for file, entry, etag in zip(one.files, one.remote.entries, one.remote.etags, strict=True)
    }
    form, paths = of_one_format(tuple(about), location)
    kept = sorted(paths)
    inventories = [one.remote.inventory for one in sources if one.remote is not None]
    remote = Remote(tuple(about[f][0] for f in kept), tuple(about[f][1] for f in kept), inventories[0])
    return FileSource(form, tuple(kept), location, True, remote)


def _described_together(sources: Sequence[FileSource], location: str) -> FileSource:
    forms = sorted({one.format for one in sources})
    if len(forms) > 1:
        raise DataError(f"{location}: partitions of several formats ({', '.join(forms)}); name one")
    remotes = [one.remote for one in sources if one.remote is not None]
    described = [one.described for one in sources if one.described is not None]
    if not described:
        return FileSource("parquet", (), location)
    return FileSource(
        sources[0].format,
        tuple(file for one in sources for file in one.files),
        location,
        False,
        Remote(
            tuple(entry for one in remotes for entry in one.entries),
            tuple(etag for one in remotes for etag in one.etags),
            remotes[0].inventory,
        ),
        replace(described[0], values=tuple(values for one in described for values in one.values)),
    )


def found_at(folder: str, manifest: Manifest, aws: AwsOptions | None) -> Manifest | None:
    """The bytes of a manifest as they lie in some prefix now; None unless all are there.

    In the manifest's own place its exact versions are looked for, elsewhere copies with the same checksums.
    """
    own = folder.rstrip("/") == manifest.location.rstrip("/")
    at, inventory = Address.parse(folder), inventory_of(aws or AwsOptions())

    def there_now(entry: FileEntry) -> FileEntry | None:
        seen = inventory.look(at / entry.path, entry.version if own else None)
        if seen is None or not _same(seen[0], entry):
            return None
        return replace(entry, version=seen[0].version)

    found = tuple(entry for entry in each(there_now, manifest.files) if entry is not None)
    if len(found) < len(manifest.files):
        return None
    return replace(manifest, location=str(at.folder), files=found)


def manifest_of(source: FileSource, partition: Partition) -> Manifest:
    """The exact bytes of a source of objects; they are not looked at again."""
    assert source.remote is not None  # noqa: S101 - callers ask for it
    folder = common_folder(source.files)
    entries = [
        replace(entry, path=file[len(folder) :])
        for file, entry in zip(source.files, source.remote.entries, strict=True)
    ]
    return Manifest(partition, folder, tuple(entries))


def own_etag(path: str, entry: FileEntry, inventory: Inventory) -> str:
    """The ETag that a reader must find. Where the version says all there is to say, it may be empty.

    Raises:
        DataError: the object is no longer what the entry says, in a bucket that keeps no versions.
    """
    at = Address.parse(path)
    known = inventory.etag(at, entry)
    if known or entry.version not in (None, "null"):
        return known
    # The checksum may be an ETag and yet not this object's: a copy carries that of its original.
    seen = inventory.look(at)
    if seen is None or not _same(seen[0], entry):
        raise DataError(f"{path}: no longer what it was when it was listed; a writer is at work")
    return seen[1]


def _same(one: FileEntry, other: FileEntry) -> bool:
    return (one.size, one.checksum) == (other.size, other.checksum)
