"""The arguments of a suite's items as they were declared: with parameters, before values took their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dq.suites.params import GX_KEY, escape, has_parameter, whole

if TYPE_CHECKING:
    from dq.suites.model import Item, Suite


def parametrised(suite: Suite) -> dict[str, dict[str, Any]]:
    """By item id, the arguments that hold parameters, as written.

    Empty where the suite keeps no declaration, or an item no longer is what was declared.
    """
    from dq.errors import SuiteError
    from dq.suites.items import Reader
    from dq.suites.load import build_suite
    from dq.suites.problems import Problems

    document = suite.document
    if document is None or not isinstance(document.value, dict):
        return {}
    try:
        again = build_suite(document, suite.params, suite.source, suite.root, fill=False)
    except SuiteError:
        return {}
    reader = Reader(Problems(document))
    declared = []
    for key, read in (("columns", reader.columns), ("expectations", reader.flat)):
        if document.value.get(key) is not None:
            declared += read(document.value[key], (key,))
        if key == "columns" and document.value.get("table") is not None:
            declared += reader.sequence(document.value["table"], ("table",), "`table`", None)
    if reader.problems.found or len(declared) != len(again.items):
        return {}
    now = {item.id: item for item in suite.items}
    found = {}
    for one, item in zip(declared, again.items, strict=True):
        kept = {name: value for name, value in one.args.items() if has_parameter(value)}
        if kept and item.id in now and now[item.id].expectation == item.expectation:
            found[item.id] = {"where" if name == "row_condition" else name: v for name, v in kept.items()}
    return found


def as_gx(value: Any) -> dict[str, Any] | None:
    """A declared argument as Great Expectations writes a parameter; None when it has no such form."""
    if isinstance(value, dict) and GX_KEY in value:
        return value
    name = whole(value) if isinstance(value, str) else None
    return None if name is None else {GX_KEY: name}


def written(item: Item, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an item for a suite file: parameters as declared, everything else escaped."""
    from dq.suites.model import arguments

    return {**escape(arguments(item.expectation)), **parameters}
