"""The vocabulary: one file per family, found by looking into this folder and at entry points.

Making an expectation class takes about a millisecond, and there are some hundred. So a family is imported
when one of its names is asked for; which names it has is read from its text.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dq.expectations.base import Expectation

_NAMED = re.compile(r'^    (?:type|short): ClassVar\[str\] = "([^"]+)"$', re.MULTILINE)


def vocabulary() -> Mapping[str, type[Expectation]]:
    """Every known expectation class by its full type name.

    Third-party classes come from the entry point group `dq.expectations`; each entry names a module whose
    import registers classes with `dq.expectations.base.register`. A broken one warns and names its
    distribution; it does not stop the others. Plugins that a project names are here once they are imported.
    """
    from dq.expectations import base

    _import_all()
    return dict(sorted(base._registered.items()))


def find(name: str, level: str | None = None) -> type[Expectation] | None:
    """The class of a full type name, or of a short name at a level (`column` or `table`)."""
    levels = (level,) if level else ("column", "table")
    shorts = (SHORTS.get((each, name)) for each in levels)
    return TYPES.get(name) or next((cls for cls in shorts if cls), None)


class _Types(Mapping[str, "type[Expectation]"]):
    """Classes by full type name. A look at one imports its family only."""

    def __getitem__(self, name: str) -> type[Expectation]:
        return _registered(name)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(vocabulary())

    def __len__(self) -> int:
        return len(vocabulary())


class _Shorts(Mapping["tuple[str, str]", "type[Expectation]"]):
    """Classes by level and short name. A look at one imports the families that have the name only."""

    def __getitem__(self, key: tuple[str, str]) -> type[Expectation]:
        for cls in _registered(key[1]).values():
            if (cls.level, cls.short) == key:
                return cls
        raise KeyError(key)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter([(cls.level, cls.short) for cls in vocabulary().values()])

    def __len__(self) -> int:
        return len(vocabulary())


TYPES: Mapping[str, type[Expectation]] = _Types()
SHORTS: Mapping[tuple[str, str], type[Expectation]] = _Shorts()


def _registered(name: str) -> Mapping[str, type[Expectation]]:
    """The classes known so far, after importing whatever may have the name."""
    from dq.expectations import base

    if name in _index():
        import_named(name)
    elif not any(name in (cls.type, cls.short) for cls in base._registered.values()):
        _load_plugins()
    return base._registered


def import_named(*names: str) -> None:
    """Import the families of dq that have an expectation of one of these names."""
    for family in dict.fromkeys(family for name in names for family in _index().get(name, ())):
        importlib.import_module(family)


@functools.cache
def _import_all() -> None:
    for family in _families():
        importlib.import_module(family)
    _load_plugins()


@functools.cache
def _families() -> tuple[str, ...]:
    return tuple(f"{__name__}.{module.name}" for module in pkgutil.iter_modules(__path__))


@functools.cache
def _index() -> Mapping[str, tuple[str, ...]]:
    """The families by the type names and short names that stand in their text.

    A family whose text is not at hand, as in an archive of compiled modules, is imported for every name.
    """
    index: dict[str, list[str]] = {}
    for family in _families():
        file = Path(__path__[0], family.rpartition(".")[2]).with_suffix(".py")
        try:
            names = _NAMED.findall(file.read_text(encoding="utf-8"))
        except OSError:
            importlib.import_module(family)
            continue
        for name in names:
            index.setdefault(name, []).append(family)
    return {name: tuple(families) for name, families in index.items()}


@functools.cache
def _load_plugins() -> None:
    from importlib.metadata import entry_points

    for entry in entry_points(group="dq.expectations"):
        try:
            entry.load()
        except Exception as error:  # noqa: BLE001 - a plugin may fail in any way; the run goes on without it
            owner = entry.dist.name if entry.dist else "an unknown distribution"
            warnings.warn(f"expectations '{entry.name}' of {owner} cannot be loaded: {error}", stacklevel=2)
