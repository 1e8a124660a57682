"""Loads on S3: immutable prefixes beside a table's, complete when their seal is there.

A load `.../dt=2026-01-01/<id>/` is sealed by the object `.../dt=2026-01-01/<id>.json`, its manifest, written
last. Until then nothing points to the prefix, and a second attempt writes the same objects again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from dq.aws.address import Address, is_remote
from dq.aws.errors import Archived, Changed, Forbidden, Missing, asking
from dq.aws.s3 import S3
from dq.aws.threads import each
from dq.errors import DataError, RollbackConflict, RollbackRefused
from dq.lake.layout import Steps
from dq.lake.local import files
from dq.lake.manifest import FileEntry, Manifest, Partition
from dq.lake.s3.home import QUARANTINED
from dq.lake.s3.inventory import CONTENT, Inventory, is_hidden
from dq.lake.s3.pinning import own_etag


class Loads:
    """The loads of one table.

    Args:
        inventory: who looks at objects.
        root: prefix of all loads, beside the table's.
        steps: hook around every durable action.
    """

    def __init__(self, inventory: Inventory, root: Address, steps: Steps) -> None:
        self.inventory, self.root, self.steps = inventory, root.folder, steps

    @property
    def s3(self) -> S3:
        """Who asks."""
        return self.inventory.s3

    def place(self, partition: Partition, load_id: str) -> Address:
        """The prefix of a load."""
        return (self._home(partition) / load_id).folder

    def id_of(self, location: str, partition: Partition) -> str | None:
        """The id of the load at a location; None when no load of this partition lies there."""
        home, folder = str(self._home(partition)), f"{location.rstrip('/')}/"
        name = folder[len(home) :].rstrip("/")
        return name if folder.startswith(home) and name and "/" not in name else None

    def sealed(self, partition: Partition, load_id: str) -> Manifest | None:
        """The manifest that a load was sealed with; None when it never was complete."""
        try:
            text = self.s3.get(self._seal(partition, load_id)).body
        except Missing:
            return None
        return Manifest.from_dict(json.loads(text))

    def is_intact(self, load_id: str, sealed: Manifest) -> bool:
        """Whether the objects of a load are still those of its seal, by one listing.

        Only what is not older than the seal is asked for its checksum.
        """
        partition, place = sealed.partition, self.place(sealed.partition, load_id)
        wanted = {entry.path: entry for entry in sealed.files}
        seal, written, found = self._seal(partition, load_id), None, []
        for one in self.s3.list(Address(place.bucket, place.key.rstrip("/"))):
            if one.key == seal.key:
                written = one.modified
            elif one.key.startswith(place.key) and not is_hidden(one.key[len(place.key) :]):
                found.append(one)
        sizes = {one.key[len(place.key) :]: one.size for one in found}
        if sizes != {path: entry.size for path, entry in wanted.items()}:
            return False
        late = [one for one in found if written is None or one.modified >= written]
        try:
            entries = self.inventory.entries(place, late)
        except Missing:  # a writer is at work
            return False
        return all(entry.checksum == wanted[entry.path].checksum for entry in entries)

    def build(
        self,
        partition: Partition,
        load_id: str,
        entries: Iterable[FileEntry],
        put: Callable[[FileEntry], None],
    ) -> Manifest:
        """Writes the objects of a load and seals it; one that is sealed already is left as it is.

        Args:
            partition: the slice.
            load_id: unique within the partition.
            entries: what it will hold.
            put: writes the object of an entry.

        Raises:
            RollbackConflict: something else than was written lies there.
        """
        known = self.sealed(partition, load_id)
        if known is not None:
            return known
        wanted = tuple(sorted(entries, key=lambda entry: entry.path))
        self.steps("before:objects")
        each(put, wanted)
        self.steps("after:objects")
        found = self.inventory.manifest(partition, self.place(partition, load_id))
        compare(wanted, found, found.location)
        self.steps("before:seal")
        self.s3.put(self._seal(partition, load_id), found.to_json().encode())
        self.steps("after:seal")
        return found

    def from_local(self, partition: Partition, load_id: str, source: Path) -> Manifest:
        """A load of local files.

        Raises:
            DataError: there is no data file.
        """
        single = source.is_file()
        base = source.parent if single else source
        names = (source.name,) if single else files.scan(source).data
        if not names:
            raise DataError(f"{source} holds no data file; expected a folder or a file to publish.")
        target = self.place(partition, load_id)

        def put(entry: FileEntry) -> None:
            self.s3.upload(str(base / entry.path), target / entry.path, metadata={CONTENT: entry.checksum})

        return self.build(partition, load_id, files.describe(base, names), put)

    def from_objects(self, partition: Partition, load_id: str, source: Manifest) -> Manifest:
        """A load of the very objects of a manifest, copied within S3.

        Raises:
            RollbackConflict: they are no longer there, or are others.
        """
        target = self.place(partition, load_id)
        copy = copier(self.inventory, Address.parse(source.location), target)
        return self.build(partition, load_id, source.files, copy)

    def mark(self, manifest: Manifest, *, quarantined: bool) -> None:
        """Tags objects of a load as being in quarantine, or takes that tag away.

        A rule of the bucket may let tagged objects expire, so a load must not be shown while it is tagged.

        Raises:
            RollbackRefused: the tag must go, and the permission is missing.
        """
        folder = Address.parse(manifest.location)
        try:
            each(lambda entry: self._mark(folder / entry.path, quarantined), manifest.files)
        except Forbidden as error:
            if not quarantined:
                raise RollbackRefused(f"{error} Readers' sight was not changed.") from error

    def _mark(self, at: Address, quarantined: bool) -> None:
        named = {"Bucket": at.bucket, "Key": at.key}
        with asking("s3:GetObjectTagging", str(at)):
            tags = self.s3.client.get_object_tagging(**named)["TagSet"]
        wanted = [tag for tag in tags if tag["Key"] not in QUARANTINED]
        if quarantined:
            wanted += [{"Key": name, "Value": value} for name, value in QUARANTINED.items()]
        if wanted == tags:
            return
        if not wanted:
            with asking("s3:DeleteObjectTagging", str(at)):
                self.s3.client.delete_object_tagging(**named)
        else:
            with asking("s3:PutObjectTagging", str(at)):
                self.s3.client.put_object_tagging(**named, Tagging={"TagSet": wanted})

    def _home(self, partition: Partition) -> Address:
        from dq.lake.local import hive

        path = hive.relative(partition).as_posix()
        return self.root if path == "." else (self.root / path).folder

    def _seal(self, partition: Partition, load_id: str) -> Address:
        return self._home(partition) / f"{load_id}.json"


def objects_of(source: str | Path, inventory: Inventory, partition: Partition) -> Manifest | None:
    """The objects of a source that lies on S3; None for a local one.

    Raises:
        DataError: no data lies there.
    """
    if not is_remote(str(source)):
        return None
    found = inventory.manifest(partition, Address.parse(str(source)))
    if not found.files:
        raise DataError(f"{source} holds no data object; expected a prefix to publish.")
    return found


def copier(
    inventory: Inventory, source: Address, target: Address, tags: Mapping[str, str] = MappingProxyType({})
) -> Callable[[FileEntry], None]:
    """Copies one object of a manifest, exactly the bytes that the entry names, with its checksum.

    Its ETag is not always that checksum: an object that is a copy itself carries that of its original.

    Args:
        inventory: who asks; what it knows of the objects' ETags the copies depend on.
        source: prefix of the manifest.
        target: prefix of the copies.
        tags: of the copies, in place of the sources'.
    """

    def copy(entry: FileEntry) -> None:
        at = source.folder / entry.path
        try:
            etag = own_etag(str(at), entry, inventory)
            inventory.s3.copy(
                at,
                target.folder / entry.path,
                version=entry.version,
                source_etag=etag or None,
                added={CONTENT: entry.checksum},
                tags=tags,
            )
        except Archived as error:
            raise RollbackRefused(f"{error} Nothing was changed.") from error
        except (Missing, Changed, DataError) as error:
            raise RollbackConflict(
                f"{at} changed while it was copied: another writer is at work. What readers see was not "
                "touched. Make a new plan."
            ) from error

    return copy


def foreign_of(inventory: Inventory, folder: Address) -> tuple[FileEntry, ...]:
    """Objects below a prefix that are no data: hidden ones and markers such as `_SUCCESS`."""
    at = folder.folder
    hidden = [
        one
        for one in inventory.s3.list(at)
        if is_hidden(one.key[len(at.key) :]) and not one.key.endswith("/")
    ]
    return inventory.entries(at, hidden)


def compare(wanted: Iterable[FileEntry], found: Manifest, place: str) -> None:
    """Checks names, sizes and checksums of objects.

    Raises:
        RollbackConflict: they differ; says how many objects, never their content.
    """
    expected = {entry.path: (entry.size, entry.checksum) for entry in wanted}
    seen = {entry.path: (entry.size, entry.checksum) for entry in found.files}
    if expected != seen:
        both = expected.keys() & seen.keys()
        raise RollbackConflict(
            f"{place} does not hold the bytes of the manifest: "
            f"{sum(expected[p] != seen[p] for p in both)} of {len(expected)} objects differ, "
            f"{len(expected.keys() - seen.keys())} are missing, {len(seen.keys() - expected.keys())} are "
            "new. Nothing was deleted. Make a new plan."
        )
