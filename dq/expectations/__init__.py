"""The vocabulary: one file per family, found by looking into this folder and at entry points."""

from __future__ import annotations

import functools
import importlib
import pkgutil
import warnings
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dq.expectations.base import Expectation


@functools.cache
def vocabulary() -> Mapping[str, type[Expectation]]:
    """Every known expectation class by its full type name.

    Third-party classes come from the entry point group `dq.expectations`; each entry names a module whose
    import registers classes with `dq.expectations.base.register`. A broken one warns and names its
    distribution; it does not stop the others.
    """
    from dq.expectations import base

    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    for entry in entry_points(group="dq.expectations"):
        try:
            entry.load()
        except Exception as error:  # noqa: BLE001 - a plugin may fail in any way; the run goes on without it
            owner = entry.dist.name if entry.dist else "an unknown distribution"
            warnings.warn(f"expectations '{entry.name}' of {owner} cannot be loaded: {error}", stacklevel=2)
    return dict(sorted(base._registered.items()))


def find(name: str, level: str | None = None) -> type[Expectation] | None:
    """The class of a full type name, or of a short name at a level (`column` or `table`)."""
    known = vocabulary()
    if name in known:
        return known[name]
    for cls in known.values():
        if cls.short == name and level in (None, cls.level):
            return cls
    return None
