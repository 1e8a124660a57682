"""Every kind of world, and what each needs to be made."""

from __future__ import annotations

from typing import Any

import pytest
from lake_worlds import LOCAL, Make

REMOTE: tuple[str, ...] = ()
"""Kinds that talk to a server."""

KINDS: list[Any] = [*LOCAL, *(pytest.param(kind, marks=pytest.mark.s3_server) for kind in REMOTE)]
"""For parametrized tests; those that also run on a second server are marked."""


def maker(kind: str, request: pytest.FixtureRequest) -> Make:
    """How worlds of a kind are made."""
    return LOCAL[kind]
