"""The root-cause note of objects that were overwritten: both states of the same keys, side by side."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from aws_server import Cloud

import dq
from dq.aws.address import Address
from dq.validation import EngineOptions


def load(cloud: Cloud, at: Address, folder: Path, broken: bool) -> None:
    for part in range(3):
        ids = range(part * 1000, (part + 1) * 1000)
        late = [-5000 if broken and part == 1 else i % 50 for i in ids]
        pq.write_table(pa.table({"id": list(ids), "late": late}), folder / "part.parquet")
        cloud.s3.upload(str(folder / "part.parquet"), at / f"day=1/part-{part}.parquet")


def test_the_bad_file_is_named_against_its_good_version(cloud: Cloud, tmp_path: Path) -> None:
    at = cloud.bucket() / "t"
    suite = {
        "suite": "s",
        "data": f"{at}/",
        "columns": {"late": [{"between": [-60, 1000]}], "id": ["unique"]},
    }
    options = EngineOptions(aws=cloud.options)
    outcomes = []
    for broken in (False, True):
        load(cloud, at, tmp_path, broken)
        run = dq.run(suite, partition={"day": "1"}, options=options, store=str(tmp_path / "store"))
        outcomes.append(run.result.status.value)
    assert outcomes == ["pass", "fail"]
    assert run.note is not None
    cause = run.note.causes[0]
    assert (cause.text, cause.confidence.value) == ("file part-1.parquet", "high")
    assert cause.inside is not None
    assert cause.last_good is not None
    assert (cause.inside.failing, cause.last_good.rows, cause.last_good.failing) == (1000, 1000, 0)
