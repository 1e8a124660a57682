"""The page on where data is: its addresses open, its settings are read, its table of settings is whole."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
from aws_server import Cloud

from docs.pages import blocks, text_of
from dq.aws.options import AwsOptions
from dq.config import AWS_KEYS, load_config
from dq.lake.manifest import Partition
from dq.lake.opening import open_source
from dq.lake.source import FileSource, format_of

PAGE = Path("docs/datasets.md")
ADDRESS = re.compile(r"^\| `s3://lake/(?P<key>[^`]*)` \|", re.MULTILINE)


def test_every_address_of_the_table_opens(cloud: Cloud) -> None:
    bucket = cloud.bucket()
    for key in ("orders/one.parquet", "orders/date=2026-01-01/two.parquet", "events/2026/01/31/23/a.json"):
        cloud.s3.put(bucket / key, b"{}\n")
    cloud.s3.put(bucket / "orders/2026-01/part-0.csv.gz", b"")
    keys = [row["key"] for row in ADDRESS.finditer(text_of(PAGE))]
    assert len(keys) == 4
    for key in keys:
        data = "orders/date=2026-01-01/" if key == "orders/" else key
        source = open_source(f"{bucket}{data}", Partition(), aws=cloud.options)
        assert isinstance(source, FileSource)
        assert len(source.files) == 1, key


def test_the_endings_are_those_that_are_known() -> None:
    (sentence,) = re.findall(
        r"^Formats go by the ending:.*?\. All files", text_of(PAGE), re.MULTILINE | re.DOTALL
    )
    endings = re.findall(r"`(\.\w+)`", sentence)
    for ending in endings:
        assert format_of(f"a{ending}") or format_of(f"a.csv{ending}"), ending


def test_the_settings_are_read(tmp_path: Path) -> None:
    (block,) = blocks("yaml config")
    (tmp_path / "dq.yml").write_text(block.text, encoding="utf-8")
    said = load_config(tmp_path, {}).aws
    assert all(getattr(said, key) is not None for key in AWS_KEYS)


def test_the_table_of_settings_is_whole() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(DQ_AWS_\w+)` \|", text_of(PAGE), re.MULTILINE)
    named = {one.name for one in fields(AwsOptions)} - {"iceberg"}  # catalogs are a setting of their own
    assert {key for key, _ in rows} == set(AWS_KEYS) == named
    assert all(variable == f"DQ_AWS_{key.upper()}" for key, variable in rows)


@pytest.mark.parametrize("action", ["s3:ListBucket", "s3:GetObject", "s3:GetObjectVersion"])
def test_permissions_are_named(action: str) -> None:
    assert f"`{action}`" in text_of(PAGE)
