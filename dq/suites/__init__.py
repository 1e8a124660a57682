"""Suites: what an author declares about one dataset. Loaded lazily; see `load_suite`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dq.suites.gx import to_gx
    from dq.suites.load import input_location, load_suite
    from dq.suites.model import InputRef, Item, OnFailure, OnUntested, Policy, Suite
    from dq.suites.schema import suite_json_schema

_HOMES = {
    "InputRef": "model",
    "Item": "model",
    "OnFailure": "model",
    "OnUntested": "model",
    "Policy": "model",
    "Suite": "model",
    "input_location": "load",
    "load_suite": "load",
    "suite_json_schema": "schema",
    "to_gx": "gx",
}

__all__ = [
    "InputRef",
    "Item",
    "OnFailure",
    "OnUntested",
    "Policy",
    "Suite",
    "input_location",
    "load_suite",
    "suite_json_schema",
    "to_gx",
]


def __getattr__(name: str) -> Any:
    """Public names, imported when first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
