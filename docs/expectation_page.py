"""The page `docs/expectations.md`, made from the vocabulary itself."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from dq.expectations.base import Expectation, Scope

EXAMPLES = Path(__file__).with_name("examples.yml")

_HEAD = """\
# Expectations

<!-- Made by `python -m docs.generate` from the vocabulary and docs/examples.yml; change those instead. -->

{count} expectations, {shared} of them with Great Expectations' name and arguments. Column expectations stand
under their column, table expectations under `table:`; see [suites](suites.md) for the syntax.

What holds for all of them:

- **Where it counts.** `where` is an SQL condition; only rows on which it is true take part. Expectations on
  the schema take none.
- **`mostly`** is the least passing share of the *considered* rows, as a plain ratio. Considered are the rows
  left after `where` and after leaving out nulls, where the text says so.
- **Nulls** follow SQL: a comparison that yields NULL is not a failure.
- **NaN** is a value, not null. It is counted by itself, as `details.nan`, and spoils no aggregate of the
  other rows.
- **Nothing considered** means `untested`, never a pass. A column that is not there, or whose type makes no
  sense, is an `error`.
- Counts are exact. Where rows can be told apart, a failure has a sample of at most 20 values.

Cost, from cheap to dear: **schema** reads no row · **shared scan** rides in a SELECT with others, and is
answered from Parquet footers where those prove it · **grouping** needs a query of its own per set of keys ·
**own query** is what the author wrote.
"""

_COSTS = {
    "table": "shared scan",
    "group": "grouping",
    "sql": "own query",
}

_ROW_RULE = "share of considered rows that pass, 0 to 1"


def expectation_page() -> str:
    """The Markdown of the page, ending with a line break.

    Raises:
        LookupError: an expectation has no example in `docs/examples.yml`.
    """
    from dq.expectations import vocabulary

    known = list(vocabulary().values())
    shared = sum(cls.in_gx for cls in known)
    parts = [_HEAD.format(count=len(known), shared=shared), _overview(known)]
    for level, title in (("column", "On a column"), ("table", "On the table")):
        parts.append(f"## {title}\n")
        parts += [_section(cls) for cls in _sorted(known, level)]
    return "\n".join(parts).rstrip() + "\n"


def example(cls: type[Expectation]) -> str:
    """The YAML example of an expectation, a suite by itself.

    Raises:
        LookupError: it has none.
    """
    found = examples().get(cls.type)
    if found is None:
        raise LookupError(f"{cls.type} has no example; add one to docs/examples.yml")
    return found


@functools.cache
def examples() -> Mapping[str, str]:
    """YAML text by full name."""
    from ruamel.yaml import YAML

    loaded: dict[str, str] = YAML(typ="safe").load(EXAMPLES.read_text(encoding="utf-8"))
    return loaded


def _sorted(classes: list[type[Expectation]], level: str) -> list[type[Expectation]]:
    return sorted((cls for cls in classes if cls.level == level), key=lambda cls: cls.short)


def _overview(classes: list[type[Expectation]]) -> str:
    lines = ["| short | on | full name | cost |", "|---|---|---|---|"]
    for level in ("column", "table"):
        for cls in _sorted(classes, level):
            link = f"[`{cls.short}`](#{_anchor(cls)})"
            lines.append(f"| {link} | {level} | `{cls.type}` | {_cost(cls)} |")
    return "\n".join(lines) + "\n"


def _title(cls: type[Expectation]) -> str:
    return f"{cls.short} ({cls.level})"


def _anchor(cls: type[Expectation]) -> str:
    """As GitHub makes it from the heading."""
    return _title(cls).replace(" ", "-").replace("(", "").replace(")", "")


def _section(cls: type[Expectation]) -> str:
    origin = "Great Expectations' name and arguments" if cls.in_gx else "not in Great Expectations"
    found = _example_of(cls)
    apart = "yes" if found.breaks(_scope()) is not None else "no"
    facts = [
        f"- Full name: `{cls.type}` ({origin})",
        f"- Measured: {_measured(cls)}",
        f"- Bad rows can be told apart: {apart}",
        f"- Cost: {_cost(cls)}",
    ]
    text = inspect.getdoc(cls) or ""
    sample = f"```yaml suite\n{example(cls).rstrip()}\n```\n"
    return "\n".join([f"### {_title(cls)}\n", text + "\n", "\n".join(facts) + "\n", _arguments(cls), sample])


def _measured(cls: type[Expectation]) -> str:
    from dq.expectations.base import RowExpectation
    from dq.expectations.column import ColumnAggregateExpectation

    if issubclass(cls, RowExpectation):
        return _ROW_RULE
    if issubclass(cls, ColumnAggregateExpectation):
        return f"{cls.noun} of the column"
    told = (inspect.getdoc(cls.judge) or "").split("\n\n")[0].replace("\n", " ").rstrip(".")
    told = told.removeprefix("Observed: ")
    return told[0].lower() + told[1:]


def _example_of(cls: type[Expectation]) -> Expectation:
    """The expectation of that class in its example."""
    from ruamel.yaml import YAML

    from dq.suites import load_suite

    suite = load_suite(YAML(typ="safe").load(example(cls)))
    return next(item.expectation for item in suite.items if type(item.expectation) is cls)


def _cost(cls: type[Expectation]) -> str:
    """By the dearest of the metrics that the example asks for."""
    grains = {metric.grain.value for metric in _example_of(cls).metrics(_scope()).values()}
    return next((_COSTS[grain] for grain in ("sql", "group", "table") if grain in grains), "schema")


def _arguments(cls: type[Expectation]) -> str:
    from pydantic_core import PydanticUndefined

    lines = ["| argument | type | default | |", "|---|---|---|---|"]
    fields = [(name, info) for name, info in cls.model_fields.items() if _is_own(cls, name)]
    for name, info in sorted(fields, key=lambda pair: _rank(cls, pair[0])):
        other = [alias for alias, of in cls.aliases.items() if of == name]
        named = " or ".join(f"`{one}`" for one in [name, *other])
        default = "required" if info.default is PydanticUndefined else f"`{_default(info)}`"
        lines.append(f"| {named} | {_type(info)} | {default} | {info.description or ''} |")
    if len(lines) == 2:
        return "No arguments.\n"
    bare = _bare(cls)
    return "\n".join(lines) + "\n" + (f"\n{bare}\n" if bare else "")


def _is_own(cls: type[Expectation], name: str) -> bool:
    """Whether an argument belongs in the table: not the column it stands under, nor a filter it refuses."""
    if name == "column" and cls.level == "column":
        return False
    return name != "where" or _takes_where(cls)


def _takes_where(cls: type[Expectation]) -> bool:
    arguments = _example_of(cls).model_dump()
    try:
        cls(**{**arguments, "where": "origin = 'EWR'"})
    except ValueError:
        return False
    return True


def _rank(cls: type[Expectation], name: str) -> tuple[int, int]:
    """Positional arguments first, then those of its own, then what all have."""
    if name in cls.positional:
        return 0, cls.positional.index(name)
    return (2, ("mostly", "where").index(name)) if name in ("mostly", "where") else (1, 0)


def _bare(cls: type[Expectation]) -> str:
    """What may stand behind the short name without naming arguments."""
    if not cls.positional:
        return ""
    if set(cls.positional) == {"min_value", "max_value"}:
        return f"In short: `{cls.short}: [min, max]`; `null` leaves one side open."
    if len(cls.positional) == 1:
        return f"In short: what stands behind `{cls.short}:` is `{cls.positional[0]}`."
    listed = ", ".join(f"`{name}`" for name in cls.positional)
    return f"In short: a list behind `{cls.short}:` is {listed}, in this order."


def _default(info: FieldInfo) -> str:
    value = info.default
    return (
        "none"
        if value is None
        else str(value).lower()
        if isinstance(value, bool)
        else f"{value:g}"
        if (isinstance(value, float))
        else str(value)
    )


def _type(info: FieldInfo) -> str:
    """The type of an argument in the words of a suite's author."""
    return " or ".join(dict.fromkeys(_words(info.annotation)))


_PLAIN = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "Decimal": "number",
    "bool": "true or false",
    "datetime": "date or time",
    "date": "date or time",
    "time": "date or time",
    "timedelta": "duration",
    "QuantileRanges": "quantiles and ranges",
}


def _words(annotation: Any) -> list[str]:
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _words(inner[0])
    if origin in (typing.Union, UnionType):
        words = [word for one in inner if one is not type(None) for word in _words(one)]
        return ["number" if word == "whole number" and "number" in words else word for word in words]
    if origin is typing.Literal:
        return [f"`{str(one).lower() if isinstance(one, bool) else one}`" for one in inner]
    if origin is tuple:
        return ["list of " + " / ".join(dict.fromkeys(_words(inner[0])))]
    return [_PLAIN.get(getattr(annotation, "__name__", ""), str(annotation))]


@functools.cache
def _scope() -> Scope:
    """A small world in which every example makes sense."""
    from dq.expectations.base import Scope
    from dq.lake.manifest import Partition
    from dq.lake.schema import Schema
    from dq.sql.words import Column

    text = ("carrier", "origin", "dest", "tailnum")
    whole = ("flight", "distance", "sched_dep_time", "passengers")
    columns = [Column(name, "VARCHAR") for name in text] + [Column(name, "BIGINT") for name in whole]
    columns += [Column(name, "DOUBLE") for name in ("dep_delay", "arr_delay", "air_time")]
    columns += [Column(name, "TIMESTAMP") for name in ("dep_utc", "arr_utc", "sched_dep_utc")]
    flights = Schema(tuple(columns))
    routes = Schema((Column("origin", "VARCHAR"), Column("dest", "VARCHAR"), Column("miles", "BIGINT")))
    others = {"input": flights, "planes": Schema((Column("tailnum", "VARCHAR"),)), "routes": routes}
    day = Partition.of({"date": "2013-02-08"})
    return Scope(flights, others, key=("carrier", "flight"), partition=day)
