"""A small table on a real S3 server with a good and a bad state; like `World`, for layout `s3-versioned`."""

from __future__ import annotations

from pathlib import Path

from aws_server import Cloud
from rollback_worlds import DAY, AnyWorld, Clock

from dq.aws.address import Address
from dq.lake.layout import Steps, no_steps
from dq.lake.manifest import Manifest, Partition
from dq.lake.s3.inventory import Inventory
from dq.lake.s3.versioned import S3Versioned
from dq.rollback.documents import LocalDocuments
from dq.rollback.journal import Journal


class S3World(AnyWorld):
    """One table in a bucket of its own, a journal on disk, one clock."""

    def __init__(
        self, cloud: Cloud, folder: Path, partition: Partition = DAY, table: str = "lake/flights"
    ) -> None:
        self.cloud = cloud
        self.s3 = cloud.s3
        self.folder = folder
        self.partition = partition
        self.bucket = cloud.bucket()
        self.table = self.bucket / table
        self.home = self.bucket / "_dq"
        self.clock = Clock()

    @property
    def at(self) -> Address:
        """The partition's prefix."""
        return self.table / str(self.partition) if self.partition.values else self.table

    def layout(self, steps: Steps = no_steps) -> S3Versioned:
        return S3Versioned(self.table, self.home, Inventory(self.cloud.s3), steps=steps)

    def journal(self, steps: Steps = no_steps) -> Journal:
        return Journal(LocalDocuments(self.folder / ".dq", steps=steps), clock=self.clock)

    def write(self, content: dict[str, bytes]) -> Manifest:
        """What a job does in place: old keys are deleted, new ones written."""
        for one in list(self.s3.list(self.at.folder)):
            if one.key.removeprefix(self.at.folder.key) not in content:
                self.s3.hide(Address(self.bucket.bucket, one.key))
        for path, data in content.items():
            self.s3.put(self.at / path, data)
        return self.layout().manifest(self.partition)

    def visible(self) -> dict[str, bytes]:
        """All objects that are there for readers, foreign ones too."""
        return self.below(self.at)

    def below(self, at: Address) -> dict[str, bytes]:
        """Everything that is visible below a prefix."""
        cut = len(at.folder.key)
        return {
            one.key[cut:]: self.s3.get(Address(at.bucket, one.key)).body for one in self.s3.list(at.folder)
        }

    def kept_bytes(self) -> set[bytes]:
        """Every content that any version of any object has."""
        found = [one for one in self.s3.versions(self.bucket) if not one.marker]
        return {self.s3.get(Address(self.bucket.bucket, one.key), one.version).body for one in found}
