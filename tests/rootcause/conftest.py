from __future__ import annotations

from collections.abc import Iterator

import pytest
from rootcause_worlds import World, world


@pytest.fixture
def lake() -> Iterator[World]:
    made = world()
    yield made
    made.con.close()
