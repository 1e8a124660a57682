"""The page `docs/equivalents.md`: names of other tools beside dq's, both ways, and what has none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from docs.expectation_page import anchor
from docs.tables import code, linked, table

if TYPE_CHECKING:
    from dq.expectations.base import Expectation
    from dq.expectations.traits import Tool

GAPS = Path(__file__).with_name("gaps.yml")
_PACKAGE = "dbt_expectations."
_SAME = "same name"

_HEAD = """\
# Equivalents in other tools

<!-- Made by `python -m docs.generate` from the vocabulary and docs/gaps.yml; change those instead. -->

For people who come from another tool. An equivalent asks the same thing; where the two differ on nulls,
bounds or floats, [expectations](expectations.md) says what dq does. Where a name is followed by ..., there
are others; all of them stand in the lists by tool below. On the command line:
`dq list --from dqdl IsComplete`.

- **Great Expectations**: suites in its JSON are read as they are, see [suites](suites.md#great-expectations).
- **DQDL** is the rule language of AWS Glue Data Quality. Its `between` leaves the bounds themselves out
  (`strict_min` and `strict_max` here). Its `ColumnValues` fails on nulls, unless it is negated; here nulls
  are left out, and `not_null` asks for them. Shares (`Completeness "col" >= 0.99`) and `with threshold` are
  `mostly` here. `ColumnDataType`, and `hasDataType` of Deequ, look at the text of values; `of_type` looks at
  the declared type.
- **Soda**: a text with a comparison is SodaCL (version 3), a key with a colon is a check of a data contract
  (version 4).
- **dbt**: without a package it is built in. *{same}* means that `dbt_expectations` has a test of Great
  Expectations' name.
- **Deequ**: methods of `Check`; what stands in `_ >= 0.99` there is `mostly`, `min` or `max` here. A row on
  which a condition is NULL counts as broken there, and is left out here.
"""


def equivalents_page() -> str:
    """The Markdown of the page, ending with a line break."""
    from dq.expectations import vocabulary
    from dq.expectations.traits import TOOLS

    known = sorted(vocabulary().values(), key=lambda cls: (cls.level, cls.short))
    parts = [_HEAD.format(same=_SAME)]
    for level, title in (("column", "On a column"), ("table", "On the table")):
        parts += [f"## {title}\n", _side_by_side([cls for cls in known if cls.level == level])]
    for tool, name in TOOLS.items():
        parts += [f"## From {name}\n", _same(tool, known), _from(tool, known), _missing(tool, name, known)]
    return "\n".join(part for part in parts if part).rstrip() + "\n"


def gaps() -> Mapping[Tool, Mapping[str, str]]:
    """What has no equivalent here, and what to do instead, by tool."""
    from ruamel.yaml import YAML

    found: Mapping[Tool, Mapping[str, str]] = YAML(typ="safe", pure=True).load(
        GAPS.read_text(encoding="utf-8")
    )
    return found


def _side_by_side(classes: list[type[Expectation]]) -> str:
    from dq.expectations.traits import TOOLS

    rows = [(_link(cls), *(_cell(cls, tool) for tool in TOOLS)) for cls in classes]
    return table(("dq", "GX", "DQDL", "Soda", "dbt", "Deequ"), rows)


def _cell(cls: type[Expectation], tool: Tool) -> str:
    """The first of the names, short enough for a column among six."""
    from dq.expectations.described import equivalents

    names = equivalents(cls).get(tool, ())
    if not names:
        return ""
    if _is_same(cls, names[0]):
        return "yes" if tool == "gx" else f"*{_SAME}*"
    package, dot, name = names[0].partition(".")
    shown = f"{code(name)} of {package}" if tool == "dbt" and dot else code(names[0])
    return f"{shown} ..." if len(names) > 1 else shown


def _is_same(cls: type[Expectation], name: str) -> bool:
    """Whether it is dq's own full name, in Great Expectations or in the package of dbt that follows it."""
    return name.removeprefix(_PACKAGE).lower() == cls.type


def _link(cls: type[Expectation]) -> str:
    return linked(cls.short, f"expectations.md#{anchor(cls)}")


def _same(tool: Tool, known: list[type[Expectation]]) -> str:
    from dq.expectations.described import equivalents

    same = [cls for cls in known for name in equivalents(cls).get(tool, ()) if _is_same(cls, name)]
    whose = "in `dbt_expectations`" if tool == "dbt" else "there"
    return f"{len(same)} expectations have the same full name {whose} as here.\n" if same else ""


def _from(tool: Tool, known: list[type[Expectation]]) -> str:
    from dq.expectations.described import equivalents

    found: dict[str, list[type[Expectation]]] = {}
    for cls in known:
        for name in equivalents(cls).get(tool, ()):
            if not _is_same(cls, name):
                found.setdefault(name, []).append(cls)
    rows = [
        (code(name), ", ".join(f"{_link(cls)} ({cls.level})" for cls in found[name]))
        for name in sorted(found, key=lambda name: name.lower().lstrip("."))
    ]
    return table(("there", "here"), rows) if rows else ""


def _missing(tool: Tool, name: str, known: list[type[Expectation]]) -> str:
    have = {cls.type for cls in known}
    missing = {names: told for names, told in gaps()[tool].items() if names not in have}
    if not missing:
        return f"Nothing of {name}'s core is missing here.\n"
    rows = [(", ".join(code(one) for one in names.split(", ")), told) for names, told in missing.items()]
    return f"What {name} has and dq has not:\n\n" + table(("there", "instead"), rows)
