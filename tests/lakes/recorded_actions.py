"""Every request that a role makes, written down while it works: what a least-privilege policy must allow.

    python tests/lakes/recorded_actions.py

prints them by layout, role and place; a test compares them with the policies of `dq.doctor.policies`.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from aws_server import Cloud
from front import App, Recording, serving

import dq
from dq.aws.address import Address

DAY = {"date": "2013-02-08"}
LAYOUTS = ("s3-versioned", "glue-location")
SERIAL = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"

Actions = set[tuple[str, str]]
"""Action, and the ARN that it was asked of."""


@dataclass
class Project:
    """A suite over one table, with a store on S3.

    Attributes:
        cloud: the server.
        layout: of the table.
        folder: where `dq.yml` is; the current one.
        data: bucket of the table; it keeps versions.
        store: prefix of the store, in a bucket that does not.
        database: in the catalog; empty for a table that is named by its prefix.
    """

    cloud: Cloud
    layout: str
    folder: Path
    data: Address = field(init=False)
    store: Address = field(init=False)
    database: str = ""

    def __post_init__(self) -> None:
        self.data, self.store = self.cloud.bucket(), self.cloud.bucket(versioned=False) / "team/dq/"
        settings = (
            f"store: {self.store}\naws: {{endpoint: '{self.cloud.options.endpoint}', region: us-east-1}}\n"
        )
        (self.folder / "dq.yml").write_text(settings)
        if self.layout == "glue-location":
            self.database = f"d{uuid.uuid4().hex[:12]}"
            self._make_table()

    @property
    def table(self) -> Address:
        """The table's prefix."""
        return self.data / "lake/flights/"

    def suite(self, on_failure: str = "report") -> dict[str, Any]:
        """One column, one check."""
        data = f"glue://{self.database}.flights" if self.database else str(self.table)
        checks = {"amount": [{"between": {"min": 0}}]}
        more = {} if self.database else {"partition_by": ["date"]}
        return {"suite": "flights", "data": data, "on_failure": on_failure, "columns": checks, **more}

    def write(self, *amounts: float) -> None:
        """What another program writes, in place."""
        place = self.table / "date=2013-02-08/"
        self.cloud.s3.put(place / f"part-{len(amounts)}.parquet", parquet(amounts))
        for one in list(self.cloud.s3.list(place)):
            if not one.key.endswith(f"part-{len(amounts)}.parquet"):
                self.cloud.s3.hide(Address(place.bucket, one.key))
        if self.database:
            self._register(place)

    def staged(self, *amounts: float) -> Path:
        """A folder to publish."""
        folder = self.folder / f"staged-{uuid.uuid4().hex[:8]}"
        folder.mkdir()
        (folder / "part-0.parquet").write_bytes(parquet(amounts))
        return folder

    def _make_table(self) -> None:
        glue = self.cloud.session.client("glue")
        glue.create_database(DatabaseInput={"Name": self.database})
        table = {
            "Name": "flights",
            "TableType": "EXTERNAL_TABLE",
            "StorageDescriptor": self._stored(self.table),
            "PartitionKeys": [{"Name": "date", "Type": "string"}],
        }
        glue.create_table(DatabaseName=self.database, TableInput=table)

    def _register(self, place: Address) -> None:
        glue, named = (
            self.cloud.session.client("glue"),
            {"DatabaseName": self.database, "TableName": "flights"},
        )
        given = {"Values": ["2013-02-08"], "StorageDescriptor": self._stored(place)}
        try:
            glue.create_partition(**named, PartitionInput=given)
        except glue.exceptions.AlreadyExistsException:
            glue.update_partition(**named, PartitionValueList=["2013-02-08"], PartitionInput=given)

    def _stored(self, at: Address) -> dict[str, Any]:
        return {
            "Columns": [{"Name": "amount", "Type": "double"}],
            "Location": str(at),
            "SerdeInfo": {"SerializationLibrary": SERIAL},
        }


def parquet(amounts: tuple[float, ...]) -> bytes:
    """A file with one column."""
    out = io.BytesIO()
    pq.write_table(pa.table({"amount": pa.array(amounts, pa.float64())}), out)
    return out.getvalue()


def validating(project: Project) -> Iterator[Callable[[], object]]:
    """A good and a bad partition, looked at and recorded."""
    project.write(1.0, 2.0)
    yield lambda: dq.run(project.suite(), DAY)
    project.write(-1.0)
    yield lambda: dq.run(project.suite(), DAY)
    yield lambda: dq.history("flights")


def publishing(project: Project) -> Iterator[Callable[[], object]]:
    """The first load, a second, over what another program wrote, and one that does not pass."""
    for amounts in ((1.0, 2.0), (3.0, 4.0, 5.0)):
        yield lambda amounts=amounts: published(project, *amounts)  # type: ignore[misc]  # bound now
    project.write(7.0)
    yield lambda: published(project, 8.0)
    yield lambda: published(project, -9.0, visible=False)


def published(project: Project, *amounts: float, visible: bool = True) -> None:
    outcome = dq.publish(str(project.staged(*amounts)), project.suite(), partition=DAY)
    assert outcome.rollback is not None
    assert outcome.rollback.kind == ("publish" if visible else "refuse"), outcome.trouble
    assert outcome.rollback.state == "done"


def rolling_back(project: Project) -> Iterator[Callable[[], object]]:
    """Back to what was validated, undone, planned by hand, taken out of sight and brought back."""
    suite = project.suite("rollback")
    project.write(1.0, 2.0)
    yield lambda: dq.run(suite, DAY)
    project.write(-1.0)
    yield lambda: done(dq.run(suite, DAY).rollback)
    project.write(-1.0, -2.0, -3.0)
    yield lambda: done(dq.rollback.apply(dq.rollback.plan(suite, DAY), suite))
    yield lambda: done(dq.rollback.undo())
    yield lambda: done(dq.rollback.apply(dq.rollback.plan(suite, DAY, quarantine_only=True), suite))
    yield lambda: done(dq.rollback.undo())
    yield dq.rollback.status


def done(status: Any) -> None:
    assert status is not None
    assert status.state == "done", status


ROLES: Mapping[str, Callable[[Project], Iterator[Callable[[], object]]]] = {
    "validate": validating,
    "publish": publishing,
    "rollback": rolling_back,
}


def record(recording: Recording, project: Project, role: str) -> Actions:
    """Every request of a role's work; what others do meanwhile is left out."""
    found: Actions = set()
    for step in ROLES[role](project):
        with recording.recorded() as seen:
            step()
        found |= seen
    return {(action, arn(action, resource)) for action, resource in found}


def arn(action: str, resource: str) -> str:
    """As policies name the resource of a request."""
    if action.startswith("s3:"):
        return f"arn:aws:s3:::{resource}"
    return f"arn:aws:glue:*:*:{'table' if '/' in resource else 'database'}/{resource}"


def place(project: Project, resource: str) -> str:
    """Where a resource lies, in words that are the same in every run."""
    name = resource.removeprefix("arn:aws:s3:::")
    if name == resource:
        return "catalog"
    places = {
        "the table": project.table,
        "its loads": Address(project.data.bucket, f"{project.table.key.rstrip('/')}.loads/"),
        "the store": project.store,
        "kept bytes": project.data / "_dq/",
    }
    for words, at in places.items():
        if name.startswith(f"{at.bucket}/{at.key}"):
            return words
    bucket = {project.data.bucket: "bucket of the table", project.store.bucket: "bucket of the store"}
    return bucket.get(name, name)


@contextlib.contextmanager
def recording_server() -> Iterator[tuple[str, Recording]]:
    """A server that writes requests down."""
    made: list[Recording] = []

    def layer(app: App) -> App:
        made.append(Recording(app))
        return made[0]

    with serving(layer) as url:
        yield url, made[0]


def main() -> None:
    """Prints one line for each layout, role, action and place."""
    with pytest.MonkeyPatch.context() as patch, recording_server() as (url, recording):
        cloud = Cloud.of(url, patch.setenv)
        for layout in LAYOUTS:
            for role in ROLES:
                with tempfile.TemporaryDirectory() as folder:
                    os.chdir(folder)
                    project = Project(cloud, layout, Path(folder))
                    asked = record(recording, project, role)
                    lines = {(action, place(project, resource)) for action, resource in asked}
                    for action, where in sorted(lines):
                        print(f"{layout:14} {role:9} {action:32} {where}")
                    os.chdir("/")


if __name__ == "__main__":
    main()
