"""Declarations inside declarations: what stands in `all_of`, `any_of` and `not`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dq.markup.document import Path_
from dq.suites.items import NAME_KEYS, Declared

if TYPE_CHECKING:
    from dq.suites.items import Reader


def read_members(declared: Declared, reader: Reader) -> None:
    """Reads the members of an expectation that is made of others.

    Args:
        declared: with its members as written; takes what was read.
        reader: of the suite; takes the problems.
    """
    field = declared.cls.members
    value, path = declared.args[field], declared.places[field]
    column = declared.args.get("column") if declared.cls.level == "column" else None
    on = column if isinstance(column, str) else None
    if isinstance(value, list | tuple):
        declared.members = [_member(one, (*path, i), on, declared, reader) for i, one in enumerate(value)]
    else:
        declared.members = [_member(value, path, on, declared, reader)]


def _member(value: Any, path: Path_, column: str | None, owner: Declared, reader: Reader) -> Declared | None:
    flat = isinstance(value, dict) and any(isinstance(value.get(key), str) for key in NAME_KEYS)
    if flat:
        member = reader.flat_item(value, path)
        if member is not None and column is not None and member.cls.level == "column":
            member.args.setdefault("column", column)
            member.places.setdefault("column", path)
    elif column is None and isinstance(value, dict) and _names_a_column(value, reader):
        rest = {key: item for key, item in value.items() if key != "column"}
        member = reader.item(rest, path, value["column"])
    elif column is None and _needs_a_column(value, reader):
        name = value if isinstance(value, str) else next(iter(value))
        reader.problems.add(path, f"'{name}' speaks of one column: say `column:` beside it.", key=True)
        return None
    else:
        member = reader.item(value, path, column)
    if member is None:
        return None
    for option in member.options:
        reader.problems.add(
            (*path, option),
            f"`{option}` belongs beside '{owner.cls.short}', not to one of its members.",
            key=True,
        )
    return member


def _names_a_column(value: dict[str, Any], reader: Reader) -> bool:
    """Whether a mapping holds an expectation on a column, and says on which."""
    if not isinstance(value.get("column"), str):
        return False
    return any(("column", key) in reader.short or _on_column(key, reader) for key in value)


def _needs_a_column(value: Any, reader: Reader) -> bool:
    """Whether a member begins with an expectation that only columns have."""
    name = value if isinstance(value, str) else next(iter(value), None) if isinstance(value, dict) else None
    if not isinstance(name, str) or ("table", name) in reader.short:
        return False
    return ("column", name) in reader.short or _on_column(name, reader)


def _on_column(name: str, reader: Reader) -> bool:
    return name in reader.full and reader.full[name].level == "column"
