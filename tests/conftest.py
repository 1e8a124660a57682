"""Fixtures that several test modules share. Their worlds are imported when a test asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from aws_server import Cloud
    from cli_lake import Project
    from rootcause_worlds import World
    from store_places import StorePlace


@pytest.fixture
def lake() -> Iterator[World]:
    """A DuckDB world for the root-cause search."""
    from rootcause_worlds import world

    made = world()
    yield made
    made.con.close()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Project:
    """A project folder that is the current one, and a command line in it."""
    from cli_lake import Project

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("DQ_STORE", "DQ_DEBUG", "DQ_THREADS", "DQ_MEMORY_LIMIT", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return Project(tmp_path, capsys)


@pytest.fixture(scope="session")
def aws_server() -> Iterator[str]:
    """The URL of a server that speaks AWS's protocols, one per test process."""
    from dq.demo.server import serving

    with serving() as url:
        yield url


@pytest.fixture
def cloud(aws_server: str, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """AWS for one test: credentials in the environment, and buckets of its own."""
    from aws_server import Cloud

    return Cloud.of(aws_server, monkeypatch.setenv)


@pytest.fixture(params=["local", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> StorePlace:
    """An empty place for a store; the server is started when the first test asks for it."""
    from store_places import LocalPlace, S3Place

    if request.param == "local":
        return LocalPlace(tmp_path / "store")
    cloud: Cloud = request.getfixturevalue("cloud")
    return S3Place(cloud.session, cloud.bucket(versioned=False) / "team/dq")
