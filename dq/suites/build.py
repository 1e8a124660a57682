"""From declarations to items: rules of each expectation checked, options read, ids given."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from dq.errors import did_you_mean
from dq.markup.document import Path_
from dq.markup.plain import shown
from dq.suites.items import OPTIONS, Declared
from dq.suites.model import Item
from dq.suites.params import is_open
from dq.suites.problems import Problems
from dq.verdict import Severity

if TYPE_CHECKING:
    from dq.expectations.base import Expectation


def build_items(declared: list[Declared], default: Severity, problems: Problems) -> tuple[Item, ...]:
    """Items in order; what is wrong is noted in `problems` and left out."""
    built = [(d, _expectation(d, problems), _options(d, default, problems)) for d in declared]
    given = _given_ids(declared, problems)
    taken, items = set(given.values()), []
    for d, expectation, options in built:
        if expectation is None:
            continue
        item_id = given.get(d.path) or _free(derived_id(expectation), taken)
        taken.add(item_id)
        position = problems.document.position(d.path)
        items.append(Item(expectation, item_id, position=position, **options))
    return tuple(items)


def derived_id(expectation: Expectation) -> str:
    """`carrier-in_set`, `table-row_count`: the id of an item that was given none, before `#2` is added."""
    owner: Any = "table" if expectation.level == "table" else expectation.named_columns[0]
    if isinstance(owner, dict):  # a parameter that was left open
        owner = "$" + str(next(iter(owner.values())))
    clean = re.sub(r"[\x00-\x1f\x7f]", "_", f"{owner}-{expectation.short}")
    while "::" in clean:
        clean = clean.replace("::", ":")
    return clean


def _free(wanted: str, taken: set[str]) -> str:
    free, number = wanted, 1
    while free in taken:
        number += 1
        free = f"{wanted}#{number}"
    return free


def _given_ids(declared: list[Declared], problems: Problems) -> dict[Path_, str]:
    given: dict[Path_, str] = {}
    for d in declared:
        if "id" not in d.options or d.options["id"] is None:
            continue
        item_id, place = d.options["id"], (*d.path, "id")
        if not isinstance(item_id, str) or not item_id.strip():
            problems.add(place, f"`id` must be text, got {shown(item_id)}.")
        elif "::" in item_id or re.search(r"[\x00-\x1f\x7f]", item_id):
            problems.add(place, f"the id {item_id!r} must not contain '::' or control characters.")
        elif item_id in given.values():
            problems.add(place, f"the id {item_id!r} is given twice.")
        else:
            given[d.path] = item_id
    return given


def _expectation(declared: Declared, problems: Problems) -> Expectation | None:
    """The expectation itself; None, with problems noted, when its arguments are impossible."""
    from pydantic import ValidationError

    from dq.suites.messages import sentences

    before = len(problems.found)
    if declared.cls.files:
        from dq.suites.beside import read_beside

        read_beside(declared, problems)
    _row_condition(declared, problems)
    fields = declared.cls.model_fields
    unknown = [name for name in declared.args if name not in fields]
    for name in unknown:
        problems.add(declared.places[name], _unknown_argument(declared, name), key=True)
    members = [None if member is None else _expectation(member, problems) for member in declared.members]
    if len(problems.found) > before or None in members:
        return None
    args = {**declared.args, declared.cls.members: tuple(members)} if members else declared.args
    if any(is_open(value) for value in args.values()):
        return _unchecked(declared, problems)
    try:
        return declared.cls(**args)
    except ValidationError as error:
        for path, message in sentences(error, declared):
            problems.add(path, message)
    return None


def _unchecked(declared: Declared, problems: Problems) -> Expectation | None:
    """An expectation with parameters left open; its rules are checked when they have values."""
    cls = declared.cls
    absent = [n for n, info in cls.model_fields.items() if info.is_required() and n not in declared.args]
    for name in absent:
        problems.add(declared.path, f"'{cls.short}' needs `{name}`.")
    return None if absent else cls.model_construct(**declared.args)


def _unknown_argument(declared: Declared, name: str) -> str:
    cls = declared.cls
    known = [*cls.model_fields, *cls.aliases, *OPTIONS]
    if name == "mostly":
        return f"'{cls.short}' takes no `mostly`: it does not judge row by row."
    takes = ", ".join(field for field in cls.model_fields if field != "column")
    return f"'{cls.short}' has no argument '{name}'.{did_you_mean(name, known)} It takes: {takes}."


def _row_condition(declared: Declared, problems: Problems) -> None:
    """`row_condition` becomes `where`; both are checked as SQL."""
    from dq.suites.conditions import check_sql, to_sql

    args, places = declared.args, declared.places
    if "row_condition" in args:
        condition, place = args.pop("row_condition"), places.pop("row_condition")
        if condition is None:
            return
        if args.get("where") is not None:
            problems.add(place, "`row_condition` and `where` mean the same; give one of them.")
            return
        try:
            args["where"] = to_sql(condition)
        except ValueError as error:
            problems.add(place, f"{error}.")
            return
        places["where"] = place
    where = args.get("where")
    if isinstance(where, str):
        wrong = check_sql(where)
        if wrong:
            problems.add(places["where"], f"`where` is no SQL condition: {wrong}.")


def _options(declared: Declared, default: Severity, problems: Problems) -> dict[str, Any]:
    given, path = declared.options, declared.path
    default = declared.cls.usual_severity or default
    read: dict[str, Any] = {"severity": default}
    if given.get("severity") is not None:
        read["severity"] = severity(given["severity"], (*path, "severity"), problems) or default
    notes = given.get("notes")
    if isinstance(notes, list) and all(isinstance(note, str) for note in notes):
        notes = "\n".join(notes)
    if notes is not None and not isinstance(notes, str):
        problems.add((*path, "notes"), f"`notes` must be text, got {shown(notes)}.")
    elif notes:
        read["notes"] = notes
    tags = given.get("tags")
    tags = [tags] if isinstance(tags, str) else tags
    if tags is not None and not (isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
        problems.add((*path, "tags"), f"`tags` must be a list of words, got {shown(tags)}.")
    elif tags:
        read["tags"] = tuple(tags)
    for name in ("meta", "gx"):
        value = given.get(name)
        if value is not None and not isinstance(value, dict):
            problems.add((*path, name), f"`{name}` must be a mapping, got {shown(value)}.")
        elif value:
            read[name] = value
    return read


def severity(value: Any, path: Path_, problems: Problems) -> Severity | None:
    """A severity by its name; None, with a problem noted, when there is none."""
    known = [one.value for one in Severity]
    if value in known:
        return Severity(value)
    hint = did_you_mean(value, known) if isinstance(value, str) else ""
    problems.add(path, f"severity must be info, warning or critical, got {shown(value)}.{hint}")
    return None
