"""Read JSON with positions; the standard reader keeps none."""

from __future__ import annotations

import json
import re
from typing import Any

from dq.errors import DQError, Position, SuiteError
from dq.markup.document import Document, Mark, Path_, Refusal
from dq.markup.plain import Unplain, plain

_SPACE = re.compile(r"[ \t\n\r]*")
_DEEPEST = 100


def read_json(text: str, shown: str, refuse: Refusal = SuiteError) -> Document:
    """The document in a JSON text.

    Raises:
        DQError: as `refuse` makes it: not JSON, duplicate keys, NaN, deeper than 100 levels.
    """
    return _Reader(text, shown, refuse).document()


class _Reader:
    """Walks containers itself and leaves text, numbers and words to the standard reader."""

    def __init__(self, text: str, shown: str, refuse: Refusal) -> None:
        self.text = text
        self.shown = shown
        self.refuse = refuse
        self.values: dict[Path_, Mark] = {}
        self.keys: dict[Path_, Mark] = {}
        self.line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.decoder = json.JSONDecoder()

    def document(self) -> Document:
        at = self.skip(0)
        if at == len(self.text):
            return Document(None, self.shown)
        value, at = self.value(at, ())
        at = self.skip(at)
        if at != len(self.text):
            raise self.stop(at, "this is not JSON: the document has ended before this")
        return Document(value, self.shown, self.values, self.keys)

    def mark(self, at: int) -> Mark:
        from bisect import bisect_right

        line = bisect_right(self.line_starts, at)
        return line, at - self.line_starts[line - 1] + 1

    def stop(self, at: int, message: str) -> DQError:
        return self.refuse(f"{message}.", Position(self.shown, *self.mark(at)))

    def skip(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def peek(self, at: int) -> str:
        return self.text[at : at + 1]

    def value(self, at: int, path: Path_) -> tuple[Any, int]:
        if len(path) > _DEEPEST:
            raise self.stop(at, f"this is nested deeper than {_DEEPEST} levels")
        self.values[path] = self.mark(at)
        if self.peek(at) == "{":
            return self.mapping(at, path)
        if self.peek(at) == "[":
            return self.sequence(at, path)
        return self.scalar(at, path)

    def scalar(self, at: int, path: Path_) -> tuple[Any, int]:
        try:
            value, end = self.decoder.raw_decode(self.text, at)
            return plain(value, path[-2] if len(path) > 1 else None), end
        except json.JSONDecodeError as error:
            raise self.stop(error.pos, f"this is not JSON: {_lower(error.msg)}") from None
        except Unplain as error:
            raise self.stop(at, str(error)) from None

    def sequence(self, at: int, path: Path_) -> tuple[list[Any], int]:
        built: list[Any] = []
        at = self.skip(at + 1)
        if self.peek(at) == "]":
            return built, at + 1
        while True:
            item, at = self.value(at, (*path, len(built)))
            built.append(item)
            at = self.skip(at)
            if self.peek(at) == "]":
                return built, at + 1
            at = self.comma(at, "]")

    def mapping(self, at: int, path: Path_) -> tuple[dict[str, Any], int]:
        built: dict[str, Any] = {}
        at = self.skip(at + 1)
        if self.peek(at) == "}":
            return built, at + 1
        while True:
            at = self.pair(at, path, built)
            if self.peek(at) == "}":
                return built, at + 1
            at = self.comma(at, "}")

    def pair(self, at: int, path: Path_, built: dict[str, Any]) -> int:
        if self.peek(at) != '"':
            raise self.stop(at, "this is not JSON: a key in double quotes is expected")
        begin = at
        key, at = self.scalar(at, ())
        if key in built:
            raise self.stop(begin, f"the key '{key}' stands here twice")
        place = (*path, key)
        self.keys[place] = self.mark(begin)
        at = self.skip(at)
        if self.peek(at) != ":":
            raise self.stop(at, "this is not JSON: ':' is expected")
        built[key], at = self.value(self.skip(at + 1), place)
        return self.skip(at)

    def comma(self, at: int, end: str) -> int:
        if self.peek(at) != ",":
            raise self.stop(at, f"this is not JSON: ',' or '{end}' is expected")
        return self.skip(at + 1)


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
