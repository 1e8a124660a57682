"""The worlds that scenarios run on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from all_worlds import KINDS, SECOND_SERVER, maker
from front import Enforcing, serving
from lake_worlds import LOCAL, Make, World
from remote_worlds import ENFORCING, Server, connected


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `world` or `make` runs on every layout.

    Tests of many rounds, and those marked `enforcing`, run on servers that check every condition as well.
    """
    if "make" in metafunc.fixturenames:
        more = any(metafunc.definition.get_closest_marker(name) for name in ("soak", "enforcing"))
        metafunc.parametrize("make", [*KINDS, *(ENFORCING if more else ())], indirect=True)


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Requests take their time: what `make test` leaves out with layouts on servers is marked `thorough`."""
    for item in items:
        chosen, spec = item.get_closest_marker("on_servers"), getattr(item, "callspec", None)
        if chosen is None or spec is None or spec.params["make"] in LOCAL:
            continue
        if str(spec.params.get("operation", "")) not in chosen.args:
            item.add_marker("thorough")


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The S3 server of this process, or the second one that was named."""
    with connected(SECOND_SERVER or request.getfixturevalue("aws_server")) as made:
        yield made


@pytest.fixture(scope="session")
def enforcing_server() -> Iterator[Server]:
    """A server that checks every condition."""
    with serving(Enforcing) as url, connected(url) as made:
        yield made


@pytest.fixture
def make(request: pytest.FixtureRequest) -> Make:
    """How worlds of one kind are made."""
    return maker(request.param, request)


@pytest.fixture
def world(make: Make, tmp_path: Path) -> World:
    """One world."""
    return make(tmp_path)
