from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.orders import ensure

ROWS = 30_007


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("orders") / "it's here"


@pytest.fixture(scope="session")
def passing(home: Path) -> Path:
    return ensure(ROWS, "passing", home)


@pytest.fixture(scope="session")
def failing(home: Path) -> Path:
    return ensure(ROWS, "failing", home)
