"""Read YAML or JSON into plain values that remember where they stood.

YAML is read as YAML 1.2, so that `NO` and `on` stay text. Only plain data is accepted: no tags, no
duplicate keys, no number that JSON cannot hold. Dates become ISO text, so that the same suite means the
same whether it was written in YAML, JSON or Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from dq.errors import DQError, Position, SuiteError
from dq.markup.plain import Unplain, plain

Path_: TypeAlias = tuple[str | int, ...]
"""Where a value stands inside a document, e.g. `("columns", "carrier", 0)`."""
Mark: TypeAlias = tuple[int, int]
"""1-based line and column."""
Refusal: TypeAlias = Callable[[str, Position | None], DQError]

MOST_NODES = 200_000
"""A document that holds more values than this, aliases expanded, is refused."""


@dataclass(frozen=True)
class Document:
    """A plain value and the positions of its parts.

    Attributes:
        value: None, bool, int, float, str, list or dict with text keys, nested.
        file: path as the user gave it; None when it came from Python objects.
        values: position of each value, by where it stands.
        keys: position of each mapping key, by where its value stands.
    """

    value: Any
    file: str | None = None
    values: Mapping[Path_, Mark] = field(default_factory=dict)
    keys: Mapping[Path_, Mark] = field(default_factory=dict)

    def position(self, path: Path_, *, key: bool = False) -> Position | None:
        """Where a value, or its key, stands; the nearest enclosing value when it has no place of its own.

        Returns:
            None when the document came from Python objects.
        """
        if self.file is None:
            return None
        if key and path in self.keys:
            return Position(self.file, *self.keys[path])
        while path and path not in self.values:
            path = path[:-1]
        return Position(self.file, *self.values.get(path, (0, 0)))


def from_objects(value: Any) -> Document:
    """A document from Python objects; tuples and sets become lists, dates ISO text.

    Raises:
        SuiteError: an object has no plain form, or a key is no text.
    """
    try:
        return Document(plain(value))
    except Unplain as error:
        raise SuiteError(str(error)) from None


def read_document(path: Path, shown: str, refuse: Refusal = SuiteError) -> Document:
    """The document in a file; JSON by the ending `.json`, else YAML.

    Args:
        path: the file.
        shown: the path as the user gave it, for positions.
        refuse: makes the exception to raise from a sentence and a position.

    Raises:
        DQError: as `refuse` makes it: no such file, a folder, not UTF-8, not YAML or JSON.
    """
    text = _text(path, shown, refuse)
    if path.suffix.lower() == ".json":
        from dq.markup.json_reader import read_json

        return read_json(text, shown, refuse)
    return read_yaml(text, shown, refuse)


def read_yaml(text: str, shown: str, refuse: Refusal = SuiteError) -> Document:
    """The document in a YAML text.

    Raises:
        DQError: as `refuse` makes it: not YAML, several documents, tags, duplicate keys, aliases that
            contain themselves.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    loader = YAML(typ="safe", pure=True)
    try:
        node = loader.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Position(shown, mark.line + 1, mark.column + 1) if mark else Position(shown)
        raise refuse(_not_yaml(error), where) from None
    except YAMLError as error:
        what = str(error).splitlines()[0]
        raise refuse(f"this is not YAML: {what}.", Position(shown)) from None
    if node is None:
        return Document(None, shown)
    return _Builder(shown, refuse, loader.constructor).document(node)


def _text(path: Path, shown: str, refuse: Refusal) -> str:
    place = Position(shown)
    if path.is_dir():
        files = sorted(p.name for p in path.iterdir() if p.suffix in (".yml", ".yaml", ".json"))
        inside = f" It holds {', '.join(files[:8])}." if files else ""
        raise refuse(f"this is a folder; name a file in it.{inside}", place)
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        from dq.errors import did_you_mean

        beside = [p.name for p in path.parent.iterdir() if p.is_file()] if path.parent.is_dir() else []
        hint = did_you_mean(path.name, beside)
        raise refuse(f"there is no such file.{hint}", place) from None
    except UnicodeDecodeError as error:
        raise refuse(
            f"the file is not UTF-8 text: byte {error.start} cannot be read. Save it as UTF-8.", place
        ) from None
    except OSError as error:
        raise refuse(f"the file cannot be read: {error.strerror}.", place) from None


def _not_yaml(error: Any) -> str:
    problem = (error.problem or error.context or "it cannot be read").strip()
    if "\\t" in problem:
        return "this is not YAML: a tab stands where spaces belong. Indent with spaces."
    if "another document" in problem:
        return "a second YAML document begins here; put each one into a file of its own."
    return f"this is not YAML: {problem}."


class _Builder:
    """Turns composed YAML nodes into plain values, noting positions on the way."""

    def __init__(self, shown: str, refuse: Refusal, constructor: Any) -> None:
        self.shown = shown
        self.refuse = refuse
        self.constructor = constructor
        self.values: dict[Path_, Mark] = {}
        self.keys: dict[Path_, Mark] = {}
        self.open: set[int] = set()
        self.count = 0

    def document(self, node: Any) -> Document:
        return Document(self.build(node, ()), self.shown, self.values, self.keys)

    def stop(self, node: Any, message: str) -> DQError:
        return self.refuse(message, Position(self.shown, *_mark(node)))

    def build(self, node: Any, path: Path_) -> Any:
        self.count += 1
        if self.count > MOST_NODES:
            raise self.stop(
                node, f"the document holds more than {MOST_NODES:,} values; is an alias repeated?"
            )
        self.values[path] = _mark(node)
        if node.id == "scalar":
            return self.scalar(node, path)
        if id(node) in self.open:
            raise self.stop(node, "an alias contains itself.")
        self.open.add(id(node))
        try:
            if node.id == "sequence":
                self.untagged(node, "seq")
                return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
            self.untagged(node, "map")
            return self.mapping(node, path)
        finally:
            self.open.discard(id(node))

    def untagged(self, node: Any, kind: str) -> None:
        tag = str(node.tag)
        if tag != f"tag:yaml.org,2002:{kind}":
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            raise self.stop(node, f"the tag {shown} is not understood; write plain values.")

    def scalar(self, node: Any, path: Path_) -> Any:
        tag = str(node.tag).rpartition(":")[2]
        if tag not in ("str", "int", "float", "bool", "null", "timestamp"):
            shown = str(node.tag).replace("tag:yaml.org,2002:", "!!")
            raise self.stop(node, f"the tag {shown} is not understood; write plain values.")
        try:
            return plain(self.constructor.construct_object(node), path[-2] if len(path) > 1 else None)
        except (Unplain, ValueError) as error:
            raise self.stop(node, f"{node.value!r}: {error}.") from None

    def mapping(self, node: Any, path: Path_) -> dict[str, Any]:
        built: dict[str, Any] = {}
        merged: list[Any] = []
        for key_node, value_node in node.value:
            if str(key_node.tag).endswith(":merge"):
                merged.extend(value_node.value if value_node.id == "sequence" else [value_node])
                continue
            key = self.key(key_node)
            place = (*path, key)
            if key in built:
                first = Position(self.shown, *self.keys[place])
                raise self.stop(key_node, f"the key '{key}' stands here twice; the first is at {first}.")
            self.keys[place] = _mark(key_node)
            built[key] = self.build(value_node, place)
        for other in merged:
            self.merge(other, built, path)
        return built

    def key(self, node: Any) -> str:
        """A key as text; a number is the text that it was written as."""
        tag = str(node.tag).rpartition(":")[2]
        if node.id != "scalar" or tag not in ("str", "int", "float", "timestamp"):
            what = (
                f"{node.value!r} is none; put it into quotes"
                if node.id == "scalar"
                else "not a list or mapping"
            )
            raise self.stop(node, f"a key must be text, {what}.")
        try:
            return str(plain(node.value))
        except Unplain as error:
            raise self.stop(node, f"{error}.") from None

    def merge(self, node: Any, built: dict[str, Any], path: Path_) -> None:
        """Take over the keys of a `<<` mapping that are not given here."""
        if node.id != "mapping":
            raise self.stop(node, "`<<` takes a mapping, or a list of mappings.")
        own_keys, own_values = dict(self.keys), dict(self.values)
        for key, value in self.mapping(node, path).items():
            built.setdefault(key, value)
        self.keys.update(own_keys)
        self.values.update(own_values)


def _mark(node: Any) -> Mark:
    return node.start_mark.line + 1, node.start_mark.column + 1
