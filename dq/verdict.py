"""What one expectation's judgement looks like.

Outcome says what was seen; severity says how bad a `fail` is. The two are separate on purpose: a run's
status is derived from both (see `dq.result`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Outcome(str, Enum):
    """What was seen."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    FAIL = "fail"
    ERROR = "error"
    """Could not be evaluated: the column is missing, the query failed."""
    UNTESTED = "untested"
    """Saw nothing: no rows considered, empty partition, no reference."""


class Severity(str, Enum):
    """How bad a `fail` is. Only `critical` may trigger a rollback."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for critical."""
        return ("info", "warning", "critical").index(self.value)


@dataclass(frozen=True)
class Verdict:
    """One expectation's outcome, with everything needed to read it without the suite at hand.

    Attributes:
        id: stable within a suite, e.g. `carrier-in_set`.
        expectation: full name, e.g. `expect_column_values_to_be_in_set`.
        columns: the columns it speaks of; empty for the table as a whole.
        outcome: what was seen.
        severity: how bad a `fail` is.
        observed: the measured value, passing or failing; None when nothing was measured.
        expected: the demand in words, e.g. `between -60 and 1800 for 99.9 %`.
        rows: rows after the filter (`where`), nulls included; None when the expectation is not about rows.
        considered: rows that were judged (nulls and ignored rows left out).
        unexpected: exact number of rows that break it.
        missing: rows left out because a value was null.
        sample: at most 20 values that break it, in no order; private unless the suite marks the column
            `show`.
        details: measured by-products under stable names, e.g. `{"nan": 3}`; JSON-friendly.
        reason: why an outcome is `error` or `untested`; empty otherwise.
        kwargs: the declared arguments after parameters were filled in.
        position: `file:line:column` of the declaration, or empty.
    """

    id: str
    expectation: str
    columns: tuple[str, ...]
    outcome: Outcome
    severity: Severity
    observed: Any = None
    expected: str = ""
    rows: int | None = None
    considered: int | None = None
    unexpected: int | None = None
    missing: int | None = None
    sample: tuple[Any, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    position: str = ""

    @property
    def failed(self) -> bool:
        """Whether the outcome is `fail`."""
        return self.outcome is Outcome.FAIL

    @property
    def passing_fraction(self) -> float | None:
        """(considered - unexpected) / considered, 0..1; None when no row was considered."""
        if not self.considered or self.unexpected is None:
            return None
        return (self.considered - self.unexpected) / self.considered
