"""The worlds that scenarios run on."""

from __future__ import annotations

from pathlib import Path

import pytest
from all_worlds import KINDS, maker
from lake_worlds import Make, World


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `world` or `make` runs on every layout."""
    if "make" in metafunc.fixturenames:
        metafunc.parametrize("make", KINDS, indirect=True)


@pytest.fixture
def make(request: pytest.FixtureRequest) -> Make:
    """How worlds of one kind are made."""
    return maker(request.param, request)


@pytest.fixture
def world(make: Make, tmp_path: Path) -> World:
    """One world."""
    return make(tmp_path)
