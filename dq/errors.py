"""Every exception that dq raises on purpose.

```
DQError
├── UsageError              a call or a command line that cannot be right
├── ConfigError             dq.yml, [tool.dq] or DQ_* is wrong
├── SuiteError              a suite cannot be read; carries file:line:column
├── DataError               the data cannot be looked at: missing, truncated, unreadable
├── PlanError               a suite cannot be planned
│   └── UnsupportedMetric   this engine cannot answer it exactly
├── EngineError             a query failed for a reason that is not the data
├── StoreError              a record cannot be written or read
├── RollbackError           a rollback cannot go on
│   ├── RollbackRefused     a guard said no before anything changed
│   └── RollbackConflict    somebody else moved the partition
└── ExpectationFailed       raised only where the caller asked for it
```

Bad *data* is a result, never an exception; `ExpectationFailed` exists for `Result.raise_if_failed()`.
Every message says what failed, where, what was expected and what to do next.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


class DQError(Exception):
    """Base class of everything that dq raises on purpose."""


class UsageError(DQError):
    """A call or a command line that cannot be right."""


class ConfigError(DQError):
    """The configuration (`dq.yml`, `[tool.dq]`, `DQ_*`) is wrong."""


@dataclass(frozen=True)
class Position:
    """Where something stands in a file.

    Attributes:
        file: path as the user gave it.
        line: 1-based; 0 when unknown.
        column: 1-based; 0 when unknown.
    """

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """`suites/orders.yml:14:7`, the form that editors and terminals can follow."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class SuiteError(DQError):
    """A suite cannot be read or means nothing.

    Args:
        message: what is wrong and what was expected.
        position: where, when it came from a file.
    """

    def __init__(self, message: str, position: Position | None = None) -> None:
        self.message = message
        self.position = position
        super().__init__(f"{position}: {message}" if position else message)


class DataError(DQError):
    """The data cannot be looked at: missing, truncated or unreadable."""


class PlanError(DQError):
    """A suite cannot be planned for this dataset."""


class UnsupportedMetric(PlanError):  # noqa: N818 - a statement about the metric, not an accident
    """This engine cannot answer the metric exactly, so it is refused before anything runs."""


class EngineError(DQError):
    """A query failed for a reason that is not the data."""


class StoreError(DQError):
    """A record cannot be written or read."""


class RollbackError(DQError):
    """A rollback cannot go on."""


class RollbackRefused(RollbackError):  # noqa: N818 - the state is called `refused`
    """A guard said no before anything was changed."""


class RollbackConflict(RollbackError):  # noqa: N818 - the state is called `conflict`
    """Somebody else moved the partition; nothing of theirs was touched."""


class ExpectationFailed(DQError):  # noqa: N818 - the field's word for it
    """Data did not meet its suite; raised only where the caller asked for an exception."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence that offers the nearest known name, or nothing.

    Args:
        name: what was written.
        known: the names that would have been accepted.

    Returns:
        `" Did you mean 'not_null'?"` with its leading space, or `""` when nothing is near.
    """
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean '{near[0]}'?" if near else ""
