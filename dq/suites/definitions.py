"""Expectations in SQL, as a suite's `definitions:` or a project's configuration writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

from dq.errors import did_you_mean
from dq.markup.document import Path_
from dq.markup.plain import kind, shown
from dq.verdict import Severity

if TYPE_CHECKING:
    from dq.expectations.base import Expectation
    from dq.expectations.defined import DefinedExpectation, Parameter

Problem = Callable[[Path_, str], None]
"""Takes where something wrong stands, and a sentence."""

KEYS = ("sql", "level", "params", "description", "severity")
PARAMETER_KEYS = ("type", "default", "description")


def read_definitions(value: Any, path: Path_, problem: Problem) -> dict[str, type[DefinedExpectation]]:
    """Classes by name; what is wrong is told and left out.

    Args:
        value: name to definition, as written.
        path: where it stands.
        problem: takes what is wrong.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        problem(path, f"definitions must be a mapping from name to definition, got {kind(value)}.")
        return {}
    found: dict[str, type[DefinedExpectation]] = {}
    for name, content in value.items():
        cls = _read(str(name), content, (*path, name), problem)
        if cls is not None:
            found[str(name)] = cls
    return found


def _read(name: str, content: Any, path: Path_, problem: Problem) -> type[DefinedExpectation] | None:
    from dq.expectations.defined import Definition, class_of

    told: list[str] = []

    def wrong(where: Path_, message: str) -> None:
        told.append(message)
        problem(where, message)

    content = {"sql": content} if isinstance(content, str) else content
    if not isinstance(content, dict) or not isinstance(content.get("sql"), str):
        wrong(path, f"the definition of '{name}' needs `sql:` with a condition, got {shown(content)}.")
        return None
    _known(content, KEYS, path, wrong)
    _free(name, path, wrong)
    level = _level(content, path, wrong)
    parameters = _parameters(content.get("params"), (*path, "params"), wrong)
    severity = _severity(content.get("severity"), (*path, "severity"), wrong)
    description = content.get("description") or ""
    if not isinstance(description, str):
        wrong((*path, "description"), f"`description` must be text, got {shown(description)}.")
    if told:
        return None
    try:
        return class_of(Definition(name, content["sql"], level, parameters, description.strip(), severity))
    except ValueError as error:
        wrong(path, f"the definition of '{name}': {error}.")
        return None


def _free(name: str, path: Path_, wrong: Problem) -> None:
    from dq.expectations import find

    taken = find(name)
    if taken is not None:
        wrong(
            path,
            f"'{name}' is an expectation of {taken.__module__.partition('.')[0]} already; take another name.",
        )


def _level(content: dict[str, Any], path: Path_, wrong: Problem) -> Literal["column", "table"]:
    """As written; else what the condition speaks of."""
    level = content.get("level")
    if level in ("column", "table"):
        return "column" if level == "column" else "table"
    if level is not None:
        wrong((*path, "level"), f"`level` must be column or table, got {shown(level)}.")
    return "column" if "$column" in content["sql"] else "table"


def _severity(value: Any, path: Path_, wrong: Problem) -> Severity | None:
    known = [one.value for one in Severity]
    if value is None:
        return None
    if value in known:
        return Severity(value)
    wrong(path, f"severity must be info, warning or critical, got {shown(value)}.")
    return None


def _parameters(value: Any, path: Path_, wrong: Problem) -> tuple[Parameter, ...]:
    if value is None:
        return ()
    if not isinstance(value, dict):
        wrong(path, f"`params` must be a mapping from name to default or description, got {kind(value)}.")
        return ()
    read = (_parameter(str(name), content, (*path, name), wrong) for name, content in value.items())
    return tuple(one for one in read if one is not None)


def _parameter(name: str, content: Any, path: Path_, wrong: Problem) -> Parameter | None:
    """From a default alone, or from a mapping with a type, a default, a description."""
    from dq.expectations.defined import TYPES, Parameter

    if not isinstance(content, dict):
        content = {"default": content}
    _known(content, PARAMETER_KEYS, path, wrong)
    required = "default" not in content
    word = content.get("type") or ("" if required else _word(content["default"]))
    if word not in TYPES:
        hint = did_you_mean(str(word), TYPES)
        wrong(path, f"`type` of the parameter '{name}' must be one of {', '.join(TYPES)}.{hint}")
        return None
    default = content.get("default")
    default = tuple(default) if isinstance(default, list) else default
    return Parameter(name, str(word), default, required, str(content.get("description") or ""))


def _word(value: Any) -> str:
    """The type of a default."""
    if isinstance(value, bool):
        return "boolean"
    words = {int: "number", float: "number", str: "text", list: "list"}
    return words.get(type(value), "")


def _known(content: dict[str, Any], keys: Iterable[str], path: Path_, wrong: Problem) -> None:
    for key in content:
        if key not in keys:
            hint = did_you_mean(str(key), keys) or f" Expected: {', '.join(keys)}."
            wrong((*path, key), f"'{key}' means nothing in a definition.{hint}")


def definitions_used(expectations: Iterable[Expectation]) -> dict[str, dict[str, Any]]:
    """The definitions of expectations, those that stand in others too, in plain form by name."""
    from dq.expectations.defined import DefinedExpectation

    found: dict[str, dict[str, Any]] = {}
    for one in expectations:
        if isinstance(one, DefinedExpectation):
            found[one.definition.name] = one.definition.to_dict()
        if one.members:
            inside = getattr(one, one.members)
            found |= definitions_used(inside if isinstance(inside, list | tuple) else [inside])
    return dict(sorted(found.items()))
