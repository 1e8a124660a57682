"""Every kind of world, and what each needs to be made."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from lake_worlds import LOCAL, Make, World
from remote_worlds import ENFORCING, REMOTE, Server

SECOND_SERVER = os.environ.get("DQ_TEST_S3", "")
"""URL of an S3 server that is used instead of the usual one; it has no catalog."""

ICEBERG = ("iceberg", "iceberg-s3")
"""Tables with a catalog: in a folder, and on S3."""

REMOTE_KINDS: list[Any] = [
    pytest.param(kind, marks=[pytest.mark.s3_server] if kind.startswith("s3-") else []) for kind in REMOTE
]
"""Kinds on a server, for parametrized tests; those that also run on a second server are marked."""

KINDS: list[Any] = [
    *LOCAL,
    "iceberg",
    pytest.param("iceberg-s3", marks=pytest.mark.soak),
    *REMOTE_KINDS,
]
"""All kinds, for parametrized tests."""


def maker(kind: str, request: pytest.FixtureRequest) -> Make:
    """How worlds of a kind are made; a server is started when the first kind that needs one asks."""
    if kind in LOCAL:
        return LOCAL[kind]
    if kind in ICEBERG:
        return _iceberg(kind, request)
    server: Server = request.getfixturevalue("enforcing_server" if kind in ENFORCING else "server")
    remote = {**REMOTE, **ENFORCING}[kind]

    def make(folder: Path) -> World:
        return remote(folder, server)

    return make


def _iceberg(kind: str, request: pytest.FixtureRequest) -> Make:
    pytest.importorskip("pyiceberg", reason="Iceberg tables need pyiceberg")
    pytest.importorskip("pyarrow", minversion="17", reason="pyiceberg needs pyarrow 17")
    from iceberg_world import IcebergS3World, IcebergWorld

    if kind == "iceberg":
        return IcebergWorld
    cloud = request.getfixturevalue("cloud")
    bucket = cloud.bucket().bucket
    return lambda folder: IcebergS3World(folder, cloud.options, bucket)
