"""Stores in every kind of place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from store_places import LocalPlace, S3Place, StorePlace

if TYPE_CHECKING:
    from aws_server import Cloud


@pytest.fixture(params=["local", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> StorePlace:
    """An empty place; the server is started when the first test asks for it."""
    if request.param == "local":
        return LocalPlace(tmp_path / "store")
    cloud: Cloud = request.getfixturevalue("cloud")
    return S3Place(cloud.session, cloud.bucket(versioned=False) / "team/dq")
