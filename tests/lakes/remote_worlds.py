"""Worlds on a server that speaks AWS's protocols: tables on S3 and in the Glue catalog."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from faults import Faults, Wire, without_waiting
from lake_worlds import DAY, State, World, decoded, parquet

from dq.aws.address import Address
from dq.aws.options import AwsOptions
from dq.aws.s3 import S3, Listed
from dq.aws.session import Session
from dq.demo.server import CREDENTIALS, REGION
from dq.lake.layout import Layout
from dq.lake.manifest import Manifest
from dq.lake.s3.inventory import Inventory
from dq.rollback.documents import Documents, LocalDocuments

SERIAL = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


class WiredSession(Session):
    """A session all of whose requests pass a wire."""

    def __init__(self, options: AwsOptions, wire: Wire) -> None:
        super().__init__(options)
        self._wire = wire

    def _made(self, service: str) -> Any:
        client = super()._made(service)
        self._wire.attach(client)
        return client


@dataclass
class Server:
    """One server for many worlds: each has prefixes of its own in two buckets.

    Attributes:
        options: as users would configure them.
        wire: what dq's requests pass.
        session: dq's, with the wire.
        others: of everybody else.
        data: a bucket that keeps versions.
        plain: a bucket that does not, for journals.
    """

    options: AwsOptions
    wire: Wire = field(default_factory=Wire)
    session: Session = field(init=False)
    others: Session = field(init=False)
    data: Address = field(init=False)
    plain: Address = field(init=False)
    _bodies: dict[tuple[str, str | None, str], bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connect()
        client = self.others.client("s3")
        names = [f"t-{uuid.uuid4().hex[:20]}" for _ in range(2)]
        for name in names:
            client.create_bucket(Bucket=name)
        self.data, self.plain = Address(names[0]), Address(names[1])
        client.put_bucket_versioning(Bucket=names[0], VersioningConfiguration={"Status": "Enabled"})

    def connect(self) -> None:
        """New connections, as a new process has them."""
        self.session, self.others = WiredSession(self.options, self.wire), Session(self.options)

    @property
    def s3(self) -> S3:
        """Requests of everybody else."""
        return S3(self.others)

    def body(self, bucket: str, one: Listed) -> bytes:
        """Bytes of one version; asked for once, since versions never change."""
        key = (f"{bucket}/{one.key}", one.version, one.etag)
        if one.version in (None, "null"):
            return self.s3.get(Address(bucket, one.key)).body
        if key not in self._bodies:
            self._bodies[key] = self.s3.get(Address(bucket, one.key), one.version).body
        return self._bodies[key]

    def all_bytes(self, at: Address) -> Iterator[bytes]:
        """Every version of every object below a prefix."""
        for one in self.s3.versions(at.folder):
            if not one.marker:
                yield self.body(at.bucket, one)

    def visible(self, at: Address) -> Iterator[bytes]:
        """Every object that a reader sees below a prefix."""
        for one in self.s3.list(at.folder):
            yield self.s3.get(Address(at.bucket, one.key)).body


@contextlib.contextmanager
def connected(url: str) -> Iterator[Server]:
    """A server to make worlds on; credentials of its own unless the environment names some."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            if "DQ_TEST_S3" not in os.environ:
                patch.setenv(name, value)
        with without_waiting():
            yield Server(AwsOptions(endpoint=url, region=REGION))


class RemoteWorld(World):
    """A table on a server.

    Args:
        folder: for what is staged.
        server: the server.
        journal_on_disk: whether the journal lies in the folder instead of on the server.
    """

    def __init__(self, folder: Path, server: Server, *, journal_on_disk: bool = False) -> None:
        self.server = server
        self.name = uuid.uuid4().hex[:12]
        self.base = server.data / self.name
        self._on_disk = journal_on_disk
        super().__init__(folder)

    @property
    def faults(self) -> Faults:
        """What happens to dq's requests and durable actions now."""
        return self.server.wire.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.server.wire.faults = faults

    @property
    def s3(self) -> S3:
        """dq's requests, through the wire."""
        return S3(self.server.session)

    @property
    def place(self) -> Address:
        """Where jobs write the partition."""
        return self.base / f"lake/flights/{DAY}"

    @property
    def home(self) -> Address:
        """Where dq keeps bytes."""
        return self.base / "_dq"

    def documents(self) -> Documents:
        """Objects in a bucket that keeps no versions, or files."""
        if self._on_disk:
            return LocalDocuments(self.folder / ".dq", steps=lambda step: self.faults(step))
        from dq.rollback.remote import S3Documents

        return S3Documents(self.s3, self.server.plain / self.name)

    def put(self, state: State) -> None:
        """In place: what is no longer there is deleted, the rest is written over."""
        files, theirs = self.encoded(state), self.server.others.client("s3")
        cut = len(self.place.folder.key)
        for one in list(self.server.s3.list(self.place.folder)):
            if one.key[cut:] not in files:
                theirs.delete_object(Bucket=self.place.bucket, Key=one.key)
        for name, data in files.items():
            at = self.place / name
            theirs.put_object(Bucket=at.bucket, Key=at.key, Body=data)

    def read(self) -> tuple[str, ...]:
        """By listing and reading."""
        return tuple(sorted(row for data in self.server.visible(self.place) for row in decoded(data)))

    def rows_anywhere(self) -> set[str]:
        """In every version of every object."""
        return {row for data in self.server.all_bytes(self.base) for row in decoded(data)}

    def rows_of(self, manifest: Manifest) -> tuple[str, ...]:
        """Of exactly the versions that the manifest names."""
        at = Address.parse(manifest.location)
        found: list[str] = []
        for entry in manifest.files:
            found += decoded(self.server.s3.get(at / entry.path, entry.version).body)
        return tuple(sorted(found))

    def is_remote(self) -> bool:
        """It does."""
        return True


class VersionedWorld(RemoteWorld):
    """Hive partitions overwritten in place."""

    kind = "s3-versioned"
    atomic = False
    lists_truly = "DQ_TEST_S3" in os.environ  # moto lists folders of which only delete markers are left

    def layout(self) -> Layout:
        """As `dq` finds it for a bucket that keeps versions."""
        from dq.lake.s3.versioned import S3Versioned

        return S3Versioned(self.base / "lake/flights", self.home, Inventory(self.s3))


class GlueWorld(RemoteWorld):
    """A table of the catalog: a location per load."""

    kind = "glue-location"
    atomic = True

    def __init__(self, folder: Path, server: Server, *, journal_on_disk: bool = False) -> None:
        super().__init__(folder, server, journal_on_disk=journal_on_disk)
        self.database = f"d{self.name}"
        self.catalog.create_database(DatabaseInput={"Name": self.database})
        self.catalog.create_table(
            DatabaseName=self.database,
            TableInput={
                "Name": "flights",
                "TableType": "EXTERNAL_TABLE",
                "StorageDescriptor": self._stored(self.base / "lake/flights"),
                "PartitionKeys": [{"Name": "date", "Type": "string"}],
            },
        )

    @property
    def catalog(self) -> Any:
        """The catalog, as everybody else asks it."""
        return self.server.others.client("glue")

    def layout(self) -> Layout:
        """As `dq` finds it for a table of the catalog."""
        from dq.aws.glue import Glue, TableAddress
        from dq.lake.glue.location import GlueLocation

        glue = Glue(self.server.session)
        table = glue.table(TableAddress(self.database, "flights"))
        return GlueLocation(table, glue, Inventory(self.s3), self.home)

    def put(self, state: State) -> None:
        """In place below the table's own prefix, and registered there."""
        super().put(state)
        given = {"Values": ["2013-02-08"], "StorageDescriptor": self._stored(self.place), "Parameters": {}}
        named = {"DatabaseName": self.database, "TableName": "flights"}
        if self._location() is None:
            self.catalog.create_partition(**named, PartitionInput=given)
        else:
            self.catalog.update_partition(**named, PartitionValueList=["2013-02-08"], PartitionInput=given)

    def read(self) -> tuple[str, ...]:
        """By asking the catalog where."""
        at = self._location()
        if at is None:
            return ()
        return tuple(sorted(row for data in self.server.visible(at) for row in decoded(data)))

    def encoded(self, state: State) -> dict[str, bytes]:
        """Parquet, as the table says."""
        return {f"{name}.parquet": parquet(file) for name, file in state.items()}

    def _location(self) -> Address | None:
        try:
            found = self.catalog.get_partition(
                DatabaseName=self.database, TableName="flights", PartitionValues=["2013-02-08"]
            )
        except self.catalog.exceptions.EntityNotFoundException:
            return None
        return Address.parse(found["Partition"]["StorageDescriptor"]["Location"])

    def _stored(self, at: Address) -> dict[str, Any]:
        return {
            "Columns": [{"Name": "row", "Type": "string"}],
            "Location": str(at.folder),
            "SerdeInfo": {"SerializationLibrary": SERIAL},
        }


Remote = Callable[[Path, Server], World]

REMOTE: dict[str, Remote] = {"s3-versioned": VersionedWorld, "glue-location": GlueWorld}
"""Kinds on a server."""

ENFORCING: dict[str, Remote] = {f"{kind}-enforcing": make for kind, make in REMOTE.items()}
"""The same, on a server that checks every condition as AWS does; in `make test` for a few scenarios only."""
