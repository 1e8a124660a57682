"""What is inside a word: its parts, its columns, whether it looks at other rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, TypeVar

from dq.sql.words import Column, DiffersFrom, Earlier, InDataset, Overall, Repeated, SqlCondition, SqlTerm

_ELSEWHERE: dict[type, tuple[str, ...]] = {
    InDataset: ("keys",),
    DiffersFrom: ("other_key", "other_values", "other_where"),
}
"""Fields that hold what a word reads of another dataset."""


def walk(word: Any) -> Iterator[Any]:
    """Every word inside a word, itself first. What it reads of another dataset is left out."""
    if isinstance(word, tuple):
        for item in word:
            yield from walk(item)
    elif (inside := _inside(word.__class__)) is not None:
        yield word
        if isinstance(word, Overall) and word.source:
            return
        for name in inside:
            part = getattr(word, name)
            if part.__class__ not in _PLAIN:  # most parts, and nothing is in them
                yield from walk(part)


_PLAIN = frozenset({str, bool, int, float, type(None)})


@cache
def _inside(kind: type) -> tuple[str, ...] | None:
    """The fields of a kind of word that may hold words about the same dataset; None for anything else."""
    if not is_dataclass(kind):
        return None
    return tuple(f.name for f in fields(kind) if f.name not in _ELSEWHERE.get(kind, ()))


def columns_of(word: Any) -> tuple[Column, ...]:
    """The columns of the main relation a word reads, each once, in order of appearance."""
    return tuple(dict.fromkeys(part for part in walk(word) if isinstance(part, Column)))


def opaque(word: Any) -> bool:
    """Whether a word holds author's SQL, whose columns cannot be told from outside."""
    return any(isinstance(part, SqlCondition | SqlTerm) for part in walk(word))


def windows(word: Any) -> tuple[Earlier, ...]:
    """The values of other rows that a word reads, each once; they cannot stand inside an aggregate."""
    return tuple(dict.fromkeys(part for part in walk(word) if isinstance(part, Earlier)))


def relational(word: Any) -> bool:
    """Whether what a word says of a row depends on other rows of the same relation.

    Such a word means something else on another relation, and its counts over parts do not add up.
    """
    return any(isinstance(part, Repeated | DiffersFrom | Overall | Earlier) for part in walk(word))


_W = TypeVar("_W")


def exchanged(word: _W, by: dict[Any, Any]) -> _W:
    """The word with every word inside it that is a key of `by` replaced."""
    if not isinstance(word, type) and is_dataclass(word):
        if word in by:
            return by[word]  # type: ignore[no-any-return]  # the caller exchanges like for like
        inside = {f.name: getattr(word, f.name) for f in fields(word) if f.init}
        changed = {
            key: exchanged(item, by)
            for key, item in inside.items()
            if isinstance(item, tuple) or is_dataclass(item)
        }
        return replace(word, **changed) if changed else word  # type: ignore[type-var]  # it is one
    if isinstance(word, tuple):
        return tuple(exchanged(item, by) for item in word)  # type: ignore[return-value]  # a tuple again
    return word
