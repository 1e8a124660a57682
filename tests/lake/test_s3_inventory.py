"""Manifests of prefixes on a real S3 server."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from aws_server import Cloud

from dq.lake.manifest import FileEntry, Partition
from dq.lake.s3.inventory import CONTENT, Inventory, is_hidden

DAY = Partition.of({"date": "2026-01-01"})


def parquet(path: Path, rows: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    duckdb.connect().execute(f"COPY (SELECT range AS id FROM range({rows})) TO '{path}' (FORMAT parquet)")


def test_a_manifest_names_files_sizes_versions_and_rows(cloud: Cloud, tmp_path: Path) -> None:
    parquet(tmp_path / "a.parquet", 1000)
    parquet(tmp_path / "sub/b.parquet", 7)
    (tmp_path / "c.csv").write_text("id\n1\n")
    (tmp_path / "_SUCCESS").write_text("")
    at = cloud.bucket() / "orders/date=2026-01-01/"
    cloud.upload(tmp_path, at)
    inventory = Inventory(cloud.s3)
    found = inventory.manifest(DAY, at)
    assert [(f.path, f.size, f.rows) for f in found.files] == [
        ("a.parquet", (tmp_path / "a.parquet").stat().st_size, 1000),
        ("c.csv", 5, None),
        ("sub/b.parquet", (tmp_path / "sub/b.parquet").stat().st_size, 7),
    ]
    assert found.paths[0] == f"{at}a.parquet"
    heads = [cloud.s3.head(at / f.path) for f in found.files]
    assert [f.version for f in found.files] == [head.version if head else "" for head in heads]
    assert [f.checksum for f in found.files] == [f"etag:{head.etag}" if head else "" for head in heads]


def test_the_checksum_that_dq_wrote_counts(cloud: Cloud) -> None:
    bucket = cloud.bucket()
    cloud.s3.put(bucket / "t/a.csv", b"id\n1\n", metadata={CONTENT: "sha256:abc"})
    (entry,) = Inventory(cloud.s3).manifest(Partition(), bucket / "t").files
    assert entry == FileEntry("a.csv", 5, "sha256:abc", None, entry.version)


def test_a_second_look_asks_only_for_what_changed(cloud: Cloud) -> None:
    bucket = cloud.bucket()
    for name in "abc":
        cloud.s3.put(bucket / f"t/{name}.csv", b"id\n1\n")
    inventory = Inventory(cloud.s3)
    first = inventory.manifest(Partition(), bucket / "t")
    asked: list[str] = []
    cloud.session.client("s3").meta.events.register(
        "before-call.s3", lambda model, **_: asked.append(model.name)
    )
    assert inventory.manifest(Partition(), bucket / "t") == first
    assert asked == ["ListObjectsV2"]
    cloud.s3.put(bucket / "t/b.csv", b"id\n2\n")
    assert inventory.manifest(Partition(), bucket / "t") != first
    assert asked.count("HeadObject") == 1


def test_a_footer_longer_than_the_tail_leaves_the_rows_unknown(cloud: Cloud, tmp_path: Path) -> None:
    columns = ", ".join(f"range AS column_with_a_long_name_{n}" for n in range(1500))
    duckdb.connect().execute(f"COPY (SELECT {columns} FROM range(3)) TO '{tmp_path / 'a.parquet'}'")
    at = cloud.bucket() / "wide"
    cloud.upload(tmp_path, at)
    (entry,) = Inventory(cloud.s3).manifest(Partition(), at).files
    assert entry.rows is None


@pytest.mark.parametrize(
    ("path", "hidden"),
    [
        ("a.parquet", False),
        ("_SUCCESS", True),
        ("x/.tmp/a", True),
        ("day=_/a", False),
        ("x/", True),
        ("", True),
    ],
)
def test_hidden_names_are_no_data(path: str, hidden: bool) -> None:
    assert is_hidden(path) is hidden
