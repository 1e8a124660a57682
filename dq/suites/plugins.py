"""Importing a project's own expectations, written in Python."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
import traceback
from pathlib import Path

_loaded: dict[str, tuple[int, int]] = {}
"""Size and modification time of each file when it was imported, by the name of its module."""


class PluginError(Exception):
    """A plugin cannot be imported; the text says why."""


def load_plugin(plugin: str, root: Path) -> None:
    """Import a module, or a file; its classes register themselves.

    A file is imported again when it changed: its classes take the place of those that it registered before.

    Args:
        plugin: name of a module that Python can import, or a path that ends with `.py`, relative to `root`.
        root: of the project.

    Raises:
        PluginError: there is none, or it failed.
    """
    try:
        if plugin.endswith(".py"):
            _load_file(root / plugin)
        else:
            importlib.import_module(plugin)
    except PluginError:
        raise
    except ModuleNotFoundError as error:
        if error.name is not None and (plugin == error.name or plugin.startswith(f"{error.name}.")):
            near = root / f"{plugin.replace('.', os.sep)}.py"
            hint = f" Name the file: {near.relative_to(root)}." if near.is_file() else ""
            raise PluginError(
                f"there is no module '{plugin}' that Python can import.{hint or ' Install its package.'}"
            ) from None
        raise PluginError(_told(plugin, error)) from error
    except Exception as error:  # a plugin may fail in any way
        raise PluginError(_told(plugin, error)) from error


def _load_file(file: Path) -> None:
    if not file.is_file():
        raise PluginError(f"there is no file {file}")
    about = file.stat()
    stamp = about.st_size, about.st_mtime_ns
    # The same file has one module, whatever the project calls it; files of one name in two projects have two.
    name = f"dq_plugin_{hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:12]}_{file.stem}"
    if _loaded.get(name) == stamp:
        return
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise PluginError(f"{file} cannot be read as Python")
    from dq.expectations.base import registered_by

    with registered_by(name):
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            # Not by its compiled form: that is told from the source by whole seconds only.
            exec(compile(file.read_bytes(), str(file), "exec"), module.__dict__)  # noqa: S102 - the project's code
        except BaseException:
            sys.modules.pop(name, None)
            raise
    _loaded[name] = stamp


def _told(plugin: str, error: BaseException) -> str:
    """What went wrong, and at which line of whose file."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    if isinstance(error, SyntaxError):
        where = f" ({error.filename}:{error.lineno})"
    return f"plugin '{plugin}' cannot be loaded: {type(error).__name__}: {error}{where}"
