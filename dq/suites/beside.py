"""Arguments that stand in a file of the project, read with the suite."""

from __future__ import annotations

from typing import Any

from dq.errors import SuiteError
from dq.markup.document import Path_, read_document
from dq.markup.plain import Unplain, kind, plain
from dq.suites.items import Declared
from dq.suites.problems import Problems


def read_beside(declared: Declared, problems: Problems) -> None:
    """Puts what a file says in the place of the argument that names it.

    Args:
        declared: its class says which arguments name files, and which keys of those are wanted.
        problems: knows the project root; takes what is wrong with the file.
    """
    for field, key in declared.cls.files.items():
        shown = declared.args.get(field)
        if not isinstance(shown, str):
            continue
        place = declared.places[field]
        if declared.args.get(key) is not None:
            problems.add(place, f"`{field}` and `{key}` say the same; give one of them.")
            continue
        content = _content(shown, key, place, problems)
        if content is not None:
            del declared.args[field], declared.places[field]
            declared.args[key], declared.places[key] = content, place


def _content(shown: str, key: str, place: Path_, problems: Problems) -> Any:
    """What stands under a key of a file; None, with a problem noted, when there is nothing."""
    try:
        value = plain(read_document(problems.root / shown, shown).value)
    except SuiteError as error:
        problems.add(place, str(error))
        return None
    except Unplain as error:
        problems.add(place, f"{shown}: {error}.")
        return None
    if not isinstance(value, dict) or value.get(key) is None:
        problems.add(place, f"{shown}: expected a mapping with `{key}`, got {kind(value)}.")
        return None
    return value[key]
