"""Expectations that Great Expectations does not know, as it can render them."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Mapping
from typing import Any

from dq.expectations.gx_library import theirs

TYPE = "dq_expectation"
"""The type under which they appear to Great Expectations' renderers."""


@functools.cache
def register_stand_in() -> None:
    """Make the type of the stand-in known to Great Expectations, once in a process."""
    base: Any = theirs("expectations.expectation").BatchExpectation
    extra: Any = theirs("compatibility.pydantic").Extra

    class Config:
        extra: Any = None

    Config.extra = extra.allow
    members = {
        "__module__": __name__,
        "__annotations__": {"column": Any},
        "__doc__": "An expectation of dq, for rendering only.",
        "column": None,
        "metric_dependencies": (),
        "domain_keys": ("column",),
        "success_keys": (),
        "Config": Config,
        "_validate": _never,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        type(base)("DqExpectation", (base,), members)


def _never(*_: Any, **__: Any) -> None:
    raise NotImplementedError("dq has judged already")


def renderable(config: Mapping[str, Any], words: str) -> dict[str, Any]:
    """A configuration that Great Expectations can render: as it is, or the stand-in with a description.

    Args:
        config: type, kwargs, meta, severity.
        words: what is expected, for those that it does not know.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            theirs("expectations.expectation_configuration").ExpectationConfiguration(
                **dict(config)
            ).to_domain_obj()
        except Exception:  # noqa: BLE001 - it refuses what it does not know in many ways
            register_stand_in()
        else:
            return dict(config)
    kwargs = config.get("kwargs", {})
    column = {"column": kwargs["column"]} if isinstance(kwargs.get("column"), str) else {}
    return {**config, "type": TYPE, "kwargs": column, "description": words}
