"""Data-quality tests for data lakes: is a partition right; if not, who must not see it, and why.

Nothing heavy is imported until a name is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dq import rollback as rollback
    from dq.errors import DQError as DQError
    from dq.errors import ExpectationFailed as ExpectationFailed
    from dq.errors import SuiteError as SuiteError
    from dq.flow.explain_run import explain as explain
    from dq.flow.publish import publish as publish
    from dq.flow.replay import replay as replay
    from dq.flow.run import run as run
    from dq.history import history as history
    from dq.result import Result as Result
    from dq.result import Status as Status
    from dq.suites import Suite as Suite
    from dq.suites import load_suite as load_suite
    from dq.validation import validate as validate
    from dq.verdict import Outcome as Outcome
    from dq.verdict import Severity as Severity
    from dq.verdict import Verdict as Verdict

_HOMES = {
    "DQError": "dq.errors",
    "ExpectationFailed": "dq.errors",
    "Outcome": "dq.verdict",
    "Result": "dq.result",
    "Severity": "dq.verdict",
    "Status": "dq.result",
    "Suite": "dq.suites",
    "SuiteError": "dq.errors",
    "Verdict": "dq.verdict",
    "load_suite": "dq.suites",
    "validate": "dq.validation",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """The public name, imported from its home on first use.

    Raises:
        AttributeError: there is no such public name.
    """
    if name not in _HOMES:
        from dq.errors import did_you_mean

        raise AttributeError(f"module 'dq' has no attribute '{name}'.{did_you_mean(name, _HOMES)}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
