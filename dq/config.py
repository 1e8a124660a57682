"""Project configuration: `dq.yml` or `[tool.dq]` in `pyproject.toml`, nearest upward; `DQ_*` wins."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dq.errors import ConfigError, Position, did_you_mean

if TYPE_CHECKING:
    from dq.markup.document import Document

FILE = "dq.yml"
STORE = ".dq"
KEYS = ("store", "threads", "memory_limit", "env")
"""Settings that `DQ_*` may replace."""
VOCABULARY = ("plugins", "expectations")
"""What a project adds to the vocabulary; `dq.suites.project` reads it."""


@dataclass(frozen=True)
class Config:
    """How dq works in one project.

    Attributes:
        root: the project root; relative paths in suites and in this configuration start there.
        store: folder (absolute) or URI where runs are recorded; `.dq` in the root by default.
        threads: threads that an engine may use; None leaves it to the engine.
        memory_limit: memory that an engine may use, such as `2GB`; None leaves it to the engine.
        env: the name of the environment, recorded with each run, such as `prod`; empty when none is named.
        source: the file that was read; None when there was none.
    """

    root: Path
    store: str
    threads: int | None = None
    memory_limit: str | None = None
    env: str = ""
    source: Path | None = None


def find_root(start: Path) -> Path:
    """The nearest folder, from `start` upward, with a `dq.yml` or a `[tool.dq]`; else the current folder."""
    found = _find(start)
    return found.parent if found else Path().absolute()


def load_config(start: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """The configuration that holds for a folder.

    Args:
        start: where to look first; the current folder when left out.
        environ: the environment; the process's own when left out. `DQ_STORE`, `DQ_THREADS`,
            `DQ_MEMORY_LIMIT` and `DQ_ENV` win over the file; empty ones count as not given.

    Raises:
        ConfigError: the file or a variable is wrong; carries `file:line:column` where there is one.
    """
    source = _find(start or Path())
    root = source.parent if source else Path().absolute()
    content, places = _read(source) if source else ({}, {})
    for key in content:
        if key not in (*KEYS, *VOCABULARY):
            hint = did_you_mean(key, (*KEYS, *VOCABULARY)) or f" Expected: {', '.join((*KEYS, *VOCABULARY))}."
            raise _wrong(f"'{key}' is no setting of dq.{hint}", places.get(key, source))
    config = Config(root, _store(STORE, root), source=source)
    for key in KEYS:
        if content.get(key) is not None:
            config = _with(config, key, content[key], f"`{key}`", places.get(key, source))
    variables = os.environ if environ is None else environ
    for key in KEYS:
        variable = f"DQ_{key.upper()}"
        if variables.get(variable):
            config = _with(config, key, variables[variable], f"environment variable {variable}", None)
    return config


def vocabulary_document(start: Path) -> Document | None:
    """The configuration that holds for a folder as a document, if it may add to the vocabulary.

    Raises:
        ConfigError: the file is no YAML or TOML.
    """
    source = _find(start)
    if source is None or not any(key in source.read_text(encoding="utf-8") for key in VOCABULARY):
        return None
    from dq.markup.document import Document, read_document

    if source.name == FILE:
        return read_document(source, str(source), _wrong)
    return Document(_toml(source, source.read_text(encoding="utf-8"))["tool"]["dq"], str(source))


def _find(start: Path) -> Path | None:
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder / FILE
        if _has_table(folder / "pyproject.toml"):
            return folder / "pyproject.toml"
    return None


def _has_table(path: Path) -> bool:
    """Whether a `pyproject.toml` speaks of dq; read as text first, since most do not."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return "tool.dq" in text and "dq" in (_toml(path, text).get("tool") or {})


def _toml(path: Path, text: str) -> dict[str, Any]:
    # tomllib is new in Python 3.11; tomli is the same reader for 3.10.
    reader: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        content: dict[str, Any] = reader.loads(text)
    except reader.TOMLDecodeError as error:
        raise ConfigError(f"{path}: this is not TOML: {error}.") from None
    return content


def _read(source: Path) -> tuple[dict[str, Any], dict[str, Position | Path]]:
    """The settings in a file and where each stands."""
    if source.name == "pyproject.toml":
        content = _toml(source, source.read_text(encoding="utf-8"))["tool"]["dq"]
        document_value, places = content, {}
    else:
        from dq.markup.document import read_document

        document = read_document(source, str(source), _wrong)
        document_value = document.value
        marks = {path[0]: mark for path, mark in document.keys.items() if len(path) == 1}
        places = {str(key): Position(str(source), *mark) for key, mark in marks.items()}
    if document_value is None:
        return {}, {}
    if not isinstance(document_value, dict):
        raise _wrong("the configuration must be a mapping.", source)
    return document_value, dict(places)


def _wrong(message: str, place: Position | Path | None) -> ConfigError:
    return ConfigError(f"{place}: {message}" if place else message)


def _with(config: Config, key: str, value: Any, what: str, place: Position | Path | None) -> Config:
    """The configuration with one setting checked and changed."""
    if key == "threads":
        try:
            threads = int(value) if not isinstance(value, bool | float) else 0
        except (TypeError, ValueError):
            threads = 0
        if threads < 1:
            raise _wrong(f"{what} must be a whole number from 1 up, got {value!r}.", place)
        return replace(config, threads=threads)
    if not isinstance(value, str):
        raise _wrong(f"{what} must be text, got {value!r}.", place)
    if key == "store":
        return replace(config, store=_store(value, config.root))
    if key == "env":
        return replace(config, env=value)
    return replace(config, memory_limit=_memory(value, what, place))


def _memory(value: str, what: str, place: Position | Path | None) -> str:
    if not re.fullmatch(r"\d+(\.\d+)?\s*([KMGT]i?B|B)", value.strip(), re.IGNORECASE):
        raise _wrong(f"{what} must be a number with a unit, such as 2GB, got {value!r}.", place)
    return value.strip()


def _store(value: str, root: Path) -> str:
    return value if "://" in value else str((root / Path(value).expanduser()).absolute())
