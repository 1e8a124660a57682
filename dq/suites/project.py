"""What a project adds to the vocabulary: plugins in Python, definitions in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dq.config import vocabulary_document
from dq.errors import ConfigError, Position
from dq.markup.document import Document, Path_, read_document
from dq.markup.plain import shown
from dq.suites.definitions import Problem, read_definitions
from dq.suites.problems import MOST_SHOWN, place

if TYPE_CHECKING:
    from dq.expectations.base import Expectation


def project_definitions(root: Path) -> Mapping[str, type[Expectation]]:
    """The expectations that a project defines in SQL, by name; its plugins are imported on the way.

    Args:
        root: of the project; its `dq.yml`, or `[tool.dq]`, says what there is. Empty when it says nothing.

    Raises:
        ConfigError: a plugin cannot be imported, or a definition means nothing; says where.
    """
    document = vocabulary_document(root)
    if document is None or not isinstance(document.value, dict):
        return {}
    wrong = _Wrong()
    _plugins(document, root, wrong.about(document))
    wrong.stop()
    found: dict[str, type[Expectation]] = {}
    for one, value, path in _sources(document, root, wrong.about(document)):
        found |= read_definitions(value, path, wrong.about(one))
    wrong.stop()
    return found


def _plugins(document: Document, root: Path, problem: Problem) -> None:
    """Import what `plugins:` names."""
    from dq.suites.plugins import PluginError, load_plugin

    named = document.value.get("plugins")
    for number, plugin in enumerate(_listed(named)):
        path: Path_ = ("plugins", number) if isinstance(named, list) else ("plugins",)
        if not isinstance(plugin, str):
            problem(path, f"a plugin is a module or a file, got {shown(plugin)}.")
            continue
        try:
            load_plugin(plugin, root)
        except PluginError as error:
            problem(path, str(error))


def _sources(document: Document, root: Path, problem: Problem) -> Iterator[tuple[Document, Any, Path_]]:
    """Where definitions stand: in the configuration itself, or in files that it names."""
    named = document.value.get("expectations")
    if isinstance(named, dict):
        yield document, named, ("expectations",)
        return
    for number, file in enumerate(_listed(named)):
        path: Path_ = ("expectations", number) if isinstance(named, list) else ("expectations",)
        if not isinstance(file, str):
            problem(path, f"`expectations` holds definitions or names files that do, got {shown(file)}.")
            continue
        read = read_document(root / file, file, _refused)
        yield read, read.value, ()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _refused(message: str, position: Position | None) -> ConfigError:
    return ConfigError(f"{position}: {message}" if position else message)


class _Wrong:
    """What is wrong with a configuration, told at once."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def about(self, document: Document) -> Problem:
        """Takes the problems of one document."""

        def add(path: Path_, message: str) -> None:
            position = document.position(path)
            where = f"{position}" if position and position.line else f"{document.file}, {place(path)}"
            self._found.append(f"{where}: {message}")

        return add

    def stop(self) -> None:
        """Raises ConfigError if anything was told; lists up to ten."""
        if self._found:
            raise ConfigError("\n".join(self._found[:MOST_SHOWN]))
