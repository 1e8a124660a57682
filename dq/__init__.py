"""Data-quality tests for data lakes: is a partition right; if not, who must not see it, and why.

Nothing heavy is imported until a name is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dq import aws as aws
    from dq import rollback as rollback
    from dq.engines.schema_of import schema_of as schema_of
    from dq.errors import DQError as DQError
    from dq.errors import ExpectationFailed as ExpectationFailed
    from dq.errors import SuiteError as SuiteError
    from dq.flow.explain_run import explain as explain
    from dq.flow.many import run_many as run_many
    from dq.flow.outcome import RunOutcome as RunOutcome
    from dq.flow.publish import publish as publish
    from dq.flow.recorded import history as history
    from dq.flow.replay import replay as replay
    from dq.flow.run import run as run
    from dq.flow.runs import Runs as Runs
    from dq.gx.data_docs import write_data_docs as write_data_docs
    from dq.result import Result as Result
    from dq.result import Status as Status
    from dq.rows.split import Split as Split
    from dq.rows.split import split as split
    from dq.suites import Suite as Suite
    from dq.suites import load_suite as load_suite
    from dq.validation import EngineOptions as EngineOptions
    from dq.validation import validate as validate
    from dq.verdict import Outcome as Outcome
    from dq.verdict import Severity as Severity
    from dq.verdict import Verdict as Verdict

_HOMES = {
    "DQError": "dq.errors",
    "EngineOptions": "dq.validation",
    "ExpectationFailed": "dq.errors",
    "Outcome": "dq.verdict",
    "Result": "dq.result",
    "RunOutcome": "dq.flow.outcome",
    "Runs": "dq.flow.runs",
    "Severity": "dq.verdict",
    "Split": "dq.rows.split",
    "Status": "dq.result",
    "Suite": "dq.suites",
    "SuiteError": "dq.errors",
    "Verdict": "dq.verdict",
    "aws": "",
    "explain": "dq.flow.explain_run",
    "history": "dq.flow.recorded",
    "load_suite": "dq.suites",
    "publish": "dq.flow.publish",
    "replay": "dq.flow.replay",
    "rollback": "",
    "run": "dq.flow.run",
    "run_many": "dq.flow.many",
    "split": "dq.rows.split",
    "schema_of": "dq.engines.schema_of",
    "validate": "dq.validation",
    "write_data_docs": "dq.gx.data_docs",
}
"""Public name to the module that holds it; empty for a package of that name."""

_RESULT_METHODS = {
    "failing_rows": "dq.rows.failing",
    "to_gx": "dq.gx.results",
}
"""Method of `dq.Result` to the module with a function of that name, which takes the result first.

For methods whose work belongs to a layer above `dq.result`: this facade is the one place that may know both.
The method stands in `Result` with its signature and documentation, and hands itself to
`dq.result_method(name)`. What it needs of the data it finds in `Result.origin`.
"""

__all__ = sorted(_HOMES)


def result_method(name: str) -> Any:
    """The function that does the work of a method of `Result`, imported now (ADR 7)."""
    return getattr(importlib.import_module(_RESULT_METHODS[name]), name)


def __getattr__(name: str) -> Any:
    """The public name, imported from its home on first use.

    Raises:
        AttributeError: there is no such public name.
    """
    if name not in _HOMES:
        from dq.errors import did_you_mean

        raise AttributeError(f"module 'dq' has no attribute '{name}'.{did_you_mean(name, _HOMES)}")
    home = _HOMES[name]
    value = getattr(importlib.import_module(home), name) if home else importlib.import_module(f"dq.{name}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
