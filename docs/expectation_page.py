"""The page `docs/expectations.md`, made from the vocabulary itself and the worked examples."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from docs.tables import code, linked, table
from docs.worked import Example, Worked, example, rows_as_text, worked

if TYPE_CHECKING:
    from dq.expectations.base import Expectation
    from dq.expectations.described import Description
    from dq.verdict import Verdict

_HEAD = """\
# Expectations

<!-- Made by `python -m docs.generate` from the vocabulary and docs/examples.yml; change those instead. -->

{count} expectations, {shared} of them with Great Expectations' name and arguments. Column expectations stand
under their column, table expectations under `table:`; see [suites](suites.md) for the syntax. `dq list` shows
the same on the command line. Names in other tools are listed the other way round in
[equivalents](equivalents.md).

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
- Counts are exact. Where rows can be told apart, a failure has a sample of at most 20 values, and
  [all failing rows](failing-rows.md) can be had.
- **Engines** are those whose dialect can say it exactly. What an engine cannot say exactly is refused before
  anything runs.
- **Merges** says whether the states of two partitions give that of both, so that one new partition needs only
  itself to be read. What does not merge is asked of all rows again.

What it costs to answer, from cheap to dear. Each names the dearest that may be needed:

{costs}"""


_TYPE_NAMES = """\
Exact names, in capitals: {exact}. They may have parameters: `DECIMAL(10,2)`, `BIGINT[]`, `STRUCT(a BIGINT)`;
without them any will do. Other names, in any capitals:
"""


def expectation_page() -> str:
    """The Markdown of the page, ending with a line break.

    Raises:
        LookupError: an expectation has no example in `docs/examples.yml`.
    """
    from dq.expectations import vocabulary

    known = list(vocabulary().values())
    shared = sum(cls.in_gx for cls in known)
    parts = [_HEAD.format(count=len(known), shared=shared, costs=_costs())]
    levels = (("column", "On a column"), ("table", "On the table"))
    for level, title in levels:
        parts += [f"**{title}:**\n", _overview(_sorted(known, level))]
    for level, title in levels:
        parts.append(f"## {title}\n")
        parts += [_section(cls) for cls in _sorted(known, level)]
    parts += ["## Type names\n", _type_names()]
    return "\n".join(parts).rstrip() + "\n"


def anchor(cls: type[Expectation]) -> str:
    """The anchor of an expectation's section, as GitHub makes it from the heading."""
    return f"{cls.short}-{cls.level}"


def _costs() -> str:
    from dq.expectations.traits import Cost, meaning

    return table(("cost", "what it takes"), [(f"**{cost.value}**", meaning(cost)) for cost in Cost])


def _type_names() -> str:
    from dq.expectations.type_names import CANONICAL, SPELLINGS

    accepted: dict[tuple[str, ...], list[str]] = {}
    for spelling, types in SPELLINGS.items():
        accepted.setdefault(types, []).append(spelling)
    rows = [
        (", ".join(map(code, spellings)), ", ".join(map(code, types)))
        for types, spellings in sorted(accepted.items(), key=lambda pair: (-len(pair[0]), pair[0]))
    ]
    exact = ", ".join(map(code, CANONICAL))
    return f"{_TYPE_NAMES.format(exact=exact)}\n" + table(("name", "accepts"), rows)


def _sorted(classes: list[type[Expectation]], level: str) -> list[type[Expectation]]:
    return sorted((cls for cls in classes if cls.level == level), key=lambda cls: cls.short)


def _overview(classes: list[type[Expectation]]) -> str:
    rows = [
        (
            linked(cls.short, f"#{anchor(cls)}"),
            code(cls.type),
            "yes" if cls.in_gx else "",
            cls.cost.value,
            cls.nulls.split(". ")[0].rstrip("."),
        )
        for cls in classes
    ]
    return table(("short", "full name", "GX", "cost", "nulls"), rows)


def _section(cls: type[Expectation]) -> str:
    from dq.expectations.described import describe

    about = describe(cls)
    shown, ran = example(cls), worked(cls)
    return "\n".join(
        [
            f"### {about.short} ({about.level})\n",
            about.text + "\n",
            _facts(about, ran),
            _arguments(about),
            _example(shown, ran.verdict),
            _elsewhere(about),
        ]
    )


def _facts(about: Description, ran: Worked) -> str:
    facts = [("full name", code(about.type)), ("nulls", about.nulls), ("observed", about.measured)]
    if about.unexpected:
        facts.append(("unexpected", about.unexpected))
    apart = ran.expectation.breaks(ran.scope) is not None
    facts += [
        ("bad rows", "can be told apart" if apart else "cannot be told apart"),
        ("cost", about.cost),
        ("engines", ", ".join(_engines(ran)) or "none"),
        ("merges", _merges(ran)),
    ]
    return "\n".join(f"- {label}: {text}" for label, text in facts) + "\n"


def _merges(ran: Worked) -> str:
    if not ran.metrics:
        return "there is nothing to merge"
    apart = sorted({type(metric).__name__ for metric in ran.metrics.values() if not metric.merges})
    return f"no, {', '.join(code(name) for name in apart)} takes every row" if apart else "yes"


@functools.cache
def dialects() -> dict[str, type]:
    """The renderer of every dialect that this version has, by the name of its engine."""
    import importlib
    import pkgutil

    import dq.sql
    from dq.sql.render import Renderer

    for module in pkgutil.iter_modules(dq.sql.__path__):
        importlib.import_module(f"dq.sql.{module.name}")
    return {cls.dialect: cls for cls in sorted(Renderer.__subclasses__(), key=lambda cls: cls.dialect)}


def _engines(ran: Worked) -> list[str]:
    """The engines whose dialect can say exactly what the example asks."""
    from sqlglot import exp

    from dq.errors import UnsupportedMetric
    from dq.plan import Ability, make_plan
    from dq.plan.ask import ask

    tables = {name: exp.to_table(f"t_{name}") for name in ("", *ran.scope.others)}
    able = []
    for engine, renderer in dialects().items():
        try:
            for question in make_plan(ran.metrics.values(), {}, Ability()).questions:
                ask(question, renderer(tables))
        except UnsupportedMetric:
            continue
        able.append(engine)
    return able


def _arguments(about: Description) -> str:
    rows = [
        (
            " or ".join(code(name) for name in (argument.name, *argument.aliases)),
            argument.type,
            "required" if argument.required else code(argument.default),
            argument.about,
        )
        for argument in about.arguments
    ]
    if not rows:
        return "No arguments.\n"
    bare = f"\nIn short: {about.in_short}.\n" if about.in_short else ""
    return table(("argument", "type", "default", ""), rows) + bare


def _example(shown: Example, verdict: Verdict) -> str:
    parts = [f"```yaml suite\n{shown.suite.rstrip()}\n```\n"]
    rows = [("the rows", shown.data)] if shown.data else []
    for name, data in [*rows, *((f"the rows of `{path}`", data) for path, data in shown.others.items())]:
        parts.append(f"On {name}" if len(parts) == 1 else f"and {name}")
        parts.append(f"\n```text\n{rows_as_text(data)}\n```\n")
    return "\n".join([*parts, f"it says **{verdict.outcome.value}**: {told(verdict)}.\n"])


def told(verdict: Verdict) -> str:
    """What a verdict found, as a sentence without its full stop."""
    from dq.report.text import found, share
    from dq.verdict import Outcome

    if verdict.outcome in (Outcome.ERROR, Outcome.UNTESTED):
        return verdict.reason
    if verdict.unexpected is None or not verdict.considered:
        return f"expected {verdict.expected}, found {found(verdict)}"
    broken = f"{verdict.unexpected} of {verdict.considered} considered"
    return (
        f"expected {verdict.expected}; {broken} ({share(verdict.unexpected, verdict.considered)}) unexpected"
    )


def _elsewhere(about: Description) -> str:
    from dq.expectations.traits import TOOLS

    rows = [
        (TOOLS[tool], "<br>".join(code(name) for name in names)) for tool, names in about.equivalents.items()
    ]
    return (
        table(("elsewhere", ""), rows) if rows else "Other tools that are listed here have nothing like it.\n"
    )
