"""From words on the command line to suites, stores and tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dq.errors import UsageError

if TYPE_CHECKING:
    from dq.store import FileStore
    from dq.suites import Suite
    from dq.validation import EngineOptions

SUITES = "suites"
"""The folder below the project root where a suite is looked for when none is named."""


def suite_at(named: str | None, params: Mapping[str, Any] | None = None, *, fill: bool = True) -> Suite:
    """The suite of a file; without one, the only suite in the project's `suites` folder.

    Raises:
        UsageError: none is named, and there is not exactly one.
        SuiteError: it cannot be read.
    """
    from dq.suites import load_suite

    return load_suite(named if named is not None else _only_suite(), params, fill=fill)


def _only_suite() -> str:
    from dq.config import find_root

    folder = find_root(Path()) / SUITES
    found = sorted(path for path in folder.glob("*") if path.suffix in (".yml", ".yaml"))
    if len(found) == 1:
        return _short(found[0])
    if not found:
        raise UsageError(f"name a suite, such as --suite {SUITES}/orders.yml; there is none in {SUITES}/")
    raise UsageError(f"name a suite; there are {', '.join(_short(path) for path in found[:6])}")


def _short(path: Path) -> str:
    """Relative to the current folder where it lies below it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def located(data: str | None, root: Path) -> str | None:
    """A path as the user of a shell means it: from the current folder, not from the project root."""
    if data is None or "://" in data or data.startswith(("/", "~")):
        return data
    return data if Path.cwd() == root.absolute() else str(Path.cwd() / data)


def options_at(root: Path, threads: int | None, memory: str | None) -> EngineOptions:
    """Threads and memory: as given, else as configured; where AWS is, as configured.

    Raises:
        ConfigError: the configuration is wrong.
    """
    from dq.config import load_config
    from dq.validation import EngineOptions

    config = load_config(root)
    return EngineOptions(threads or config.threads, memory or config.memory_limit, config.aws)


def store_at(folder: str | None, root: Path | None = None) -> FileStore:
    """The store in a folder or below a prefix, or the configured one.

    Args:
        folder: as given, from the current folder, or `s3://bucket/prefix`; None for the configured store.
        root: where the configuration is looked for; the current folder when left out.

    Raises:
        ConfigError: the configuration is wrong.
        StoreError: the folder is a file.
    """
    from dq.config import load_config
    from dq.store.opening import store_in

    config = load_config(root or Path())
    return store_in(folder or config.store, aws=config.aws)
