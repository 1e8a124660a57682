"""The canonical flat form of a suite."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from dq.markup.plain import plain
from dq.suites.definitions import definitions_used
from dq.suites.params import escape

if TYPE_CHECKING:
    from dq.suites.model import InputRef, Policy, Suite

ROLLBACK_KEYS = ("max_age_days", "max_row_change", "daily_limit")


def suite_to_dict(suite: Suite) -> dict[str, Any]:
    """The suite as JSON-friendly values; what is empty or at its default is left out."""
    head: dict[str, Any] = {
        "data": suite.data,
        "partition_by": list(suite.partition_by),
        "input": _input(suite.input),
        "datasets": dict(suite.datasets),
        "show": sorted(suite.show),
        **_policy(suite.policy),
    }
    definitions = definitions_used(item.expectation for item in suite.items)
    opaque = {"notes": suite.notes, "meta": plain(suite.meta), "gx": plain(suite.gx)}
    return {
        "suite": escape(suite.name),
        **{key: escape(value) for key, value in head.items() if value not in (None, [], {}, "")},
        **({"params": plain(suite.params)} if suite.params else {}),
        **{key: value for key, value in opaque.items() if value},
        **({"definitions": plain(definitions)} if definitions else {}),
        "expectations": [item.to_dict() for item in suite.items],
    }


def _input(ref: InputRef | None) -> dict[str, Any]:
    if ref is None:
        return {}
    given = {"suite": ref.suite, "key": list(ref.key), "data": ref.data}
    return {key: value for key, value in given.items() if value}


def _policy(policy: Policy) -> dict[str, Any]:
    from dq.suites.model import Policy

    default = Policy()
    changed = {
        f.name: plain(getattr(policy, f.name))
        for f in fields(policy)
        if getattr(policy, f.name) != getattr(default, f.name)
    }
    rollback = {key: changed.pop(key) for key in ROLLBACK_KEYS if key in changed}
    return changed | ({"rollback": rollback} if rollback else {})
