"""The policies are enough for their roles, and no more: every request of a role's work is compared."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import duckdb
import front
import pytest
from aws_server import Cloud

import dq
from dq.aws.address import Address
from dq.doctor.policies import Around, Role, allows, policy
from dq.errors import UsageError
from dq.flow.outcome import RunOutcome
from dq.result import Status

DAY = {"date": "2026-01-01"}
FOLDER = "date=2026-01-01"
SUITE = """\
suite: orders
data: {data}
partition_by: [date]
on_failure: {on_failure}
columns:
  id: [not_null, unique]
"""


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Cloud, front.Recording]]:
    """AWS behind a layer that writes down every request."""
    layers: list[front.Recording] = []

    def layer(app: front.App) -> front.App:
        layers.append(front.Recording(app))
        return layers[0]

    with front.serving(layer) as url:
        yield Cloud.of(url, monkeypatch.setenv), layers[0]


Recorded = Callable[[], AbstractContextManager[None]]
"""What happens within it counts; what other programs do happens outside."""


class Work:
    """A project whose table lies below a prefix of a versioned bucket, and its store in another bucket."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.cloud, self.folder = cloud, folder
        self.bucket, self.store = cloud.bucket(), cloud.bucket(versioned=False) / "dq/"
        self.around = Around(self.bucket / "orders/", self.store)
        (folder / "dq.yml").write_text(
            f"store: {self.store}\naws: {{endpoint: '{cloud.options.endpoint}', region: us-east-1}}\n"
        )

    @property
    def data(self) -> str:
        return str(self.around.table)

    def suite(self, on_failure: str) -> Path:
        path = self.folder / f"{on_failure}.yml"
        path.write_text(SUITE.format(data=self.data, on_failure=on_failure))
        return path

    def staged(self, ids: str) -> Path:
        folder = self.folder / "staged"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        duckdb.connect().execute(
            f"COPY (SELECT unnest({ids}) AS id) TO '{folder / f'part-{len(ids)}.parquet'}' (FORMAT parquet)"
        )
        return folder

    def write(self, ids: str) -> None:
        """Another program overwrites the day, as awswrangler does: old objects go, new names come."""
        for one in self.cloud.s3.list(self.around.table):
            self.cloud.s3.hide(Address(self.bucket.bucket, one.key))
        self.cloud.upload(self.staged(ids), self.around.table / f"{FOLDER}/")

    def run(self, on_failure: str, status: Status, partition: dict[str, str] | None = DAY) -> RunOutcome:
        outcome = dq.run(self.suite(on_failure), partition)
        assert outcome.status is status
        return outcome

    def validate(self, recorded: Recorded) -> None:
        self.write(f"range({MORE_THAN_A_TAIL})::INTEGER[]")
        with recorded():
            self.run("report", Status.PASS)
            self.run("report", Status.PASS, None)

    def publish(self, recorded: Recorded) -> None:
        suite = self.suite("report")
        with recorded():
            assert dq.publish(self.staged("[1, 2]"), suite, DAY).status is Status.PASS
            assert dq.publish(self.staged("[1, 2, 3]"), suite, DAY).status is Status.PASS
            assert dq.publish(self.staged("[1, 1]"), suite, DAY).status is Status.FAIL
            assert dq.publish(self.staged("[4]"), suite, {"date": "2026-01-02"}).status is Status.PASS

    def rollback(self, recorded: Recorded) -> None:
        with recorded():
            self.run("rollback", Status.PASS)
        self.write("[1, 1]")
        with recorded():
            done = self.run("rollback", Status.FAIL).rollback
            assert done is not None
            assert done.state == "done"
            assert dq.rollback.undo(done.id, self.suite("rollback")).is_complete
            taken = dq.rollback.plan(self.suite("rollback"), DAY, quarantine_only=True)
            assert dq.rollback.apply(taken, self.suite("rollback")).is_complete
            assert dq.rollback.undo(taken.id, self.suite("rollback")).is_complete


class CatalogWork(Work):
    """The same table in the Glue catalog; the other program registers its partition anew."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        super().__init__(cloud, folder)
        name = f"d{self.bucket.bucket.replace('-', '')}"
        self.around = Around(self.bucket / "orders/", self.store, name, "orders")
        self.glue = cloud.session.client("glue")
        self.glue.create_database(DatabaseInput={"Name": name})
        self.glue.create_table(
            DatabaseName=name,
            TableInput={
                "Name": "orders",
                "TableType": "EXTERNAL_TABLE",
                "PartitionKeys": [{"Name": "date", "Type": "string"}],
                "StorageDescriptor": self.stored(self.around.table),
            },
        )

    @property
    def data(self) -> str:
        return f"glue://{self.around.database}.orders"

    def stored(self, at: Address) -> dict[str, Any]:
        parquet = "org.apache.hadoop.hive.ql.io.parquet"
        return {
            "Columns": [{"Name": "id", "Type": "int"}],
            "Location": str(at),
            "InputFormat": f"{parquet}.MapredParquetInputFormat",
            "SerdeInfo": {"SerializationLibrary": f"{parquet}.serde.ParquetHiveSerDe"},
        }

    def write(self, ids: str) -> None:
        super().write(ids)
        named = {"DatabaseName": self.around.database, "TableName": "orders"}
        values = [DAY["date"]]
        if self.glue.get_partitions(**named)["Partitions"]:
            self.glue.delete_partition(**named, PartitionValues=values)
        where = self.stored(self.around.table / f"{FOLDER}/")
        self.glue.create_partition(**named, PartitionInput={"Values": values, "StorageDescriptor": where})


class OverwrittenWork(CatalogWork):
    """The same, where the other program writes to where the catalog sends readers: over a load."""

    def rollback(self, recorded: Recorded) -> None:
        with recorded():
            assert dq.publish(self.staged("[1, 2, 3]"), self.suite("rollback"), DAY).status is Status.PASS
        self.overwrite("[1, 1]")
        with recorded():
            done = self.run("rollback", Status.FAIL).rollback
            assert done is not None
            assert (done.kind, done.state) == ("rollback", "done")
            assert dq.rollback.undo(done.id, self.suite("rollback")).is_complete
            taken = dq.rollback.plan(self.suite("rollback"), DAY, quarantine_only=True)
            assert dq.rollback.apply(taken, self.suite("rollback")).is_complete
            assert dq.rollback.undo(taken.id, self.suite("rollback")).is_complete

    def overwrite(self, ids: str) -> None:
        found = self.glue.get_partition(
            DatabaseName=self.around.database, TableName="orders", PartitionValues=[DAY["date"]]
        )
        at = Address.parse(found["Partition"]["StorageDescriptor"]["Location"]).folder
        for one in list(self.cloud.s3.list(at)):
            self.cloud.s3.hide(Address(at.bucket, one.key))
        self.cloud.upload(self.staged(ids), at)


class WholeWork(CatalogWork):
    """A table without partitions."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        super().__init__(cloud, folder)
        named = {"DatabaseName": self.around.database, "Name": "orders"}
        self.glue.delete_table(**named)
        self.glue.create_table(
            DatabaseName=self.around.database,
            TableInput={
                "Name": "orders",
                "TableType": "EXTERNAL_TABLE",
                "StorageDescriptor": self.stored(self.around.table),
            },
        )
        self.around = replace(self.around, partitioned=False)

    def suite(self, on_failure: str) -> Path:
        path = super().suite(on_failure)
        path.write_text(path.read_text().replace("partition_by: [date]\n", ""))
        return path

    def write(self, ids: str) -> None:
        for one in list(self.cloud.s3.list(self.around.table)):
            self.cloud.s3.hide(Address(self.bucket.bucket, one.key))
        self.cloud.upload(self.staged(ids), self.around.table)
        known = self.glue.get_table(DatabaseName=self.around.database, Name="orders")["Table"]
        kept = {name: known[name] for name in ("Name", "TableType", "Parameters") if name in known}
        self.glue.update_table(
            DatabaseName=self.around.database,
            TableInput={**kept, "StorageDescriptor": self.stored(self.around.table)},
        )

    def validate(self, recorded: Recorded) -> None:
        self.write(f"range({MORE_THAN_A_TAIL})::INTEGER[]")
        with recorded():
            self.run("report", Status.PASS, None)

    def publish(self, recorded: Recorded) -> None:
        suite = self.suite("report")
        with recorded():
            assert dq.publish(self.staged("[1, 2]"), suite).status is Status.PASS
            assert dq.publish(self.staged("[1, 2, 3]"), suite).status is Status.PASS
            assert dq.publish(self.staged("[1, 1]"), suite).status is Status.FAIL

    def rollback(self, recorded: Recorded) -> None:
        with recorded():
            self.run("rollback", Status.PASS, None)
        self.write("[1, 1]")
        with recorded():
            done = self.run("rollback", Status.FAIL, None).rollback
            assert done is not None
            assert done.state == "done"
            assert dq.rollback.undo(done.id, self.suite("rollback")).is_complete


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        *((kind, role) for kind in (Work, CatalogWork, WholeWork) for role in get_args(Role)),
        (OverwrittenWork, "rollback"),
    ],
)
def test_a_role_needs_what_its_policy_allows(
    role: str,
    kind: type[Work],
    recording: tuple[Cloud, front.Recording],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cloud, layer = recording
    monkeypatch.chdir(tmp_path)
    work = kind(cloud, tmp_path)
    work.write("[1, 2, 3]")
    asked: set[tuple[str, str]] = set()

    @contextmanager
    def recorded() -> Iterator[None]:
        with layer.recorded() as found:
            yield
        asked.update(found)

    getattr(work, role)(recorded)
    document = policy(role, work.around)
    refused = sorted({(a, r) for a, r in asked if not allows(document, a, arn(a, r))})
    assert not refused, "\n".join(f"{a} on {r}" for a, r in refused)
    used = {action for action, _ in asked}
    assert kind is not OverwrittenWork or "s3:GetObjectVersion" in used
    looking = actions_of(policy("validate", work.around)) if role != "validate" else set()
    assert actions_of(document) - used - NOT_ASKED_HERE - looking == set()


MORE_THAN_A_TAIL = 50_000
"""Rows of a file of which looking fetches the end alone, so that the pinned version is read as well."""
NOT_ASKED_HERE = {
    "s3:AbortMultipartUpload",  # when a large upload or copy fails
    "s3:GetObjectTagging",  # when an object that is copied has tags
    "s3:GetObjectVersionTagging",  # likewise
    "s3:GetLifecycleConfiguration",  # when bytes that passed are to be kept
    "s3:DeleteObjectTagging",  # when a quarantined load comes back
}
"""What small objects without tags do not need."""


def actions_of(document: dict[str, Any]) -> set[str]:
    return {action for statement in document["Statement"] for action in statement["Action"]}


def arn(action: str, resource: str) -> str:
    """As IAM names it."""
    return (
        f"arn:aws:s3:::{resource}"
        if action.startswith("s3:")
        else f"arn:aws:glue:us-east-1:1:table/{resource}"
    )


def test_roles_are_cumulative_and_others_are_refused() -> None:
    around = Around(Address("lake", "orders/"), Address("dq", "store/"), "sales", "orders")

    validate, publish, rollback = (actions_of(policy(role, around)) for role in get_args(Role))
    assert validate < publish < rollback
    assert "glue:DeletePartition" in rollback - publish
    assert not any(a.startswith(("s3:DeleteObjectVersion", "s3:PutBucket", "iam:")) for a in rollback)
    with pytest.raises(UsageError, match="Did you mean 'rollback'"):
        policy("rolback", around)
