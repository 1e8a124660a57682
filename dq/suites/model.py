"""Suites as values: a named list of expectations over one dataset, with its policy.

Nothing here reads files or data. Suites are made by `dq.suites.load.load_suite`, or by `Suite.from_dict`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dq.errors import Position
from dq.verdict import Severity

if TYPE_CHECKING:
    from dq.expectations.base import Expectation
    from dq.markup.document import Document


class OnFailure(str, Enum):
    """What happens to a partition that a critical expectation failed."""

    REPORT = "report"
    QUARANTINE = "quarantine"
    ROLLBACK = "rollback"


class OnUntested(str, Enum):
    """Whether an expectation that saw nothing gates."""

    REPORT = "report"
    FAIL = "fail"


@dataclass(frozen=True)
class Policy:
    """What follows from a result.

    Attributes:
        on_failure: what happens to the partition when a critical expectation fails.
        allow_empty: whether an empty partition is acceptable.
        on_untested: whether an expectation that saw nothing gates.
        max_age_days: the oldest predecessor, in days, that an automatic rollback may bring back; None for
            any age. A week by default: older data is rarely what readers of a nightly table want.
        max_row_change: the largest |rows now - rows of the predecessor| / rows of the predecessor that an
            automatic rollback may cause, as a fraction; None for any change. A half by default: a larger
            jump deserves a person's look.
        daily_limit: automatic rollbacks of one table in 24 hours; None for any number. Three by default: a
            table that needs more has a fault that rolling back does not mend.
        incremental: whether `dq run` keeps the states of metrics per partition, and answers questions about
            many partitions from them.
    """

    on_failure: OnFailure = OnFailure.REPORT
    allow_empty: bool = False
    on_untested: OnUntested = OnUntested.REPORT
    max_age_days: float | None = 7
    max_row_change: float | None = 0.5
    daily_limit: int | None = 3
    incremental: bool = False


@dataclass(frozen=True)
class InputRef:
    """What the dataset was made from.

    Attributes:
        suite: path of the input's suite, relative to the project root; None when it has none.
        key: columns that identify a row of the input.
        data: the input itself; None when its suite says it.
    """

    suite: str | None = None
    key: tuple[str, ...] = ()
    data: str | None = None


@dataclass(frozen=True)
class Item:
    """One expectation in a suite, with what the suite says about it.

    Attributes:
        expectation: the statement itself, parameters filled in.
        id: unique and stable within the suite, e.g. `carrier-in_set`; never contains `::`.
        severity: how bad a failure is.
        notes: words for people.
        tags: labels to select by.
        meta: the author's own data, kept as it is.
        gx: the configuration in a Great Expectations document that it came from; empty otherwise. Takes no
            part in comparison or hash.
        position: where it is declared; None when it came from Python objects.
    """

    expectation: Expectation
    id: str
    severity: Severity = Severity.CRITICAL
    notes: str = ""
    tags: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    gx: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    position: Position | None = field(default=None, compare=False, repr=False)

    @property
    def where(self) -> str | None:
        """The SQL condition that selects rows; None when every row counts."""
        return self.expectation.where

    def to_dict(self) -> dict[str, Any]:
        """The flat form: full name, arguments that differ from their defaults, options."""
        from dq.suites.params import escape

        flat: dict[str, Any] = {
            "expectation": self.expectation.type,
            "kwargs": escape(arguments(self.expectation)),
            "id": escape(self.id),
            "severity": self.severity.value,
        }
        optional = {"notes": self.notes, "tags": escape(list(self.tags)), "meta": self.meta, "gx": self.gx}
        return flat | {key: value for key, value in optional.items() if value}


@dataclass(frozen=True)
class Suite:
    """A named list of expectations over one dataset.

    Attributes:
        name: what it is called in records and reports.
        items: the expectations, in the order of the file; never empty.
        data: URI or path of the dataset, relative to the project root; None when it is given at run time.
        partition_by: partition columns; empty when inferred from the layout.
        input: what the dataset was made from; None when unknown.
        datasets: other datasets by name: URI or path relative to the project root.
        params: values that parameters were filled with, by name.
        show: columns whose values may be shown in notes, logs and reports.
        policy: what follows from a result.
        notes: words for people.
        meta: the author's own data, kept as it is.
        gx: the head of the Great Expectations document that it came from; empty otherwise.
        source: the file it came from; None otherwise.
        root: the project root folder; relative paths start there.
        missing: names of parameters that were left without a value; such a suite can be read, exported and
            filled in with `with_params`, but not run.
        document: the declaration before parameters were filled in, for `with_params`.
    """

    name: str
    items: tuple[Item, ...]
    data: str | None = None
    partition_by: tuple[str, ...] = ()
    input: InputRef | None = None
    datasets: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict, compare=False)
    show: frozenset[str] = frozenset()
    policy: Policy = field(default_factory=Policy)
    notes: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)
    gx: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    source: Path | None = field(default=None, compare=False)
    root: Path = field(default_factory=Path, compare=False)
    missing: tuple[str, ...] = ()
    document: Document | None = field(default=None, compare=False, repr=False)

    @cached_property
    def hash(self) -> str:
        """SHA-256, in hex, of what the suite says with its parameters filled in.

        The order of keys and of expectations, comments, positions and the form (short, flat, Great
        Expectations) do not change it.
        """
        content = self.to_dict()
        for left_out in ("params", "gx"):
            content.pop(left_out, None)
        items = [{k: v for k, v in item.items() if k != "gx"} for item in content["expectations"]]
        content["expectations"] = sorted(items, key=lambda item: str(item["id"]))
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @cached_property
    def input_data(self) -> str | None:
        """Where what the dataset was made from lies, see `dq.suites.load.input_location`; looked up once."""
        if self.input is None or self.input.data is not None or self.input.suite is None:
            return self.input.data if self.input is not None else None
        from dq.suites.load import load_suite

        return load_suite(self.root / self.input.suite).data

    def item(self, item_id: str) -> Item:
        """The item with that id.

        Raises:
            KeyError: there is none.
        """
        for item in self.items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)

    def with_params(self, params: Mapping[str, Any]) -> Suite:
        """The same suite with other values for some parameters.

        Raises:
            SuiteError: the suite has no such parameter, or a value does not fit.
        """
        from dq.suites.load import rebind

        return rebind(self, params)

    def complete(self) -> Suite:
        """This suite, if every parameter has a value.

        Raises:
            SuiteError: one has none.
        """
        if not self.missing:
            return self
        from dq.errors import SuiteError

        names = ", ".join(f"'{name}'" for name in self.missing)
        raise SuiteError(
            f"suite '{self.name}' cannot be run: no value for the parameter {names}. "
            "Give it under `params:`, with `params=`, or with --param NAME=VALUE.",
            Position(str(self.source)) if self.source else None,
        )

    def to_dict(self) -> dict[str, Any]:
        """The canonical flat form as JSON-friendly values, parameters filled in.

        `load_suite` and `from_dict` read it back to an equal suite.
        """
        from dq.suites.canonical import suite_to_dict

        return suite_to_dict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], root: Path | None = None) -> Suite:
        """The suite that `to_dict` wrote.

        Parameters are already filled in: `params` says with what, `with_params` no longer applies.

        Args:
            content: what `to_dict` gave.
            root: the project root; the current folder when left out.

        Raises:
            SuiteError: the content is no suite.
        """
        from dq.suites.load import suite_from_dict

        return suite_from_dict(content, root)

    def locate(self, uri: str) -> str:
        """A path of the suite as an absolute path from the project root; URIs with a scheme as they are."""
        if "://" in uri:
            return uri
        return str((self.root / uri).absolute())


def arguments(expectation: Expectation) -> dict[str, Any]:
    """The arguments of an expectation that differ from their defaults, as plain values."""
    from dq.markup.plain import plain

    # Open parameters stand where other types are declared; that is no news.
    dumped: dict[str, Any] = plain(expectation.model_dump(exclude_defaults=True, warnings=False))
    return dumped
